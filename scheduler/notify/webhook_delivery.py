"""Delivery of messages to webhooks: signed, and retried with increasing waits."""

import random
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from standardwebhooks import Webhook

from scheduler.exchange.mis.retrying import asked_to_wait
from scheduler.exchange.mis.safe_http import Failed, Outgoing, Refused
from scheduler.storage.clock import now
from scheduler.storage.integration_tables import DeliveryRow, MessageRow, WebhookRow
from scheduler.storage.outbox import DEAD, DELIVERED, PENDING

WAITS = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""Waits before the second and each further try, as Standard Webhooks proposes; then a message is
given up."""

SECONDS = 15.0
"""How long a receiver may take to answer."""

CLAIMED_FOR = timedelta(seconds=120)
"""How long a claim lasts; then another process may send the message, if the first has died."""

AT_A_TIME = 16
"""Messages sent in parallel, so that a slow receiver does not hold up others for long."""

LOOKS_EVERY = 1.0
"""Seconds between two looks for messages that are due."""

GONE = 410
"""The HTTP status of a receiver that wants no more messages."""

log = structlog.get_logger()


class _ClaimedMessage(NamedTuple):
    """A message to one webhook that this process has claimed for sending."""

    tenant: str
    webhook: str
    message: str
    claim: str
    url: str
    body: str
    secrets: tuple[str, ...]


class WebhookDelivery:
    """Sends the messages of all tenants.

    Args:
        engine: the database, not limited to a tenant.
        outgoing: makes the calls.
        clock: gives the present time.
    """

    def __init__(
        self, engine: sa.Engine, outgoing: Outgoing, clock: Callable[[], datetime] = now
    ) -> None:
        self._engine = engine
        self._outgoing = outgoing
        self._clock = clock
        self._leaving = threading.Event()
        self._thread = threading.Thread(
            target=self._send_regularly, name="webhook delivery", daemon=True
        )

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def leave(self) -> None:
        """Send no more; a message under way is sent again by another process if necessary."""
        self._leaving.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2)

    def _send_regularly(self) -> None:
        while not self._leaving.wait(LOOKS_EVERY):
            try:
                while self.send_due() and not self._leaving.is_set():
                    pass
            except DBAPIError:
                log.warning("database out of reach")
            except Exception as error:
                log.error("webhook delivery failed", kind=type(error).__name__)

    def send_due(self) -> int:
        """Send the messages that are due; returns how many."""
        claimed = self._claimed()
        if claimed:
            with ThreadPoolExecutor(AT_A_TIME, "webhook") as pool:
                list(pool.map(self._send, claimed))
        return len(claimed)

    # ------------------------------------------------------------------ one message

    def _claimed(self) -> list[_ClaimedMessage]:
        """Claim messages that are due, so that no other process sends them."""
        claim, at = str(uuid.uuid4()), self._clock()
        due = sa.and_(DeliveryRow.state == PENDING, DeliveryRow.next_at <= at)
        with Session(self._engine) as session, session.begin():
            first = session.execute(
                sa.select(DeliveryRow.tenant, DeliveryRow.webhook, DeliveryRow.message)
                .where(due)
                .order_by(DeliveryRow.next_at)
                .limit(AT_A_TIME)
            ).all()
            found = []
            for tenant, webhook, message in first:
                taken = session.execute(
                    sa.update(DeliveryRow)
                    .where(
                        due,
                        DeliveryRow.tenant == tenant,
                        DeliveryRow.webhook == webhook,
                        DeliveryRow.message == message,
                    )
                    .values(claim=claim, next_at=at + CLAIMED_FOR)
                    .execution_options(synchronize_session=False)
                )
                if not taken.rowcount:  # type: ignore[attr-defined]  # an update has one
                    continue
                claimed = self._claimed_message(session, tenant, webhook, message, claim)
                if claimed is not None:
                    found.append(claimed)
            return found

    def _claimed_message(
        self, session: Session, tenant: str, webhook: str, message: str, claim: str
    ) -> _ClaimedMessage | None:
        row = session.get(WebhookRow, (tenant, webhook))
        said = session.get(MessageRow, (tenant, message))
        if row is None or said is None or not row.active:
            delivery = session.get_one(DeliveryRow, (tenant, webhook, message))
            delivery.state, delivery.claim = DEAD, None
            return None
        old = row.old_secret if row.old_until and row.old_until > self._clock() else None
        keys = tuple(secret for secret in (row.secret, old) if secret)
        return _ClaimedMessage(tenant, webhook, message, claim, row.url, said.body, keys)

    def _send(self, claimed: _ClaimedMessage) -> None:
        status, wait = None, 0.0
        try:
            reply = self._outgoing.call(
                "POST",
                claimed.url,
                headers=signed(claimed.message, claimed.body, claimed.secrets, self._clock()),
                body=claimed.body.encode(),
                seconds=SECONDS,
            )
            status, wait = reply.status, asked_to_wait(reply)
        except Failed:
            pass
        except Refused:
            log.warning("webhook refused", webhook=claimed.webhook)
        self._note(claimed, status, wait)

    def _note(self, claimed: _ClaimedMessage, status: int | None, wait: float) -> None:
        with Session(self._engine) as session, session.begin():
            key = (claimed.tenant, claimed.webhook, claimed.message)
            row = session.get(DeliveryRow, key)
            if row is None or row.claim != claimed.claim:
                return
            row.tries += 1
            row.claim = None
            row.status = status
            row.tried_at = at = self._clock()
            if status is not None and 200 <= status < 300:
                row.state = DELIVERED
            elif status == GONE:
                row.state = DEAD
                webhook = session.get(WebhookRow, key[:2])
                if webhook is not None:
                    webhook.active = False
            elif row.tries > len(WAITS):
                row.state = DEAD
                log.warning("webhook message given up", webhook=claimed.webhook)
            else:
                pause = WAITS[row.tries - 1] * random.uniform(1.0, 1.1)
                row.next_at = at + max(pause, timedelta(seconds=min(wait, 86_400)))


def signed(message: str, body: str, keys: tuple[str, ...], at: datetime) -> dict[str, str]:
    """The headers of a message at a moment; one signature for each valid secret."""
    whole = at.astimezone(UTC).replace(microsecond=0)
    return {
        "Content-Type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": str(int(whole.timestamp())),
        "webhook-signature": " ".join(Webhook(key).sign(message, whole, body) for key in keys),
    }
