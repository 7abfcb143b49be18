"""Optional activities take place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import Breach, Example, Facts, Model, Plan, Rule, Slack, Which, activity


class OptionalTakePlace(Rule):
    """Optional activities take place.

    The amount is the number of activities that are left out.
    """

    kind: Literal["optional_take_place"] = "optional_take_place"
    scope = "duty"
    unit = "activities"
    short = "Optional activities take place"
    worse = "leaving more activities out"

    priority: Literal["must"] | PositiveInt = 1
    activities: Which | None = Field(
        None, description="The activities it applies to; all if left out."
    )

    def __str__(self) -> str:
        return "Optional activities take place."

    def encode(self, model: Model, slack: Slack) -> None:
        for occasion in model.facts.chosen_occasions(self.activities):
            if occasion.optional:
                happens = model.takes_place(occasion.number)
                model.cp.add(happens + slack(occasion.id, most=1) >= 1)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for occasion in facts.chosen_occasions(self.activities):
            if occasion.optional and not plan.happens(occasion):
                yield Breach(
                    where=(occasion.id,),
                    amount=1,
                    sentence=f"{facts.says_work(occasion)} is left out.",
                )


_TWO = {
    "activities": [
        activity("P", "Play", optional=True, tags=["fun"]),
        activity("Q", "Choir", optional=True, needs=[{"count": 1}]),
    ]
}
_BOTH = {"P": "2026-01-05T10:00", "Q": "2026-01-05T09:00"}

EXAMPLES = [
    Example(OptionalTakePlace(), "Ann .", [], facts=_TWO, times=_BOTH),
    Example(
        OptionalTakePlace(activities=Which(tag="fun")),
        "Ann .",
        [],
        facts=_TWO,
        times={"P": _BOTH["P"]},
    ),
    Example(
        OptionalTakePlace(), "Ann .", ["Choir is left out."], facts=_TWO, times={"P": _BOTH["P"]}
    ),
]
