"""Dates chosen by school calendars: "the third week of each half-term, not in SATs week"."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Self

from pydantic import Field, model_validator

from models.problem.calendar import DateRange, DayKind, School, Weekday, weekday
from models.value import Id, Value


class NearPeriod(Value):
    """A named period, with a number of school days before and after it."""

    around: Id = Field(description="One of the problem's periods.")
    before: int = Field(0, ge=0, le=400, description="School days before it that count as near.")
    after: int = Field(0, ge=0, le=400, description="School days after it that count as near.")


class Dates(Value):
    """A choice of dates; every field that is given must hold."""

    at: Id | None = Field(
        None, description="The school whose calendar is meant; where it happens if left out."
    )
    schools: tuple[Id, ...] | None = Field(
        None, description="Only what happens at one of these schools."
    )
    kinds: tuple[DayKind, ...] | None = Field(
        None, description="Only dates that are of one of these kinds at the schools."
    )
    weekdays: tuple[Weekday, ...] | None = Field(None, description="Only these weekdays.")
    weeks: tuple[int, ...] | None = Field(
        None,
        description="Weeks of each of the school's `terms`, which then are given as half-terms: "
        "1 is the first, -1 the last.",
    )
    in_period: Id | None = Field(None, description="In this one of the problem's periods.")
    near: NearPeriod | None = Field(None, description="Only dates in or near a named period.")
    first: date | None = Field(None, description="The first date.")
    last: date | None = Field(None, description="The last date, which is included.")
    all: tuple["Dates", ...] | None = Field(None, description="All of these hold.")
    any: tuple["Dates", ...] | None = Field(None, description="At least one of these holds.")
    none: tuple["Dates", ...] | None = Field(None, description="None of these holds.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if all(value is None for name, value in self if name != "at"):
            raise ValueError("says nothing. Maybe leave it out, which means every date?")
        if self.weeks is not None and 0 in self.weeks:
            raise ValueError("weeks count from 1, or from -1 at the end; there is no week 0")
        return self


class DateChoice:
    """Answers whether a date is meant.

    Args:
        schools: by id.
        periods: the problem's, by id.
    """

    def __init__(
        self, schools: Sequence[School], periods: Mapping[str, tuple[DateRange, ...]]
    ) -> None:
        self._schools = {school.id: school for school in schools}
        self._periods = periods
        self._near: dict[tuple[str, str, int, int], frozenset[date]] = {}

    def means(self, dates: Dates, venue: School, day: date) -> bool:
        """Whether a date is meant for what happens at a school."""
        return self._means(dates, venue, venue, day)

    def _means(self, dates: Dates, venue: School, school: School, day: date) -> bool:
        # An id that names nothing is a fault that is reported elsewhere.
        at = school if dates.at is None else self._schools.get(dates.at, school)

        def holds(part: Dates) -> bool:
            return self._means(part, venue, at, day)

        return (
            (dates.schools is None or venue.id in dates.schools)
            and (dates.kinds is None or at.kind_of(day) in dates.kinds)
            and (dates.weekdays is None or weekday(day) in dates.weekdays)
            and (dates.first is None or dates.first <= day)
            and (dates.last is None or day <= dates.last)
            and (dates.weeks is None or self._in_weeks(at, day, dates.weeks))
            and (dates.in_period is None or self._inside(dates.in_period, day))
            and (dates.near is None or day in self._days_near(at, dates.near))
            and (dates.all is None or all(map(holds, dates.all)))
            and (dates.any is None or any(map(holds, dates.any)))
            and (dates.none is None or not any(map(holds, dates.none)))
        )

    def _in_weeks(self, school: School, day: date, weeks: tuple[int, ...]) -> bool:
        for term in school.terms:
            if day in term:
                week = (_monday(day) - _monday(term.first)).days // 7
                of = (_monday(term.last) - _monday(term.first)).days // 7 + 1
                return week + 1 in weeks or week - of in weeks
        return False

    def _inside(self, period: str, day: date) -> bool:
        return any(day in dates for dates in self._periods.get(period, ()))

    def _days_near(self, school: School, near: NearPeriod) -> frozenset[date]:
        key = (school.id, near.around, near.before, near.after)
        if key not in self._near:
            found: set[date] = set()
            for dates in self._periods.get(near.around, ()):
                found.update(dates)
                found.update(_school_days(school, dates.first, -1, near.before))
                found.update(_school_days(school, dates.last, 1, near.after))
            self._near[key] = frozenset(found)
        return self._near[key]


def _school_days(school: School, day: date, step: int, most: int) -> list[date]:
    """Days from a day on, up to a number of school days; the others between them included."""
    found, left = [], most
    # No school is closed for longer than a year.
    for _ in range(366 + 7 * most):
        if left == 0:
            break
        day += timedelta(days=step)
        found.append(day)
        left -= school.kind_of(day) is DayKind.TERM
    return found


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
