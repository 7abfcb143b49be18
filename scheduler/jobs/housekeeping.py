"""A worker's background threads: its heartbeat, and the regular clearing up of the database."""

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from scheduler.jobs import metrics
from scheduler.jobs.liveness import Liveness
from scheduler.jobs.lock import AlreadyRunning, Lock
from scheduler.jobs.transitions import end, locked, purge, unfinished
from scheduler.jobs.workflow_port import Queue
from scheduler.storage.clock import now
from scheduler.storage.database import away
from scheduler.storage.tables import IS_OPEN, Job, JobState, WorkerRow, WorkerState

TIDIED_EVERY = 30.0
"""Seconds between two rounds of housekeeping; one worker at a time does a round."""

NAME_LOST_AFTER = 3
"""Heartbeats in a row at which another process has our name; then this process must end."""

PURGED_AT_A_TIME = 200
"""Jobs purged in one transaction."""

log = structlog.get_logger()


@dataclass(frozen=True)
class JobRetention:
    """How long finished things are kept."""

    contents: timedelta = timedelta(days=365)
    """The request, events and result of a job."""
    workflows: timedelta = timedelta(days=7)
    """What the workflow library stores about a job."""
    workers: timedelta = timedelta(days=7)
    """Workers that have left."""


class Housekeeping:
    """Two threads: one sends the heartbeat and nothing else, one does the slower clearing up."""

    def __init__(
        self,
        engine: sa.Engine,
        queue: Queue,
        liveness: Liveness,
        limit: float,
        keep: JobRetention,
        lost: Callable[[], None] = lambda: os.kill(os.getpid(), signal.SIGTERM),
    ) -> None:
        """Prepare the threads.

        Args:
            engine: the database.
            queue: where jobs wait.
            liveness: this worker among its peers.
            limit: seconds of silence after which a worker counts as dead.
            keep: how long finished things are kept.
            lost: called when another process has taken our name.
        """
        self._engine = engine
        self._queue = queue
        self._liveness = liveness
        self._every = min(2.0, limit / 5)
        self._keep = keep
        self._lost = lost
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._send_heartbeats, name="heartbeat", daemon=True),
            threading.Thread(target=self._tidy_regularly, name="housekeeping", daemon=True),
        ]

    def start(self) -> None:
        """Start both threads."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop both threads; for a while peers still believe that this worker is alive."""
        self._stopped.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(2)

    def _send_heartbeats(self) -> None:
        refused = 0
        while not self._stopped.wait(self._every):
            try:
                self._liveness.beat()
            except AlreadyRunning:
                refused += 1
                log.error("another process has this name", worker=self._liveness.name)
                if refused == NAME_LOST_AFTER:
                    self._lost()
            except Exception as error:  # one failed heartbeat must not end the thread
                _complain("heartbeat failed", error)
            else:
                refused = 0

    def _tidy_regularly(self) -> None:
        while True:
            try:
                self.tidy()
            except Exception as error:  # the next round may succeed
                _complain("housekeeping failed", error)
            if self._stopped.wait(TIDIED_EVERY):
                return

    def tidy(self) -> None:
        """Do one round, unless another worker is doing one."""
        lock = Lock(self._engine, "housekeeping")
        try:
            lock.take()
        except AlreadyRunning:
            return
        try:
            self._fail_lost_jobs()
            self._liveness.adopt_strays()
            self._purge()
        finally:
            lock.release()

    def _fail_lost_jobs(self) -> None:
        """Fail the jobs that the workflow library will not run again, and keep their best."""
        with Session(self._engine) as session:
            ours = list(session.scalars(sa.select(Job.id).where(IS_OPEN)))
        for job_id in self._queue.lost(ours):
            with Session(self._engine) as session, session.begin():
                job = locked(session, job_id)
                if job is None or JobState(job.state).over:
                    continue
                log.error("job lost", job=job_id)
                kept = unfinished(session, job, "The job was lost after this schedule.")
                end(session, job, JobState.FAILED, kept, "The job was lost. Maybe submit it again?")

    def _purge(self) -> None:
        moment = now()
        while not self._stopped.is_set():
            with Session(self._engine) as session, session.begin():
                count = purge(session, moment - self._keep.contents, PURGED_AT_A_TIME)
            if count:
                log.info("jobs purged", count=count)
            if count < PURGED_AT_A_TIME:
                break
        self._queue.forget(moment - self._keep.workflows)
        with Session(self._engine) as session, session.begin():
            session.execute(
                sa.delete(WorkerRow).where(
                    WorkerRow.state != WorkerState.ACTIVE,
                    WorkerRow.seen_at < moment - self._keep.workers,
                )
            )


def _complain(what: str, error: Exception) -> None:
    if away(error):
        metrics.DATABASE_AWAY.inc()
        log.warning(what, kind="database out of reach")
    else:
        log.error(what, kind=type(error).__name__)
