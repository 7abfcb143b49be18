"""Automata: they charge what the shapes charge, and remember no more than they need."""

import itertools

import pytest

from models.facts.duties import Stint
from solver.language.runs import Run
from solver.language.shapes import Total
from solver.network.automaton import Automaton, automaton_of

WORK = Stint(0, 0, 0, 0, 540, 900, 360, ("AM",))


def charges(automaton: Automaton, worked: tuple[bool, ...]) -> int:
    """What some days cost, by the automaton."""
    state, total = automaton.start(), 0
    for day, works in enumerate(worked):
        state, broken, _ = automaton.step(state, automaton.sign(day, [WORK] if works else []))
        total += broken
    return total


@pytest.mark.parametrize("rest", [False, True])
@pytest.mark.parametrize(("most", "least"), [(2, None), (None, 2), (3, 2)])
@pytest.mark.parametrize("before", [0, 1])
def test_a_run_is_charged_as_its_shape_charges(
    *, rest: bool, most: int | None, least: int | None, before: int
) -> None:
    """On every way to spend six days."""
    days = tuple(range(6))
    names = tuple(map(str, days))
    run = Run(0, (), days, names, rest=rest, before=before, most=most, least=least)
    automaton = automaton_of(run, [])
    assert automaton is not None
    for worked in itertools.product((False, True), repeat=6):
        state, total = run.start(), 0
        for day, works in enumerate(worked):
            state, charged = run.step(state, day, [WORK] if works else [])
            total += sum(amount for _, amount in charged)
        assert charges(automaton, worked) == total, worked


def test_runs_with_the_same_limits_share_an_automaton() -> None:
    """For any person; with other limits the signs are the same still."""
    days, names = (0, 1), ("0", "1")
    one, two, other = (
        automaton_of(Run(person, (), days, names, most=most), [])
        for person, most in ((0, 1), (1, 1), (1, 2))
    )
    assert one is not None
    assert two is not None
    assert other is not None
    assert one.key() == two.key() != other.key()
    assert one.family() == two.family() == other.family()


def test_a_total_needs_no_automaton() -> None:
    """It is a counter."""
    assert automaton_of(Total(0, (), {}, {}), []) is None
