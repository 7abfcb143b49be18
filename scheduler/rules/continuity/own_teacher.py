"""Children are with their own teacher when that teacher has a group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from scheduler.rulebook import Breach, Duty, Example, Facts, Model, Plan, Pupils, Rule, Slack


class OwnTeacher(Rule):
    """In weeks when the teacher of some children works with a group, the children are in it.

    This is judged for children whose group is chosen and whose `teacher` is given, in each week,
    Monday to Sunday, in which they come. The amount is the number of children, week by week, who
    miss their teacher.
    """

    kind: Literal["own_teacher"] = "own_teacher"
    scope = "whole"
    unit = "child-weeks"
    short = "Own teachers"

    def __str__(self) -> str:
        return "Children are with their own teacher when that teacher has a group."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        for pupils, week, duties in _weeks(facts):
            teacher = pupils.teacher
            assert teacher is not None
            anywhere = model.any_of(model.works(teacher, d.number) for d in duties)
            first = facts.date(facts.weeks[week][0]).isoformat()
            room = slack(pupils.id, first, most=pupils.count)
            for place, group in enumerate(pupils.groups):
                here = model.any_of(
                    model.works(teacher, d.number) for d in duties if d.group == group
                )
                missed = anywhere + model.in_group(pupils.number, place) - here - 1
                model.cp.add(pupils.count * missed <= room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        names = facts.labels.groups
        for pupils, week, duties in _weeks(facts):
            teacher = pupils.teacher
            assert teacher is not None
            with_groups = {d.group for d in duties if plan.works(teacher, d.number)}
            own = plan.groups.get(pupils.number)
            if with_groups and own is not None and own not in with_groups:
                there = " and ".join(sorted(names[group] for group in with_groups if group))
                yield Breach(
                    where=(pupils.id, facts.date(facts.weeks[week][0]).isoformat()),
                    amount=pupils.count,
                    sentence=f"In {facts.says_week(week)} {facts.name(teacher)} is with {there}, "
                    f"but {pupils.id} is in {names[own]}.",
                )


def _weeks(facts: Facts) -> Iterator[tuple[Pupils, int, list[Duty]]]:
    """(children, week in which they come, duties with a group in that week)."""
    duties: dict[int, list[Duty]] = {}
    for duty in facts.duties:
        if duty.group is not None:
            duties.setdefault(facts.week_of(duty.day), []).append(duty)
    for pupils in facts.pupils:
        if pupils.teacher is None:
            continue
        for week in sorted({facts.week_of(day) for day in pupils.days}):
            if week in duties:
                yield pupils, week, duties[week]


_CLASS = {
    "groups": [{"id": f"pod{n}", "name": f"Pod {n}", "school": "S"} for n in (1, 2)],
    "children": [
        {
            "id": "C1",
            "band": "ks1",
            "count": 1,
            "at": "S",
            "teacher": "Ann",
            "groups": ["pod1", "pod2"],
            "dates": {"first": "2026-01-05", "last": "2026-01-06"},
        }
    ],
}
_SHIFTS = {"M": {"group": "pod1"}, "A": {"group": "pod2"}}

EXAMPLES = [
    Example(OwnTeacher(), "Ann . .\nBob . M", [], _SHIFTS, facts=_CLASS),
    Example(OwnTeacher(), "Ann M A", [], _SHIFTS, facts=_CLASS),
    Example(
        OwnTeacher(),
        "Ann A A",
        ["In the week of Mon 5 Jan Ann is with Pod 2, but C1 is in Pod 1."],
        _SHIFTS,
        facts=_CLASS,
    ),
]
