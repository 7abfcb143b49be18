"""Every screen: nothing that axe finds, no sideways scroll, no focus that is hidden."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.web.club import club
from tests.web.conftest import Opened, Site

pytestmark = pytest.mark.web

CELL = "on=ann&day=2026-04-06"

MOVES = "m=off:ann:club/first-aider@2026-04-08&m=put:bob:club/first-aider@2026-04-07"

SCREENS = {
    "sign in": "/sign-in",
    "first page": "/",
    "new": "/new",
    "colleagues": "/colleagues",
    "a job that waits": "{waiting}",
    "a job that is over": "{club}",
    "by person": "{club}/board",
    "by duty": "{club}/board?view=duty",
    "whole term": "{club}/board?view=term",
    "a cell": "{club}/board?" + CELL,
    "a short duty": "{club}/board?view=duty&duty=club/helper@2026-04-07",
    "changes": "{club}/board?" + CELL + "&" + MOVES,
    "nothing found": "{club}/board?q=zed",
    "cost": "{club}/cost",
    "nowhere": "/nowhere",
}
"""Name to address; in braces what the site has."""

OPTIONS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def _at(site: Site, screen: str) -> str:
    return SCREENS[screen].format(waiting=site.waiting, club=site.club)


def found_by_axe(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 AA."""
    answer = Axe().run(page, options=OPTIONS).response
    return [f"{one['id']}: {node['html']}" for one in answer["violations"] for node in one["nodes"]]


@pytest.mark.parametrize("screen", SCREENS)
def test_axe_finds_nothing(site: Site, opened: Opened, screen: str) -> None:
    """On any screen."""
    page = opened(site.url, signed_in=screen != "sign in")
    page.goto(_at(site, screen))
    assert found_by_axe(page) == []


def test_axe_finds_nothing_in_errors(site: Site, opened: Opened) -> None:
    """Of a field, and of a whole file."""
    page = opened(site.url)
    page.goto("/new")
    page.click("text=Check and solve")
    assert page.locator("#faults").is_visible()
    assert found_by_axe(page) == []
    wrong = club()
    wrong["problem"]["people"][0]["home"] = "nowhere"
    page.click("text=Paste a request instead")
    page.fill("#text", json.dumps(wrong))
    page.click("text=Check and solve")
    page.click("text=People: 1 fault")
    assert "1st, home" in page.inner_text("main")
    assert found_by_axe(page) == []


@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_scrolls_sideways_at_320(site: Site, opened: Opened, screen: str) -> None:
    """As at 400 % zoom; a wide table scrolls inside its own frame."""
    page = opened(site.url, signed_in=screen != "sign in", viewport={"width": 320, "height": 640})
    page.goto(_at(site, screen))
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_marks_are_told_apart_without_colour(site: Site, opened: Opened) -> None:
    """In forced colours and on grey paper: by a word and by the kind of line."""
    for how in ({"forced_colors": "active"}, {}):
        page = opened(site.url, **how)
        if not how:
            page.emulate_media(media="print")
        page.goto(f"{site.club}/board?view=duty")
        short = page.locator("td .short-mark").first
        assert short.inner_text() == "1 short"
        assert short.evaluate("e => getComputedStyle(e).borderTopStyle") == "dashed"
        page.goto(f"{site.club}/board")
        pinned = page.locator("td .pinned").first
        assert pinned.inner_text() == "pinned"
        assert pinned.evaluate("e => getComputedStyle(e).borderLeftWidth") == "6px"


def test_focus_is_never_hidden(site: Site, opened: Opened) -> None:
    """By the names or the heads that stay in place, in whatever direction it goes."""
    page = opened(site.url, viewport={"width": 640, "height": 420})
    page.goto(f"{site.club}/board?all=1")
    page.locator("#grid td[tabindex='0']").focus()
    keys = ["Control+End", "ArrowUp", "ArrowUp", "ArrowLeft", "ArrowLeft", "ArrowLeft", "PageUp"]
    for key in [*keys, "ArrowDown", "Control+Home", "ArrowDown", "ArrowRight"]:
        page.keyboard.press(key)
        seen = page.evaluate(
            """() => {
                const one = document.activeElement, box = one.getBoundingClientRect();
                const top = document.elementFromPoint(box.left + 4, box.top + 4);
                return one === top || one.contains(top);
            }"""
        )
        assert seen, key
