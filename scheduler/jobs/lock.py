"""A name that only one process at a time may work under."""

from contextlib import suppress
from typing import IO

import sqlalchemy as sa

from scheduler.jobs.database import lock_file


class AlreadyRunning(RuntimeError):
    """Another process works on the same database under the same name."""


class Lock:
    """Held from `take` until `release`, or until the process ends in whatever way."""

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
        path = lock_file(self._engine)
        if path is None:
            self._connection = self._engine.connect().execution_options(
                isolation_level="AUTOCOMMIT"
            )
            free = self._connection.scalar(
                sa.text("SELECT pg_try_advisory_lock(hashtext(:name))"), {"name": self._name}
            )
        else:
            self._file = path.open("w")
            free = _lock(self._file)
        if not free:
            self.release()
            raise AlreadyRunning(
                "Another service works on this database. Maybe stop it, or name another one?"
            )

    def release(self) -> None:
        """Give the name back."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._connection is not None:
            # Not back into the pool, where the session would keep the lock.
            with suppress(sa.exc.DBAPIError):
                self._connection.invalidate()
            self._connection.close()
            self._connection = None


def _lock(file: IO[str]) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows: the second service is not noticed
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
