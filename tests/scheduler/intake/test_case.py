"""A problem is expanded once: for a request with its explanation, for a check, for a night."""

import pickle
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.problem.problem import Placement, Problem
from scheduler.engine import schedule
from scheduler.intake.case import Case
from scheduler.intake.parse import read_case, read_schedule
from scheduler.jobs.workflow_port import Queue
from tests.service.collaboration import Collaboration
from tests.service.requests import small

SUNDAY_NIGHT = datetime(2026, 5, 10, 21, 0, tzinfo=UTC)

Expanded = list[Problem]


@pytest.fixture
def expanded(monkeypatch: pytest.MonkeyPatch) -> Expanded:
    """The problems that are expanded while the test runs."""
    found: Expanded = []
    expand = Facts.__init__

    def counting(facts: Facts, problem: Problem) -> None:
        found.append(problem)
        expand(facts, problem)

    monkeypatch.setattr(Facts, "__init__", counting)
    return found


def _sent(**limits: Any) -> dict[str, Any]:
    document = small()
    return {**document, "limits": {**document["limits"], "seconds": 5, "workers": 1, **limits}}


def test_a_request_is_expanded_once(expanded: Expanded) -> None:
    """From its text to its explained answer."""
    assert schedule(read_case(_sent())).report is not None
    assert len(expanded) == 1


def test_an_impossible_request_is_expanded_once(expanded: Expanded) -> None:
    """Its explanation expands changed problems, and its own one not again."""
    sent = _sent()
    sent["rules"] = [
        {"kind": "cover", "priority": "must"},
        {"kind": "consecutive_days", "most": 1, "priority": "must"},
    ]
    sent["problem"]["people"] = sent["problem"]["people"][:1]
    case = read_case(sent)
    assert schedule(case).clash is not None
    assert expanded.count(case.request.problem) == 1


def test_a_check_is_expanded_once(expanded: Expanded) -> None:
    """The schedule is read and judged by the facts that judged the request."""
    case = read_case(_sent())
    case.check(read_schedule({"placements": []}, case.facts))
    assert len(expanded) == 1


def test_a_night_is_expanded_once(engine: sa.Engine, queue: Queue, expanded: Expanded) -> None:
    """Composed, frozen and submitted by one expansion; drafted, compared and judged by another,
    since the search lies between the two."""
    hub = Collaboration(engine, queue, publish_by_itself=True).published()
    expanded.clear()
    [begun] = hub.nights.begin(SUNDAY_NIGHT)
    assert len(expanded) == 1
    assert begun.job_id is not None
    hub.answer(begun.job_id)
    expanded.clear()
    [ended] = hub.nights.end()
    assert ended.state in ("unchanged", "published")
    assert len(expanded) == 1


def test_amended_facts_are_those_of_the_amended_problem() -> None:
    """Placements and tags are new in them, also where choices of people go by tags; what else
    changes is expanded."""
    case = read_case(_sent())
    problem = case.request.problem
    first = problem.people[0]
    duty = case.facts.duties[0]
    people = (first.model_copy(update={"tags": ("new",)}), *problem.people[1:])
    changed = problem.model_copy(
        update={"people": people, "pinned": (Placement(person=first.id, duty=duty.id),)}
    )
    other = case.amended(case.request.model_copy(update={"problem": changed}))
    assert other.facts.duties is case.facts.duties
    assert other.facts.problem.pinned == changed.pinned
    assert other.facts.staff[0].person.tags == ("new",)
    assert case.facts.staff[0].person.tags == first.tags
    away = first.model_copy(update={"away": ({"weekdays": ("mon",)},)})
    gone = problem.model_copy(update={"people": (away, *problem.people[1:])})
    assert case.amended(case.request.model_copy(update={"problem": gone})).facts is not case.facts


def test_a_pickled_case_leaves_its_facts_behind(expanded: Expanded) -> None:
    """They are larger than the request, and quick to make again."""
    case = read_case(_sent())
    again: Case = pickle.loads(pickle.dumps(case))
    assert again == case
    assert len(expanded) == 1
    assert again.check(Schedule()) == case.check(Schedule())
