"""Anybody who comes in during a week then has clear weeks off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import Breach, Example, Facts, Model, Plan, Rule, Slack, Which, Who


class AttendanceGap(Rule):
    """After a week in which somebody comes in, they have a number of clear weeks off.

    Weeks run from Monday to Sunday, and known weeks of the past count. There is one breach for each
    week of the horizon in which somebody comes in too soon after another.
    """

    kind: Literal["attendance_gap"] = "attendance_gap"
    scope = "person"
    unit = "weeks"
    short = "Clear weeks off"

    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    duties: Which | None = Field(None, description="Only these duties count as coming in.")
    clear_weeks: PositiveInt = Field(2, description="Weeks off after a week with attendance.")

    def __str__(self) -> str:
        weeks = "one clear week" if self.clear_weeks == 1 else f"{self.clear_weeks} clear weeks"
        return f"Anybody who comes in during a week then has {weeks} off."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        stints = _stints(facts, self.duties)
        for person in facts.people(self.people):
            past = (
                {facts.week_of(s.day) for s in facts.past[person.number]} if not stints else set()
            )
            comes = [
                model.any_of(
                    [
                        int(number in past),
                        *(
                            model.does(person.number, s)
                            for day in week
                            for s in model.stints_on(person.number, day)
                            if stints is None or s.number in stints
                        ),
                    ]
                )
                for number, week in enumerate(facts.weeks)
            ]
            for number, week in enumerate(facts.weeks):
                first = number - self.clear_weeks
                near = comes[max(0, first) : number]
                if not past.isdisjoint(range(first, 0)):
                    near.append(1)
                if not near:
                    continue
                if slack.never_bends:
                    # A clique over the weeks is much stronger than constraints on pairs of them.
                    model.cp.add(model.sum([*near, comes[number]]) <= 1)
                    continue
                room = slack(person.id, facts.date(week[0]).isoformat(), most=1)
                for other in near:
                    model.cp.add(other + comes[number] <= 1 + room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        stints = _stints(facts, self.duties)
        for person in facts.people(self.people):
            weeks = {
                facts.week_of(s.day)
                for s in plan.stints(person.number)
                if stints is None or s.number in stints
            }
            for number, week in enumerate(facts.weeks):
                near = [w for w in range(number - self.clear_weeks, number) if w in weeks]
                if number in weeks and near:
                    yield Breach(
                        where=(person.id, facts.date(week[0]).isoformat()),
                        amount=1,
                        sentence=f"{person.name} comes in during {facts.says_week(number)}, too "
                        f"soon after {facts.says_week(near[-1])}.",
                    )


def _stints(facts: Facts, duties: Which | None) -> frozenset[int] | None:
    if duties is None:
        return None
    return facts.all_stints(duties)


_MONDAYS = {
    "D": {"dates": ["2026-01-05", "2026-01-12", "2026-01-19", "2026-01-26"]},
}

EXAMPLES = [
    Example(
        AttendanceGap(clear_weeks=1),
        "Ann D . . . . . . . . . . . . . D\nBob . . . . . . . D . . . . . . .",
        [],
        shifts=_MONDAYS,
    ),
    Example(AttendanceGap(), "Ann D D D D D\nBob . . . . .", []),
    Example(
        AttendanceGap(),
        "Ann D . . . . . . . . . . . . . D",
        ["Ann comes in during the week of Mon 19 Jan, too soon after the week of Mon 5 Jan."],
        shifts=_MONDAYS,
    ),
    Example(
        AttendanceGap(),
        "Ann . . . . . . . D",
        ["Ann comes in during the week of Mon 12 Jan, too soon after the week of Mon 29 Dec."],
        shifts=_MONDAYS,
        facts={
            "history": [
                {
                    "person": "Ann",
                    "school": "S",
                    "start": "2025-12-30T09:00",
                    "end": "2025-12-30T15:00",
                }
            ]
        },
    ),
]
