"""A child is with familiar adults, the first named first, and never with a stranger."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import Breach, Duty, Example, Facts, Id, Model, Plan, Rule, Slack, Which


class FamiliarAdults(Rule):
    """Everybody who is with a child is one of its named adults, the most familiar first.

    The amount, for each duty and each person on it, is how many places below `within` that person
    comes in the order; a stranger comes one place after the last. As a must without `within`, only
    strangers are breaches; as a wish with `within` 1 every stand-in counts by their place. The
    child is an opaque id and never a name. In early years the first of the adults is the key
    person.
    """

    kind: Literal["familiar_adults"] = "familiar_adults"
    scope = "duty"
    unit = "places down the order"
    worse = "giving a child less familiar adults"
    usual_authority = "agreement"

    child: Id = Field(description="One of the children, by an opaque id.")
    duties: Which = Field(description="The duties that are with the child, lunch included.")
    adults: tuple[Id, ...] = Field(min_length=1, description="The most familiar first.")
    within: PositiveInt | None = Field(
        None, description="How many places of the order are good enough; all if left out."
    )

    def __str__(self) -> str:
        if self.within == 1:
            return f"Child {self.child} is with the first of its familiar adults."
        return f"Child {self.child} is with one of its familiar adults, never with a stranger."

    def encode(self, model: Model, slack: Slack) -> None:
        for duty in model.facts.chosen_duties(self.duties):
            further = [
                (p, beyond)
                for p in model.people_for(duty)
                if (beyond := self._beyond(model.facts, p)) > 0
            ]
            if further:
                room = slack(duty.id, most=sum(beyond for _, beyond in further))
                cost = model.sum(beyond * model.works(p, duty.number) for p, beyond in further)
                model.cp.add(cost <= room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for duty in facts.chosen_duties(self.duties):
            there = [(p, self._beyond(facts, p)) for p in plan.people(duty.number)]
            amount = sum(beyond for _, beyond in there)
            if amount:
                names = " and ".join(self._says(facts, p) for p, beyond in there if beyond)
                yield Breach(
                    where=(duty.id,),
                    amount=amount,
                    sentence=f"Child {self.child} is with {names} on {_when(facts, duty)}.",
                )

    def _beyond(self, facts: Facts, person: int) -> int:
        id = facts.staff[person].id
        place = self.adults.index(id) + 1 if id in self.adults else len(self.adults) + 1
        within = len(self.adults) if self.within is None else min(self.within, len(self.adults))
        return max(0, place - within)

    def _says(self, facts: Facts, person: int) -> str:
        id = facts.staff[person].id
        if id not in self.adults:
            return f"{facts.name(person)}, who is a stranger,"
        return f"{facts.name(person)}, number {self.adults.index(id) + 1} of its adults,"


def _when(facts: Facts, duty: Duty) -> str:
    return (
        facts.says_work(duty)
        if duty.is_flexible
        else f"{facts.says_day(duty.day)} ({facts.says_work(duty)})"
    )


_K3 = FamiliarAdults(child="K3", duties=Which(shifts=("D",)), adults=("Ann", "Bob"))

_CHILD = {
    "children": [
        {
            "id": "K3",
            "band": "all",
            "count": 1,
            "at": "S",
            "dates": {"first": "2026-01-05", "last": "2026-01-09"},
        }
    ]
}

EXAMPLES = [
    Example(_K3, "Ann D .\nBob . D\nCat M .", [], facts=_CHILD),
    Example(_K3.model_copy(update={"within": 1}), "Ann D\nBob .\nCat .", [], facts=_CHILD),
    Example(
        _K3,
        "Ann D .\nBob . .\nCat . D",
        ["Child K3 is with Cat, who is a stranger, on Tue 6 Jan (Day)."],
        facts=_CHILD,
    ),
    Example(
        _K3.model_copy(update={"within": 1}),
        "Ann . D\nBob D .\nCat . D",
        [
            "Child K3 is with Bob, number 2 of its adults, on Mon 5 Jan (Day).",
            "Child K3 is with Cat, who is a stranger, on Tue 6 Jan (Day).",
        ],
        facts=_CHILD,
    ),
]
