"""Nobody does many more days than their fair share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, NonNegativeInt

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


class FairShareCap(Rule):
    """Nobody works more than a number of days above their fair share, rounded up to a whole day.

    The fair share is a person's part, by contract, of all days worked by the group: a full-time
    contract counts 100 and half a post 50, and carried balances count as days already worked. The
    amount is the days beyond the cap.
    """

    kind: Literal["fair_share_cap"] = "fair_share_cap"
    scope = "whole"
    unit = "days"
    short = "Nobody far above their share"

    people: Who | None = Field(
        None, description="The people who share the days; everybody if left out."
    )
    duties: Which | None = Field(None, description="Only days with one of these duties count.")
    above: NonNegativeInt = Field(1, description="Days allowed above the share rounded up.")
    measure: Id = Field("days", description="Carried balances of this measure count.")

    def __str__(self) -> str:
        days = "1 day" if self.above == 1 else f"{self.above} days"
        return f"Nobody does more than {days} above their fair share rounded up."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        stints = self._stints(facts)
        group = self._group(facts)
        whole = sum(facts.fair_weights[p.number] for p in group) or 1
        days = {
            p.number: model.sum(
                [
                    self._carried(facts, p),
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
        before = sum(self._carried(facts, person) for person in group)
        total = model.total(model.sum(days.values()), before, before + len(facts.days) * len(group))
        for person in group:
            most = len(facts.days) + max(0, self._carried(facts, person))
            room = slack(person.id, most=most)
            # y <= ceil(x) where y < x + 1, and x is total * share / whole.
            beyond = (
                whole * days[person.number]
                - whole * room
                - facts.fair_weights[person.number] * total
            )
            model.cp.add(beyond <= whole * self.above + whole - 1)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        stints = self._stints(facts)
        group = self._group(facts)
        whole = sum(facts.fair_weights[p.number] for p in group) or 1
        days = {
            p.id: self._carried(facts, p)
            + len({s.day for s in plan.stints(p.number) if s.number in stints})
            for p in group
        }
        total = sum(days.values())
        for person in group:
            cap = -(-total * facts.fair_weights[person.number] // whole) + self.above
            if days[person.id] > cap:
                share = total * facts.fair_weights[person.number] / whole
                yield Breach(
                    where=(person.id,),
                    amount=days[person.id] - cap,
                    sentence=f"{person.name} has {days[person.id]} days; the fair share is "
                    f"{share:.2f}, so {cap} is the most.",
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

    def _carried(self, facts: Facts, person: Staff) -> int:
        return sum(
            row.amount
            for row in facts.problem.balances
            if row.measure == self.measure and row.person == person.id
        )


EXAMPLES = [
    Example(FairShareCap(), "Ann D .\nBob . D", []),
    Example(FairShareCap(), "Ann D D D\nBob D . .", []),
    Example(
        FairShareCap(above=0),
        "Ann D D D\nBob D . .",
        ["Ann has 3 days; the fair share is 2.00, so 2 is the most."],
    ),
    Example(
        FairShareCap(above=0),
        "Ann D D .\nBob D . .",
        ["Ann has 4 days; the fair share is 2.50, so 3 is the most."],
        facts={"balances": [{"person": "Ann", "amount": 2}]},
    ),
]
