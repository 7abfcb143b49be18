"""A service with pages that solves nothing, and browsers that are signed in to it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.app import create_app
from api.settings import Settings
from scheduler.access.keys import KeyRole, KeyWish
from scheduler.access.sessions import link_for
from scheduler.storage.tables import DEFAULT_TENANT
from tests.api.live import KEY

OURS = {"Sec-Fetch-Site": "same-origin"}
"""What a browser says of a call that one of our pages makes."""

HERE = "http://127.0.0.1:8000"

Browser = Callable[..., TestClient]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """A service that accepts jobs and solves none."""
    database = str(tmp_path_factory.mktemp("pages") / "a.db")
    app = create_app(Settings(database=database, work=False, admin_key=SecretStr(KEY)))
    with TestClient(app, base_url=HERE):
        yield app


@pytest.fixture(scope="module")
def browser(site: FastAPI) -> Browser:
    """Opens browsers: signed in with a role, or without one not signed in."""

    def opened(role: KeyRole | None = None, **more: Any) -> TestClient:
        client = TestClient(site, base_url=HERE, headers=OURS, follow_redirects=False)
        if role is not None:
            wish = KeyWish(name=f"A {role}", role=role, **more)
            code = link_for(site.state.service.engine, DEFAULT_TENANT, wish)
            assert client.post("/sign-in", data={"code": code}).status_code == 303
        return client

    return opened
