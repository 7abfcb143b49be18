"""Connecting to SQLite or PostgreSQL, and migrating the tables."""

import sqlite3
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

BUSY_MILLISECONDS = 30_000
"""How long a SQLite writer waits for another before it gives up."""

_PATIENCE = {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
}
"""How long a PostgreSQL connection may be silent before it counts as lost: seconds, but
`tcp_user_timeout` in milliseconds."""


def connect(database: str) -> sa.Engine:
    """A SQLAlchemy engine for a file name, or for a URL that begins with sqlite: or postgresql:.

    Raises:
        ValueError: the text is neither.
    """
    if "://" not in database:
        database = f"sqlite:///{Path(database).absolute()}"
    try:
        url = make_url(database)
    except ArgumentError:
        url = None
    kind = "" if url is None else url.get_backend_name()
    if url is None or kind not in ("sqlite", "postgresql"):
        raise ValueError(
            "the database is neither a file name nor a URL. Maybe schoolrota.db, or "
            "postgresql://user@host/name?"
        )
    if kind == "postgresql":
        return sa.create_engine(
            url.set(drivername="postgresql+psycopg"),
            hide_parameters=True,
            pool_pre_ping=True,
            pool_size=5,
            max_overflow=15,
            pool_timeout=10,
            connect_args=_PATIENCE,
        )
    engine = sa.create_engine(url, hide_parameters=True, pool_size=10, max_overflow=20)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "checkout", _write_at_once)
    return engine


def away(error: BaseException) -> bool:
    """Whether an error says that the database cannot be used now but may be later: unreachable, out
    of connections, locked for long, full, or read-only."""
    return isinstance(error, (OperationalError, InterfaceError, PoolTimeout)) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    )


def lock_file(engine: sa.Engine, name: str) -> Path | None:
    """The file to lock for working on a SQLite database under a name; None on PostgreSQL."""
    if engine.dialect.name != "sqlite" or engine.url.database is None:
        return None
    return Path(f"{engine.url.database}.{name}.lock")


class NotMigrated(RuntimeError):
    """The tables are of another release, and this one cannot or must not migrate them now."""


def up_to_date(engine: sa.Engine) -> bool:
    """Whether our tables are at this release's version."""
    return _heads(engine) == set(ScriptDirectory.from_config(_config()).get_heads())


def newer(engine: sa.Engine) -> bool:
    """Whether our tables are those of a newer release.

    Releases only add to the tables, so a process that is running already can go on until it is
    replaced.
    """
    scripts = ScriptDirectory.from_config(_config())
    return not _heads(engine) <= {script.revision for script in scripts.walk_revisions()}


def _heads(engine: sa.Engine) -> set[str]:
    with engine.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads())


def migrate(engine: sa.Engine) -> None:
    """Migrate our tables to this release's version, if they are older.

    Raises:
        NotMigrated: they are those of a newer release.
    """
    config = _config()
    if newer(engine):
        raise NotMigrated(
            "The database belongs to a newer release. Maybe use that release, or restore an "
            "earlier backup?"
        )
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            # If two start at once, the second waits and finds nothing left to do.
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(4272726)"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "scheduler.storage:migrations")
    config.set_main_option("path_separator", "os")
    return config


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    connection.execute("PRAGMA foreign_keys=ON")
    if sqlite3.sqlite_version_info < (3, 42):
        # DBOS writes unixepoch('subsec'), which older SQLite libraries answer with NULL.
        connection.create_function("unixepoch", -1, _unix_epoch)


def _write_at_once(connection: sqlite3.Connection, _record: Any, _proxy: Any) -> None:
    # A transaction that reads first and writes later would fail next to another writer. Set at
    # each checkout, because a connection may return to the pool with another isolation level.
    connection.isolation_level = "IMMEDIATE"


def _unix_epoch(*arguments: str) -> float | int:
    return time.time() if "subsec" in arguments else int(time.time())
