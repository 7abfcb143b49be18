"""A database for each test of jobs, and the callers' view of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from scheduler.jobs.database import connect
from scheduler.jobs.engine import Queue
from scheduler.jobs.jobs import Jobs
from scheduler.jobs.service import migrate
from scheduler.jobs.tenants import ensure_default, of_every_tenant


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    """A new SQLite file with all tables."""
    engine = of_every_tenant(connect(str(tmp_path / "jobs.db")))
    migrate(engine)
    ensure_default(engine)
    yield engine
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
