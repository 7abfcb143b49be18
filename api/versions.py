"""The calls about versions of a rota: look, compare, publish, acknowledge, swap."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import Field

from api.access import Caller, needs
from api.bodies import a_body, described_by
from api.formats import THE_FORMATS, Accepted, rendered
from api.parameters import USUAL_LIMIT, Cursor, Limit
from api.problems import refusals
from api.rotas import BODY, NO_ROTA, RotaId, TheRotas, TheVersions
from models.register.rota import ScheduleDifference, Swap
from models.value import Id, Value
from scheduler.access.keys import May
from scheduler.exchange.render.formats import Format
from scheduler.intake.request import RotaRequest
from scheduler.rotas.rota_store import UnknownRota
from scheduler.rotas.swaps import Swaps
from scheduler.rotas.versions import RotaVersionView
from scheduler.storage.pagination import Page, cut, number_of

router = APIRouter(prefix="/v1/rotas", tags=["rotas"])

NO_VERSION = "There is no such rota or version."

Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="The number of the version.")]

GIVE = {"person": "ann", "duty": "club@2026-04-06"}


class PublishRequest(Value):
    """What is published over what."""

    over: int | None = Field(description="The version that you saw holding; null if none did.")


class AcknowledgeRequest(Value):
    """Who has seen a version."""

    person: Id = Field(description="The person who has seen the version.")


class SwapRequest(Value):
    """What people exchange."""

    over: int = Field(description="The version that you saw holding.")
    swap: Swap = Field(description="The placements that end and those that begin.")


class VersionPage(Page):
    """A page of versions, the newest first."""

    items: tuple[RotaVersionView, ...] = Field(description="The versions of this page.")


@router.get(
    "/{rota}/versions",
    summary="List the versions of a rota",
    responses=refusals(_404=NO_ROTA),
)
@needs(May.READ, whole=True)
def list_rota_versions(
    rota: RotaId,
    versions: TheVersions,
    cursor: Cursor = None,
    limit: Limit = USUAL_LIMIT,
) -> VersionPage:
    """The newest first, with what each one changed."""
    found, last = cut(versions.list(rota, number_of(cursor), limit + 1), limit)
    return VersionPage(items=tuple(found), next=None if last is None else str(last.number))


@router.get(
    "/{rota}/versions/{number}",
    summary="Get a version of a rota",
    responses=refusals(_404=NO_VERSION),
)
@needs(May.READ, whole=True)
def get_rota_version(rota: RotaId, number: Number, versions: TheVersions) -> RotaVersionView:
    """Where it came from, whether it is published, and who has seen it."""
    return versions.get(rota, number)


@router.get(
    "/{rota}/versions/{number}/schedule",
    summary="Get the schedule of a version",
    responses={
        200: THE_FORMATS,
        **refusals(
            _404=NO_VERSION,
            _406="No format that is offered is accepted.",
        ),
    },
    response_class=Response,
)
@needs(May.READ, whole=True)
def get_rota_version_schedule(
    rota: RotaId,
    number: Number,
    versions: TheVersions,
    accepted: Accepted,
    format: Annotated[
        Format | None,
        Query(description="The format; without it the Accept header decides, and then JSON."),
    ] = None,
    person: Annotated[
        Id | None, Query(description="Whose calendar; only with the format `ics`.")
    ] = None,
) -> Response:
    """As JSON with a summary, as a table, as a page to print, as a workbook or as a calendar."""
    case, result = versions.answer(rota, number)
    return rendered(format or accepted(), case, result, person)


@router.get(
    "/{rota}/versions/{number}/request",
    summary="Get the request of a version",
    responses=refusals(_404=NO_VERSION),
)
@needs(May.READ, whole=True)
def get_rota_version_request(rota: RotaId, number: Number, versions: TheVersions) -> RotaRequest:
    """The request that the version was made from; the receipt holds its hash."""
    return versions.answer(rota, number)[0].request


@router.get(
    "/{rota}/diff",
    summary="Compare two versions of a rota",
    responses=refusals(_404=NO_VERSION),
)
@needs(May.READ, whole=True)
def diff_rota_versions(
    rota: RotaId,
    versions: TheVersions,
    before: Annotated[
        int, Query(ge=1, le=2**31 - 1, description="The number of the earlier version.")
    ],
    after: Annotated[
        int, Query(ge=1, le=2**31 - 1, description="The number of the later version.")
    ],
) -> ScheduleDifference:
    """Who changes, when and why, person by person, and how many working minutes move to each
    school."""
    return versions.compare(rota, before, after)


@router.post(
    "/{rota}/versions/{number}/publish",
    summary="Publish a version",
    responses=refusals(
        _404=NO_VERSION,
        _409="It is no draft, another version holds by now, or an owner has not approved a use.",
        **BODY,
    ),
    openapi_extra=described_by(PublishRequest, {"over": None}),
)
@needs(May.PUBLISH, whole=True)
def publish_version(
    rota: RotaId,
    number: Number,
    wish: Annotated[PublishRequest, Depends(a_body(PublishRequest))],
    caller: Caller,
    versions: TheVersions,
) -> RotaVersionView:
    """An act of the person who holds the key. The version published before is superseded."""
    return versions.publish(rota, number, wish.over, caller)


@router.post(
    "/{rota}/versions/{number}/discard",
    summary="Discard a draft",
    responses=refusals(_404=NO_VERSION, _409="It is no draft."),
)
@needs(May.PLAN, whole=True)
def discard_version(
    rota: RotaId, number: Number, caller: Caller, versions: TheVersions
) -> RotaVersionView:
    """It can still be read, but no longer published."""
    return versions.discard(rota, number, caller)


@router.post(
    "/{rota}/versions/{number}/acknowledge",
    summary="Acknowledge a version",
    responses=refusals(
        _404="There is no such version, or the person is not on it, or not yours.",
        _409="It does not hold.",
        **BODY,
    ),
    openapi_extra=described_by(AcknowledgeRequest, {"person": "ann"}),
)
@needs(May.READ)
def acknowledge_version(
    rota: RotaId,
    number: Number,
    seen: Annotated[AcknowledgeRequest, Depends(a_body(AcknowledgeRequest))],
    caller: Caller,
    rotas: TheRotas,
    versions: TheVersions,
) -> RotaVersionView:
    """By the person whose key it is, or by a planner on their behalf."""
    rotas.get(rota, caller.schools)
    if caller.person != seen.person and not caller.may(May.PLAN):
        raise UnknownRota
    return versions.acknowledge(rota, number, seen.person, caller)


@router.post(
    "/{rota}/swaps",
    status_code=201,
    summary="Swap placements after publishing",
    responses=refusals(
        _404="There is no such rota, or nothing is published.",
        _409="Another version holds by now.",
        **{**BODY, "_422": "The body cannot be understood, or the swap would break a must."},
    ),
    openapi_extra=described_by(
        SwapRequest,
        {"over": 1, "swap": {"take": [GIVE], "give": [{**GIVE, "person": "cat"}]}},
    ),
)
@needs(May.PUBLISH, whole=True)
def swap_placements(
    request: Request,
    rota: RotaId,
    wish: Annotated[SwapRequest, Depends(a_body(SwapRequest))],
    caller: Caller,
) -> RotaVersionView:
    """The swap is checked by today's facts, recorded as a version of its own, and published."""
    swaps = Swaps(request.app.state.service.engine, caller.tenant)
    return swaps.swap(rota, wish.over, wish.swap, caller)
