"""Keep proved bounds with the checkpoint; index jobs so that finished ones cost nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_NOT_PURGED = sa.text("purged_at IS NULL")


def upgrade() -> None:
    """Add two columns and an index of jobs not yet purged; drop the index by state."""
    op.add_column("job_checkpoint", sa.Column("levels", sa.JSON))
    op.add_column("job_checkpoint", sa.Column("claim", sa.String(64)))
    op.drop_index("job_by_state", "job")
    op.drop_index("job_by_end", "job")
    op.create_index(
        "job_by_end",
        "job",
        ["finished_at"],
        sqlite_where=_NOT_PURGED,
        postgresql_where=_NOT_PURGED,
    )


def downgrade() -> None:
    """Restore the former indexes and drop the columns."""
    op.drop_index("job_by_end", "job")
    op.create_index("job_by_end", "job", ["finished_at"])
    op.create_index("job_by_state", "job", ["state"])
    op.drop_column("job_checkpoint", "claim")
    op.drop_column("job_checkpoint", "levels")
