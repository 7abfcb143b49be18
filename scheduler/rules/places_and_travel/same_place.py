"""Certain activities are all at one school."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from scheduler.rulebook import Breach, Example, Facts, Id, Model, Plan, Rule, Slack, activity


class SamePlace(Rule):
    """Certain activities, such as the two days of a visit, are all at the same school.

    The amount is the number of schools beyond the first; activities that are left out do not count.
    """

    kind: Literal["same_place"] = "same_place"
    scope = "whole"
    unit = "schools"
    short = "Everybody at one place"

    activities: tuple[Id, ...] = Field(
        min_length=2, description="The activities that share a school."
    )

    def __str__(self) -> str:
        return f"{', '.join(self.activities)} are at one school."

    def encode(self, model: Model, slack: Slack) -> None:
        chosen = model.facts.named(self.activities)
        schools = sorted({s for o in chosen for s in o.venues})
        used = model.sum(model.any_of(model.at(o.number, s) for o in chosen) for s in schools)
        most = min(len(schools), len(chosen))
        if most > 1:
            model.cp.add(used <= 1 + slack(most=most - 1))

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        chosen = facts.named(self.activities)
        used = sorted({o.schools[p] for o in chosen if (p := plan.place(o)) is not None})
        if len(used) > 1:
            yield Breach(
                where=(),
                amount=len(used) - 1,
                sentence=f"They are at {', '.join(facts.school_name(s) for s in used)}.",
            )


_FACTS = {
    "schools": [{"id": "S", "name": "Oakfield"}, {"id": "T", "name": "Fellside"}],
    "activities": [
        activity("P", "First day", venues=["S", "T"], step=180),
        activity("Q", "Second day", venues=["S", "T"], step=180, optional=True),
    ],
}
_RULE = SamePlace(activities=("P", "Q"))
_BOTH = {"Q": "2026-01-05T09:00"}

EXAMPLES = [
    Example(_RULE, "Ann .", [], facts=_FACTS, times=_BOTH, at={"P": "T", "Q": "T"}),
    Example(_RULE, "Ann .", [], facts=_FACTS, at={"P": "T"}),
    Example(
        _RULE,
        "Ann .",
        ["They are at Oakfield, Fellside."],
        facts=_FACTS,
        times=_BOTH,
        at={"P": "T", "Q": "S"},
    ),
]
