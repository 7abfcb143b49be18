"""What comes in as JSON: read as bytes, judged by the reader of requests, described for OpenAPI."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from api.problems import ProblemError, Refusal, invalid, problem
from models.answer.schedule import Schedule
from models.value import Value
from scheduler.intake.case import Case
from scheduler.intake.parse import read_case, read_json, read_request, read_schedule, read_value
from scheduler.intake.request import RotaRequest
from scheduler.intake.validation_errors import Fault, InvalidRequest


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


class CheckRequest(Value):
    """A request, and perhaps a schedule for it. Only its names are used: both are read apart."""

    request: RotaRequest = Field(description="The facts and the rules.")
    schedule: Schedule | None = Field(None, description="The schedule to judge by them.")


def read_check(body: bytes) -> tuple[Case, Schedule | None]:
    """A request and perhaps a schedule for it, from the body of a check.

    Raises:
        Refusal: with every fault of the first of the two that has any.
    """
    document = read_json(body, CheckRequest)
    if not isinstance(document, dict) or "request" not in document:
        said = "must be an object with request, and perhaps schedule."
        raise InvalidRequest([Fault(pointer="", message=said)])
    if document.keys() - {"request", "schedule"}:
        said = "has fields other than request and schedule."
        raise InvalidRequest([Fault(pointer="", message=said, hint="Maybe leave them out?")])
    try:
        case = read_case(document["request"])
    except InvalidRequest as error:
        raise Refusal(invalid(error.faults, "/request")) from None
    if document.get("schedule") is None:
        return case, None
    try:
        return case, read_schedule(document["schedule"], case.facts)
    except InvalidRequest as error:
        raise Refusal(invalid(error.faults, "/schedule")) from None


V = TypeVar("V", bound=Value)

MODELS: dict[str, type[Value]] = {"CheckRequest": CheckRequest}
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
