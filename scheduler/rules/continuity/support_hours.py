"""A child has the weekly hours of support that are owed to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    Id,
    Lit,
    Model,
    Occasion,
    Plan,
    Rule,
    Slack,
    Unjudged,
    Week,
    Which,
    duration,
)


class SupportHours(Rule):
    """A child has the weekly hours of support owed to it, for example by its EHC plan.

    A duty counts once, however many people are on it. A week that is not known whole, that
    began before the horizon, or in which the child is not at school, is not judged. The amount is
    the minutes missing.
    """

    kind: Literal["support_hours"] = "support_hours"
    scope = "whole"
    unit = "minutes"
    worse = "giving children less support"
    usual_authority = "law"

    child: Id = Field(description="One of the children, by an opaque id.")
    duties: Which = Field(description="The duties that are with the child, lunch included.")
    minutes: PositiveInt = Field(description="The minutes of support in a week.")

    def __str__(self) -> str:
        return f"Child {self.child} has {duration(self.minutes)} of support a week."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        occasions = self._occasions(facts)
        for name, days in self._weeks(facts):
            terms = []
            for occasion, duties in occasions:
                for place in range(len(occasion.starts)):
                    stints = [facts.duties[d].stints[place] for d in duties]
                    if stints[0].day in days:
                        somebody: Lit = model.any_of(
                            model.does(p, s)
                            for s in stints
                            for p in model.people_for(facts.duties[s.duty])
                        )
                        terms.append(stints[0].minutes * somebody)
            room = slack(self.child, name, most=self.minutes)
            model.cp.add(model.sum(terms) + room >= self.minutes)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        occasions = self._occasions(facts)
        for name, days in self._weeks(facts):
            had = 0
            for _, duties in occasions:
                held = [facts.duties[d] for d in duties if plan.people(d)]
                stint = plan.stint(held[0]) if held else None
                if stint is not None and stint.day in days:
                    had += stint.minutes
            if had < self.minutes:
                week = facts.says_week(facts.week_of(min(days)))
                yield Breach(
                    where=(self.child, name),
                    amount=self.minutes - had,
                    sentence=f"Child {self.child} has {duration(had)} of support in {week}; "
                    f"{duration(self.minutes)} is owed.",
                )

    def not_judged(self, facts: Facts) -> Iterator[Unjudged]:
        for week in facts.calendar_weeks:
            if why := self._why_unjudged(facts, week):
                yield Unjudged(where=(self.child, week.name), sentence=why)

    def _weeks(self, facts: Facts) -> Iterator[tuple[str, frozenset[int]]]:
        for week in facts.calendar_weeks:
            if self._why_unjudged(facts, week) is None:
                yield week.name, frozenset(week.days)

    def _why_unjudged(self, facts: Facts, week: Week) -> str | None:
        when = facts.says_week(facts.week_of(week.days[0]))
        if week.past:
            return f"{when} began before the rota"
        if why := facts.why_unjudged(week):
            return why
        rows = [row for row in facts.problem.children if row.id == self.child]
        if rows and not any(facts.comes(row, day) for row in rows for day in week.days):
            return f"child {self.child} is not at school in {when}"
        return None

    def _occasions(self, facts: Facts) -> list[tuple[Occasion, list[int]]]:
        found: dict[tuple[int, int], list[int]] = {}
        for duty in facts.all_duties(self.duties):
            found.setdefault((duty.occasion, duty.part), []).append(duty.number)
        return [(facts.occasions[number], duties) for (number, _), duties in sorted(found.items())]


_K3 = SupportHours(child="K3", duties=Which(shifts=("M", "A")), minutes=720)

_CHILD = {
    "children": [
        {
            "id": "K3",
            "band": "all",
            "count": 1,
            "at": "S",
            "dates": {"first": "2026-01-05", "last": "2026-01-09"},
        }
    ]
}

EXAMPLES = [
    Example(
        _K3,
        "Ann MA MA . . .\nBob . . . . A",
        [],
        {
            "A": {"dates": ["2026-01-05", "2026-01-06", "2026-01-09"]},
            "M": {"dates": ["2026-01-05", "2026-01-06"]},
        },
        facts=_CHILD,
    ),
    Example(
        _K3,
        "Ann M M . . .\nBob M A . . .",
        ["Child K3 has 9 hours of support in the week of Mon 5 Jan; 12 hours is owed."],
        {"A": {"dates": ["2026-01-06"]}, "M": {"dates": ["2026-01-05", "2026-01-06"]}},
        facts=_CHILD,
    ),
    Example(_K3, "Ann M A\nBob . .", [], facts=_CHILD),
    Example(
        _K3.model_copy(update={"minutes": 150, "duties": Which(shifts=("H",))}),
        "Ann H . . . .",
        [
            "Child K3 has 30 minutes of support in the week of Mon 5 Jan; 2 hours 30 minutes is "
            "owed."
        ],
        facts={
            **_CHILD,
            "activities": [
                {
                    "id": "H",
                    "name": "Reading",
                    "school": "S",
                    "minutes": 30,
                    "step": 60,
                    "windows": [{"start": "09:00", "end": "11:00", "weekdays": ["mon"]}],
                    "needs": [{"count": 1}],
                    "tags": ["K3"],
                }
            ],
        },
    ),
]
