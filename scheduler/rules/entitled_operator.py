"""Whoever drives is entitled to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from models.facts import Facts, Occasion
from models.plan import Plan
from models.problem import Problem
from models.report import Authority, Breach
from scheduler.example import Example, activity
from scheduler.rule import Rule, Scope

if TYPE_CHECKING:
    from solver.model import Model
    from solver.slack import Slack


class EntitledOperator(Rule):
    """On an activity with a minibus is somebody who may drive it, on the day, for each of them.

    Counted in drivers missing, use by use.
    """

    kind: Literal["entitled_operator"] = "entitled_operator"
    scope: ClassVar[Scope] = "duty"
    unit: ClassVar[str] = "drivers"
    usual_authority: ClassVar[Authority] = "law"
    always_on: ClassVar[bool] = True

    def __str__(self) -> str:
        return "Whoever drives is entitled to."

    def concerns(self, problem: Problem) -> bool:
        return any(resource.operator is not None for resource in problem.resources)

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        for occasion in facts.chosen_occasions():
            for use, asked in enumerate(occasion.uses):
                for thing in asked.things:
                    for day, places in self._days(facts, occasion, thing).items():
                        drivers = model.sum(
                            model.any_of(
                                model.works(p, n)
                                for n in occasion.duties
                                if p in model.people_for(facts.duties[n])
                            )
                            for p in sorted(self._drivers(facts, thing, day))
                        )
                        given = [
                            model.times.uses(occasion.number, use, thing),
                            model.times.within(occasion.number, places),
                        ]
                        if not all(isinstance(g, int) and not g for g in given):
                            room = slack(occasion.id, str(use), most=asked.amount)
                            model.holds_if(given, drivers + room >= asked.amount)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for occasion in facts.chosen_occasions():
            place = plan.place(occasion)
            there = {p for n in occasion.duties for p in plan.people(n)}
            for use, asked in enumerate(occasion.uses):
                thing = plan.thing(occasion, use)
                if place is None or thing is None:
                    continue
                if facts.things[thing].resource.operator is None:
                    continue
                number = len(there & self._drivers(facts, thing, occasion.days[place]))
                if number < asked.amount:
                    yield Breach(
                        where=(occasion.id, str(use)),
                        amount=asked.amount - number,
                        sentence=f"{occasion.name} has {number} of the {asked.amount} people it "
                        f"needs who may drive {facts.things[thing].name}.",
                    )

    def _drivers(self, facts: Facts, thing: int, day: int) -> frozenset[int]:
        operator = facts.things[thing].resource.operator
        return frozenset() if operator is None else facts.meant(operator, day)

    def _days(self, facts: Facts, occasion: Occasion, thing: int) -> dict[int, list[int]]:
        """The places of each day; none where anybody may."""
        found: dict[int, list[int]] = {}
        if facts.things[thing].resource.operator is not None:
            for place, day in enumerate(occasion.days):
                found.setdefault(day, []).append(place)
        return found


_FACTS = {
    "skills": {"d1": "Minibus licence"},
    "resources": [
        {"id": "bus", "name": "Minibus", "operator": {"skill": "d1"}},
        {"id": "coach", "name": "Coach"},
    ],
    "activities": [
        activity("P", "Trip", step=180, needs=[{"count": 1}], uses=[{"one_of": ["bus", "coach"]}])
    ],
}
_LICENCE = {"Ann": {"skills": [{"skill": "d1", "last": "2026-01-05"}]}}

EXAMPLES = [
    Example(EntitledOperator(), "Ann P .\nBob . .", [], people=_LICENCE, facts=_FACTS),
    Example(
        EntitledOperator(),
        "Ann . .\nBob P .",
        [],
        people=_LICENCE,
        facts=_FACTS,
        things={"P": ["coach"]},
    ),
    Example(
        EntitledOperator(),
        "Ann P .\nBob P .",
        ["Trip has 0 of the 1 people it needs who may drive Minibus."],
        people=_LICENCE,
        facts=_FACTS,
        times={"P": "2026-01-06T09:00"},
    ),
]
