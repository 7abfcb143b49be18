"""Attendance: when people are at work at a school by their working pattern, on a duty or not."""

from collections.abc import Callable, Iterable
from datetime import date, time, timedelta

from models.facts.duties import Stint
from models.facts.employment import Employment
from models.facts.weeks import CycleWeeks
from models.problem.calendar import Clock, DayKind, School, Window
from models.problem.collaboration import Secondment
from models.problem.people import Person, WorkingWindow
from models.problem.problem import DAY_MINUTES

Stretch = tuple[int, int]
"""From a minute to a minute; the second is not part of it."""

NEAR = 2
"""Days on either side of one in which a duty, with the way there and back, may reach into it."""


class Attendance:
    """Who is at work at a school on a day because their pattern names it (`at`).

    They are on days that are open for their work there, less absences, less the time of a
    secondment to another school. What draws them away (a duty at another school, and the way to it
    and back) depends on a schedule; `kept_from` says for how long one duty does.

    Args:
        people: by number.
        schools: by number.
        clock: local time to elapsed minutes.
        cycles: which week of an N-week cycle a date is in, at each school.
        midday: where a day's two sessions meet, in minutes after midnight.
        employment: who has a post where, and whether a day is open for them there.
        travel: minutes between two schools, by number.
    """

    def __init__(
        self,
        people: tuple[Person, ...],
        schools: tuple[School, ...],
        clock: Clock,
        cycles: CycleWeeks,
        midday: int,
        employment: Employment,
        travel: Callable[[int, int], int],
    ) -> None:
        self._people = people
        self._schools = schools
        self._number = {school.id: n for n, school in enumerate(schools)}
        self._clock = clock
        self._cycles = cycles
        self._midday = midday
        self._employment = employment
        self._travel = travel
        self._cache: dict[tuple[int, int], dict[int, tuple[Stretch, ...]]] = {}
        self.people = frozenset(
            n for n, person in enumerate(people) if any(w.at for w in person.works or ())
        )
        """Those whose pattern names a school."""

    def by_pattern(self, person: int, school: int, day: int) -> tuple[Stretch, ...]:
        """When a person is at work at a school on a day by their pattern, in elapsed minutes."""
        return self.of_day(person, day).get(school, ())

    def of_day(self, person: int, day: int) -> dict[int, tuple[Stretch, ...]]:
        """The schools where a person is at work on a day by their pattern, and when."""
        if person not in self.people:
            return {}
        key = person, day
        if key not in self._cache:
            self._cache[key] = self._of_day(person, day)
        return self._cache[key]

    def _of_day(self, person: int, day: int) -> dict[int, tuple[Stretch, ...]]:
        facts, when = self._people[person], self._date(day)
        cycle = self._employment.cycle_of(person)
        away = [
            stretch
            for window in facts.away
            if window.covers(when, cycle)
            for stretch in window.minutes(self._midday)
        ]
        lent = self._employment.secondments(person, day)
        found: dict[int, list[Stretch]] = {}
        for window in facts.works or ():
            school = self._number.get(window.at or "")
            if school is None or not window.covers(when, cycle):
                continue
            if self._is_open(person, school, day):
                elsewhere = [s for s in lent if self._number.get(s.host) != school]
                gone = [*away, *(m for s in elsewhere for m in self._times_of(s, when))]
                mine = at_school(window, self._schools[school], self._midday)
                found.setdefault(school, []).extend(without(mine, gone))
        return {
            school: tuple((self._minute(day, a), self._minute(day, b)) for a, b in joined(rows))
            for school, rows in found.items()
            if rows
        }

    def _is_open(self, person: int, school: int, day: int) -> bool:
        """Whether a day is open for a person's work there; nobody without a post there is at work
        at a school that has its holidays."""
        return self._employment.is_open(person, school, day) and (
            self._employment.has_post(person, school, day)
            or self._schools[school].kind_of(self._date(day)) in (DayKind.TERM, DayKind.INSET)
        )

    def _times_of(self, secondment: Secondment, when: date) -> list[Stretch]:
        windows = (Window(),) if secondment.pattern is None else secondment.pattern
        return [
            stretch
            for window in windows
            if window.covers(when, self._cycles.at(secondment.host))
            for stretch in window.minutes(self._midday)
        ]

    def kept_from(self, school: int, stint: Stint) -> Stretch | None:
        """From when to when a duty keeps somebody away from a school, with the way there and back;
        None where the duty is at that school."""
        if stint.school == school:
            return None
        way = self._travel(stint.school, school)
        return stint.start - way, stint.end + way

    def left(
        self, person: int, school: int, day: int, stints: Iterable[Stint]
    ) -> tuple[Stretch, ...]:
        """When a person is at work at a school on a day by their pattern, less what keeps them
        elsewhere."""
        stretches = self.by_pattern(person, school, day)
        if not stretches:
            return ()
        gone = [kept for s in stints if (kept := self.kept_from(school, s)) is not None]
        return tuple(without(stretches, gone))

    def missed(self, person: int, stint: Stint) -> list[tuple[int, int]]:
        """(school, day) of the attendances that a duty would cut short."""
        if person not in self.people:
            return []
        return [
            (school, day)
            for day in range(stint.day - NEAR, stint.day + NEAR + 1)
            for school, stretches in self.of_day(person, day).items()
            if (kept := self.kept_from(school, stint)) is not None
            if any(a < kept[1] and kept[0] < b for a, b in stretches)
        ]

    def _date(self, day: int) -> date:
        return self._clock.first + timedelta(days=day)

    def _minute(self, day: int, minute: int) -> int:
        """An elapsed minute, of a local one after a day's midnight."""
        days, rest = divmod(minute, DAY_MINUTES)
        return self._clock.minute(self._date(day + days), time(rest // 60, rest % 60))


def at_school(window: WorkingWindow, school: School, midday: int) -> list[Stretch]:
    """The stretches of a window at a school, in local minutes after midnight; where it gives no
    begin or no end, the school's day has them."""
    first = 0 if window.start else _of(school.day_start)
    last = DAY_MINUTES if window.end else _of(school.day_end)
    cut = [(max(a, first), min(b, last)) for a, b in window.minutes(midday)]
    return [(a, b) for a, b in cut if a < b]


def without(stretches: Iterable[Stretch], gone: Iterable[Stretch]) -> list[Stretch]:
    """What is left of some stretches, in order, without others."""
    left = list(stretches)
    for low, high in gone:
        parts = [part for a, b in left for part in ((a, min(b, low)), (max(a, high), b))]
        left = [(a, b) for a, b in parts if a < b]
    return sorted(left)


def joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The same minutes, in as few stretches as can be."""
    found: list[Stretch] = []
    for a, b in sorted(stretches):
        if found and a <= found[-1][1]:
            found[-1] = (found[-1][0], max(b, found[-1][1]))
        else:
            found.append((a, b))
    return found


def _of(at: time) -> int:
    return at.hour * 60 + at.minute
