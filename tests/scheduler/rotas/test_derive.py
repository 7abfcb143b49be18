"""A job from another: changed by a patch, begun from its schedule, compared with it."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.answer.schedule import Schedule
from scheduler.engine import schedule
from scheduler.intake.request import RotaRequest
from scheduler.intake.validation_errors import InvalidRequest
from scheduler.jobs.jobs import Jobs, UnknownJob
from scheduler.jobs.transitions import end, locked, request_of
from scheduler.rotas.derive import NoSchedule, compare, derive
from scheduler.storage.tables import Checkpoint, JobState
from tests.service.requests import small


def _answered(engine: sa.Engine, job_id: str) -> None:
    with Session(engine) as session, session.begin():
        job = locked(session, job_id)
        assert job is not None
        end(session, job, JobState.DONE, schedule(request_of(session, job)))


def test_it_begins_where_the_other_ended(engine: sa.Engine, jobs: Jobs) -> None:
    """As far as that still fits; and the changes of people come with the reason."""
    first = jobs.submit(RotaRequest.model_validate(small(seconds=2)))
    with pytest.raises(NoSchedule):
        compare(jobs, first.id, first.id)
    _answered(engine, first.id)
    before = jobs.result(first.id)
    assert before is not None
    assert before.schedule is not None
    away = [{"op": "add", "path": "/problem/people/0/away/-", "value": {"weekdays": ["mon"]}}]
    made = derive(jobs, first.id, away)
    with Session(engine) as session:
        kept = session.get_one(Checkpoint, made.id)
        start = Schedule.model_validate_json(kept.schedule)
    lost = set(before.schedule.placements) - set(start.placements)
    assert {p.person for p in lost} <= {"p0"}
    assert set(start.placements) <= set(before.schedule.placements)
    _answered(engine, made.id)
    assert compare(jobs, first.id, first.id).people == ()
    found = compare(jobs, made.id, first.id)
    why = {c.why for p in found.people if p.person == "p0" for c in p.changes}
    assert not lost or "is away" in why or "does not work at that time" in why


def test_what_cannot_be_derived_is_refused(jobs: Jobs) -> None:
    """With the place, into the request that would come of it."""
    first = jobs.submit(RotaRequest.model_validate(small()))
    for patch, pointer in (
        ([{"op": "remove", "path": "/nothing"}], "/patch"),
        ([{"op": "replace", "path": "/problem/people/0/home", "value": "elm"}],
         "/problem/people/0/home"),
    ):  # fmt: skip
        with pytest.raises(InvalidRequest) as refused:
            derive(jobs, first.id, patch)
        assert refused.value.faults[0].pointer == pointer
    with pytest.raises(UnknownJob):
        derive(jobs, "none", [])
