"""What comes in as JSON: read as bytes, judged by the reader of requests, described for OpenAPI."""

import re
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, NamedTuple, TypeVar

from fastapi import Depends, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from api.problems import ProblemError, Refusal, invalid, problem
from models.answer.schedule import Schedule
from models.value import Value
from scheduler.exchange.brought.ways import Way, way_on
from scheduler.exchange.grid.documents import RotaCell
from scheduler.intake.case import Case
from scheduler.intake.parse import read_case, read_json, read_request, read_schedule, read_value
from scheduler.intake.request import RotaRequest
from scheduler.intake.validation_errors import Fault, InvalidRequest
from scheduler.wording import listed


async def _json_body(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not (
        kind.startswith("application/") and kind.endswith("+json")
    ):
        said = problem(
            415,
            "not-json",
            "The body is not said to be JSON",
            "Maybe add the header Content-Type: application/json?",
            (ProblemError(parameter="Content-Type", message="must be application/json"),),
        )
        raise Refusal(said)
    return await request.body()


IF_JSON = {"_413": "The body is too large.", "_415": "The body is not said to be JSON."}
"""Why a call whose body is JSON may be refused before it is read."""

JsonBody = Annotated[bytes, Depends(_json_body)]
"""The body of a call that says it is JSON."""


async def _rota_request(body: JsonBody) -> RotaRequest:
    return await run_in_threadpool(read_request, body)


RequestBody = Annotated[RotaRequest, Depends(_rota_request)]
"""A body that is a request."""


class SheetCells(Value):
    """Where a schedule stands in a sheet."""

    cells: tuple[RotaCell, ...] = Field(
        (), description="Where everything stands in a sheet, as `read_spreadsheet` answers."
    )


class CheckRequest(SheetCells):
    """A request, and perhaps a schedule for it. Only its names are used: all parts are read
    apart."""

    request: RotaRequest = Field(description="The facts and the rules.")
    schedule: Schedule | None = Field(None, description="The schedule to judge by them.")
    before: Schedule | None = Field(
        None, description="Another schedule, with which that one is compared."
    )


class WayOnward(Value):
    """Where to go from a schedule."""

    way: Way = Field(
        "new",
        description="`fill` keeps what breaks no must and fills the gaps; `near` changes as little "
        "as possible, after the first priority; `new` may end anywhere.",
    )


class JobSubmission(WayOnward):
    """A request with a schedule to start from. Only its names are used: all parts are read
    apart."""

    request: RotaRequest = Field(description="The facts, the rules and the limits.")
    start: Schedule = Field(description="The schedule to start from; it may break rules.")


class CheckParts(NamedTuple):
    """What is checked."""

    case: Case
    schedule: Schedule | None
    before: Schedule | None
    cells: tuple[RotaCell, ...]


def read_check(body: bytes) -> CheckParts:
    """A request and perhaps schedules for it, from the body of a check.

    Raises:
        Refusal: with every fault of the first part that has any.
        InvalidRequest: the body has not these parts.
    """
    document = _parts(body, CheckRequest)
    case = _case_in(document)
    schedule = _schedule_in(document, "schedule", case)
    before = _schedule_in(document, "before", case)
    given = {name: document[name] for name in SheetCells.model_fields if name in document}
    return CheckParts(case, schedule, before, read_value(given, SheetCells).cells)


def _parts(body: bytes, model: type[Value]) -> dict[str, Any]:
    document = read_json(body, model)
    if not isinstance(document, dict) or "request" not in document:
        said = "must be an object with request, and perhaps schedule."
        raise InvalidRequest([Fault(pointer="", message=said)])
    if document.keys() - model.model_fields.keys():
        said = f"has fields other than {listed(sorted(model.model_fields))}."
        raise InvalidRequest([Fault(pointer="", message=said, hint="Maybe leave them out?")])
    return document


def _case_in(document: dict[str, Any]) -> Case:
    try:
        return read_case(document["request"])
    except InvalidRequest as error:
        raise Refusal(invalid(error.faults, "/request")) from None


def _schedule_in(document: dict[str, Any], name: str, case: Case) -> Schedule | None:
    if document.get(name) is None:
        return None
    try:
        return read_schedule(document[name], case.facts)
    except InvalidRequest as error:
        raise Refusal(invalid(error.faults, f"/{name}")) from None


async def _job_submission(body: JsonBody) -> tuple[RotaRequest, Schedule | None]:
    return await run_in_threadpool(_submitted, body)


def _submitted(body: bytes) -> tuple[RotaRequest, Schedule | None]:
    """A request alone, or with a schedule to start from."""
    if not _IS_SUBMISSION.match(body):
        return read_request(body), None
    document = _parts(body, JobSubmission)
    case = _case_in(document)
    start = _schedule_in(document, "start", case)
    if start is None:
        said = "is needed beside a request; without it, send the request alone."
        raise InvalidRequest([Fault(pointer="/start", message=said)])
    given = {name: document[name] for name in WayOnward.model_fields if name in document}
    on = way_on(case, start, read_value(given, WayOnward).way)
    return on.request, on.start


SubmissionBody = Annotated[tuple[RotaRequest, Schedule | None], Depends(_job_submission)]
"""A body that is a request, alone or with a schedule to start from."""


_IS_SUBMISSION = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"(?:request|start|way)"')
"""How a body begins that is no request: none of its fields have these names."""


V = TypeVar("V", bound=Value)

MODELS: dict[str, type[Value]] = {"CheckRequest": CheckRequest, "JobSubmission": JobSubmission}
"""What bodies are described by, in addition to what answers are."""


def a_body(model: type[V]) -> Callable[[bytes], Awaitable[V]]:
    """A dependency that reads a body of some kind, with all its faults at once."""
    MODELS[model.__name__] = model

    async def read(body: JsonBody) -> V:
        return await run_in_threadpool(read_value, body, model)

    return read


def described_by(model: type[Value], example: Any) -> dict[str, Any]:
    """What OpenAPI says of a body that `a_body` reads."""
    return described({"$ref": f"#/components/schemas/{model.__name__}"}, example)


def described(schema: dict[str, Any], example: Any) -> dict[str, Any]:
    """What OpenAPI says of a body that FastAPI does not read itself."""
    content = {"schema": schema, "examples": {"small": {"value": example}}}
    return {"requestBody": {"required": True, "content": {"application/json": content}}}


def described_by_either(one: str, other: str, example: Any) -> dict[str, Any]:
    """What OpenAPI says of a body that is one of two things."""
    either = [{"$ref": f"#/components/schemas/{name}"} for name in (one, other)]
    return described({"anyOf": either}, example)
