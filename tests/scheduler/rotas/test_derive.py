"""A job from another: changed by a patch, begun from its schedule, compared with it."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.answer.schedule import Schedule
from models.problem.problem import Placement
from scheduler.engine import schedule
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.intake.validation_errors import InvalidRequest
from scheduler.jobs.jobs import Jobs, UnknownJob
from scheduler.jobs.transitions import end, locked, request_of
from scheduler.report.summary import summarise
from scheduler.rotas.derive import NoSchedule, compare, derive
from scheduler.rotas.nearness import NOTHING_BEFORE, OWN_RULES, TURNED_OFF
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


def _solved(engine: sa.Engine, jobs: Jobs, request: dict[str, Any]) -> str:
    job = jobs.submit(RotaRequest.model_validate(request))
    _answered(engine, job.id)
    return job.id


def _placements(jobs: Jobs, job_id: str) -> set[Placement]:
    result = jobs.result(job_id)
    assert result is not None
    assert result.schedule is not None
    return set(result.schedule.placements)


def _pin(person: str, day: int) -> list[dict[str, Any]]:
    pin = {"person": person, "duty": f"hub@2026-01-{day:02}"}
    return [{"op": "add", "path": "/problem/pinned/-", "value": pin}]


def _free_on(jobs: Jobs, job_id: str, day: int) -> str:
    there = {p.person for p in _placements(jobs, job_id) if p.duty == f"hub@2026-01-{day:02}"}
    return min({f"p{number}" for number in range(5)} - there)


def test_a_pin_changes_nothing_else(engine: sa.Engine, jobs: Jobs) -> None:
    """The rule that keeps it near comes below every priority, and both answers say so; of the
    change it is said that it was asked for."""
    first = _solved(engine, jobs, small(seconds=10))
    person = _free_on(jobs, first, 5)
    made = derive(jobs, first, _pin(person, 5))
    assert made.near.startswith("It stays near the schedule that it was derived from")
    assert jobs.request(made.id).rules[-1].priority == 2
    _answered(engine, made.id)
    result = jobs.result(made.id)
    assert result is not None
    assert result.report is not None
    assert any(
        "near the one that it was derived from" in f.sentence for f in result.report.findings
    )
    case = Case(jobs.request(made.id))
    assert result.schedule is not None
    summary = summarise(case.facts, case.plan(result.schedule), case.rules)
    assert summary.compared_with == "the schedule that it was derived from"
    before, after = _placements(jobs, first), _placements(jobs, made.id)
    assert len(before ^ after) <= 4
    found = compare(jobs, made.id, first)
    mine = [c for p in found.people if p.person == person for c in p.changes]
    assert {c.why for c in mine if c.duty == "hub@2026-01-05"} == {"you pinned it"}
    assert any("(you pinned it)" in sentence for sentence in found.sentences)


def test_a_chain_stays_near_the_last_and_can_be_let_go(engine: sa.Engine, jobs: Jobs) -> None:
    """The rule joins once, and compares with the schedule before, not with the first of all."""
    first = _solved(engine, jobs, small(seconds=10))
    second = derive(jobs, first, _pin(_free_on(jobs, first, 5), 5))
    _answered(engine, second.id)
    third = derive(jobs, second.id, _pin(_free_on(jobs, second.id, 9), 9))
    request = jobs.request(third.id)
    assert [rule.name for rule in request.rules].count("least_change") == 1
    assert request.problem.published is not None
    assert set(request.problem.published.placements) == _placements(jobs, second.id)
    free = derive(jobs, second.id, _pin("p0", 6), near=False)
    assert free.near == TURNED_OFF
    assert jobs.request(free.id).problem.published is None
    assert len(jobs.request(free.id).rules) == 2


def test_what_people_have_been_told_and_rules_of_its_own_come_first(
    engine: sa.Engine, jobs: Jobs
) -> None:
    """A published rota is what it stays near; a request's own rule is left as it is; and nothing
    joins where there is no schedule yet."""
    told = {"placements": [{"person": "p0", "duty": "hub@2026-01-05"}]}
    request = small(seconds=10)
    request["problem"]["published"] = told
    job = derive(jobs, _solved(engine, jobs, request), _pin("p1", 6))
    assert job.near.startswith("It stays near what people have been told")
    published = jobs.request(job.id).problem.published
    assert published is not None
    assert len(published.placements) == 1
    request["rules"].append({"kind": "least_change", "priority": 1})
    job = derive(jobs, _solved(engine, jobs, request), _pin("p1", 6))
    assert job.near == OWN_RULES
    assert len(jobs.request(job.id).rules) == 3
    budget = small(seconds=10)
    budget["rules"].append({"kind": "change_budget", "most": 0})
    job = derive(jobs, _solved(engine, jobs, budget), _pin("p1", 6))
    assert job.near == OWN_RULES
    assert jobs.request(job.id).problem.published is None
    waiting = jobs.submit(RotaRequest.model_validate(small()))
    assert derive(jobs, waiting.id, _pin("p1", 6)).near == NOTHING_BEFORE
