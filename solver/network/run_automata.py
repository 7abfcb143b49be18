"""Automata of days and periods in a row, of whole periods, and of rest."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, cast

from models.facts.duties import Stint
from solver.language.rest_shapes import LongDay, LongRest
from solver.language.runs import PeriodRun, Run, WholePeriods

Sign = Hashable
State = Hashable

NOTHING: Sign = None
"""The sign of a day that a shape does not look at."""


class EndsOpen:
    """An automaton that finds nothing at the end."""

    def finish(self, state: State) -> int:
        """Nothing."""
        return 0


@dataclass(frozen=True)
class RunAutomaton:
    """Days in a row: states are those of the run, with lengths that say no more than is needed."""

    shape: Run

    def start(self) -> State:
        """The state before the first day."""
        return tuple(self.shape.start())

    def sign(self, day: int, worked: Sequence[Stint]) -> Sign:
        """All that matters about a day's work."""
        if not self.shape.days[0] <= day <= self.shape.days[-1]:
            return NOTHING
        return self.shape.counts(worked)

    def step(self, state: State, sign: Sign) -> tuple[State, int, int]:
        """The state after a day, the amount of breach, and the rise of a count."""
        if sign is NOTHING:
            return state, 0, 0
        return (*self.advance(state, bool(sign)), 0)

    def advance(self, state: State, works: bool) -> tuple[State, int]:
        """The state after a day that counts as worked or not, and the amount of breach."""
        length, _, judged = cast(tuple[int, int, bool], state)
        most, least = self.shape.most, self.shape.least or 0
        if works != self.shape.rest:
            beyond = self.shape.over if most is not None and length >= most else 0
            longest = max(least, 1 if most is None else most + 1)
            return (min(length + 1, longest), 0, judged), beyond
        return (0, 0, True), self._short(state)

    def _short(self, state: State) -> int:
        length, _, judged = cast(tuple[int, int, bool], state)
        least = self.shape.least or 0
        return self.shape.under * (least - length) if judged and 0 < length < least else 0

    def finish(self, state: State) -> int:
        """The amount of breach found at the end."""
        return self._short(state) if self.shape.closed_end else 0

    def key(self) -> Hashable:
        """Equal for shapes whose automata are the same."""
        shape = self.shape
        limits = (shape.most, shape.least, shape.over, shape.under)
        return ("run", shape.rest, shape.before, shape.open_start, shape.closed_end, limits)

    def family(self) -> Hashable:
        """Equal for shapes that give the same sign to the same work."""
        shape = self.shape
        return ("run", id(shape.stints), shape.days[0], shape.days[-1])


@dataclass(frozen=True)
class PeriodRunAutomaton:
    """Periods in a row: states are (the run's, whether there was work in this period)."""

    shape: PeriodRun
    run: RunAutomaton
    place: dict[int, tuple[bool, bool]]
    """Day to (whether its period ends, whether that is left open without work)."""

    def start(self) -> State:
        """The state before the first day."""
        return self.run.start(), self.shape.begun

    def sign(self, day: int, worked: Sequence[Stint]) -> Sign:
        """All that matters about a day's work."""
        if day not in self.place:
            return NOTHING
        return (self.shape.run.counts(worked), *self.place[day])

    def step(self, state: State, sign: Sign) -> tuple[State, int, int]:
        """The state after a day, the amount of breach, and the rise of a count."""
        run, touched = cast(tuple[State, bool], state)
        if sign is NOTHING:  # never within a period
            return (run, False), 0, 0
        works, last, may_go_on = cast(tuple[bool, bool, bool], sign)
        touched = touched or works
        if not last:
            return (run, touched), 0, 0
        if may_go_on and not touched:
            return (run, False), 0, 0
        after, broken = self.run.advance(run, touched)
        return (after, False), broken, 0

    def finish(self, state: State) -> int:
        """The amount of breach found at the end."""
        return self.run.finish(cast(tuple[State, bool], state)[0])

    def key(self) -> Hashable:
        """Equal for shapes whose automata are the same."""
        return ("period run", self.shape.begun, self.run.key())

    def family(self) -> Hashable:
        """Equal for shapes that give the same sign to the same work."""
        return ("period run", id(self.shape.run.stints), tuple(self.place.items()))


