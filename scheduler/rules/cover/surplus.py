"""No duty has more people than it needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from scheduler.rulebook import Breach, Duty, Example, Facts, Model, Plan, Rule, Slack, Which


class Surplus(Rule):
    """No duty has more people than it needs, or more than it allows; overstaffing is a breach.

    The amount is the number of people beyond the limit, duty by duty.
    """

    kind: Literal["surplus"] = "surplus"
    scope = "duty"
    unit = "people"
    short = "Nobody too many"

    duties: Which | None = Field(None, description="The duties it applies to; all if left out.")
    limit: Literal["count", "most"] = Field(
        "count", description="count: the number needed; most: the need's own upper limit."
    )

    def __str__(self) -> str:
        if self.limit == "count":
            return "No duty has more people than it needs."
        return "No duty has more people than it allows."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.shapes import Headcount

        duties = model.facts.chosen_duties(self.duties)
        # Where a number depends on what is chosen, no shape says the whole rule.
        chosen = self.limit == "count" and any(duty.by_ratio is not None for duty in duties)
        for duty in duties:
            if chosen:
                able = model.people_for(duty)
                there = model.sum(model.works(p, duty.number) for p in able)
                wanted = duty.count if duty.by_ratio is None else model.wanted(duty)
                model.cp.add(there <= wanted + slack(duty.id, most=len(able)))
                continue
            most = duty.count if self.limit == "count" else duty.most
            if most is None:
                continue
            model.declare(Headcount(duty.number, (duty.id,), most=most), slack)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for duty in facts.chosen_duties(self.duties):
            most, there = self._most(plan, duty), len(plan.people(duty.number))
            if most is not None and there > most:
                yield Breach(
                    where=(duty.id,),
                    amount=there - most,
                    sentence=f"{facts.says_duty(duty)} has {there} people; {most} is the most.",
                )

    def _most(self, plan: Plan, duty: Duty) -> int | None:
        if self.limit == "most":
            return duty.most
        return duty.count if duty.by_ratio is None else plan.wanted(duty)


_BY_RATIO = {"D": {"group": "club", "needs": [{"ratio": "r"}]}}

_CHOSEN = {
    "groups": [{"id": id, "name": id, "school": "S"} for id in ("club", "list")],
    "ratios": [{"id": "r", "bands": ["ks1"], "children_per_adult": 2, "source": "Drawn"}],
    "children": [
        {
            "id": f"C{n}",
            "band": "ks1",
            "count": 2,
            "at": "S",
            "groups": ["club", "list"],
            "dates": {"first": "2026-01-05", "last": "2026-01-05"},
        }
        for n in (1, 2)
    ],
}

EXAMPLES = [
    Example(Surplus(), "Ann D\nBob D", [], shifts=_BY_RATIO, facts=_CHOSEN),
    Example(
        Surplus(),
        "Ann D\nBob D",
        ["Day on Mon 5 Jan has 2 people; 1 is the most."],
        shifts=_BY_RATIO,
        facts=_CHOSEN,
        groups={"C2": "list"},
    ),
    Example(Surplus(), "Ann D .\nBob . D", [], shifts={"D": {"needs": [{"count": 1}]}}),
    Example(
        Surplus(limit="most"),
        "Ann D D\nBob D D",
        [],
        shifts={"D": {"needs": [{"count": 1, "most": 2}]}},
    ),
    Example(Surplus(limit="most"), "Ann D D\nBob D D", []),
    Example(
        Surplus(),
        "Ann D D\nBob D .",
        ["Day on Mon 5 Jan has 2 people; 1 is the most."],
        shifts={"D": {"needs": [{"count": 1}]}},
    ),
]
