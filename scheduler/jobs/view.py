"""A job as callers see it."""

from datetime import datetime
from typing import Any

from pydantic import Field

from models.value import Value
from scheduler.jobs.transitions import levels
from scheduler.storage.pagination import Page
from scheduler.storage.tables import Job, JobState, Lane


class PriorityProgress(Value):
    """Progress at one priority."""

    priority: int = Field(description="The number of the priority; 1 comes first.")
    title: str = Field("", description="What it is about, in a few words.")
    value: int = Field(description="The cost of the best schedule so far, by the checker.")
    bound: int = Field(
        description="No schedule that does as well at the priorities before this can cost less."
    )
    gap: int = Field(description="Value minus bound; at 0 the priority is proved optimal.")


class JobView(Value):
    """A job: its state, and how good its best schedule is so far."""

    id: str = Field(description="The id of the job.")
    state: JobState = Field(description="Where it is in its life.")
    lane: Lane = Field(description="The queue that it waits in.")
    rota: str | None = Field(None, description="The living rota that the job belongs to.")
    created_at: datetime = Field(description="When it was submitted.")
    started_at: datetime | None = Field(None, description="When a worker began it; null before.")
    finished_at: datetime | None = Field(None, description="When it ended; null before.")
    purged_at: datetime | None = Field(
        None, description="When the request and the answer were removed by retention."
    )
    attempt: int = Field(
        description="How many times a worker has begun the job; above 1 after a restart."
    )
    stop_requested: bool = Field(
        description="Whether somebody asked to stop it and keep the best schedule."
    )
    stage: str | None = Field(
        None, description="One of reading, compiling, solving, explaining and checking."
    )
    seconds: float = Field(
        0, description="Seconds that this attempt had run at the last progress report."
    )
    priority: int | None = Field(None, description="The priority being worked on.")
    levels: tuple[PriorityProgress, ...] = Field((), description="How far each priority has come.")
    status: str | None = Field(
        None, description="The result: optimal, feasible, impossible or unknown."
    )
    error: str | None = Field(None, description="Why the job failed, in a sentence.")
    input_hash: str = Field(description="SHA-256 of the request's canonical JSON.")
    last_event: int = Field(description="The number of its newest event.")


class DerivedJobView(JobView):
    """A job that was derived from another, or from a published rota."""

    near: str = Field(
        description="What it stays near, or why it need not stay near anything, in a sentence."
    )


class JobEvent(Value):
    """Something that happened to a job."""

    number: int
    kind: str
    what: dict[str, Any]


class JobPage(Page):
    """A page of jobs, the newest first."""

    items: tuple[JobView, ...] = Field(description="The jobs of this page.")


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
                title=level.title,
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
