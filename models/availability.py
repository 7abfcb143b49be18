"""Availability: when a person works, is away, or has agreed to come besides."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from models.calendar import Clock, DayKind, WeekOfCycle, Window
from models.duties import Stint
from models.people import Person
from models.problem import DAY_MINUTES


class Availability:
    """When people can be asked to work.

    Args:
        people: by number.
        clock: local time to elapsed minutes.
        cycle: which week of an N-week cycle a date is in.
        midday: where a day's two sessions meet, in minutes after midnight.
        home_kind: what a day (a number) is at a person's home school.
    """

    def __init__(
        self,
        people: tuple[Person, ...],
        clock: Clock,
        cycle: WeekOfCycle,
        midday: int,
        home_kind: Callable[[int, int], DayKind],
    ) -> None:
        self._people = people
        self._clock = clock
        self._week_of_cycle = cycle
        self._midday = midday
        self._home_kind = home_kind
        self._unlimited_cache: dict[tuple[int, int], bool] = {}
        self._walls: dict[tuple[int, int], int] = {}
        self._minutes_cache: dict[tuple[int, int], tuple[list[tuple[int, int]], ...]] = {}

    def why_away(self, person: int, stint: Stint) -> str | None:
        """Why a person is not available for a stint, in words that give no reason of theirs."""
        if self._unlimited(person, stint.day):
            return None
        low, high = self._wall(stint.start, stint.day), self._wall(stint.end, stint.day)
        away, open_, agreed = self._minutes(person, stint.day)
        if any(a < high and low < b for a, b in away):
            return "is away"
        if _covered(low, high, open_):
            return None
        if _covered(low, high, _joined(open_ + agreed)):
            return None
        if self._works_on(person, stint.day):
            return "does not work at that time"
        return "does not work on that day and has not agreed to"

    def _unlimited(self, person: int, day: int) -> bool:
        """Whether a person is there at any time of an open day, as most people mostly are."""
        key = (person, day)
        if key not in self._unlimited_cache:
            facts, when = self._people[person], self._date(day)
            next_day = when + timedelta(days=1)
            self._unlimited_cache[key] = (
                facts.works is None
                and self._day_open(person, day)
                and not any(
                    w.covers(when, self._week_of_cycle) or w.covers(next_day, self._week_of_cycle)
                    for w in facts.away
                )
            )
        return self._unlimited_cache[key]

    def _works_on(self, person: int, day: int) -> bool:
        """Whether a day is a working day of a person before any absence."""
        return self._day_open(person, day) and any(
            w.covers(self._date(day), self._week_of_cycle) for w in self._pattern(person)
        )

    def _day_open(self, person: int, day: int) -> bool:
        facts = self._people[person]
        when = self._date(day)
        kind = self._home_kind(person, day)
        if facts.contracts and not any(c.runs_on(when) for c in facts.contracts):
            return False
        if kind in (DayKind.TERM, DayKind.INSET):
            return True
        return kind is DayKind.HOLIDAY and any(
            c.all_year for c in facts.contracts if c.runs_on(when)
        )

    def _pattern(self, person: int) -> tuple[Window, ...]:
        works = self._people[person].works
        return (Window(),) if works is None else works

    def _minutes(self, person: int, day: int) -> tuple[list[tuple[int, int]], ...]:
        """Away, open and agreed stretches of a day, in local minutes after its midnight."""
        key = (person, day)
        if key not in self._minutes_cache:
            facts = self._people[person]

            def stretches(windows: Iterable[Window], longest: int) -> list[tuple[int, int]]:
                return _joined(
                    (a + shift, min(b, longest) + shift)
                    # A stint may run past midnight, into the windows of the next day.
                    for shift in (0, DAY_MINUTES)
                    for w in windows
                    if w.covers(self._date(day + shift // DAY_MINUTES), self._week_of_cycle)
                    for a, b in w.minutes(self._midday)
                )

            # A working day without an end may run into the night; an absence ends at midnight.
            night = 2 * DAY_MINUTES
            self._minutes_cache[key] = (
                stretches(facts.away, DAY_MINUTES),
                stretches(self._pattern(person), night) if self._day_open(person, day) else [],
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
