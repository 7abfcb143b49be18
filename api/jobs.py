"""The calls about jobs: submit, list, look, watch, cancel, fetch what came of it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.bodies import RequestBody, described
from api.examples import REQUEST
from api.feed import Feed
from api.limits import caller, within
from api.problems import ProblemDocument, Refusal, problem
from models.facts import Facts
from models.plan import Plan
from models.result import Result
from models.summary import Answer
from scheduler.exchange import MEDIA_TYPES, Format, render
from scheduler.jobs.jobs import Jobs, PurgedJob
from scheduler.jobs.tables import State
from scheduler.jobs.view import JobView, Page
from scheduler.request import RotaRequest

PROBLEM: dict[str, Any] = {
    "model": ProblemDocument,
    "content": {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}
    },
}


GONE = "The job ended so long ago that this was removed."


def refusals(**what: str) -> dict[int | str, dict[str, Any]]:
    """The refusals of a call: `_404="There is no such job."`"""
    return {
        int(status.removeprefix("_")): {**PROBLEM, "description": said}
        for status, said in what.items()
    }


def _jobs(request: Request) -> Jobs:
    jobs: Jobs = request.app.state.service.jobs
    return jobs


def _feed(request: Request) -> Feed:
    feed: Feed = request.app.state.feed
    return feed


TheJobs = Annotated[Jobs, Depends(_jobs)]
JobId = Annotated[str, Path(description="The id that submitting gave.")]

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.post(
    "",
    status_code=202,
    summary="Submit a request",
    response_description="Accepted; Location says where the job is.",
    responses=refusals(
        _413="The body is too large.",
        _415="The body is not said to be JSON.",
        _422="The request cannot be understood, asks for more than a job may take here, or the "
        "key was used with another one.",
        _429="Too many jobs wait, or too many calls were made.",
    ),
    openapi_extra=described({"$ref": "#/components/schemas/RotaRequest"}, REQUEST),
)
def submit(
    sent: RequestBody,
    jobs: TheJobs,
    request: Request,
    response: Response,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=255,
            description="The same key with the same request gives the same job, however often.",
        ),
    ] = None,
) -> JobView:
    """Facts, rules in order of importance, and limits; it is solved when a place is free."""
    job = jobs.submit(within(sent, request.app.state.settings), idempotency_key)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return job


@router.get("", summary="List jobs", responses=refusals(_422="A parameter cannot be understood."))
def list_jobs(
    jobs: TheJobs,
    cursor: Annotated[
        str | None, Query(max_length=200, description="`next` of the page before.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="The most jobs of a page.")] = 50,
    state: Annotated[State | None, Query(description="Only jobs in this state.")] = None,
) -> Page:
    """The newest first."""
    return jobs.page(cursor=cursor, limit=limit, state=state)


@router.get("/{job_id}", summary="Look at a job", responses=refusals(_404="There is no such job."))
def look(job_id: JobId, jobs: TheJobs) -> JobView:
    """Its state, and how far each priority has come: value reached, bound proved, gap between."""
    return jobs.get(job_id)


@router.get(
    "/{job_id}/request",
    summary="What was sent",
    responses=refusals(_404="There is no such job.", _410=GONE),
)
def sent(job_id: JobId, jobs: TheJobs) -> RotaRequest:
    """The request, with all defaults written out."""
    return jobs.request(job_id)


@router.get(
    "/{job_id}/schedule",
    summary="The best checked schedule so far",
    responses={
        200: {
            "description": "The schedule; while the job is not over, its best so far.",
            "model": Answer,
            "content": {
                media.partition(";")[0]: {"schema": {"type": "string"}}
                for name, media in MEDIA_TYPES.items()
                if name != "json"
            },
        },
        **refusals(
            _404="There is no such job, or it has no schedule (yet).",
            _410=GONE,
            _406="No format that is offered is accepted.",
            _422="A parameter cannot be understood.",
        ),
    },
    response_class=Response,
)
def schedule(
    request: Request,
    job_id: JobId,
    jobs: TheJobs,
    format: Annotated[
        Format | None, Query(description="Goes before the Accept header; JSON without either.")
    ] = None,
    person: Annotated[
        str | None, Query(max_length=64, description="Whose calendar; only for `ics`.")
    ] = None,
) -> Response:
    """As JSON with what it amounts to, as a table, a page to print, a workbook or a calendar."""
    wanted = format or _accepted(request.headers.get("accept", "*/*"))
    result = jobs.result(job_id)
    found = None if result is None else result.schedule or (result.draft and result.draft.schedule)
    if result is None or not found:
        raise Refusal(
            problem(
                404,
                "no-schedule",
                "The job has no schedule",
                "Maybe look at the job's state and its report?",
            )
        )
    sent = jobs.request(job_id)
    facts = Facts(sent.problem)
    try:
        content, media = render(
            wanted, facts, Plan.of(facts, found), result, rules=sent.all_rules, person=person
        )
    except KeyError:
        said = problem(422, "invalid-parameter", "Nobody has this id", "Maybe look at the request?")
        raise Refusal(said) from None
    headers = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
    return Response(content, media_type=media, headers=headers)


@router.get(
    "/{job_id}/report",
    summary="How each rule fared",
    responses=refusals(_404="There is no such job, or it has nothing to report (yet).", _410=GONE),
)
def report(job_id: JobId, jobs: TheJobs) -> Result:
    """What the checker found, what was proved at each priority, and what could not be met."""
    result = jobs.result(job_id)
    if result is None:
        raise Refusal(
            problem(404, "no-report", "The job has no report", "Maybe look at the job's state?")
        )
    return result


@router.post(
    "/{job_id}/cancel",
    summary="Stop, and keep the best",
    responses=refusals(_404="There is no such job."),
)
def cancel(job_id: JobId, jobs: TheJobs) -> JobView:
    """The search ends within about a second. A job that is over stays as it is."""
    return jobs.cancel(job_id)


@router.get(
    "/{job_id}/events",
    summary="Watch a job",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events `state` and `progress`, until the job is over.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        204: {"description": "The job is over and all its events have been read."},
        **refusals(
            _404="There is no such job.",
            _410=GONE,
            _422="A parameter cannot be understood.",
            _429="Too many streams are open, or too many calls were made.",
        ),
    },
)
async def events(
    request: Request,
    job_id: JobId,
    jobs: TheJobs,
    feed: Annotated[Feed, Depends(_feed)],
    last_event_id: Annotated[
        int | None,
        Header(ge=0, le=2**31 - 1, description="Begin after this one; a browser does so itself."),
    ] = None,
) -> Response:
    """From the first event, or from where a reader was cut off."""
    job = await run_in_threadpool(jobs.get, job_id)
    after = last_event_id or 0
    if job.purged_at is not None:
        raise PurgedJob
    if job.state.over and after >= job.last_event:
        return Response(status_code=204)
    return StreamingResponse(
        feed.stream(job_id, after, caller(request.scope)),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


_NAMES: dict[str, Format] = {media.partition(";")[0]: name for name, media in MEDIA_TYPES.items()}


def _accepted(header: str) -> Format:
    """The format that an Accept header likes best."""
    wishes: list[tuple[float, str]] = []
    for part in header.split(","):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        stated = next((p.removeprefix("q=") for p in parameters if p.startswith("q=")), "1")
        wishes.append((_number(stated), media))
    for quality, media in sorted(wishes, key=lambda wish: -wish[0]):
        if quality == 0:
            continue
        if media in ("*/*", "application/*"):
            return "json"
        if media in _NAMES:
            return _NAMES[media]
    raise Refusal(
        problem(
            406,
            "no-such-format",
            "No format that is offered is accepted",
            f"There are {', '.join(sorted(_NAMES))}. Maybe say ?format=json?",
        )
    )


def _number(quality: str) -> float:
    try:
        return min(1.0, max(0.0, float(quality)))
    except ValueError:
        return 0.0
