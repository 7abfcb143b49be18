"""The caretaker: a worker's threads besides its jobs: its pulse, and what must be tidied up."""

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
from scheduler.jobs.liveness import Fleet
from scheduler.jobs.lock import AlreadyRunning, Lock
from scheduler.jobs.transitions import end, locked, purge, unfinished
from scheduler.jobs.workflow_port import Queue
from scheduler.storage.clock import now
from scheduler.storage.database import away
from scheduler.storage.tables import IS_OPEN, Job, JobState, WorkerRow, WorkerState

TIDIED_EVERY = 30.0
"""Seconds between two rounds; one worker at a time makes one."""

NAME_LOST_AFTER = 3
"""Pulses in a row at which somebody else has our name; then this process must go."""

PURGED_AT_A_TIME = 200
"""Jobs emptied in one transaction."""

log = structlog.get_logger()


@dataclass(frozen=True)
class JobRetention:
    """For how long what is over is kept."""

    contents: timedelta = timedelta(days=365)
    """What was sent, what happened and what came of a job."""
    engine: timedelta = timedelta(days=7)
    """What the job engine remembers of it."""
    workers: timedelta = timedelta(days=7)
    """Workers that left."""


class Caretaker:
    """Two threads: one that only says that this worker lives, and one that takes its time."""

    def __init__(
        self,
        engine: sa.Engine,
        queue: Queue,
        fleet: Fleet,
        limit: float,
        keep: JobRetention,
        lost: Callable[[], None] = lambda: os.kill(os.getpid(), signal.SIGTERM),
    ) -> None:
        """Prepare.

        Args:
            engine: the database.
            queue: where jobs wait.
            fleet: this worker among its peers.
            limit: seconds of silence after which a worker is dead.
            keep: for how long what is over is kept.
            lost: what to do when another process has our name.
        """
        self._engine = engine
        self._queue = queue
        self._fleet = fleet
        self._every = min(2.0, limit / 5)
        self._keep = keep
        self._lost = lost
        self._stopped = threading.Event()
        self._threads = [
            threading.Thread(target=self._pulse, name="pulse", daemon=True),
            threading.Thread(target=self._tidy_up, name="caretaker", daemon=True),
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End; peers still think for a while that this worker lives."""
        self._stopped.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(2)

    def _pulse(self) -> None:
        refused = 0
        while not self._stopped.wait(self._every):
            try:
                self._fleet.beat()
            except AlreadyRunning:
                refused += 1
                log.error("another process has this name", worker=self._fleet.name)
                if refused == NAME_LOST_AFTER:
                    self._lost()
            except Exception as error:  # no pulse must be the last
                _complain("no pulse", error)
            else:
                refused = 0

    def _tidy_up(self) -> None:
        while True:
            try:
                self.tidy()
            except Exception as error:  # the next round may go better
                _complain("could not tidy up", error)
            if self._stopped.wait(TIDIED_EVERY):
                return

    def tidy(self) -> None:
        """One round, unless another worker is at it."""
        lock = Lock(self._engine, "caretaker")
        try:
            lock.take()
        except AlreadyRunning:
            return
        try:
            self._bury_the_lost()
            self._fleet.adopt_strays()
            self._purge()
        finally:
            lock.release()

    def _bury_the_lost(self) -> None:
        """Jobs of which the engine does nothing more fail, with their best kept."""
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
        self._queue.forget(moment - self._keep.engine)
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
