"""Webhooks: told in the transaction, signed, sent again, given up, resent; and never inward."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from standardwebhooks import Webhook, WebhookVerificationError

from scheduler.exchange.mis.safe_http import Outgoing, Refused
from scheduler.notify.webhook_delivery import CLAIMED_FOR, WAITS, WebhookDelivery
from scheduler.notify.webhooks import (
    MOST_WEBHOOKS,
    NewWebhook,
    TooManyWebhooks,
    UnknownWebhook,
    Webhooks,
    WebhookWish,
)
from scheduler.storage.outbox import add_message
from scheduler.storage.tables import DEFAULT_TENANT
from scheduler.storage.tenant_scope import add_tenant, of_tenant
from tests.fake_mis import Asked, FakeMis, Said, listening


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def __call__(self) -> datetime:
        """What time it is."""
        return self.at


class Bench:
    """A receiver, a webhook to it, and a delivery that runs when asked."""

    def __init__(self, engine: sa.Engine, fake: FakeMis) -> None:
        self.engine = engine
        self.fake = fake
        self.clock = Clock()
        self.outgoing = Outgoing([fake.base])
        self.hooks = Webhooks(engine, DEFAULT_TENANT, self.outgoing)
        self.delivery = WebhookDelivery(engine, self.outgoing, self.clock)
        self.made = self.hook()

    def hook(self, *types: Any, path: str = "/hook") -> NewWebhook:
        """Another webhook to the receiver."""
        return self.hooks.new(WebhookWish(url=self.fake.base + path, types=types))

    def tell(self, type: Any = "rota.published", **data: str | int) -> str | None:
        """Something happens."""
        with Session(of_tenant(self.engine, DEFAULT_TENANT)) as session, session.begin():
            message = add_message(session, DEFAULT_TENANT, type, data)
        self.clock.at = max(self.clock.at, datetime.now(UTC))
        return message

    def go(self, after: timedelta = timedelta(seconds=1)) -> int:
        """Some time later, send what is due."""
        self.clock.at += after
        return self.delivery.send_due()

    @property
    def state(self) -> list[tuple[str, int, int | None]]:
        """Of the webhook's messages, the newest first."""
        seen = self.hooks.deliveries(self.made.about.id)
        return [(d.state, d.tries, d.status) for d in seen]


@pytest.fixture
def bench(engine: sa.Engine) -> Iterator[Bench]:
    """A receiver that takes everything."""
    with listening(lambda _: Said(204, raw=b"")) as fake:
        yield Bench(engine, fake)


def test_a_message_is_signed_and_thin(bench: Bench) -> None:
    """The standard's own library believes it; it holds ids only."""
    message = bench.tell(rota="hub", version=3)
    assert bench.go() == 1
    (asked,) = bench.fake.asked
    said = Webhook(bench.made.secret).verify(asked.body, asked.headers)
    assert said["type"] == "rota.published"
    assert said["data"] == {"rota": "hub", "version": 3}
    assert asked.headers["webhook-id"] == message
    assert bench.state == [("delivered", 1, 204)]
    with pytest.raises(WebhookVerificationError):
        Webhook(bench.made.secret).verify(asked.body + b" ", asked.headers)


def test_nothing_is_told_of_what_did_not_happen(bench: Bench) -> None:
    """A transaction that is rolled back takes its messages along."""
    with Session(of_tenant(bench.engine, DEFAULT_TENANT)) as session:
        session.begin()
        add_message(session, DEFAULT_TENANT, "rota.published", {"rota": "hub"})
        session.rollback()
    assert bench.go() == 0


def test_only_what_was_asked_for_is_told(bench: Bench) -> None:
    """By type; a webhook that names no type receives everything, one that is off nothing."""
    other = bench.hook("job.ended", path="/other")
    off = bench.hook(path="/off").about
    bench.hooks.change(off.id, WebhookWish(url=off.url, active=False))
    bench.tell("rota.published")
    bench.tell("job.ended")
    bench.go()
    told = sorted((a.path, json.loads(a.body)["type"]) for a in bench.fake.asked)
    assert told == [("/hook", "job.ended"), ("/hook", "rota.published"), ("/other", "job.ended")]
    assert len(bench.hooks.deliveries(other.about.id)) == 1


def test_a_failure_is_tried_again_later_and_later(bench: Bench) -> None:
    """With the same id and another timestamp, until it is given up; then it can be resent."""
    bench.fake.answer = lambda _: Said(500)
    message = bench.tell()
    assert message is not None
    assert bench.go() == 1
    for number, wait in enumerate(WAITS):
        assert bench.state == [("pending", number + 1, 500)]
        assert bench.go(wait * 0.9) == 0
        assert bench.go(wait * 0.3) == 1
    assert bench.state == [("dead", len(WAITS) + 1, 500)]
    assert {a.headers["webhook-id"] for a in bench.fake.asked} == {message}
    assert len({a.headers["webhook-timestamp"] for a in bench.fake.asked}) == len(WAITS) + 1
    assert [d.message for d in bench.hooks.deliveries(bench.made.about.id, "dead")] == [message]
    bench.fake.answer = lambda _: Said(200, {})
    bench.hooks.replay(bench.made.about.id, message)
    assert bench.go() == 1
    assert bench.state == [("delivered", 1, 200)]


