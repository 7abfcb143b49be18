"""Pulls staff from a OneRoster server, by tokens or signed calls, page by page, all or nothing."""

import time
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote, urlencode

from models.register.register import Statement
from scheduler.exchange.mis.lenient import many, text
from scheduler.exchange.mis.oauth1 import authorization
from scheduler.exchange.mis.oneroster import SOURCE, read_oneroster
from scheduler.exchange.mis.retrying import MOST_PAGES, Puller, SourceAway, SourceRefuses
from scheduler.exchange.mis.safe_http import Outgoing
from scheduler.exchange.mis.timetable import Timetable, oneroster_timetable

Version = Literal["1.1", "1.2"]

PATHS: dict[Version, str] = {
    "1.1": "/ims/oneroster/v1p1/",
    "1.2": "/ims/oneroster/rostering/v1p2/",
}

SCOPES = {
    "1.1": "https://purl.imsglobal.org/spec/or/v1p1/scope/roster-core.readonly",
    "1.2": "https://purl.imsglobal.org/spec/or/v1p2/scope/roster-core.readonly",
}

COLLECTIONS = {"orgs": "orgs", "academicSessions": "academicSessions", "classes": "classes"}
"""The collections that are read in addition to users, with the names that wrap their pages."""

LIMIT = 200

OVERLAP = timedelta(hours=2)
"""How much earlier than requested changes are read: their clock may differ."""


class OneRosterClient:
    """The client for one OneRoster server.

    Args:
        outgoing: makes the calls.
        base: its address without the path that the standard prescribes.
        client, secret: the credentials from its owner.
        token_url: where tokens are issued; by default, /token below the base.
        signed: whether each call is signed (OAuth 1.0a, allowed by 1.1) instead of using a token.
        version: the version of the standard.
        school: if given, only what concerns this org.
        source: our name for the server.
        wait: sleeps for a number of seconds.
    """

    def __init__(
        self,
        outgoing: Outgoing,
        base: str,
        client: str,
        secret: str,
        *,
        token_url: str | None = None,
        signed: bool = False,
        version: Version = "1.2",
        school: str | None = None,
        source: str = SOURCE,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._outgoing = outgoing
        self._base = base.rstrip("/")
        self._client = client
        self._secret = secret
        self._signed = signed
        self._token_url = token_url or f"{self._base}/token"
        self._version: Version = version
        self._school = school
        self._source = source
        self._wait = wait
        self._token = ""

    def pull(self, since: datetime | None = None) -> Statement:
        """Everything, or what has changed since a moment.

        Raises:
            SourceAway: not everything could be read, so everything is discarded.
            SourceRefuses: the credentials or the address are wrong.
        """
        at = datetime.now(UTC).replace(microsecond=0)
        self._renew()
        feed: dict[str, object] = {}
        for name in COLLECTIONS:
            # Schools and their terms are read completely each time.
            feed[name], _ = self._rows(name, None)
        users, whole = self._rows("users", since)
        feed["users"] = users
        if since is None and not users:
            raise SourceRefuses("There are no users. Maybe our key may not read them?")
        complete = whole and since is None
        return read_oneroster(feed, at, source=self._source, school=self._school, complete=complete)

    def timetable(self) -> Timetable:
        """Classes with their teachers; OneRoster has no rooms and no times.

        Raises:
            SourceAway, SourceRefuses: as `pull`.
        """
        self._renew()
        feed: dict[str, object] = {}
        for name in ("classes", "enrollments"):
            feed[name], _ = self._rows(name, None)
        return oneroster_timetable(feed, datetime.now(UTC).date())

    def _authorise(self, method: str, url: str) -> str:
        if self._signed:
            return authorization(method, url, self._client, self._secret)
        return f"Bearer {self._token}"

    def _renew(self) -> None:
        """Get a new token, unless calls are signed."""
        if self._signed:
            return
        basic = b64encode(f"{quote(self._client)}:{quote(self._secret)}".encode()).decode()
        asked = {"grant_type": "client_credentials", "scope": SCOPES[self._version]}
        page, _ = Puller(self._outgoing, self._token_url, self._wait).json(
            self._token_url,
            {
                "Authorization": f"Basic {basic}",
                "Content-Type": "application/x-www-form-urlencoded",
            },
            method="POST",
            body=urlencode(asked).encode(),
        )
        found = text(page.get("access_token")) if isinstance(page, dict) else None
        if found is None:
            raise SourceRefuses("It issued no token.")
        self._token = found

    def _rows(self, name: str, since: datetime | None) -> tuple[list[Any], bool]:
        """The rows of a collection, and whether none was missed while pages shifted."""
        base = f"{self._base}{PATHS[self._version]}"
        puller = Puller(self._outgoing, base, self._wait, self._authorise)
        asked = {"limit": str(LIMIT), "sort": "sourcedId", "orderBy": "asc"}
        if since is not None:
            stamp = (since.astimezone(UTC) - OVERLAP).strftime("%Y-%m-%dT%H:%M:%S.000Z")
            asked["filter"] = f"dateLastModified>'{stamp}'"
        rows: list[Any] = []
        seen: set[str] = set()
        total = None
        for _ in range(MOST_PAGES):
            page, headers = self._page(puller, f"{name}?{urlencode(asked)}&offset={len(rows)}")
            if not isinstance(page, dict) or not isinstance(page.get(name), list):
                raise SourceAway("A page lacks its rows.")
            found = many(page[name])
            new = {str(row.get("sourcedId")) for row in found if isinstance(row, dict)} - seen
            rows += found
            seen |= new
            stated = headers.get("x-total-count", "")
            total = int(stated[:9]) if stated.isascii() and stated.isdigit() else total
            # A server may return fewer rows than requested, so a short page may not be the last.
            if not new or (total is not None and len(rows) >= total):
                break
        else:
            raise SourceAway("Its pages do not end.")
        if total is not None and len(rows) < total:
            raise SourceAway("Its pages end before all rows were returned.")
        return rows, total is not None and len(seen) == total

    def _page(self, puller: Puller, path: str) -> tuple[Any, Any]:
        try:
            page, reply = puller.json(path)
        except SourceRefuses:
            if self._signed:
                raise
            # A token may expire halfway; if a fresh one is refused, that is final.
            self._renew()
            page, reply = puller.json(path)
        return page, reply.headers
