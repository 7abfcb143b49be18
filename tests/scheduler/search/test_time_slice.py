"""Turns of priorities: what comes before a search reports anything costs it nothing."""

import pytest

from scheduler.search import time_slice
from scheduler.search.params import TimeSliceParams
from scheduler.search.time_slice import TimeSlice, usual


class Clock:
    """Seconds that pass on request."""

    now = 0.0

    def monotonic(self) -> float:
        """What the time is."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of turns, in our hands."""
    mine = Clock()
    monkeypatch.setattr(time_slice, "time", mine)
    return mine


def test_a_turn_is_not_over_before_the_search_has_begun(clock: Clock) -> None:
    """However long presolve takes; the larger it is, the longer the turn."""
    turn = TimeSlice(3)
    clock.now = 1000.0
    assert not turn.over()
    turn.hear(better=True)
    clock.now += TimeSliceParams.patience * TimeSliceParams.reach * 1000 - 1
    assert not turn.over()
    clock.now += 2
    assert turn.over()


def test_a_turn_ends_when_nothing_better_is_found_for_a_while(clock: Clock) -> None:
    """A bound is no better schedule; one that finds better ones lasts its time and no more."""
    turn = TimeSlice(3)
    turn.hear(better=False)
    clock.now = 0.9
    turn.hear(better=False)
    assert not turn.over()
    clock.now = 1.1
    assert turn.over()
    turn = TimeSlice(3)
    for step in range(30):
        clock.now = 1.1 + step / 10
        turn.hear(better=True)
        assert not turn.over()
    clock.now = 4.2
    turn.hear(better=True)
    assert turn.over()


def test_turns_become_longer_from_round_to_round() -> None:
    """And never take more than their share of a short limit."""
    assert [usual(300, cycle) for cycle in range(3)] == [3, 6, 12]
    assert usual(10, 0) == 0.5
