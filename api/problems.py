"""Problem documents (RFC 9457): how the service says no, without repeating what was sent."""

import math
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import Field
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from api.feed import TooManyStreams
from models.value import Value
from scheduler.access.keys import UnknownKey
from scheduler.intake.validation_errors import Fault, InvalidRequest, plainly
from scheduler.jobs.jobs import KeyReused, PurgedJob, QueueFull, RotaBusy, UnknownJob
from scheduler.operations.data_protection import StillBusy
from scheduler.register.store import BadDecision, OutOfDate, UnknownEntry
from scheduler.rotas.approvals import NotApproved
from scheduler.rotas.derive import NoSchedule
from scheduler.rotas.rota_store import Conflict, RotaExists, UnknownRota
from scheduler.rotas.swaps import Broken
from scheduler.storage.database import away
from scheduler.storage.pagination import BadCursor

MEDIA_TYPE = "application/problem+json"


class ProblemError(Value):
    """One thing that is wrong."""

    pointer: str | None = Field(
        None, description="Where in the body: a JSON pointer (RFC 6901), empty for all of it."
    )
    parameter: str | None = Field(None, description="Or which parameter or header.")
    cell: str | None = Field(None, description="Or which cell of a workbook, such as People!C4.")
    message: str = Field(
        description="What is wrong, as the end of a sentence that begins with the place."
    )
    hint: str | None = Field(None, description="What to do about it, where that can be guessed.")


class ProblemDocument(Value):
    """What went wrong with a call."""

    type: str = Field("about:blank", description="What kind of problem, as a URI.")
    title: str = Field(
        description="The kind of problem in a few words, the same for every problem of its type."
    )
    status: int = Field(description="The HTTP status of the response.")
    detail: str = Field("", description="What to do about it, in sentences; may be empty.")
    errors: tuple[ProblemError, ...] = Field((), description="All that was found, at once.")


PROBLEM: dict[str, Any] = {
    "model": ProblemDocument,
    "content": {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}
    },
}
"""How OpenAPI describes a refusal."""


def refusals(**what: str) -> dict[int | str, dict[str, Any]]:
    """The refusals of a call: `_404="There is no such job."`"""
    return {
        int(status.removeprefix("_")): {**PROBLEM, "description": said}
        for status, said in what.items()
    }


class Refusal(Exception):
    """A call that is answered with a problem document."""

    def __init__(self, problem: ProblemDocument, headers: dict[str, str] | None = None) -> None:
        super().__init__(problem.title)
        self.problem = problem
        self.headers = headers or {}


def problem(
    status: int,
    kind: str | None = None,
    title: str | None = None,
    detail: str = "",
    errors: tuple[ProblemError, ...] = (),
) -> ProblemDocument:
    """A problem; without a kind it says no more than its status."""
    return ProblemDocument(
        type="about:blank" if kind is None else f"urn:schoolrota:problem:{kind}",
        title=title or HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        errors=errors,
    )


def answer(said: ProblemDocument, headers: dict[str, str] | None = None) -> Response:
    """A problem as a response."""
    content = said.model_dump_json(exclude_none=True).encode()
    return Response(content, said.status, headers, MEDIA_TYPE)


OUR_FAULT = problem(
    500,
    "our-fault",
    "Something went wrong on our side",
    "It was logged, without what you sent. Maybe try again, and tell us if it goes on.",
)


def too_large(megabytes: int) -> ProblemDocument:
    """More was sent than is accepted."""
    return problem(
        413,
        "too-large",
        "The body is too large",
        f"At most {megabytes} MB are accepted. Maybe shorten the horizon, or the history?",
    )


def too_many(what: str, seconds: float) -> Response:
    """More was asked for than is given at once."""
    hints = {
        "calls": "Maybe call less often, or watch a job by its events?",
        "jobs": "Maybe wait until some are done, or cancel some?",
        "streams": "Maybe close some, or get the job from time to time?",
    }
    said = problem(
        429,
        f"too-many-{what}",
        f"Too many {what}",
        f"{hints[what]} Retry-After says when to call again.",
    )
    return answer(said, {"Retry-After": str(math.ceil(seconds))})


def invalid(faults: tuple[Fault, ...], prefix: str = "") -> ProblemDocument:
    """What was sent cannot be understood; pointers are into what stands at the prefix."""
    return problem(
        422,
        "invalid-request",
        "The request cannot be understood",
        "Each error says where it is and what to do. Nothing was kept.",
        tuple(
            ProblemError(pointer=prefix + f.pointer, message=f.message, hint=f.hint or None)
            for f in faults
        ),
    )


