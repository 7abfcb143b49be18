"""Certain people come in together or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from scheduler.rulebook import Breach, Example, Facts, Id, Model, Plan, Rule, Slack, Stint


class KeptTogether(Rule):
    """On each day, or on each duty, all of certain people are there or none of them is.

    There is one breach for each day or duty on which some but not all of them are there.
    """

    kind: Literal["kept_together"] = "kept_together"
    scope = "whole"
    unit = "days or duties"
    short = "People kept together"

    people: tuple[Id, ...] = Field(min_length=2, description="The people who are kept together.")
    on: Literal["day", "duty"] = Field(
        "day", description="Whether they share each day, or each duty."
    )

    @property
    def breach_unit(self) -> str:
        return "days" if self.on == "day" else "duties"

    def __str__(self) -> str:
        what = "days" if self.on == "day" else "duties"
        return f"Certain people are there on the same {what}."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        people = [facts.person_number[person] for person in self.people]
        possible = {p: {s.number for s in model.stints_of(p)} for p in people}
        for where, stints in facts.gatherings(self.on):
            there = [
                model.any_of(model.does(p, s) for s in stints if s.number in possible[p])
                for p in people
            ]
            anybody, everybody = model.any_of(there), model.all_of(there)
            model.cp.add(anybody - everybody <= slack(where, most=1))

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        people = [facts.person_number[person] for person in self.people]
        for where, stints in facts.gatherings(self.on):
            numbers = {s.number for s in stints}
            there = [p for p in people if any(s.number in numbers for s in plan.stints(p))]
            if 0 < len(there) < len(people):
                missing = " and ".join(facts.name(p) for p in people if p not in there)
                yield Breach(
                    where=(where,),
                    amount=1,
                    sentence=f"{' and '.join(facts.name(p) for p in there)} "
                    f"{'is' if len(there) == 1 else 'are'} there without {missing} on "
                    f"{_when(facts, self.on, stints)}.",
                )


def _when(facts: Facts, on: str, stints: list[Stint]) -> str:
    duty = facts.duties[stints[0].duty]
    if on == "day":
        return facts.says_day(stints[0].day)
    return (
        facts.says_work(duty)
        if duty.is_flexible
        else f"{facts.says_work(duty)} on {facts.says_day(duty.day)}"
    )


EXAMPLES = [
    Example(KeptTogether(people=("Ann", "Bob")), "Ann M .\nBob A .", []),
    Example(KeptTogether(people=("Ann", "Bob"), on="duty"), "Ann M .\nBob M .", []),
    Example(
        KeptTogether(people=("Ann", "Bob")),
        "Ann D D\nBob D .",
        ["Ann is there without Bob on Tue 6 Jan."],
    ),
    Example(
        KeptTogether(people=("Ann", "Bob", "Cat"), on="duty"),
        "Ann M\nBob A\nCat A",
        [
            "Ann is there without Bob and Cat on Morning on Mon 5 Jan.",
            "Bob and Cat are there without Ann on Afternoon on Mon 5 Jan.",
        ],
    ),
]
