"""Rewrite the kinds of rules in stored requests, rotas, versions and answers."""

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
    """Rewrite the documents. Input hashes stay: they are of the request as sent, or as solved."""
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        # Row-level security hides every tenant without it; until the transaction ends.
        connection.execute(sa.text("SELECT set_config('schoolrota.tenant', '*', true)"))
    for table, key, column in DOCUMENTS:
        rewrite(connection, table, key, column, STEP.of_text)
    for table, key, column in ANSWERS:
        rewrite(connection, table, key, column, STEP.of_result_text)


def downgrade() -> None:
    """Do nothing; an older release needs a backup from before the migration."""
