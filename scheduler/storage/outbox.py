"""The transactional outbox: a message for each event, and a delivery for each webhook.

Both are written in the transaction of the event itself, so that no message is sent about something
that did not happen, and none is lost. Messages hold ids only (Standard Webhooks 1.0.0, "thin").
"""

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from scheduler.storage.integration_tables import DeliveryRow, MessageRow, WebhookRow

EventType = Literal[
    "job.ended",
    "import.applied",
    "source.failed",
    "rota.proposed",
    "rota.published",
    "webhook.test",
]
"""The types of event that webhooks can receive."""

PENDING, DELIVERED, DEAD = "pending", "delivered", "dead"
"""The states of a delivery; a dead one was given up, and can be replayed."""


def add_message(
    session: Session,
    tenant: str,
    type: EventType,
    data: Mapping[str, object],
    *,
    only: str | None = None,
) -> str | None:
    """Write a message about an event; returns its id, or None if no webhook wants it.

    Args:
        session: the session in whose transaction the event happens.
        tenant: the tenant whose event it is.
        type: the type of event.
        data: ids and states; never names, reasons or anything else about people.
        only: send it to this webhook and no other.
    """
    query = sa.select(WebhookRow).where(WebhookRow.tenant == tenant, WebhookRow.active)
    wanted = [
        row.id
        for row in session.scalars(query)
        if (only == row.id if only is not None else not row.types or type in row.types)
    ]
    if not wanted:
        return None
    at = datetime.now(UTC)
    message = f"msg_{secrets.token_hex(16)}"
    body = {"type": type, "timestamp": at.isoformat(timespec="seconds"), "data": dict(data)}
    said = json.dumps(body, separators=(",", ":"))
    session.add(MessageRow(tenant=tenant, id=message, type=type, at=at, body=said))
    for webhook in wanted:
        session.add(
            DeliveryRow(
                tenant=tenant,
                webhook=webhook,
                message=message,
                state=PENDING,
                tries=0,
                next_at=at,
            )
        )
    session.flush()
    return message


def purge_messages(session: Session, before: datetime) -> None:
    """Remove messages from before a moment, whatever became of them."""
    old = sa.select(MessageRow.id).where(MessageRow.at < before)
    for statement in (
        sa.delete(DeliveryRow).where(DeliveryRow.message.in_(old)),
        sa.delete(MessageRow).where(MessageRow.at < before),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
