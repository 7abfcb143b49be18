"""The calls about living rotas: make, change, solve, compare, publish, acknowledge, swap."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import Field

from api.access import Caller, needs
from api.bodies import a_body, described_by
from api.examples import REQUEST
from api.formats import THE_FORMATS, Accepted, rendered
from api.jobs import refusals
from models.rota import Definition, Difference, Stretch, Swap
from models.value import Id, Value
from scheduler.exchange import Format
from scheduler.jobs.keys import May
from scheduler.jobs.living import UnknownRota
from scheduler.jobs.nightly import Nights, NightView
from scheduler.jobs.rotas import RevisionView, RotaLine, Rotas, RotaView
from scheduler.jobs.swaps import Swaps
from scheduler.jobs.versions import Versions, VersionView
from scheduler.jobs.view import JobView
from scheduler.request import RotaRequest

router = APIRouter(prefix="/v1/rotas", tags=["rotas"])

BODY = {
    "_413": "The body is too large.",
    "_415": "The body is not said to be JSON.",
    "_422": "The body cannot be understood, or does not fit the register.",
}
NO_ROTA = "There is no such rota."
NO_VERSION = "There is no such rota or version."


class NewRota(Value):
    """A rota that is to live."""

    id: Id
    definition: Definition


class Amendment(Value):
    """How a rota's definition changes."""

    patch: tuple[dict[str, Any], ...] = Field(
        min_length=1, max_length=1000, description="JSON Patch (RFC 6902) on the definition."
    )
    revision: int | None = Field(None, description="The revision that you saw, to be sure.")


class Publication(Value):
    """What is published over what."""

    over: int | None = Field(description="The version that you saw holding; null if none did.")


class Seen(Value):
    """Who has seen a version."""

    person: Id


class SwapWish(Value):
    """What people exchange."""

    over: int = Field(description="The version that you saw holding.")
    swap: Swap


class RotaPage(Value):
    """Rotas in the order of their ids."""

    rotas: tuple[RotaLine, ...]
    next: str | None = None


class VersionPage(Value):
    """Versions, the newest first."""

    versions: tuple[VersionView, ...]
    next: int | None = Field(None, description="Ask for those before this one.")


class Revisions(Value):
    """Definitions that a rota had, the newest first."""

    revisions: tuple[RevisionView, ...]


class Diary(Value):
    """When people are where."""

    stretches: tuple[Stretch, ...]


class NightPage(Value):
    """Nights, the newest first."""

    nights: tuple[NightView, ...]


def _rotas(request: Request, caller: Caller) -> Rotas:
    service = request.app.state.service
    return Rotas(service.engine, service.jobs_of(caller.tenant), caller.tenant)


def _versions(request: Request, caller: Caller) -> Versions:
    return Versions(request.app.state.service.engine, caller.tenant)


TheRotas = Annotated[Rotas, Depends(_rotas)]
TheVersions = Annotated[Versions, Depends(_versions)]
RotaId = Annotated[str, Path(max_length=64, description="The rota.")]
Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="The version.")]

