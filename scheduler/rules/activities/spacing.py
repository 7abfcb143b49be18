"""Activities of one kind are spread out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    Model,
    Occasion,
    Plan,
    Rule,
    Slack,
    Which,
    activity,
)
from scheduler.wording import of_unit


class Spacing(Rule):
    """Any two of certain activities are at least a number of days, or school days, apart.

    The next day is 1, counted from the last day of an activity that lasts several. With `per` only
    activities of one group, or at one school, are compared. School days are counted by the calendar
    of the school where the first activity named usually is. The amount, for each two, is the number
    of days missing.
    """

    kind: Literal["spacing"] = "spacing"
    scope = "whole"
    unit = "days or school days"
    short = "Time between activities"

    activities: Which | None = Field(
        None, description="The activities it applies to; all if left out."
    )
    least: PositiveInt = Field(description="The least distance, in the measure.")
    measure: Literal["days", "school_days"] = Field(
        "days", description="What the distance is counted in."
    )
    per: Literal["all", "group", "school"] = Field(
        "all", description="Whether all are compared, or only those of one group or school."
    )

    @property
    def breach_unit(self) -> str:
        return self.measure.replace("_", " ")

    def __str__(self) -> str:
        of = {"all": "", "group": " of one group", "school": " of one school"}[self.per]
        unit = self.measure.replace("_", " ")
        if self.least == 1:
            return f"No two activities{of} are on one {unit.removesuffix('s')}."
        return f"Any two activities{of} are at least {self.least} {unit} apart."

    def encode(self, model: Model, slack: Slack) -> None:
        for one, other in self._pairs(model.facts):
            here, there = self._marks(model.facts, one, other)
            if min(there)[0] - _latest(here) >= self.least:
                continue
            if min(here)[0] - _latest(there) >= self.least:
                continue
            (begins, ends), (starts, stops) = (
                [model.times.value(o.number, [mark[n] for mark in marks]) for n in (0, 1)]
                for o, marks in ((one, here), (other, there))
            )
            happen = [model.takes_place(o.number) for o in (one, other)]
            longest = max(b - a for a, b in (*here, *there))
            room = slack(one.id, other.id, most=self.least + longest)
            later = model.cp.new_bool_var("")
            model.holds_if([*happen, later], starts - ends + room >= self.least)
            model.holds_if([*happen, model.no(later)], begins - stops + room >= self.least)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for one, other in self._pairs(facts):
            first, second = plan.place(one), plan.place(other)
            if first is None or second is None:
                continue
            here, there = self._marks(facts, one, other)
            apart = max(
                there[second][0] - here[first][1],
                here[first][0] - there[second][1],
            )
            if apart < self.least:
                unit = self.measure.replace("_", " ")
                yield Breach(
                    where=(one.id, other.id),
                    amount=self.least - apart,
                    sentence=f"{one.name} and {other.name} are "
                    f"{of_unit(max(0, apart), unit)} apart; {self.least} is the least.",
                )

    def _pairs(self, facts: Facts) -> Iterator[tuple[Occasion, Occasion]]:
        for one, other in combinations(facts.activities(self.activities), 2):
            if self.per == "group" and one.group != other.group:
                continue
            if self.per == "school" and one.school != other.school:
                continue
            yield one, other

    def _marks(
        self, facts: Facts, one: Occasion, other: Occasion
    ) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """The first and the last day of either, for each possible start, in the measure."""

        def marks(o: Occasion) -> list[tuple[int, int]]:
            days = zip(o.days, o.last_days, strict=True)
            if self.measure == "days":
                return list(days)
            counted = facts.school_day
            return [(counted(one.school, a), counted(one.school, b)) for a, b in days]

        return marks(one), marks(other)


def _latest(marks: list[tuple[int, int]]) -> int:
    return max(last for _, last in marks)


_FACTS = {
    "schools": [{"id": "S", "name": "School"}],
    "groups": [{"id": id, "name": id, "school": "S"} for id in ("3A", "3B")],
    "activities": [
        activity("P", "Bread", step=180, group="3A"),
        activity("Q", "Soup", step=180, group="3A", optional=True),
        activity("R", "Cake", step=180, group="3B"),
    ],
}


def _times(p: int, q: int | None, r: int) -> dict[str, str]:
    chosen = {"P": p, "Q": q, "R": r}
    return {id: f"2026-01-{5 + day:02}T09:00" for id, day in chosen.items() if day is not None}


_LONG = {
    "activities": [activity("P", "Visit", step=180, days=2), activity("Q", "Talk", step=180)],
}

EXAMPLES = [
    Example(
        Spacing(least=2),
        "Ann . . . .",
        [],
        facts=_LONG,
        times={"P": "2026-01-05T09:00", "Q": "2026-01-08T09:00"},
    ),
    Example(
        Spacing(least=2),
        "Ann . . . .",
        ["Visit and Talk are 1 day apart; 2 is the least."],
        facts=_LONG,
        times={"P": "2026-01-05T09:00", "Q": "2026-01-07T09:00"},
    ),
    Example(
        Spacing(least=2),
        "Ann . . . .",
        ["Visit and Talk are 0 days apart; 2 is the least."],
        facts=_LONG,
        times={"P": "2026-01-05T09:00", "Q": "2026-01-06T09:00"},
    ),
    Example(Spacing(least=2), "Ann . . . . .", [], facts=_FACTS, times=_times(0, 4, 2)),
    Example(Spacing(least=3, per="group"), "Ann . . . .", [], facts=_FACTS, times=_times(0, 3, 1)),
    Example(
        Spacing(least=2, per="group"),
        "Ann . . . .",
        ["Bread and Soup are 1 day apart; 2 is the least."],
        facts=_FACTS,
        times=_times(3, 2, 3),
    ),
    Example(
        Spacing(least=2, measure="school_days"),
        "Ann . . . . . . . .",
        ["Bread and Cake are 1 school day apart; 2 is the least."],
        facts=_FACTS,
        times=_times(4, None, 7),
    ),
    Example(
        Spacing(least=3),
        "Ann . . . . . . . .",
        [],
        facts=_FACTS,
        times=_times(4, None, 7),
    ),
]
