"""Activities take place early among their possible dates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import Breach, Example, Facts, Model, Plan, Rule, Slack, Which, activity


class EarlyInWindow(Rule):
    """Each activity takes place as early as possible among its possible dates.

    The amount is the number of days after the first date on which it could take place.
    """

    kind: Literal["early_in_window"] = "early_in_window"
    scope = "duty"
    unit = "days"
    short = "Early dates"
    usual_authority = "wish"

    priority: Literal["must"] | PositiveInt = 1
    activities: Which | None = Field(
        None, description="The activities it applies to; all if left out."
    )

    def __str__(self) -> str:
        return "Activities take place early among their possible dates."

    def encode(self, model: Model, slack: Slack) -> None:
        for occasion in model.facts.chosen_occasions(self.activities):
            later = [day - min(occasion.days) for day in occasion.days]
            if max(later):
                room = slack(occasion.id, most=max(later))
                model.cp.add(model.times.value(occasion.number, later) <= room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for occasion in facts.chosen_occasions(self.activities):
            place = plan.place(occasion)
            later = 0 if place is None else occasion.days[place] - min(occasion.days)
            if later:
                yield Breach(
                    where=(occasion.id,),
                    amount=later,
                    sentence=f"{facts.says_work(occasion)} is {later} days after the first "
                    "date it could be.",
                )


_ONE = {"activities": [activity("P", "Play", optional=True)]}

EXAMPLES = [
    Example(EarlyInWindow(), "Ann . . .", [], facts=_ONE, times={"P": "2026-01-05T11:00"}),
    Example(EarlyInWindow(), "Ann . . .", [], facts=_ONE),
    Example(
        EarlyInWindow(),
        "Ann . . .",
        ["Play is 2 days after the first date it could be."],
        facts=_ONE,
        times={"P": "2026-01-07T09:00"},
    ),
]
