"""People travel as little as possible."""

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
    Who,
    activity,
    open_school,
)


class LeastTravel(Rule):
    """People travel as little as possible from their home schools to their duties.

    The amount is minutes of travel, duty by duty and one way.
    """

    kind: Literal["least_travel"] = "least_travel"
    scope = "person"
    unit = "minutes"
    short = "Little travel"
    worse = "travelling further"
    usual_authority = "wish"

    priority: Literal["must"] | PositiveInt = 1
    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    duties: Which | None = Field(None, description="Only these duties count; all if left out.")

    def __str__(self) -> str:
        return "People travel as little as possible."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        chosen = {d.number for d in facts.all_duties(self.duties)}
        for person in facts.people(self.people):
            terms, most = [], 0
            for duty in model.duties_of(person.number):
                ways = self._ways(facts, person.home, duty)
                if duty.number not in chosen or not ways:
                    continue
                most += max(ways.values())
                for school, way in ways.items():
                    stints = [s for s in duty.stints if s.school == school]
                    terms.append(way * model.does_one(person.number, duty, stints))
            model.cp.add(model.sum(terms) <= slack(person.id, most=most))

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        chosen = {d.number for d in facts.all_duties(self.duties)}
        for person in facts.people(self.people):
            minutes = sum(
                facts.travel(person.home, s.school)
                for s in plan.stints(person.number)
                if s.duty in chosen
            )
            if minutes:
                yield Breach(
                    where=(person.id,),
                    amount=minutes,
                    sentence=f"{person.name} travels {minutes} minutes.",
                )

    def _ways(self, facts: Facts, home: int, duty: Duty) -> dict[int, int]:
        """School to minutes of travel, for each school away from home where the duty may be."""
        schools = sorted({s.school for s in duty.stints})
        return {s: way for s in schools if (way := facts.travel(home, s))}


_FACTS = {
    "schools": [open_school("S", "Oakfield"), open_school("T", "Fellside")],
    "travel": [{"between": ["S", "T"], "minutes": 25}],
    "activities": [activity("P", "Visit", venues=["S", "T"], step=120, needs=[{"count": 1}])],
}

EXAMPLES = [
    Example(LeastTravel(), "Ann P\nBob .", [], facts=_FACTS),
    Example(
        LeastTravel(),
        "Ann .\nBob P",
        [],
        facts=_FACTS,
        people={"Bob": {"home": "T"}},
        at={"P": "T"},
    ),
    Example(
        LeastTravel(),
        "Ann PD\nBob P",
        ["Ann travels 50 minutes.", "Bob travels 25 minutes."],
        shifts={"D": {"school": "T"}},
        facts=_FACTS,
        at={"P": "T"},
    ),
]
