"""Activities at one school fall on few days."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    Model,
    Occasion,
    Plan,
    Rule,
    Slack,
    Which,
    activity,
)


class FewestVisitDays(Rule):
    """Activities at a school fall on as few days as possible, so that one visit serves several.

    The amount, school by school, is the number of days on which at least one of the activities
    takes place.
    """

    kind: Literal["fewest_visit_days"] = "fewest_visit_days"
    scope = "whole"
    unit = "visit days"
    short = "Few days of visits"
    usual_authority = "wish"

    priority: Literal["must"] | PositiveInt = 1
    activities: Which | None = Field(
        None, description="The activities it applies to; all if left out."
    )

    def __str__(self) -> str:
        return "Activities at one school fall on as few days as possible."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        for (school, day), places in self._cells(facts).items():
            there = model.any_of(model.times.within(o.number, at) for o, at in places.items())
            where = (facts.schools[school].id, facts.date(day).isoformat())
            model.cp.add(there <= slack(*where, most=1))

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for (school, day), places in self._cells(facts).items():
            inside = [facts.says_work(o) for o, at in places.items() if plan.place(o) in at]
            if inside:
                yield Breach(
                    where=(facts.schools[school].id, facts.date(day).isoformat()),
                    amount=1,
                    sentence=f"{', '.join(inside)} at {facts.school_name(school)} on "
                    f"{facts.says_day(day)}.",
                )

    def _cells(self, facts: Facts) -> dict[tuple[int, int], dict[Occasion, set[int]]]:
        found: dict[tuple[int, int], dict[Occasion, set[int]]] = {}
        for o in facts.activities(self.activities):
            for place in facts.places(o, self.activities):
                key = (o.schools[place], o.days[place])
                found.setdefault(key, {}).setdefault(o, set()).add(place)
        return found


_FACTS = {
    "schools": [{"id": "S", "name": "Oakfield"}, {"id": "T", "name": "Fellside"}],
    "activities": [
        activity("P", "Play", optional=True, tags=["fun"]),
        activity("Q", "Choir", venues=["S", "T"], step=180),
    ],
}
_TWO = {"P": "2026-01-05T10:00", "Q": "2026-01-06T09:00"}

EXAMPLES = [
    Example(FewestVisitDays(activities=Which(tag="fun")), "Ann . .", [], facts=_FACTS),
    Example(
        FewestVisitDays(activities=Which(tag="fun", weekdays=("tue",))),
        "Ann . .",
        [],
        facts=_FACTS,
        times={"P": "2026-01-05T10:00"},
    ),
    Example(
        FewestVisitDays(),
        "Ann . .",
        ["Play at Oakfield on Mon 5 Jan.", "Choir at Oakfield on Tue 6 Jan."],
        facts=_FACTS,
        times=_TWO,
    ),
    Example(
        FewestVisitDays(),
        "Ann . .",
        ["Play, Choir at Oakfield on Mon 5 Jan."],
        facts=_FACTS,
        times={**_TWO, "Q": "2026-01-05T09:00"},
    ),
]
