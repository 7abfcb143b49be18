"""The calls about one answer: who else could, why not, and what if. Nothing is kept."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from api.access import Caller, needs
from api.answers.kept import KeptAnswer, kept_answers
from api.bodies import IF_JSON, a_body, described_by
from api.formats import shown
from api.jobs import GONE, JobId, TheJobs
from api.problems import Refusal, problem, refusals
from api.rotas import RotaId
from api.versions import NO_VERSION, Number
from models.answer.what_if import (
    CandidatesAnswer,
    CandidatesRequest,
    ExplainAnswer,
    ExplainRequest,
    TryAnswer,
    TryRequest,
)
from scheduler.access.keys import May
from scheduler.answers.trial import tried
from scheduler.answers.why import AskedSchedule, candidates, explained
from scheduler.rotas.stored_version import stored_version

router = APIRouter()

DUTY = "club@2026-04-06"

OF_JOB = refusals(
    _404="There is no such job, or no schedule (yet).",
    _410=GONE,
    **IF_JSON,
    _422="The body cannot be understood, or names what is not there.",
)
OF_VERSION = refusals(
    _404=NO_VERSION, **IF_JSON, _422="The body cannot be understood, or names what is not there."
)


def _of_job(request: Request, job_id: JobId, jobs: TheJobs) -> AskedSchedule:
    found = jobs.stored(job_id)
    return _asked(kept_answers(request).of(found.texts, found.read))


def _of_version(request: Request, rota: RotaId, number: Number, caller: Caller) -> AskedSchedule:
    engine = request.app.state.service.engine
    found = stored_version(engine, caller.tenant, rota, number, caller.schools)
    return _asked(kept_answers(request).of(found.texts, found.read))


def _asked(kept: KeptAnswer | None) -> AskedSchedule:
    schedule = None if kept is None else shown(kept.result)
    if kept is None or schedule is None:
        said = "Maybe look at the job's state and its report?"
        raise Refusal(problem(404, "no-schedule", "The job has no schedule", said))
    report = kept.result.report or (kept.result.draft and kept.result.draft.report)
    return AskedSchedule(kept.case, schedule, kept.plan, report or None, kept.result.levels)


AskedJob = Annotated[AskedSchedule, Depends(_of_job)]
AskedVersion = Annotated[AskedSchedule, Depends(_of_version)]
TheCandidates = Annotated[CandidatesRequest, Depends(a_body(CandidatesRequest))]
TheMoves = Annotated[TryRequest, Depends(a_body(TryRequest))]
TheQuestion = Annotated[ExplainRequest, Depends(a_body(ExplainRequest))]

EXAMPLES = {
    "candidates": described_by(CandidatesRequest, {"duty": DUTY}),
    "try": described_by(TryRequest, {"moves": [{"do": "leave_empty", "duty": DUTY}]}),
    "explain": described_by(ExplainRequest, {"person": "ann", "duty": DUTY}),
}


@router.post(
    "/v1/jobs/{job_id}/candidates",
    tags=["jobs"],
    summary="Rank who could be on a duty",
    responses=OF_JOB,
    openapi_extra=EXAMPLES["candidates"],
)
@needs(May.READ, whole=True)
def rank_job_candidates(asked: TheCandidates, given: AskedJob) -> CandidatesAnswer:
    """As well, or instead of somebody: what each would break and cost, exactly while the rest stays
    as it is; and why the others who meet the need cannot."""
    return candidates(given, asked)


@router.post(
    "/v1/jobs/{job_id}/try",
    tags=["jobs"],
    summary="Judge changes by hand",
    responses=OF_JOB,
    openapi_extra=EXAMPLES["try"],
)
@needs(May.READ, whole=True)
def try_job_moves(asked: TheMoves, given: AskedJob) -> TryAnswer:
    """What they would break and cost at every priority; the checkers judge what is touched."""
    return tried(given.case, given.plan, asked.moves, report=given.report, levels=given.levels)


@router.post(
    "/v1/jobs/{job_id}/explain",
    tags=["jobs"],
    summary="Explain why somebody is where they are",
    responses=OF_JOB,
    openapi_extra=EXAMPLES["explain"],
)
@needs(May.READ, whole=True)
def explain_job_placement(asked: TheQuestion, given: AskedJob) -> ExplainAnswer:
    """Why a person is on a duty or not, or what they do on a day, and at what price it could be
    otherwise; in sentences and as data."""
    return explained(given, asked)


@router.post(
    "/v1/rotas/{rota}/versions/{number}/candidates",
    tags=["rotas"],
    summary="Rank who could be on a duty of a version",
    responses=OF_VERSION,
    openapi_extra=EXAMPLES["candidates"],
)
@needs(May.READ, whole=True)
def rank_version_candidates(asked: TheCandidates, given: AskedVersion) -> CandidatesAnswer:
    """As of a job, by the request that the version was made from."""
    return candidates(given, asked)


@router.post(
    "/v1/rotas/{rota}/versions/{number}/try",
    tags=["rotas"],
    summary="Judge changes by hand to a version",
    responses=OF_VERSION,
    openapi_extra=EXAMPLES["try"],
)
@needs(May.READ, whole=True)
def try_version_moves(asked: TheMoves, given: AskedVersion) -> TryAnswer:
    """As of a job. A swap of the published version is another call, which keeps it."""
    return tried(given.case, given.plan, asked.moves, report=given.report, levels=given.levels)


@router.post(
    "/v1/rotas/{rota}/versions/{number}/explain",
    tags=["rotas"],
    summary="Explain why somebody is where they are in a version",
    responses=OF_VERSION,
    openapi_extra=EXAMPLES["explain"],
)
@needs(May.READ, whole=True)
def explain_version_placement(asked: TheQuestion, given: AskedVersion) -> ExplainAnswer:
    """As of a job."""
    return explained(given, asked)
