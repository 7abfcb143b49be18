"""Webhooks as their owner manages them: made, changed, tried, and their messages sent again."""

import secrets
import uuid
from base64 import b64encode
from datetime import datetime, timedelta

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy.orm import Session

from models.value import Value
from scheduler.exchange.mis.safe_http import MOST_URL, Outgoing
from scheduler.storage import audit
from scheduler.storage.clock import now
from scheduler.storage.integration_tables import DeliveryRow, MessageRow, WebhookRow
from scheduler.storage.outbox import PENDING, EventType, add_message
from scheduler.storage.tenant_scope import of_tenant

SECRET_BYTES = 32

MOST_WEBHOOKS = 50
"""Of one tenant."""

MOST_DELIVERIES = 1000
"""Read at a time."""


class UnknownWebhook(LookupError):
    """There is no such webhook, or no such message of it."""


class TooManyWebhooks(Exception):
    """A tenant has as many as it may."""


class WebhookWish(Value):
    """A webhook as its owner wants it."""

    url: str = Field(
        min_length=1, max_length=MOST_URL, description="An https: address on a public network."
    )
    types: tuple[EventType, ...] = Field((), description="What to tell of; everything if empty.")
    active: bool = True


class WebhookView(Value):
    """A webhook, without its secret."""

    id: str
    url: str
    types: tuple[str, ...]
    active: bool = Field(description="An address that answers 410 is told no more.")
    created_at: datetime
    old_secret_until: datetime | None = Field(
        description="Until then messages bear a signature by the secret before as well."
    )


class NewWebhook(Value):
    """A webhook with its secret, shown this once."""

    secret: str = Field(description="Signs what is sent: whsec_ and base64 (Standard Webhooks).")
    about: WebhookView


class DeliveryView(Value):
    """One message on its way."""

    message: str = Field(description="The header webhook-id; the same however often it is sent.")
    type: str
    at: datetime
    state: str = Field(description="pending, delivered, or dead: given up.")
    tries: int
    next_at: datetime | None
    tried_at: datetime | None
    status: int | None = Field(description="What the address answered last, if it did.")


class Webhooks:
    """The webhooks of a tenant."""

    def __init__(self, engine: sa.Engine, tenant: str, outgoing: Outgoing) -> None:
        self._engine = of_tenant(engine, tenant)
        self._tenant = tenant
        self._outgoing = outgoing

    def new(self, wish: WebhookWish, by: str | None = None) -> NewWebhook:
        """Make one.

        Raises:
            Refused: its address must not be called.
            TooManyWebhooks: there are enough.
        """
        self._outgoing.check(wish.url)
        with Session(self._engine) as session, session.begin():
            known = session.scalar(sa.select(sa.func.count()).select_from(WebhookRow)) or 0
            if known >= MOST_WEBHOOKS:
                raise TooManyWebhooks
            row = WebhookRow(
                tenant=self._tenant,
                id=str(uuid.uuid4()),
                url=wish.url,
                types=list(wish.types),
                secret=_secret(),
                old_secret=None,
                old_until=None,
                active=wish.active,
                created_at=now(),
            )
            session.add(row)
            session.flush()
            audit.add(session, self._tenant, by, "webhook made", f"webhook:{row.id}")
            return NewWebhook(secret=row.secret, about=_view(row))

    def list(self) -> tuple[WebhookView, ...]:
        """All, the oldest first."""
        query = sa.select(WebhookRow).order_by(WebhookRow.created_at, WebhookRow.id)
        with Session(self._engine) as session:
            return tuple(_view(row) for row in session.scalars(query))

    def get(self, id: str) -> WebhookView:
        """One of them.

        Raises:
            UnknownWebhook: there is none.
        """
        with Session(self._engine) as session:
            return _view(self._row(session, id))

    def change(self, id: str, wish: WebhookWish, by: str | None = None) -> WebhookView:
        """Where it leads, what it tells, and whether at all.

        Raises:
            UnknownWebhook: there is none.
            Refused: its address must not be called.
        """
        self._outgoing.check(wish.url)
        with Session(self._engine) as session, session.begin():
            row = self._row(session, id)
            row.url, row.types, row.active = wish.url, list(wish.types), wish.active
            audit.add(session, self._tenant, by, "webhook changed", f"webhook:{id}")
            return _view(row)

    def remove(self, id: str, by: str | None = None) -> None:
        """Tell it no more, and forget what it was told.

        Raises:
            UnknownWebhook: there is none.
        """
        with Session(self._engine) as session, session.begin():
            session.delete(self._row(session, id))
            session.execute(sa.delete(DeliveryRow).where(DeliveryRow.webhook == id))
            told = sa.select(DeliveryRow.message).where(DeliveryRow.tenant == self._tenant)
            session.execute(sa.delete(MessageRow).where(MessageRow.id.not_in(told)))
            audit.add(session, self._tenant, by, "webhook removed", f"webhook:{id}")

    def rotate(self, id: str, overlap: timedelta, by: str | None = None) -> NewWebhook:
        """A new secret; messages bear a signature by the old one too, for some time yet.

        Raises:
            UnknownWebhook: there is none.
        """
        with Session(self._engine) as session, session.begin():
            row = self._row(session, id)
            row.old_secret, row.old_until = row.secret, now() + overlap
            row.secret = _secret()
            audit.add(session, self._tenant, by, "webhook secret rotated", f"webhook:{id}")
            return NewWebhook(secret=row.secret, about=_view(row))

    def test(self, id: str) -> DeliveryView:
        """Send it a message that says nothing.

        Raises:
            UnknownWebhook: there is none that is active.
        """
        with Session(self._engine) as session, session.begin():
            self._row(session, id)
            message = add_message(session, self._tenant, "webhook.test", {"webhook": id}, only=id)
            if message is None:
                raise UnknownWebhook
            return self._delivery(session, id, message)

    def deliveries(self, id: str, state: str | None = None) -> tuple[DeliveryView, ...]:
        """Its newest messages, the newest first; only those in a state, if one is given.

        Raises:
            UnknownWebhook: there is none.
        """
        query = (
            sa.select(DeliveryRow, MessageRow)
            .join(
                MessageRow,
                sa.and_(
                    MessageRow.id == DeliveryRow.message, MessageRow.tenant == DeliveryRow.tenant
                ),
            )
            .where(DeliveryRow.webhook == id)
            .order_by(MessageRow.at.desc(), MessageRow.id)
            .limit(MOST_DELIVERIES)
        )
        if state is not None:
            query = query.where(DeliveryRow.state == state)
        with Session(self._engine) as session:
            self._row(session, id)
            return tuple(_delivery(row, said) for row, said in session.execute(query))

    def replay(self, id: str, message: str, by: str | None = None) -> DeliveryView:
        """Send a message again, delivered or given up, from the first try on.

        Raises:
            UnknownWebhook: there is no such message of it.
        """
        with Session(self._engine) as session, session.begin():
            self._row(session, id)
            row = session.get(DeliveryRow, (self._tenant, id, message))
            if row is None:
                raise UnknownWebhook
            row.state, row.tries, row.next_at, row.claim = PENDING, 0, now(), None
            audit.add(session, self._tenant, by, "webhook message resent", f"webhook:{id}")
            return self._delivery(session, id, message)

    def _row(self, session: Session, id: str) -> WebhookRow:
        row = session.get(WebhookRow, (self._tenant, id))
        if row is None:
            raise UnknownWebhook
        return row

    def _delivery(self, session: Session, id: str, message: str) -> DeliveryView:
        row = session.get_one(DeliveryRow, (self._tenant, id, message))
        return _delivery(row, session.get_one(MessageRow, (self._tenant, message)))


def _secret() -> str:
    return "whsec_" + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _view(row: WebhookRow) -> WebhookView:
    return WebhookView(
        id=row.id,
        url=row.url,
        types=tuple(row.types),
        active=row.active,
        created_at=row.created_at,
        old_secret_until=row.old_until,
    )


def _delivery(row: DeliveryRow, said: MessageRow) -> DeliveryView:
    return DeliveryView(
        message=row.message,
        type=said.type,
        at=said.at,
        state=row.state,
        tries=row.tries,
        next_at=row.next_at if row.state == PENDING else None,
        tried_at=row.tried_at,
        status=row.status,
    )
