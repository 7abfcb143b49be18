"""Product automata: small, and with the costs and gains of their factors."""

import itertools

import pytest

from solver.language.runs import Run
from solver.network.automaton import Automaton, AutomatonTooLarge, automaton_of
from solver.network.product_automaton import explore

DAYS = tuple(range(8))
NAMES = tuple(map(str, DAYS))
ALPHABET = ((False, False), (True, True))
"""A day off, and a day of work, as seen by a run of work and by a run of rest."""


def two_runs() -> list[Automaton]:
    """At most 3 days of work in a row, at least 2 of rest."""
    runs = [
        automaton_of(Run(0, (), DAYS, NAMES, most=3), []),
        automaton_of(Run(0, (), DAYS, NAMES, rest=True, least=2), []),
    ]
    return [run for run in runs if run is not None]


def test_a_product_costs_what_its_factors_cost() -> None:
    """On all words of eight days."""
    runs, prices = two_runs(), (5, 7)
    product = explore(runs, prices, ALPHABET)
    for word in itertools.product((0, 1), repeat=8):
        expected = 0
        for run, price, place in zip(runs, prices, (0, 1), strict=True):
            state = run.start()
            for letter in word:
                state, broken, _ = run.step(state, ALPHABET[letter][place])
                expected += price * broken
        state_number = found = 0
        for letter in word:
            symbol = product.merged[letter]
            found += product.charge[state_number, symbol]
            state_number = product.follows[state_number, symbol]
        assert found == expected


def test_a_must_ends_the_path() -> None:
    """Where a breach has no price, no state follows."""
    product = explore(two_runs(), (None, 7), ALPHABET)
    state, work = 0, product.merged[1]
    for _ in range(3):
        state = product.follows[state, work]
    assert product.follows[state, work] == -1


def test_states_that_nothing_tells_apart_are_one() -> None:
    """A run without limits has one state, however long it gets."""
    run = automaton_of(Run(0, (), DAYS, NAMES), [])
    assert run is not None
    assert explore([run], [1], ((False,), (True,))).follows.shape == (1, 1)


def test_too_many_states_are_refused() -> None:
    """With a reason."""
    with pytest.raises(AutomatonTooLarge):
        explore(two_runs(), (5, 7), ALPHABET, most_states=3)
