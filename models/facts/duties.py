"""Duties: every need of every shift and activity, on its dates, with its possible times."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import cached_property
from typing import NamedTuple

from models.facts.weeks import CycleWeeks
from models.problem.calendar import Clock, DayKind, Window
from models.problem.dates import DateChoice
from models.problem.people import Who
from models.problem.problem import (
    DAY_MINUTES,
    Activity,
    Need,
    PresenceNeed,
    Problem,
    Series,
    Shift,
    ShiftChange,
)
from models.problem.resources import NeededResource

_Span = tuple[int, int, int]
"""(start, end, day) of one of its days."""

_Time = tuple[int, int, int, tuple[_Span, ...]]
"""(start, school, day, its days) of something that may happen."""

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


class LookedAfter(NamedTuple):
    """A shift or an activity, by which children are counted."""

    id: str
    group: str | None
    """The group that it is for."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """Children who are there if one of some groups is chosen for them."""

    pupils: int
    """Their number among the children for whom a group is chosen."""
    count: int
    groups: frozenset[str]


@dataclass(frozen=True, slots=True)
class Gathering:
    """The children who are there at one moment."""

    settled: int
    """How many are surely there."""
    undecided: tuple[Undecided, ...]

    @property
    def most(self) -> int:
        """The most who can be there, whatever is chosen."""
        return self.settled + sum(u.count for u in self.undecided)


@dataclass(frozen=True, slots=True)
class Expecting:
    """The children expected at one possible time of a duty, and how many one adult looks after."""

    per_adult: int
    moments: tuple[Gathering, ...]
    """The fullest moments; there is more than one where children come and go."""

    @property
    def most(self) -> int:
        """The most adults that can be needed, whatever is chosen."""
        return -(-max((m.most for m in self.moments), default=0) // self.per_adult)


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
    """How many people are needed; the most that can be, where the engine chooses `by_ratio`."""
    most: int | None
    occasion: int
    """Duties of one occasion happen at the same time, on each of its days."""
    day: int
    """Its day; the first possible one where the engine chooses."""
    stints: tuple[Stint, ...]
    part: int
    """Which of an activity's days it is on, from 0."""
    optional: bool = False
    ratio: str | None = None
    """The ratio that the need counts by."""
    by_ratio: tuple[Expecting, ...] | None = None
    """The children of each of its possible times, where the number of people needed depends on the
    time or on the groups that are chosen."""

    @property
    def is_flexible(self) -> bool:
        """Whether the engine chooses the time or the place, or whether it happens at all."""
        return self.optional or len(self.stints) != 1


@dataclass(frozen=True, slots=True)
class Asked:
    """What an occasion needs of one of some things, by number."""

    things: tuple[int, ...]
    amount: int


@dataclass(frozen=True)
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
    presence: tuple[PresenceNeed, ...]
    ends: tuple[int, ...]
    """When it ends, on the last of its days, for each of its possible starts; so are the next
    three."""
    spans: tuple[tuple[_Span, ...], ...]
    """Its days, each with its start and end."""
    schools: tuple[int, ...]
    """Where it is; a start stands once for each school at which it is possible."""
    days: tuple[int, ...]
    """The local date of the start, as a day number."""
    uses: tuple[Asked, ...]
    optional: bool
    visitor: int | None
    """The school that visits, where it is a visit."""
    tags: frozenset[str]
    is_activity: bool
    release_by: date | None
    """When a reserved time is given back."""
    frees: frozenset[str]
    """Groups that are out with it."""
    reserve: tuple[int, int, int] | None
    """Of a reserve date the occasion that it is kept for, and how many school days after that it
    is: least and most."""

    @property
    def is_flexible(self) -> bool:
        """Whether the engine chooses the time or the place, or whether it happens at all."""
        return self.optional or len(self.starts) != 1

    @property
    def open(self) -> bool:
        """Whether the engine chooses anything: time, place, things, or whether it happens."""
        return self.is_flexible or any(len(asked.things) > 1 for asked in self.uses)

    @property
    def parts(self) -> int:
        """How many days it lasts."""
        return len(self.spans[0])

    @cached_property
    def last_days(self) -> tuple[int, ...]:
        """The last of its days, for each of its possible starts."""
        return tuple(span[-1][2] for span in self.spans)

    @cached_property
    def venues(self) -> tuple[int, ...]:
        """The schools at which it may be."""
        return tuple(sorted(set(self.schools)))

    @cached_property
    def place_of(self) -> dict[tuple[int, int], int]:
        """(start, school) to the place among its possible starts."""
        both = zip(self.starts, self.schools, strict=True)
        return {key: place for place, key in enumerate(both)}