PATCH = {"patch": [{"op": "replace", "path": "/request/limits/seconds", "value": 20}]}
GIVE = {"person": "ann", "duty": "club@2026-04-06"}


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
def create(
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
def look_at_rota(rota: RotaId, rotas: TheRotas) -> RotaView:
    """Its definition, and which version holds."""
    return rotas.get(rota)


@router.get("/{rota}/history", summary="What it once was", responses=refusals(_404=NO_ROTA))
@needs(May.READ, whole=True)
def revisions(rota: RotaId, rotas: TheRotas) -> Revisions:
    """All its definitions, the newest first."""
    return Revisions(revisions=rotas.history(rota))


@router.get(
    "/{rota}/request",
    summary="What solving it now would send",
    responses=refusals(_404=NO_ROTA, _422="It does not fit the register any more."),
)
@needs(May.READ, whole=True)
def snapshot(rota: RotaId, rotas: TheRotas) -> RotaRequest:
    """The register as it is, with the rota's own duties and rules."""
    return rotas.snapshot(rota)


@router.patch(
    "/{rota}",
    summary="Change a rota",
    responses=refusals(_404=NO_ROTA, _409="It was changed in between.", **BODY),
    openapi_extra=described_by(Amendment, PATCH),
)
@needs(May.PLAN, whole=True)
def amend(
    rota: RotaId,
    wish: Annotated[Amendment, Depends(a_body(Amendment))],
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
def solve(rota: RotaId, caller: Caller, rotas: TheRotas, response: Response) -> JobView:
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
    openapi_extra=described_by(Amendment, PATCH),
)
@needs(May.PLAN, whole=True)
def derive(
    rota: RotaId,
    wish: Annotated[Amendment, Depends(a_body(Amendment))],
    caller: Caller,
    rotas: TheRotas,
    response: Response,
) -> JobView:
    """A JSON Patch on its definition, and a draft from what holds: both, or neither."""
    job = rotas.derive(rota, wish.patch, caller, wish.revision)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return job


# ------------------------------------------------------------------ versions


@router.get(
    "/{rota}/versions",
    summary="Versions of a rota",
    responses=refusals(_404=NO_ROTA, _422="A parameter cannot be understood."),
)
@needs(May.READ, whole=True)
def list_versions(
    rota: RotaId,
    versions: TheVersions,
    before: Annotated[
        int | None, Query(ge=1, le=2**31 - 1, description="`next` of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="The most versions of a page.")] = 50,
) -> VersionPage:
    """The newest first, with what each changed."""
    found = versions.list(rota, before, limit + 1)
    more = found[limit - 1].number if len(found) > limit else None
    return VersionPage(versions=tuple(found[:limit]), next=more)


@router.get(
    "/{rota}/versions/{number}",
    summary="Look at a version",
    responses=refusals(_404=NO_VERSION, _422="A parameter cannot be understood."),
)
@needs(May.READ, whole=True)
def look_at_version(rota: RotaId, number: Number, versions: TheVersions) -> VersionView:
    """Where it came from, whether it holds, and who has seen it."""
    return versions.get(rota, number)


@router.get(
    "/{rota}/versions/{number}/schedule",
    summary="The schedule of a version",
    responses={
        200: THE_FORMATS,
        **refusals(
            _404=NO_VERSION,
            _406="No format that is offered is accepted.",
            _422="A parameter cannot be understood.",
        ),
    },
    response_class=Response,
)
@needs(May.READ, whole=True)
def version_schedule(
    rota: RotaId,
    number: Number,
    versions: TheVersions,
    accepted: Accepted,
    format: Annotated[
        Format | None, Query(description="Goes before the Accept header; JSON without either.")
    ] = None,
    person: Annotated[
        str | None, Query(max_length=64, description="Whose calendar; only for `ics`.")
    ] = None,
) -> Response:
    """As JSON with what it amounts to, as a table, a page to print, a workbook or a calendar."""
    request, result = versions.answer(rota, number)
    return rendered(format or accepted(), request, result, person)


@router.get(
    "/{rota}/versions/{number}/request",
    summary="The snapshot of a version",
    responses=refusals(_404=NO_VERSION, _422="A parameter cannot be understood."),
)
@needs(May.READ, whole=True)
def version_request(rota: RotaId, number: Number, versions: TheVersions) -> RotaRequest:
    """What it was made from; its hash stands in the receipt."""
    return versions.answer(rota, number)[0]


@router.get(
    "/{rota}/diff",
    summary="Who changes, when and why",
    responses=refusals(_404=NO_VERSION, _422="A parameter cannot be understood."),
)
@needs(May.READ, whole=True)
def diff(
    rota: RotaId,
    versions: TheVersions,
    before: Annotated[int, Query(ge=1, le=2**31 - 1, description="The one version.")],
    after: Annotated[int, Query(ge=1, le=2**31 - 1, description="The other.")],
) -> Difference:
    """Person by person, with the working minutes that move to each school."""
    return versions.compare(rota, before, after)


@router.post(
    "/{rota}/versions/{number}/publish",
    summary="Publish a version",
    responses=refusals(
        _404=NO_VERSION, _409="It is no draft, or another version holds by now.", **BODY
    ),
    openapi_extra=described_by(Publication, {"over": None}),
)
@needs(May.PUBLISH, whole=True)
def publish(
    rota: RotaId,
    number: Number,
    wish: Annotated[Publication, Depends(a_body(Publication))],
    caller: Caller,
    versions: TheVersions,
) -> VersionView:
    """An act of the person who holds the key; what held before is superseded."""
    return versions.publish(rota, number, wish.over, caller)


@router.post(
    "/{rota}/versions/{number}/discard",
    summary="Decide against a draft",
    responses=refusals(
        _404=NO_VERSION, _409="It is no draft.", _422="A parameter cannot be understood."
    ),
)
@needs(May.PLAN, whole=True)
def discard(rota: RotaId, number: Number, caller: Caller, versions: TheVersions) -> VersionView:
    """It stays to be read, and cannot be published."""
    return versions.discard(rota, number, caller)


@router.post(
    "/{rota}/versions/{number}/acknowledge",
    summary="Acknowledge a version",
    responses=refusals(
        _404="There is no such version, or the person is not on it, or not yours.",
        _409="It does not hold.",
        **BODY,
    ),
    openapi_extra=described_by(Seen, {"person": "ann"}),
)
@needs(May.READ)
def acknowledge(
    rota: RotaId,
    number: Number,
    seen: Annotated[Seen, Depends(a_body(Seen))],
    caller: Caller,
    rotas: TheRotas,
    versions: TheVersions,
) -> VersionView:
    """By the person whose key it is, or by a planner on their behalf."""
    rotas.get(rota, caller.schools)
    if caller.person != seen.person and not caller.may(May.PLAN):
        raise UnknownRota
    return versions.acknowledge(rota, number, seen.person, caller)


@router.post(
    "/{rota}/swaps",
    status_code=201,
    summary="Swap after publishing",
    responses=refusals(
        _404="There is no such rota, or nothing is published.",
        _409="Another version holds by now.",
        **{**BODY, "_422": "The body cannot be understood, or the swap would break a must."},
    ),
    openapi_extra=described_by(
        SwapWish,
        {"over": 1, "swap": {"take": [GIVE], "give": [{**GIVE, "person": "cat"}]}},
    ),
)
@needs(May.PUBLISH, whole=True)
def swap(
    request: Request,
    rota: RotaId,
    wish: Annotated[SwapWish, Depends(a_body(SwapWish))],
    caller: Caller,
) -> VersionView:
    """Checked by today's facts, recorded as a version of its own, and published."""
    swaps = Swaps(request.app.state.service.engine, caller.tenant)
    return swaps.swap(rota, wish.over, wish.swap, caller)


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
def diary(
    rota: RotaId,
    caller: Caller,
    versions: TheVersions,
    person: Annotated[str | None, Query(max_length=64, description="Only theirs.")] = None,
) -> Diary:
    """By what holds. A key for some schools sees what happens there, and of the people who are
    there that they are busy elsewhere; nothing else."""
    return Diary(stretches=versions.stretches(rota, caller, person))


@router.get("/{rota}/nights", summary="What the nights did", responses=refusals(_404=NO_ROTA))
@needs(May.READ, whole=True)
def nights(request: Request, rota: RotaId, caller: Caller) -> NightPage:
    """The newest month, the newest night first."""
    service = request.app.state.service
    found = Nights(service.engine, service.jobs_of).of(caller.tenant, rota)
    return NightPage(nights=tuple(found))
