"""Where a OneRoster server gives tokens, if not below its own address."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column more."""
    op.add_column("pull_source", sa.Column("token_url", sa.String(2048)))


def downgrade() -> None:
    """Without it."""
    op.drop_column("pull_source", "token_url")
