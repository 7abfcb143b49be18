"""People work at most, or at least, so many days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

from pydantic import Field, NonNegativeInt

from scheduler.rulebook import Breach, Example, Facts, Model, Plan, Rule, Slack, Which, Who


class DaysWorked(Rule):
    """Days on which a person works, at most or at least so many, in a week or in all.

    A week runs from Monday to Sunday; what is known of its days before the horizon counts, unless
    `duties` says which do. A week that is not known whole is not judged for having too few.
    """

    kind: Literal["days_worked"] = "days_worked"
    scope = "person"
    unit = "days"

    people: Who | None = None
    duties: Which | None = Field(None, description="Only days with one of these duties count.")
    period: Literal["week", "horizon"] = "horizon"
    most: NonNegativeInt | None = None
    least: NonNegativeInt | None = None

    def __str__(self) -> str:
        limits = []
        if self.least is not None:
            limits.append(f"at least {self.least}")
        if self.most is not None:
            limits.append(f"at most {self.most}")
        number = self.most if self.most is not None else self.least
        days = "day" if number == 1 else "days"
        when = " a week" if self.period == "week" else ""
        return f"Everybody works {' and '.join(limits) or 'any number of'} {days}{when}."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.shapes import Touched

        facts = model.facts
        stints = self._stints(facts)
        for person in facts.people(self.people):
            for name, days, known, whole in self._periods(facts):
                before = {s.day for s in facts.past[person.number] if s.day in known}
                touched = Touched(
                    person.number,
                    (person.id, *name),
                    tuple(frozenset({day}) for day in days),
                    stints=stints,
                    base=len(before),
                    most=self.most,
                    least=self.least if whole else None,
                )
                model.declare(touched, slack)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        stints = self._stints(facts)
        for person in facts.people(self.people):
            worked = {
                s.day for s in plan.stints(person.number) if stints is None or s.number in stints
            }
            for name, days, known, whole in self._periods(facts):
                there = len(worked & {*days, *known})
                when = "" if self.duties is None else " on these duties"
                when += f" in {facts.says_week(facts.week_of(days[0]))}" if name else ""
                if self.most is not None and there > self.most:
                    yield Breach(
                        where=(person.id, *name),
                        amount=there - self.most,
                        sentence=f"{person.name} works {_days(there)}{when}; "
                        f"{self.most} is the most.",
                    )
                if whole and self.least is not None and there < self.least:
                    yield Breach(
                        where=(person.id, *name),
                        amount=self.least - there,
                        sentence=f"{person.name} works {_days(there)}{when}; "
                        f"{self.least} is the least.",
                    )

    def _stints(self, facts: Facts) -> frozenset[int] | None:
        if self.duties is None:
            return None
        return facts.all_stints(self.duties)

    def _periods(
        self, facts: Facts
    ) -> Iterator[tuple[tuple[str, ...], tuple[int, ...], tuple[int, ...], bool]]:
        """(name of the place, its days, its days of the past, whether it is known whole)."""
        if self.period == "horizon":
            yield (), tuple(range(len(facts.days))), (), True
            return
        for week in facts.weeks:
            monday = facts.week_of(week[0]) * 7 - facts.first.weekday()
            known = tuple(range(monday, 0)) if self.duties is None else ()
            whole = len(week) + len(known) == 7 and (not known or facts.known_from <= monday)
            yield (facts.date(week[0]).isoformat(),), week, known, whole


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


EXAMPLES = [
    Example(DaysWorked(most=3), "Ann D . D .\nBob . . . .", []),
    Example(DaysWorked(most=2, least=2), "Ann D . D .", []),
    Example(
        DaysWorked(most=2, least=1),
        "Ann D . D D\nBob . . . .",
        ["Ann works 3 days; 2 is the most.", "Bob works 0 days; 1 is the least."],
    ),
    Example(
        DaysWorked(period="week", most=1, least=1),
        "Ann D . . D . D .",
        ["Ann works 3 days in the week of Mon 5 Jan; 1 is the most."],
    ),
    Example(
        DaysWorked(most=1, duties=Which(shifts=("N",))),
        "Ann N D N",
        ["Ann works 2 days on these duties; 1 is the most."],
    ),
    Example(
        DaysWorked(period="week", most=2, least=2),
        "Ann D D . . .\nBob . . . . .",
        ["Ann works 3 days in the week of Mon 5 Jan; 2 is the most."],
        facts={
            "history": [
                {
                    "person": "Ann",
                    "school": "S",
                    "start": "2026-01-06T09:00",
                    "end": "2026-01-06T15:00",
                }
            ]
        },
        first=date(2026, 1, 7),
    ),
]
