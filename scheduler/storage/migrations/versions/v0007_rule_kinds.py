"""Requests, rotas, versions and answers name rules by their kinds of today."""

import sqlalchemy as sa
from alembic import op

from scheduler.storage.migrations.stored_documents import rewrite
from scheduler.upgrade.step_1_rule_kinds import STEP

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

DOCUMENTS = (
    ("job_request", ("job_id",), "request"),
    ("rota", ("tenant", "id"), "definition"),
    ("rota_revision", ("tenant", "rota", "revision"), "definition"),
    ("rota_version", ("tenant", "rota", "number"), "request"),
)
ANSWERS = (
    ("job_answer", ("job_id",), "result"),
    ("rota_version", ("tenant", "rota", "number"), "result"),
)
"""Tables, with their keys and the column that is rewritten."""


def upgrade() -> None:
    """Rewrite what is stored. Hashes stay: they say what was sent, and what was solved."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        # Until the transaction ends, the wall between tenants lets us through.
        connection.execute(sa.text("SELECT set_config('schoolrota.tenant', '*', true)"))
    for table, key, column in DOCUMENTS:
        rewrite(connection, table, key, column, STEP.of_text)
    for table, key, column in ANSWERS:
        rewrite(connection, table, key, column, STEP.of_result_text)


def downgrade() -> None:
    """Nothing: a release that reads the old kinds only is restored from a backup."""
