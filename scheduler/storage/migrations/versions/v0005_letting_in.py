"""How a OneRoster server authenticates us: by tokens from an address, or by signed calls."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two columns."""
    op.add_column("pull_source", sa.Column("token_url", sa.String(2048)))
    signed = sa.Column("signed", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("pull_source", signed)


def downgrade() -> None:
    """Drop them."""
    op.drop_column("pull_source", "signed")
    op.drop_column("pull_source", "token_url")
