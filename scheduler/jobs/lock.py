"""A name that only one process at a time may work under."""

import hashlib
from contextlib import suppress
from typing import IO

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from scheduler.storage.database import lock_file

_HOLDERS = """
    SELECT pg_terminate_backend(pid) FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid::bigint = :high AND objid::bigint = :low
"""

_NOTICED = """
    SELECT set_config('tcp_keepalives_idle', '10', false),
    set_config('tcp_keepalives_interval', '5', false),
    set_config('tcp_keepalives_count', '3', false)
"""
"""Makes the server notice that the machine of a session is lost, and free its locks."""


class AlreadyRunning(RuntimeError):
    """Another process is working on the same database under the same name."""


class Lock:
    """Held from `take` until `release`, or until the process ends, however it ends.

    On PostgreSQL it belongs to a session of its own, and also ends with that session.
    """

    def __init__(self, engine: sa.Engine, name: str) -> None:
        self._engine = engine
        self._name = name
        self._file: IO[str] | None = None
        self._connection: sa.Connection | None = None

    def take(self) -> None:
        """Take the name.

        Raises:
            AlreadyRunning: it is taken.
        """
        path = lock_file(self._engine, self._name)
        if path is None:
            self._connection = self._engine.connect().execution_options(
                isolation_level="AUTOCOMMIT"
            )
            self._connection.execute(sa.text(_NOTICED))
            free = self._connection.scalar(
                sa.text("SELECT pg_try_advisory_lock(:key)"), {"key": self._key}
            )
        else:
            self._file = path.open("w")
            free = _lock(self._file)
        if not free:
            self.release()
            raise AlreadyRunning(
                "Another service is working on this database under the same name. Maybe stop it, "
                "or give this one another name or database?"
            )

    def still_held(self) -> bool:
        """Whether the lock is still held; notices here that a session has ended, for example by a
        restart of PostgreSQL."""
        if self._connection is None:
            return self._file is not None
        try:
            self._connection.scalar(sa.text("SELECT 1"))
        except SQLAlchemyError:
            self.release()
            return False
        return True

    def release(self) -> None:
        """Give the name back."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._connection is not None:
            with suppress(SQLAlchemyError):
                # Explicitly, because the server may need a moment to see that a session has ended.
                self._connection.execute(sa.text("SELECT pg_advisory_unlock_all()"))
            # Not back into the pool, where the session would keep its settings.
            with suppress(SQLAlchemyError):
                self._connection.invalidate()
            with suppress(SQLAlchemyError):
                self._connection.close()
            self._connection = None

    def break_open(self) -> bool:
        """End the session of the holder, and say whether that was possible."""
        if not self.lingers:
            return False
        high, low = (self._key >> 32) & 0xFFFFFFFF, self._key & 0xFFFFFFFF
        with self._engine.connect() as connection:
            connection.execute(sa.text(_HOLDERS), {"high": high, "low": low})
        return True

    @property
    def lingers(self) -> bool:
        """Whether the lock may outlive its process for a moment."""
        return lock_file(self._engine, self._name) is None

    @property
    def _key(self) -> int:
        """The name as PostgreSQL takes it: a signed 64-bit number."""
        hashed = hashlib.sha256(f"schoolrota {self._name}".encode()).digest()
        return int.from_bytes(hashed[:8], "big", signed=True)


def _lock(file: IO[str]) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows: a second service is not noticed
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
