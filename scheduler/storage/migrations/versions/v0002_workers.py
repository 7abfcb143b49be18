"""Workers that watch each other, one open job per rota, and jobs whose contents were purged."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('queued', 'running')")
OPEN_OF_A_ROTA = sa.text("rota IS NOT NULL AND state IN ('queued', 'running')")


def upgrade() -> None:
    """Add the columns and tables by which several workers share the jobs."""
    moment = sa.DateTime(timezone=True)
    op.add_column("job", sa.Column("rota", sa.String(64)))
    op.add_column("job", sa.Column("worker", sa.String(64)))
    op.add_column("job", sa.Column("stop_requested_at", moment))
    op.add_column("job", sa.Column("purged_at", moment))
    op.create_index("job_by_end", "job", ["finished_at"])
    op.create_index("job_open", "job", ["tenant", "lane"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index(
        "job_one_open_per_rota",
        "job",
        ["tenant", "rota"],
        unique=True,
        sqlite_where=OPEN_OF_A_ROTA,
        postgresql_where=OPEN_OF_A_ROTA,
    )
    op.create_table(
        "worker",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("counter", sa.BigInteger, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("version", sa.String(32), nullable=False),
        sa.Column("slots", sa.JSON, nullable=False),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("seen_at", moment, nullable=False),
        sa.Column("adoptions", sa.Integer, nullable=False),
    )
    op.execute("UPDATE job SET tenant = 'default' WHERE tenant = 'local'")


def downgrade() -> None:
    """Drop them."""
    op.drop_table("worker")
    for index in ("job_one_open_per_rota", "job_open", "job_by_end"):
        op.drop_index(index, "job")
    with op.batch_alter_table("job") as job:
        for column in ("purged_at", "stop_requested_at", "worker", "rota"):
            job.drop_column(column)
