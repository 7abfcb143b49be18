"""The calls about what flows in: sources that are pulled, MIS data that is sent, workbooks."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from api.access import Caller, needs
from api.bodies import JsonBody, RequestBody, a_body, described, described_by
from api.examples import REQUEST
from api.parameters import USUAL_LIMIT, Cursor, Limit
from api.problems import ProblemError, Refusal, problem, refusals
from api.register import TheRegister
from models.register.register import Statement
from models.value import Id
from scheduler.access.keys import May
from scheduler.exchange.mis.lenient import Unreadable, parsed
from scheduler.exchange.mis.oneroster import read_oneroster
from scheduler.exchange.mis.oneroster_files import read_files
from scheduler.exchange.mis.wonde import read_wonde
from scheduler.exchange.render.formats import MEDIA_TYPES
from scheduler.intake.request import RotaRequest
from scheduler.register.sources import PulledSourceSettings, Sources, SourceView
from scheduler.register.store import ImportView
from scheduler.storage.pagination import Page, cut_after

router = APIRouter(prefix="/v1", tags=["sources"])

XLSX = MEDIA_TYPES["xlsx"]

WONDE = {
    "schools": {"data": [{"id": "A1930499544", "name": "Oak Primary", "urn": 123456}]},
    "employees": {
        "data": [
            {
                "id": "A1000000001",
                "forename": "Sam",
                "surname": "Okafor",
                "contracts": {"data": [{"id": "A2000000001", "start_date": "2019-09-01"}]},
            }
        ]
    },
    "employee-absences": {
        "data": [
            {"id": "A3000000001", "employee": "A1000000001", "start_date": "2026-05-11"},
        ]
    },
}

ONEROSTER = {
    "orgs": [{"sourcedId": "oak", "type": "school", "name": "Oak Primary"}],
    "users": [
        {
            "sourcedId": "u-17",
            "givenName": "Ines",
            "familyName": "Marsh",
            "roles": [{"roleType": "primary", "role": "teacher", "org": {"sourcedId": "oak"}}],
        }
    ],
}

ANY_OBJECT: dict[str, Any] = {"type": "object", "additionalProperties": True}

BODY_REFUSALS = {
    "_413": "The body is too large.",
    "_415": "The body is of another kind.",
    "_422": "The body cannot be understood.",
}


class SourcePage(Page):
    """A page of sources, in the order of their ids."""

    items: tuple[SourceView, ...] = Field(description="The sources of this page.")


def _sources(request: Request, caller: Caller) -> Sources:
    service = request.app.state.service
    return Sources(service.engine, caller.tenant, service.outgoing)


TheSources = Annotated[Sources, Depends(_sources)]
SourceId = Annotated[Id, Path(description="The source, by the id that you give it.")]


# ------------------------------------------------------------------ pulled


@router.put(
    "/sources/{source_id}",
    summary="Connect a source",
    responses=refusals(**BODY_REFUSALS),
    openapi_extra=described_by(
        PulledSourceSettings,
        {"kind": "wonde", "school": "A1930499544", "secret": "the school's token"},
    ),
)
@needs(May.KEYS, whole=True)
def connect_source(
    source_id: SourceId,
    wish: Annotated[PulledSourceSettings, Depends(a_body(PulledSourceSettings))],
    caller: Caller,
    sources: TheSources,
) -> SourceView:
    """An MIS that is pulled. Its secret is never shown again."""
    return sources.set(source_id, wish, caller.key)


@router.get("/sources", summary="List sources")
@needs(May.KEYS, whole=True)
def list_sources(
    sources: TheSources, cursor: Cursor = None, limit: Limit = USUAL_LIMIT
) -> SourcePage:
    """In the order of their ids: when each was last heard, or why it could not be."""
    found, more = cut_after(sources.list(), lambda source: source.id, cursor, limit)
    return SourcePage(items=found, next=more)


@router.delete(
    "/sources/{source_id}",
    status_code=204,
    summary="Delete a source",
    responses=refusals(_404="There is no such source."),
)
@needs(May.KEYS, whole=True)
def delete_source(source_id: SourceId, caller: Caller, sources: TheSources) -> Response:
    """It is no longer pulled, and its secret is forgotten. What it said stays in the register."""
    sources.remove(source_id, caller.key)
    return Response(status_code=204)


@router.post(
    "/sources/{source_id}/pull",
    status_code=201,
    summary="Pull a source",
    responses=refusals(
        _404="There is no such source.",
        _502="It did not answer whole, or refuses us.",
    ),
)
@needs(May.PLAN, whole=True)
def pull_source(
    source_id: SourceId,
    caller: Caller,
    sources: TheSources,
    whole: Annotated[
        bool, Query(description="Fetch everything, not only what has changed since the last time.")
    ] = False,
) -> ImportView:
    """A dry run of what the source says now. An incomplete response is discarded, and everything
    stays as it was."""
    return sources.pull(source_id, caller.key, whole=whole)


# ------------------------------------------------------------------ sent


def _feed(body: JsonBody) -> dict[str, object]:
    try:
        found = parsed(body)
        if not isinstance(found, dict):
            raise Unreadable("must be an object.")
    except Unreadable as error:
        raise _unreadable(error) from None
    return found


def _unreadable(error: Unreadable) -> Refusal:
    said = ProblemError(pointer="", message=str(error))
    return Refusal(problem(422, "invalid-request", "The body cannot be understood", errors=(said,)))


TheFeed = Annotated[dict[str, object], Depends(_feed)]


@router.post(
    "/imports/wonde",
    status_code=201,
    summary="Import from Wonde",
    responses=refusals(**BODY_REFUSALS),
    openapi_extra=described(ANY_OBJECT, WONDE),
)
@needs(May.PLAN, whole=True)
def import_wonde(
    feed: TheFeed,
    caller: Caller,
    register: TheRegister,
    school: Annotated[
        str,
        Query(
            min_length=1, max_length=255, description="The school, by the id that Wonde gives it."
        ),
    ],
) -> ImportView:
    """An object of endpoint to response, as Wonde sent it. This is a dry run; rows that cannot be
    used are listed."""
    return register.dry_run(read_wonde(feed, school, datetime.now(UTC)), caller.key)


OneRosterServer = Annotated[
    Id,
    Query(
        description="What you call the server, since ids are unique on one server only. A source "
        "that is pulled goes by its own id."
    ),
]


@router.post(
    "/imports/oneroster",
    status_code=201,
    summary="Import from OneRoster",
    responses=refusals(**BODY_REFUSALS),
    openapi_extra=described(ANY_OBJECT, ONEROSTER),
)
@needs(May.PLAN, whole=True)
def import_oneroster(
    feed: TheFeed,
    caller: Caller,
    register: TheRegister,
    complete: Annotated[
        bool, Query(description="These are all the users: one that is missing has left.")
    ] = False,
    source: OneRosterServer = "oneroster",
) -> ImportView:
    """An object of collection to rows, in version 1.1 or 1.2. This is a dry run."""
    said = read_oneroster(feed, datetime.now(UTC), source=source, complete=complete)
    return register.dry_run(said, caller.key)


async def _zip(request: Request) -> bytes:
    return await of_kind(request, "application/zip")


async def _xlsx(request: Request) -> bytes:
    return await of_kind(request, XLSX, "application/zip")


async def of_kind(request: Request, *kinds: str) -> bytes:
    """The body of a call that says it is of one of some media types."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in kinds:
        said = ProblemError(parameter="Content-Type", message=f"must be {' or '.join(kinds)}")
        title = "The body is of another kind"
        raise Refusal(problem(415, "wrong-kind", title, errors=(said,)))
    return await request.body()


