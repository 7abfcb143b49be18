"""Weeks as all rules mean them: Monday to Sunday, what is known of each, and which is week A."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from models.problem.calendar import WEEKDAYS, DayKind, School, Weekday, WeekOfCycle
from models.problem.problem import Problem

MOST_COUNTED = 1000
"""Weeks from its first one over which a school's teaching weeks are counted; all weeks further away
count, so that a slip in a year costs no time."""


@dataclass(frozen=True, slots=True)
class Week:
    """One calendar week that the horizon touches; days are numbers, the past is below 0."""

    name: str
    """The ISO date of its first day in the horizon."""
    monday: int
    days: range
    """Its days in the horizon."""
    past: range
    """Its days before the horizon."""
    whole: bool
    """Whether every day on which there could be work is in the horizon, or in the known past.

    The weekend counts only where somebody works on weekends: Monday to Friday is then a week.
    """

    @property
    def calendar(self) -> range:
        """All seven days."""
        return range(self.monday, self.monday + 7)


class CycleWeeks:
    """The one place that answers which week of a repeating cycle a date is in.

    Each school may count for itself; schools that do not, and what belongs to no school, count
    every week from the request's `cycle_start`.
    """

    def __init__(self, problem: Problem) -> None:
        self._usual = _EveryWeek(problem.cycle_start or problem.horizon.first)
        self._own: dict[str, WeekOfCycle] = {}
        for school in problem.schools:
            if school.cycle is not None:
                start = school.cycle.start
                teaching = school.cycle.counts == "teaching"
                self._own[school.id] = (
                    _TeachingWeeks(school, start) if teaching else _EveryWeek(start)
                )

    def at(self, school: str | None) -> WeekOfCycle:
        """The weeks as a school counts them, by its id."""
        return self._usual if school is None else self._own.get(school, self._usual)

    @property
    def differ(self) -> bool:
        """Whether any school counts for itself."""
        return bool(self._own)


class _EveryWeek:
    def __init__(self, start: date) -> None:
        self._monday = _monday(start)

    def __call__(self, day: date, of: int) -> int:
        return (day - self._monday).days // 7 % of + 1


class _TeachingWeeks:
    """Counts the weeks with a day of term; one without has the number of the next that has one."""

    def __init__(self, school: School, start: date) -> None:
        self._school = school
        self._monday = _monday(start)
        self._after, self._before = [0], [0]
        """Teaching weeks between the first week and the one of each place, before it or after."""

    def __call__(self, day: date, of: int) -> int:
        week = (day - self._monday).days // 7
        near = max(-MOST_COUNTED, min(week, MOST_COUNTED))
        return (self._number(near) + week - near) % of + 1

    def _number(self, week: int) -> int:
        while len(self._after) <= week:
            self._after.append(self._after[-1] + self._is_taught(len(self._after) - 1))
        while len(self._before) <= -week:
            self._before.append(self._before[-1] - self._is_taught(-len(self._before)))
        return self._after[week] if week >= 0 else self._before[-week]

    def _is_taught(self, week: int) -> bool:
        days = (self._monday + timedelta(days=7 * week + n) for n in range(7))
        return any(self._school.kind_of(day) is DayKind.TERM for day in days)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def weekends(first: date, horizon: int, days: Sequence[Weekday]) -> list[range]:
    """All days of the weekends that touch a horizon, also those outside of it.

    Args:
        first: the date of day 0.
        horizon: how many days there are.
        days: the weekdays of a weekend, in order and without gaps.
    """
    until = (WEEKDAYS.index(days[0]) - first.weekday()) % 7
    starts = range(until - 7, horizon, 7)
    return [range(n, n + len(days)) for n in starts if n + len(days) > 0]


def weekend_faults(days: Sequence[Weekday]) -> str | None:
    """What is wrong with the weekdays of a weekend, and what to do."""
    first = WEEKDAYS.index(days[0])
    if list(days) == [WEEKDAYS[(first + n) % 7] for n in range(len(days))]:
        return None
    return "have gaps, or are out of order. Maybe fri, sat, sun?"


def says_weekend(days: Sequence[Weekday]) -> str:
    """The weekdays of a weekend as a bracket, unless they are the usual two: " (Fri to Sun)"."""
    if tuple(days) == ("sat", "sun"):
        return ""
    first, *_, last = (*days, days[-1])
    return f" ({first.title()})" if len(days) == 1 else f" ({first.title()} to {last.title()})"
