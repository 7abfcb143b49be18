"""The calls about living rotas: make, change, solve, compare, publish, acknowledge, swap."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import Field

from api.access import Caller, needs, of_the_caller
from api.bodies import IF_JSON, a_body, described_by
from api.examples import REQUEST
from api.problems import refusals
from models.register.rota import DiaryStretch, RevisionView, RotaDefinition, RotaLine, RotaView
from models.value import Id, Value
from scheduler.access.keys import May
from scheduler.intake.request import RotaRequest
from scheduler.jobs.view import JobView
from scheduler.rotas.nightly import Nights, NightView
from scheduler.rotas.rotas import Rotas
from scheduler.rotas.versions import RotaVersions

router = APIRouter(prefix="/v1/rotas", tags=["rotas"])

BODY = {
    **IF_JSON,
    "_422": "The body cannot be understood, or does not fit the register.",
}
NO_ROTA = "There is no such rota."


class NewRota(Value):
    """A rota that is to live."""

    id: Id
    definition: RotaDefinition


class RotaAmendment(Value):
    """How a rota's definition changes."""

    patch: tuple[dict[str, Any], ...] = Field(
        min_length=1, max_length=1000, description="JSON Patch (RFC 6902) on the definition."
    )
    revision: int | None = Field(None, description="The revision that you saw, to be sure.")


class RotaPage(Value):
    """Rotas in the order of their ids."""

    rotas: tuple[RotaLine, ...]
    next: str | None = None


class Revisions(Value):
    """Definitions that a rota had, the newest first."""

    revisions: tuple[RevisionView, ...]


class RotaDiary(Value):
    """When people are where."""

    stretches: tuple[DiaryStretch, ...]


class NightPage(Value):
    """Nights, the newest first."""

    nights: tuple[NightView, ...]


def _rotas(request: Request, caller: Caller) -> Rotas:
    service = request.app.state.service
    return Rotas(service.engine, service.jobs_of(caller.tenant), caller.tenant)


TheRotas = Annotated[Rotas, Depends(_rotas)]
TheVersions = Annotated[RotaVersions, Depends(of_the_caller(RotaVersions))]
RotaId = Annotated[str, Path(max_length=64, description="The rota.")]

PATCH = {"patch": [{"op": "replace", "path": "/request/limits/seconds", "value": 20}]}


@router.post(
    "",
    status_code=201,
    summary="Make a rota",
    responses=refusals(_409="There is a rota with this id.", **BODY),
    openapi_extra=described_by(
        NewRota, {"id": "club", "definition": {"name": "Club", "request": REQUEST}}
    ),
)
@needs(May.PLAN, whole=True)
def create_rota(
    wish: Annotated[NewRota, Depends(a_body(NewRota))], caller: Caller, rotas: TheRotas
) -> RotaView:
    """A query on the register, and duties and rules of its own."""
    return rotas.create(wish.id, wish.definition, caller)


@router.get("", summary="List rotas", responses=refusals(_422="A parameter cannot be understood."))
@needs(May.READ)
def list_rotas(
    caller: Caller,
    rotas: TheRotas,
    after: Annotated[str, Query(max_length=64, description="`next` of the page before.")] = "",
    limit: Annotated[int, Query(ge=1, le=200, description="The most rotas of a page.")] = 100,
) -> RotaPage:
    """A key for some schools sees those that concern them."""
    found, more = rotas.list(caller.schools, after, limit)
    return RotaPage(rotas=tuple(found), next=more)


@router.get("/{rota}", summary="Look at a rota", responses=refusals(_404=NO_ROTA))
@needs(May.READ, whole=True)
def get_rota(rota: RotaId, rotas: TheRotas) -> RotaView:
    """Its definition, and which version holds."""
    return rotas.get(rota)


@router.get("/{rota}/history", summary="What it once was", responses=refusals(_404=NO_ROTA))
@needs(May.READ, whole=True)
def list_rota_revisions(rota: RotaId, rotas: TheRotas) -> Revisions:
    """All its definitions, the newest first."""
    return Revisions(revisions=rotas.history(rota))


@router.get(
    "/{rota}/request",
    summary="What solving it now would send",
    responses=refusals(_404=NO_ROTA, _422="It does not fit the register any more."),
)
@needs(May.READ, whole=True)
def get_rota_request(rota: RotaId, rotas: TheRotas) -> RotaRequest:
    """The register as it is, with the rota's own duties and rules."""
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
    """Its definition; what is published stays."""
    return rotas.amend(rota, wish.patch, caller, wish.revision)


@router.post(
    "/{rota}/solve",
    status_code=202,
    summary="Solve it anew",
    responses=refusals(
        _404=NO_ROTA,
        _409="It has a job that is not over.",
        _422="It does not fit the register any more.",
        _429="Too many jobs wait.",
    ),
)
@needs(May.PLAN, whole=True)
def solve_rota(rota: RotaId, caller: Caller, rotas: TheRotas, response: Response) -> JobView:
    """From what holds; the answer becomes a draft."""
    job = rotas.solve(rota, caller)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return job


@router.post(
    "/{rota}/derive",
    status_code=202,
    summary="Change and solve",
    responses=refusals(
        _404=NO_ROTA,
        _409="It was changed in between, or has a job that is not over.",
        _429="Too many jobs wait.",
        **BODY,
    ),
    openapi_extra=described_by(RotaAmendment, PATCH),
)
@needs(May.PLAN, whole=True)
def derive_rota(
    rota: RotaId,
    wish: Annotated[RotaAmendment, Depends(a_body(RotaAmendment))],
    caller: Caller,
    rotas: TheRotas,
    response: Response,
) -> JobView:
    """A JSON Patch on its definition, and a draft from what holds: both, or neither."""
    job = rotas.derive(rota, wish.patch, caller, wish.revision)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return job


# ------------------------------------------------------------------ what holds


@router.get(
    "/{rota}/diary",
    summary="When people are where",
    responses=refusals(
        _404="There is no such rota, or nothing is published.",
        _422="A parameter cannot be understood.",
    ),
)
@needs(May.READ)
def get_rota_diary(
    rota: RotaId,
    caller: Caller,
    versions: TheVersions,
    person: Annotated[str | None, Query(max_length=64, description="Only theirs.")] = None,
) -> RotaDiary:
    """By what holds. A key for some schools sees what happens there, and of the people who are
    there that they are busy elsewhere; nothing else."""
    return RotaDiary(stretches=versions.stretches(rota, caller, person))


@router.get("/{rota}/nights", summary="What the nights did", responses=refusals(_404=NO_ROTA))
@needs(May.READ, whole=True)
def list_rota_nights(request: Request, rota: RotaId, caller: Caller) -> NightPage:
    """The newest month, the newest night first."""
    service = request.app.state.service
    found = Nights(service.engine, service.jobs_of).of(caller.tenant, rota)
    return NightPage(nights=tuple(found))
