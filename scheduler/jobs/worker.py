"""The worker: takes jobs from the queue, solves each in a child process, and writes what came."""

import threading
from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.result import Result, Status
from models.schedule import Schedule
from scheduler.child import ChildLost, prepare, solve_in_child
from scheduler.jobs.engine import HandedOn, Queue, Runner, Save
from scheduler.jobs.journal import Journal, Superseded, Task, mine
from scheduler.jobs.life import add_event, end, locked, now, request_of, unfinished
from scheduler.jobs.lock import Lock
from scheduler.jobs.tables import OPEN, Checkpoint, Job, Lane, State

EXECUTOR = "local-1"
"""The worker of a service that is one process."""

LOOKED_AFTER_EVERY = 30.0
"""Seconds between two searches for jobs that the engine has given up."""

MOST_CRASHES = 3
"""Attempts of one job that may end without a word; after that it has failed."""

LEAVING_SECONDS = 6.0
"""Seconds in which running jobs are handed on when the service stops."""

Solve = Callable[..., Result]

T = TypeVar("T")

log = structlog.get_logger()


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
        self._queue.ensure_lanes({Lane.INTERACTIVE: self._slots})
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
        journal = Journal(self._engine, task, self._leaving)
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
            job = mine(session, task)
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
            except Exception as error:  # the next look may go better; no look must be the last
                log.error("could not look after jobs", kind=type(error).__name__)
            if self._leaving.wait(LOOKED_AFTER_EVERY):
                return

    def _bury_the_lost(self) -> None:
        still_open = sa.select(Job.id).where(Job.state.in_(OPEN))
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


def _ending(task: Task, state: State, result: Result) -> Save:
    def save(session: Session) -> None:
        job = mine(session, task)
        if job is None:
            return
        best = result
        if result.status is Status.UNKNOWN:
            # An attempt that had no time to begin does not take away what an earlier one found.
            best = unfinished(session, job, "An earlier attempt found this schedule.") or result
        end(session, job, state, best)

    return save


def _failing(task: Task, said: str, evidence: str | None) -> Save:
    def save(session: Session) -> None:
        job = mine(session, task)
        if job is not None:
            job.evidence = evidence
            kept = unfinished(session, job, "The search failed after this schedule.")
            end(session, job, State.FAILED, kept, said)

    return save


def _sentence(error: Exception) -> str:
    if isinstance(error, ChildLost):
        return str(error)
    if _evidence(error) is not None:
        return "The search and its independent checker disagree. This is our fault, not yours."
    return "The search failed. This is our fault, not yours."


def _evidence(error: Exception) -> str | None:
    schedule = getattr(error, "schedule", None)
    return schedule.model_dump_json() if isinstance(schedule, Schedule) else None
