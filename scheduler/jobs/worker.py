"""The worker: takes jobs from the queue, solves each in a child process, and writes what came."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.result import Progress, Result, Status
from models.schedule import Schedule
from scheduler.child import ChildLost, prepare, solve_in_child
from scheduler.jobs.engine import HandedOn, Queue, Runner, Save
from scheduler.jobs.jobs import INTERACTIVE
from scheduler.jobs.life import add_event, end, locked, now, request_of, unfinished
from scheduler.jobs.lock import Lock
from scheduler.jobs.tables import Checkpoint, Job, State
from scheduler.request import RotaRequest

EXECUTOR = "local-1"
"""The worker of a service that is one process."""

EVENTS_EVERY = 0.5
"""Seconds between two events of a job, at least."""

STOP_ASKED_EVERY = 0.2
"""Seconds between two looks at whether somebody wants a job stopped."""

LOOKED_AFTER_EVERY = 30.0
"""Seconds between two searches for jobs that the engine has given up."""

MOST_CRASHES = 3
"""Attempts of one job that may end without a word; after that it has failed."""

LEAVING_SECONDS = 6.0
"""Seconds in which running jobs are handed on when the service stops."""

Solve = Callable[..., Result]

T = TypeVar("T")

log = structlog.get_logger()


class Superseded(Exception):
    """A newer attempt has the job; this one writes nothing more."""


@dataclass(frozen=True)
class Task:
    """A job as one attempt takes it."""

    job_id: str
    attempt: int
    request: RotaRequest
    start: Schedule | None


class Worker:
    """Takes jobs, so many at a time, until it is told to leave."""

    def __init__(
        self, engine: sa.Engine, queue: Queue, *, slots: int, solve: Solve = solve_in_child
    ) -> None:
        self._engine = engine
        self._queue = queue
        self._slots = slots
        self._solve = solve
        self._leaving = threading.Event()
        self._runner = Runner(engine, EXECUTOR, self._perform)
        self._lock = Lock(engine, EXECUTOR)
        self._caretaker = threading.Thread(target=self._look_after, name="caretaker", daemon=True)

    def start(self) -> None:
        """Begin to take jobs; those of an earlier run that did not end come first.

        Raises:
            AlreadyRunning: another process works on this database under the same name.
        """
        self._lock.take()
        prepare()
        self._queue.ensure_lanes({INTERACTIVE: self._slots})
        self._runner.start()
        self._caretaker.start()

    def leave(self) -> None:
        """Stop the running solves, keep their best and hand them on; take no more."""
        self._leaving.set()
        self._runner.stop(LEAVING_SECONDS)
        self._lock.release()

    # ------------------------------------------------------------------ one job

    def _perform(self, job_id: str) -> Save | None:
        if self._leaving.is_set():
            raise HandedOn
        try:
            return self._attempt(job_id)
        except Superseded:
            log.warning("attempt superseded", job=job_id)
            return None

    def _attempt(self, job_id: str) -> Save | None:
        task = self._persist(lambda: self._begin(job_id))
        if task is None:
            return None
        log.info("job began", job=job_id, attempt=task.attempt)
        journal = _Journal(self._engine, task, self._leaving)
        try:
            result = self._solve(
                task.request, listen=journal.hear, stop=journal.stop_wanted, start=task.start
            )
        except Superseded:
            raise
        except Exception as error:
            # The message may name what the caller sent, so only its kind goes into the log.
            log.error("solve failed", job=job_id, kind=type(error).__name__)
            return _failing(task, _sentence(error), _evidence(error))
        self._persist(journal.flush)
        unproved = result.status in (Status.FEASIBLE, Status.UNKNOWN)
        if self._leaving.is_set() and unproved and not journal.stop_asked:
            self._persist(lambda: self._hand_on(task))
            log.info("job handed on", job=job_id, attempt=task.attempt)
            raise HandedOn
        state = State.CANCELLED if journal.stop_asked and unproved else State.DONE
        log.info("job ended", job=job_id, state=state, status=result.status)
        return _ending(task, state, result)

    def _begin(self, job_id: str) -> Task | None:
        """A new attempt; none where the job is over, or has crashed too often."""
        with Session(self._engine) as session, session.begin():
            job = locked(session, job_id)
            if job is None or State(job.state).over:
                return None
            if job.state == State.RUNNING:
                job.crashes += 1
            if job.crashes >= MOST_CRASHES:
                kept = unfinished(session, job, "The service stopped in its midst.")
                said = f"The service stopped {job.crashes} times while solving this job."
                end(session, job, State.FAILED, kept, said)
                return None
            job.attempt += 1
            job.state = State.RUNNING
            job.started_at = job.started_at or now()
            add_event(session, job, "state", {"state": State.RUNNING, "attempt": job.attempt})
            kept_row = session.get(Checkpoint, job_id)
            start = None if kept_row is None else Schedule.model_validate_json(kept_row.schedule)
            return Task(job_id, job.attempt, request_of(session, job), start)

    def _hand_on(self, task: Task) -> None:
        with Session(self._engine) as session, session.begin():
            job = _mine(session, task)
            if job is not None:
                job.state = State.QUEUED
                add_event(session, job, "state", {"state": State.QUEUED, "attempt": job.attempt})

    def _persist(self, write: Callable[[], T]) -> T:
        """Do it as soon as the database can be reached."""
        wait = 0.1
        while True:
            try:
                return write()
            except OperationalError:
                log.warning("database out of reach")
                if self._leaving.wait(wait):
                    raise HandedOn from None
                wait = min(2 * wait, 5.0)

    # ------------------------------------------------------------------ what nobody does any more

    def _look_after(self) -> None:
        while True:
            try:
                self._bury_the_lost()
            except OperationalError:
                log.warning("database out of reach")
            if self._leaving.wait(LOOKED_AFTER_EVERY):
                return

    def _bury_the_lost(self) -> None:
        still_open = sa.select(Job.id).where(Job.state.in_((State.QUEUED, State.RUNNING)))
        with Session(self._engine) as session:
            ours = list(session.scalars(still_open))
        for job_id in self._queue.lost(ours):
            with Session(self._engine) as session, session.begin():
                job = locked(session, job_id)
                if job is None or State(job.state).over:
                    continue
                log.error("job lost", job=job_id)
                kept = unfinished(session, job, "The job was lost after this schedule.")
                end(session, job, State.FAILED, kept, "The job was lost. Maybe submit it again?")


class _Journal:
    """What an attempt writes while it runs: events, checkpoints; and what it reads: the stop."""

    def __init__(self, engine: sa.Engine, task: Task, leaving: threading.Event) -> None:
        self._engine = engine
        self._task = task
        self._leaving = leaving
        self._pending: Progress | None = None
        self._written = 0.0
        self._asked = 0.0
        self.stop_asked = False

    def hear(self, progress: Progress) -> None:
        """Progress of the child; a schedule that is not yet written stays until it is."""
        if progress.schedule is None and self._pending is not None:
            progress = progress.model_copy(update={"schedule": self._pending.schedule})
        self._pending = progress
        self._write_if_due()

    def stop_wanted(self) -> bool:
        """Whether somebody asked to stop, or the worker leaves; writes what is due on the way."""
        self._write_if_due()
        moment = time.monotonic()
        if not self.stop_asked and moment - self._asked >= STOP_ASKED_EVERY:
            self._asked = moment
            try:
                self._read_stop()
            except OperationalError:
                log.warning("database out of reach", job=self._task.job_id)
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
        try:
            self.flush()
        except OperationalError:
            log.warning("database out of reach", job=self._task.job_id)

    def _read_stop(self) -> None:
        with Session(self._engine) as session:
            job = session.get_one(Job, self._task.job_id)
            if job.attempt != self._task.attempt or job.state != State.RUNNING:
                raise Superseded
            self.stop_asked = job.stop_requested

    def _write(self, progress: Progress) -> None:
        said = progress.model_dump(mode="json", exclude={"schedule"})
        with Session(self._engine) as session, session.begin():
            job = _mine(session, self._task)
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
                    )
                )


def _mine(session: Session, task: Task) -> Job | None:
    """The job, locked, if this attempt still has it."""
    return locked(session, task.job_id, Job.attempt == task.attempt, Job.state == State.RUNNING)


def _ending(task: Task, state: State, result: Result) -> Save:
    def save(session: Session) -> None:
        job = _mine(session, task)
        if job is not None:
            end(session, job, state, result)

    return save


def _failing(task: Task, said: str, evidence: str | None) -> Save:
    def save(session: Session) -> None:
        job = _mine(session, task)
        if job is not None:
            job.evidence = evidence
            kept = unfinished(session, job, "The search failed after this schedule.")
            end(session, job, State.FAILED, kept, said)

    return save


def _sentence(error: Exception) -> str:
    if isinstance(error, ChildLost):
        return str(error)
    return "The search and its independent checker disagree, so nothing new is shown: our fault."


def _evidence(error: Exception) -> str | None:
    schedule = getattr(error, "schedule", None)
    return schedule.model_dump_json() if isinstance(schedule, Schedule) else None
