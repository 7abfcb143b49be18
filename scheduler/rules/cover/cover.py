"""Every duty has the people it needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import (
    Breach,
    Duty,
    Example,
    Facts,
    Model,
    Plan,
    Rule,
    Slack,
    Which,
    activity,
)


class Cover(Rule):
    """Every duty has the people it needs; understaffing is a breach.

    A place that stays empty is a shortfall. It is measured in people, or in minutes: the people
    missing times the duty's working minutes. The field calls this a demand or coverage constraint.
    """

    kind: Literal["cover"] = "cover"
    scope = "duty"
    unit = "people or minutes"
    short = "Cover every shift"
    worse = "leaving more places unfilled"

    priority: Literal["must"] | PositiveInt = 1
    duties: Which | None = Field(None, description="The duties it applies to; all if left out.")
    measure: Literal["people", "minutes"] = Field("people", description="The unit of a shortfall.")

    @property
    def breach_unit(self) -> str:
        return self.measure

    def __str__(self) -> str:
        return "Every duty has the people it needs."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.shapes import Headcount

        for duty in model.facts.chosen_duties(self.duties):
            price = self._price(duty)
            if duty.count == 0 or price == 0:
                continue
            if slack.never_bends and duty.by_ratio is None:
                model.assume_filled(duty)
            fixed = duty.by_ratio is None and not duty.optional
            if fixed and not model.facts.freed_by(duty):
                model.declare(Headcount(duty.number, (duty.id,), price, least=duty.count), slack)
                continue
            # A headcount cannot express a duty that may be left out, a class that may be away, or
            # a number of people that depends on the children who are given a place.
            there = model.sum(model.works(p, duty.number) for p in model.people_for(duty))
            room = slack(duty.id, most=price * duty.count)
            model.cp.add(price * there + room >= price * model.wanted(duty))

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for duty in facts.chosen_duties(self.duties):
            there = len(plan.people(duty.number))
            wanted = plan.wanted(duty)
            if there < wanted:
                missing = wanted - there
                amount = missing * self._price(duty)
                if amount:
                    yield Breach(
                        where=(duty.id,),
                        amount=amount,
                        sentence=f"{facts.says_duty(duty)} has {there} of {wanted} people.",
                    )

    def _price(self, duty: Duty) -> int:
        return 1 if self.measure == "people" else max(s.minutes for s in duty.stints)


_NEEDS_ONE = {"D": {"needs": [{"count": 1}]}}
_NEEDS_TWO = {"D": {"needs": [{"count": 2}]}}

_CLASS_OUT = {
    "groups": [{"id": "3A", "name": "3A", "school": "S"}],
    "activities": [activity("P", "Trip", optional=True, needs=[{"count": 1}], frees=["3A"])],
}

_BY_RATIO = {"D": {"group": "club", "needs": [{"ratio": "r"}]}}

_CHOSEN = {
    "groups": [
        {"id": "club", "name": "Club", "school": "S"},
        {"id": "list", "name": "Waiting list", "school": "S", "waiting": True},
    ],
    "ratios": [{"id": "r", "bands": ["ks1"], "children_per_adult": 2, "source": "Drawn"}],
    "children": [
        {
            "id": f"C{n}",
            "band": "ks1",
            "count": n,
            "at": "S",
            "groups": ["club", "list"],
            "dates": {"first": "2026-01-05", "last": "2026-01-05"},
        }
        for n in (1, 2)
    ],
}

EXAMPLES = [
    Example(Cover(), "Ann D D\nBob D .", [], shifts=_NEEDS_ONE),
    Example(Cover(), "Ann D\nBob D", [], shifts=_BY_RATIO, facts=_CHOSEN),
    Example(Cover(), "Ann D\nBob .", [], shifts=_BY_RATIO, facts=_CHOSEN, groups={"C1": "list"}),
    Example(
        Cover(),
        "Ann D\nBob .",
        ["Day on Mon 5 Jan has 1 of 2 people."],
        shifts=_BY_RATIO,
        facts=_CHOSEN,
    ),
    Example(
        Cover(),
        "Ann .\nBob .",
        ["Day on Mon 5 Jan has 0 of 1 people."],
        shifts={"D": {"needs": [{"ratio": "r"}]}},
        facts=_CHOSEN,
        groups={"C1": "list"},
    ),
    Example(Cover(), "Ann D D\nBob D D", [], shifts=_NEEDS_TWO),
    Example(
        Cover(),
        "Ann D D\nBob D .",
        ["Day on Tue 6 Jan has 1 of 2 people."],
        shifts=_NEEDS_TWO,
    ),
    Example(
        Cover(),
        "Ann D .\nBob . .",
        ["Trip has 0 of 1 people."],
        shifts={"D": {"group": "3A", "needs": [{"count": 1}]}},
        facts=_CLASS_OUT,
        times={"P": "2026-01-06T09:00"},
    ),
    Example(
        Cover(measure="minutes"),
        "Ann D .",
        ["Day on Tue 6 Jan has 0 of 1 people."],
        shifts=_NEEDS_ONE,
    ),
]
