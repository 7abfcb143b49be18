"""What people do on the pages: with the mouse, by keyboard alone, and without a script."""

import json
import re

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.api.live import KEY
from tests.web.club import HOSTILE, club
from tests.web.conftest import Opened, Site

pytestmark = pytest.mark.web

WORK = 120_000
"""Milliseconds that a solve may take on a busy machine."""


def _club_file() -> FilePayload:
    content = json.dumps(club()).encode()
    return {"name": "club.json", "mimeType": "application/json", "buffer": content}


def _solved(page: Page) -> None:
    expect(page.locator("#outcome")).to_contain_text("Solved", timeout=WORK)


def test_with_the_mouse(working: str, opened: Opened) -> None:
    """Sign in, upload, watch, look at a cell, pin it, undo, solve again, sign out."""
    page = opened(working)
    page.click("text=New rota")
    page.set_input_files("#file", _club_file())
    page.click("text=Check and solve")
    _solved(page)
    assert page.evaluate("document.activeElement.id") in ("outcome", "main", "")
    page.click("text=See the rota")
    page.locator("#grid td a").first.click()
    expect(page.locator("#panel h2")).to_be_focused()
    page.click("#panel >> text=/^(Pin|Let go of)/")
    expect(page.locator(".moves")).to_contain_text("1 change not solved yet")
    page.click("text=Undo the last change")
    expect(page.locator(".moves")).to_have_count(0)
    page.locator("#panel ol a").first.click()
    expect(page.locator(".moves li").first).to_contain_text("comes off")
    page.click("text=Solve again, and keep the rest near")
    _solved(page)
    page.click("text=What it cost")
    assert page.locator("h1").inner_text() == "What it cost"
    page.click("text=Sign out")
    assert page.url.endswith("/sign-in")


def _tab_to(page: Page, text: str) -> None:
    """Press Tab until something with this text has focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        name = page.evaluate(
            """() => { const e = document.activeElement;
                return (e.labels?.[0]?.textContent ?? "") + (e.textContent ?? ""); }"""
        )
        if text in name:
            return
    raise AssertionError(f"no Tab leads to {text}")


def test_by_keyboard_alone(site: Site, opened: Opened) -> None:
    """Sign in, begin, and everything on the board; focus comes back to the cell."""
    page = opened(site.url, signed_in=False)
    page.goto("/sign-in")
    _tab_to(page, "Your link, or your key")
    page.keyboard.type(KEY)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    _tab_to(page, "New rota")
    page.keyboard.press("Enter")
    page.wait_for_url("**/new")
    _tab_to(page, "Solve the example")
    page.keyboard.press("Enter")
    expect(page.locator("#outcome")).to_contain_text("Waits")
    _tab_to(page, "Stop")
    page.keyboard.press("Enter")
    expect(page.locator("#outcome")).to_contain_text("Stopped")

    page.goto(f"{site.club}/board")
    page.locator("#q").focus()
    for _ in range(8):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('#grid') !== null"):
            break
    assert page.evaluate("document.activeElement.tagName") == "TD"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2")).to_have_text("Ann Marsh, Mon 6 Apr")
    expect(page.locator("#panel h2")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#panel h2")).to_have_count(0)
    assert page.evaluate("document.activeElement.closest('tr').dataset.on") == "ann"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2")).to_have_text("Ann Marsh, Tue 7 Apr")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(page.locator("#panel h2")).to_be_focused()
    page.locator("#grid td[tabindex='0']").focus()
    page.keyboard.press("p")
    expect(page.locator(".moves")).to_contain_text("stays on")
    page.locator("#grid td[tabindex='0']").focus()
    page.keyboard.press("Control+z")
    expect(page.locator(".moves")).to_have_count(0)


def test_without_a_script(site: Site, opened: Opened) -> None:
    """Forms and links: sign in, upload, watch, the board by week, a change, solve again, print."""
    page = opened(site.url, java_script_enabled=False)
    page.goto("/new")
    page.set_input_files("#file", _club_file())
    page.click("text=Check and solve")
    assert "Waits for its turn" in page.inner_text("main")
    assert page.locator("meta[http-equiv=refresh]").count() == 1
    page.click("main >> text=Stop")
    assert "Stopped" in page.inner_text("main")

    page.goto(f"{site.club}/board")
    page.click("text=Week after")
    assert "Nobody has a duty this week" in page.inner_text("main")
    page.click("text=Week before")
    page.click("#grid td a >> nth=0")
    assert page.locator("#panel h2").inner_text() == "Ann Marsh, Mon 6 Apr"
    page.click("#panel >> text=Take off")
    assert "Ann Marsh comes off" in page.inner_text(".moves")
    page.click("text=Undo the last change")
    page.click("#panel >> text=Take off")
    page.click("text=Solve again, and keep the rest near")
    assert re.search(r"/jobs/[\w-]+$", page.url)
    page.goto(f"{site.club}/files/html")
    assert "Easter club" in page.content()


def test_a_hostile_name_is_text(site: Site, opened: Opened) -> None:
    """And nothing that it holds is run; it is found by the filter as it is typed."""
    page = opened(site.url)
    page.goto(f"{site.club}/board")
    page.locator("#q").press_sequentially("onerror")
    expect(page.locator("#said")).to_have_text("1 row of this page.")
    expect(page.locator("#grid tbody tr:visible th")).to_have_text(HOSTILE)
    page.locator("#grid tbody tr:visible td a").click()
    expect(page.locator("#panel h2")).to_have_text(f"{HOSTILE}, Mon 6 Apr")
