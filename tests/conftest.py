"""Databases for the tests of jobs and of the service, and which tests stay together."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Postgres, new_file

SHARING = ("api", "examples")
"""Folders in which the tests of a file share a service or a solve."""

LONG = ("test_openapi",)
"""Files of many long tests, which are better done by both halves."""


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same call
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where tests run beside each other, those that share something stay together."""
    for item in items:
        if item.path.parent.name in SHARING and item.path.stem not in LONG:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))


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
