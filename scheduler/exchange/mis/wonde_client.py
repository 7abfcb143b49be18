"""Pulls one school's staff from Wonde, from its own region, page by page, all or nothing."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from models.register.register import Statement
from scheduler.exchange.mis.lenient import many, one, text
from scheduler.exchange.mis.retrying import MOST_PAGES, Puller, SourceAway, SourceRefuses
from scheduler.exchange.mis.safe_http import Outgoing
from scheduler.exchange.mis.timetable import Timetable, wonde_timetable
from scheduler.exchange.mis.wonde import read_wonde

DOMAIN = "api.wonde.com"
"""The server for the United Kingdom and most of the world; a school's `region.domain` may name
another."""

PER_PAGE = 200

OVERLAP = timedelta(hours=2)
"""How much earlier than requested changes are read: their clock and its zone may differ."""

INCLUDED = ("employment_details", "contracts", "contracts.roles", "contracts.salary")

PAGES = {
    "employees": {"include": ",".join(INCLUDED)},
    "employee-absences": {"include": "employee"},
    "deletions": {},
}
"""The endpoints that are read in addition to the school, with their options."""

TAUGHT: dict[str, dict[str, str]] = {
    "rooms": {},
    "classes": {"include": "employees"},
    "periods": {},
    "lessons": {"include": "class,employee,period,room"},
}
"""The endpoints of the timetable, with their options."""


class WondeClient:
    """The client for one school's data at Wonde.

    Args:
        outgoing: makes the calls.
        token: the school's token; it is sent as a bearer token to Wonde only.
        school: Wonde's id of the school.
        base: the server to begin with, such as https://api.wonde.com.
        wait: sleeps for a number of seconds.
    """

    def __init__(
        self,
        outgoing: Outgoing,
        token: str,
        school: str,
        base: str = f"https://{DOMAIN}",
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._outgoing = outgoing
        self._headers = {"Authorization": f"Bearer {token}"}
        self._school = school
        self._base = base.rstrip("/")
        self._wait = wait

    def pull(self, since: datetime | None = None) -> Statement:
        """Everything, or what has changed since a moment.

        Raises:
            SourceAway: not everything could be read, so everything is discarded.
            SourceRefuses: the token, the school or the region is wrong.
        """
        at = datetime.now(UTC).replace(microsecond=0)
        base, school = self._home()
        feed: dict[str, object] = {"schools": [school]}
        for endpoint, options in PAGES.items():
            feed[endpoint] = self._rows(base, endpoint, options, since)
        if since is None and not feed["employees"]:
            raise SourceRefuses(
                "The school has no staff there. Maybe the region is wrong, or the school has not "
                "approved that its staff are shared?"
            )
        return read_wonde(feed, self._school, at)

    def timetable(self) -> Timetable:
        """Rooms, classes with their teachers, periods and lessons.

        Raises:
            SourceAway, SourceRefuses: as `pull`.
        """
        base, school = self._home()
        feed = {name: self._rows(base, name, options, None) for name, options in TAUGHT.items()}
        return wonde_timetable(feed, zone=text(school.get("timezone")) or "Europe/London")

    def _home(self) -> tuple[str, Any]:
        """The address of the school's region, and the school as described there."""
        base = self._base
        school = self._look_up(base)
        theirs = text(one(school.get("region")).get("domain"))
        if theirs is not None and theirs != urlsplit(base).netloc:
            # The wrong region answers with empty lists, which would look like an empty school.
            base = _moved(base, theirs)
            school = self._look_up(base)
        return base, school

    def _look_up(self, base: str) -> Any:
        page, _ = self._puller(base).json("", self._headers)
        found = one(page)
        if text(found.get("id")) != self._school:
            raise SourceRefuses(
                "The school is not there. Maybe its region is another, or its id is wrong?"
            )
        return found

    def _puller(self, base: str) -> Puller:
        return Puller(self._outgoing, f"{base}/v1.0/schools/{self._school}/", self._wait)

    def _rows(
        self, base: str, endpoint: str, options: dict[str, str], since: datetime | None
    ) -> list[Any]:
        asked = {**options, "per_page": str(PER_PAGE)}
        if since is not None:
            asked["updated_after"] = (since.astimezone(UTC) - OVERLAP).strftime("%Y-%m-%d %H:%M:%S")
        puller = self._puller(base)
        seen: set[str] = set()
        found: list[Any] = []
        ahead: str | None = f"{endpoint}/?{urlencode(asked)}"
        while ahead is not None:
            if ahead in seen or len(seen) >= MOST_PAGES:
                raise SourceAway("Its pages do not end.")
            seen.add(ahead)
            page, _ = puller.json(ahead, self._headers)
            if not isinstance(page, dict) or "data" not in page:
                raise SourceAway("A page has no data.")
            found += many(page)
            pages = one(one(page.get("meta")).get("pagination"))
            ahead = text(pages.get("next"))
            if ahead is None and pages.get("more") is True:
                raise SourceAway("A page says that there are more pages, but not where.")
        return found


def _moved(base: str, domain: str) -> str:
    """The address in another region; it must lie within the same owner's domain."""
    here = urlsplit(base)
    there = urlsplit("")
    with suppress(ValueError):
        there = urlsplit(f"{here.scheme}://{domain}")
    ours, theirs = (str(url.hostname).split(".")[-2:] for url in (here, there))
    if ours != theirs or there.path or there.query:
        raise SourceRefuses("The school's region lies on somebody else's server.")
    return f"{here.scheme}://{domain}"
