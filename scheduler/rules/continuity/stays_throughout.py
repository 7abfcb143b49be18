"""Anybody on one day of an activity is on all of its days, and keeps its reserve date."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from scheduler.rulebook import (
    Breach,
    Duty,
    Example,
    Facts,
    Model,
    Plan,
    Problem,
    Rule,
    Slack,
    activity,
)


class StaysThroughout(Rule):
    """An activity of several days has the same people on each day, and on its reserve date.

    The amount is the number of people who are on its first day and not on another, or the other way
    round.
    """

    kind: Literal["stays_throughout"] = "stays_throughout"
    scope = "whole"
    unit = "people"
    usual_authority = "policy"
    always_on = True

    def __str__(self) -> str:
        return "Anybody on an activity is on all of its days, and keeps its reserve date."

    def concerns(self, problem: Problem) -> bool:
        return any((a.days or 1) > 1 or a.reserve is not None for a in problem.activities)

    def encode(self, model: Model, slack: Slack) -> None:
        for first, other in _pairs(model.facts):
            for p in sorted({*model.people_for(first), *model.people_for(other)}):
                here, there = model.works(p, first.number), model.works(p, other.number)
                room = slack(other.id, model.facts.staff[p].id, most=1)
                model.cp.add(here - there <= room)
                model.cp.add(there - here <= room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for first, other in _pairs(facts):
            here, there = plan.people(first.number), plan.people(other.number)
            for p in sorted({*here} ^ {*there}):
                yield Breach(
                    where=(other.id, facts.staff[p].id),
                    amount=1,
                    sentence=f"{facts.name(p)} is on only one of {facts.says_duty(first)} and "
                    f"{facts.says_duty(other)}.",
                )


def _pairs(facts: Facts) -> Iterator[tuple[Duty, Duty]]:
    """The first day of each need, paired with every other day and with its reserve date."""
    for o in facts.occasions:
        kept_for = o if o.reserve is None else facts.occasions[o.reserve[0]]
        firsts = {duty.need: duty for n in kept_for.duties if (duty := facts.duties[n]).part == 0}
        for other in (facts.duties[n] for n in o.duties):
            if other is not firsts[other.need]:
                yield firsts[other.need], other


_VISIT = {"activities": [activity("P", "Visit", step=180, days=2, needs=[{"count": 1}])]}
_TALK = {"activities": [activity("P", "Talk", step=180, reserve={"most": 1}, needs=[{"count": 1}])]}

EXAMPLES = [
    Example(StaysThroughout(), "Ann P P .\nBob . . .", [], facts=_VISIT),
    Example(StaysThroughout(), "Ann P p", [], facts=_TALK),
    Example(
        StaysThroughout(),
        "Ann P . .\nBob . P P",
        ["Ann is on only one of Visit, day 1 and Visit, day 2."],
        facts=_VISIT,
    ),
    Example(
        StaysThroughout(),
        "Ann P .\nBob . p",
        [
            "Ann is on only one of Talk and Talk (reserve date) on Tue 6 Jan.",
            "Bob is on only one of Talk and Talk (reserve date) on Tue 6 Jan.",
        ],
        facts=_TALK,
    ),
]
