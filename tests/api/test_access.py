"""A key that ends also ends what it has opened."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

from api import access
from api.access import first_key, keep_chosen_key, still_allowed
from scheduler.access.keys import KeyRole, Keys, KeyWish, NoSuchKey, admitted
from scheduler.operations.service import Service
from scheduler.storage.tables import DEFAULT_TENANT
from tests.api.live import KEY


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """One without a worker, and without a key."""
    service = Service.open(str(tmp_path / "a.db"))
    yield service
    service.close()


def _called(engine: sa.Engine) -> Any:
    app = SimpleNamespace(state=SimpleNamespace(service=SimpleNamespace(engine=engine)))
    return SimpleNamespace(app=app, scope={"route": None})


def test_an_open_stream_ends_soon_after_its_key(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It goes on as long as the key holds, however often it is judged."""
    monkeypatch.setattr(access, "STREAM_JUDGED_EVERY", 0.0)
    keys = Keys(service.engine, DEFAULT_TENANT)
    made = keys.new(KeyWish(name="Ann", role=KeyRole.VIEWER))
    who = admitted(service.engine, made.key)

    async def forever() -> AsyncIterator[str]:
        while True:
            yield "event"

    async def read() -> int:
        count = 0
        async for _ in still_allowed(_called(service.engine), who, forever()):
            count += 1
            if count == 5:
                keys.revoke(made.about.id)
        return count

    assert asyncio.run(asyncio.wait_for(read(), 30)) == 5


def test_the_first_key_is_made_once(service: Service) -> None:
    """And none where the operator has chosen one, or made one before."""
    made = first_key(service)
    assert made is not None
    assert admitted(service.engine, made.key).role is KeyRole.ADMIN
    assert first_key(service) is None


def test_a_chosen_key_is_kept_as_it_is(service: Service) -> None:
    """Chosen again it changes nothing; revoked it stays so; one of another shape is refused."""
    with pytest.raises(ValueError, match="32 characters"):
        keep_chosen_key(service, "secret")
    for _ in range(2):
        keep_chosen_key(service, KEY)
    assert first_key(service) is None
    Keys(service.engine, DEFAULT_TENANT).revoke(KEY[3:15])
    keep_chosen_key(service, KEY)
    with pytest.raises(NoSuchKey):
        admitted(service.engine, KEY)
