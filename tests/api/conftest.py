"""A service for the tests of the API: one in a process of its own, one without a worker."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.app import create_app
from api.settings import Settings
from tests.api.live import KEY, WITH_KEY, Live


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    """A running service of one's own."""
    service = Live(tmp_path)
    try:
        service.start()
        yield service
    finally:
        service.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """A running service for tests that neither stop it nor count what is in it."""
    service = Live(tmp_path_factory.mktemp("shared"))
    try:
        service.start()
        yield service
    finally:
        service.close()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service that accepts jobs and solves none."""
    database = tmp_path_factory.mktemp("api") / "schoolrota.db"
    settings = Settings(
        database=str(database), work=False, max_body_mb=11, admin_key=SecretStr(KEY)
    )
    app = create_app(settings)
    with TestClient(app, raise_server_exceptions=False, headers=WITH_KEY) as client:
        yield client
