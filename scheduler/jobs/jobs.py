"""Jobs as callers see them: submitted, listed, watched, cancelled, answered."""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.answer.result import Result
from models.answer.schedule import Schedule
from scheduler.intake.request import RotaRequest
from scheduler.jobs.quotas import Quotas
from scheduler.jobs.stored_answer import STILL_RUNNING, StoredAnswer
from scheduler.jobs.transitions import add_event, end, locked, request_of, unfinished
from scheduler.jobs.view import JobEvent, JobPage, JobView, view
from scheduler.jobs.workflow_port import Queue
from scheduler.report.answer import fingerprint
from scheduler.storage.clock import now
from scheduler.storage.pagination import cursor_after, cut, place_of
from scheduler.storage.tables import (
    DEFAULT_TENANT,
    IS_OPEN,
    Checkpoint,
    Job,
    JobAnswer,
    JobEventRow,
    JobRequestRow,
    JobState,
    Lane,
)
from scheduler.storage.tenant_scope import of_tenant

MOST_EVENTS = 500
"""The most events read at a time."""


class UnknownJob(LookupError):
    """There is no job with this id."""


class RotaBusy(Exception):
    """The rota already has an unfinished job; `job_id` says which."""

    def __init__(self, job_id: str) -> None:
        super().__init__(job_id)
        self.job_id = job_id


class KeyReused(Exception):
    """The idempotency key was used before, with another request."""


class PurgedJob(LookupError):
    """The job existed; its contents have been removed by retention."""


class QueueFull(Exception):
    """The tenant already has the most jobs that may wait in this lane."""


