"""Reads staff from OneRoster 1.1 and 1.2: schools, terms, and who works where.

OneRoster has no contracts, hours or absences. Pupils and their families are skipped unread, and so
are enrollments and demographics; a class is only used to relate a term to a school.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from models.register.records import Kind
from models.register.register import Statement
from scheduler.exchange.mis.lenient import (
    Heard,
    Unreadable,
    day,
    day_before,
    given,
    many,
    short,
    text,
)

SOURCE = "oneroster"

Feed = Mapping[str, object]
"""Collection ("users") to its rows."""

COLLECTIONS = ("orgs", "academicSessions", "classes", "users", "roles", "enrollments")
"""The collections that are known; the files of 1.2 have roles apart from users, and enrollments are
skipped."""

NOT_STAFF = ("student", "guardian", "parent", "relative")
"""Roles whose users are never read."""

GONE = ("tobedeleted", "inactive", "deleted")

ZONE = "Etc/UTC"
"""Dates are plain days; if there is a time all the same, it is in UTC."""


def read_oneroster(
    feed: Feed,
    at: datetime,
    *,
    source: str = SOURCE,
    school: str | None = None,
    complete: bool = False,
) -> Statement:
    """The statement of one OneRoster server, or of its files.

    Args:
        feed: from each collection to its rows.
        at: the moment for which it is true.
        source: our name for the server; ids are unique on one server only.
        school: if given, only what concerns this org.
        complete: whether the feed is complete, so that people who are missing are gone.
    """
    heard = Heard()
    for name in feed:
        if name not in COLLECTIONS:
            heard.note("", "is a collection that is not read.")
    schools = _schools(heard, feed, school)
    _calendars(heard, feed, schools)
    roles = _roles_apart(heard, feed)
    for place, row in _rows(heard, feed, "users"):
        with heard.at(place):
            _user(heard, place, row, roles, school, schools if "orgs" in feed else None, at.date())
    kinds: tuple[Kind, ...] = ("person",) if complete and "users" in feed else ()
    return heard.statement(source=source, kind="mis", school=school, at=at, complete=kinds)


def _rows(heard: Heard, feed: Feed, name: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for number, row in enumerate(many(feed.get(name))):
        place = f"/{name}/{number}"
        if isinstance(row, Mapping):
            yield place, row
        else:
            heard.note(place, "must be an object.")


def _id(row: Mapping[str, Any]) -> str:
    found = text(row.get("sourcedId"))
    if found is None:
        raise Unreadable("has no sourcedId.")
    return found


def _referred(value: object) -> str | None:
    """The id in a reference: an object with a sourcedId, or the bare id."""
    return text(value.get("sourcedId") if isinstance(value, Mapping) else value)


def _gone(row: Mapping[str, Any]) -> bool:
    return (text(row.get("status")) or "").lower() in GONE


def _schools(heard: Heard, feed: Feed, school: str | None) -> list[str]:
    found = []
    for place, row in _rows(heard, feed, "orgs"):
        with heard.at(place):
            org = _id(row)
            if text(row.get("type")) != "school" or school not in (None, org):
                continue
            if _gone(row):
                heard.take_back("school", org, place)
                continue
            heard.say("school", org, place, given(name=short(row.get("name")), **_number(row)))
            found.append(org)
    return found


def _number(row: Mapping[str, Any]) -> dict[str, object]:
    """The URN (six digits) or LAESTAB (three and four digits) in an identifier, if it is one."""
    identifier = text(row.get("identifier")) or ""
    digits = identifier.replace("/", "").replace("-", "")
    if digits.isascii() and digits.isdigit() and len(digits) == 6:
        return {"urn": digits}
    if digits.isascii() and digits.isdigit() and len(digits) == 7:
        return {"laestab": f"{digits[:3]}/{digits[3:]}"}
    return {}


def _calendars(heard: Heard, feed: Feed, schools: list[str]) -> None:
    """Terms belong to the schools with classes in them; with only one school, always to that."""
    taught: dict[str, set[str]] = defaultdict(set)
    for place, row in _rows(heard, feed, "classes"):
        with heard.at(place):
            where = _referred(row.get("school"))
            for term in many(row.get("terms")):
                if where is not None and (which := _referred(term)) is not None:
                    taught[which].add(where)
    terms: dict[str, list[tuple[date, date]]] = defaultdict(list)
    for place, row in _rows(heard, feed, "academicSessions"):
        with heard.at(place):
            if text(row.get("type")) not in ("term", "semester") or _gone(row):
                continue
            first, last = day(row.get("startDate"), ZONE), day_before(row.get("endDate"), ZONE)
            if first is None or last is None or last < first:
                raise Unreadable("is a term without a first day, and an end date after it.")
            for where in schools if len(schools) == 1 else sorted(taught[_id(row)]):
                terms[where].append((first, last))
    for where in schools:
        if terms[where]:
            ranges = [{"first": a, "last": b} for a, b in sorted(set(terms[where]))]
            place = "/academicSessions"
            with heard.at(place):
                heard.say("calendar", where, place, {"school": where, "terms": ranges})


def _roles_apart(heard: Heard, feed: Feed) -> dict[str, list[Mapping[str, Any]]]:
    """From each user to their roles, from the separate file of version 1.2."""
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for place, row in _rows(heard, feed, "roles"):
        with heard.at(place):
            user = _referred(row.get("user"))
            if user is None:
                raise Unreadable("names no user.")
            if not _gone(row):
                found[user].append(row)
    return found


def _user(
    heard: Heard,
    place: str,
    row: Mapping[str, Any],
    apart: Mapping[str, list[Mapping[str, Any]]],
    school: str | None,
    schools: list[str] | None,
    today: date,
) -> None:
    user = _id(row)
    said = sorted(_posts(row, apart.get(user, ()), today), key=lambda post: not post.primary)
    posts = [post for post in said if post.role not in NOT_STAFF]
    if said and not posts:
        return
    if _gone(row):
        heard.take_back("person", user, place)
        return
    here = dict.fromkeys(post.org for post in posts if not post.over)
    for org in dict.fromkeys(post.org for post in posts if post.over):
        if org not in here:
            heard.take_back("person", user, place, org)
    places = [org for org in here if org in (schools or (org,))]
    if not places and school is None:
        if posts and not here:
            return
        raise Unreadable("works at no school. Maybe add them by hand?")
    orgs = [org for org in places if school in (None, org)]
    if not orgs:
        return
    name = " ".join(
        part
        for part in (
            short(row.get("preferredFirstName"))
            or short(row.get("preferredGivenName"))
            or short(row.get("givenName")),
            short(row.get("preferredLastName"))
            or short(row.get("preferredFamilyName"))
            or short(row.get("familyName")),
        )
        if part
    )
    if not name:
        raise Unreadable("has no name.")
    fields = given(name=name[:200], home=places[0], staff_code=short(row.get("identifier")))
    for number, org in enumerate(orgs):
        # The same person at a second school: a link that somebody confirms.
        link = {"same_as": user, "same_at": orgs[0]} if number else {}
        heard.say("person", user, place, fields, school=org, **link)


class _Post(NamedTuple):
    org: str
    role: str
    primary: bool
    over: bool


def _posts(
    row: Mapping[str, Any], apart: list[Mapping[str, Any]] | tuple[()], today: date
) -> Iterator[_Post]:
    """The roles of a user with their orgs: as in 1.2, or the one role of 1.1 in all its orgs."""
    roles = [*many(row.get("roles")), *apart]
    for role in roles:
        if not isinstance(role, Mapping):
            raise Unreadable("has a role that is not an object.")
        org, name = _referred(role.get("org")), text(role.get("role"))
        last = day_before(role.get("endDate"), ZONE)
        if org is not None and name is not None:
            primary = text(role.get("roleType")) != "secondary"
            yield _Post(org, name.lower(), primary, last is not None and last < today)
    if not roles:
        name = text(row.get("role"))
        primary_org = _referred(row.get("primaryOrg"))
        for org in map(_referred, many(row.get("orgs"))):
            if org is not None and name is not None:
                yield _Post(org, name.lower(), primary_org in (None, org), over=False)
