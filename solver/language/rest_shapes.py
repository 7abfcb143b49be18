"""Shapes of rest: days worked without a break, and periods that hold one long rest."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from models.facts.facts import Stint

State = Any
"""What a walk must remember: small and hashable."""

Charge = tuple[tuple[str, ...], int]
"""A place of the rule, and the amount of breach found there."""


@dataclass(frozen=True, slots=True)
class LongDay:
    """Days of more than `after` minutes of work have a break of `minutes`, in one of their duties
    or between two.

    A duty holds a break if that much of it is unpaid, or, with `long_duties_hold_one`, if it is
    longer than `after` itself. Breach: one for each long day without a break.
    """

    person: int
    where: tuple[str, ...]
    after: int
    minutes: int
    long_duties_hold_one: bool
    day_names: dict[int, str]
    """The days that are judged."""
    counted: frozenset[int] | None = None
    """The stints that are looked at, all others being as nothing; all if None."""

    def start(self) -> State:
        """Each day is judged by itself."""
        return None

    def step(self, state: State, day: int, worked: Sequence[Stint]) -> tuple[State, list[Charge]]:
        """Judges a day."""
        if day in self.day_names and self.is_broken(worked):
            return None, [((*self.where, self.day_names[day]), 1)]
        return None, []

    def finish(self, state: State) -> list[Charge]:
        """Nothing is left open."""
        return []

    def counts(self, stint: Stint) -> bool:
        """Whether a stint is looked at."""
        return self.counted is None or stint.number in self.counted

    def holds_a_break(self, stint: Stint) -> bool:
        """Whether there is a break inside a duty."""
        unpaid = stint.end - stint.start - stint.minutes
        return unpaid >= self.minutes or (self.long_duties_hold_one and stint.minutes > self.after)

    def is_broken(self, worked: Sequence[Stint]) -> bool:
        """Whether a day's work is long and has no break."""
        worked = [stint for stint in worked if self.counts(stint)]
        if sum(s.minutes for s in worked) <= self.after:
            return False
        if any(self.holds_a_break(s) for s in worked):
            return False
        in_order = sorted(worked, key=lambda s: (s.start, s.end))
        until = in_order[0].end
        for stint in in_order:
            if stint.start - until >= self.minutes:
                return False
            until = max(until, stint.end)
        return True


class RestPeriod(NamedTuple):
    """A period that must hold one long rest; times in elapsed minutes."""

    name: str
    low: int
    high: int
    days: tuple[int, int]
    """Its first and last day in the horizon."""


@dataclass(frozen=True, slots=True)
class LongRest:
    """Each period holds a stretch of at least `minutes` without work. Breach: one for each period
    that does not.

    Periods follow each other without gaps, in order. `past` is what was worked before the horizon,
    as (start, end); `midnights` is when each day of the horizon begins, and when the last one ends.
    """

    person: int
    where: tuple[str, ...]
    minutes: int
    periods: tuple[RestPeriod, ...]
    judged: frozenset[str]
    """The names of the periods that are judged; in the others a rest is certain."""
    past: tuple[tuple[int, int], ...]
    midnights: tuple[int, ...]

    def period(self, day: int) -> RestPeriod:
        """The period that a day of the horizon lies in."""
        return next(p for p in self.periods if p.days[0] <= day <= p.days[1])

    def start(self) -> State:
        """(whether the long rest of the period is found, minutes free by the next midnight).

        Minutes below zero are work that goes on after midnight.
        """
        return self._free((False, 0), self.periods[0].low, self.past, self.midnights[0])

    def step(self, state: State, day: int, worked: Sequence[Stint]) -> tuple[State, list[Charge]]:
        """Adds a day."""
        period = self.period(day)
        midnight, until = self.midnights[day], self.midnights[day + 1]
        if day == period.days[0] and day > 0:
            state = (False, min(state[1], 0))
        spans = [(s.start, s.end) for s in worked]
        if day < period.days[1]:
            return self._free(state, midnight - state[1], spans, until), []
        found, _ = self._free(state, midnight - state[1], spans, period.high)
        broken = not found and period.name in self.judged
        _, free = self._free((False, 0), midnight - state[1], spans, until)
        return (False, free), [((*self.where, period.name), 1)] if broken else []

    def finish(self, state: State) -> list[Charge]:
        """Every period was judged on its last day."""
        return []

    def _free(
        self,
        state: tuple[bool, int],
        since: int,
        spans: Sequence[tuple[int, int]],
        until: int,
    ) -> tuple[bool, int]:
        """The state at a moment, with work since the last rest began."""
        found = state[0]
        for start, end in sorted(spans):
            found = found or start - since >= self.minutes
            since = max(since, end)
        found = found or until - since >= self.minutes
        free = until - since
        return found, min(free, 0) if found else free
