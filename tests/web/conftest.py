"""A browser that the system has, and a service beside it; without a browser these tests fail."""

import json
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from scheduler.storage.database import connect
from scheduler.storage.tenant_scope import of_every_tenant
from tests.api.live import KEY, Live
from tests.web.club import answer, club, impossible

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")

EXPECTED = "the server responded with a status of 4"
"""A browser's own note about a form that was refused."""

Opened = Callable[..., Page]


def found_browser() -> str:
    """Where the system has a browser.

    Raises:
        RuntimeError: it has none.
    """
    place = next(filter(None, map(shutil.which, BROWSERS)), None)
    if place is None:
        raise RuntimeError("there is no browser. Maybe `apt-get install chromium`?")
    return place


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found_browser(), args=["--no-sandbox"])
        yield browser
        browser.close()


class Site:
    """A service with jobs that were answered by hand, and one that waits."""

    def __init__(self, live: Live, *, hostile: bool = True) -> None:
        self.live = live
        self.url = str(live.http.base_url).rstrip("/")
        engine = of_every_tenant(connect(str(live.database)))
        self.club = self._answered(engine, club(days=12, hostile=hostile))
        self.why = self._sent(impossible())
        self.waiting = self._sent(club(hostile=hostile))
        engine.dispose()

    def _sent(self, request: dict[str, Any]) -> str:
        return "/jobs/" + self.live.submit(request).rpartition("/")[2]

    def _answered(self, engine: Any, request: dict[str, Any]) -> str:
        place = self._sent(request)
        answer(engine, place.rpartition("/")[2])
        return place


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A service that solves nothing."""
    live = Live(tmp_path_factory.mktemp("site"), WORK="false", MAX_CALLS="0")
    try:
        live.start()
        yield Site(live)
    finally:
        live.close()


@pytest.fixture(scope="session")
def working(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service that solves."""
    live = Live(tmp_path_factory.mktemp("working"), MAX_CALLS="0")
    try:
        live.start()
        yield str(live.http.base_url).rstrip("/")
    finally:
        live.close()


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Opened]:
    """Opens pages, signed in or not; fails where a script fails, a policy is broken, or something
    is fetched from elsewhere."""
    wrong: list[str] = []
    contexts = []

    def new(url: str, *, signed_in: bool = True, **how: Any) -> Page:
        context = chromium.new_context(base_url=url, **how)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: _note(said.type, said.text))
        page.on("request", lambda sent: _inside(url, sent.url))
        if signed_in:
            sign_in(page)
        return page

    def _note(kind: str, text: str) -> None:
        if kind in ("error", "warning") and EXPECTED not in text:
            wrong.append(text)

    def _inside(url: str, asked: str) -> None:
        if not asked.startswith((url, "data:")):
            wrong.append(f"asked for {httpx.URL(asked).host}")

    yield new
    for context in contexts:
        context.close()
    assert not wrong, json.dumps(wrong)


def sign_in(page: Page) -> None:
    """By the key of the tests."""
    page.goto("/sign-in")
    page.fill("#code", KEY)
    page.click("main button")
    page.wait_for_url("**/")
