"""The calls about living rotas: make, change, solve, compare, publish, acknowledge, swap."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import Field

from api.access import Caller, needs, of_the_caller
from api.bodies import IF_JSON, a_body, described_by
from api.examples import REQUEST
from api.parameters import USUAL_LIMIT, Cursor, Limit
from api.problems import refusals
from models.register.rota import DiaryStretch, RevisionView, RotaDefinition, RotaLine, RotaView
from models.value import Id, Value
from scheduler.access.keys import May
from scheduler.intake.request import RotaRequest
from scheduler.jobs.view import DerivedJobView, JobView
from scheduler.rotas.nightly import Nights, NightView
from scheduler.rotas.rotas import Rotas
from scheduler.rotas.versions import RotaVersions
from scheduler.storage.pagination import Page, cut_after

router = APIRouter(prefix="/v1/rotas", tags=["rotas"])

BODY = {
    **IF_JSON,
    "_422": "The body cannot be understood, or does not fit the register.",
}
MOST_NIGHTS = 3660
"""Nights of a rota that are listed: ten years."""

NO_ROTA = "There is no such rota."


class NewRota(Value):
    """A rota that is to live."""

    id: Id = Field(description="The id that you give the rota.")
    definition: RotaDefinition = Field(description="What the rota is made of.")


class RotaAmendment(Value):
    """How a rota's definition changes."""

    patch: tuple[dict[str, Any], ...] = Field(
        min_length=1, max_length=1000, description="JSON Patch (RFC 6902) on the definition."
    )
    revision: int | None = Field(None, description="The revision that you saw, to be sure.")


class RotaDerivation(RotaAmendment):
    """How a rota's definition changes, and whether the new rota stays near the published one."""

    near: bool = Field(
        True,
        description="Whether the new rota stays near what it comes from: a rule below all "
        "priorities that as few changes as possible are made, unless it has one of its own.",
    )


class RotaPage(Page):
    """A page of rotas, in the order of their ids."""

    items: tuple[RotaLine, ...] = Field(description="The rotas of this page.")


class RevisionPage(Page):
    """A page of the definitions that a rota has had, the newest first."""

    items: tuple[RevisionView, ...] = Field(description="The definitions of this page.")


class DiaryPage(Page):
    """A page of a diary, in the order of time."""

    items: tuple[DiaryStretch, ...] = Field(description="The entries of this page.")


class NightPage(Page):
    """A page of nights, the newest first."""

    items: tuple[NightView, ...] = Field(description="The nights of this page.")


def _rotas(request: Request, caller: Caller) -> Rotas:
    service = request.app.state.service
    return Rotas(service.engine, service.jobs_of(caller.tenant), caller.tenant)


TheRotas = Annotated[Rotas, Depends(_rotas)]
TheVersions = Annotated[RotaVersions, Depends(of_the_caller(RotaVersions))]
RotaId = Annotated[Id, Path(description="The id of the rota.")]

PATCH = {"patch": [{"op": "replace", "path": "/request/limits/seconds", "value": 20}]}


@router.post(
    "",
    status_code=201,
    summary="Create a rota",
    responses=refusals(_409="There is a rota with this id.", **BODY),
    openapi_extra=described_by(
        NewRota, {"id": "club", "definition": {"name": "Club", "request": REQUEST}}
    ),
)
@needs(May.PLAN, whole=True)
def create_rota(
    wish: Annotated[NewRota, Depends(a_body(NewRota))], caller: Caller, rotas: TheRotas
) -> RotaView:
    """A query on the register, together with duties and rules of its own."""
    return rotas.create(wish.id, wish.definition, caller)


@router.get("", summary="List rotas")
@needs(May.READ)
def list_rotas(
    caller: Caller,
    rotas: TheRotas,
    cursor: Cursor = None,
    limit: Limit = USUAL_LIMIT,
) -> RotaPage:
    """In the order of their ids. A key that is limited to some schools sees the rotas that concern
    them."""
    found, more = rotas.list(caller.schools, cursor or "", limit)
    return RotaPage(items=tuple(found), next=more)


@router.get("/{rota}", summary="Get a rota", responses=refusals(_404=NO_ROTA))
@needs(May.READ, whole=True)
def get_rota(rota: RotaId, rotas: TheRotas) -> RotaView:
    """Its definition, and which version is published."""
    return rotas.get(rota)


