"""Rules about everything, in a neighbourhood: what is fixed counts, and what is far away too."""

import pytest

from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.intake.parse import read_request
from scheduler.rulebook.rule import Rule
from scheduler.search.compile import compile_model
from tests.agreement import least_slack, soft

PROBLEM = {
    "name": "Three schools",
    "horizon": {"first": "2026-01-05", "last": "2026-01-05"},
    "skills": {"dsl": "safeguarding lead"},
    "schools": [{"id": s, "name": s} for s in ("S", "T", "U")],
    "people": [
        {"id": p, "name": p, "home": "S", "skills": [{"skill": "dsl"}]} for p in ("ann", "bob")
    ],
    "children": [
        {"band": "all", "count": 9, "at": s, "dates": {"first": "2026-01-05", "last": "2026-01-05"}}
        for s in ("S", "T", "U")
    ],
    "shifts": [
        {
            "id": f"at-{s}",
            "name": s,
            "school": s,
            "start": "08:50",
            "end": "15:20",
            "needs": [{"count": 0}],
        }
        for s in ("S", "T")
    ],
}

RULES = [
    {"kind": "within_reach", "who": {"skill": "dsl"}, "called": "lead"},
    {"kind": "within_reach", "who": {"skill": "dsl"}, "called": "lead", "on_site": True},
    {
        "kind": "fair_between_schools",
        "schools": [{"school": "S", "share": 1}, {"school": "T", "share": 1}],
    },
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule['kind']} {len(rule)}")
@pytest.mark.parametrize("cells", [[], [(0, 0)], [(1, 1)], [(0, 0), (1, 1)], [(1, 0), (1, 1)]])
def test_one_free_cell_is_judged_with_all_that_is_fixed(
    rule: dict[str, object], cells: list[tuple[int, int]]
) -> None:
    """Whatever else is worked, and either way: the least slack is the checker's amount."""
    request = read_request({"problem": PROBLEM, "rules": [rule]})
    facts = Facts(request.problem)
    judged: Rule = soft(request.rules[0])
    for free in ((0, 0), (1, 1)):
        for value in (0, 1):
            compiled = compile_model(facts, [judged], free=[free], plan=Plan(facts, cells, {}))
            compiled.model.settle(*free, value)
            found = least_slack(compiled)
            assert found is not None
            plan = Plan(facts, {*cells, free} if value else {*cells} - {free}, {})
            assert sum(found.values()) == sum(b.amount for b in judged.check(facts, plan))
