"""Webhooks with deliveries, calendar feeds with events, and the sources that are pulled."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

TABLES = (
    "webhook",
    "webhook_message",
    "webhook_delivery",
    "feed",
    "calendar_event",
    "pull_source",
)

OURS = (
    "(tenant = current_setting('schoolrota.tenant', true)"
    " OR current_setting('schoolrota.tenant', true) = '*')"
)


def upgrade() -> None:
    """Create the tables, separated by tenant like the others."""
    _webhooks()
    _calendars()
    _create(
        "pull_source",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("school", sa.String(255)),
        sa.Column("base", sa.String(2048), nullable=False),
        sa.Column("client", sa.String(255), nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("nightly", sa.Boolean, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("pulled_at", MOMENT),
        sa.Column("said", sa.String(500)),
    )
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY of_tenant ON {table} USING ({OURS}) WITH CHECK ({OURS})")


def downgrade() -> None:
    """Drop them with their contents."""
    for table in reversed(TABLES):
        op.drop_table(table)


def _webhooks() -> None:
    _create(
        "webhook",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("url", sa.String(2048), nullable=False),
        sa.Column("types", sa.JSON, nullable=False),
        sa.Column("secret", sa.String(64), nullable=False),
        sa.Column("old_secret", sa.String(64)),
        sa.Column("old_until", MOMENT),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
    )
    _create(
        "webhook_message",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    _create(
        "webhook_delivery",
        sa.Column("webhook", sa.String(36), primary_key=True),
        sa.Column("message", sa.String(40), primary_key=True),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("claim", sa.String(36)),
        sa.Column("tried_at", MOMENT),
        sa.Column("status", sa.Integer),
    )
    op.create_index("webhook_due", "webhook_delivery", ["state", "next_at"])


def _calendars() -> None:
    _create(
        "feed",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("revoked_at", MOMENT),
    )
    _create(
        "calendar_event",
        sa.Column("uid", sa.String(64), primary_key=True),
        sa.Column("rota", sa.String(64), nullable=False, index=True),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("starts", MOMENT, nullable=False),
        sa.Column("ends", MOMENT, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("cancelled", sa.Boolean, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
    )
    op.create_index("calendar_of", "calendar_event", ["tenant", "subject"])


def _create(name: str, *columns: "sa.Column[object]") -> None:
    op.create_table(name, sa.Column("tenant", sa.String(64), primary_key=True), *columns)
