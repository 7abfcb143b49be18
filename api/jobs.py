"""The calls about jobs: submit, list, watch and cancel them, and fetch the results."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.access import Caller, needs, still_allowed
from api.bodies import IF_JSON, SubmissionBody, described_by_either
from api.examples import REQUEST
from api.feed import Feed
from api.formats import THE_FORMATS, Accepted, rendered, shown
from api.limits import caller
from api.parameters import GIVEN, USUAL_LIMIT, Cursor, Limit
from api.problems import Refusal, problem, refusals
from models.answer.result import Result
from models.value import Id
from scheduler.access.keys import May
from scheduler.exchange.render.formats import Format
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.jobs.jobs import Jobs, PurgedJob
from scheduler.jobs.view import JobPage, JobView
from scheduler.storage.tables import JobState

GONE = "The job ended so long ago that this was removed."


def _jobs(request: Request, caller: Caller) -> Jobs:
    jobs: Jobs = request.app.state.service.jobs_of(caller.tenant)
    return jobs


def feed_of(request: Request) -> Feed:
    """Where the events of jobs are passed on."""
    feed: Feed = request.app.state.feed
    return feed


TheJobs = Annotated[Jobs, Depends(_jobs)]
JobId = Annotated[str, Path(pattern=GIVEN, description="The id that `create_job` answered with.")]

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])


@router.post(
    "",
    status_code=202,
    summary="Submit a request",
    response_description="Accepted; Location says where the job is.",
    responses=refusals(
        **IF_JSON,
        _422="The request cannot be understood, asks for more than a job may take here, or the "
        "key was used with another one.",
        _429="Too many jobs wait, or too many calls were made.",
    ),
    openapi_extra=described_by_either("RotaRequest", "JobSubmission", REQUEST),
)
@needs(May.PLAN, whole=True)
def create_job(
    sent: SubmissionBody,
    jobs: TheJobs,
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
    """The facts, the rules in order of importance, and the limits; or these as `request`, with a
    schedule to start from. The job waits until a worker is free to solve it."""
    asked, start = sent
    if idempotency_key is not None and jobs.has_used(idempotency_key):
        response.headers["Idempotent-Replayed"] = "true"
    job = jobs.submit(jobs.quotas.within(asked), idempotency_key, start=start)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return job


@router.get("", summary="List jobs")
@needs(May.READ, whole=True)
def list_jobs(
    jobs: TheJobs,
    cursor: Cursor = None,
    limit: Limit = USUAL_LIMIT,
    state: Annotated[JobState | None, Query(description="Only jobs in this state.")] = None,
) -> JobPage:
    """The newest first."""
    return jobs.page(cursor=cursor, limit=limit, state=state)


@router.get("/{job_id}", summary="Get a job", responses=refusals(_404="There is no such job."))
@needs(May.READ, whole=True)
def get_job(job_id: JobId, jobs: TheJobs) -> JobView:
    """Its state, and how far each priority has come: the value reached, the bound proved and the
    gap between them."""
    return jobs.get(job_id)


@router.get(
    "/{job_id}/request",
    summary="Get the request of a job",
    responses=refusals(_404="There is no such job.", _410=GONE),
)
@needs(May.READ, whole=True)
def get_job_request(job_id: JobId, jobs: TheJobs) -> RotaRequest:
    """The request as it was understood, with all defaults written out."""
    return jobs.request(job_id)


@router.get(
    "/{job_id}/schedule",
    summary="Get the best checked schedule so far",
    responses={
        200: THE_FORMATS,
        **refusals(
            _404="There is no such job, or it has no schedule (yet).",
            _410=GONE,
            _406="No format that is offered is accepted.",
        ),
    },
    response_class=Response,
)
@needs(May.READ, whole=True)
def get_job_schedule(
    job_id: JobId,
    jobs: TheJobs,
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
    wanted = format or accepted()
    result = jobs.result(job_id)
    if result is None or shown(result) is None:
        raise Refusal(
            problem(
                404,
                "no-schedule",
                "The job has no schedule",
                "Maybe look at the job's state and its report?",
            )
        )
    return rendered(wanted, Case(jobs.request(job_id)), result, person)


@router.get(
    "/{job_id}/report",
    summary="Get the report of a job",
    responses=refusals(_404="There is no such job, or it has nothing to report (yet).", _410=GONE),
)
@needs(May.READ, whole=True)
def get_job_report(job_id: JobId, jobs: TheJobs) -> Result:
    """What the checker found, what was proved at each priority, and what could not be met."""
    result = jobs.result(job_id)
    if result is None:
        raise Refusal(
            problem(404, "no-report", "The job has no report", "Maybe look at the job's state?")
        )
    return result


@router.post(
    "/{job_id}/cancel",
    summary="Stop a job and keep its best schedule",
    responses=refusals(_404="There is no such job."),
)
@needs(May.PLAN, whole=True)
def cancel_job(job_id: JobId, jobs: TheJobs) -> JobView:
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
            _429="Too many streams are open, or too many calls were made.",
        ),
    },
)
@needs(May.READ, whole=True)
async def stream_job_events(
    request: Request,
    job_id: JobId,
    who: Caller,
    jobs: TheJobs,
    feed: Annotated[Feed, Depends(feed_of)],
    last_event_id: Annotated[
        int | None,
        Header(ge=0, le=2**31 - 1, description="Begin after this one; a browser does so itself."),
    ] = None,
) -> Response:
    """Its events from the first, or from where the reader was cut off."""
    job = await run_in_threadpool(jobs.get, job_id)
    after = last_event_id or 0
    if job.purged_at is not None:
        raise PurgedJob
    if job.state.over and after >= job.last_event:
        return Response(status_code=204)
    return StreamingResponse(
        still_allowed(request, who, feed.stream(job_id, after, caller(request.scope))),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )
