"""Certain people do not come in together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from scheduler.rulebook import Breach, Example, Facts, Id, Model, Plan, Rule, Slack


class KeptApart(Rule):
    """At most one of certain people is there on each day, or on each duty.

    The amount, for each day or duty, is the number of people beyond the first.
    """

    kind: Literal["kept_apart"] = "kept_apart"
    scope = "whole"
    unit = "people"
    short = "People kept apart"

    people: tuple[Id, ...] = Field(min_length=2, description="The people who are kept apart.")
    on: Literal["day", "duty"] = Field("day", description="Whether they share no day, or no duty.")

    def __str__(self) -> str:
        what = "day" if self.on == "day" else "duty"
        return f"At most one of certain people is there on any {what}."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        people = [facts.person_number[person] for person in self.people]
        possible = {p: {s.number for s in model.stints_of(p)} for p in people}
        for where, stints in facts.gatherings(self.on):
            there = [
                model.any_of(model.does(p, s) for s in stints if s.number in possible[p])
                for p in people
            ]
            model.cp.add(model.sum(there) <= 1 + slack(where, most=len(people) - 1))

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        people = [facts.person_number[person] for person in self.people]
        for where, stints in facts.gatherings(self.on):
            numbers = {s.number for s in stints}
            there = [p for p in people if any(s.number in numbers for s in plan.stints(p))]
            if len(there) > 1:
                duty = facts.duties[stints[0].duty]
                when = facts.says_day(stints[0].day)
                if self.on == "duty":
                    when = (
                        facts.says_work(duty)
                        if duty.is_flexible
                        else f"{facts.says_work(duty)} on {when}"
                    )
                yield Breach(
                    where=(where,),
                    amount=len(there) - 1,
                    sentence=f"{' and '.join(facts.name(p) for p in there)} are both there on "
                    f"{when}."
                    if len(there) == 2
                    else f"{' and '.join(facts.name(p) for p in there)} are all there on {when}.",
                )


EXAMPLES = [
    Example(KeptApart(people=("Ann", "Bob")), "Ann D .\nBob . D", []),
    Example(KeptApart(people=("Ann", "Bob"), on="duty"), "Ann M .\nBob A .", []),
    Example(
        KeptApart(people=("Ann", "Bob")),
        "Ann D D\nBob . D",
        ["Ann and Bob are both there on Tue 6 Jan."],
    ),
    Example(
        KeptApart(people=("Ann", "Bob", "Cat"), on="duty"),
        "Ann M\nBob M\nCat M",
        ["Ann and Bob and Cat are all there on Morning on Mon 5 Jan."],
    ),
]
