"""Duties: every need of every shift and activity, on its dates, with its possible times."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time, timedelta

from models.calendar import Clock, DayKind, WeekOfCycle
from models.people import Who
from models.problem import DAY_MINUTES, Activity, Change, Need, Presence, Problem, Shift

PAST = -1
"""The duty number of a stint that was worked before the horizon."""


@dataclass(frozen=True, slots=True)
class Stint:
    """A duty at one of its possible times; a shift has one, an activity one for each start."""

    number: int
    """Its number among all stints; PAST for history."""
    duty: int
    school: int
    day: int
    """The local date of its start, as a day number."""
    start: int
    end: int
    """Elapsed minutes."""
    minutes: int
    """Working minutes: elapsed, less the unpaid break."""
    sessions: tuple[str, ...]
    """The sessions of its day that it touches."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One need of one shift or activity: what a person is placed on."""

    number: int
    id: str
    shift: str
    """The shift's or activity's id in the request."""
    need: str | None
    name: str
    school: int
    group: str | None
    tags: frozenset[str]
    who: Who | None
    count: int
    most: int | None
    occasion: int
    """Duties of one occasion happen at the same time."""
    day: int
    """Its day; the first possible one where the engine chooses."""
    stints: tuple[Stint, ...]

    @property
    def decided(self) -> bool:
        """Whether the engine chooses the time."""
        return len(self.stints) != 1


@dataclass(frozen=True, slots=True)
class Occasion:
    """A shift on a date, or an activity: the duties that happen together."""

    number: int
    id: str
    shift: str
    name: str
    school: int
    group: str | None
    duties: tuple[int, ...]
    starts: tuple[int, ...]
    """Possible starts in elapsed minutes, in the order of each duty's stints."""
    presence: tuple[Presence, ...]


class Expansion:
    """The duties, occasions and stints of a problem, numbered in order.

    Args:
        problem: what is expanded.
        clock: local time to elapsed minutes.
        cycle: which week of an N-week cycle a date is in.
        kind: what a day is at a school, both as numbers.
        count: adults that a need asks for at a school on a day, for a group.
    """

    def __init__(
        self,
        problem: Problem,
        clock: Clock,
        cycle: WeekOfCycle,
        kind: Callable[[int, int], DayKind],
        count: Callable[[Need, int, int, str | None], int],
    ) -> None:
        self.duties: list[Duty] = []
        self.occasions: list[Occasion] = []
        self.stints: list[Stint] = []
        self._problem = problem
        self._days = tuple(problem.horizon)
        self._clock = clock
        self._week_of_cycle = cycle
        self._kind = kind
        self._count = count
        self._midday = problem.midday.hour * 60 + problem.midday.minute
        self._school_number = {school.id: n for n, school in enumerate(problem.schools)}
        for shift in problem.shifts:
            self._add_shift(shift)
        for activity in problem.activities:
            times = self._starts(activity)
            if times:
                self._add(activity, activity.id, activity.needs, times, 0)

    def _add_shift(self, shift: Shift) -> None:
        changes = {change.date: change for change in shift.exceptions}
        for number, day in enumerate(self._days):
            change = changes.get(day)
            if not self._runs(shift, number, day, change):
                continue
            start_at = (change and change.start) or shift.start
            end_at = (change and change.end) or shift.end
            start = self._clock.minute(day, start_at)
            next_day = day + timedelta(days=1) if end_at <= start_at else day
            end = self._clock.minute(next_day, end_at)
            needs = shift.needs if change is None or change.needs is None else change.needs
            id = f"{shift.id}@{day.isoformat()}"
            self._add(shift, id, needs, [(number, start, end)], shift.unpaid_minutes)

    def _add(
        self,
        work: Shift | Activity,
        id: str,
        needs: tuple[Need, ...],
        times: list[tuple[int, int, int]],
        unpaid: int,
    ) -> None:
        """Times are (day, start, end)."""
        school = self._school_number[work.school]
        number, mine = len(self.occasions), []
        head, at, tail = id.partition("@")
        for need in needs:
            duty = len(self.duties)
            own = tuple(
                Stint(
                    len(self.stints) + n,
                    duty,
                    school,
                    day,
                    start,
                    end,
                    max(0, end - start - unpaid),
                    self._sessions(day, start, end),
                )
                for n, (day, start, end) in enumerate(times)
            )
            self.stints.extend(own)
            self.duties.append(
                Duty(
                    duty,
                    f"{head}/{need.id}{at}{tail}" if need.id else id,
                    work.id,
                    need.id,
                    work.name,
                    school,
                    work.group,
                    frozenset(work.tags) | frozenset(need.tags),
                    need.who,
                    self._count(need, school, times[0][0], work.group),
                    need.most,
                    number,
                    times[0][0],
                    own,
                )
            )
            mine.append(duty)
        self.occasions.append(
            Occasion(
                number,
                id,
                work.id,
                work.name,
                school,
                work.group,
                tuple(mine),
                tuple(start for _, start, _ in times),
                work.presence,
            )
        )

    def _runs(self, shift: Shift, number: int, day: date, change: Change | None) -> bool:
        if change is not None and change.cancelled:
            return False
        if day in shift.dates or change is not None:
            return True
        if not shift.when.covers(day, self._week_of_cycle):
            return False
        return self._kind(self._school_number[shift.school], number) in shift.on

    def _starts(self, activity: Activity) -> list[tuple[int, int, int]]:
        school = self._school_number[activity.school]
        found = set()
        for number, day in enumerate(self._days):
            if self._kind(school, number) not in activity.on:
                continue
            for window in activity.windows:
                if not window.covers(day, self._week_of_cycle):
                    continue
                for low, high in window.minutes(self._midday):
                    last = min(high, DAY_MINUTES) - activity.minutes
                    for start in range(low, last + 1, activity.step):
                        begins = self._clock.minute(day, time(start // 60, start % 60))
                        found.add((number, begins, begins + activity.minutes))
        return sorted(found)

    def _sessions(self, day: int, start: int, end: int) -> tuple[str, ...]:
        midday = self._clock.minute(self._days[day], self._problem.midday)
        if end <= midday:
            return ("am",)
        return ("pm",) if start >= midday else ("am", "pm")
