"""No group has more children than places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from scheduler.rulebook import Breach, Example, Facts, Id, Model, Plan, Pupils, Rule, Slack


class GroupPlaces(Rule):
    """No group has more children on any day than its `places`.

    Children whose group is settled count, as well as those for whom it is chosen. The amount, for
    each group and day, is the number of children beyond the places.
    """

    kind: Literal["group_places"] = "group_places"
    scope = "whole"
    unit = "children"
    short = "Places in groups"

    groups: tuple[Id, ...] | None = Field(
        None, description="The groups it applies to; all if left out."
    )

    def __str__(self) -> str:
        return "No group has more children than places."

    def encode(self, model: Model, slack: Slack) -> None:
        for group, places, day, settled, open_ in self._places(model.facts):
            most = settled + sum(p.count for p in open_)
            if most <= places:
                continue
            there = model.sum(
                [
                    settled,
                    *(p.count * model.in_group(p.number, p.groups.index(group)) for p in open_),
                ]
            )
            room = slack(group, model.facts.date(day).isoformat(), most=most - places)
            model.cp.add(there <= places + room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        names = facts.labels.groups
        for group, places, day, settled, open_ in self._places(facts):
            there = settled + sum(p.count for p in open_ if plan.groups.get(p.number) == group)
            if there > places:
                yield Breach(
                    where=(group, facts.date(day).isoformat()),
                    amount=there - places,
                    sentence=f"{names[group]} has {there} children on {facts.says_day(day)}; it "
                    f"has {places} places.",
                )

    def _places(self, facts: Facts) -> Iterator[tuple[str, int, int, int, list[Pupils]]]:
        """(group, places, day, children settled there, children who may be put there)."""
        for group in facts.problem.groups:
            if group.places is None or (self.groups is not None and group.id not in self.groups):
                continue
            school = facts.school_number(group.school)
            mine = [p for p in facts.pupils if group.id in p.groups]
            for day in range(len(facts.days)):
                settled = facts.children(school, day, group=group.id)
                there = [p for p in mine if day in p.days]
                if settled or there:
                    yield group.id, group.places, day, settled, there


_PODS = {
    "groups": [{"id": f"pod{n}", "name": f"Pod {n}", "school": "S", "places": 2} for n in (1, 2)],
    "children": [
        {
            "id": f"C{n}",
            "band": "ks1",
            "count": 1,
            "at": "S",
            "groups": ["pod1", "pod2"],
            "dates": {"first": "2026-01-05", "last": f"2026-01-0{4 + n}"},
        }
        for n in (1, 2)
    ]
    + [
        {
            "band": "rec",
            "count": 1,
            "at": "S",
            "group": "pod1",
            "dates": {"first": "2026-01-05", "last": "2026-01-06"},
        }
    ],
}

EXAMPLES = [
    Example(GroupPlaces(groups=("pod2",)), "Ann . .", [], {"D": {}}, facts=_PODS),
    Example(GroupPlaces(), "Ann . .", [], {"D": {}}, facts=_PODS, groups={"C1": "pod2"}),
    Example(
        GroupPlaces(),
        "Ann . .",
        ["Pod 1 has 3 children on Mon 5 Jan; it has 2 places."],
        {"D": {}},
        facts=_PODS,
    ),
]
