"""Every rule in weeks that are not like others: half-term at one school, a contract that changes in
mid-week, a home school that is closed, shifts over midnight. What is encoded and what is checked
must go on meaning the same. The weeks of the clock changes are in tests/models/facts."""

import copy
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.problem import Problem
from scheduler.rulebook.example import Example
from tests.agreement import Trial, plans
from tests.drawings import ALONE, SHOWN
from tests.soak import more, tries

MOST_PLANS = tries(2, 5)
"""Schedules of each drawing that are tried in each odd week, the drawn one first."""

Document = dict[str, Any]


def _middle(document: Document) -> tuple[str, str]:
    """The second day of a problem, or its only one, and the day before that."""
    problem = Problem.model_validate(document)
    horizon = problem.horizon
    day = min(horizon.first + timedelta(days=1), horizon.last)
    return day.isoformat(), (day - timedelta(days=1)).isoformat()


def half_term_at_one_school(document: Document) -> Document:
    """The first school is closed from the second day on; the others are not."""
    day, _ = _middle(document)
    school = document["schools"][0]
    closed = {"first": day, "last": document["horizon"]["last"]}
    school["closed"] = [*school["closed"], closed]
    return document


def contract_changes_in_mid_week(document: Document) -> Document:
    """The first person works half as much from the second day on, at the same school."""
    day, before = _middle(document)
    document["roles"] = {"post": "Post", **document["roles"]}
    person = document["people"][0]
    given = person["contracts"] or [{"id": "first", "role": "post", "school": person["home"]}]
    contract = given[0]
    person["contracts"] = [
        {**contract, "fte_percent": 80, "minutes_per_week": None, "last": before},
        {**contract, "id": "later", "fte_percent": 40, "minutes_per_week": None, "first": day},
        *given[1:],
    ]
    return document


def home_school_is_closed(document: Document) -> Document:
    """The first person belongs to a school that is closed, and has a post where the others work."""
    horizon = document["horizon"]
    document["schools"].append({"id": "shut", "name": "Shut School", "closed": [horizon]})
    document["roles"] = {"post": "Post", **document["roles"]}
    person = document["people"][0]
    post = {"id": "there", "role": "post", "school": person["home"], "all_year": True}
    person["contracts"] = person["contracts"] or [post]
    person["home"] = "shut"
    return document


def shifts_over_midnight(document: Document) -> Document:
    """The first shift is a night."""
    if document["shifts"]:
        document["shifts"][0].update(start="22:00", end="06:00", unpaid_minutes=0)
    return document


ODD: dict[str, Callable[[Document], Document]] = {
    change.__name__: change
    for change in (
        half_term_at_one_school,
        contract_changes_in_mid_week,
        home_school_is_closed,
        shifts_over_midnight,
    )
}


def facts_in(example: Example, change: Callable[[Document], Document]) -> Facts | None:
    """The facts of a drawing in an odd week; None where the rule cannot be asked there."""
    document: Document = example.problem.model_dump(mode="json")
    changed = change(copy.deepcopy(document))
    if changed == document:
        return None
    facts = Facts(Problem.model_validate(changed))
    return None if list(example.rule.faults(facts)) else facts


@more
@pytest.mark.parametrize("change", ODD.values(), ids=ODD)
@pytest.mark.parametrize("example", SHOWN.values(), ids=SHOWN)
def test_encodings_and_checkers_agree(
    example: Example, change: Callable[[Document], Document]
) -> None:
    """By free variables, as constants, and as a must."""
    facts = facts_in(example, change)
    if facts is None:
        return
    trial = Trial(example.rule, facts)
    drawn = _drawn(example, facts)
    for plan in plans(facts, drawn, MOST_PLANS):
        said = trial.said(plan)
        assert trial.with_equalities(plan) == said
        assert trial.with_constants(plan) == said
        assert trial.as_must(plan) == (not said)


def _drawn(example: Example, facts: Facts) -> Plan | None:
    """The drawn schedule in other facts, where the duties and their possible times are the same."""
    if _possible(facts) != _possible(example.indexed):
        return None
    plan = example.plan
    return Plan(facts, plan.cells, plan.starts, plan.groups, plan.venues, plan.things)


def _possible(facts: Facts) -> list[object]:
    duties = [duty.id for duty in facts.duties]
    return [*duties, *((o.id, o.starts, o.schools) for o in facts.occasions)]


@pytest.mark.skipif(ALONE is not None, reason="one rule alone may have no such drawing")
def test_odd_weeks_are_tried_with_nearly_every_drawing() -> None:
    """A change that no drawing can have would show nothing."""
    for change in ODD.values():
        tried = [name for name, example in SHOWN.items() if facts_in(example, change) is not None]
        assert len(tried) > len(SHOWN) * 0.6, change.__name__