def install(app: FastAPI) -> None:
    """Answer every refusal of the app with a problem document."""
    handlers: dict[Any, Any] = {
        Refusal: lambda _, error: answer(error.problem, error.headers),
        InvalidRequest: lambda _, error: answer(invalid(error.faults)),
        RequestValidationError: lambda _, error: answer(_parameters(error)),
        HTTPException: lambda _, error: answer(_plain(error.status_code), error.headers),
        UnknownJob: lambda *_: answer(_UNKNOWN_JOB),
        KeyReused: lambda *_: answer(_KEY_REUSED),
        UnknownKey: lambda *_: answer(_UNKNOWN_KEY),
        NoSchedule: lambda *_: answer(_NO_SCHEDULE),
        StillBusy: lambda *_: answer(_STILL_BUSY),
        UnknownRota: lambda *_: answer(_UNKNOWN_ROTA),
        RotaExists: lambda *_: answer(_ROTA_EXISTS),
        Conflict: lambda _, error: answer(_conflict(error)),
        NotApproved: lambda _, error: answer(_not_approved(error)),
        Broken: lambda _, error: answer(_broken(error)),
        UnknownEntry: lambda *_: answer(_UNKNOWN_ENTRY),
        OutOfDate: lambda *_: answer(_OUT_OF_DATE),
        BadDecision: lambda _, error: answer(_bad_decision(error)),
        BadCursor: lambda *_: answer(_BAD_CURSOR),
        PurgedJob: lambda *_: answer(_PURGED_JOB),
        RotaBusy: lambda _, error: answer(_ROTA_BUSY, {"Location": f"/v1/jobs/{error.job_id}"}),
        QueueFull: lambda *_: too_many("jobs", 30),
        TooManyStreams: lambda *_: too_many("streams", 10),
        SQLAlchemyError: _database,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, _asynchronous(handler))


def _asynchronous(handler: Any) -> Any:
    async def handle(request: Request, error: Exception) -> Response:
        response: Response = handler(request, error)
        return response

    return handle


CONTROL_CHARACTER = problem(
    422,
    "invalid-parameter",
    "The address has a control character in it",
    "No id, cursor or name has one. Maybe copy the address again?",
)

_DETAILS = {
    404: "There is nothing at this address. Maybe /docs lists what you look for?",
    405: "This address does not take this method. Maybe /docs says which it takes?",
}

_UNKNOWN_JOB = problem(
    404, "unknown-job", "There is no such job", "Maybe GET /v1/jobs for those there are?"
)

_UNKNOWN_KEY = problem(
    404, "unknown-key", "There is no such key", "Maybe GET /v1/keys for those there are?"
)

_UNKNOWN_ENTRY = problem(
    404,
    "unknown-entry",
    "The register has no such entry or import",
    "Maybe GET the list of its kind?",
)

_UNKNOWN_ROTA = problem(
    404, "unknown-rota", "There is no such rota, version or person", "Maybe GET /v1/rotas?"
)

_NO_SCHEDULE = problem(
    404, "no-schedule", "The job has no schedule", "Maybe look at the job's state and its report?"
)

_STILL_BUSY = problem(
    409,
    "still-busy",
    "A job that names the person is not over",
    "The job could write down again what it has read. Maybe wait for it, or cancel it?",
)

_ROTA_EXISTS = problem(
    409, "rota-exists", "There is a rota with this id", "Maybe change it, or choose another id?"
)

_OUT_OF_DATE = problem(
    409,
    "out-of-date",
    "The register has changed since the dry run",
    "Applying it would not do what was shown. Maybe try the import again?",
)

_PURGED_JOB = problem(
    410,
    "purged-job",
    "The job's contents are gone",
    "It ended so long ago that they were removed. Maybe submit it again?",
)

_ROTA_BUSY = problem(
    409,
    "rota-busy",
    "The rota has a job that is not over",
    "Location says which. Maybe wait for it, or cancel it?",
)

_KEY_REUSED = problem(
    422,
    "idempotency-key-reused",
    "The Idempotency-Key was used before with another request",
    "The same key means the same job. Maybe use a new key?",
    (ProblemError(parameter="Idempotency-Key", message="was used with another request"),),
)

_BAD_CURSOR = problem(
    422,
    "invalid-parameter",
    "The cursor is not one that a list gave",
    "Maybe begin again without one?",
    (ProblemError(parameter="cursor", message="is not one that a list gave"),),
)


def _conflict(error: Exception) -> ProblemDocument:
    return problem(409, "conflict", "It has changed since you saw it", str(error))


def _not_approved(error: NotApproved) -> ProblemDocument:
    return problem(
        409,
        "not-approved",
        "It waits for an owner's approval",
        "Nothing was published. Each error says who has to approve what. Write their answers into "
        "the rota's `approvals`, or `provisional` at what may be published before.",
        tuple(ProblemError(message=sentence) for sentence in error.sentences[:50]),
    )


def _broken(error: Broken) -> ProblemDocument:
    return problem(
        422,
        "breaks-musts",
        "It would break a must",
        "Nothing was changed. Each error says what would be broken.",
        tuple(ProblemError(message=sentence) for sentence in error.sentences[:50]),
    )


def _bad_decision(error: Exception) -> ProblemDocument:
    said = problem(422, "invalid-decision", "A decision cannot be carried out", "Nothing was done.")
    wrong = ProblemError(pointer="/decisions", message=str(error))
    return said.model_copy(update={"errors": (wrong,)})


def _plain(status: int) -> ProblemDocument:
    return problem(status, detail=_DETAILS.get(status, ""))


def _parameters(error: RequestValidationError) -> ProblemDocument:
    return problem(
        422,
        "invalid-parameter",
        "A parameter cannot be understood",
        errors=tuple(
            ProblemError(parameter=str(e["loc"][-1]), message=plainly(e)) for e in error.errors()
        ),
    )


def _database(_: Request, error: Exception) -> Response:
    if away(error):
        said = problem(503, "database-away", "The database is out of reach", "Maybe try again?")
        return answer(said, {"Retry-After": "5"})
    raise error
