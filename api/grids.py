"""The call about a school's own spreadsheet: what it says, and what is unclear."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool

from api.access import needs
from api.problems import ProblemError, Refusal, problem, refusals
from api.sources import BODY_REFUSALS, XLSX, bytes_of, of_kind
from scheduler.access.keys import May
from scheduler.exchange.grid.documents import GridMapping, GridReading
from scheduler.intake.parse import read_value
from scheduler.intake.validation_errors import InvalidRequest

router = APIRouter(prefix="/v1", tags=["sources"])

KINDS = (
    XLSX,
    "application/vnd.ms-excel",
    "application/vnd.oasis.opendocument.spreadsheet",
    "text/csv",
    "text/plain",
    "text/tab-separated-values",
    "application/octet-stream",
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
    responses=refusals(**BODY_REFUSALS),
    openapi_extra=bytes_of(*KINDS),
)
@needs(May.PLAN)
async def read_spreadsheet(
    raw: Annotated[bytes, Depends(_sheet)],
    mapping: Annotated[GridMapping, Depends(_mapping)],
) -> GridReading:
    """Names down and dates across, or turned, or duties down: .xlsx, .xls, .ods, .csv, or cells as
    they are pasted. Answers a request and a schedule, what each code was taken for, and what is
    unclear; nothing is kept. A reason for an absence is dropped at once."""
    from scheduler.exchange.grid.build import read_grid

    return await run_in_threadpool(read_grid, raw, mapping, datetime.now(UTC).date())
