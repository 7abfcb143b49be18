"""Siblings are in one group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from scheduler.rulebook import Breach, Example, Facts, Model, Plan, Pupils, Rule, Slack


class SiblingsTogether(Rule):
    """Siblings for whom a group is chosen are put in the same group.

    The amount, for each family, is the number of groups beyond the first.
    """

    kind: Literal["siblings_together"] = "siblings_together"
    scope = "whole"
    unit = "groups"

    def __str__(self) -> str:
        return "Brothers and sisters are in one group."

    def encode(self, model: Model, slack: Slack) -> None:
        for family, siblings in _families(model.facts).items():
            groups = sorted({group for p in siblings for group in p.groups})
            used = [
                model.any_of(
                    model.in_group(p.number, p.groups.index(group))
                    for p in siblings
                    if group in p.groups
                )
                for group in groups
            ]
            room = slack(family, most=len(groups) - 1)
            model.cp.add(model.sum(used) <= 1 + room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        names = facts.labels.groups
        for family, siblings in _families(facts).items():
            groups = sorted({plan.groups[p.number] for p in siblings if p.number in plan.groups})
            if len(groups) > 1:
                yield Breach(
                    where=(family,),
                    amount=len(groups) - 1,
                    sentence=f"{' and '.join(p.id for p in siblings)} are apart, in "
                    f"{' and '.join(names[group] for group in groups)}.",
                )


def _families(facts: Facts) -> dict[str, list[Pupils]]:
    found: dict[str, list[Pupils]] = {}
    for pupils in facts.pupils:
        if pupils.family is not None:
            found.setdefault(pupils.family, []).append(pupils)
    return {family: siblings for family, siblings in found.items() if len(siblings) > 1}


_FAMILIES = {
    "groups": [{"id": f"pod{n}", "name": f"Pod {n}", "school": "S"} for n in (1, 2)],
    "children": [
        {
            "id": f"C{n}",
            "band": "ks1",
            "count": 1,
            "at": "S",
            "family": "F1" if n < 3 else "F2",
            "groups": ["pod1", "pod2"],
            "dates": {"first": "2026-01-05", "last": "2026-01-06"},
        }
        for n in (1, 2, 3)
    ],
}

EXAMPLES = [
    Example(SiblingsTogether(), "Ann . .", [], {"D": {}}, facts=_FAMILIES),
    Example(SiblingsTogether(), "Ann . .", [], {"D": {}}, facts=_FAMILIES, groups={"C3": "pod2"}),
    Example(
        SiblingsTogether(),
        "Ann . .",
        ["C1 and C2 are apart, in Pod 1 and Pod 2."],
        {"D": {}},
        facts=_FAMILIES,
        groups={"C2": "pod2"},
    ),
]
