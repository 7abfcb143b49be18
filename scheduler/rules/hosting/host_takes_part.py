"""Somebody from the school that hosts takes part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import (
    Breach,
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


class HostTakesPart(Rule):
    """Enough of the people on an activity belong to the school where it takes place.

    People belong to their home school. The amount is the number of people missing.
    """

    kind: Literal["host_takes_part"] = "host_takes_part"
    scope = "duty"
    unit = "people"

    activities: Which | None = Field(
        None, description="The activities it applies to; all if left out."
    )
    who: Who | None = Field(None, description="The people who count; everybody if left out.")
    count: PositiveInt = Field(1, description="How many of them take part.")

    def __str__(self) -> str:
        verb = "takes" if self.count == 1 else "take"
        return f"At least {self.count} from the school that hosts {verb} part."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        for o in facts.chosen_occasions(self.activities):
            if not o.is_activity:
                continue
            duties = [facts.duties[n] for n in o.duties]
            meant = {p.number for p in facts.everyone(self.who)}
            placed = {
                p: model.any_of(model.works(p, d.number) for d in duties)
                for p in sorted({p for d in duties for p in model.people_for(d)} & meant)
            }
            room = slack(o.id, most=self.count)
            for school in o.venues:
                here = model.at(o.number, school)
                hosts = [on for p, on in placed.items() if facts.staff[p].home == school]
                model.holds_if([here], model.sum([*hosts, room]) >= self.count)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        meant = {p.number for p in facts.everyone(self.who)}
        for o in facts.chosen_occasions(self.activities):
            place = plan.place(o)
            if place is None or not o.is_activity:
                continue
            people = {p for n in o.duties for p in plan.people(n)} & meant
            there = sum(facts.staff[p].home == o.schools[place] for p in people)
            if there < self.count:
                yield Breach(
                    where=(o.id,),
                    amount=self.count - there,
                    sentence=f"{facts.says_work(o)} has {there} of {self.count} people of "
                    f"{facts.school_name(o.schools[place])}, where it is.",
                )


_FACTS = {
    "schools": [open_school("S", "Oakfield"), open_school("T", "Fellside")],
    "activities": [activity("P", "Visit", venues=["S", "T"], step=120, needs=[{"count": 1}])],
}
_BOB = {"Bob": {"home": "T"}}

EXAMPLES = [
    Example(HostTakesPart(), "Ann P\nBob .", [], people=_BOB, facts=_FACTS),
    Example(HostTakesPart(), "Ann P\nBob P", [], people=_BOB, facts=_FACTS, at={"P": "T"}),
    Example(
        HostTakesPart(),
        "Ann P\nBob .",
        ["Visit has 0 of 1 people of Fellside, where it is."],
        people=_BOB,
        facts=_FACTS,
        at={"P": "T"},
    ),
]
