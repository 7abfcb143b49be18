"""Tells those who asked for it what happens: a message, and a delivery to each webhook.

Both are written in the transaction in which the thing happens, so that nothing is told that did
not happen, and nothing is forgotten. What is told is ids only (Standard Webhooks 1.0.0, "thin").
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
"""What there is to be told of."""

PENDING, DELIVERED, DEAD = "pending", "delivered", "dead"
"""The states of a delivery; a dead one was given up, and may be sent again."""


def tell(
    session: Session,
    tenant: str,
    type: EventType,
    data: Mapping[str, object],
    *,
    only: str | None = None,
) -> str | None:
    """Something happened; returns the message's id, or nothing where nobody wants to know.

    Args:
        session: in whose transaction it happens.
        tenant: whose it is.
        type: what.
        data: ids and states; never names, reasons or anything else about people.
        only: tell this webhook and no other.
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


def forget_told(session: Session, before: datetime) -> None:
    """Remove messages of before a moment, delivered or given up."""
    old = sa.select(MessageRow.id).where(MessageRow.at < before)
    for statement in (
        sa.delete(DeliveryRow).where(DeliveryRow.message.in_(old)),
        sa.delete(MessageRow).where(MessageRow.at < before),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
