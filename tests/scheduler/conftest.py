"""A database for each test of jobs, and the callers' view of it."""

import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from scheduler.jobs import workflow_port as port
from scheduler.jobs.jobs import Jobs
from scheduler.jobs.workflow_port import Queue
from scheduler.storage.database import connect
from scheduler.storage.tenant_scope import of_every_tenant

ENDED_WITHIN = 120.0
"""Seconds that a thread may take to end; far more than on a machine with nothing else to do."""


@pytest.fixture(autouse=True)
def _quick_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers of this process need not wait for a last look at nothing."""
    monkeypatch.setattr(port, "NOTICE_SECONDS", 0.05)


@pytest.fixture
def engine(database: str) -> Iterator[sa.Engine]:
    """A new database with all tables, which is there until nobody looks at it any more."""
    before = set(threading.enumerate())
    engine = of_every_tenant(connect(database))
    yield engine
    # One that lost its work keeps looking for the result, also after its worker has left. It must
    # have ended before the database is gone: what it says of that would fail the test that comes
    # next, whatever that is about.
    for thread in set(threading.enumerate()) - before:
        thread.join(ENDED_WITHIN)
        assert not thread.is_alive(), thread.name
    engine.dispose()


@pytest.fixture
def queue(engine: sa.Engine) -> Iterator[Queue]:
    """The engine's queue in it."""
    queue = Queue(engine)
    yield queue
    queue.close()


@pytest.fixture
def jobs(engine: sa.Engine, queue: Queue) -> Jobs:
    """The jobs in it."""
    return Jobs(engine, queue)
