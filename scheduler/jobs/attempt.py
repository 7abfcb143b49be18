"""What one attempt at a job writes while it runs (events, checkpoints), and its stop flag."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from models.answer.result import Level, Progress
from models.answer.schedule import Schedule
from scheduler.intake.request import RotaRequest
from scheduler.jobs import metrics
from scheduler.jobs.transitions import add_event, locked
from scheduler.report.answer import claim_of
from scheduler.storage.clock import now
from scheduler.storage.database import away
from scheduler.storage.tables import Checkpoint, Job, JobState, Lane

EVENTS_EVERY = 0.5
"""Least number of seconds between two events of a job."""

STOP_ASKED_EVERY = 0.15
"""Seconds between two reads of a job's stop flag."""

log = structlog.get_logger()


class Superseded(Exception):
    """A newer attempt owns the job; this one writes nothing more."""


@dataclass(frozen=True)
class ClaimedJob:
    """A job as one attempt has claimed it."""

    job_id: str
    attempt: int
    request: RotaRequest
    start: Schedule | None
    known: tuple[Level, ...] = ()
    """What earlier attempts proved about the same request."""
    lane: Lane = Lane.INTERACTIVE


def mine(session: Session, task: ClaimedJob) -> Job | None:
    """The job, locked, if this attempt still owns it."""
    return locked(session, task.job_id, Job.attempt == task.attempt, Job.state == JobState.RUNNING)


class Attempt:
    """Writes events and checkpoints while the search runs, and reads the stop flag."""

    def __init__(self, engine: sa.Engine, task: ClaimedJob, leaving: threading.Event) -> None:
        self._engine = engine
        self._task = task
        self._leaving = leaving
        self._pending: Progress | None = None
        self._written = 0.0
        self._asked = 0.0
        self._claim = claim_of(task.request)
        self._best = task.start
        self._known = task.known
        self.stop_asked = False

    def begun(self) -> dict[str, Any]:
        """Where a search continues from: the best so far with what was proved; for a reproducible
        request, again from where the attempt began."""
        if self._task.request.limits.reproducible:
            return {"start": self._task.start, "known": self._task.known}
        return {"start": self._best, "known": self._known}

    def hear(self, progress: Progress) -> None:
        """Take in progress of the child; a schedule is kept until it has been written."""
        if progress.schedule is None and self._pending is not None:
            progress = progress.model_copy(update={"schedule": self._pending.schedule})
        self._pending = progress
        self._best = progress.schedule or self._best
        self._known = progress.levels or self._known
        self._write_if_due()

    def stop_wanted(self) -> bool:
        """Whether somebody asked to stop, or the worker is leaving; also writes what is due."""
        self._write_if_due()
        moment = time.monotonic()
        if not self.stop_asked and moment - self._asked >= STOP_ASKED_EVERY:
            self._asked = moment
            with self._tolerant():
                self._read_stop()
        return self.stop_asked or self._leaving.is_set()

    def flush(self) -> None:
        """Write what is pending."""
        if self._pending is not None:
            self._write(self._pending)
            self._pending = None

    def _write_if_due(self) -> None:
        if self._pending is None or time.monotonic() - self._written < EVENTS_EVERY:
            return
        self._written = time.monotonic()
        with self._tolerant():
            self.flush()

    @contextmanager
    def _tolerant(self) -> Iterator[None]:
        """Let a search go on while the database is away: what could not be written is written
        later."""
        try:
            yield
        except Exception as error:
            if not away(error):
                raise
            log.warning("database out of reach", job=self._task.job_id)
            metrics.DATABASE_AWAY.inc()

    def _read_stop(self) -> None:
        with Session(self._engine) as session:
            job = session.get_one(Job, self._task.job_id)
            if job.attempt != self._task.attempt or job.state != JobState.RUNNING:
                raise Superseded
            self.stop_asked = job.stop_requested

    def _write(self, progress: Progress) -> None:
        said = progress.model_dump(mode="json", exclude={"schedule", "draft", "clash"})
        with Session(self._engine) as session, session.begin():
            job = mine(session, self._task)
            if job is None:
                raise Superseded
            if not said["levels"]:
                said["levels"] = job.progress.get("levels", [])
            job.progress = said
            better = progress.schedule is not None
            add_event(session, job, "progress", {**said, "better": better})
            if progress.schedule is not None:
                session.merge(
                    Checkpoint(
                        job_id=job.id,
                        attempt=job.attempt,
                        at=now(),
                        schedule=progress.schedule.model_dump_json(),
                        levels=said["levels"],
                        claim=self._claim,
                    )
                )
            elif progress.levels:
                session.execute(
                    sa.update(Checkpoint)
                    .where(Checkpoint.job_id == job.id)
                    .values(levels=said["levels"], claim=self._claim)
                )
