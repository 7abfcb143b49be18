"""Links that sign people in to the pages, and who is signed in."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

OURS = (
    "(tenant = current_setting('schoolrota.tenant', true)"
    " OR current_setting('schoolrota.tenant', true) = '*')"
)


def upgrade() -> None:
    """Create the tables, separated by tenant like the others."""
    _create("sign_in_link", sa.Column("expires_at", MOMENT, nullable=False))
    _create(
        "page_session",
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
    )


def downgrade() -> None:
    """Drop them: everybody has to sign in again."""
    op.drop_table("page_session")
    op.drop_table("sign_in_link")


def _create(table: str, *columns: "sa.Column[object]") -> None:
    op.create_table(
        table,
        sa.Column("tenant", sa.String(64), primary_key=True),
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("key", sa.String(16), nullable=False, index=True),
        *columns,
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY of_tenant ON {table} USING ({OURS}) WITH CHECK ({OURS})")
