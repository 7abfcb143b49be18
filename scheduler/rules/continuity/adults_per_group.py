"""A group meets few different adults in a week."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import Breach, Duty, Example, Facts, Model, Plan, Rule, Slack, Which


class AdultsPerGroup(Rule):
    """At most a number of different people work with a group in a week, Monday to Sunday.

    With `per_need` each need of the group's duties is counted by itself: two leads and two
    supports. The amount is the number of people beyond the limit.
    """

    kind: Literal["adults_per_group"] = "adults_per_group"
    scope = "whole"
    unit = "people"

    most: PositiveInt = Field(description="The number of different people in a week.")
    per_need: bool = Field(False, description="Count each need of the duties by itself.")
    duties: Which | None = Field(None, description="Only these duties count; all if left out.")

    def __str__(self) -> str:
        people = "person" if self.most == 1 else "different people"
        each = " for each need" if self.per_need else ""
        return f"A group has at most {self.most} {people} a week{each}."

    def encode(self, model: Model, slack: Slack) -> None:
        for where, duties in self._places(model.facts).items():
            people = sorted({p for d in duties for p in model.people_for(d)})
            if len(people) <= self.most:
                continue
            faces = [model.any_of(model.works(p, d.number) for d in duties) for p in people]
            room = slack(*where, most=len(people) - self.most)
            model.cp.add(model.sum(faces) <= self.most + room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        names = facts.labels.groups
        for where, duties in self._places(facts).items():
            faces = {p for d in duties for p in plan.people(d.number)}
            if len(faces) > self.most:
                need = f" as {duties[0].need}" if self.per_need and duties[0].need else ""
                yield Breach(
                    where=where,
                    amount=len(faces) - self.most,
                    sentence=f"{names.get(where[0], where[0])} has {len(faces)} different people"
                    f"{need} in {facts.says_week(facts.week_of(duties[0].day))}; "
                    f"{self.most} is the most.",
                )

    def _places(self, facts: Facts) -> dict[tuple[str, ...], list[Duty]]:
        found: dict[tuple[str, ...], list[Duty]] = {}
        for duty in facts.all_duties(self.duties):
            if duty.group is None:
                continue
            week = facts.date(facts.weeks[facts.week_of(duty.day)][0]).isoformat()
            need = (duty.need or "",) if self.per_need else ()
            found.setdefault((duty.group, week, *need), []).append(duty)
        return found


_POD = {"groups": [{"id": "pod1", "name": "Pod 1", "school": "S"}]}
_SHIFT = {"D": {"group": "pod1"}}

EXAMPLES = [
    Example(AdultsPerGroup(most=2), "Ann D . .\nBob . D .\nCat . . .", [], _SHIFT, facts=_POD),
    Example(AdultsPerGroup(most=1), "Ann D D D\nBob . . .", [], _SHIFT, facts=_POD),
    Example(
        AdultsPerGroup(most=1),
        "Ann D D .\nBob . . D\nCat . . D",
        ["Pod 1 has 3 different people in the week of Mon 5 Jan; 1 is the most."],
        _SHIFT,
        facts=_POD,
    ),
    Example(
        AdultsPerGroup(most=1, per_need=True),
        "Ann M .\nBob A M",
        ["Pod 1 has 2 different people as lead in the week of Mon 5 Jan; 1 is the most."],
        {
            "M": {"group": "pod1", "needs": [{"id": "lead", "count": 0}]},
            "A": {"group": "pod1", "needs": [{"id": "support", "count": 0}]},
        },
        facts=_POD,
    ),
]
