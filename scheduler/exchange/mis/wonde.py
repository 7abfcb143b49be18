"""Reads staff from Wonde's JSON (version 1.0): schools, employees, contracts, absences.

Field names are those of public clients of the interface; any of them may be absent or null. Data
about pupils, pay and illness is not read at all.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from models.register.records import Kind
from models.register.register import Statement
from scheduler.exchange.mis.lenient import (
    Heard,
    Unreadable,
    as_id,
    day,
    given,
    hundredths,
    id_of,
    many,
    moment,
    one,
    short,
    text,
    truth,
)

SOURCE = "wonde"

Feed = Mapping[str, object]
"""From each endpoint ("employees") to its response: its envelope, or the rows of all its pages."""

ENDPOINTS = ("schools", "employees", "employee-absences", "deletions")

ALL_YEAR_WEEKS, TERM_TIME_WEEKS = 5200, 4000
"""Hundredths of weeks in a year: from the first a contract is all year, up to the second it is term
time only (39 pupil and INSET weeks, and one more at some schools); in between it is unknown."""

DELETED: dict[str, tuple[Kind, ...]] = {
    "employee": ("person",),
    "employees": ("person",),
    "contract": ("contract",),
    "contracts": ("contract",),
    "employee_absence": ("absence",),
    "employee-absence": ("absence",),
    "employee_absences": ("absence",),
    "employee-absences": ("absence",),
    "absence": ("absence",),
}
"""From the type of a deletion to our kinds; other types (students and so on) are not read."""

OURS: tuple[Kind, ...] = ("person", "contract", "absence")
"""The kinds that a deletion without a type may mean; ids are unique across them."""


def read_wonde(feed: Feed, school: str, at: datetime, *, zone: str = "Europe/London") -> Statement:
    """The statement of one school at Wonde.

    Args:
        feed: the responses of its endpoints.
        school: Wonde's id of the school.
        at: the moment for which it is true.
        zone: the zone for dates with an offset, if the school does not name its own.

    Nothing counts as gone because it is missing from the feed: pages shift while they are read, and
    a wrong region answers with empty lists. What is gone is in `deletions`, or no longer `current`.
    """
    heard = Heard()
    for name in feed:
        if name not in ENDPOINTS:
            heard.note("", "is an endpoint that is not read. Maybe one of " + ", ".join(ENDPOINTS))
    for place, row in _rows(heard, feed, "schools"):
        with heard.at(place):
            zone = _school(heard, place, row, school) or zone
    for place, row in _rows(heard, feed, "employees"):
        with heard.at(place):
            _employee(heard, place, row, school, at.date(), zone)
    for place, row in _rows(heard, feed, "employee-absences"):
        with heard.at(place):
            _absence(heard, place, row, zone)
    back = dict(_touched(feed, zone))
    for place, row in _rows(heard, feed, "deletions"):
        with heard.at(place):
            type_, id = text(row.get("type")), _id(row)
            deleted = moment(row.get("deleted_at"), zone)
            if id in back and (deleted is None or deleted <= back[id]):
                continue  # deleted once, and restored since
            for kind in OURS if type_ is None else DELETED.get(type_.lower(), ()):
                heard.take_back(kind, id, place)
    return heard.statement(source=SOURCE, kind="mis", school=school, at=at)


def _rows(heard: Heard, feed: Feed, endpoint: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, row in enumerate(many(feed.get(endpoint))):
        place = f"/{endpoint}/{number}"
        if isinstance(row, Mapping):
            yield place, row
        else:
            heard.note(place, "must be an object.")


def _touched(feed: Feed, zone: str) -> Iterator[tuple[str, datetime]]:
    """(id, moment) for rows that say when they were last changed or restored."""
    rows = [r for name in ("employees", "employee-absences") for r in many(feed.get(name))]
    contracts = [c for row in rows if isinstance(row, Mapping) for c in many(row.get("contracts"))]
    for row in (*rows, *contracts):
        if isinstance(row, Mapping):
            with suppress(Unreadable):
                said = [moment(row.get(name), zone) for name in ("restored_at", "updated_at")]
                known = [when for when in said if when is not None]
                if known:
                    yield _id(row), max(known)


def _id(row: Mapping[str, Any]) -> str:
    found = text(row.get("id")) or text(row.get("mis_id"))
    if found is None:
        raise Unreadable("has no id.")
    return found


def _school(heard: Heard, place: str, row: Mapping[str, Any], school: str) -> str | None:
    """Add the school, and return its time zone; rows of other schools are skipped."""
    if text(row.get("id")) not in (None, school):
        return None
    la, number = text(row.get("la_code")), text(row.get("establishment_number"))
    zone = text(row.get("timezone"))
    fields = given(
        name=short(row.get("name")),
        urn=short(row.get("urn")),
        laestab=f"{la}/{number}" if la and number else None,
        time_zone=zone,
    )
    heard.say("school", school, place, fields)
    return zone


def _employee(
    heard: Heard, place: str, row: Mapping[str, Any], school: str, today: date, zone: str
) -> None:
    person = _id(row)
    details = one(row.get("employment_details"))
    if truth(details.get("current")) is False:
        heard.take_back("person", person, place)
        return
    names = [
        short(row.get(first)) or short(row.get(legal))
        for first, legal in (("forename", "legal_forename"), ("surname", "legal_surname"))
    ]
    name = " ".join(part for part in names if part)
    if not name:
        raise Unreadable("has no name.")
    fields = given(
        name=name[:200],
        home=school,
        staff_code=short(details.get("staff_code")),
        qualified_teacher=_flag(details.get("qualified_teacher_status")),
        hlta=_flag(details.get("higher_level_teaching_assistant_status")),
    )
    heard.say("person", person, place, fields)
    left = day(details.get("employment_end_date"), zone)
    for number, contract in enumerate(many(row.get("contracts"))):
        # A contract that is not included is a bare id without data.
        if isinstance(contract, Mapping):
            where = f"{place}/contracts/{number}"
            with heard.at(where):
                _contract(heard, where, contract, person, school, today, left, zone)


def _flag(value: object) -> bool | None:
    """A status that is a flag in one MIS and a word in another: any word means yes."""
    try:
        return truth(value)
    except Unreadable:
        return isinstance(value, str) or None


def _contract(
    heard: Heard,
    place: str,
    row: Mapping[str, Any],
    person: str,
    school: str,
    today: date,
    left: date | None,
    zone: str,
) -> None:
    salary = one(row.get("salary"))
    weeks = hundredths(salary.get("weeks_year"))
    last = day(row.get("end_date"), zone)
    roles = [r for r in many(row.get("roles")) if isinstance(r, Mapping)]
    role = _role(roles, today, zone)
    for named in roles:
        _code(heard, place, named)
    if len({_named(r) for r in roles if _runs(r, today, zone)} - {None}) > 1:
        heard.note(place, "has several roles at once; the first is used. Maybe type the others.")
    fields = given(
        person=person,
        school=school,
        role=role,
        employment=short(row.get("employment_type")),
        minutes_per_week=hundredths(salary.get("hours_week"), 60),
        full_time_minutes=hundredths(salary.get("fte_hours"), 60),
        hundredths_of_weeks=weeks,
        all_year=None if weeks is None else _all_year(weeks),
        first=day(row.get("start_date"), zone),
    )
    ends = min((d for d in (last, left) if d is not None), default=None)
    heard.say("contract", _id(row), place, {**fields, "last": ends})


def _code(heard: Heard, place: str, role: Mapping[str, Any]) -> None:
    """Add a role's code with its usual meaning, until a person sets another."""
    code = _named(role)
    if code is not None:
        fields = given(list="role", code=code, means=as_id(code), name=short(role.get("role")))
        heard.say("code", f"role:{code}"[:255], place, fields)


