"""Schools give as much time to visits as they receive."""

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
    Occasion,
    Plan,
    Rule,
    Slack,
    Value,
    Which,
    activity,
)


class CarriedBalance(Value):
    """What a school carries over: above zero, it has given more than it received."""

    school: Id = Field(description="The school.")
    amount: int = Field(description="In the rule's measure.")


class Reciprocity(Rule):
    """What each school gives as a visitor equals what it receives as a host, within a tolerance.

    This is measured in visits, or in the minutes of them. The amount, school by school, is what
    goes beyond the tolerance.
    """

    kind: Literal["reciprocity"] = "reciprocity"
    scope = "whole"
    unit = "visits or minutes"
    short = "Give and take between schools"

    activities: Which | None = Field(None, description="The visits it applies to; all if left out.")
    measure: Literal["visits", "minutes"] = Field("visits", description="What is counted.")
    tolerance: NonNegativeInt = Field(0, description="A difference that does not matter.")
    carried: tuple[CarriedBalance, ...] = Field((), description="Balances from before the horizon.")

    @property
    def breach_unit(self) -> str:
        return self.measure

    def __str__(self) -> str:
        return f"Each school gives what it receives, within {self.tolerance} {self.measure}."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        for school, visits in self._schools(facts).items():
            base = self._carried(facts, school)
            balance = model.sum(
                [base, *(model.times.value(o.number, given) for o, given in visits.items())]
            )
            reach = abs(base) + sum(max(map(abs, given)) for given in visits.values())
            room = slack(facts.schools[school].id, most=reach - self.tolerance)
            model.cp.add(balance <= self.tolerance + room)
            model.cp.add(balance >= -self.tolerance - room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for school, visits in self._schools(facts).items():
            balance = self._carried(facts, school)
            for o, given in visits.items():
                place = plan.place(o)
                balance += 0 if place is None else given[place]
            beyond = abs(balance) - self.tolerance
            if beyond > 0:
                more = "gives" if balance > 0 else "receives"
                yield Breach(
                    where=(facts.schools[school].id,),
                    amount=beyond,
                    sentence=f"{facts.school_name(school)} {more} {abs(balance)} {self.measure} "
                    f"more; {self.tolerance} is the tolerance.",
                )

    def _schools(self, facts: Facts) -> dict[int, dict[Occasion, tuple[int, ...]]]:
        """School to what each visit gives (or, below zero, receives) at each possible place."""
        found: dict[int, dict[Occasion, tuple[int, ...]]] = {}
        for o in facts.activities(self.activities):
            if o.visitor is None:
                continue
            for school in {o.visitor, *o.venues}:
                given = tuple(
                    ((school == o.visitor) - (school == at)) * self._worth(start, end)
                    for start, end, at in zip(o.starts, o.ends, o.schools, strict=True)
                )
                found.setdefault(school, {})[o] = given
        return dict(sorted(found.items()))

    def _worth(self, start: int, end: int) -> int:
        return 1 if self.measure == "visits" else end - start

    def _carried(self, facts: Facts, school: int) -> int:
        id = facts.schools[school].id
        return sum(row.amount for row in self.carried if row.school == id)


_FACTS = {
    "schools": [{"id": id, "name": id} for id in ("Oak", "Fell", "Hill")],
    "activities": [
        activity("P", "Visit", school="Fell", visitor="Oak", venues=["Fell", "Hill"], step=180),
        activity("Q", "Return", school="Oak", visitor="Fell", optional=True, step=180),
    ],
}
_ANN = {"Ann": {"home": "Oak"}}
_BACK = {"Q": "2026-01-05T09:00"}

EXAMPLES = [
    Example(Reciprocity(), "Ann .", [], facts=_FACTS, times=_BACK, people=_ANN),
    Example(Reciprocity(tolerance=1), "Ann .", [], facts=_FACTS, at={"P": "Hill"}, people=_ANN),
    Example(
        Reciprocity(measure="minutes", tolerance=30),
        "Ann .",
        [
            "Oak gives 60 minutes more; 30 is the tolerance.",
            "Hill receives 60 minutes more; 30 is the tolerance.",
        ],
        facts=_FACTS,
        at={"P": "Hill"},
        people=_ANN,
    ),
    Example(
        Reciprocity(carried=(CarriedBalance(school="Fell", amount=-2),), tolerance=1),
        "Ann .",
        ["Fell receives 3 visits more; 1 is the tolerance."],
        facts=_FACTS,
        people=_ANN,
    ),
]
