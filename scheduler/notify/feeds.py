"""Calendar feeds that people subscribe to: secret addresses, and what they show."""

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from icalendar import Calendar, Event
from pydantic import Field
from sqlalchemy.orm import Session

from models.value import Id, Value
from scheduler.notify.calendars import SHOWN_AFTER, SHOWN_BEFORE
from scheduler.storage import audit
from scheduler.storage.clock import now
from scheduler.storage.integration_tables import CalendarEventRow, FeedRow
from scheduler.storage.tenant_scope import of_every_tenant, of_tenant

Subject = Literal["person", "school", "group", "resource"]
"""Whose calendar it is: a person's, a school's, a group's, or that of a thing's uses."""

TOKEN_BYTES = 32


class UnknownFeed(LookupError):
    """There is no such feed, or it was revoked."""


class FeedWish(Value):
    """The calendar feed that is wanted."""

    of: Subject = Field(description="What the calendar is of.")
    id: Id = Field(description="The id of the person, school, group or resource in rotas.")


class FeedView(Value):
    """A calendar feed, without its secret address."""

    id: str = Field(description="The id of the calendar.")
    of: str = Field(description="What the calendar is of.")
    subject: str = Field(description="The id of the person, school, group or resource.")
    created_at: datetime = Field(description="When it was made.")
    revoked_at: datetime | None = Field(description="When it was revoked; null where it was not.")


class NewFeed(Value):
    """A calendar feed with its secret address, shown only this once."""

    path: str = Field(
        description="The path below the service's address. Anybody who knows it can read the feed."
    )
    about: FeedView = Field(description="The calendar without its address, as lists show it.")


class Feeds:
    """The calendar feeds of a tenant."""

    def __init__(self, engine: sa.Engine, tenant: str) -> None:
        self._engine = of_tenant(engine, tenant)
        self._tenant = tenant

    def new(self, wish: FeedWish, by: str | None = None) -> NewFeed:
        """Create a feed with a secret address; earlier addresses stay valid."""
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
        """All feeds that were ever created, oldest first."""
        query = sa.select(FeedRow).order_by(FeedRow.created_at, FeedRow.id)
        with Session(self._engine) as session:
            return tuple(_view(row) for row in session.scalars(query))

    def revoke(self, id: str, by: str | None = None) -> FeedView:
        """Revoke a feed; its address leads nowhere from now on.

        Raises:
            UnknownFeed: there is no such feed.
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
    """The calendar at a secret address: the same bytes until something changes.

    Raises:
        UnknownFeed: the address is not one of ours, or was revoked.
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
