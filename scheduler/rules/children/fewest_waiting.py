"""As few children as possible wait for a place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import Breach, Example, Facts, Id, Model, Plan, Pupils, Rule, Slack


class FewestWaiting(Rule):
    """As few children as possible are on a waiting list, day by day.

    The waiting list is a group that children may be in instead of one with limited places. The
    amount, for each day, is the number of children who wait.
    """

    kind: Literal["fewest_waiting"] = "fewest_waiting"
    scope = "whole"
    unit = "children's days"
    short = "Few children waiting"
    worse = "making more children wait"
    usual_authority = "agreement"

    priority: Literal["must"] | PositiveInt = 1
    group: Id = Field(description="The waiting list.")

    def __str__(self) -> str:
        return "As few children as possible wait for a place."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        for day, children in self._days(facts):
            room = slack(facts.date(day).isoformat(), most=sum(p.count for p in children))
            waiting = model.sum(
                p.count * model.in_group(p.number, p.groups.index(self.group)) for p in children
            )
            model.cp.add(waiting <= room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for day, children in self._days(facts):
            waiting = [p for p in children if plan.groups.get(p.number) == self.group]
            number = sum(p.count for p in waiting)
            if number:
                verb = "child waits" if number == 1 else "children wait"
                yield Breach(
                    where=(facts.date(day).isoformat(),),
                    amount=number,
                    sentence=f"{number} {verb} for a place on {facts.says_day(day)}: "
                    f"{', '.join(p.id for p in waiting)}.",
                )

    def _days(self, facts: Facts) -> Iterator[tuple[int, list[Pupils]]]:
        for day in range(len(facts.days)):
            children = [p for p in facts.pupils if day in p.days and self.group in p.groups]
            if children:
                yield day, children


_CLUB = {
    "groups": [
        {"id": "club", "name": "Club", "school": "S", "places": 2},
        {"id": "list", "name": "Waiting list", "school": "S"},
    ],
    "children": [
        {
            "id": f"C{n}",
            "band": "ks1",
            "count": 1,
            "at": "S",
            "groups": ["club", "list"],
            "dates": {"first": "2026-01-05", "last": "2026-01-05"},
        }
        for n in (1, 2, 3)
    ],
}
_FEWEST = FewestWaiting(group="list")

EXAMPLES = [
    Example(_FEWEST, "Ann D", [], facts=_CLUB),
    Example(_FEWEST, "Ann D\nBob .", [], facts=_CLUB, groups={"C1": "club"}),
    Example(
        _FEWEST,
        "Ann D",
        ["2 children wait for a place on Mon 5 Jan: C2, C3."],
        facts=_CLUB,
        groups={"C2": "list", "C3": "list"},
    ),
]
