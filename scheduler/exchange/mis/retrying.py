"""A client that asks a server for JSON until it answers completely: retries and rate limits."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import structlog

from scheduler.exchange.mis.lenient import Unreadable, parsed
from scheduler.exchange.mis.safe_http import Failed, Outgoing, Refused, Reply

TRIES = 6
"""The most tries for one page."""

LONGEST_WAIT = 60.0
"""The most seconds between two tries, whatever the server asks for."""

SECONDS = 60.0
"""The most seconds that one page may take."""

MOST_BYTES = 32 * 1024 * 1024
"""The size of the largest page."""

MOST_PAGES = 10_000

LATER = (408, 425, 429, 500, 502, 503, 504)
"""Statuses after which it is worth asking again."""

log = structlog.get_logger()


class SourceAway(Exception):
    """A source did not answer completely; its response is discarded, and a later try may work."""


class SourceRefuses(Exception):
    """A source does not admit us, or does not know what we ask for; a person must find out why."""


class Puller:
    """Asks one server for pages.

    Args:
        outgoing: makes the calls.
        base: the address below which all pages lie.
        wait: sleeps for a number of seconds.
        authorise: makes the Authorization header for a method and an address, before each try.
    """

    def __init__(
        self,
        outgoing: Outgoing,
        base: str,
        wait: Callable[[float], None] = time.sleep,
        authorise: Callable[[str, str], str] | None = None,
    ) -> None:
        self._outgoing = outgoing
        self._base = base
        self._wait = wait
        self._authorise = authorise

    def json(
        self,
        path: str,
        headers: Mapping[str, str] | None = None,
        *,
        method: str = "GET",
        body: bytes = b"",
    ) -> tuple[Any, Reply]:
        """A page, at a path below the base or at an address that the page before gave.

        Raises:
            SourceAway: there was no complete answer after several tries.
            SourceRefuses: the call was refused, or the page lies on another server.
        """
        url = urljoin(self._base, path)
        if urlsplit(url)[:2] != urlsplit(self._base)[:2]:
            raise SourceRefuses("A page lies on another server; our key is not sent there.")
        said, pause = "", 0.0
        for tried in range(TRIES):
            if tried:
                self._wait(min(LONGEST_WAIT, pause))
            pause = 2.0**tried
            every = {"Accept": "application/json", **(headers or {})}
            if self._authorise is not None:
                every["Authorization"] = self._authorise(method, url)
            try:
                reply = self._outgoing.call(
                    method,
                    url,
                    headers=every,
                    body=body,
                    seconds=SECONDS,
                    most_bytes=MOST_BYTES,
                )
            except Refused as error:
                raise SourceRefuses(str(error)) from None
            except Failed as error:
                said = str(error)
                continue
            if reply.status == 200:
                try:
                    return parsed(reply.body), reply
                except Unreadable:
                    said = "A page was cut off, or is not JSON."
                    continue
            if reply.status not in LATER:
                raise SourceRefuses(_why(reply.status))
            said = f"It answered with status {reply.status}."
            pause = max(pause, asked_to_wait(reply))
        log.warning("source away", tries=TRIES)
        raise SourceAway(said)


def asked_to_wait(reply: Reply) -> float:
    """The seconds that a server asks us to wait (RFC 9110, 10.2.3); 0 if it does not."""
    stated = reply.headers.get("retry-after", "").strip()
    if stated.isascii() and stated.isdigit():
        return float(min(int(stated[:9]), 10**6))
    try:
        until = parsedate_to_datetime(stated)
    except ValueError:
        return 0.0
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


def _why(status: int) -> str:
    if status in (401, 403):
        return "It does not accept our key. Maybe the key has expired, or lacks a permission?"
    if status == 404:
        return "It does not know what we ask for. Maybe the school's id or the address is wrong?"
    if 300 <= status < 400:
        return "It redirects us, and redirects are not followed. Maybe use the new address?"
    return f"It refused with status {status}."
