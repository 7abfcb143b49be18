"""Activities of one kind are spread out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import PositiveInt

from models.facts import Facts, Occasion
from models.plan import Plan
from models.problem import Which
from models.report import Breach
from scheduler.example import Example, activity
from scheduler.rule import Rule, Scope

if TYPE_CHECKING:
    from solver.model import Model
    from solver.slack import Slack


class Spacing(Rule):
    """Any two of some activities lie so many days, or school days, apart: the next day is 1.

    With `per` only those of one group, or at one school, are compared; school days are counted
    by the calendar of the school where the first named activity usually is. Counted in days that
    are missing between each two.
    """

    kind: Literal["spacing"] = "spacing"
    scope: ClassVar[Scope] = "whole"
    unit: ClassVar[str] = "days"

    activities: Which | None = None
    least: PositiveInt
    measure: Literal["days", "school_days"] = "days"
    per: Literal["all", "group", "school"] = "all"

    def __str__(self) -> str:
        of = {"all": "", "group": " of one group", "school": " of one school"}[self.per]
        return f"Activities{of} are {self.least} {self.measure.replace('_', ' ')} apart."

    def encode(self, model: Model, slack: Slack) -> None:
        for one, other in self._pairs(model.facts):
            here, there = self._marks(model.facts, one, other)
            if min(there) - max(here) >= self.least or min(here) - max(there) >= self.least:
                continue
            a = model.times.value(one.number, here)
            b = model.times.value(other.number, there)
            happen = [model.takes_place(o.number) for o in (one, other)]
            room = slack(one.id, other.id, most=self.least)
            later = model.cp.new_bool_var("")
            model.holds_if([*happen, later], b - a + room >= self.least)
            model.holds_if([*happen, model.no(later)], a - b + room >= self.least)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for one, other in self._pairs(facts):
            first, second = plan.place(one), plan.place(other)
            if first is None or second is None:
                continue
            here, there = self._marks(facts, one, other)
            apart = abs(here[first] - there[second])
            if apart < self.least:
                unit = self.measure.replace("_", " ")
                yield Breach(
                    where=(one.id, other.id),
                    amount=self.least - apart,
                    sentence=f"{one.name} and {other.name} are {apart} {unit} apart; "
                    f"{self.least} is the least.",
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
    ) -> tuple[tuple[int, ...], tuple[int, ...]]:
        if self.measure == "days":
            return one.days, other.days
        return (
            tuple(facts.school_day(one.school, day) for day in one.days),
            tuple(facts.school_day(one.school, day) for day in other.days),
        )


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


EXAMPLES = [
    Example(Spacing(least=2), "Ann . . . . .", [], facts=_FACTS, times=_times(0, 4, 2)),
    Example(Spacing(least=3, per="group"), "Ann . . . .", [], facts=_FACTS, times=_times(0, 3, 1)),
    Example(
        Spacing(least=2, per="group"),
        "Ann . . . .",
        ["Bread and Soup are 1 days apart; 2 is the least."],
        facts=_FACTS,
        times=_times(3, 2, 3),
    ),
    Example(
        Spacing(least=2, measure="school_days"),
        "Ann . . . . . . . .",
        ["Bread and Cake are 1 school days apart; 2 is the least."],
        facts=_FACTS,
        times=_times(4, None, 7),
    ),
]
