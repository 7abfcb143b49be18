"""Tenants, keys, the register, living rotas, nights, the audit log, and row-level security."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

OWNED = (
    "audit",
    "register_version",
    "register_entry",
    "register_source",
    "register_import",
    "rota",
    "rota_revision",
    "rota_work",
    "rota_version",
    "rota_acknowledgement",
    "night",
)
OF_JOBS = ("job_request", "job_event", "job_checkpoint", "job_answer")

OURS = (
    "({column} = current_setting('schoolrota.tenant', true)"
    " OR current_setting('schoolrota.tenant', true) = '*')"
)


def upgrade() -> None:
    """Create the tables, then the policies that separate tenants."""
    _tenants()
    _register()
    _rotas()
    _append_only()
    if op.get_bind().dialect.name == "postgresql":
        _wall()


def downgrade() -> None:
    """Drop them with their contents."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    if postgresql:
        for table in ("job", *OF_JOBS):
            op.execute(f"DROP POLICY of_tenant ON {table}")
            op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
            op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    for table in (*reversed(OWNED), "key", "tenant"):
        op.drop_table(table)
    if postgresql:
        op.execute("DROP FUNCTION audit_stays()")


def _tenants() -> None:
    op.create_table(
        "tenant",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("salt", sa.String(64), nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("register_version", sa.Integer, nullable=False),
        sa.Column("audit_number", sa.Integer, nullable=False),
        sa.Column("audit_hash", sa.String(64), nullable=False),
    )
    op.create_table(
        "key",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("tenant", sa.String(64), nullable=False, index=True),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("schools", sa.JSON),
        sa.Column("person", sa.String(64)),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.String(16)),
        sa.Column("expires_at", MOMENT),
        sa.Column("revoked_at", MOMENT),
        sa.Column("last_used_at", MOMENT),
    )
    _create(
        "audit",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("key", sa.String(16)),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("object", sa.String(200), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )


def _register() -> None:
    _create(
        "register_version",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("key", sa.String(16)),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("import_id", sa.String(36)),
    )
    _create(
        "register_entry",
        sa.Column("kind", sa.String(16), primary_key=True),
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("since", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("until", sa.Integer),
        sa.Column("body", sa.JSON, nullable=False),
    )
    op.create_index("register_now", "register_entry", ["tenant", "until"])
    _create(
        "register_source",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("applies", sa.JSON, nullable=False),
    )
    _create(
        "register_import",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("key", sa.String(16)),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("statement", sa.Text, nullable=False),
        sa.Column("changes", sa.Text, nullable=False),
        sa.Column("applied", sa.JSON),
    )


def _rotas() -> None:
    _create(
        "rota",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("definition", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("versions", sa.Integer, nullable=False),
        sa.Column("published", sa.Integer),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("time_zone", sa.String(64), nullable=False),
        sa.Column("nightly", sa.Boolean, nullable=False),
        sa.Column("first", sa.Date, nullable=False),
        sa.Column("last", sa.Date, nullable=False),
    )
    _create(
        "rota_revision",
        sa.Column("rota", sa.String(64), primary_key=True),
        sa.Column("revision", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("key", sa.String(16)),
        sa.Column("definition", sa.Text, nullable=False),
    )
    _create(
        "rota_work",
        sa.Column("job_id", sa.String(36), primary_key=True),
        sa.Column("rota", sa.String(64), nullable=False, index=True),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("parent", sa.Integer),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("register_version", sa.Integer, nullable=False),
        sa.Column("author", sa.String(200), nullable=False),
        sa.Column("key", sa.String(16)),
        sa.Column("night", sa.Date),
        sa.Column("settled", sa.Boolean, nullable=False),
    )
    _create(
        "rota_version",
        sa.Column("rota", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("parent", sa.Integer),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("register_version", sa.Integer, nullable=False),
        sa.Column("job_id", sa.String(36)),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("author", sa.String(200), nullable=False),
        sa.Column("input_hash", sa.String(64), nullable=False),
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("note", sa.JSON, nullable=False),
        sa.Column("published_at", MOMENT),
        sa.Column("published_by", sa.String(200)),
        sa.Column("superseded_at", MOMENT),
    )
    holds = sa.text("state = 'published'")
    op.create_index(
        "rota_holds",
        "rota_version",
        ["tenant", "rota"],
        unique=True,
        sqlite_where=holds,
        postgresql_where=holds,
    )
    _create(
        "rota_acknowledgement",
        sa.Column("rota", sa.String(64), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("person", sa.String(64), primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("key", sa.String(16)),
    )
    _create(
        "night",
        sa.Column("rota", sa.String(64), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("job_id", sa.String(36)),
        sa.Column("input_hash", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer),
        sa.Column("note", sa.JSON, nullable=False),
    )


def _create(name: str, *columns: "sa.Column[object]") -> None:
    op.create_table(name, sa.Column("tenant", sa.String(64), primary_key=True), *columns)


def _append_only() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_stays()"
        )
        return
    for what in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER audit_stays_{what.lower()} BEFORE {what} ON audit "
            "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
        )


def _wall() -> None:
    walls = {
        "tenant": OURS.format(column="id"),
        **{table: OURS.format(column="tenant") for table in ("job", "key", *OWNED)},
        # Seen through the wall around jobs itself.
        **{t: f"EXISTS (SELECT 1 FROM job WHERE job.id = {t}.job_id)" for t in OF_JOBS},
    }
    for table, ours in walls.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY of_tenant ON {table} USING ({ours}) WITH CHECK ({ours})")