@pytest.mark.parametrize("status", [301, 400, 404, 429, 503])
def test_what_is_no_success_is_a_failure(bench: Bench, status: int) -> None:
    """A redirect too, which is not followed."""
    bench.fake.answer = lambda _: Said(status, {}, {"Location": bench.fake.base + "/elsewhere"})
    bench.tell()
    bench.go()
    assert bench.state == [("pending", 1, status)]
    assert len(bench.fake.asked) == 1


def test_a_receiver_that_asks_for_time_gets_it(bench: Bench) -> None:
    """Retry-After goes before our own wait."""
    bench.fake.answer = lambda _: Said(429, {}, {"Retry-After": "3600"})
    bench.tell()
    bench.go()
    assert bench.go(timedelta(minutes=50)) == 0
    assert bench.go(timedelta(minutes=20)) == 1


def test_a_receiver_that_is_gone_is_told_no_more(bench: Bench) -> None:
    """410 switches the webhook off."""
    bench.fake.answer = lambda _: Said(410)
    bench.tell()
    bench.go()
    assert bench.state == [("dead", 1, 410)]
    assert not bench.hooks.get(bench.made.about.id).active
    assert bench.tell() is None


def test_two_secrets_hold_while_one_is_replaced(bench: Bench) -> None:
    """Then only the new one."""
    newer = bench.hooks.rotate(bench.made.about.id, timedelta(hours=1))
    bench.tell()
    bench.go()
    asked = bench.fake.asked[-1]
    for secret in (bench.made.secret, newer.secret):
        assert Webhook(secret).verify(asked.body, asked.headers)
    bench.tell()
    bench.go(timedelta(minutes=2))
    bench.clock.at += timedelta(hours=2)
    bench.tell()
    bench.go()
    assert len(bench.fake.asked[-1].headers["webhook-signature"].split()) == 1


def test_two_processes_do_not_send_the_same(bench: Bench) -> None:
    """What one has claimed the other leaves; what a dead one had claimed is sent later."""
    other = WebhookDelivery(bench.engine, bench.outgoing, bench.clock)
    sent: list[Asked] = []

    def answer(asked: Asked) -> Said:
        sent.append(asked)
        if len(sent) == 1:
            assert other.send_due() == 0
        return Said(204, raw=b"")

    bench.fake.answer = answer
    bench.tell()
    assert bench.go() == 1
    assert len(sent) == 1
    bench.tell()
    bench.clock.at += timedelta(seconds=1)
    bench.delivery._claimed()  # noqa: SLF001  # and dies
    assert other.send_due() == 0
    bench.clock.at += CLAIMED_FOR
    assert other.send_due() == 1


def test_a_name_that_leads_inward_is_never_called(engine: sa.Engine) -> None:
    """Not even if it led outward when the webhook was made."""
    outgoing = Outgoing(resolve=lambda *_: ["169.254.169.254"])
    hooks = Webhooks(engine, DEFAULT_TENANT, outgoing)
    made = hooks.new(WebhookWish(url="https://example.org/hook"))
    hooks.test(made.about.id)
    clock = Clock()
    clock.at += timedelta(seconds=1)
    assert WebhookDelivery(engine, outgoing, clock).send_due() == 1
    (seen,) = hooks.deliveries(made.about.id)
    assert (seen.state, seen.tries, seen.status) == ("pending", 1, None)
    with pytest.raises(Refused):
        hooks.new(WebhookWish(url="https://127.0.0.1/hook"))


def test_what_belongs_to_another_tenant(bench: Bench) -> None:
    """Is not told, not seen and not resent."""
    add_tenant(bench.engine, "other", "Other schools")
    others = Webhooks(bench.engine, "other", bench.outgoing)
    message = bench.tell()
    assert message is not None
    id = bench.made.about.id
    assert others.list() == ()
    for act in (
        lambda: others.get(id),
        lambda: others.replay(id, message),
        lambda: others.rotate(id, timedelta()),
        lambda: others.remove(id),
        lambda: others.test(id),
        lambda: others.deliveries(id),
    ):
        with pytest.raises(UnknownWebhook):
            act()


def test_removing_a_webhook_forgets_what_it_was_told(bench: Bench) -> None:
    """And their number is limited."""
    bench.tell()
    bench.hooks.remove(bench.made.about.id)
    assert bench.go() == 0
    for _ in range(MOST_WEBHOOKS):
        bench.hook()
    with pytest.raises(TooManyWebhooks):
        bench.hook()
