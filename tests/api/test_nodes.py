"""Many nodes on one PostgreSQL: each answers for all, and none solves unless configured to."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.app import create_app
from api.settings import Settings
from scheduler.intake.request import RotaRequest
from scheduler.jobs.jobs import Jobs
from scheduler.jobs.workflow_port import Queue
from scheduler.operations.service import Service, migrate
from scheduler.storage.database import NotMigrated, connect
from tests.api.live import KEY, WITH_KEY
from tests.databases import Postgres
from tests.service.requests import endless, small


@pytest.fixture
def nodes(postgres_url: str) -> Iterator[list[TestClient]]:
    """Two of them."""
    settings = Settings(database=postgres_url, admin_key=SecretStr(KEY))
    with ExitStack() as stack:
        yield [
            stack.enter_context(TestClient(create_app(settings), headers=WITH_KEY))
            for _ in range(2)
        ]


def _events(node: TestClient, place: str, after: int = 0) -> list[dict[str, Any]]:
    answer = node.get(f"{place}/events", headers={"Last-Event-ID": str(after)})
    lines = [line for line in answer.text.splitlines() if line.startswith("data: ")]
    return [json.loads(line.removeprefix("data: ")) for line in lines]


def test_what_one_node_takes_the_other_answers_for(nodes: list[TestClient]) -> None:
    """And a reader cut off at one continues at the other: no gap, nothing twice."""
    one, other = nodes
    key = {"Idempotency-Key": "k"}
    place = one.post("/v1/jobs", json=small(), headers=key).headers["location"]
    assert other.post("/v1/jobs", json=small(), headers=key).headers["location"] == place
    assert other.get(place).json() == one.get(place).json()
    assert other.post(f"{place}/cancel").json()["state"] == "cancelled"
    all_ = _events(one, place)
    assert [event["number"] for event in all_] == [1, 2]
    assert _events(other, place, 1) == all_[1:]
    assert other.get(f"{place}/events", headers={"Last-Event-ID": "2"}).status_code == 204


def test_a_node_solves_nothing_unless_told_to(nodes: list[TestClient]) -> None:
    """It has no worker, and says so in the metrics."""
    one = nodes[0]
    assert one.app.state.service.worker is None  # type: ignore[attr-defined]
    assert 'schoolrota_workers{state="active"} 0.0' in one.get("/metrics").text


def test_a_database_that_was_not_migrated_is_not_used(postgres: Postgres) -> None:
    """Nobody changes tables but the step for that, which may be made twice, also at once."""
    url = postgres.bare()
    with pytest.raises(NotMigrated, match="schoolrota migrate"):
        Service.open(url)
    engine = connect(url)
    for _ in range(2):
        migrate(engine)
    engine.dispose()
    Service.open(url).close()


def test_no_search_outlives_its_worker(sqlite_file: Path) -> None:
    """Killed itself, it leaves no process behind that goes on solving for nobody."""
    database = str(sqlite_file)
    engine = connect(database)
    queue = Queue(engine)
    jobs = Jobs(engine, queue)
    job = jobs.submit(RotaRequest.model_validate(endless()))
    mark = f"SCHOOLROTA_DATABASE={database}"
    worker = subprocess.Popen(
        [sys.executable, "-c", "from api.cli.main import app; app()", "worker"],
        env={**os.environ, "SCHOOLROTA_DATABASE": database},
        stderr=subprocess.DEVNULL,
    )
    _until(lambda: bool(jobs.get(job.id).levels))
    assert len(_marked(mark)) > 2
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    _until(lambda: not _marked(mark))
    queue.close()
    engine.dispose()


def _marked(mark: str) -> list[str]:
    """Processes that were started with a variable."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            variables = (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if mark.encode() in variables:
            found.append(process.name)
    return found


def _until(found: Any) -> None:
    deadline = time.monotonic() + 180
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.05)
