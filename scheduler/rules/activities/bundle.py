"""Certain activities take place together or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from scheduler.rulebook import Breach, Example, Facts, Id, Model, Plan, Rule, Slack, activity


class Bundle(Rule):
    """All of certain activities take place, or none: the bus, its driver, and cover for the class.

    The amount is the number of activities that are left out although another takes place.
    """

    kind: Literal["bundle"] = "bundle"
    scope = "whole"
    unit = "activities"
    short = "Together or not at all"

    activities: tuple[Id, ...] = Field(
        min_length=2, description="The activities that belong together."
    )

    def __str__(self) -> str:
        return f"All of {', '.join(self.activities)} take place, or none."

    def encode(self, model: Model, slack: Slack) -> None:
        happen = [model.takes_place(o.number) for o in model.facts.named(self.activities)]
        room = slack(most=len(happen) - 1)
        model.cp.add(len(happen) * model.any_of(happen) <= model.sum(happen) + room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        chosen = facts.named(self.activities)
        left_out = [facts.says_work(o) for o in chosen if not plan.happens(o)]
        if left_out and len(left_out) < len(chosen):
            yield Breach(
                where=(),
                amount=len(left_out),
                sentence=f"{', '.join(left_out)} left out, though the rest take place.",
            )


_TWO = {
    "activities": [
        activity(id, name, optional=True) for id, name in (("P", "Trip"), ("Q", "Cover"))
    ]
}

EXAMPLES = [
    Example(Bundle(activities=("P", "Q")), "Ann .", [], facts=_TWO),
    Example(
        Bundle(activities=("P", "Q")),
        "Ann .",
        [],
        facts=_TWO,
        times={"P": "2026-01-05T10:00", "Q": "2026-01-05T09:00"},
    ),
    Example(
        Bundle(activities=("P", "Q")),
        "Ann .",
        ["Cover left out, though the rest take place."],
        facts=_TWO,
        times={"P": "2026-01-05T10:00"},
    ),
]
