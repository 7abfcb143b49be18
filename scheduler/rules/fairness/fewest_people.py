"""As few different people as possible come in at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    Model,
    Plan,
    Rule,
    Slack,
    Which,
    Who,
    activity,
)


class FewestPeople(Rule):
    """As few different people as possible come in at all during the horizon."""

    kind: Literal["fewest_people"] = "fewest_people"
    scope = "person"
    unit = "people"
    short = "Few people"

    priority: Literal["must"] | PositiveInt = 1
    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    duties: Which | None = Field(None, description="Only these duties count; all if left out.")

    def __str__(self) -> str:
        return "As few different people as possible come in."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.shapes import Touched

        facts = model.facts
        horizon = (frozenset(range(len(facts.days))),)
        stints = facts.all_stints(self.duties)
        for person in facts.people(self.people):
            touched = Touched(person.number, (person.id,), horizon, stints=stints, most=0)
            model.declare(touched, slack)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        chosen = facts.all_stints(self.duties)
        for person in facts.people(self.people):
            if any(stint.number in chosen for stint in plan.stints(person.number)):
                yield Breach(
                    where=(person.id,), amount=1, sentence=f"{person.name} has to come in."
                )


EXAMPLES = [
    Example(FewestPeople(), "Ann . .\nBob . .", [], shifts={"D": {}}),
    Example(FewestPeople(people=Who(people=("Bob",))), "Ann D D\nBob . .", []),
    Example(FewestPeople(), "Ann D D\nBob . D", ["Ann has to come in.", "Bob has to come in."]),
    Example(
        FewestPeople(duties=Which(weekdays=("tue",))), "Ann D .\nBob . D", ["Bob has to come in."]
    ),
    Example(
        FewestPeople(duties=Which(weekdays=("tue",))),
        "Ann P .",
        [],
        facts={"activities": [activity("P", "Talk", step=180, needs=[{"count": 1}])]},
        times={"P": "2026-01-05T09:00"},
    ),
]
