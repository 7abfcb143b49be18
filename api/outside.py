"""What goes wrong with sources, webhooks, calendars, workbooks and sheets, as problem documents."""

from typing import Any

from fastapi import FastAPI, Request, Response

from api.problems import ProblemDocument, ProblemError, answer, problem
from scheduler.exchange.mis.retrying import SourceAway, SourceRefuses
from scheduler.exchange.mis.safe_http import Refused
from scheduler.exchange.workbook.sheet_lines import InvalidSheets
from scheduler.notify.feeds import UnknownFeed
from scheduler.notify.webhooks import MOST_WEBHOOKS, TooManyWebhooks, UnknownWebhook
from scheduler.register.sources import UnknownSource


def install_outside(app: FastAPI) -> None:
    """Answer what goes wrong out there with problem documents."""
    handlers: dict[Any, Any] = {
        UnknownFeed: lambda _: _UNKNOWN_FEED,
        UnknownSource: lambda _: _UNKNOWN_SOURCE,
        UnknownWebhook: lambda _: _UNKNOWN_WEBHOOK,
        TooManyWebhooks: lambda _: _TOO_MANY,
        Refused: _address,
        SourceAway: lambda error: problem(502, "source-away", _AWAY, str(error)),
        SourceRefuses: lambda error: problem(502, "source-refuses", _REFUSES, str(error)),
        InvalidSheets: _sheets,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, _asynchronous(handler))


def _asynchronous(handler: Any) -> Any:
    async def handle(_: Request, error: Exception) -> Response:
        return answer(handler(error))

    return handle


_AWAY = "The source's response was incomplete; everything stays as it was"

_REFUSES = "The source refuses us; somebody must look"

_UNKNOWN_FEED = problem(
    404, "unknown-calendar", "There is no such calendar", "Maybe it was revoked?"
)

_UNKNOWN_SOURCE = problem(
    404, "unknown-source", "There is no such source", "Maybe GET /v1/sources for those there are?"
)

_UNKNOWN_WEBHOOK = problem(
    404,
    "unknown-webhook",
    "There is no such webhook, or no such message of it",
    "Maybe GET /v1/webhooks for those there are?",
)

_TOO_MANY = problem(
    409,
    "too-many-webhooks",
    f"There may be {MOST_WEBHOOKS} webhooks",
    "Maybe remove one that is not used?",
)


def _address(error: Refused) -> ProblemDocument:
    said = ProblemError(message=str(error))
    return problem(422, "address-refused", "The address must not be called", errors=(said,))


def _sheets(error: InvalidSheets) -> ProblemDocument:
    return problem(
        422,
        "invalid-workbook",
        "The workbook cannot be understood",
        "Each error says where it is and what to do. Nothing was kept.",
        tuple(
            ProblemError(
                cell=f"{fault.sheet}!{fault.cell}".strip("!") or None,
                message=fault.message,
                hint=fault.hint or None,
            )
            for fault in error.faults
        ),
    )
