"""Which requests can be searched as people's paths, where somebody is at work without a duty."""

from typing import Any

import pytest

from models.facts.facts import Facts
from models.problem.problem import Problem
from scheduler.rules import RULES
from scheduler.search.path_problem import path_problem

DAY = {"first": "2026-01-05", "last": "2026-01-05"}
DSL = {"who": {"skill": "dsl"}, "called": "safeguarding lead"}
ORDER = {"school": "oak", "order": ["ann", "bob"]}

RULES_ON_WHO_IS_THERE: list[dict[str, Any]] = [
    {"kind": "presence", **DSL, "whenever": {"children": {}}},
    {"kind": "within_reach", **DSL, "on_site": True},
    {"kind": "in_charge", **ORDER},
    {"kind": "presence_of_each_school"},
    {
        "kind": "accompanied",
        "duties": {"shifts": ["support"]},
        "by": {"skill": "dsl"},
        "called": "x",
    },
]


def problem(who_visits: str) -> Facts:
    """Ann and Bob are at work at Oak all day, with children; a visit to Elm is for somebody."""
    lead = {"home": "oak", "skills": [{"skill": "dsl"}], "works": [{"at": "oak"}]}
    return Facts(
        Problem.model_validate(
            {
                "name": "A day",
                "horizon": DAY,
                "skills": {"dsl": "safeguarding lead"},
                "schools": [{"id": "oak", "name": "Oak"}, {"id": "elm", "name": "Elm"}],
                "people": [
                    {"id": "ann", "name": "Ann", **lead},
                    {"id": "bob", "name": "Bob", **lead},
                    {"id": "cat", "name": "Cat", "home": "elm"},
                ],
                "children": [{"band": "all", "count": 9, "at": "oak", "home": "oak", "dates": DAY}],
                "shifts": [
                    shift("support", "oak", "cat"),
                    shift("visit", "elm", who_visits),
                    shift("trip", "elm", who_visits and "bob"),
                ],
            }
        )
    )


def shift(id: str, school: str, person: str) -> dict[str, Any]:
    """A duty for one person; for Cat if nobody is named."""
    needs = [{"count": 1, "who": {"people": [person or "cat"]}}]
    ends = "12:00" if id == "support" else "16:00"
    times = {"start": "08:00", "end": ends}
    return {"id": id, "name": id, "school": school, **times, "needs": needs}


@pytest.mark.parametrize("rule", RULES_ON_WHO_IS_THERE, ids=lambda rule: rule["kind"])
def test_who_cannot_be_elsewhere_needs_no_shape(rule: dict[str, Any]) -> None:
    """Their being there is a number, so the rule says nothing to paths; a lead who may be sent to
    Elm at that time is an answer of the model's, and the reason names the rule."""
    rules = [RULES[r["kind"]].model_validate(r) for r in ({"kind": "cover"}, rule)]
    assert not isinstance(path_problem(problem(""), rules), str)
    reason = path_problem(problem("ann"), rules)
    assert reason == f"{rules[1].name} has no shape"
