"""A job that this release cannot read: it is left to workers of the newer release that sent it."""

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from scheduler.jobs.transitions import add_event, end, locked
from scheduler.jobs.workflow_port import Queue
from scheduler.storage.tables import Job, JobState

WAIT = 10.0
"""Seconds that a worker holds a job it cannot read, so that others have time to take it."""

MOST = 60
"""Attempts after which no worker can be expected to read it."""

log = structlog.get_logger()


def leave(engine: sa.Engine, queue: Queue, job_id: str) -> None:
    """Put the job back for another worker; after `MOST` attempts, fail it."""
    with Session(engine) as session, session.begin():
        job = locked(session, job_id, Job.state == JobState.RUNNING)
        if job is None:
            return
        lane, attempt = job.lane, job.attempt
        if attempt >= MOST:
            said = "No worker could read this job. Maybe bring all workers to the newest release?"
            end(session, job, JobState.FAILED, None, said)
            return
        job.state = JobState.QUEUED
        add_event(session, job, "state", {"state": JobState.QUEUED, "attempt": attempt})
    log.warning("job is of another release", job=job_id, attempt=attempt)
    queue.defer(job_id, lane)
