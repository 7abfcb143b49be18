"""People stay with one group during a week."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from scheduler.rulebook import Breach, Duty, Example, Facts, Model, Plan, Rule, Slack, Which, Who


class OneGroupAWeek(Rule):
    """Each person works with one group only in a week, Monday to Sunday.

    Duties without a group do not count. The amount is the number of groups beyond the first.
    """

    kind: Literal["one_group_a_week"] = "one_group_a_week"
    scope = "person"
    unit = "groups"

    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    duties: Which | None = Field(None, description="Only these duties count; all if left out.")

    def __str__(self) -> str:
        return "Everybody stays with one group during a week."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        chosen = {d.number for d in facts.all_duties(self.duties)}
        for person in facts.people(self.people):
            mine: dict[int, dict[str, list[Duty]]] = {}
            for duty in model.duties_of(person.number):
                if duty.group is not None and duty.number in chosen:
                    week = mine.setdefault(facts.week_of(duty.day), {})
                    week.setdefault(duty.group, []).append(duty)
            for week_number, groups in sorted(mine.items()):
                if len(groups) == 1:
                    continue
                with_group = [
                    model.any_of(model.works(person.number, d.number) for d in duties)
                    for duties in groups.values()
                ]
                first = facts.date(facts.weeks[week_number][0]).isoformat()
                room = slack(person.id, first, most=len(groups) - 1)
                model.cp.add(model.sum(with_group) <= 1 + room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        names = facts.labels.groups
        chosen = {d.number for d in facts.all_duties(self.duties)}
        for person in facts.people(self.people):
            mine: dict[int, list[str]] = {}
            for duty in plan.duties(person.number):
                if duty.group is not None and duty.number in chosen:
                    groups = mine.setdefault(facts.week_of(duty.day), [])
                    if duty.group not in groups:
                        groups.append(duty.group)
            for week_number, groups in sorted(mine.items()):
                if len(groups) > 1:
                    called = " and ".join(sorted(names.get(group, group) for group in groups))
                    yield Breach(
                        where=(person.id, facts.date(facts.weeks[week_number][0]).isoformat()),
                        amount=len(groups) - 1,
                        sentence=f"{person.name} is with {called} in "
                        f"{facts.says_week(week_number)}.",
                    )


_PODS = {
    "groups": [{"id": f"pod{n}", "name": f"Pod {n}", "school": "S"} for n in (1, 2)],
}
_SHIFTS = {"M": {"group": "pod1"}, "A": {"group": "pod2"}}

EXAMPLES = [
    Example(OneGroupAWeek(), "Ann M M\nBob A A", [], _SHIFTS, facts=_PODS),
    Example(
        OneGroupAWeek(),
        "Ann M . . . . . . A",
        [],
        {
            "M": {"group": "pod1", "dates": ["2026-01-05", "2026-01-12"]},
            "A": {"group": "pod2", "dates": ["2026-01-05", "2026-01-12"]},
        },
        facts=_PODS,
    ),
    Example(
        OneGroupAWeek(),
        "Ann M A\nBob A A",
        ["Ann is with Pod 1 and Pod 2 in the week of Mon 5 Jan."],
        _SHIFTS,
        facts=_PODS,
    ),
]
