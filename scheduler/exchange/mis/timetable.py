"""Reads timetables from an MIS: rooms, classes with their teachers, periods, lessons; no pupils.

The register does not store them: a timetable changes every term, and a rota has its own groups.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from pydantic import Field

from models.problem.calendar import LocalDateTime, LocalTime
from models.register.records import Key
from models.register.register import UnreadItem
from models.value import Text, Value
from scheduler.exchange.mis.lenient import (
    Heard,
    Unreadable,
    day,
    day_before,
    given,
    id_of,
    many,
    moment,
    one,
    short,
    text,
)


class TimetableRoom(Value):
    """A room."""

    id: Key = Field(description="The source's id of the room.")
    name: Text = Field(description="The name of the room.")


class TimetableClass(Value):
    """A class and its teachers."""

    id: Key = Field(description="The source's id of the class.")
    name: Text = Field(description="The name of the class.")
    school: Key | None = Field(None, description="The source's id of the school.")
    year_group: Text | None = Field(None, description="The year group, in the source's word.")
    teachers: tuple[Key, ...] = Field((), description="The source's ids of the teachers.")


class TimetablePeriod(Value):
    """A period of the school day."""

    id: Key = Field(description="The source's id of the period.")
    name: Text = Field(description="The name of the period.")
    day: Text | None = Field(None, description="In the source's words.")
    start: LocalTime | None = Field(None, description="When it begins.")
    end: LocalTime | None = Field(None, description="When it ends.")


class TimetableLesson(Value):
    """A lesson at its time, with its teacher and room."""

    id: Key = Field(description="The source's id of the lesson.")
    start: LocalDateTime = Field(description="The start, local.")
    end: LocalDateTime = Field(description="The end, local.")
    teacher: Key | None = Field(None, description="The source's id of the teacher.")
    room: Key | None = Field(None, description="The source's id of the room.")
    period: Key | None = Field(None, description="The source's id of the period.")
    of: Key | None = Field(None, description="The class.")


class Timetable(Value):
    """The timetable of a source."""

    rooms: tuple[TimetableRoom, ...] = Field((), description="The rooms.")
    classes: tuple[TimetableClass, ...] = Field(
        (), description="The classes, and who teaches them."
    )
    periods: tuple[TimetablePeriod, ...] = Field((), description="The periods of the school day.")
    lessons: tuple[TimetableLesson, ...] = Field((), description="The lessons.")
    unread: tuple[UnreadItem, ...] = Field((), description="What was said but cannot be used.")


Feed = Mapping[str, object]
"""Endpoint or collection to its rows."""

Row = Mapping[str, Any]

ZONE = "Etc/UTC"
"""The zone of dates that are plain days."""


def wonde_timetable(feed: Feed, *, zone: str = "Europe/London") -> Timetable:
    """From `rooms`, `classes` (with `employees` included), `periods` and `lessons`."""
    reading = _TimetableReading(feed)
    reading.each("rooms", TimetableRoom, lambda row: {"id": id_of(row), "name": _named(row)})
    reading.each("classes", TimetableClass, _class)
    reading.each("periods", TimetablePeriod, _period)
    reading.each("lessons", TimetableLesson, lambda row: _lesson(row, zone))
    return reading.timetable()


def _named(row: Row) -> str | None:
    return short(row.get("name")) or short(row.get("code"))


def _class(row: Row) -> dict[str, object]:
    year = row.get("year_group")
    if isinstance(year, Mapping):
        year = one({"data": year.get("data", year)}).get("name")
    teachers = [found for e in many(row.get("employees")) if (found := id_of(e))]
    named = {"id": id_of(row), "name": _named(row)}
    return {**named, "year_group": short(year), "teachers": teachers}


def _period(row: Row) -> dict[str, object]:
    times = {"start": _time(row.get("start_time")), "end": _time(row.get("end_time"))}
    return {"id": id_of(row), "name": _named(row), "day": short(row.get("day")), **times}


def _time(value: object) -> str | None:
    """A time of day, also as the last part of a date and time."""
    found = text(value)
    return None if found is None else found.rpartition(" ")[2].rpartition("T")[2][:8]


def _lesson(row: Row, zone: str) -> dict[str, object]:
    start, end = moment(row.get("start_at"), zone), moment(row.get("end_at"), zone)
    if start is None or end is None or end <= start:
        raise Unreadable("has no start with an end after it.")
    return {
        "id": id_of(row),
        "start": start,
        "end": end,
        "teacher": id_of(row.get("employee")),
        "room": id_of(row.get("room")),
        "period": id_of(row.get("period")),
        "of": id_of(row.get("class")),
    }


def oneroster_timetable(feed: Feed, today: date) -> Timetable:
    """From `classes`, and those `enrollments` of teachers that are in force today."""
    reading = _TimetableReading(feed)
    teachers: dict[str, list[str]] = defaultdict(list)

    def enrollment(row: Row) -> None:
        of, user = _referred(row.get("class")), _referred(row.get("user"))
        first, last = (
            day(row.get("beginDate"), "Etc/UTC"),
            day_before(row.get("endDate"), "Etc/UTC"),
        )
        runs = (first is None or first <= today) and (last is None or today <= last)
        if text(row.get("role")) == "teacher" and of and user and runs and _stands(row):
            teachers[of].append(user)

    def taught(row: Row) -> dict[str, object] | None:
        if not _stands(row):
            return None
        id = text(row.get("sourcedId"))
        grades = [found for grade in many(row.get("grades")) if (found := short(grade))]
        return {
            "id": id,
            "name": short(row.get("title")) or short(row.get("classCode")),
            "school": _referred(row.get("school")),
            "year_group": ", ".join(grades)[:200] or None,
            "teachers": list(dict.fromkeys(teachers.get(id or "", ()))),
        }

    reading.each("enrollments", None, enrollment)
    reading.each("classes", TimetableClass, taught)
    return reading.timetable()


def _referred(value: object) -> str | None:
    return text(value.get("sourcedId") if isinstance(value, Mapping) else value)


def _stands(row: Mapping[str, Any]) -> bool:
    return (text(row.get("status")) or "active").lower() == "active"


class _TimetableReading:
    """A timetable while it is read: a row that cannot be used is noted, and the rest is read all
    the same."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._heard = Heard()
        self._found: dict[str, dict[str, Value]] = defaultdict(dict)

    def each(
        self,
        name: str,
        model: type[Value] | None,
        says: Callable[[Row], dict[str, object] | None],
    ) -> None:
        """Read the rows of an endpoint; the later of two with one id is the newer."""
        for number, row in enumerate(many(self._feed.get(name))):
            with self._heard.at(f"/{name}/{number}"):
                if not isinstance(row, Mapping):
                    raise Unreadable("must be an object.")
                fields = says(row)
                if fields is None or model is None:
                    continue
                if not fields["id"] or ("name" in fields and not fields["name"]):
                    raise Unreadable("has no id, or no name.")
                self._found[name][str(fields["id"])] = model.model_validate(given(**fields))

    def timetable(self) -> Timetable:
        """Everything that was read."""
        things: dict[str, Any] = {
            name: tuple(found.values()) for name, found in self._found.items()
        }
        return Timetable(**things, unread=self._heard.unread)