def bytes_of(*kinds: str) -> dict[str, Any]:
    """What OpenAPI says of a body that is a file."""
    schema = {"type": "string", "format": "binary"}
    return {
        "requestBody": {"required": True, "content": {kind: {"schema": schema} for kind in kinds}}
    }


def _files(raw: bytes, source: str) -> Statement:
    try:
        feed, bulk = read_files(raw)
    except Unreadable as error:
        raise _unreadable(error) from None
    return read_oneroster(feed, datetime.now(UTC), source=source, complete=bulk)


@router.post(
    "/imports/oneroster-files",
    status_code=201,
    summary="Import OneRoster's CSV files",
    responses=refusals(**BODY_REFUSALS),
    openapi_extra=bytes_of("application/zip"),
)
@needs(May.PLAN, whole=True)
def import_oneroster_files(
    raw: Annotated[bytes, Depends(_zip)],
    caller: Caller,
    register: TheRegister,
    source: OneRosterServer = "oneroster",
) -> ImportView:
    """The zip of CSV files in version 1.1 or 1.2. This is a dry run; where a file is marked bulk, a
    person who is missing from it has left."""
    return register.dry_run(_files(raw, source), caller.key)


# ------------------------------------------------------------------ workbooks


@router.post(
    "/workbooks/read",
    summary="Read a workbook",
    responses=refusals(**BODY_REFUSALS),
    openapi_extra=bytes_of(XLSX, "application/zip"),
)
@needs(May.PLAN)
async def read_workbook(raw: Annotated[bytes, Depends(_xlsx)]) -> RotaRequest:
    """The request in a workbook, or in a zip of CSV files. Each fault comes with its sheet and
    cell."""
    from scheduler.exchange.workbook.read_book import read_book

    return await run_in_threadpool(read_book, raw)


@router.post(
    "/workbooks/write",
    summary="Write a workbook",
    response_class=Response,
    responses={
        200: {
            "description": "The request as a workbook to fill in.",
            "content": {XLSX: {"schema": {"type": "string", "format": "binary"}}},
        },
        **refusals(**BODY_REFUSALS),
    },
    openapi_extra=described({"$ref": "#/components/schemas/RotaRequest"}, REQUEST),
)
@needs(May.PLAN)
def write_workbook(sent: RequestBody) -> Response:
    """With drop-downs, notes, and a sheet for each kind of thing."""
    from scheduler.exchange.workbook.request_book import TooLong, as_workbook

    try:
        content = as_workbook(sent)
    except TooLong as error:
        said = ProblemError(pointer="", message=str(error))
        title = "A value does not fit into a cell"
        raise Refusal(problem(422, "too-long", title, errors=(said,))) from None
    return Response(content, media_type=XLSX)
