"""A meeting has a quorum."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import Breach, Example, Facts, Model, Plan, Rule, Slack, Which, activity


class Quorum(Rule):
    """At least a number of people are on each activity, whichever need they fill: a quorum.

    People that the activity asks for beyond the quorum are a matter of `cover`. It is judged only
    if the activity takes place. The amount is the number of people missing.
    """

    kind: Literal["quorum"] = "quorum"
    scope = "duty"
    unit = "people"
    short = "Enough people at activities"

    activities: Which | None = Field(
        None, description="The activities it applies to; all if left out."
    )
    least: PositiveInt = Field(description="The number of people that make a quorum.")

    def __str__(self) -> str:
        return f"At least {self.least} people come to each activity."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        for occasion in facts.chosen_occasions(self.activities):
            if not occasion.is_activity:
                continue
            duties = [facts.duties[n] for n in occasion.duties]
            there = model.sum(
                model.any_of(model.works(p, d.number) for d in duties)
                for p in sorted({p for d in duties for p in model.people_for(d)})
            )
            room = slack(occasion.id, most=self.least)
            model.holds_if([model.takes_place(occasion.number)], there + room >= self.least)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for occasion in facts.chosen_occasions(self.activities):
            there = len({p for d in occasion.duties for p in plan.people(d)})
            if occasion.is_activity and plan.happens(occasion) and there < self.least:
                yield Breach(
                    where=(occasion.id,),
                    amount=self.least - there,
                    sentence=f"{facts.says_work(occasion)} has {there} people; {self.least} is "
                    "the quorum.",
                )


_MEETING = {"activities": [activity("P", "Meeting", needs=[{"count": 3}], step=120)]}
_OPTIONAL = {"activities": [activity("P", "Meeting", needs=[{"count": 3}], optional=True)]}

EXAMPLES = [
    Example(Quorum(least=2), "Ann P\nBob P\nCat .", [], facts=_MEETING),
    Example(Quorum(least=2), "Ann .\nBob .", [], facts=_OPTIONAL),
    Example(
        Quorum(least=2),
        "Ann P\nBob .\nCat .",
        ["Meeting has 1 people; 2 is the quorum."],
        facts=_MEETING,
    ),
]
