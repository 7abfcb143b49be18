"""The worker: takes jobs from the queue, solves each in a child process, and writes the result."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import sqlalchemy as sa
import structlog
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from models.answer.result import Result, ResultStatus
from models.answer.schedule import Schedule
from scheduler.child import ChildDied, ChildLost, prepared, solve_in_child
from scheduler.intake.case import Case
from scheduler.intake.validation_errors import InvalidRequest
from scheduler.jobs import incompatible, metrics
from scheduler.jobs.attempt import Attempt, ClaimedJob, Superseded, mine
from scheduler.jobs.housekeeping import Housekeeping, JobRetention
from scheduler.jobs.liveness import Liveness
from scheduler.jobs.transitions import add_event, end, locked, proved, request_of, unfinished
from scheduler.jobs.workflow_port import HandedOn, Queue, Runner, WorkOutcome
from scheduler.report.warm_start import begin_from
from scheduler.storage.clock import now
from scheduler.storage.database import away
from scheduler.storage.tables import Checkpoint, Job, JobState, Lane
from scheduler.storage.tenant_scope import of_every_tenant

EMBEDDED = "local-1"
"""The name of the worker in a service that is one process."""

MOST_CRASHES = 5
"""Crashes of a worker during one job after which the job fails."""

MOST_CHILD_CRASHES = 3
"""Deaths of the child process during one attempt after which the job fails."""

STOP_GRACE = 0.35
"""Seconds that a child may take to answer a stop; its best schedule is already known."""

NICENESS = {Lane.INTERACTIVE: 5, Lane.NIGHTLY: 10}
"""Niceness of the solving process: HTTP calls come first, nightly solves last."""

LEAVING_SECONDS = 5.0
"""Seconds allowed for handing running jobs on when the service stops."""

PEER_LIMIT = 15.0
"""Seconds of silence after which peers take a worker for dead."""

TENANT_SLOTS = 4
"""Jobs of one tenant that all workers together solve at once in each lane."""

T = TypeVar("T")

log = structlog.get_logger()


@dataclass(frozen=True)
class WorkerSettings:
    """The settings of a worker."""

    slots: Mapping[Lane, int]
    """Jobs solved at once, by lane; missing lanes are left to other workers."""
    tenant_slots: int = TENANT_SLOTS
    """Jobs of one tenant that all workers together solve at once in each lane."""
    peer_limit: float = PEER_LIMIT
    """Seconds of silence after which a peer counts as dead."""
    keep: JobRetention = field(default_factory=JobRetention)
    """How long finished things are kept."""


class Worker:
    """Takes jobs and solves them, several at a time, until `leave` is called."""

    def __init__(
        self,
        engine: sa.Engine,
        queue: Queue,
        settings: WorkerSettings,
        *,
        name: str = EMBEDDED,
        solve: Callable[..., Result] | None = None,
    ) -> None:
        """Prepare to work.

        Args:
            engine: the database.
            queue: where jobs wait.
            settings: how many jobs at once, and the like.
            name: kept across restarts; two live workers never share it.
            solve: called instead of a child process; for tests.
        """
        self._engine = engine = of_every_tenant(engine)
        self._queue = queue
        self._slots: dict[str, int] = {lane: n for lane, n in settings.slots.items() if n}
        self._tenant_slots = settings.tenant_slots
        self._solve = solve
        self._leaving = threading.Event()
        self._runner = Runner(engine, name, list(self._slots), self._perform)
        self._liveness = Liveness(engine, queue, name, self._slots, settings.peer_limit)
        self._housekeeping = Housekeeping(
            engine, queue, self._liveness, settings.peer_limit, settings.keep
        )

    @property
    def name(self) -> str:
        """The worker's name, kept across restarts."""
        return self._liveness.name

    def start(self) -> None:
        """Begin to take jobs; unfinished jobs of an earlier run come first.

        Raises:
            AlreadyRunning: another process is working on this database under the same name.
        """
        self._liveness.join()
        if self._solve is None:
            # In the background, so that calls are answered; an early job waits for it.
            threading.Thread(target=prepared, name="prepared", daemon=True).start()
        self._queue.ensure_lanes(self._slots, self._tenant_slots)
        self._runner.start()
        self._housekeeping.start()

    def leave(self) -> None:
        """Stop the running solves, keep their best schedules, hand them on, and take no more."""
        self._leaving.set()
        self._runner.stop(LEAVING_SECONDS)
        # Only now: a worker that falls silent while it still waits is taken for dead.
        self._housekeeping.stop()
        try:
            self._liveness.leave()
        except DBAPIError:
            # Peers notice the silence, or the next start clears up.
            log.warning("left without signing off", worker=self.name)
            self._liveness.give_up_name()

    # ------------------------------------------------------------------ one job

    def _perform(self, job_id: str) -> WorkOutcome | None:
        if self._leaving.is_set():
            raise HandedOn
        try:
            return self._attempt(job_id)
        except Superseded:
            log.warning("attempt superseded", job=job_id)
            return None

    def _attempt(self, job_id: str) -> WorkOutcome | None:
        try:
            task = self._begin(job_id)
        except ValidationError:
            # The request was written by a newer release.
            if self._leaving.wait(incompatible.WAIT):
                raise HandedOn from None
            self._persist(lambda: incompatible.leave(self._engine, self._queue, job_id))
            return None
        if task is None:
            return None
        log.info("job began", job=job_id, attempt=task.attempt, worker=self.name)
        attempt = Attempt(self._engine, task, self._leaving)
        try:
            result = self._solved(task, attempt)
        except Superseded:
            raise
        except Exception as error:
            # The message may quote the caller's values, so only its kind is logged.
            log.error("solve failed", job=job_id, kind=type(error).__name__)
            self._persist(attempt.flush)
            return _failing(task, _sentence(error), _evidence(error))
        self._persist(attempt.flush)
        unproved = result.status in (ResultStatus.FEASIBLE, ResultStatus.UNKNOWN)
        if self._leaving.is_set() and unproved and not attempt.stop_asked:
            self._persist(lambda: self._hand_on(task))
            log.info("job handed on", job=job_id, attempt=task.attempt)
            raise HandedOn
        state = JobState.CANCELLED if attempt.stop_asked and unproved else JobState.DONE
        log.info("job ended", job=job_id, state=state, status=result.status)
        return _ending(task, state, result)

    def _solved(self, task: ClaimedJob, attempt: Attempt) -> Result:
        """The answer of a child process; if it dies, another continues from its best."""
        solve = self._solve or partial(
            solve_in_child, niceness=NICENESS[task.lane], stop_grace=STOP_GRACE, tell_death=True
        )
        died = 0
        while True:
            begun = attempt.begun()
            try:
                return solve(task.request, listen=attempt.hear, stop=attempt.stop_wanted, **begun)
            except ChildDied:
                died += 1
                metrics.CRASHES.labels("child").inc()
                log.warning("child died", job=task.job_id, times=died)
                if died >= MOST_CHILD_CRASHES:
                    raise ChildLost(
                        f"The search ended unexpectedly {died} times. Maybe give it more "
                        "limits.memory_mb, or a shorter horizon?"
                    ) from None

    def _begin(self, job_id: str) -> ClaimedJob | None:
        """A new attempt; None if the job is over, or has crashed too often."""
        begun = self._persist(lambda: self._counted(job_id))
        # Outside that transaction: reading a large request takes time.
        return None if begun is None else self._persist(lambda: self._task(job_id, *begun))

    def _counted(self, job_id: str) -> tuple[int, str | None] | None:
        """The number of a new attempt, and the rota that it is for."""
        with Session(self._engine) as session, session.begin():
            job = locked(session, job_id)
            if job is None or JobState(job.state).over:
                return None
            if job.state == JobState.RUNNING:
                job.crashes += 1
                metrics.CRASHES.labels("worker").inc()
            if job.crashes >= MOST_CRASHES:
                kept = unfinished(session, job, "The service stopped while it was solving.")
                said = f"The service stopped {job.crashes} times while solving this job."
                end(session, job, JobState.FAILED, kept, said)
                return None
            if job.started_at is None:
                job.started_at = now()
                waited = (job.started_at - job.created_at).total_seconds()
                metrics.START_DELAY.labels(job.lane).observe(max(0.0, waited))
            job.attempt += 1
            job.state = JobState.RUNNING
            job.worker = self.name
            add_event(session, job, "state", {"state": JobState.RUNNING, "attempt": job.attempt})
            return job.attempt, job.rota

    def _task(self, job_id: str, attempt: int, rota: str | None) -> ClaimedJob:
        with Session(self._engine) as session:
            job = session.get_one(Job, job_id)
            request, best = request_of(session, job), session.get(Checkpoint, job_id)
            lane = Lane(job.lane)
        if request.limits.reproducible:
            # The result depends on the starting point, so the request alone determines that.
            start = None if rota is None else begin_from(Case(request))
            return ClaimedJob(job_id, attempt, request, start, lane=lane)
        start = None if best is None else Schedule.model_validate_json(best.schedule)
        return ClaimedJob(job_id, attempt, request, start, proved(request, best), lane)

    def _hand_on(self, task: ClaimedJob) -> None:
        with Session(self._engine) as session, session.begin():
            job = mine(session, task)
            if job is not None:
                job.state = JobState.QUEUED
                add_event(session, job, "state", {"state": JobState.QUEUED, "attempt": job.attempt})

    def _persist(self, write: Callable[[], T]) -> T:
        """Write, retrying until the database can be reached."""
        wait = 0.1
        while True:
            try:
                return write()
            except Exception as error:
                if not away(error):
                    raise
                log.warning("database out of reach")
                metrics.DATABASE_AWAY.inc()
                if self._leaving.wait(wait):
                    raise HandedOn from None
                wait = min(2 * wait, 5.0)


