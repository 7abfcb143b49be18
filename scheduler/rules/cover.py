"""Every duty has the people it needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, PositiveInt

from models.facts import Duty, Facts
from models.plan import Plan
from models.problem import Which
from models.report import Breach
from scheduler.example import Example
from scheduler.rule import Rule, Scope

if TYPE_CHECKING:
    from solver.model import Model
    from solver.slack import Slack


class Cover(Rule):
    """Every duty has the people it needs; a place that stays empty is a shortfall.

    Measured in people, or in minutes: the people missing times the duty's working minutes.
    """

    kind: Literal["cover"] = "cover"
    scope: ClassVar[Scope] = "duty"
    unit: ClassVar[str] = "people"
    worse: ClassVar[str] = "leaving more places unfilled"

    priority: Literal["must"] | PositiveInt = 1
    duties: Which | None = None
    measure: Literal["people", "minutes"] = Field("people", description="The unit of a shortfall.")

    def __str__(self) -> str:
        return "Every duty has the people it needs."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.shapes import Headcount

        for duty in model.facts.chosen_duties(self.duties):
            price = self._price(duty)
            if duty.count == 0 or price == 0:
                continue
            model.declare(Headcount(duty.number, (duty.id,), price, least=duty.count), slack)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for duty in facts.chosen_duties(self.duties):
            there = len(plan.people(duty.number))
            if there < duty.count:
                missing = duty.count - there
                amount = missing * self._price(duty)
                if amount:
                    yield Breach(
                        where=(duty.id,),
                        amount=amount,
                        sentence=f"{facts.says_duty(duty)} has {there} of {duty.count} people.",
                    )

    def _price(self, duty: Duty) -> int:
        return 1 if self.measure == "people" else max(s.minutes for s in duty.stints)


_NEEDS_ONE = {"D": {"needs": [{"count": 1}]}}
_NEEDS_TWO = {"D": {"needs": [{"count": 2}]}}

EXAMPLES = [
    Example(Cover(), "Ann D D\nBob D .", [], shifts=_NEEDS_ONE),
    Example(Cover(), "Ann D D\nBob D D", [], shifts=_NEEDS_TWO),
    Example(
        Cover(),
        "Ann D D\nBob D .",
        ["Day on Tue 6 Jan has 1 of 2 people."],
        shifts=_NEEDS_TWO,
    ),
    Example(
        Cover(measure="minutes"),
        "Ann D .",
        ["Day on Tue 6 Jan has 0 of 1 people."],
        shifts=_NEEDS_ONE,
    ),
]
