"""Days are shared out in proportion to people's contracts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    Id,
    Model,
    Plan,
    Rule,
    Slack,
    Staff,
    Which,
    Who,
)

DAY = 100
"""Hundredths in a day."""


class FairShare(Rule):
    """Each person's days are near their fair share, by contract, of all days worked.

    A full-time contract counts 100 and half a post 50; carried balances count as days already
    worked. People who can do none of the duties have no share. The amount is the distance between a
    person's days and their share, in hundredths of a day, rounded down. This is the workload
    balance, or equity, of staff rostering.
    """

    kind: Literal["fair_share"] = "fair_share"
    scope = "whole"
    unit = "hundredths of a day"
    short = "Fair shares"

    priority: Literal["must"] | PositiveInt = 1
    people: Who | None = Field(
        None, description="The people who share the days; everybody if left out."
    )
    duties: Which | None = Field(None, description="Only days with one of these duties count.")
    side: Literal["both", "above", "below"] = Field(
        "both", description="Which differences are unfair."
    )
    within_days: NonNegativeInt = Field(
        0, description="A difference of up to this many days is fair enough."
    )
    measure: Id = Field("days", description="Carried balances of this measure count.")

    def __str__(self) -> str:
        return "Days are shared out in proportion to contracts."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        stints = self._stints(facts)
        group, carried = self._group(facts), self._carried(facts)
        whole = sum(facts.fair_weights[p.number] for p in group) or 1
        days = {
            p.number: model.sum(
                [
                    carried.get(p.id, 0),
                    *(
                        model.any_of(
                            model.does(p.number, s)
                            for s in model.stints_on(p.number, day)
                            if s.number in stints
                        )
                        for day in range(len(facts.days))
                    ),
                ]
            )
            for p in group
        }
        before = sum(carried.values())
        total = model.total(model.sum(days.values()), before, before + len(facts.days) * len(group))
        furthest = DAY * (len(facts.days) * len(group) + sum(map(abs, carried.values())))
        for person in group:
            # Multiplied by the sum of all shares, so that every number stays whole.
            above = (
                DAY * whole * days[person.number] - DAY * facts.fair_weights[person.number] * total
            )
            room = slack(person.id, most=furthest)
            reach = whole * room + whole - 1 + DAY * whole * self.within_days
            if self.side != "below":
                model.cp.add(above <= reach)
            if self.side != "above":
                model.cp.add(-1 * above <= reach)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        stints = self._stints(facts)
        group, carried = self._group(facts), self._carried(facts)
        whole = sum(facts.fair_weights[p.number] for p in group) or 1
        days = {
            p.id: carried.get(p.id, 0)
            + len({s.day for s in plan.stints(p.number) if s.number in stints})
            for p in group
        }
        total = sum(days.values())
        for person in group:
            above = DAY * (days[person.id] * whole - total * facts.fair_weights[person.number])
            unfair = {"both": abs(above), "above": above, "below": -above}[self.side]
            amount = (unfair - DAY * whole * self.within_days) // whole
            if amount > 0:
                share = total * facts.fair_weights[person.number] / whole
                yield Breach(
                    where=(person.id,),
                    amount=amount,
                    sentence=f"{person.name} has {_days(days[person.id])}; a fair share is "
                    f"{share:.2f}.",
                )

    def _stints(self, facts: Facts) -> frozenset[int]:
        return facts.all_stints(self.duties)

    def _group(self, facts: Facts) -> list[Staff]:
        chosen = {d.number for d in facts.all_duties(self.duties)}
        return [
            p
            for p in facts.everyone(self.people)
            if any(duty.number in chosen for duty in facts.possible[p.number])
        ]

    def _carried(self, facts: Facts) -> dict[str, int]:
        group = {p.id for p in self._group(facts)}
        found: dict[str, int] = {}
        for row in facts.problem.balances:
            if row.measure == self.measure and row.person in group:
                found[row.person] = found.get(row.person, 0) + row.amount
        return found


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


_ROLES = {"roles": {"ta": "Teaching assistant"}}
_HALF_TIME = {
    "Bob": {"contracts": [{"id": "b", "role": "ta", "school": "S", "fte_percent": 50}]},
}

EXAMPLES = [
    Example(FairShare(), "Ann D .\nBob . D", []),
    Example(FairShare(), "Ann D D .\nBob . . D", [], people=_HALF_TIME, facts=_ROLES),
    Example(FairShare(within_days=1), "Ann D D\nBob . .", []),
    Example(
        FairShare(),
        "Ann D D D\nBob . . D",
        [
            "Ann has 3 days; a fair share is 2.67.",
            "Bob has 1 day; a fair share is 1.33.",
        ],
        people=_HALF_TIME,
        facts=_ROLES,
    ),
    Example(
        FairShare(side="above"),
        "Ann D D\nBob D .",
        ["Ann has 4 days; a fair share is 2.50."],
        facts={"balances": [{"person": "Ann", "amount": 2}]},
    ),
]
