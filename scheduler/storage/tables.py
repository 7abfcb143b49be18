"""The tables of jobs: jobs, requests, events, checkpoints, answers and workers."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class JobState(StrEnum):
    """The state of a job; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    """There is an answer, if only that the request is impossible."""
    CANCELLED = "cancelled"
    """Somebody stopped it; the best schedule found is kept."""
    FAILED = "failed"
    """A fault of the service, or too little memory; the best schedule found is kept."""

    @property
    def over(self) -> bool:
        """Whether the state is final."""
        return self in (JobState.DONE, JobState.CANCELLED, JobState.FAILED)


OPEN = (JobState.QUEUED, JobState.RUNNING)
"""The states of an unfinished job."""


class Lane(StrEnum):
    """The queue that a job waits in; each lane has its own slots."""

    INTERACTIVE = "interactive"
    """Somebody is waiting for the answer."""
    NIGHTLY = "nightly"
    """Nobody needs the answer before the morning."""


class WorkerState(StrEnum):
    """The state of a worker."""

    ACTIVE = "active"
    LEFT = "left"
    """It was stopped, and handed its jobs on."""
    GONE = "gone"
    """It fell silent, and a peer took its jobs over."""


DEFAULT_TENANT = "default"
"""The tenant of a service that has only one tenant."""


class Moment(sa.TypeDecorator[datetime]):
    """A point in time, always aware and in UTC; SQLite would drop the zone."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """To the database."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """From the database."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class TableRow(DeclarativeBase):
    """A row of one of our tables."""

    type_annotation_map = {datetime: Moment(), dict[str, Any]: sa.JSON(), JobState: sa.String(16)}


_OPEN = sa.text("state IN ('queued', 'running')")
_OPEN_OF_A_ROTA = sa.text("rota IS NOT NULL AND state IN ('queued', 'running')")
_NOT_PURGED = sa.text("purged_at IS NULL")


class Job(TableRow):
    """One request's job."""

    __tablename__ = "job"
    __table_args__ = (
        sa.UniqueConstraint("tenant", "idempotency_key"),
        sa.Index("job_by_age", "tenant", "created_at", "id"),
        sa.Index(
            "job_by_end", "finished_at", sqlite_where=_NOT_PURGED, postgresql_where=_NOT_PURGED
        ),
        sa.Index("job_open", "tenant", "lane", sqlite_where=_OPEN, postgresql_where=_OPEN),
        sa.Index(
            "job_one_open_per_rota",
            "tenant",
            "rota",
            unique=True,
            sqlite_where=_OPEN_OF_A_ROTA,
            postgresql_where=_OPEN_OF_A_ROTA,
        ),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    tenant: Mapped[str] = mapped_column(sa.String(64))
    rota: Mapped[str | None] = mapped_column(sa.String(64))
    """The living rota that it belongs to; a rota has at most one unfinished job."""
    lane: Mapped[str] = mapped_column(sa.String(32))
    state: Mapped[str] = mapped_column(sa.String(16))
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    input_hash: Mapped[str] = mapped_column(sa.String(64))
    idempotency_key: Mapped[str | None] = mapped_column(sa.String(255))
    attempt: Mapped[int]
    """How many times a worker has begun it; writes of earlier attempts are refused."""
    crashes: Mapped[int]
    """Attempts that ended with a crash."""
    worker: Mapped[str | None] = mapped_column(sa.String(64))
    """The worker that began it last."""
    stop_requested: Mapped[bool]
    stop_requested_at: Mapped[datetime | None]
    purged_at: Mapped[datetime | None]
    """When everything that belongs to it was removed except this row."""
    last_event: Mapped[int]
    """The number of the newest event."""
    progress: Mapped[dict[str, Any]]
    """The last progress report, without its schedule."""
    result_status: Mapped[str | None] = mapped_column(sa.String(16))
    error: Mapped[str | None] = mapped_column(sa.String(1000))
    """A sentence for people; it never quotes a value of the request."""
    evidence: Mapped[str | None] = mapped_column(sa.Text(), deferred=True)
    """The schedule about which the search and the checker disagree."""


IS_OPEN = Job.state.in_([sa.literal_column(f"'{state}'") for state in OPEN])
"""Whether a job is unfinished; with literal states, because a partial index is used only if the
statement's text shows that it applies."""


class JobRequestRow(TableRow):
    """The request of a job, as canonical JSON."""

    __tablename__ = "job_request"

    job_id: Mapped[str] = mapped_column(
        sa.ForeignKey("job.id", ondelete="CASCADE"), primary_key=True
    )
    request: Mapped[str] = mapped_column(sa.Text())


class JobEventRow(TableRow):
    """Something that happened to a job, numbered from 1."""

    __tablename__ = "job_event"

    job_id: Mapped[str] = mapped_column(
        sa.ForeignKey("job.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    attempt: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(16))
    at: Mapped[datetime]
    what: Mapped[dict[str, Any]]


class Checkpoint(TableRow):
    """The best checked schedule of an unfinished job: it is shown, and the next attempt starts from
    it."""

    __tablename__ = "job_checkpoint"

    job_id: Mapped[str] = mapped_column(
        sa.ForeignKey("job.id", ondelete="CASCADE"), primary_key=True
    )
    attempt: Mapped[int]
    at: Mapped[datetime]
    schedule: Mapped[str] = mapped_column(sa.Text())
    levels: Mapped[list[dict[str, Any]] | None] = mapped_column(sa.JSON(none_as_null=True))
    """The values and bounds that had been proved."""
    claim: Mapped[str | None] = mapped_column(sa.String(64))
    """A fingerprint of the request and rules that they are about; for others they do not hold."""


class JobAnswer(TableRow):
    """The answer of a job; written once, never changed."""

    __tablename__ = "job_answer"

    job_id: Mapped[str] = mapped_column(
        sa.ForeignKey("job.id", ondelete="CASCADE"), primary_key=True
    )
    at: Mapped[datetime]
    result: Mapped[str] = mapped_column(sa.Text())


class WorkerRow(TableRow):
    """A worker as its peers see it: alive as long as its counter increases."""

    __tablename__ = "worker"

    name: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    counter: Mapped[int] = mapped_column(sa.BigInteger)
    """Increases while the worker lives. Nobody compares clocks."""
    state: Mapped[str] = mapped_column(sa.String(16))
    version: Mapped[str] = mapped_column(sa.String(32))
    slots: Mapped[dict[str, Any]]
    """Jobs solved at once, by lane."""
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    """For people to read; no decision uses it."""
    adoptions: Mapped[int]
    """How many of its jobs peers have taken over."""
