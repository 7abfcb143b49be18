"""Daily patterns: which stints of a day can be worked together."""

import pytest

from models.facts.duties import Stint
from solver.network.daily_patterns import DailyPatterns, NoNetwork, options_of

APART = {0: [frozenset({0, 1})], 1: [frozenset({2, 3})]}
"""Of two days with two stints each, one can be worked."""


def stints(days: int, each: int) -> list[Stint]:
    """Some stints on each day."""
    return [Stint(n, n, 0, n // each, 60 * n, 60 * n + 60, 60, ("AM",)) for n in range(days * each)]


def listed(patterns: DailyPatterns) -> list[tuple[int, tuple[int, ...]]]:
    """The day and the stints of each option."""
    return [(int(day), patterns.pattern(n)) for n, day in enumerate(patterns.day)]


def test_a_day_is_off_or_has_one_of_its_stints() -> None:
    """Where no two can be worked together."""
    found = options_of(2, stints(2, 2), APART, frozenset())
    assert listed(found) == [(0, ()), (0, (0,)), (0, (1,)), (1, ()), (1, (2,)), (1, (3,))]


def test_stints_that_fit_together_make_a_pattern() -> None:
    """Day 1 has no clique."""
    found = options_of(2, stints(2, 2), {0: APART[0]}, frozenset())
    assert [way for day, way in listed(found) if day == 1] == [(), (2,), (3,), (2, 3)]


def test_what_is_pinned_is_in_every_pattern_of_its_day() -> None:
    """And leaves other days alone."""
    found = options_of(2, stints(2, 2), APART, frozenset({1}))
    assert listed(found) == [(0, (1,)), (1, ()), (1, (2,)), (1, (3,))]


def test_some_of_the_options_keep_their_stints() -> None:
    """Sums over stints, too."""
    found = options_of(2, stints(2, 2), APART, frozenset())
    some = found.only(found.lengths > 0)
    assert listed(some) == [(0, (0,)), (0, (1,)), (1, (2,)), (1, (3,))]
    assert some.sums(found.stints.astype("int64") * 10).tolist() == [0, 10, 20, 30]
    assert some.first_of_days(2).tolist() == [0, 2, 4]


def test_too_many_patterns_of_a_day_are_no_network() -> None:
    """Seven stints that all fit together make 128."""
    with pytest.raises(NoNetwork, match="too many ways"):
        options_of(1, stints(1, 7), {}, frozenset())
    assert len(options_of(1, stints(1, 7), {}, frozenset(), most_options=128)) == 128
