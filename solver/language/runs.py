"""Shapes of days and periods in a row: runs of work or rest, weekends in a row, whole weekends.

They are shapes like those of `solver.language.shapes`, which says what a shape is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.facts.facts import Stint

State = Any
"""What a walk must remember: small and hashable."""

Charge = tuple[tuple[str, ...], int]
"""A place of the rule, and the amount of breach found there."""


@dataclass(frozen=True, slots=True)
class Run:
    """Days in a row on which a person works (or rests), at most `most` and at least `least`.

    `days` are the days judged, in order, without gaps; if `stints` is given, only those count as
    work. `before` is the known length of the run that reaches the first day; with `open_start` the
    run may be longer than that, and is not judged for being short. Nor is a run that reaches the
    last day, unless `closed_end`. Breach: `over` for each day beyond `most`, at that day; `under`
    for each day missing to `least`, at the run's first judged day.
    """

    person: int
    where: tuple[str, ...]
    days: tuple[int, ...]
    day_names: tuple[str, ...]
    rest: bool = False
    stints: frozenset[int] | None = None
    before: int = 0
    open_start: bool = False
    closed_end: bool = False
    most: int | None = None
    least: int | None = None
    over: int = 1
    under: int = 1

    def counts(self, worked: Sequence[Stint]) -> bool:
        """Whether a day with this work counts as worked."""
        if self.stints is None:
            return bool(worked)
        return any(stint.number in self.stints for stint in worked)

    def start(self) -> State:
        """(length, index of the run's first judged day, whether it is judged for being short)."""
        return (self.before, 0, not self.open_start)

    def step(self, state: State, day: int, worked: Sequence[Stint]) -> tuple[State, list[Charge]]:
        """Adds a day."""
        return self.advance(state, day - self.days[0], self.counts(worked))

    def advance(self, state: State, index: int, works: bool) -> tuple[State, list[Charge]]:
        """Adds the day with an index, worked or not."""
        length, first, judged = state
        if works != self.rest:
            if length == 0:
                first = index
                judged = judged or index > 0
            length += 1
            if self.most is not None:
                length = min(length, self.most + 1 + (self.least or 0))
                if length > self.most:
                    return (length, first, judged), [
                        ((*self.where, self.day_names[index]), self.over)
                    ]
            return (length, first, judged), []
        return (0, 0, True), self._short(length, first, judged)

    def finish(self, state: State) -> list[Charge]:
        """A run that reaches the end may go on, unless it is closed."""
        return self._short(*state) if self.closed_end else []

    def _short(self, length: int, first: int, judged: bool) -> list[Charge]:
        if self.least is None or not judged or not 0 < length < self.least:
            return []
        return [((*self.where, self.day_names[first]), self.under * (self.least - length))]


@dataclass(frozen=True, slots=True)
class PeriodRun:
    """Periods in a row, such as weekends, in which a person works, at most and at least a number.

    `run` has the limits; its days are the numbers of the periods. A period counts as worked if
    there is any work on its days.
    """

    run: Run
    periods: tuple[frozenset[int], ...]
    """Each period as its days in the horizon, without gaps; periods do not overlap."""
    begun: bool = False
    """Whether there was work in the first period before the horizon."""
    open_end: bool = False
    """Whether the last period goes on after the last day: without work it is not judged."""

    @property
    def person(self) -> int:
        """Whose days they are."""
        return self.run.person

    @property
    def where(self) -> tuple[str, ...]:
        """The place, without the period's name."""
        return self.run.where

    def start(self) -> State:
        """(the run's state, whether there was work in this period)."""
        return (self.run.start(), self.begun)

    def step(self, state: State, day: int, worked: Sequence[Stint]) -> tuple[State, list[Charge]]:
        """Adds a day."""
        for number, period in enumerate(self.periods):
            if day in period:
                return self.advance(state, number, self.run.counts(worked), day == max(period))
        return state, []

    def advance(
        self, state: State, number: int, works: bool, last: bool
    ) -> tuple[State, list[Charge]]:
        """Adds a day of the period with a number, its last one or not."""
        run, touched = state
        touched = touched or works
        if not last:
            return (run, touched), []
        if not touched and self.open_end and number == len(self.periods) - 1:
            return (run, False), []
        run, charges = self.run.advance(run, number, touched)
        return (run, False), charges

    def finish(self, state: State) -> list[Charge]:
        """What the run says at the end."""
        return self.run.finish(state[0])


@dataclass(frozen=True, slots=True)
class WholePeriods:
    """Periods, such as weekends, of which a person works all days or none; or all on one kind.

    Breach, at each period: for each stretch of days worked, the days of the period that are not in
    it; if `alike`, for each kind worked, the days of the period without that kind.
    """

    person: int
    where: tuple[str, ...]
    periods: tuple[tuple[int, ...], ...]
    """Each period as its days in order, without gaps; only the first may begin before day 0."""
    names: tuple[str, ...]
    """Each period's name as the last part of a place."""
    kinds: dict[int, int]
    """The kind of each stint that counts."""
    alike: bool = False
    before: tuple[frozenset[int], ...] = ()
    """The kinds worked on each day of the first period before day 0."""
    amount: int = 1
    """What each day counts."""

    def start(self) -> State:
        """(what was worked in this period, the breach found before day 0): the kinds; or how many
        stretches, and whether the last one reaches the day before."""
        state, owed = self.nothing, 0
        for position, kinds in enumerate(self.before):
            state, more = self.add(state, position, kinds)
            owed += more
        return state, owed

    @property
    def nothing(self) -> State:
        """Nothing worked in a period yet."""
        return frozenset() if self.alike else (0, False)

    def add(self, state: State, position: int, kinds: frozenset[int]) -> tuple[State, int]:
        """Adds a day of a period: what was worked so far, and the breach that is now certain."""
        if self.alike:
            new = len(kinds - state)
            return state | kinds, self.amount * (new * position + len(state - kinds))
        stretches, inside = state
        if not kinds:
            return (stretches, False), self.amount * stretches
        if inside:
            return state, self.amount * (stretches - 1)
        return (stretches + 1, True), self.amount * (position + stretches)

    def worked(self, stints: Sequence[Stint]) -> frozenset[int]:
        """The kinds among a day's work."""
        return frozenset(self.kinds[s.number] for s in stints if s.number in self.kinds)

    def step(self, state: State, day: int, worked: Sequence[Stint]) -> tuple[State, list[Charge]]:
        """Adds a day."""
        for period, name in zip(self.periods, self.names, strict=True):
            if day in period:
                so_far, owed = state
                so_far, more = self.add(so_far, day - period[0], self.worked(worked))
                after = (self.nothing if day == period[-1] else so_far, 0)
                return after, [((*self.where, name), owed + more)] if owed + more else []
        return state, []

    def finish(self, state: State) -> list[Charge]:
        """Every period has ended."""
        return []
