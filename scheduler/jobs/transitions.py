"""The state transitions of a job, each within the caller's transaction."""

import time
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.answer.result import Level, Result
from models.answer.schedule import Schedule
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.report.answer import best_so_far, claim_of
from scheduler.search.superfluous import pruned
from scheduler.storage.clock import now
from scheduler.storage.outbox import add_message
from scheduler.storage.row_lock import lock_row
from scheduler.storage.tables import (
    Checkpoint,
    Job,
    JobAnswer,
    JobEventRow,
    JobRequestRow,
    JobState,
)
from scheduler.upgrade import stored

PRUNING = 0.5
"""Seconds in which placements that no rule needs are taken out of a checkpoint's schedule."""


def locked(session: Session, job_id: str, *conditions: sa.ColumnElement[bool]) -> Job | None:
    """A job that meets the conditions, locked against other writers until the transaction ends."""
    return lock_row(session, Job, job_id, Job.attempt, *conditions)


def add_event(session: Session, job: Job, kind: str, what: dict[str, Any]) -> None:
    """Record that something happened; the job's row must be locked or new."""
    job.last_event += 1
    session.add(
        JobEventRow(
            job_id=job.id,
            number=job.last_event,
            attempt=job.attempt,
            kind=kind,
            at=now(),
            what=what,
        )
    )


def end(
    session: Session, job: Job, state: JobState, result: Result | None, error: str | None = None
) -> None:
    """Move a job to its final state; its row must be locked."""
    job.state = state
    job.finished_at = now()
    job.error = error
    if result is not None:
        job.result_status = result.status
        # Another than at first if a newer release has rewritten the request meanwhile.
        job.input_hash = result.receipt.input_hash
        job.progress = {
            **job.progress,
            "levels": [level.model_dump(mode="json") for level in result.levels],
        }
        session.add(JobAnswer(job_id=job.id, at=now(), result=result.model_dump_json()))
    what = {"state": state, "status": job.result_status, "error": error}
    add_event(session, job, "state", {name: said for name, said in what.items() if said})
    session.execute(sa.delete(Checkpoint).where(Checkpoint.job_id == job.id))
    add_message(session, job.tenant, "job.ended", {"job": job.id, "state": state, "rota": job.rota})


def purge(session: Session, before: datetime, most: int) -> int:
    """Remove the contents of at most `most` jobs that ended before a moment; returns how many.

    Their rows stay, so that a caller learns that there was such a job; their idempotency keys can
    be used again.
    """
    old = list(
        session.scalars(
            sa.select(Job.id).where(Job.finished_at < before, Job.purged_at.is_(None)).limit(most)
        )
    )
    if old:
        for table in (JobRequestRow, JobEventRow, Checkpoint, JobAnswer):
            session.execute(sa.delete(table).where(table.job_id.in_(old)))
        session.execute(
            sa.update(Job)
            .where(Job.id.in_(old))
            .values(purged_at=now(), idempotency_key=None, evidence=None, progress={})
        )
    return len(old)


def unfinished(session: Session, job: Job, note: str, *, goes_on: bool = False) -> Result | None:
    """The answer made from the last checkpoint of a job; None without a checkpoint.

    Without placements that no rule needs, unless the job goes on: what its search shows later must
    not look worse than what was shown before.
    """
    kept = session.get(Checkpoint, job.id)
    if kept is None:
        return None
    request = request_of(session, job)
    case, until = Case(request), time.monotonic() + PRUNING
    last = Schedule.model_validate_json(kept.schedule)
    return best_so_far(
        case,
        last if goes_on else pruned(case, last, lambda: time.monotonic() > until),
        proved(request, kept),
        seconds=job.progress.get("seconds", 0.0),
        note=note,
    )


def proved(request: RotaRequest, kept: Checkpoint | None) -> tuple[Level, ...]:
    """Values and bounds of a checkpoint, if they belong to this request under this release's
    rules."""
    if kept is None or kept.claim != claim_of(request):
        return ()
    return tuple(Level.model_validate(level) for level in kept.levels or ())


def levels(job: Job) -> list[Level]:
    """The value and bound known for each priority."""
    return [Level.model_validate(level) for level in job.progress.get("levels", ())]


def request_of(session: Session, job: Job) -> RotaRequest:
    """The request that was sent."""
    return RotaRequest.model_validate_json(stored(session.get_one(JobRequestRow, job.id).request))
