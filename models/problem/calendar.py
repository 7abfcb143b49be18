"""Dates and times as schools use them: school calendars, sessions, repeating windows."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache, cached_property
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

import holidays
from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from models.value import Id, Text, Value

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Session = Literal["am", "pm"]
Nation = Literal["ENG", "WLS", "SCT", "NIR"]


@cache
def _zones() -> frozenset[str]:
    """Those of this machine; looking through its files takes longer than reading a request."""
    return frozenset(available_timezones())


def _known_zone(name: str) -> str:
    if name not in _zones():
        raise ValueError("is not an IANA time zone. Maybe Europe/London?")
    return name


def _no_hour_24(sent: object) -> object:
    if isinstance(sent, str) and sent.startswith("24:00"):
        raise ValueError(
            "is no time of day. Maybe 00:00, which as an end means midnight, or leave the end out?"
        )
    return sent


def _naive_time(value: time) -> time:
    if value.tzinfo is not None:
        raise ValueError("must be a local time without an offset, such as 08:30")
    return value


def _naive_datetime(value: datetime) -> datetime:
    if value.tzinfo is not None:
        raise ValueError("must be a local date and time without an offset, as 2026-01-05T08:30")
    return value


TimeZone = Annotated[str, AfterValidator(_known_zone)]
LOCAL_TIME = r"^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?$"
"""What a local time looks like in JSON: HH:MM, and perhaps seconds."""

# JSON Schema's own formats for times and moments ask for an offset, which local ones do not have.
LocalTime = Annotated[
    time,
    BeforeValidator(_no_hour_24),
    AfterValidator(_naive_time),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": LOCAL_TIME,
        }
    ),
]
LocalDateTime = Annotated[
    datetime,
    AfterValidator(_naive_datetime),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?$",
        }
    ),
]


MIDNIGHT = time(0)

LAST_BEFORE_FIRST = "last is before first. Maybe the two are swapped, or one has the wrong year?"


def why_no_stretch(start: datetime, end: datetime) -> str:
    """What is wrong with an end that is not after its start, and what to do."""
    later = "the end is on the date after"
    if end.date() < start.date():
        maybe = "the two are swapped, or one has the wrong date"
    elif end.time() == MIDNIGHT:
        maybe = f"{later}, since 00:00 begins a date"
    else:
        maybe = f"{later}, or the two times are swapped"
    return f"end is not after start. Maybe {maybe}?"


def weekday(day: date) -> Weekday:
    """The weekday of a date, as it is written in a request."""
    return WEEKDAYS[day.weekday()]  # type: ignore[return-value]  # the tuple is the literal


class DayKind(StrEnum):
    """What a date is at one school."""

    TERM = "term"
    INSET = "inset"
    HOLIDAY = "holiday"
    """An open weekday outside the terms."""
    BANK_HOLIDAY = "bank_holiday"
    CLOSED = "closed"
    WEEKEND = "weekend"
    """A weekday on which the school never opens."""


class DateRange(Value):
    """Dates from first to last, both included."""

    first: date = Field(description="The first date.")
    last: date = Field(description="The last date, which is included.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError(LAST_BEFORE_FIRST)
        return self

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __iter__(self) -> Iterator[date]:  # type: ignore[override]  # dates, not pydantic's fields
        return (self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1))

    def months(self) -> Iterator[date]:
        """The first of its dates in each month."""
        yield self.first
        first, last = (12 * day.year + day.month - 1 for day in (self.first, self.last))
        for month in range(first + 1, last + 1):
            yield date(month // 12, month % 12 + 1, 1)


WeekOfCycle = Callable[[date, int], int]
"""The week of a repeating cycle of some length that a date falls in, from 1: week A or week B."""


class WeekCount(Value):
    """From when, and which, weeks a school counts for its repeating cycles."""

    start: date = Field(description="A date in week 1, which is week A.")
    counts: Literal["calendar", "teaching"] = Field(
        "calendar",
        description="`calendar`: every week counts. `teaching`: only weeks with a day of term at "
        "the school, so that after half-term the letters go on where they stopped; a week without "
        "one has the letter of the teaching week that follows.",
    )


class WeekCycle(Value):
    """Some weeks of a repeating cycle: week A of two is of=2, on=[1]."""

    of: int = Field(ge=2, le=8, description="Length of the cycle in weeks.")
    on: tuple[int, ...] = Field(min_length=1, description="Weeks of the cycle, counted from 1.")

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if any(not 1 <= week <= self.of for week in self.on):
            raise ValueError("on names a week outside the cycle; weeks count from 1 to of")
        return self


class Window(Value):
    """A repeating stretch of local time; what is not said does not limit it."""

    weekdays: tuple[Weekday, ...] | None = Field(None, description="Only these weekdays.")
    sessions: tuple[Session, ...] | None = Field(None, description="Only these halves of the day.")
    first: date | None = Field(None, description="The first date.")
    last: date | None = Field(None, description="The last date, which is included.")
    start: LocalTime | None = Field(None, description="Earliest local time on each day.")
    end: LocalTime | None = Field(
        None, description="Latest local time on each day; 00:00 is the midnight that ends it."
    )
    weeks: WeekCycle | None = Field(None, description="Only these weeks of a repeating cycle.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first and self.last and self.last < self.first:
            raise ValueError(LAST_BEFORE_FIRST)
        if self.end and self.end != MIDNIGHT and self.end <= (self.start or MIDNIGHT):
            raise ValueError(
                "end is not after start, and a window lies within one day. Maybe give two: one "
                "that leaves out the end or ends at 00:00, and one from 00:00 on the days after?"
            )
        return self

    def covers(self, day: date, week_of_cycle: WeekOfCycle) -> bool:
        """Whether the window is open at all on a date."""
        return (
            (self.weekdays is None or weekday(day) in self.weekdays)
            and (self.first is None or self.first <= day)
            and (self.last is None or day <= self.last)
            and (self.weeks is None or week_of_cycle(day, self.weeks.of) in self.weeks.on)
        )

    def minutes(self, midday: int) -> list[tuple[int, int]]:
        """The stretches of an open day, in local minutes after midnight; midnight to midnight
        of the day after where nothing limits it, so that a night shift fits."""
        low = _minute(self.start) if self.start else 0
        high = (_minute(self.end) or 24 * 60) if self.end else 2 * 24 * 60
        if self.sessions is None:
            return [(low, high)]
        halves = {"am": (0, midday), "pm": (midday, 2 * 24 * 60)}
        cut = [
            (max(low, halves[s][0]), min(high, halves[s][1])) for s in sorted(set(self.sessions))
        ]
        return [(a, b) for a, b in cut if a < b]


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def duration(minutes: int) -> str:
    """Minutes as a person says them: "10 hours 59 minutes"."""
    hours, rest = divmod(minutes, 60)
    said = []
    if hours or not rest:
        said.append("1 hour" if hours == 1 else f"{hours} hours")
    if rest:
        said.append("1 minute" if rest == 1 else f"{rest} minutes")
    return " ".join(said)


class BankHoliday(Value):
    """A bank holiday that the public list does not know."""

    date: Annotated[date, Field(description="The date.")]
    name: Text = Field(description="What it is called.")


class LessonTime(Value):
    """A stretch of a school's day in which pupils are taught."""

    start: LocalTime = Field(description="When the lesson begins.")
    end: LocalTime = Field(
        description="When the lesson ends; 00:00 is the midnight that ends the day."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end != MIDNIGHT and self.end <= self.start:
            raise ValueError(
                "end is not after start, and a lesson lies within one day. Maybe end it at 00:00, "
                "and begin another one then?"
            )
        return self

    @property
    def stretch(self) -> tuple[int, int]:
        """From when to when, in local minutes after midnight."""
        return _minute(self.start), _minute(self.end) or 24 * 60


class School(Value):
    """A school, its calendar and its day."""

    id: Id = Field(description="The id that the rest of the request calls it by.")
    name: Text = Field(description="The name of the school.")
    nation: Nation | None = Field(
        None, description="Whose bank holidays it keeps; none are kept where this is left out."
    )
    trust: Id | None = Field(None, description="The trust that it belongs to, in your own word.")
    weekdays: tuple[Weekday, ...] = Field(
        ("mon", "tue", "wed", "thu", "fri"), description="The weekdays on which it opens."
    )
    terms: tuple[DateRange, ...] = Field(
        (), description="Dates inside are term, open weekdays outside are holiday; none: all term."
    )
    closed: tuple[DateRange, ...] = Field(
        (), description="Dates on which it is closed, on top of weekends and holidays."
    )
    inset: tuple[date, ...] = Field((), description="INSET days: staff come, pupils do not.")
    extra_bank_holidays: tuple[BankHoliday, ...] = Field(
        (), description="Bank holidays that the public list lacks."
    )
    open_bank_holidays: tuple[date, ...] = Field(
        (), description="Bank holidays of the nation on which this school opens all the same."
    )
    cycle: WeekCount | None = Field(
        None,
        description="How it counts the weeks of repeating cycles; every week from the request's "
        "`cycle_start` if left out.",
    )
    day_start: LocalTime = Field(time(8, 50), description="When the school day begins.")
    day_end: LocalTime = Field(time(15, 20), description="When the school day ends.")
    lessons: tuple[LessonTime, ...] = Field(
        (), description="When pupils are taught on each open day: the timetabled week of teachers."
    )

    def kind_of(self, day: date) -> DayKind:
        """What a date is at this school; the stricter word wins."""
        if any(day in closed for closed in self.closed):
            return DayKind.CLOSED
        if weekday(day) not in self.weekdays:
            return DayKind.WEEKEND
        if self._is_bank_holiday(day):
            return DayKind.BANK_HOLIDAY
        if day in self.inset:
            return DayKind.INSET
        if not self.terms or any(day in term for term in self.terms):
            return DayKind.TERM
        return DayKind.HOLIDAY

    def _is_bank_holiday(self, day: date) -> bool:
        if day in self._added:
            return True
        if self.nation is None or day in self.open_bank_holidays:
            return False
        return day in _national(self.nation, day.year)

    @cached_property
    def _added(self) -> frozenset[date]:
        return frozenset(holiday.date for holiday in self.extra_bank_holidays)


@cache
def _national(nation: str, year: int) -> frozenset[date]:
    # The nation must be named: without it the library leaves out Easter Monday and August.
    return frozenset(holidays.country_holidays("GB", subdiv=nation, years=year))


class Clock:
    """Turns local wall-clock time into elapsed minutes from the horizon's first midnight."""

    def __init__(self, zone: str, first: date) -> None:
        self._zone = ZoneInfo(zone)
        self._zero = datetime(first.year, first.month, first.day, tzinfo=self._zone).timestamp()
        self.first = first

    def minute(self, day: date, at: time) -> int:
        """Elapsed minutes; the two clock-change days are 23 and 25 hours long."""
        local = datetime.combine(day, at, tzinfo=self._zone)
        return round((local.timestamp() - self._zero) / 60)

    def exists(self, day: date, at: time) -> bool:
        """Whether a local time is ever shown: the hour that is left out in spring is not."""
        return self.local(self.minute(day, at)) == datetime.combine(day, at.replace(second=0))

    def local(self, minute: int) -> datetime:
        """The local date and time, without offset, of an elapsed minute."""
        moment = datetime.fromtimestamp(self._zero + minute * 60, tz=self._zone)
        return moment.replace(tzinfo=None)