@router.get(
    "/{rota}/history",
    summary="List the definitions that a rota has had",
    responses=refusals(_404=NO_ROTA),
)
@needs(May.READ, whole=True)
def list_rota_revisions(
    rota: RotaId, rotas: TheRotas, cursor: Cursor = None, limit: Limit = USUAL_LIMIT
) -> RevisionPage:
    """The newest first."""
    found, more = cut_after(rotas.history(rota), lambda r: r.revision, cursor, limit)
    return RevisionPage(items=found, next=more)


@router.get(
    "/{rota}/request",
    summary="Get the request that solving a rota would send now",
    responses=refusals(_404=NO_ROTA, _422="It does not fit the register any more."),
)
@needs(May.READ, whole=True)
def get_rota_request(rota: RotaId, rotas: TheRotas) -> RotaRequest:
    """The register as it is now, with the rota's own duties and rules."""
    return rotas.snapshot(rota).request


@router.patch(
    "/{rota}",
    summary="Change a rota",
    responses=refusals(_404=NO_ROTA, _409="It was changed in between.", **BODY),
    openapi_extra=described_by(RotaAmendment, PATCH),
)
@needs(May.PLAN, whole=True)
def update_rota(
    rota: RotaId,
    wish: Annotated[RotaAmendment, Depends(a_body(RotaAmendment))],
    caller: Caller,
    rotas: TheRotas,
) -> RotaView:
    """Changes the definition by a JSON Patch. The published version stays as it is."""
    return rotas.amend(rota, wish.patch, caller, wish.revision)


@router.post(
    "/{rota}/solve",
    status_code=202,
    summary="Solve a rota again",
    responses=refusals(
        _404=NO_ROTA,
        _409="It has a job that is not over.",
        _422="It does not fit the register any more.",
        _429="Too many jobs wait.",
    ),
)
@needs(May.PLAN, whole=True)
def solve_rota(rota: RotaId, caller: Caller, rotas: TheRotas, response: Response) -> JobView:
    """Starts from the published version. The answer becomes a draft."""
    job = rotas.solve(rota, caller)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return job


@router.post(
    "/{rota}/derive",
    status_code=202,
    summary="Change a rota and solve it",
    responses=refusals(
        _404=NO_ROTA,
        _409="It was changed in between, or has a job that is not over.",
        _429="Too many jobs wait.",
        **BODY,
    ),
    openapi_extra=described_by(RotaDerivation, PATCH),
)
@needs(May.PLAN, whole=True)
def derive_rota(
    rota: RotaId,
    wish: Annotated[RotaDerivation, Depends(a_body(RotaDerivation))],
    caller: Caller,
    rotas: TheRotas,
    response: Response,
) -> DerivedJobView:
    """Applies a JSON Patch to the definition and solves from the published version, near which
    the new one stays. Either both happen or neither."""
    job = rotas.derive(rota, wish.patch, caller, wish.revision, near=wish.near)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return job


# ------------------------------------------------------------------ the published version


@router.get(
    "/{rota}/diary",
    summary="List when people are where",
    responses=refusals(
        _404="There is no such rota, or nothing is published.",
    ),
)
@needs(May.READ)
def list_rota_diary(
    rota: RotaId,
    caller: Caller,
    versions: TheVersions,
    person: Annotated[Id | None, Query(description="The id of a person: only their time.")] = None,
    cursor: Cursor = None,
    limit: Limit = USUAL_LIMIT,
) -> DiaryPage:
    """By the published version. A key that is limited to some schools sees what happens at those
    schools; of time that the same people spend elsewhere it sees only that they are busy."""
    stretches = list(enumerate(versions.stretches(rota, caller, person)))
    found, more = cut_after(stretches, lambda numbered: numbered[0], cursor, limit)
    return DiaryPage(items=tuple(stretch for _, stretch in found), next=more)


@router.get("/{rota}/nights", summary="List the nights of a rota", responses=refusals(_404=NO_ROTA))
@needs(May.READ, whole=True)
def list_rota_nights(
    request: Request,
    rota: RotaId,
    caller: Caller,
    cursor: Cursor = None,
    limit: Limit = USUAL_LIMIT,
) -> NightPage:
    """What each nightly run did, the newest first."""
    service = request.app.state.service
    nights = Nights(service.engine, service.jobs_of).of(caller.tenant, rota, MOST_NIGHTS)
    found, more = cut_after(nights, lambda night: night.day, cursor, limit)
    return NightPage(items=found, next=more)
