"""Jobs with their requests, events, checkpoints and answers."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables of jobs."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "job",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("tenant", sa.String(64), nullable=False),
        sa.Column("lane", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("started_at", moment),
        sa.Column("finished_at", moment),
        sa.Column("input_hash", sa.String(64), nullable=False),
        sa.Column("idempotency_key", sa.String(255)),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("crashes", sa.Integer, nullable=False),
        sa.Column("stop_requested", sa.Boolean, nullable=False),
        sa.Column("last_event", sa.Integer, nullable=False),
        sa.Column("progress", sa.JSON, nullable=False),
        sa.Column("result_status", sa.String(16)),
        sa.Column("error", sa.String(1000)),
        sa.Column("evidence", sa.Text),
        sa.UniqueConstraint("tenant", "idempotency_key"),
    )
    op.create_index("job_by_age", "job", ["tenant", "created_at", "id"])
    op.create_index("job_by_state", "job", ["state"])
    op.create_table(
        "job_request",
        _job(),
        sa.Column("request", sa.Text, nullable=False),
    )
    op.create_table(
        "job_event",
        _job(),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("what", sa.JSON, nullable=False),
    )
    op.create_table(
        "job_checkpoint",
        _job(),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("schedule", sa.Text, nullable=False),
    )
    op.create_table(
        "job_answer",
        _job(),
        sa.Column("at", moment, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
    )


def downgrade() -> None:
    """Drop the tables of jobs with their contents."""
    for table in ("job_answer", "job_checkpoint", "job_event", "job_request", "job"):
        op.drop_table(table)


def _job() -> "sa.Column[str]":
    return sa.Column(
        "job_id", sa.String(36), sa.ForeignKey("job.id", ondelete="CASCADE"), primary_key=True
    )
