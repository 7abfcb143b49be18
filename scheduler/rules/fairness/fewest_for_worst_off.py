"""The person who comes in most does so on as few days as possible."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import Breach, Example, Facts, Model, Plan, Rule, Slack, Which, Who


class FewestForWorstOff(Rule):
    """The person who comes in most does so on as few days as possible (min-max fairness).

    A day counts once, however many duties a person does on it. The amount is that person's days.
    """

    kind: Literal["fewest_for_worst_off"] = "fewest_for_worst_off"
    scope = "whole"
    unit = "days"
    short = "Few days for the busiest"

    priority: Literal["must"] | PositiveInt = 1
    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    duties: Which | None = Field(None, description="Only days with one of these duties count.")

    def __str__(self) -> str:
        return "The person who comes in most does so on as few days as possible."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        stints = self._stints(facts)
        worst = slack("worst off", most=len(facts.days))
        for person in facts.everyone(self.people):
            days = [
                model.any_of(
                    model.does(person.number, s)
                    for s in model.stints_on(person.number, day)
                    if stints is None or s.number in stints
                )
                for day in range(len(facts.days))
            ]
            model.cp.add(model.sum(days) <= worst)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        stints = self._stints(facts)
        days = {
            person.name: len(
                {
                    s.day
                    for s in plan.stints(person.number)
                    if s.day >= 0 and (stints is None or s.number in stints)
                }
            )
            for person in facts.everyone(self.people)
        }
        most = max(days.values(), default=0)
        if most:
            names = [name for name, count in days.items() if count == most]
            who = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
            on = "1 day" if most == 1 else f"{most} days"
            yield Breach(
                where=("worst off",),
                amount=most,
                sentence=f"{who} {'comes' if len(names) == 1 else 'come'} in most, on {on}.",
            )

    def _stints(self, facts: Facts) -> frozenset[int] | None:
        if self.duties is None:
            return None
        return facts.all_stints(self.duties)


EXAMPLES = [
    Example(FewestForWorstOff(), "Ann . .\nBob . .", [], shifts={"D": {}}),
    Example(FewestForWorstOff(people=Who(people=("Bob",))), "Ann D D\nBob . .", []),
    Example(
        FewestForWorstOff(),
        "Ann D D\nBob D .",
        ["Ann comes in most, on 2 days."],
    ),
    Example(
        FewestForWorstOff(duties=Which(shifts=("M",))),
        "Ann M A\nBob A M",
        ["Ann and 1 more come in most, on 1 day."],
    ),
]
