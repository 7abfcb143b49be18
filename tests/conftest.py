"""Databases for the tests of jobs and of the service, and which tests stay together."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.databases import Postgres, new_file

SHARING = ("api", "examples")
"""Folders in which the tests of a file share a service or a solve."""

LONG = ("test_openapi",)
"""Files of many long tests, which are better done by both halves."""


class _SharingTogether(LoadScopeScheduling):  # type: ignore[misc] # the package has no types
    """Test by test to whichever process is free; those that share something as one."""

    def _split_scope(self, nodeid: str) -> str:
        """What stays together: a file, or the test alone."""
        file = Path(nodeid.partition("::")[0])
        return str(file) if file.parent.name in SHARING and file.stem not in LONG else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """Where tests run beside each other."""
    return _SharingTogether(config, log)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server that is started for these tests only."""
    server = Postgres()
    yield server
    server.close()


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """A new database on it."""
    url = postgres.new()
    yield url
    postgres.drop(url)


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database with all tables, to be copied."""
    return new_file(tmp_path_factory.mktemp("migrated") / "jobs.db")


@pytest.fixture
def sqlite_file(migrated: Path, tmp_path: Path) -> Path:
    """A new SQLite database with all tables."""
    place = tmp_path / "jobs.db"
    shutil.copy(migrated, place)
    return place


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """A new database of either kind: what is true of one must be of the other."""
    kind = {"sqlite": "sqlite_file", "postgresql": "postgres_url"}[request.param]
    return str(request.getfixturevalue(kind))