class _New(NamedTuple):
    """A shift on a date, or an activity or its reserve date, from which an occasion is made."""

    work: Shift | Activity
    id: str
    name: str
    times: list[_Time]
    """When it may be: at least one time, each of the same number of days."""
    unpaid: int = 0
    """Minutes of each stint that are not worked."""
    reserve: tuple[int, int, int] | None = None
    """As in `Occasion`."""

    @property
    def shift(self) -> str:
        """The id that rules call it by."""
        return self.work.id if self.reserve is None else f"{self.work.id}.reserve"

    @property
    def school(self) -> int:
        """The number of the school of its first time."""
        return self.times[0][1]

    @property
    def parts(self) -> int:
        """How many days it lasts."""
        return len(self.times[0][3])

    @property
    def tags(self) -> frozenset[str]:
        """Its labels; a reserve date has none."""
        return frozenset(self.work.tags if self.reserve is None else ())

    @property
    def optional(self) -> bool:
        """Whether it may be left out."""
        return isinstance(self.work, Activity) and self.work.optional


class Expansion:
    """The duties, occasions and stints of a problem, numbered in order.

    Args:
        problem: what is expanded.
        clock: local time to elapsed minutes.
        cycles: which week of a repeating cycle a date is in, at each school.
        kind: what a day is at a school, both as numbers.
        count: adults that a need of some work asks for at its possible times: the most, and what
            their number depends on.
    """

    def __init__(
        self,
        problem: Problem,
        clock: Clock,
        cycles: CycleWeeks,
        kind: Callable[[int, int], DayKind],
        count: Callable[
            [Need, Sequence[Stint], LookedAfter], tuple[int, tuple[Expecting, ...] | None]
        ],
    ) -> None:
        self.duties: list[Duty] = []
        self.occasions: list[Occasion] = []
        self.stints: list[Stint] = []
        self._problem = problem
        self._days = tuple(problem.horizon)
        self._clock = clock
        self._cycles = cycles
        self._kind = kind
        self._count = count
        self._midday = problem.midday.hour * 60 + problem.midday.minute
        self._school_number = {school.id: n for n, school in enumerate(problem.schools)}
        self._things: dict[str, tuple[int, ...]] = {}
        units = 0
        for resource in problem.resources:
            self._things[resource.id] = tuple(range(units, units + len(resource.units)))
            units += len(resource.units)
        self._choice = DateChoice(problem.schools, problem.periods)
        for shift in problem.shifts:
            self._add_shift(shift)
        for activity in problem.activities:
            possible = self._starts(activity)
            for place, id in enumerate(activity.members):
                times = possible
                if activity.series is not None:
                    times = self._in_period(activity, activity.series, place, possible)
                if times:
                    self._add_member(activity, id, place, times, possible)

    def _add_member(
        self, activity: Activity, id: str, place: int, times: list[_Time], possible: list[_Time]
    ) -> None:
        """An activity, or one of a series, and its reserve date if it has one."""
        name = activity.name if activity.series is None else f"{activity.name} {place + 1}"
        kept_for = len(self.occasions)
        self._add(_New(activity, id, name, times), activity.needs)
        if activity.reserve is not None:
            first = min(spans[-1][2] for _, _, _, spans in times)
            later = [time for time in possible if time[2] > first]
            reserve = (kept_for, activity.reserve.least, activity.reserve.most)
            if later:
                name = f"{name} (reserve date)"
                new = _New(activity, f"{id}.reserve", name, later, reserve=reserve)
                self._add(new, activity.needs)

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
            school = self._school_number[shift.school]
            time = (start, school, number, ((start, end, number),))
            self._add(_New(shift, id, shift.name, [time], shift.unpaid_minutes), needs)

    def _add(self, new: _New, needs: tuple[Need, ...]) -> None:
        """One occasion, with a duty for each need and each of its days."""
        work = new.work
        activity = work if isinstance(work, Activity) else None
        visitor = None if activity is None else activity.visitor
        # Duties are made first: they are numbered as they are made, and know their occasion.
        mine = [self._add_duty(new, need, part) for need in needs for part in range(new.parts)]
        self.occasions.append(
            Occasion(
                len(self.occasions),
                new.id,
                new.shift,
                new.name,
                new.school,
                work.group,
                tuple(mine),
                tuple(start for start, _, _, _ in new.times),
                work.presence,
                tuple(spans[-1][1] for _, _, _, spans in new.times),
                tuple(spans for _, _, _, spans in new.times),
                tuple(at for _, at, _, _ in new.times),
                tuple(day for _, _, day, _ in new.times),
                tuple(asked for use in work.uses for asked in self._asked(use)),
                new.optional,
                None if visitor is None else self._school_number.get(visitor),
                new.tags,
                activity is not None,
                None if activity is None else activity.release_by,
                frozenset() if activity is None or new.reserve else frozenset(activity.frees),
                new.reserve,
            )
        )

    def _add_duty(self, new: _New, need: Need, part: int) -> int:
        """One need of an occasion on one of its days; the number of the duty."""
        number = len(self.duties)
        own = tuple(self._stints(new, number, part))
        self.stints.extend(own)
        count, by_ratio = self._count(need, own, LookedAfter(new.work.id, new.work.group))
        self.duties.append(
            Duty(
                number,
                _duty_id(new.id, need.id, part if new.parts > 1 else None),
                new.shift,
                need.id,
                new.name,
                new.school,
                new.work.group,
                new.tags | frozenset(need.tags),
                need.who,
                count,
                need.most,
                len(self.occasions),
                own[0].day,
                own,
                part,
                new.optional,
                need.ratio,
                by_ratio,
            )
        )
        return number

    def _stints(self, new: _New, duty: int, part: int) -> Iterator[Stint]:
        """The possible times of a duty, numbered after those there are."""
        for number, (_, at, _, spans) in enumerate(new.times, len(self.stints)):
            start, end, day = spans[part]
            worked = max(0, end - start - new.unpaid)
            yield Stint(number, duty, at, day, start, end, worked, self._sessions(day, start, end))

    def _asked(self, use: NeededResource) -> list[Asked]:
        """What a use asks for; of distinct things each by itself."""
        rows = [self._things[id] for id in use.one_of if id in self._things]
        things = tuple(number for row in rows for number in row)
        if any(len(row) > 1 for row in rows):
            return [Asked(things, 1)] * use.amount
        return [Asked(things, use.amount)]

    def _runs(self, shift: Shift, number: int, day: date, change: ShiftChange | None) -> bool:
        if change is not None and change.cancelled:
            return False
        if day in shift.dates or change is not None:
            return True
        if not shift.when.covers(day, self._cycles.at(shift.school)):
            return False
        return self._kind(self._school_number[shift.school], number) in shift.on

    def _starts(self, activity: Activity) -> list[_Time]:
        found: set[_Time] = set()
        for id in dict.fromkeys(activity.venues or (activity.school,)):
            school = self._school_number[id]
            open_ = [n for n in range(len(self._days)) if self._kind(school, n) in activity.on]
            for window in activity.windows:
                possible = {
                    number
                    for number in open_
                    if window.covers(self._days[number], self._cycles.at(id))
                    and self._may_be(activity, school, number)
                }
                for place in range(len(open_)):
                    days = open_[place : place + (activity.days or 1)]
                    if len(days) == (activity.days or 1) and possible.issuperset(days):
                        found.update(self._times(activity, window, school, days))
        return sorted(found)

    def _may_be(self, activity: Activity, school: int, number: int) -> bool:
        at, day = self._problem.schools[school], self._days[number]
        return activity.dates is None or self._choice.means(activity.dates, at, day)

    def _in_period(
        self, activity: Activity, series: Series, place: int, times: list[_Time]
    ) -> list[_Time]:
        """The times of one of a series: in its own term, month or week."""

        def period(school: int, day: int) -> date | None:
            when = self._days[day]
            if series.each == "term":
                terms = self._problem.schools[school].terms
                return next((term.first for term in terms if when in term), None)
            if series.each == "month":
                return when.replace(day=1)
            return when - timedelta(days=when.weekday())

        def has_days(school: int) -> list[date]:
            counts = school if series.each == "term" else self._school_number[activity.school]
            open_ = (n for n in range(len(self._days)) if self._kind(counts, n) in activity.on)
            return sorted({first for n in open_ if (first := period(counts, n)) is not None})

        periods = {school: has_days(school) for school in {at for _, at, _, _ in times}}
        own = {school: rows[place] for school, rows in periods.items() if place < len(rows)}
        return [
            time for time in times if time[1] in own and period(time[1], time[2]) == own[time[1]]
        ]

    def _times(
        self, activity: Activity, window: Window, school: int, days: Collection[int]
    ) -> Iterator[_Time]:
        at = self._problem.schools[school]
        for low, high in window.minutes(self._midday):
            if activity.minutes is not None:
                last = min(high, DAY_MINUTES) - activity.minutes
                stretches = [(s, s + activity.minutes) for s in range(low, last + 1, activity.step)]
            else:
                begin, end = (t.hour * 60 + t.minute for t in (at.day_start, at.day_end))
                whole = [(begin, end)] if activity.lasts != "session" else []
                halves = [(begin, self._midday), (self._midday, end)]
                stretches = [
                    (a, b) for a, b in whole or halves if low <= a < b <= min(high, DAY_MINUTES)
                ]
            for start, end in stretches:
                clock = time(start // 60, start % 60)
                if not all(self._clock.exists(self._days[day], clock) for day in days):
                    continue
                begins = [(self._clock.minute(self._days[day], clock), day) for day in days]
                spans = tuple((minute, minute + end - start, day) for minute, day in begins)
                yield spans[0][0], school, spans[0][2], spans

    def _sessions(self, day: int, start: int, end: int) -> tuple[str, ...]:
        midday = self._clock.minute(self._days[day], self._problem.midday)
        if end <= midday:
            return ("am",)
        return ("pm",) if start >= midday else ("am", "pm")


def _duty_id(id: str, need: str | None, part: int | None) -> str:
    """shift/need@date; of an activity activity/need, with its day where it has several."""
    head, sign, tail = id.partition("@")
    day = "" if part is None else f"@{part + 1}"
    return f"{head}/{need}{sign}{tail}{day}" if need else f"{id}{day}"
