"""The call for when somebody is away: whom to ask, and what it would break and cost."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from api.access import Caller, needs
from api.bodies import IF_JSON, a_body, described_by
from api.examples import CHECK
from api.problems import Refusal, invalid, refusals
from models.answer.cover import CoverAnswer, CoverRequest
from models.answer.schedule import Schedule
from scheduler.access.keys import May
from scheduler.intake.case import Case
from scheduler.intake.parse import read_case, read_schedule
from scheduler.intake.validation_errors import InvalidRequest, fault
from scheduler.report.cover_candidates import cover
from scheduler.rotas.rota_store import UnknownRota
from scheduler.rotas.rotas import Rotas

router = APIRouter(prefix="/v1", tags=["check"])

ASKED = {**CHECK, "person": "ann", "first": "2026-04-06", "last": "2026-04-10"}


@router.post(
    "/cover",
    summary="Find cover for somebody who is away",
    responses=refusals(
        _404="There is no such rota, or nothing is published.",
        **IF_JSON,
        _422="The body cannot be understood, or nobody has the id.",
    ),
    openapi_extra=described_by(CoverRequest, ASKED),
)
@needs(May.PLAN, whole=True)
def rank_cover(
    request: Request,
    asked: Annotated[CoverRequest, Depends(a_body(CoverRequest))],
    caller: Caller,
) -> CoverAnswer:
    """For each of their duties the candidates, best first: which musts each would break, what each
    would cost, whether they are in that week's team and with the same group, the days they have so
    far, and their share of a post. Nothing is changed; each candidate comes with the swap that
    would bring them in."""
    sent, schedule, over = _told(request, asked, caller)
    if asked.person not in {p.id for p in sent.request.problem.people}:
        raise InvalidRequest([fault(("person",), "names nobody on this rota.")])
    holes = cover(sent, schedule, asked.person, asked.first, asked.last, asked.most)
    return CoverAnswer(over=over, holes=tuple(holes))


def _told(
    request: Request, asked: CoverRequest, caller: Caller
) -> tuple[Case, Schedule, int | None]:
    if asked.rota is not None:
        service = request.app.state.service
        rotas = Rotas(service.engine, service.jobs_of(caller.tenant), caller.tenant)
        sent, over = rotas.snapshot(asked.rota), rotas.get(asked.rota).published
        told = sent.request.problem.published
        if told is None or over is None:
            raise UnknownRota
        kept = Schedule(placements=told.placements, times=told.times, groups=told.groups)
        return sent, kept, over
    try:
        sent = read_case(asked.request)
    except InvalidRequest as error:
        raise Refusal(invalid(error.faults, "/request")) from None
    try:
        return sent, read_schedule(asked.schedule, sent.facts), None
    except InvalidRequest as error:
        raise Refusal(invalid(error.faults, "/schedule")) from None
