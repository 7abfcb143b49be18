"""Prometheus metrics for the operator: counted in this process, or read from the tables."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from models.answer.result import Result
from scheduler.jobs.workflow_port import Queue
from scheduler.storage.tables import IS_OPEN, OPEN, Job, JobState, Lane, WorkerRow, WorkerState

REGISTRY = CollectorRegistry()
"""All metrics of this process."""

_SECONDS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600)

ENDED = Counter(
    "schoolrota_jobs_ended", "Jobs that ended.", ["lane", "state", "status"], registry=REGISTRY
)
SOLVE_SECONDS = Histogram(
    "schoolrota_solve_seconds",
    "Seconds that a job's last attempt took.",
    ["lane"],
    buckets=_SECONDS,
    registry=REGISTRY,
)
START_DELAY = Histogram(
    "schoolrota_start_delay_seconds",
    "Seconds that a job waited before it first began.",
    ["lane"],
    buckets=_SECONDS,
    registry=REGISTRY,
)
STOP_SECONDS = Histogram(
    "schoolrota_stop_seconds",
    "Seconds from a stop request to the stored best schedule.",
    buckets=(0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 5, 10),
    registry=REGISTRY,
)
GAP_AT_STOP = Histogram(
    "schoolrota_gap_at_stop_ratio",
    "(value - bound) / value at the first priority that was not proved; 0 if all were.",
    ["lane"],
    buckets=(0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1),
    registry=REGISTRY,
)
CRASHES = Counter(
    "schoolrota_crashes",
    "Attempts that ended because the worker, or its solving child process, died.",
    ["what"],
    registry=REGISTRY,
)
ADOPTIONS = Counter(
    "schoolrota_adoptions", "Jobs taken over from dead peers by this worker.", registry=REGISTRY
)
DATABASE_AWAY = Counter(
    "schoolrota_database_away", "Times the database could not be reached.", registry=REGISTRY
)
HTTP_SECONDS = Histogram(
    "schoolrota_http_seconds",
    "Seconds until a response was complete; streams are not counted.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
    registry=REGISTRY,
)
STREAMS = Counter("schoolrota_streams", "Event streams that were opened.", registry=REGISTRY)

ProcessCollector(registry=REGISTRY)


def gap(result: Result) -> float:
    """The open fraction of the value at the first priority that is not proved; 0 if all are."""
    for level in result.levels:
        if not level.proved:
            return (level.value - level.bound) / max(1, level.value)
    return 0.0


class _Tables:
    """Gauges read from the tables at the moment of asking; the same on every node."""

    def __init__(self, engine: sa.Engine, queue: Queue) -> None:
        self._engine = engine
        self._queue = queue

    def describe(self) -> Iterable[Metric]:
        """Nothing in advance: otherwise registering would query the database."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """The gauges; only `schoolrota_database_up`, at 0, if the database is out of reach."""
        up = GaugeMetricFamily("schoolrota_database_up", "Whether the database answers.")
        try:
            families = self._read()
        except SQLAlchemyError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from families

    def _read(self) -> list[Metric]:
        open_jobs = (
            sa.select(Job.lane, Job.state, sa.func.count(), sa.func.min(Job.created_at))
            .where(IS_OPEN)
            .group_by(Job.lane, Job.state)
        )
        peers = sa.select(WorkerRow.name, WorkerRow.state)
        with Session(self._engine) as session:
            jobs = session.execute(open_jobs).all()
            workers = session.execute(peers).all()
        moment = datetime.now(UTC)
        depth = GaugeMetricFamily("schoolrota_jobs_open", "Jobs.", labels=["lane", "state"])
        age = GaugeMetricFamily(
            "schoolrota_oldest_queued_seconds", "Age of the oldest waiting job.", labels=["lane"]
        )
        found = {(lane, state): (count, oldest) for lane, state, count, oldest in jobs}
        for lane in Lane:
            for state in OPEN:
                count, oldest = found.get((lane, state), (0, moment))
                depth.add_metric([lane, state], count)
                if state is JobState.QUEUED:
                    age.add_metric([lane], (moment - oldest).total_seconds())
        present = GaugeMetricFamily("schoolrota_workers", "Workers.", labels=["state"])
        for presence in WorkerState:
            present.add_metric([presence], sum(state == presence for _, state in workers))
        active = {name for name, state in workers if state == WorkerState.ACTIVE}
        strays = sum(len(work) for name, work in self._queue.begun().items() if name not in active)
        orphans = GaugeMetricFamily(
            "schoolrota_begun_without_worker", "Begun jobs that no worker has; should be 0."
        )
        orphans.add_metric([], strays)
        return [depth, age, present, orphans]


def exposition(engine: sa.Engine, queue: Queue) -> bytes:
    """Everything in the text format of Prometheus (version 0.0.4)."""
    tables = CollectorRegistry()
    tables.register(_Tables(engine, queue))
    return generate_latest(REGISTRY) + generate_latest(tables)
