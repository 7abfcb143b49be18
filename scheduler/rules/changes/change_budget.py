"""A limit on changes to what people have been told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, NonNegativeInt

from scheduler.rulebook import Breach, Example, Facts, Model, Plan, Rule, Slack, Who


class ChangeBudget(Rule):
    """At most a number of placements, or of people's work, differ from the published rota.

    A placement differs if it is new or gone. The amount is the number of changes beyond the budget.
    Without a published rota nothing counts.
    """

    kind: Literal["change_budget"] = "change_budget"
    scope = "whole"
    unit = "changes"
    short = "Few changes for each person"
    about_changes = True

    most: NonNegativeInt = Field(description="The budget.")
    count: Literal["placements", "people"] = Field("placements", description="What is counted.")
    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")

    def __str__(self) -> str:
        one = self.most == 1
        if self.count == "placements":
            what = "placement changes" if one else "placements change"
        else:
            what = "person's work changes" if one else "people's work changes"
        return f"At most {self.most} {what} from what people have been told."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        published = _published(facts)
        if published is None:
            return
        changes = []
        for person in facts.everyone(self.people):
            told = published.get(person.number, set())
            known = {d.number for d in model.duties_of(person.number)}
            mine = [
                model.no(model.works(person.number, duty))
                if duty in told
                else model.works(person.number, duty)
                for duty in sorted(known)
            ]
            mine += [1] * len(told - known)
            changes += mine if self.count == "placements" else [model.any_of(mine)]
        room = slack("changes", most=max(0, len(changes) - self.most))
        model.cp.add(model.sum(changes) <= self.most + room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        published = _published(facts)
        if published is None:
            return
        changed = [
            len({d.number for d in plan.duties(p.number)} ^ published.get(p.number, set()))
            for p in facts.everyone(self.people)
        ]
        total = sum(changed) if self.count == "placements" else sum(map(bool, changed))
        if total > self.most:
            what = "placements differ" if self.count == "placements" else "people have changes"
            yield Breach(
                where=("changes",),
                amount=total - self.most,
                sentence=f"{total} {what} from what people have been told; "
                f"{self.most} is the most.",
            )


def _published(facts: Facts) -> dict[int, set[int]] | None:
    """Person to the duties on the published rota."""
    if facts.published is None:
        return None
    found: dict[int, set[int]] = {}
    for placement in facts.published.placements:
        duties = found.setdefault(facts.person_number[placement.person], set())
        duties.add(facts.duty_number[placement.duty])
    return found


_TOLD = {
    "published": {
        "placements": [
            {"person": "Ann", "duty": "D@2026-01-05"},
            {"person": "Bob", "duty": "D@2026-01-06"},
        ]
    }
}

EXAMPLES = [
    Example(ChangeBudget(most=0), "Ann D .\nBob . D", [], facts=_TOLD),
    Example(ChangeBudget(most=1, count="people"), "Ann . .\nBob . D", [], {"D": {}}, facts=_TOLD),
    Example(
        ChangeBudget(most=1),
        "Ann . D\nBob . D",
        ["2 placements differ from what people have been told; 1 is the most."],
        {"D": {}},
        facts=_TOLD,
    ),
    Example(
        ChangeBudget(most=1, count="people"),
        "Ann . D\nBob D D",
        ["2 people have changes from what people have been told; 1 is the most."],
        {"D": {}},
        facts=_TOLD,
    ),
]