class Jobs:
    """The jobs of one tenant, in one database."""

    def __init__(
        self,
        engine: sa.Engine,
        queue: Queue,
        tenant: str = DEFAULT_TENANT,
        *,
        quotas: Quotas | None = None,
    ) -> None:
        self.engine = self._engine = of_tenant(engine, tenant)
        self._queue = queue
        self._tenant = tenant
        self.quotas = quotas or Quotas()

    def of(self, tenant: str) -> "Jobs":
        """The jobs of another tenant, in the same database."""
        return Jobs(self._engine, self._queue, tenant, quotas=self.quotas)

    def submit(
        self,
        request: RotaRequest,
        key: str | None = None,
        *,
        lane: Lane = Lane.INTERACTIVE,
        rota: str | None = None,
        start: Schedule | None = None,
    ) -> JobView:
        """Accept a request in one transaction: the job, the request and its entry in the queue.

        The same key with the same request returns the job of the first submission.

        Args:
            request: the request to solve.
            key: the caller's idempotency key; None if each submission is a job of its own.
            lane: the queue that the job waits in.
            rota: the living rota that the job belongs to, if any.
            start: a schedule to start from, which keeps all musts.

        Raises:
            KeyReused: the key was used before, with another request.
            RotaBusy: the rota already has an unfinished job.
            QueueFull: the most jobs that may wait are waiting already.
        """
        try:
            with Session(self._engine) as session, session.begin():
                return self.submit_within(session, request, key, lane=lane, rota=rota, start=start)
        except IntegrityError:
            # Another submission with this key, or for this rota, came first.
            with Session(self._engine) as session:
                known = self._known(session, request, key, rota)
                if known is None:
                    raise
                return known

    def submit_within(
        self,
        session: Session,
        request: RotaRequest,
        key: str | None = None,
        *,
        lane: Lane = Lane.INTERACTIVE,
        rota: str | None = None,
        start: Schedule | None = None,
    ) -> JobView:
        """As `submit`, within a transaction of the caller's: if that is rolled back, nothing was.

        Raises:
            KeyReused: the same key with another request.
            RotaBusy: the rota has a job that is not over.
            QueueFull: too many wait already.
            IntegrityError: another transaction was quicker; the same call may be tried again.
        """
        known = self._known(session, request, key, rota)
        if known is not None:
            return known
        if self._waiting(session, lane) >= self.quotas.waiting:
            raise QueueFull
        job = self._new_job(fingerprint(request), key, lane, rota)
        session.add(job)
        session.flush()
        session.add(JobRequestRow(job_id=job.id, request=request.model_dump_json()))
        if start is not None:
            kept = start.model_dump_json()
            session.add(Checkpoint(job_id=job.id, attempt=0, at=now(), schedule=kept))
        add_event(session, job, "state", {"state": JobState.QUEUED})
        self._queue.enqueue(session, job.id, lane=job.lane, tenant=job.tenant)
        return view(job)

    def has_used(self, key: str) -> bool:
        """Whether an idempotency key was used before, so that its request is not accepted again."""
        with Session(self._engine) as session:
            return self._by_key(session, key) is not None

    def get(self, job_id: str) -> JobView:
        """A job.

        Raises:
            UnknownJob: there is no such job.
        """
        with Session(self._engine) as session:
            return view(self._job(session, job_id))

    def page(
        self, *, cursor: str | None = None, limit: int = 50, state: JobState | None = None
    ) -> JobPage:
        """A page of jobs, newest first, starting after a cursor.

        Raises:
            BadCursor: the cursor is not one of ours.
        """
        newest_first = (Job.created_at.desc(), Job.id.desc())
        query = sa.select(Job).where(Job.tenant == self._tenant).order_by(*newest_first)
        if state is not None:
            query = query.where(Job.state == state)
        if cursor is not None:
            created_at, job_id = place_of(cursor)
            query = query.where(
                sa.or_(
                    Job.created_at < created_at,
                    sa.and_(Job.created_at == created_at, Job.id < job_id),
                )
            )
        with Session(self._engine) as session:
            found, last = cut(session.scalars(query.limit(limit + 1)).all(), limit)
            more = None if last is None else cursor_after(last.created_at, last.id)
            return JobPage(items=tuple(view(job) for job in found), next=more)

    def cancel(self, job_id: str) -> JobView:
        """Stop a job and keep its best schedule; a finished job stays as it is.

        Raises:
            UnknownJob: there is no such job.
        """
        with Session(self._engine) as session, session.begin():
            job = locked(session, job_id, Job.tenant == self._tenant)
            if job is None:
                raise UnknownJob
            waiting = job.state == JobState.QUEUED
            if not JobState(job.state).over:
                job.stop_requested = True
                job.stop_requested_at = job.stop_requested_at or now()
            if waiting:
                kept = unfinished(session, job, "It was stopped while it waited.")
                end(session, job, JobState.CANCELLED, kept)
            seen = view(job)
        if waiting:
            self._queue.withdraw(job_id)
        return seen

    def request(self, job_id: str) -> RotaRequest:
        """The request that was sent.

        Raises:
            UnknownJob: there is no such job.
            PurgedJob: retention has removed it.
        """
        with Session(self._engine) as session:
            return request_of(session, self._kept(session, job_id))

    def result(self, job_id: str) -> Result | None:
        """The answer; while the job is unfinished, the answer for its best checked schedule so far.

        Raises:
            UnknownJob: there is no such job.
            PurgedJob: retention has removed it.
        """
        with Session(self._engine) as session:
            job = self._kept(session, job_id)
            answer = session.get(JobAnswer, job_id)
            if answer is not None:
                return Result.model_validate_json(answer.result)
            return unfinished(session, job, STILL_RUNNING, goes_on=True)

    def stored(self, job_id: str) -> StoredAnswer:
        """The request and the answer of a job, as they are stored.

        Raises:
            UnknownJob: there is no such job.
            PurgedJob: retention has removed it.
        """
        with Session(self._engine) as session:
            job = self._kept(session, job_id)
            answer = session.get(JobAnswer, job_id)
            return StoredAnswer.of(
                job,
                session.get_one(JobRequestRow, job_id).request,
                None if answer is None else answer.result,
                session.get(Checkpoint, job_id) if answer is None else None,
            )

    def events(self, job_id: str, *, after: int = 0) -> list[JobEvent]:
        """The next events of a job, in order, at most `MOST_EVENTS`."""
        query = sa.select(JobEventRow).where(
            JobEventRow.job_id == job_id, JobEventRow.number > after
        )
        with Session(self._engine) as session:
            found = session.scalars(query.order_by(JobEventRow.number).limit(MOST_EVENTS))
            return [JobEvent(number=e.number, kind=e.kind, what=e.what) for e in found]

    def newest_events(self, job_ids: Sequence[str]) -> dict[str, int]:
        """The number of the newest event of each job."""
        query = sa.select(Job.id, Job.last_event).where(Job.id.in_(job_ids))
        with Session(self._engine) as session:
            return {job.id: job.last_event for job in session.execute(query)}

    def reachable(self) -> None:
        """Query the database once; raises what the database raises."""
        with self._engine.connect() as connection:
            connection.execute(sa.text("SELECT 1 FROM job LIMIT 1"))

    def _known(
        self, session: Session, request: RotaRequest, key: str | None, rota: str | None
    ) -> JobView | None:
        """The job of an earlier submission with this key.

        Raises:
            KeyReused: the key came with another request.
            RotaBusy: there is no such job, and the rota has an unfinished one.
        """
        if key is not None and (known := self._by_key(session, key)) is not None:
            hashed = fingerprint(request)
            # An earlier release, whose form of a request is another, took another hash.
            if known.input_hash != hashed != fingerprint(request_of(session, known)):
                raise KeyReused
            return view(known)
        if rota is not None and (busy := self._open_of(session, rota)) is not None:
            raise RotaBusy(busy)
        return None

    def _new_job(self, hashed: str, key: str | None, lane: Lane, rota: str | None) -> Job:
        return Job(
            id=str(uuid.uuid4()),
            tenant=self._tenant,
            rota=rota,
            lane=lane,
            state=JobState.QUEUED,
            created_at=now(),
            input_hash=hashed,
            idempotency_key=key,
            attempt=0,
            crashes=0,
            stop_requested=False,
            last_event=0,
            progress={},
        )

    def _job(self, session: Session, job_id: str) -> Job:
        query = sa.select(Job).where(Job.id == job_id, Job.tenant == self._tenant)
        job = session.scalars(query).one_or_none()
        if job is None:
            raise UnknownJob
        return job

    def _kept(self, session: Session, job_id: str) -> Job:
        job = self._job(session, job_id)
        if job.purged_at is not None:
            raise PurgedJob
        return job

    def _by_key(self, session: Session, key: str) -> Job | None:
        query = sa.select(Job).where(Job.tenant == self._tenant, Job.idempotency_key == key)
        return session.scalars(query).one_or_none()

    def _waiting(self, session: Session, lane: Lane) -> int:
        query = sa.select(sa.func.count()).select_from(Job)
        waiting = query.where(
            Job.tenant == self._tenant, Job.lane == lane, IS_OPEN, Job.state == JobState.QUEUED
        )
        return session.scalars(waiting).one()

    def _open_of(self, session: Session, rota: str) -> str | None:
        query = sa.select(Job.id).where(Job.tenant == self._tenant, Job.rota == rota, IS_OPEN)
        return session.scalars(query).first()
