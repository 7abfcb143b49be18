"""The contract with the job engine: what the project relies on, tried at each of its versions."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from scheduler.jobs.workflow_port import HandedOn, Queue, Runner, WorkOutcome
from scheduler.storage.tables import Lane

WAIT = 120


@contextmanager
def running(
    engine: sa.Engine, name: str, perform: Callable[[str], WorkOutcome | None]
) -> Iterator[Runner]:
    """An executor that takes interactive work."""
    runner = Runner(engine, name, [Lane.INTERACTIVE], perform)
    runner.start()
    try:
        yield runner
    finally:
        runner.stop(5)


def _add(engine: sa.Engine, queue: Queue, *work: str, tenant: str = "t") -> None:
    with Session(engine) as session, session.begin():
        for one in work:
            queue.enqueue(session, one, lane=Lane.INTERACTIVE, tenant=tenant)


def _never(_: str) -> None:
    raise HandedOn


def _begun(engine: sa.Engine, name: str, *work: str) -> None:
    """Work that an executor begins and does not end."""
    all_begun = threading.Event()
    seen: set[str] = set()

    def vanish(one: str) -> None:
        seen.add(one)
        if seen >= set(work):
            all_begun.set()
        raise HandedOn

    with running(engine, name, vanish):
        assert all_begun.wait(WAIT)


@pytest.fixture(autouse=True)
def _lanes(queue: Queue) -> None:
    queue.ensure_lanes({Lane.INTERACTIVE: 4}, 4)


def test_a_start_takes_up_its_own_work_only(engine: sa.Engine, queue: Queue) -> None:
    """What another executor began stays with it."""
    _add(engine, queue, "hers")
    _begun(engine, "her", "hers")
    _add(engine, queue, "his")
    _begun(engine, "him", "his")
    done = threading.Event()
    with running(engine, "him", lambda one: done.set() if one == "his" else pytest.fail(one)):
        assert done.wait(WAIT)
    assert queue.begun() == {"her": [("hers", Lane.INTERACTIVE)]}


def _column(engine: sa.Engine, name: str) -> list[Any]:
    """What the engine says of all work."""
    schema = "dbos." if engine.dialect.name == "postgresql" else ""
    with engine.connect() as connection:
        query = sa.text(f"SELECT {name} FROM {schema}workflow_status")
        return list(connection.scalars(query))


def _until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_who_lost_its_work_cannot_write_its_outcome(engine: sa.Engine, queue: Queue) -> None:
    """The transaction with our own rows is refused with it; the new owner's is not."""
    wrote: list[str] = []
    ended = threading.Event()
    calls = iter(("stale", "fresh"))

    def perform(one: str) -> WorkOutcome:
        who = next(calls)
        if who == "stale":
            queue.requeue(one, Lane.INTERACTIVE)

        def write(session: Session) -> None:
            session.execute(sa.text("UPDATE worker SET counter = counter + 1"))

        def written() -> None:
            wrote.append(who)
            ended.set()

        return WorkOutcome(write, written)

    with Session(engine) as session, session.begin():
        session.execute(
            sa.text(
                "INSERT INTO worker VALUES "
                "('x', 0, 'active', '', '{}', CURRENT_TIMESTAMP, CURRENT_TIMESTAMP, 0)"
            )
        )
    _add(engine, queue, "work")
    with running(engine, "a", perform):
        assert ended.wait(WAIT)
        # The stale call looks each second for the outcome of the other; its thread would outlive
        # this test.
        _until(lambda: _column(engine, "status") == ["SUCCESS"])
        time.sleep(1.5)
    assert wrote == ["fresh"]
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT counter FROM worker")) == 1


def test_work_that_is_put_back_keeps_its_lane_and_its_tenant(
    engine: sa.Engine, queue: Queue
) -> None:
    """A worker that takes from that lane finds it, and it counts for the tenant again."""
    _add(engine, queue, "work", tenant="someone")
    _begun(engine, "dead", "work")
    queue.requeue("work", Lane.INTERACTIVE)
    assert queue.begun() == {}
    schema = "dbos." if engine.dialect.name == "postgresql" else ""
    with engine.connect() as connection:
        row = connection.execute(
            sa.text(f"SELECT queue_name, queue_partition_key, status FROM {schema}workflow_status")
        ).one()
    assert tuple(row) == (Lane.INTERACTIVE, "someone", "ENQUEUED")
    _begun(engine, "alive", "work")


def test_a_rolled_back_transaction_leaves_no_work(engine: sa.Engine, queue: Queue) -> None:
    """Nor does one that never committed."""
    with Session(engine) as session:
        queue.enqueue(session, "work", lane=Lane.INTERACTIVE, tenant="t")
        session.rollback()
    assert queue.lost(["work"]) == {"work"}


def test_withdrawn_work_never_begins(engine: sa.Engine, queue: Queue) -> None:
    """While other work of the lane does."""
    _add(engine, queue, "gone")
    queue.withdraw("gone")
    _add(engine, queue, "kept")
    _begun(engine, "a", "kept")
    assert queue.begun() == {"a": [("kept", Lane.INTERACTIVE)]}
    assert queue.lost(["gone", "kept"]) == {"gone"}


def test_a_tenant_has_so_many_pieces_of_work_begun_and_no_more(
    engine: sa.Engine, queue: Queue
) -> None:
    """Also while others wait behind."""
    queue.ensure_lanes({Lane.INTERACTIVE: 4}, 1)
    _add(engine, queue, *(f"a{number}" for number in range(6)), tenant="a")
    _add(engine, queue, "b0", tenant="b")
    held, release = [], threading.Event()
    both = threading.Event()

    def hold(one: str) -> None:
        held.append(one)
        if len(held) == 2:
            both.set()
        release.wait(WAIT)

    with running(engine, "w", hold):
        assert both.wait(WAIT)
        assert sorted(one[0] for one in held) == ["a", "b"]
        assert len(queue.begun()["w"]) == 2
        release.set()


def test_nothing_is_kept_as_pickle(engine: sa.Engine, queue: Queue) -> None:
    """A person who can write the database must not be able to run code in a worker."""
    _add(engine, queue, "work")
    done = threading.Event()

    def perform(_: str) -> WorkOutcome:
        return WorkOutcome(lambda session: None, done.set)

    with running(engine, "a", perform):
        assert done.wait(WAIT)
    assert _column(engine, "serialization") == ["portable_json"]
    # A version of the engine's making would be another after each change of our code, and what the
    # old program began would never be taken up by the new one.
    assert _column(engine, "application_version") == ["1"]