def _all_year(weeks: int) -> bool | None:
    return True if weeks >= ALL_YEAR_WEEKS else False if weeks <= TERM_TIME_WEEKS else None


def _named(role: Mapping[str, Any]) -> str | None:
    return short(role.get("role_code")) or short(role.get("role"))


def _runs(role: Mapping[str, Any], today: date, zone: str) -> bool:
    first, last = day(role.get("start_date"), zone), day(role.get("end_date"), zone)
    return (first is None or first <= today) and (last is None or today <= last)


def _role(roles: list[Mapping[str, Any]], today: date, zone: str) -> str | None:
    """The role in force today, else the last that has a name."""
    named = [role for role in roles if _named(role)]
    running = [role for role in named if _runs(role, today, zone)]
    chosen = running[0] if running else named[-1] if named else None
    return None if chosen is None else _named(chosen)


def _absence(heard: Heard, place: str, row: Mapping[str, Any], zone: str) -> None:
    """Add an absence with its dates; never its type, category or pay."""
    person = id_of(row.get("employee"))
    first, last = moment(row.get("start_date"), zone), moment(row.get("end_date"), zone)
    if person is None:
        raise Unreadable("names nobody who is absent.")
    if first is None:
        raise Unreadable("does not say when the absence begins.")
    if last is not None and last < first:
        raise Unreadable("ends before it begins. Maybe the two dates are swapped?")
    midnight = (0, 0)
    fields = given(
        person=person,
        first=first.date(),
        start=None if (first.hour, first.minute) == midnight else first.time(),
        end=None
        if last is None or (last.hour, last.minute) in (midnight, (23, 59))
        else last.time(),
    )
    heard.say("absence", _id(row), place, {**fields, "last": None if last is None else last.date()})
