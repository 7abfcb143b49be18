"""A job as callers see it."""

from datetime import datetime
from typing import Any

from pydantic import Field

from models.value import Value
from scheduler.jobs.transitions import levels
from scheduler.storage.tables import Job, JobState, Lane


class PriorityProgress(Value):
    """How far one priority has come."""

    priority: int
    value: int = Field(description="Cost reached, by the checker.")
    bound: int = Field(
        description="No schedule that does as well at the priorities before can cost less."
    )
    gap: int = Field(description="Value less bound; at 0 the priority is proved.")


class JobView(Value):
    """A job: where it is in its life, and how good its best schedule is so far."""

    id: str
    state: JobState
    lane: Lane = Field(description="What it waits behind.")
    rota: str | None = Field(None, description="The living rota that it is for.")
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    purged_at: datetime | None = Field(
        None, description="When what was sent and what came of it were removed."
    )
    attempt: int = Field(description="How often a worker has begun it; above 1 after a restart.")
    stop_requested: bool = Field(description="Somebody asked to stop it and keep the best.")
    stage: str | None = Field(None, description="compiling, solving, explaining or checking.")
    seconds: float = Field(0, description="Of this attempt, as of the last progress.")
    priority: int | None = Field(None, description="The priority being worked on.")
    levels: tuple[PriorityProgress, ...] = ()
    status: str | None = Field(
        None, description="How it ended: optimal, feasible, impossible or unknown."
    )
    error: str | None = Field(None, description="Why it failed, in a sentence.")
    input_hash: str = Field(description="SHA-256 of the request's canonical JSON.")
    last_event: int = Field(description="The id of its newest event.")


class JobEvent(Value):
    """Something that happened to a job."""

    number: int
    kind: str
    what: dict[str, Any]


class JobPage(Value):
    """Some of the jobs, the newest first."""

    jobs: tuple[JobView, ...]
    next: str | None = Field(None, description="The cursor of the next page; none at the end.")


def view(job: Job) -> JobView:
    """A row as callers see it."""
    return JobView(
        id=job.id,
        state=JobState(job.state),
        lane=Lane(job.lane),
        rota=job.rota,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        purged_at=job.purged_at,
        attempt=job.attempt,
        stop_requested=job.stop_requested,
        stage=job.progress.get("stage"),
        seconds=job.progress.get("seconds", 0.0),
        priority=job.progress.get("priority"),
        levels=tuple(
            PriorityProgress(
                priority=level.priority,
                value=level.value,
                bound=level.bound,
                gap=level.value - level.bound,
            )
            for level in levels(job)
        ),
        status=job.result_status,
        error=job.error,
        input_hash=job.input_hash,
        last_event=job.last_event,
    )
