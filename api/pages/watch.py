"""The page of a job: how far it has come, live, and what came out; stop it, and fetch files."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, Response

from api.access import Caller, page_needs
from api.feed import Feed
from api.formats import rendered, shown
from api.jobs import JobId, TheJobs, feed_of, stream_job_events
from api.pages.frame import page, see
from api.pages.words import gap, moment, outcome, words_of
from api.problems import Refusal, problem
from scheduler.access.keys import May
from scheduler.exchange.render.formats import Format
from scheduler.intake.case import Case

router = APIRouter(include_in_schema=False, prefix="/jobs/{job_id}")


@router.get("")
@page_needs(May.READ, whole=True)
def show_job(
    request: Request,
    job_id: JobId,
    jobs: TheJobs,
    part: Annotated[Literal["progress"] | None, Query()] = None,
) -> Response:
    """How a job is; only the part that changes, where a script asks for it."""
    job = jobs.get(job_id)
    if job.purged_at is not None:
        return page(request, "purged.html.j2", job=job, outcome=outcome(job))
    words = words_of(jobs, job_id)
    known = {level.priority: level for level in job.levels}
    rows = [
        (priority, rules, known.get(priority), priority == job.priority and not job.state.over)
        for priority, rules in words.rules.items()
    ]
    return page(
        request,
        "progress.html.j2" if part else "job.html.j2",
        job=job,
        name=words.name,
        rows=rows,
        outcome=outcome(job),
        gap=gap,
        moment=lambda at: moment(at, words.zone),
    )


@router.post("/stop")
@page_needs(May.PLAN, whole=True)
def stop_job(job_id: JobId, jobs: TheJobs) -> Response:
    """Stop the search, and keep the best rota."""
    jobs.cancel(job_id)
    return see(f"/jobs/{job_id}")


@router.get("/events")
@page_needs(May.READ, whole=True)
async def watch_job(
    request: Request,
    job_id: JobId,
    who: Caller,
    jobs: TheJobs,
    feed: Annotated[Feed, Depends(feed_of)],
    last_event_id: Annotated[int | None, Header(ge=0, le=2**31 - 1)] = None,
) -> Response:
    """The events of a job, as everybody gets them; a browser cannot show a key for them."""
    return await stream_job_events(request, job_id, who, jobs, feed, last_event_id)


@router.get("/files/{format}")
@page_needs(May.READ, whole=True)
def get_rota_file(job_id: JobId, format: Format, jobs: TheJobs) -> Response:
    """The rota to print, to open in a spreadsheet, or for a calendar."""
    result = jobs.result(job_id)
    if result is None or shown(result) is None:
        raise Refusal(problem(404, "no-schedule", "There is no rota yet", "Maybe wait a little?"))
    answer = rendered(format, Case(jobs.request(job_id)), result, None)
    if format != "html":
        ending = {"text": "txt", "payroll": "csv"}.get(format, format)
        answer.headers["Content-Disposition"] = f'attachment; filename="rota.{ending}"'
    return answer
