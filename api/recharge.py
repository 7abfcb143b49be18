"""The calls about what schools owe each other: pay comes in with a call, and is not kept."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api import formats
from api.access import Caller, needs
from api.bodies import IF_JSON, MODELS, JsonBody, described
from api.jobs import GONE, JobId, TheJobs
from api.parameters import GIVEN
from api.problems import Refusal, problem, refusals
from api.rotas import RotaId, TheVersions
from api.versions import NO_VERSION, Number
from models.answer.schedule import Schedule
from models.facts.plan import Plan
from models.register.recharge import Ledger, Recharge
from models.value import Id
from scheduler.access.keys import May
from scheduler.exchange.recharge.ledger import for_payer, ledger
from scheduler.exchange.recharge.ledger_checks import read_recharge
from scheduler.exchange.recharge.ledger_output import MEDIA_TYPES, Format, render
from scheduler.intake.case import Case
from scheduler.rotas.derive import side
from scheduler.storage.audit import Audit

router = APIRouter(prefix="/v1", tags=["recharge"])

MODELS["Recharge"] = Recharge

EXAMPLE = {
    "name": "Ann at Fellside, 2025/26",
    "agreements": [
        {
            "id": "ann-to-fel",
            "person": "ann",
            "contract": "ann-1",
            "payer": "fel",
            "dates": {"first": "2025-09-01", "last": "2026-08-31"},
            "basis": {"kind": "hourly", "rate": "15.20", "hours": "264"},
            "tax_code": "to be agreed",
        }
    ],
}

SENT = described({"$ref": "#/components/schemas/Recharge"}, EXAMPLE)

THE_FORMATS = formats.described(
    "What is owed: the year's lines, instalments, every minute of the rota.", Ledger, MEDIA_TYPES
)

BODY = {
    "_406": "No format that is offered is accepted.",
    **IF_JSON,
    "_422": "The agreements or a parameter cannot be understood, or do not fit the rota.",
}

Wanted = Annotated[
    Format | None,
    Query(description="The format; without it the Accept header decides, and then JSON."),
]


Accepted = Annotated[Callable[[], Format], Depends(formats.chooser(MEDIA_TYPES))]

Payer = Annotated[
    Id | None,
    Query(description="The id of a school: only what it pays, without anybody's pay."),
]

Period = Annotated[
    str | None,
    Query(
        pattern=r"^\d{4}-\d\d(-\d\d)?$",
        description="Only with `payer`: a month (2025-09), or the first date of a term.",
    ),
]

Side = tuple[Case, Schedule]


@router.post(
    "/jobs/{job_id}/recharge",
    summary="Compute what schools owe each other by a job",
    responses={
        200: THE_FORMATS,
        **refusals(
            _404="There is no such job, or it has no schedule (yet).",
            _410=GONE,
            **BODY,
        ),
    },
    response_class=Response,
    openapi_extra=SENT,
)
@needs(May.MONEY, whole=True)
def compute_job_recharge(
    request: Request,
    job_id: JobId,
    body: JsonBody,
    caller: Caller,
    jobs: TheJobs,
    accepted: Accepted,
    delivered: Annotated[
        str | None, Query(pattern=GIVEN, description="The id of the job that says what was worked.")
    ] = None,
    payer: Payer = None,
    period: Period = None,
    format: Wanted = None,
) -> Response:
    """Pay and agreements come with the call and are not kept. The schedule of the job is what was
    planned; it also counts as what was worked, unless another job says otherwise."""
    wanted = format or accepted()
    planned = side(jobs, job_id)
    worked = None if delivered is None else side(jobs, delivered)
    answer = _reckoned(wanted, body, (planned, worked), (payer, period))
    _note(request, caller, f"job:{job_id}")
    return answer


@router.post(
    "/rotas/{rota}/versions/{number}/recharge",
    summary="Compute what schools owe each other by a version",
    responses={200: THE_FORMATS, **refusals(_404=NO_VERSION, **BODY)},
    response_class=Response,
    openapi_extra=SENT,
)
@needs(May.MONEY, whole=True)
def compute_version_recharge(
    request: Request,
    rota: RotaId,
    number: Number,
    body: JsonBody,
    caller: Caller,
    versions: TheVersions,
    accepted: Accepted,
    delivered: Annotated[
        int | None,
        Query(
            ge=1, le=2**31 - 1, description="The number of the version that says what was worked."
        ),
    ] = None,
    payer: Payer = None,
    period: Period = None,
    format: Wanted = None,
) -> Response:
    """Pay and agreements come with the call and are not kept. This version is what was planned; it
    also counts as what was worked, unless another version says otherwise, such as the last one that
    was published."""
    wanted = format or accepted()
    planned = versions.sides(rota, number)
    worked = None if delivered is None else versions.sides(rota, delivered)
    answer = _reckoned(wanted, body, (planned, worked), (payer, period))
    _note(request, caller, f"rota:{rota}/{number}")
    return answer


def _reckoned(
    wanted: Format,
    body: bytes,
    sides: tuple[Side, Side | None],
    only: tuple[str | None, str | None],
) -> Response:
    """The ledger in a format; only of one school, perhaps of one period.

    Raises:
        InvalidRequest: the agreements cannot be understood, or do not fit the rota.
        Refusal: the school pays nothing in the period, or only the period is given.
    """
    planned, worked = sides
    payer, period = only
    plan = _plan(planned)
    found = read_recharge(body, plan.facts)
    owed = ledger(found, plan, None if worked is None else _plan(worked))
    if payer is not None:
        owed = for_payer(owed, payer, period)
    if not owed.journal or (payer is None and period is not None):
        said = "This school pays nothing then" if payer else "A period is of one payer"
        hint = "Maybe name another payer, or leave out the period?"
        raise Refusal(problem(422, "invalid-parameter", said, hint))
    return Response(render(wanted, plan.facts, owed), media_type=MEDIA_TYPES[wanted])


def _plan(side: Side) -> Plan:
    case, schedule = side
    return case.plan(schedule)


def _note(request: Request, caller: Caller, what: str) -> None:
    Audit(request.app.state.service.engine, caller.tenant).add(
        caller.key, "recharge reckoned", what
    )
