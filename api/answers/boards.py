"""The calls for a board: a week of an answer, as people by days and duties by days."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from api.access import Caller, needs
from api.answers.kept import KeptAnswer, hashed, kept_answers
from api.jobs import GONE, JobId, TheJobs
from api.problems import ProblemError, Refusal, problem, refusals
from api.rotas import NO_ROTA, RotaId
from api.versions import NO_VERSION, Number
from models.answer.board import Board
from models.value import Id
from scheduler.access.keys import May, Principal
from scheduler.exchange.render.board import MOST_DAYS, BoardInput, board, stretch
from scheduler.rotas.stored_version import StoredVersion, stored_version

router = APIRouter()

First = Annotated[
    date | None,
    Query(alias="from", description="The first date; the week of `to` begins it if left out."),
]
Last = Annotated[
    date | None,
    Query(alias="to", description="The last date; the week of `from` ends it if left out."),
]
AtSchool = Annotated[
    Id | None, Query(description="Only this school's duties and people, and who works there.")
]
IfNoneMatch = Annotated[
    str | None, Header(max_length=1000, description="The ETag of the board that you have.")
]
BOARD: dict[int | str, dict[str, Any]] = {
    200: {"model": Board, "description": "The board, with an ETag."},
    304: {"description": "It is as the ETag says: nothing has changed."},
}
WRONG = "A date is not in the horizon, or the school is not known."


@dataclass(frozen=True)
class Wanted:
    """Which part of an answer is wanted, and the tag of the board that the caller has."""

    first: date | None
    last: date | None
    school: str | None
    tag: str | None


def wanted(
    first: First = None,
    last: Last = None,
    school: AtSchool = None,
    if_none_match: IfNoneMatch = None,
) -> Wanted:
    """The parameters that all boards have."""
    return Wanted(first, last, school, if_none_match)


TheWanted = Annotated[Wanted, Depends(wanted)]


@router.get(
    "/v1/jobs/{job_id}/board",
    tags=["jobs"],
    summary="Get a week of a job's schedule as a board",
    response_model=Board,
    responses={
        **BOARD,
        **refusals(_404="There is no such job, or no schedule (yet).", _410=GONE, _422=WRONG),
    },
)
@needs(May.READ, whole=True)
def get_job_board(
    request: Request, job_id: JobId, jobs: TheJobs, caller: Caller, part: TheWanted
) -> Response:
    """People by days and duties by days, with marks (short, pinned, changed since what was
    published, tentative, away without why) and totals. The first week unless dates are given."""
    answer = jobs.stored(job_id)
    return _answered(
        part,
        answer.texts,
        lambda: kept_answers(request).of(answer.texts, answer.read),
        caller,
        {},
        None,
    )


@router.get(
    "/v1/rotas/{rota}/board",
    tags=["rotas"],
    summary="Get a week of the published version as a board",
    response_model=Board,
    responses={
        **BOARD,
        **refusals(_404=f"{NO_ROTA[:-1]}, or nothing is published.", _422=WRONG),
    },
)
@needs(May.READ)
def get_rota_board(request: Request, rota: RotaId, caller: Caller, part: TheWanted) -> Response:
    """As of a job; today's week unless dates are given. A key that is limited to some schools sees
    its own people and place, and of the rest that people are busy elsewhere."""
    return _of_version(request, caller, rota, None, part)


@router.get(
    "/v1/rotas/{rota}/versions/{number}/board",
    tags=["rotas"],
    summary="Get a week of a version as a board",
    response_model=Board,
    responses={**BOARD, **refusals(_404=NO_VERSION, _422=WRONG)},
)
@needs(May.READ, whole=True)
def get_rota_version_board(
    request: Request, rota: RotaId, number: Number, caller: Caller, part: TheWanted
) -> Response:
    """As of a job. What is changed is changed since the version published before."""
    return _of_version(request, caller, rota, number, part)


def _of_version(
    request: Request, caller: Principal, rota: str, number: int | None, part: Wanted
) -> Response:
    engine = request.app.state.service.engine
    found: StoredVersion = stored_version(engine, caller.tenant, rota, number, caller.schools)
    return _answered(
        part,
        found.texts,
        lambda: kept_answers(request).of(found.texts, found.read),
        caller,
        found.unsure,
        found.today,
    )


def _answered(
    part: Wanted,
    texts: tuple[str, ...],
    read: Callable[[], KeptAnswer | None],
    caller: Principal,
    unsure: Mapping[str, date],
    today: date | None,
) -> Response:
    told = (part.first, part.last, part.school, caller.schools, sorted(unsure.items()), today)
    tag = f'W/"{hashed((*texts, repr(told)))}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization"}
    if part.tag is not None and tag in [sent.strip() for sent in part.tag.split(",")]:
        return Response(status_code=304, headers=headers)
    kept = read()
    if kept is None:
        said = "Maybe look at the job's state and its report?"
        raise Refusal(problem(404, "no-schedule", "The job has no schedule", said))
    made = board_of(kept, part, caller, unsure, today)
    content = made.model_dump_json()
    return Response(content, media_type="application/json", headers=headers)


def board_of(
    kept: KeptAnswer,
    part: Wanted,
    caller: Principal,
    unsure: Mapping[str, date],
    today: date | None,
) -> Board:
    """The part that is wanted of an answer, as far as a caller may see it.

    Raises:
        Refusal: a date is not in the horizon, or the school is not one that they may see.
    """
    facts = kept.case.facts
    errors = []
    for name, day in (("from", part.first), ("to", part.last)):
        if day is not None and not facts.first <= day <= facts.days[-1]:
            hint = f"Maybe one from {facts.first} to {facts.days[-1]}?"
            errors.append(_error(name, "is not in the horizon.", hint))
    seen = {s.id for s in facts.schools if caller.sees(s.id)}
    if part.school is not None and part.school not in seen:
        known = ", ".join(sorted(seen)[:20])
        hint = f"Maybe one of {known}?" if seen else "Maybe leave it out?"
        errors.append(_error("school", "names none of the schools that you may see.", hint))
    if not errors:
        first, last = stretch(kept.grid, part.first, part.last, today)
        if last < first:
            errors.append(_error("to", "is before from.", "Maybe the two are swapped?"))
        elif (last - first).days >= MOST_DAYS:
            hint = "Maybe ask for one week at a time?"
            errors.append(_error("to", f"is more than {MOST_DAYS} days after from.", hint))
        else:
            given = BoardInput(kept.grid, kept.result, caller.schools, unsure)
            return board(given, first, last, part.school)
    title = "A parameter cannot be understood"
    raise Refusal(problem(422, "invalid-parameter", title, errors=tuple(errors)))


def _error(parameter: str, message: str, hint: str) -> ProblemError:
    return ProblemError(parameter=parameter, message=message, hint=hint)
