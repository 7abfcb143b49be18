"""The calls that go from one job to another: derive, and compare."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from api.access import needs
from api.bodies import IF_JSON, a_body, described_by
from api.jobs import GONE, JobId, TheJobs
from api.parameters import GIVEN
from api.problems import refusals
from models.register.rota import ScheduleDifference
from models.value import Value
from scheduler.access.keys import May
from scheduler.jobs.view import DerivedJobView
from scheduler.rotas.derive import compare, derive

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

SHOWN = {"patch": [{"op": "replace", "path": "/limits/seconds", "value": 5}]}


class JobAmendment(Value):
    """How a request changes."""

    patch: tuple[dict[str, Any], ...] = Field(
        min_length=1, max_length=1000, description="JSON Patch (RFC 6902) on the request."
    )
    near: bool = Field(
        True,
        description="Whether the new rota stays near what it comes from: a rule below all "
        "priorities that as few changes as possible are made, unless it has one of its own.",
    )


@router.post(
    "/{job_id}/derive",
    status_code=202,
    summary="Derive a job from another",
    responses=refusals(
        _404="There is no such job.",
        _410=GONE,
        **IF_JSON,
        _422="The patch cannot be applied, or what comes of it is no request.",
        _429="Too many jobs wait.",
    ),
    openapi_extra=described_by(JobAmendment, SHOWN),
)
@needs(May.PLAN, whole=True)
def derive_job(
    job_id: JobId,
    wish: Annotated[JobAmendment, Depends(a_body(JobAmendment))],
    jobs: TheJobs,
    response: Response,
) -> DerivedJobView:
    """A JSON Patch is applied to the request of the job. The new job starts from the old schedule,
    as far as that still fits, and stays near it."""
    job = derive(jobs, job_id, wish.patch, near=wish.near)
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return job


@router.get(
    "/{job_id}/diff",
    summary="Compare the schedules of two jobs",
    responses=refusals(
        _404="There is no such job, or it has no schedule (yet).",
        _410=GONE,
    ),
)
@needs(May.READ, whole=True)
def diff_job(
    job_id: JobId,
    jobs: TheJobs,
    against: Annotated[str, Query(pattern=GIVEN, description="The id of the job to compare with.")],
) -> ScheduleDifference:
    """Who changes, when and why, from the other job's schedule to this one's, and how many minutes
    move to each school."""
    return compare(jobs, job_id, against)
