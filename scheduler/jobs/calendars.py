"""Calendars that people subscribe to: what was published, kept event by event, and who may read.

An event keeps its UID for as long as the same person (or place) has the same duty. Its SEQUENCE
rises only when something about it changes; what is taken away stays as CANCELLED, since calendar
programs do not all drop what is gone (RFC 5545, RFC 5546).
"""

import hashlib
import secrets
import uuid
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from icalendar import Calendar, Event
from pydantic import Field
from sqlalchemy.orm import Session

from models.facts import Facts
from models.plan import Plan
from models.value import Id, Value
from scheduler.jobs import audit
from scheduler.jobs.life import now
from scheduler.jobs.outside import CalendarEventRow, FeedRow
from scheduler.jobs.tenants import of_every_tenant, of_tenant

Subject = Literal["person", "school", "group"]
"""Whose calendar: a person's, everything at a school, or everything in a group's room."""

SHOWN_BEFORE, SHOWN_AFTER = timedelta(days=30), timedelta(days=180)
"""How far a calendar reaches back and ahead."""

TOKEN_BYTES = 32

MOST_TITLE = 500


class UnknownFeed(LookupError):
    """There is no such calendar, or it was revoked."""


class FeedWish(Value):
    """A calendar that is asked for."""

    of: Subject
    id: Id = Field(description="Of the person, school or group, as rotas name it.")


class FeedView(Value):
    """A calendar, without its secret address."""

    id: str
    of: str
    subject: str = Field(description="The id of the person, school or group.")
    created_at: datetime
    revoked_at: datetime | None


class NewFeed(Value):
    """A calendar with its address, shown this once."""

    path: str = Field(
        description="Below the address of the service. Whoever knows it can read the calendar."
    )
    about: FeedView


class _Wanted(Value):
    """An event as it should be."""

    subject: str
    title: str
    place: str
    zone: str
    starts: datetime
    ends: datetime


# ------------------------------------------------------------------ what is published


def record(session: Session, tenant: str, rota: str, facts: Facts, plan: Plan) -> int:
    """Bring the events of a rota to what holds now, and say how many changed.

    Belongs into the transaction that publishes the plan.
    """
    wanted = dict(_events(rota, facts, plan))
    query = sa.select(CalendarEventRow).where(
        CalendarEventRow.tenant == tenant, CalendarEventRow.rota == rota
    )
    known = {row.uid: row for row in session.scalars(query)}
    at, changed = now().replace(microsecond=0), 0
    for uid, event in wanted.items():
        row = known.get(uid)
        if row is None:
            said = event.model_dump()
            session.add(
                CalendarEventRow(
                    tenant=tenant,
                    uid=uid,
                    rota=rota,
                    sequence=0,
                    cancelled=False,
                    changed_at=at,
                    **said,
                )
            )
            changed += 1
        elif row.cancelled or _wanted(row) != event:
            for name, value in event:
                setattr(row, name, value)
            row.cancelled = False
            row.sequence += 1
            row.changed_at = at
            changed += 1
    for uid, row in known.items():
        if uid not in wanted and not row.cancelled:
            row.cancelled = True
            row.sequence += 1
            row.changed_at = at
            changed += 1
    return changed


def _wanted(row: CalendarEventRow) -> _Wanted:
    return _Wanted(**{name: getattr(row, name) for name in _Wanted.model_fields})


def _events(rota: str, facts: Facts, plan: Plan) -> Iterator[tuple[str, _Wanted]]:
    """(UID, event) of every person, school and group; no child and no reason."""
    zone = facts.problem.time_zone

    def event(
        subject: str, key: str, title: str, school: int, starts: int, ends: int
    ) -> tuple[str, _Wanted]:
        local = [facts.local(m).replace(tzinfo=ZoneInfo(zone)) for m in (starts, ends)]
        said = _Wanted(
            subject=subject,
            title=title[:MOST_TITLE],
            place=facts.school_name(school),
            zone=zone,
            starts=local[0].astimezone(UTC),
            ends=local[1].astimezone(UTC),
        )
        return _uid(rota, subject, key), said

    for person, number in sorted(plan.cells):
        duty = facts.duties[number]
        stint = plan.stint(duty)
        if stint is not None:
            title = f"{duty.name}, {duty.need}" if duty.need else duty.name
            subject = f"person:{facts.staff[person].id}"
            yield event(subject, duty.id, title, duty.school, stint.start, stint.end)
    for occasion in facts.occasions:
        duties = [facts.duties[number] for number in occasion.duties]
        stints = [stint for duty in duties if (stint := plan.stint(duty)) is not None]
        people = sorted({p for duty in duties for p in plan.people(duty.number)})
        if not stints or not people:
            continue
        names = ", ".join(facts.name(person) for person in people)
        places = [f"school:{facts.schools[occasion.school].id}"]
        places += [f"group:{occasion.group}"] if occasion.group else []
        for subject in places:
            title = f"{occasion.name}: {names}"
            span = (stints[0].start, stints[0].end)
            yield event(subject, occasion.id, title, occasion.school, *span)


def _uid(rota: str, subject: str, key: str) -> str:
    said = "\n".join((rota, subject, key))
    return hashlib.sha256(said.encode()).hexdigest()[:40]


def forget_person(session: Session, person: str, names: Iterable[str], instead: str) -> None:
    """Remove a person's calendar and its addresses, and their name from the calendars of places."""
    subject = f"person:{person}"
    for table in (FeedRow, CalendarEventRow):
        session.execute(sa.delete(table).where(table.subject == subject))
    for row in session.scalars(sa.select(CalendarEventRow)):
        for name in names:
            if name in row.title:
                row.title = row.title.replace(name, instead)
                row.sequence += 1
                row.changed_at = now().replace(microsecond=0)


def forget_past(session: Session, before: datetime) -> None:
    """Remove events that no calendar shows any more."""
    past = sa.delete(CalendarEventRow).where(CalendarEventRow.ends < before - SHOWN_BEFORE)
    session.execute(past.execution_options(synchronize_session=False))


# ------------------------------------------------------------------ who may read


class Feeds:
    """The calendars of a tenant, as its people manage them."""

    def __init__(self, engine: sa.Engine, tenant: str) -> None:
        self._engine = of_tenant(engine, tenant)
        self._tenant = tenant

    def new(self, wish: FeedWish, by: str | None = None) -> NewFeed:
        """A secret address; making another does not end those that are out."""
        token = secrets.token_urlsafe(TOKEN_BYTES)
        with Session(self._engine) as session, session.begin():
            row = FeedRow(
                tenant=self._tenant,
                id=str(uuid.uuid4()),
                hash=_hash(token),
                subject=f"{wish.of}:{wish.id}",
                created_at=now(),
                revoked_at=None,
            )
            session.add(row)
            session.flush()
            audit.add(session, self._tenant, by, "calendar made", f"feed:{row.id}")
            return NewFeed(path=f"/v1/calendars/{token}.ics", about=_view(row))

    def list(self) -> tuple[FeedView, ...]:
        """All that were ever made, the oldest first."""
        query = sa.select(FeedRow).order_by(FeedRow.created_at, FeedRow.id)
        with Session(self._engine) as session:
            return tuple(_view(row) for row in session.scalars(query))

    def revoke(self, id: str, by: str | None = None) -> FeedView:
        """Its address leads nowhere from now on.

        Raises:
            UnknownFeed: there is none.
        """
        with Session(self._engine) as session, session.begin():
            row = session.get(FeedRow, (self._tenant, id))
            if row is None:
                raise UnknownFeed
            if row.revoked_at is None:
                row.revoked_at = now()
                audit.add(session, self._tenant, by, "calendar revoked", f"feed:{id}")
            return _view(row)


def calendar(engine: sa.Engine, token: str, at: datetime | None = None) -> bytes:
    """What a secret address shows: the same bytes until something changes.

    Raises:
        UnknownFeed: the address is none of ours, or was revoked.
    """
    at = at or now()
    with Session(of_every_tenant(engine)) as session:
        feed = session.scalars(
            sa.select(FeedRow).where(FeedRow.hash == _hash(token), FeedRow.revoked_at.is_(None))
        ).one_or_none()
        if feed is None:
            raise UnknownFeed
        rows = session.scalars(
            sa.select(CalendarEventRow)
            .where(
                CalendarEventRow.tenant == feed.tenant,
                CalendarEventRow.subject == feed.subject,
                CalendarEventRow.ends >= at - SHOWN_BEFORE,
                CalendarEventRow.starts <= at + SHOWN_AFTER,
            )
            .order_by(CalendarEventRow.starts, CalendarEventRow.uid)
        ).all()
        return _written(rows)


def _written(rows: Sequence[CalendarEventRow]) -> bytes:
    found = Calendar()
    found.add("prodid", "-//schoolrota//rota//EN")
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    found.add("x-wr-calname", "Rota")
    found.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    found.add("x-published-ttl", "PT1H")
    for row in rows:
        zone = ZoneInfo(row.zone)
        event = Event()
        event.add("uid", f"{row.uid}@schoolrota")
        event.add("dtstamp", row.changed_at)
        event.add("last-modified", row.changed_at)
        event.add("sequence", row.sequence)
        event.add("summary", row.title)
        event.add("location", row.place)
        event.add("dtstart", row.starts.astimezone(zone))
        event.add("dtend", row.ends.astimezone(zone))
        event.add("status", "CANCELLED" if row.cancelled else "CONFIRMED")
        event.add("transp", "TRANSPARENT" if row.cancelled else "OPAQUE")
        found.add_component(event)
    found.add_missing_timezones()
    return bytes(found.to_ical())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _view(row: FeedRow) -> FeedView:
    of, _, subject = row.subject.partition(":")
    return FeedView(
        id=row.id,
        of=of,
        subject=subject,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )
