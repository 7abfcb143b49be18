"""Managing webhooks: creating, changing and testing them, and replaying their messages."""

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
"""The most webhooks of one tenant."""

MOST_DELIVERIES = 1000
"""The most deliveries read at a time."""


class UnknownWebhook(LookupError):
    """There is no such webhook, or no such message of it."""


class TooManyWebhooks(Exception):
    """The tenant already has the most webhooks allowed."""


class WebhookWish(Value):
    """The webhook that is wanted."""

    url: str = Field(
        min_length=1, max_length=MOST_URL, description="An https: address on a public network."
    )
    types: tuple[EventType, ...] = Field(
        (), description="The event types to send; all types if empty."
    )
    active: bool = Field(True, description="Whether messages are sent.")


class WebhookView(Value):
    """A webhook, without its secret."""

    id: str = Field(description="The id of the webhook.")
    url: str = Field(description="The address that messages are sent to.")
    types: tuple[str, ...] = Field(description="The types of message that are sent.")
    active: bool = Field(
        description="Whether messages are sent; an address that answers 410 is deactivated."
    )
    created_at: datetime = Field(description="When it was made.")
    old_secret_until: datetime | None = Field(
        description="Until then, messages are also signed with the previous secret."
    )


class NewWebhook(Value):
    """A webhook with its secret, shown only this once."""

    secret: str = Field(
        description="The secret that messages are signed with: whsec_ and base64 (Standard "
        "Webhooks)."
    )
    about: WebhookView = Field(description="The webhook without its secret, as lists show it.")


class DeliveryView(Value):
    """The delivery of one message."""

    message: str = Field(
        description="The message's id, as in the header webhook-id; the same at every try."
    )
    type: str = Field(description="The type of the message, such as `rota.published`.")
    at: datetime = Field(description="When what it tells happened.")
    state: str = Field(description="One of pending, delivered and dead (given up).")
    tries: int = Field(description="How often it was sent.")
    next_at: datetime | None = Field(description="When it is sent next; null where it is not.")
    tried_at: datetime | None = Field(description="When it was last sent.")
    status: int | None = Field(
        description="The last HTTP status of the address; null if it did not answer."
    )


class Webhooks:
    """The webhooks of a tenant."""

    def __init__(self, engine: sa.Engine, tenant: str, outgoing: Outgoing) -> None:
        self._engine = of_tenant(engine, tenant)
        self._tenant = tenant
        self._outgoing = outgoing

    def new(self, wish: WebhookWish, by: str | None = None) -> NewWebhook:
        """Create a webhook.

        Raises:
            Refused: its address must not be called.
            TooManyWebhooks: the tenant has the most webhooks allowed.
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
        """All webhooks, oldest first."""
        query = sa.select(WebhookRow).order_by(WebhookRow.created_at, WebhookRow.id)
        with Session(self._engine) as session:
            return tuple(_view(row) for row in session.scalars(query))

    def get(self, id: str) -> WebhookView:
        """A webhook.

        Raises:
            UnknownWebhook: there is no such webhook.
        """
        with Session(self._engine) as session:
            return _view(self._row(session, id))

    def change(self, id: str, wish: WebhookWish, by: str | None = None) -> WebhookView:
        """Change a webhook's address, its event types, and whether it is active.

        Raises:
            UnknownWebhook: there is no such webhook.
            Refused: its address must not be called.
        """
        self._outgoing.check(wish.url)
        with Session(self._engine) as session, session.begin():
            row = self._row(session, id)
            row.url, row.types, row.active = wish.url, list(wish.types), wish.active
            audit.add(session, self._tenant, by, "webhook changed", f"webhook:{id}")
            return _view(row)

    def remove(self, id: str, by: str | None = None) -> None:
        """Remove a webhook and its messages.

        Raises:
            UnknownWebhook: there is no such webhook.
        """
        with Session(self._engine) as session, session.begin():
            session.delete(self._row(session, id))
            session.execute(sa.delete(DeliveryRow).where(DeliveryRow.webhook == id))
            kept = sa.select(DeliveryRow.message).where(DeliveryRow.tenant == self._tenant)
            session.execute(sa.delete(MessageRow).where(MessageRow.id.not_in(kept)))
            audit.add(session, self._tenant, by, "webhook removed", f"webhook:{id}")

    def rotate(self, id: str, overlap: timedelta, by: str | None = None) -> NewWebhook:
        """Give a webhook a new secret; for a while, messages are also signed with the old one.

        Raises:
            UnknownWebhook: there is no such webhook.
        """
        with Session(self._engine) as session, session.begin():
            row = self._row(session, id)
            row.old_secret, row.old_until = row.secret, now() + overlap
            row.secret = _secret()
            audit.add(session, self._tenant, by, "webhook secret rotated", f"webhook:{id}")
            return NewWebhook(secret=row.secret, about=_view(row))

    def test(self, id: str) -> DeliveryView:
        """Send a test message to a webhook.

        Raises:
            UnknownWebhook: there is no such active webhook.
        """
        with Session(self._engine) as session, session.begin():
            self._row(session, id)
            message = add_message(session, self._tenant, "webhook.test", {"webhook": id}, only=id)
            if message is None:
                raise UnknownWebhook
            return self._delivery(session, id, message)

    def deliveries(self, id: str, state: str | None = None) -> tuple[DeliveryView, ...]:
        """The newest deliveries of a webhook, newest first; if a state is given, only those in it.

        Raises:
            UnknownWebhook: there is no such webhook.
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
        """Send a message again, whether it was delivered or given up, beginning with the first try.

        Raises:
            UnknownWebhook: the webhook has no such message.
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