def _ending(task: ClaimedJob, state: JobState, result: Result) -> WorkOutcome:
    stopped_after: list[float] = []

    def write(session: Session) -> None:
        job = mine(session, task)
        if job is None:
            return
        best = result
        if result.status is ResultStatus.UNKNOWN:
            # An attempt that found nothing does not discard what an earlier one found.
            best = unfinished(session, job, "An earlier attempt found this schedule.") or result
        end(session, job, state, best)
        if job.stop_requested_at is not None and job.finished_at is not None:
            stopped_after.append((job.finished_at - job.stop_requested_at).total_seconds())

    def written() -> None:
        metrics.ENDED.labels(task.lane, state, result.status).inc()
        metrics.SOLVE_SECONDS.labels(task.lane).observe(result.receipt.seconds)
        metrics.GAP_AT_STOP.labels(task.lane).observe(metrics.gap(result))
        for seconds in stopped_after[-1:]:
            metrics.STOP_SECONDS.observe(max(0.0, seconds))

    return WorkOutcome(write, written)


def _failing(task: ClaimedJob, said: str, evidence: str | None) -> WorkOutcome:
    def write(session: Session) -> None:
        job = mine(session, task)
        if job is not None:
            job.evidence = evidence
            kept = unfinished(session, job, "The search failed after this schedule.")
            end(session, job, JobState.FAILED, kept, said)

    return WorkOutcome(write, lambda: metrics.ENDED.labels(task.lane, JobState.FAILED, "").inc())


def _sentence(error: Exception) -> str:
    if isinstance(error, ChildLost):
        return str(error)
    if isinstance(error, InvalidRequest):
        return " ".join(f"{f.pointer} {f.message} {f.hint}".strip() for f in error.faults)
    if _evidence(error) is not None:
        return "The search and its independent checker disagree. This is our fault, not yours."
    return "The search failed. This is our fault, not yours."


def _evidence(error: Exception) -> str | None:
    schedule = getattr(error, "schedule", None)
    return schedule.model_dump_json() if isinstance(schedule, Schedule) else None
