"""Shapes as walks along a person's days: the amount and the place of each breach."""

import pytest

from solver.language.runs import Run
from solver.language.shapes import (
    CellCost,
    DayStep,
    Follow,
    Headcount,
    Personal,
    Succession,
    Total,
    Touched,
    walk,
)
from tests.solver.tiny import tiny

DAYS = (0, 1, 2, 3, 4)
NAMES = ("mon", "tue", "wed", "thu", "fri")
AT = ("Ann",)
OFF = DayStep(off=True)


def on(*stints: int) -> DayStep:
    """A step of a day with one of some stints."""
    return DayStep(frozenset(stints))


def run(**limits: int | bool) -> Run:
    """A run over the five days."""
    return Run(0, AT, DAYS, NAMES, **limits)  # type: ignore[arg-type]  # limits by name


CASES: list[tuple[Personal, set[int], dict[tuple[str, ...], int]]] = [
    (Total(0, AT, dict.fromkeys(DAYS, 6), {}, most=12), {0, 1}, {}),
    (Total(0, AT, dict.fromkeys(DAYS, 6), {}, most=12), {0, 1, 2}, {AT: 6}),
    (Total(0, AT, {}, dict.fromkeys(DAYS, 1), base=1, least=3), {4}, {AT: 1}),
    (run(most=2), {0, 1, 3, 4}, {}),
    (run(most=2), {0, 1, 2, 3}, {(*AT, "wed"): 1, (*AT, "thu"): 1}),
    (run(most=2, before=2), {0}, {(*AT, "mon"): 1}),
    (run(least=2), {1}, {(*AT, "tue"): 1}),
    (run(least=2), {4}, {}),  # it may go on after the last day
    (run(least=2, open_start=True), {0}, {}),  # it may have begun earlier
    (run(least=3, before=1), {0}, {(*AT, "mon"): 1}),
    (run(least=2, rest=True), {0, 2, 3, 4}, {(*AT, "tue"): 1}),
    (Follow(0, AT, {(0, 1): 5}, span=1), {0, 1}, {(*AT, "1"): 5}),
    (Follow(0, AT, {(0, 1): 5}, span=1), {0, 2}, {}),
    (Follow(0, AT, {(0, 2): 5, (1, 2): 3}, span=2), {0, 1, 2}, {(*AT, "2"): 8}),
    (Follow(0, AT, {(0, 2): 5, (1, 2): 3}, span=2, worst=True), {0, 1, 2}, {(*AT, "2"): 5}),
    (Follow(0, AT, {(-1, 0): 5}, 1, frozenset({-1}), {0: "mon"}), {0}, {(*AT, "mon"): 5}),
    (
        Succession(0, AT, (on(1), OFF), NAMES),
        {1},
        {(*AT, "wed"): 1},
    ),
    (Succession(0, AT, (on(1), OFF), NAMES), {1, 2}, {}),
    (
        Succession(0, AT, (on(1), OFF), NAMES, wanted=True),
        {1, 2},
        {(*AT, "wed"): 1},
    ),
    (
        Succession(0, AT, (on(4), OFF), NAMES, wanted=True),
        {4},
        {},
    ),
    (
        Succession(0, AT, (OFF, OFF), NAMES, begun=frozenset({1})),
        {1, 2, 3, 4},
        {(*AT, "mon"): 1},
    ),
    (Touched(0, AT, (frozenset({0, 1}), frozenset({3, 4})), most=1), {0, 1}, {}),
    (Touched(0, AT, (frozenset({0, 1}), frozenset({3, 4})), most=1), {1, 3}, {AT: 1}),
    (Touched(0, AT, (frozenset({0, 1}),), least=1), {2}, {AT: 1}),
    (CellCost(0, AT, frozenset({2}), 7), {2}, {AT: 7}),
    (CellCost(0, AT, frozenset({2}), 7, wanted=True), {1}, {AT: 7}),
]


@pytest.mark.parametrize(("shape", "worked", "expected"), CASES)
def test_a_walk_charges_each_breach_at_its_place(
    shape: Personal, worked: set[int], expected: dict[tuple[str, ...], int]
) -> None:
    """One shift a day, so that a stint's number is its day."""
    stints = [stint for stint in tiny(days=5).stints if stint.number in worked]
    found: dict[tuple[str, ...], int] = {}
    for where, amount in walk(shape, range(5), stints):
        found[where] = found.get(where, 0) + amount
    assert found == expected


def test_a_headcount_charges_who_is_missing_and_who_is_beyond() -> None:
    """By the amount for each person."""
    shape = Headcount(0, AT, amount=10, least=2, most=3)
    assert [shape.broken(n) for n in range(6)] == [20, 10, 0, 0, 10, 20]
