"""The database away, full, read-only or locked: nothing is lost, and nobody is taken for dead."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy import event

from api.app import create_app
from api.settings import Settings
from scheduler.jobs.jobs import Jobs
from scheduler.jobs.workflow_port import Queue
from scheduler.storage.database import connect
from scheduler.storage.tables import JobState, WorkerRow, WorkerState
from scheduler.storage.tenant_scope import of_every_tenant
from tests.api.live import KEY, WITH_KEY
from tests.databases import Postgres
from tests.service.crew import LIMIT, Crew, called, told
from tests.service.requests import small

# ------------------------------------------------------------------ PostgreSQL


@pytest.fixture
def server() -> Iterator[Postgres]:
    """One of its own: others must not be stopped."""
    server = Postgres()
    yield server
    server.close()


def test_postgres_may_restart_or_be_away(server: Postgres, tmp_path: Path) -> None:
    """Searches go on in their first attempt, calls get 503 and not 500, and nobody is dead after
    it; also where it is away for longer than the limit of silence."""
    url = server.new()
    engine = of_every_tenant(connect(url))
    queue = Queue(engine)
    jobs = Jobs(engine, queue)
    crew = Crew(tmp_path, url, engine)
    try:
        for name in ("a", "b"):
            crew.start(name)
        running = [jobs.submit(called("long", 600)) for _ in range(2)]
        crew.until(lambda: all(jobs.get(job.id).levels for job in running))
        app = create_app(Settings(database=url, admin_key=SecretStr(KEY)))
        with TestClient(app, raise_server_exceptions=False, headers=WITH_KEY) as client:
            for how, away in (("fast", 0.0), ("immediate", 0.0), ("fast", 1.5 * LIMIT)):
                server.stop(how)
                seen = {client.get("/v1/jobs").status_code, client.get("/readyz").status_code}
                seen.add(client.post("/v1/jobs", json=small()).status_code)
                assert seen == {503}
                assert client.get("/livez").status_code == 200
                time.sleep(away)
                server.start()
                crew.until(lambda: client.get("/readyz").status_code == 200)
            time.sleep(1.5 * LIMIT)
        with engine.connect() as connection:
            states = set(connection.scalars(sa.select(WorkerRow.state)))
        assert states == {WorkerState.ACTIVE}
        ended = [crew.stop(jobs, job.id) for job in running]
        assert [(job.state, job.attempt) for job in ended] == [(JobState.CANCELLED, 1)] * 2
        for job in running:
            assert told(jobs, job.id) == ["queued", "running", "cancelled"]
        after = jobs.submit(called("fine"))
        assert crew.over(jobs, after.id).state is JobState.DONE
    finally:
        crew.close()
        queue.close()
        engine.dispose()


def test_no_connection_left_is_a_moment_not_a_fault(postgres_url: str) -> None:
    """503 while all are in use, and all is well when there is room."""
    app = create_app(Settings(database=postgres_url, admin_key=SecretStr(KEY)))
    with TestClient(app, raise_server_exceptions=False, headers=WITH_KEY) as client:
        service = client.app.state.service  # type: ignore[attr-defined]
        whole = service.engine
        few = sa.create_engine(
            service.engine.url, pool_size=1, max_overflow=0, pool_timeout=0.1, hide_parameters=True
        )
        vars(service)["engine"] = few
        assert client.get("/v1/jobs").status_code == 200
        with few.connect():
            for answer in (client.get("/v1/jobs"), client.post("/v1/jobs", json=small())):
                assert answer.status_code == 503
                assert answer.headers["retry-after"]
        assert client.post("/v1/jobs", json=small()).status_code == 202
        vars(service)["engine"] = whole
        few.dispose()


# ------------------------------------------------------------------ SQLite


@pytest.mark.parametrize("pragma", ["max_page_count", "query_only"])
def test_a_full_or_read_only_file_is_said_so(sqlite_file: Path, pragma: str) -> None:
    """What can be read is; what cannot be written is refused, and the next is taken when it can
    be."""
    app = create_app(Settings(database=str(sqlite_file), work=False, admin_key=SecretStr(KEY)))
    with TestClient(app, raise_server_exceptions=False, headers=WITH_KEY) as client:
        place = client.post("/v1/jobs", json=small()).headers["location"]
        engine = client.app.state.service.engine  # type: ignore[attr-defined]
        setting = {"max_page_count": 1, "query_only": 1}[pragma]

        def hinder(connection: sqlite3.Connection, *_: object) -> None:
            connection.execute(f"PRAGMA {pragma}={setting}")

        event.listen(engine, "checkout", hinder)
        large = small(people=100)
        large["problem"]["name"] = "x" * 100
        refused = {client.post("/v1/jobs", json=large).status_code for _ in range(40)}
        assert 503 in refused
        assert refused <= {202, 503}
        assert client.get(place).status_code == 200
        event.remove(engine, "checkout", hinder)
        setting = {"max_page_count": 10**6, "query_only": 0}[pragma]
        event.listen(engine, "checkout", hinder)
        assert client.post("/v1/jobs", json=large).status_code == 202


def test_a_file_that_another_program_locks_is_waited_for(sqlite_file: Path, tmp_path: Path) -> None:
    """The job ends in its first attempt."""
    engine = of_every_tenant(connect(str(sqlite_file)))
    queue = Queue(engine)
    jobs = Jobs(engine, queue)
    crew = Crew(tmp_path, str(sqlite_file), engine)
    try:
        crew.start("a")
        job = jobs.submit(called("long", 600))
        crew.until(lambda: jobs.get(job.id).levels)
        other = sqlite3.connect(sqlite_file, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        time.sleep(1.5 * LIMIT)
        other.execute("ROLLBACK")
        other.close()
        ended = crew.stop(jobs, job.id)
        assert (ended.state, ended.attempt) == (JobState.CANCELLED, 1)
    finally:
        crew.close()
        queue.close()
        engine.dispose()


KILLED_AT_CHECKPOINTS = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode=WAL")
number = 0
print("ready", flush=True)
while True:
    number += 1
    connection.execute("UPDATE job SET last_event = ?", (number,))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
"""


def test_a_kill_while_the_log_is_emptied_breaks_nothing(sqlite_file: Path) -> None:
    """The file is whole afterwards, and the next program goes on with it."""
    engine = of_every_tenant(connect(str(sqlite_file)))
    queue = Queue(engine)
    jobs = Jobs(engine, queue)
    job = jobs.submit(called("fine"))
    for _ in range(5):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED_AT_CHECKPOINTS, str(sqlite_file)], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        with engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    assert jobs.get(job.id).state is JobState.QUEUED
    jobs.submit(called("fine"))
    queue.close()
    engine.dispose()


def test_many_writers_do_not_lock_each_other_out(sqlite_file: Path) -> None:
    """Each waits for its turn."""
    engine = of_every_tenant(connect(str(sqlite_file)))
    queue = Queue(engine)
    jobs = Jobs(engine, queue)
    failed: list[Exception] = []

    def submit() -> None:
        try:
            for _ in range(10):
                jobs.submit(called("fine"))
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=submit) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert len(jobs.page(limit=100).items) == 60
    queue.close()
    engine.dispose()
