"""The database of the service: one engine for SQLite and PostgreSQL, and its migrations."""

import sqlite3
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

BUSY_MILLISECONDS = 30_000
"""How long a writer waits for another before it gives up."""


def connect(database: str) -> sa.Engine:
    """An engine for a file name, or for a URL that begins with sqlite: or postgresql:.

    Raises:
        ValueError: it is neither.
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
            url.set(drivername="postgresql+psycopg"), hide_parameters=True, pool_pre_ping=True
        )
    engine = sa.create_engine(url, hide_parameters=True, pool_size=10, max_overflow=20)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "checkout", _write_at_once)
    return engine


def lock_file(engine: sa.Engine) -> Path | None:
    """Where a service that uses a SQLite file says so; none on PostgreSQL."""
    if engine.dialect.name != "sqlite" or engine.url.database is None:
        return None
    return Path(f"{engine.url.database}.lock")


def migrate(engine: sa.Engine) -> None:
    """Bring our tables to this version's; does nothing where they are."""
    config = Config()
    config.set_main_option("script_location", "scheduler.jobs:migrations")
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(f"PRAGMA busy_timeout={BUSY_MILLISECONDS}")
    connection.execute("PRAGMA foreign_keys=ON")
    if sqlite3.sqlite_version_info < (3, 42):
        # The job engine writes unixepoch('subsec'), which older libraries answer with NULL.
        connection.create_function("unixepoch", -1, _unix_epoch)


def _write_at_once(connection: sqlite3.Connection, _record: Any, _proxy: Any) -> None:
    # A transaction that reads first and writes later would fail beside another writer; and a
    # connection whose isolation level was changed comes back to the pool without this.
    connection.isolation_level = "IMMEDIATE"


def _unix_epoch(*arguments: str) -> float | int:
    return time.time() if "subsec" in arguments else int(time.time())