@dataclass(frozen=True)
class WholePeriodsAutomaton(EndsOpen):
    """Whole periods: states are (days of this one so far, what was worked on them, what was found
    before day 0)."""

    shape: WholePeriods
    place: dict[int, tuple[int, bool]]
    """Day to (position in its period, whether it is the last one)."""

    def start(self) -> State:
        """The state before the first day."""
        return (len(self.shape.before), *self.shape.start())

    def sign(self, day: int, worked: Sequence[Stint]) -> Sign:
        """All that matters about a day's work."""
        if day not in self.place:
            return NOTHING
        return (self.shape.worked(worked), *self.place[day])

    def step(self, state: State, sign: Sign) -> tuple[State, int, int]:
        """The state after a day, the amount of breach, and the rise of a count."""
        begin = (0, self.shape.nothing, 0)
        if sign is NOTHING:  # never within a period
            return begin, 0, 0
        days, so_far, owed = cast(tuple[int, State, int], state)
        kinds, position, last = cast(tuple[frozenset[int], int, bool], sign)
        if position != days:  # no day of a calendar leads here
            return begin, 0, 0
        after, more = self.shape.add(so_far, position, kinds)
        return begin if last else (days + 1, after, 0), owed + more, 0

    def key(self) -> Hashable:
        """Equal for shapes whose automata are the same."""
        return ("whole", self.shape.alike, self.shape.before)

    def family(self) -> Hashable:
        """Equal for shapes that give the same sign to the same work."""
        return ("whole", id(self.shape.kinds), tuple(self.place.items()))


def period_run(shape: PeriodRun) -> PeriodRunAutomaton:
    """The automaton of periods in a row."""
    place = {}
    for number, period in enumerate(shape.periods):
        open_ = shape.open_end and number == len(shape.periods) - 1
        place.update({day: (day == max(period), open_) for day in sorted(period)})
    return PeriodRunAutomaton(shape, RunAutomaton(shape.run), place)


def whole_periods(shape: WholePeriods) -> WholePeriodsAutomaton:
    """The automaton of whole periods."""
    return WholePeriodsAutomaton(
        shape,
        {
            day: (position, position == len(period) - 1)
            for period in shape.periods
            for position, day in enumerate(period)
        },
    )


@dataclass(frozen=True)
class LongDayAutomaton(EndsOpen):
    """Judges each day by itself, so that there is one state."""

    shape: LongDay

    def start(self) -> State:
        """The only state."""
        return None

    def sign(self, day: int, worked: Sequence[Stint]) -> Sign:
        """Whether the day is long and has no break."""
        return day in self.shape.day_names and self.shape.is_broken(worked)

    def step(self, state: State, sign: Sign) -> tuple[State, int, int]:
        """A breach on a broken day."""
        return None, int(bool(sign)), 0

    def key(self) -> Hashable:
        """All such automata are alike."""
        return ("long day",)

    def family(self) -> Hashable:
        """Which days are judged, and how."""
        shape = self.shape
        limits = (shape.after, shape.minutes, shape.long_duties_hold_one)
        return ("long day", *limits, tuple(shape.day_names), shape.counted)


class _RestSign(NamedTuple):
    """A day's work, in minutes from its midnight."""

    first: bool
    """Whether the day begins a period."""
    spans: tuple[tuple[int, int], ...]
    length: int
    """Minutes of the day."""
    until: int | None
    """The end of the period, where the day is its last."""
    judged: bool


@dataclass(frozen=True)
class LongRestAutomaton(EndsOpen):
    """Remembers whether the period's rest was found, and how long nothing has been worked."""

    shape: LongRest

    def start(self) -> State:
        """What the past leaves."""
        return cast(State, self.shape.start())

    def sign(self, day: int, worked: Sequence[Stint]) -> Sign:
        """The day's work, and where the day stands in its period."""
        shape, period = self.shape, self.shape.period(day)
        midnight = shape.midnights[day]
        last = day == period.days[1]
        return _RestSign(
            day == period.days[0] and day > 0,
            tuple(sorted((s.start - midnight, s.end - midnight) for s in worked)),
            shape.midnights[day + 1] - midnight,
            period.high - midnight if last else None,
            period.name in shape.judged,
        )

    def step(self, state: State, sign: Sign) -> tuple[State, int, int]:
        """Adds a day; a period is judged on its last."""
        found, free = cast(tuple[bool, int], state)
        day, least = cast(_RestSign, sign), self.shape.minutes
        if day.first:
            found, free = False, min(free, 0)
        since = -free
        for start, end in day.spans:
            found = found or start - since >= least
            since = max(since, end)
        free = day.length - since
        if day.until is None:
            found = found or free >= least
            return (found, min(free, 0) if found else free), 0, 0
        found = found or day.until - since >= least
        return (False, min(free, 0)), int(day.judged and not found), 0

    def key(self) -> Hashable:
        """The length of the rest, and what the past leaves."""
        return ("long rest", self.shape.minutes, self.shape.start())

    def family(self) -> Hashable:
        """The periods, and which of them are judged."""
        return ("long rest", self.shape.periods, self.shape.judged, self.shape.midnights)
