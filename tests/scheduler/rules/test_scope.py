"""A rule looks only at what its scope says is touched, when encoding and when checking."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from models.facts.facts import Facts, Touch
from models.facts.plan import Plan
from models.problem.problem import Problem
from scheduler.rulebook.example import Example
from scheduler.rulebook.rule import Rule
from scheduler.rules import EXAMPLES, RULES
from scheduler.search.compile import compile_model
from tests.agreement import plans
from tests.drawings import KINDS, SHOWN
from tests.soak import more, tries

MOST_PLANS = tries(16, 64)
"""Schedules of each drawing whose checks are taken apart."""

BLOCKS = 20
"""One block is 5 % of an enlarged drawing."""

NARROW = [kind for kind in KINDS if RULES[kind].scope != "whole"]
"""Rules that need not look at everything."""

Amounts = Counter[tuple[str, ...]]


def parts(rule: Rule, facts: Facts) -> Iterator[Touch]:
    """The places of a rule's scope, one at a time."""
    nobody: frozenset[int] = frozenset()
    nowhere: frozenset[tuple[int, int]] = frozenset()
    if rule.scope == "person":
        for person in facts.staff:
            yield Touch(frozenset([person.number]), nobody, nowhere)
    elif rule.scope == "duty":
        for occasion in facts.occasions:
            yield Touch(nobody, frozenset(occasion.duties), nowhere, frozenset([occasion.number]))
    elif rule.scope == "school_day":
        for school_day in facts.school_days():
            yield Touch(nobody, nobody, frozenset([school_day]))
    else:
        yield facts.touch(
            ((p.number, d.number) for p in facts.staff for d in facts.duties),
            (o.number for o in facts.occasions),
        )


def amounts(rule: Rule, facts: Facts, plan: Plan) -> Amounts:
    """What the checker says, by place."""
    found: Amounts = Counter()
    for breach in rule.check(facts, plan):
        found[breach.where] += breach.amount
    return found


@more
@pytest.mark.parametrize("example", SHOWN.values(), ids=SHOWN)
def test_checks_scope_by_scope_sum_to_the_whole_check(example: Example) -> None:
    """Nothing is missed and nothing is counted twice."""
    facts = example.indexed
    touches = list(parts(example.rule, facts))
    for plan in plans(facts, example.plan, MOST_PLANS):
        summed: Amounts = Counter()
        for touch in touches:
            summed += amounts(example.rule, facts.within(touch), plan)
        assert summed == amounts(example.rule, facts, plan), sorted(plan.cells)


# ------------------------------------------------------------------ neighbourhoods


def more_people(example: Example) -> Facts:
    """The drawing with everybody twenty times over."""
    document = example.problem.model_dump(mode="json")
    document["people"] = [
        {**person, "id": f"{person['id']}{n or ''}"}
        for n in range(BLOCKS)
        for person in document["people"]
    ]
    return Facts(Problem.model_validate(document))


def more_weeks(example: Example) -> Facts:
    """The drawing with its first week twenty times over."""
    document = example.problem.model_dump(mode="json")
    last = date.fromisoformat(document["horizon"]["first"]) + timedelta(days=7 * BLOCKS - 1)
    document["horizon"]["last"] = last.isoformat()
    for shift in document["shifts"]:
        shift["dates"] = [
            (date.fromisoformat(day) + timedelta(days=7 * n)).isoformat()
            for day in shift["dates"]
            for n in range(BLOCKS)
            if date.fromisoformat(day) + timedelta(days=7 * n) <= last
        ]
    return Facts(Problem.model_validate(document))


def blocks(rule: Rule, facts: Facts) -> Iterator[list[tuple[int, int]]]:
    """The cells of an enlarged drawing in twentieths: by people, or by days."""
    for block in range(BLOCKS):
        if rule.scope == "person":
            size = len(facts.staff) // BLOCKS
            people = range(block * size, (block + 1) * size)
            yield [(p, d.number) for p in people for d in facts.duties]
        else:
            duties = [d.number for d in facts.duties if d.day // 7 == block]
            yield [(p.number, d) for p in facts.staff for d in duties]


def visits(facts: Facts, rule: Rule, **narrowed: Any) -> int:
    """How many places a rule is handed out while it is encoded."""
    facts.visits[0] = 0
    compile_model(facts, [rule.model_copy(update={"priority": 1})], **narrowed)
    return facts.visits[0]


@pytest.mark.parametrize("kind", NARROW)
def test_a_neighbourhood_of_a_twentieth_visits_at_most_a_tenth(kind: str) -> None:
    """On average over all neighbourhoods, of what the whole compile visits; in each drawing."""
    looked = 0
    for example in EXAMPLES[kind]:
        rule = example.rule
        facts = more_people(example) if rule.scope == "person" else more_weeks(example)
        starts = {o.number: o.starts[0] for o in facts.occasions if len(o.starts) > 1}
        plan = Plan(facts, [], starts, {p.number: p.groups[0] for p in facts.pupils})
        whole = visits(facts, rule)
        near = [visits(facts, rule, free=free, plan=plan) for free in blocks(rule, facts) if free]
        assert 10 * sum(near) <= BLOCKS * whole, (rule, whole, near)
        looked += whole
    assert looked, "a rule asks the facts for its places, so that they can be narrowed"
