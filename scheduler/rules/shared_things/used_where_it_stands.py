"""Anything that stands at a school is used there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    Model,
    Occasion,
    Plan,
    Problem,
    Rule,
    Slack,
    activity,
)


class UsedWhereItStands(Rule):
    """A hall, or anything else that stands at a school, is used only by what happens there.

    The amount is the number of uses elsewhere.
    """

    kind: Literal["used_where_it_stands"] = "used_where_it_stands"
    scope = "duty"
    unit = "uses"
    usual_authority = "law"
    always_on = True

    def __str__(self) -> str:
        return "Anything that stands at a school is used there."

    def concerns(self, problem: Problem) -> bool:
        return any(resource.at is not None for resource in problem.resources)

    def encode(self, model: Model, slack: Slack) -> None:
        for occasion in model.facts.chosen_occasions():
            for use, asked in enumerate(occasion.uses):
                for thing in asked.things:
                    elsewhere = _elsewhere(model.facts, occasion, thing)
                    if elsewhere:
                        away = model.times.within(occasion.number, elsewhere)
                        used = model.times.uses(occasion.number, use, thing)
                        room = slack(occasion.id, model.facts.things[thing].id, most=1)
                        model.cp.add(model.all_of([away, used]) <= room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for occasion in facts.chosen_occasions():
            place = plan.place(occasion)
            for use in range(len(occasion.uses)):
                thing = plan.thing(occasion, use)
                if place is None or thing is None:
                    continue
                stands, here = facts.things[thing].school, occasion.schools[place]
                if stands is not None and stands != here:
                    yield Breach(
                        where=(occasion.id, facts.things[thing].id),
                        amount=1,
                        sentence=f"{occasion.name} at {facts.school_name(here)} uses "
                        f"{facts.things[thing].name}, which stands at {facts.school_name(stands)}.",
                    )


def _elsewhere(facts: Facts, occasion: Occasion, thing: int) -> list[int]:
    stands = facts.things[thing].school
    return [n for n, at in enumerate(occasion.schools) if stands is not None and at != stands]


_FACTS = {
    "schools": [{"id": "S", "name": "Oakfield"}, {"id": "T", "name": "Fellside"}],
    "resources": [
        {"id": "hall", "name": "Oak Hall", "at": "S"},
        {"id": "barn", "name": "Fell Barn", "at": "T"},
        {"id": "kit", "name": "Kit"},
    ],
    "activities": [
        activity(
            "P",
            "Play",
            optional=True,
            venues=["S", "T"],
            step=120,
            uses=[{"one_of": ["hall", "barn"]}, {"one_of": ["kit"]}],
        )
    ],
}

EXAMPLES = [
    Example(
        UsedWhereItStands(),
        "Ann .",
        [],
        facts=_FACTS,
        times={"P": "2026-01-05T09:00"},
        at={"P": "T"},
        things={"P": ["barn"]},
    ),
    Example(UsedWhereItStands(), "Ann .", [], facts=_FACTS),
    Example(
        UsedWhereItStands(),
        "Ann .",
        ["Play at Fellside uses Oak Hall, which stands at Oakfield."],
        facts=_FACTS,
        times={"P": "2026-01-05T09:00"},
        at={"P": "T"},
        things={"P": ["hall"]},
    ),
]
