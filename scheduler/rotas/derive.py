"""A job from another: changed by a JSON Patch, begun from its schedule, compared with it."""

from collections.abc import Sequence
from typing import Any

import jsonpatch
from sqlalchemy.orm import Session

from models.answer.schedule import Schedule
from models.register.rota import ScheduleDifference
from scheduler.intake.case import Case
from scheduler.intake.parse import read_case
from scheduler.intake.request import RotaRequest
from scheduler.intake.validation_errors import InvalidRequest, fault
from scheduler.jobs.jobs import Jobs
from scheduler.jobs.view import JobView
from scheduler.report.warm_start import fitting
from scheduler.rotas.differences import difference
from scheduler.storage.clock import now
from scheduler.storage.tables import Checkpoint


class NoSchedule(LookupError):
    """A job has no schedule (yet)."""


def derive(jobs: Jobs, job_id: str, patch: Sequence[dict[str, Any]]) -> JobView:
    """A new job from one: its request after a JSON Patch, beginning from its schedule as far as
    that still fits.

    Raises:
        UnknownJob: there is no such job.
        InvalidRequest: the patch cannot be applied, or what comes of it is no request, or one that
            asks for too much.
    """
    case = patched(jobs.request(job_id), patch)
    case = case.amended(jobs.quotas.within(case.request))
    result = jobs.result(job_id)
    start = None if result is None or result.schedule is None else fitting(case, result.schedule)
    with Session(jobs.engine) as session, session.begin():
        made = jobs.submit_within(session, case.request)
        if start is not None:
            kept = start.model_dump_json()
            session.add(Checkpoint(job_id=made.id, attempt=0, at=now(), schedule=kept))
        return made


def compare(jobs: Jobs, job_id: str, against: str) -> ScheduleDifference:
    """What changes from one job's schedule to another's.

    Raises:
        UnknownJob: one of them is not there.
        NoSchedule: one of them has none.
    """
    return difference(side(jobs, against), side(jobs, job_id))


def patched(request: RotaRequest, patch: Sequence[dict[str, Any]]) -> Case:
    """A request after a JSON Patch.

    Raises:
        InvalidRequest: the patch cannot be applied, or what comes of it is no request.
    """
    try:
        changed = jsonpatch.JsonPatch(list(patch)).apply(request.model_dump(mode="json"))
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError, KeyError):
        said = "cannot be applied. Maybe a path leads nowhere, or a test fails?"
        raise InvalidRequest([fault(("patch",), said)]) from None
    return read_case(changed)


def side(jobs: Jobs, job_id: str) -> tuple[Case, Schedule]:
    """What a job was asked for, and its schedule.

    Raises:
        UnknownJob: there is no such job.
        NoSchedule: it has none.
    """
    request, result = jobs.request(job_id), jobs.result(job_id)
    if result is None or result.schedule is None:
        raise NoSchedule
    return Case(request), result.schedule
