"""Certain people do certain duties and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from scheduler.rulebook import Breach, Example, Facts, Model, Plan, Rule, Slack, Which, Who


class ReservedFor(Rule):
    """Certain people do their own duties and are never used for others, as cover or in a ratio.

    The amount is the number of other duties that each of them is placed on. It suits people who are
    supernumerary, such as trainees or one-to-one support.
    """

    kind: Literal["reserved_for"] = "reserved_for"
    scope = "person"
    unit = "duties"
    short = "Reserved duties"
    usual_authority = "agreement"

    people: Who = Field(description="The people who are reserved.")
    duties: Which = Field(description="The duties they are reserved for.")

    def __str__(self) -> str:
        return "Certain people do their own duties and are never used for others."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.shapes import Total

        facts = model.facts
        own = self._own(facts)
        for person in facts.people(self.people):
            others = {s.number: 1 for s in model.stints_of(person.number) if s.duty not in own}
            if others:
                total = Total(person.number, (person.id,), others, {}, most=0)
                model.declare(total, slack)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        own = self._own(facts)
        for person in facts.people(self.people):
            others = [
                facts.duties[s.duty]
                for s in plan.stints(person.number)
                if s.duty >= 0 and s.duty not in own
            ]
            if others:
                more = "" if len(others) == 1 else f" and {len(others) - 1} more"
                yield Breach(
                    where=(person.id,),
                    amount=len(others),
                    sentence=f"{person.name} is used for {facts.says_duty(others[0])}{more}, which "
                    "is not what they are there for.",
                )

    def _own(self, facts: Facts) -> set[int]:
        return {d.number for d in facts.all_duties(self.duties)}


_ANN = ReservedFor(people=Who(people=("Ann",)), duties=Which(shifts=("D",)))

EXAMPLES = [
    Example(_ANN, "Ann D .\nBob . M", []),
    Example(_ANN, "Ann D D\nBob D M", []),
    Example(
        _ANN,
        "Ann D M",
        ["Ann is used for Morning on Tue 6 Jan, which is not what they are there for."],
    ),
    Example(
        _ANN,
        "Ann M MA",
        ["Ann is used for Morning on Mon 5 Jan and 2 more, which is not what they are there for."],
        {"D": {}},
    ),
]
