"""Deriving a job from another by a JSON Patch, and comparing the schedules of two jobs."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from models.answer.schedule import Schedule
from models.register.rota import ScheduleDifference
from scheduler.intake.case import Case
from scheduler.intake.parse import read_case
from scheduler.intake.request import RotaRequest
from scheduler.jobs.jobs import Jobs
from scheduler.jobs.view import DerivedJobView
from scheduler.report.warm_start import fitting
from scheduler.rotas.differences import difference
from scheduler.rotas.json_patch import patched
from scheduler.rotas.nearness import stays_near


class NoSchedule(LookupError):
    """The job has no schedule, or none yet."""


def derive(
    jobs: Jobs, job_id: str, patch: Sequence[dict[str, Any]], *, near: bool = True
) -> DerivedJobView:
    """A new job: another job's request after a JSON Patch, starting from that job's schedule as
    far as it still fits.

    Args:
        jobs: of the tenant.
        job_id: the other job.
        patch: how its request changes.
        near: whether the new schedule should stay near the old one.

    Raises:
        UnknownJob: there is no such job.
        InvalidRequest: the patch cannot be applied, or the outcome is not a valid request, or
            exceeds the quotas.
    """
    request, result = jobs.request(job_id), jobs.result(job_id)
    schedule = None if result is None else result.schedule
    case, said = stays_near(patched_case(request, patch), (request, schedule), near=near)
    case = case.amended(jobs.quotas.within(case.request))
    start = None if schedule is None else fitting(case, schedule)
    with Session(jobs.engine) as session, session.begin():
        made = jobs.submit_within(session, case.request, start=start)
        return DerivedJobView(**made.model_dump(), near=said)


def compare(jobs: Jobs, job_id: str, against: str) -> ScheduleDifference:
    """The changes from the schedule of job `against` to that of job `job_id`.

    Raises:
        UnknownJob: one of the jobs does not exist.
        NoSchedule: one of the jobs has no schedule.
    """
    return difference(side(jobs, against), side(jobs, job_id))


def patched_case(request: RotaRequest, patch: Sequence[dict[str, Any]]) -> Case:
    """A request after a JSON Patch.

    Raises:
        InvalidRequest: the patch cannot be applied, or the outcome is not a valid request.
    """
    return read_case(patched(request.model_dump(mode="json"), patch))


def side(jobs: Jobs, job_id: str) -> tuple[Case, Schedule]:
    """The request of a job, and its schedule.

    Raises:
        UnknownJob: there is no such job.
        NoSchedule: the job has no schedule.
    """
    request, result = jobs.request(job_id), jobs.result(job_id)
    if result is None or result.schedule is None:
        raise NoSchedule
    return Case(request), result.schedule
