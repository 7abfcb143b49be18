"""Takes a picture of every screen: `python -m tests.web.screens FOLDER`, or `make screens`."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import ViewportSize, sync_playwright

from scheduler.storage.database import connect
from scheduler.storage.tenant_scope import of_every_tenant
from tests.api.live import Live
from tests.web.club import answer, club
from tests.web.conftest import Site, found_browser, sign_in

SIZE: ViewportSize = {"width": 1120, "height": 700}

SCREENS = {
    "first-page": "/",
    "new": "/new",
    "colleagues": "/colleagues",
    "watch": "{hub}",
    "board": "{hub}/board",
    "duties": "{club}/board?view=duty",
    "term": "{hub}/board?view=term",
    "cell": "{hub}/board?on=cat&day=2026-04-07",
    "changes": "{club}/board?m=off:ann:club/first-aider@2026-04-08",
    "cost": "{club}/cost",
    "why": "{why}/why",
}
"""The name of each picture, and the address that it is of."""


def take(folder: Path) -> None:
    """Write the pictures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        live = Live(Path(place), WORK="false", MAX_CALLS="0")
        browser = playwright.chromium.launch(executable_path=found_browser(), args=["--no-sandbox"])
        try:
            live.start()
            site = Site(live, hostile=False)
            hub = "/jobs/" + live.submit(club(days=12, hostile=False)).rpartition("/")[2]
            engine = of_every_tenant(connect(str(live.database)))
            for job in (site.why, hub):
                answer(engine, job.rpartition("/")[2], search=True)
            engine.dispose()
            page = browser.new_context(base_url=site.url, viewport=SIZE).new_page()
            page.goto("/sign-in")
            page.screenshot(path=folder / "sign-in.png")
            sign_in(page)
            for name, address in SCREENS.items():
                page.goto(address.format(club=site.club, why=site.why, hub=hub))
                page.screenshot(path=folder / f"{name}.png")
        finally:
            browser.close()
            live.close()


if __name__ == "__main__":
    take(Path(sys.argv[1]))
