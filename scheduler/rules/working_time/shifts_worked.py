"""People work at most, or at least, so many shifts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

from pydantic import Field, NonNegativeInt

from scheduler.rulebook import Breach, Example, Facts, Model, Plan, Rule, Slack, Which, Who


class ShiftsWorked(Rule):
    """Duties that a person works, at most or at least so many, on a day, in a week or in all.

    A week runs from Monday to Sunday; duties belong to the date of their start. What is known of
    its days before the horizon counts, unless `duties` says which do. A week that is not known
    whole is not judged for having too few.
    """

    kind: Literal["shifts_worked"] = "shifts_worked"
    scope = "person"
    unit = "shifts"

    people: Who | None = None
    duties: Which | None = Field(None, description="Only these duties count.")
    period: Literal["day", "week", "horizon"] = "horizon"
    most: NonNegativeInt | None = None
    least: NonNegativeInt | None = None

    def __str__(self) -> str:
        limits = []
        if self.least is not None:
            limits.append(f"at least {self.least}")
        if self.most is not None:
            limits.append(f"at most {self.most}")
        number = self.most if self.most is not None else self.least
        what = "shift" if number == 1 else "shifts"
        when = "" if self.period == "horizon" else f" a {self.period}"
        return f"Everybody works {' and '.join(limits) or 'any number of'} {what}{when}."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.shapes import Total

        facts = model.facts
        counted = self._counted(facts)
        for person in facts.people(self.people):
            stints = model.stints_of(person.number, counted)
            for name, days, known, whole in self._periods(facts):
                before = [s for s in facts.past[person.number] if s.day in known]
                total = Total(
                    person.number,
                    (person.id, *name),
                    {s.number: 1 for s in stints if s.day in days},
                    {},
                    base=len(before),
                    most=self.most,
                    least=self.least if whole else None,
                )
                model.declare(total, slack)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        counted = self._counted(facts)
        for person in facts.people(self.people):
            stints = [s for s in plan.stints(person.number) if s.number in counted]
            for name, days, known, whole in self._periods(facts):
                there = sum(1 for s in stints if s.day in days)
                there += sum(1 for s in facts.past[person.number] if s.day in known)
                said = "1 shift" if there == 1 else f"{there} shifts"
                when = ""
                if self.period == "day":
                    when = f" on {facts.says_day(days[0])}"
                elif self.period == "week":
                    when = f" in {facts.says_week(facts.week_of(days[0]))}"
                if self.most is not None and there > self.most:
                    yield Breach(
                        where=(person.id, *name),
                        amount=there - self.most,
                        sentence=f"{person.name} works {said}{when}; {self.most} is the most.",
                    )
                if whole and self.least is not None and there < self.least:
                    yield Breach(
                        where=(person.id, *name),
                        amount=self.least - there,
                        sentence=f"{person.name} works {said}{when}; {self.least} is the least.",
                    )

    def _counted(self, facts: Facts) -> frozenset[int]:
        return facts.all_stints(self.duties)

    def _periods(self, facts: Facts) -> Iterator[tuple[tuple[str, ...], range, range, bool]]:
        """(name of the place, its days, its days of the past, whether it is known whole)."""
        days, none = range(len(facts.days)), range(0)
        if self.period == "horizon":
            yield (), days, none, True
        elif self.period == "day":
            for day in days:
                yield (facts.date(day).isoformat(),), range(day, day + 1), none, True
        else:
            for week in facts.weeks:
                name = (facts.date(week[0]).isoformat(),)
                monday = facts.week_of(week[0]) * 7 - facts.first.weekday()
                known = range(monday, 0) if self.duties is None else none
                whole = len(week) + len(known) == 7 and (not known or facts.known_from <= monday)
                yield name, range(week[0], week[-1] + 1), known, whole


EXAMPLES = [
    Example(ShiftsWorked(most=3), "Ann D . D .\nBob . . . .", []),
    Example(ShiftsWorked(most=2, least=2), "Ann D . D .", []),
    Example(
        ShiftsWorked(most=2, least=1),
        "Ann D . D D\nBob . . . .",
        ["Ann works 3 shifts; 2 is the most.", "Bob works 0 shifts; 1 is the least."],
    ),
    Example(
        ShiftsWorked(period="week", most=2, least=2),
        "Ann D D . .\nBob . . . .",
        ["Ann works 3 shifts in the week of Mon 5 Jan; 2 is the most."],
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
