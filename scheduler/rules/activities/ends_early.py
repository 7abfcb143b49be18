"""Everything is done as early as possible: the makespan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import Breach, Example, Facts, Model, Plan, Rule, Slack, Which, activity


class EndsEarly(Rule):
    """The last of certain activities ends as early as possible: the least makespan.

    The amount is the elapsed minutes from the first moment at which any of them could start to the
    end of the last one that takes place, beyond `within`.
    """

    kind: Literal["ends_early"] = "ends_early"
    scope = "whole"
    unit = "minutes"
    short = "An early end"
    worse = "ending later"

    priority: Literal["must"] | PositiveInt = 1
    activities: Which | None = Field(
        None, description="The activities that count; all if left out."
    )
    within: int = Field(0, ge=0, description="Minutes that cost nothing.")

    def __str__(self) -> str:
        if self.within:
            return f"Everything is done within {self.within} minutes."
        return "Everything is done as early as possible."

    def encode(self, model: Model, slack: Slack) -> None:
        chosen = model.facts.activities(self.activities)
        if not chosen:
            return
        zero = min(start for o in chosen for start in o.starts) + self.within
        room = slack(most=max(end for o in chosen for end in o.ends) - zero)
        for o in chosen:
            if max(o.ends) > zero:
                there = model.takes_place(o.number)
                model.holds_if([there], model.times.end(o.number) <= zero + room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        chosen = facts.activities(self.activities)
        ends = [(o.ends[p], o) for o in chosen if (p := plan.place(o)) is not None]
        if not ends:
            return
        zero = min(start for o in chosen for start in o.starts)
        last, occasion = max(ends, key=lambda end: end[0])
        if last - zero > self.within:
            when = facts.local(last)
            yield Breach(
                where=(),
                amount=last - zero - self.within,
                sentence=f"{facts.says_work(occasion)} is the last to end, at {when:%H:%M} on "
                f"{facts.says_day(facts.day(when.date()))}: {last - zero} minutes after the "
                "earliest start there could be.",
            )


_TWO = {"activities": [activity("R", "Review"), activity("T", "Talk", optional=True)]}

EXAMPLES = [
    Example(EndsEarly(within=60), "Ann .", [], facts=_TWO, times={"R": "2026-01-05T09:00"}),
    Example(
        EndsEarly(within=120),
        "Ann .",
        [],
        facts=_TWO,
        times={"R": "2026-01-05T09:00", "T": "2026-01-05T10:00"},
    ),
    Example(
        EndsEarly(),
        "Ann .",
        [
            "Talk is the last to end, at 12:00 on Mon 5 Jan: 180 minutes after the earliest start "
            "there could be."
        ],
        facts=_TWO,
        times={"R": "2026-01-05T09:00", "T": "2026-01-05T11:00"},
    ),
]
