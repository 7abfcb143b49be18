"""The tables of the service: jobs, what was sent, what happened, and what came of it."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class State(StrEnum):
    """Where a job is in its life; the last three are ends."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    """There is an answer, if only that the request is impossible."""
    CANCELLED = "cancelled"
    """Somebody stopped it; the best schedule found is kept."""
    FAILED = "failed"
    """A fault of ours, or too little memory; the best schedule found is kept."""

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self in (State.DONE, State.CANCELLED, State.FAILED)


class Moment(sa.TypeDecorator[datetime]):
    """A point in time, always aware and in UTC; SQLite would forget the zone."""

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


class Table(DeclarativeBase):
    """A row of one of our tables."""

    type_annotation_map = {datetime: Moment(), dict[str, Any]: sa.JSON(), State: sa.String(16)}


class Job(Table):
    """One request's life."""

    __tablename__ = "job"
    __table_args__ = (
        sa.UniqueConstraint("tenant", "idempotency_key"),
        sa.Index("job_by_age", "tenant", "created_at", "id"),
        sa.Index("job_by_state", "state"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    tenant: Mapped[str] = mapped_column(sa.String(64))
    lane: Mapped[str] = mapped_column(sa.String(32))
    state: Mapped[str] = mapped_column(sa.String(16))
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    input_hash: Mapped[str] = mapped_column(sa.String(64))
    idempotency_key: Mapped[str | None] = mapped_column(sa.String(255))
    attempt: Mapped[int]
    """Counts the times that a worker began; a write of an earlier attempt is refused."""
    crashes: Mapped[int]
    """Attempts that ended without a word."""
    stop_requested: Mapped[bool]
    last_event: Mapped[int]
    """The number of the newest event."""
    progress: Mapped[dict[str, Any]]
    """The last progress without its schedule."""
    result_status: Mapped[str | None] = mapped_column(sa.String(16))
    error: Mapped[str | None] = mapped_column(sa.String(1000))
    """A sentence for people; never a value of the request."""
    evidence: Mapped[str | None] = mapped_column(sa.Text(), deferred=True)
    """The schedule about which the search and the checker disagree."""


class Sent(Table):
    """What was sent with a job: the request, canonical."""

    __tablename__ = "job_request"

    job_id: Mapped[str] = mapped_column(
        sa.ForeignKey("job.id", ondelete="CASCADE"), primary_key=True
    )
    request: Mapped[str] = mapped_column(sa.Text())


class Event(Table):
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


class Checkpoint(Table):
    """The best checked schedule of a job that is not over: shown, and started from again."""

    __tablename__ = "job_checkpoint"

    job_id: Mapped[str] = mapped_column(
        sa.ForeignKey("job.id", ondelete="CASCADE"), primary_key=True
    )
    attempt: Mapped[int]
    at: Mapped[datetime]
    schedule: Mapped[str] = mapped_column(sa.Text())


class Answer(Table):
    """What came of a job; written once, never changed."""

    __tablename__ = "job_answer"

    job_id: Mapped[str] = mapped_column(
        sa.ForeignKey("job.id", ondelete="CASCADE"), primary_key=True
    )
    at: Mapped[datetime]
    result: Mapped[str] = mapped_column(sa.Text())
