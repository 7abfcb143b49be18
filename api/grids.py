"""The call about a school's own spreadsheet: what it says, and what is unclear."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool

from api.access import Caller, must_see_all, needs
from api.jobs import GONE, TheJobs
from api.parameters import GIVEN
from api.problems import ProblemError, Refusal, problem, refusals
from api.sources import BODY_REFUSALS, XLSX, bytes_of, of_kind
from scheduler.access.keys import May
from scheduler.exchange.grid.documents import GridMapping, GridReading
from scheduler.intake.case import Case
from scheduler.intake.parse import read_value
from scheduler.intake.validation_errors import InvalidRequest

router = APIRouter(prefix="/v1", tags=["sources"])

ANY_BYTES = "application/octet-stream"
"""The kind that the description of the API names: generators of clients do not know the rest."""

KINDS = (
    ANY_BYTES,
    XLSX,
    "application/vnd.ms-excel",
    "application/vnd.oasis.opendocument.spreadsheet",
    "text/csv",
    "text/plain",
    "text/tab-separated-values",
)
"""What a spreadsheet may be called; what it is shows in its first bytes."""

MOST_OF_A_MAPPING = 32_000


async def _sheet(request: Request) -> bytes:
    return await of_kind(request, *KINDS)


def _mapping(
    mapping: Annotated[
        str | None,
        Query(
            max_length=MOST_OF_A_MAPPING,
            description="What is known of the school's habits: a `GridMapping` as JSON, such as an "
            "earlier reading has answered.",
        ),
    ] = None,
) -> GridMapping:
    try:
        return GridMapping() if mapping is None else read_value(mapping, GridMapping)
    except InvalidRequest as invalid:
        errors = tuple(
            ProblemError(
                parameter="mapping",
                pointer=fault.pointer,
                message=fault.message,
                hint=fault.hint or None,
            )
            for fault in invalid.faults
        )
        title = "The mapping cannot be understood"
        raise Refusal(problem(422, "invalid-parameter", title, errors=errors)) from None


@router.post(
    "/grids/read",
    summary="Read a school's own spreadsheet",
    responses=refusals(**BODY_REFUSALS, _404="There is no such job.", _410=GONE),
    openapi_extra=bytes_of(ANY_BYTES),
)
@needs(May.PLAN)
async def read_spreadsheet(
    raw: Annotated[bytes, Depends(_sheet)],
    mapping: Annotated[GridMapping, Depends(_mapping)],
    who: Caller,
    jobs: TheJobs,
    job: Annotated[
        str | None,
        Query(pattern=GIVEN, description="A job whose request says what people and duties are."),
    ] = None,
) -> GridReading:
    """Names down and dates across, or turned, or duties down: .xlsx, .xls, .ods, .csv, or cells as
    they are pasted; or placements that were exported here. Answers a request and a schedule, what
    each code was taken for, and what is unclear; nothing is kept. A reason for an absence is
    dropped at once. With `job` its people and duties are looked for, and absences of the sheet
    join its request."""
    from scheduler.exchange.brought.reading import read_for, read_sheets

    today = datetime.now(UTC).date()
    if job is None:
        return await run_in_threadpool(read_sheets, raw, mapping, today)

    must_see_all(who)

    def read() -> GridReading:
        return read_for(Case(jobs.request(job)), raw, mapping, today)

    return await run_in_threadpool(read)
