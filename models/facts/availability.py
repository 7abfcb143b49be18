"""Availability: when a person works, is away, or has agreed to come at other times."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Literal

from models.facts.duties import Stint
from models.facts.employment import Employment
from models.problem.calendar import Clock, Window
from models.problem.people import Person
from models.problem.problem import DAY_MINUTES

_SHORT = timedelta(days=400)
"""Absences up to this long are remembered day by day."""


class Availability:
    """When people can be asked to work.

    Args:
        people: by number.
        clock: local time to elapsed minutes.
        midday: where a day's two sessions meet, in minutes after midnight.
        employment: where a person has a post on a day, whether that is an open day, and whether it
            is in week A.
    """

    def __init__(
        self,
        people: tuple[Person, ...],
        clock: Clock,
        midday: int,
        employment: Employment,
    ) -> None:
        self._people = people
        self._clock = clock
        self._midday = midday
        self._employment = employment
        self._always_cache: dict[tuple[int, int], frozenset[int]] = {}
        self._free_cache: dict[tuple[int, int, int, int], bool] = {}
        self._away_cache: dict[int, tuple[set[int], list[Window]]] = {}
        self._walls: dict[tuple[int, int], int] = {}
        self._minutes_cache: dict[tuple[int, int, int], tuple[list[tuple[int, int]], ...]] = {}

    def why_away(self, person: int, stint: Stint) -> str | None:
        """Why a person is not available for a stint, in words that give no reason of theirs."""
        if person in self._always(stint.school, stint.day):
            return None
        low, high = self._wall(stint.start, stint.day), self._wall(stint.end, stint.day)
        away, open_, agreed = self._minutes(person, stint.school, stint.day)
        if any(a < high and low < b for a, b in away):
            return "is away"
        if _covered(low, high, open_):
            return None
        if _covered(low, high, _joined(open_ + agreed)):
            return None
        if self._is_in_pattern(person, stint.school, stint.day):
            return "does not work at that time"
        return self._why_closed(person, stint) or "does not work on that day and has not agreed to"

    def free(self, people: frozenset[int], stint: Stint) -> frozenset[int]:
        """Those of some people who are available for a stint from its start to its end."""
        always = self._always(stint.school, stint.day)
        if people <= always:
            return people
        return (people & always).union(p for p in people - always if self._free(p, stint))

    def _free(self, person: int, stint: Stint) -> bool:
        when = person, stint.school, stint.start, stint.end
        if when not in self._free_cache:
            self._free_cache[when] = self.why_away(person, stint) is None
        return self._free_cache[when]

    def _always(self, school: int, day: int) -> frozenset[int]:
        """The people who can come to a school at any time of a day, as most people mostly can."""
        if (school, day) not in self._always_cache:
            self._always_cache[school, day] = frozenset(
                person
                for person, facts in enumerate(self._people)
                if facts.works is None
                and self._employment.is_open(person, school, day)
                and not self._touches(person, day)
            )
        return self._always_cache[school, day]

    def _touches(self, person: int, day: int) -> bool:
        """Whether some absence is on a day, or on the one after, into which its work may run."""
        if person not in self._away_cache:
            short, long = set[int](), list[Window]()
            for window in self._people[person].away:
                if not (window.first and window.last) or window.last - window.first > _SHORT:
                    long.append(window)
                    continue
                first = (window.first - self._clock.first).days
                for n in range(first, (window.last - self._clock.first).days + 1):
                    if window.covers(self._date(n), self._employment.cycle_of(person)):
                        short |= {n - 1, n}
            self._away_cache[person] = (short, long)
        short, long = self._away_cache[person]
        return day in short or any(
            window.covers(self._date(n), self._employment.cycle_of(person))
            for window in long
            for n in (day, day + 1)
        )

    def _is_in_pattern(self, person: int, school: int, day: int) -> bool:
        """Whether a day is a working day of a person at a school before any absence."""
        return self._employment.is_open(person, school, day) and any(
            w.covers(self._date(day), self._employment.cycle_of(person))
            for w in self._pattern(person)
        )

    def _why_closed(self, person: int, stint: Stint) -> str | None:
        """Why a day that the person's pattern knows is none of their working days."""
        day = stint.day
        if not self._employment.is_employed(person, day):
            return "has no contract in force on that day"
        if any(
            w.covers(self._date(day), self._employment.cycle_of(person))
            for w in self._pattern(person)
        ):
            return (
                f"{self._employment.says_closed(person, stint.school, day)} and has not agreed to"
            )
        return None

    def works_on(self, person: int, day: int) -> bool:
        """Whether there is any time of a day at which a person works at one of their schools."""
        for school in self._employment.schools(person, day):
            away, open_, _ = self._minutes(person, school, day)
            gone = _joined(away)
            if any(not _covered(a, min(b, DAY_MINUTES), gone) for a, b in open_ if a < DAY_MINUTES):
                return True
        return False

    def away_on(self, person: int, day: int) -> Literal["wholly", "partly"] | None:
        """Whether an absence of a person covers a day's working time, or a part of it.

        Without a pattern of hours the whole day is working time.
        """
        if not self._touches(person, day):
            return None
        cycle = self._employment.cycle_of(person)
        facts, when = self._people[person], self._date(day)
        away, works = (
            _joined(
                (a, min(b, DAY_MINUTES))
                for w in windows
                if w.covers(when, cycle)
                for a, b in w.minutes(self._midday)
            )
            for windows in (facts.away, self._pattern(person))
        )
        if not away:
            return None
        hours = works or [(0, DAY_MINUTES)]
        return "wholly" if all(_covered(a, b, away) for a, b in hours) else "partly"

    def _pattern(self, person: int) -> tuple[Window, ...]:
        works = self._people[person].works
        return (Window(),) if works is None else works

    def _minutes(self, person: int, school: int, day: int) -> tuple[list[tuple[int, int]], ...]:
        """Away, open and agreed stretches of a day, in local minutes after its midnight."""
        key = (person, school, day)
        if key not in self._minutes_cache:
            facts = self._people[person]
            # A stint may run past midnight, into the windows of the next day.
            dates = [(shift, self._date(day + shift // DAY_MINUTES)) for shift in (0, DAY_MINUTES)]

            def stretches(windows: Iterable[Window], longest: int) -> list[tuple[int, int]]:
                return _joined(
                    (a + shift, min(b, longest) + shift)
                    for shift, when in dates
                    for w in windows
                    if w.covers(when, self._employment.cycle_of(person))
                    for a, b in w.minutes(self._midday)
                )

            # A working day without an end may run into the night; an absence ends at midnight.
            night = 2 * DAY_MINUTES
            self._minutes_cache[key] = (
                stretches(facts.away, DAY_MINUTES),
                stretches(self._pattern(person), night)
                if self._employment.is_open(person, school, day)
                else [],
                stretches(facts.agreed_to, night),
            )
        return self._minutes_cache[key]

    def _wall(self, minute: int, day: int) -> int:
        """What the clock on the wall shows, in minutes after a day's midnight."""
        if (minute, day) not in self._walls:
            local = self._clock.local(minute)
            days = (local.date() - self._date(day)).days
            self._walls[minute, day] = days * DAY_MINUTES + local.hour * 60 + local.minute
        return self._walls[minute, day]

    def _date(self, day: int) -> date:
        return self._clock.first + timedelta(days=day)


def _covered(low: int, high: int, stretches: list[tuple[int, int]]) -> bool:
    return any(a <= low and high <= b for a, b in stretches)


def _joined(stretches: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for a, b in sorted(stretches):
        if joined and a <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(b, joined[-1][1]))
        else:
            joined.append((a, b))
    return joined
