"""The outermost layer of the service: limits bodies and calls, adds headers, logs, hides faults."""

import re
import time
import traceback
import uuid
from typing import Any
from urllib.parse import unquote_plus

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.limits import Rates
from api.problems import CONTROL_CHARACTER, OUR_FAULT, Refusal, answer, too_large, too_many
from models.value import NOT_FOR_TEXT
from scheduler.jobs.metrics import HTTP_SECONDS

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}

FREE = ("/livez", "/readyz", "/metrics")
"""Addresses that may be called any number of times, by what monitors the service."""

_REQUEST_ID = re.compile("[A-Za-z0-9._-]{8,64}")

log = structlog.get_logger()


class Guard:
    """Wraps the app; see the module."""

    def __init__(self, app: ASGIApp, max_body_mb: int, rates: Rates) -> None:
        self._app = app
        self._megabytes = max_body_mb
        self._rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.monotonic()
        status = 0
        left = self._megabytes * 2**20
        id = _request_id(scope)

        async def limited() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise Refusal(too_large(self._megabytes), {"Connection": "close"})
            return message

        async def dressed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers["X-Request-Id"] = id
            await send(message)

        try:
            wait = 0.0 if scope["path"] in FREE else self._rates.wait(scope)
            if wait:
                await too_many("calls", wait)(scope, receive, dressed)
            elif _has_control(scope):
                await answer(CONTROL_CHARACTER)(scope, receive, dressed)
            elif _announced(scope) > left:
                refusal = answer(too_large(self._megabytes), {"Connection": "close"})
                await refusal(scope, receive, dressed)
            else:
                await self._app(scope, limited, dressed)
        except Exception as error:
            log.error("fault", request=id, kind=type(error).__name__, where=_where(error))
            if status == 0:
                await answer(OUR_FAULT)(scope, receive, dressed)
        finally:
            # The route, not the path: a path may hold what somebody typed.
            route = getattr(scope.get("route"), "path", None)
            took = time.monotonic() - began
            log.info(
                "call",
                request=id,
                method=scope["method"],
                route=route,
                status=status,
                ms=round(1000 * took, 1),
            )
            if route is not None and not route.endswith("/events"):
                HTTP_SECONDS.labels(scope["method"], route, status).observe(took)


def _has_control(scope: Scope) -> bool:
    """Whether the address holds a character that no id, cursor or name has. Some databases refuse
    to compare with one (PostgreSQL: NUL)."""
    query = unquote_plus(scope["query_string"].decode("latin-1"))
    return NOT_FOR_TEXT.search(scope["path"] + query) is not None


def _request_id(scope: Scope) -> str:
    """What a call is called in logs: the caller's own name for it, if it looks like one."""
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def _announced(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isdecimal() else 0


def _where(error: BaseException) -> list[Any]:
    """Where an error arose, without its message, which may hold what was sent."""
    frames = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-6:]]
