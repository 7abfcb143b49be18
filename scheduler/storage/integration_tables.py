"""Tables of the integrations: webhooks, calendar feeds, and the sources that are pulled."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.storage.tables import TableRow
from scheduler.storage.tenant_tables import Owned


class WebhookRow(Owned, TableRow):
    """An address that receives events."""

    __tablename__ = "webhook"

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    url: Mapped[str] = mapped_column(sa.String(2048))
    types: Mapped[list[str]] = mapped_column(sa.JSON())
    """The event types that it receives; all if empty."""
    secret: Mapped[str] = mapped_column(sa.String(64))
    """In clear text, not hashed: messages are signed with it."""
    old_secret: Mapped[str | None] = mapped_column(sa.String(64))
    old_until: Mapped[datetime | None]
    active: Mapped[bool]
    created_at: Mapped[datetime]


class MessageRow(Owned, TableRow):
    """An event as it is sent: the same bytes however often it is sent."""

    __tablename__ = "webhook_message"

    id: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    type: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime]
    body: Mapped[str] = mapped_column(sa.Text())


class DeliveryRow(Owned, TableRow):
    """A message on its way to a webhook."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (sa.Index("webhook_due", "state", "next_at"),)

    webhook: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    message: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    state: Mapped[str] = mapped_column(sa.String(16))
    tries: Mapped[int]
    next_at: Mapped[datetime]
    claim: Mapped[str | None] = mapped_column(sa.String(36))
    """The process that is sending it; the claim ends at `next_at`."""
    tried_at: Mapped[datetime | None]
    status: Mapped[int | None]
    """The last HTTP status of the address; None if it did not answer."""


class FeedRow(Owned, TableRow):
    """A calendar that anybody who knows its address can subscribe to."""

    __tablename__ = "feed"

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    subject: Mapped[str] = mapped_column(sa.String(80))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class CalendarEventRow(Owned, TableRow):
    """An event of a person's, place's or thing's calendar, as last published."""

    __tablename__ = "calendar_event"
    __table_args__ = (sa.Index("calendar_of", "tenant", "subject"),)

    uid: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    rota: Mapped[str] = mapped_column(sa.String(64), index=True)
    subject: Mapped[str] = mapped_column(sa.String(80))
    title: Mapped[str] = mapped_column(sa.Text())
    place: Mapped[str] = mapped_column(sa.String(200))
    zone: Mapped[str] = mapped_column(sa.String(64))
    starts: Mapped[datetime]
    ends: Mapped[datetime]
    sequence: Mapped[int]
    cancelled: Mapped[bool]
    changed_at: Mapped[datetime]


class SourceRow(Owned, TableRow):
    """An MIS that is pulled."""

    __tablename__ = "pull_source"

    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(16))
    school: Mapped[str | None] = mapped_column(sa.String(255))
    base: Mapped[str] = mapped_column(sa.String(2048))
    client: Mapped[str] = mapped_column(sa.String(255))
    token_url: Mapped[str | None] = mapped_column(sa.String(2048))
    """Where tokens are issued, if not below its base."""
    signed: Mapped[bool]
    """Whether each call is signed instead of bearing a token."""
    secret: Mapped[str] = mapped_column(sa.Text())
    """In clear text: the credential that the school gave us for calling it."""
    nightly: Mapped[bool]
    created_at: Mapped[datetime]
    pulled_at: Mapped[datetime | None]
    """The moment up to which everything has been read."""
    said: Mapped[str | None] = mapped_column(sa.String(500))
    """Why the last pull failed."""
