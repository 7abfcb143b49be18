"""People work at most, or at least, a number of weekends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

from pydantic import Field, NonNegativeInt

from scheduler.rulebook import Breach, Example, Facts, Model, Plan, Rule, Slack, Which, Who


class Weekends(Rule):
    """Each person works at most, or at least, a number of weekends.

    A weekend is a Saturday and the Sunday after it, and it counts if the person works on either. If
    the horizon cuts one in two, the day inside counts, and so does what was worked on the Saturday
    before, unless `duties` limits what counts. A duty belongs to the date of its start.
    """

    kind: Literal["weekends"] = "weekends"
    scope = "person"
    unit = "weekends"

    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    duties: Which | None = Field(None, description="Only weekends with one of these duties count.")
    most: NonNegativeInt | None = Field(None, description="The upper limit; none if left out.")
    least: NonNegativeInt | None = Field(None, description="The lower limit; none if left out.")

    def __str__(self) -> str:
        limits = []
        if self.least is not None:
            limits.append(f"at least {self.least}")
        if self.most is not None:
            limits.append(f"at most {self.most}")
        number = self.most if self.most is not None else self.least
        weekends = "weekend" if number == 1 else "weekends"
        return f"Everybody works {' and '.join(limits) or 'any number of'} {weekends}."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.shapes import Touched

        facts = model.facts
        stints = self._stints(facts)
        for person in facts.people(self.people):
            begun, weekends = self._weekends(facts, person.number)
            touched = Touched(
                person.number,
                (person.id,),
                weekends,
                stints=stints,
                base=begun,
                most=self.most,
                least=self.least,
            )
            model.declare(touched, slack)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        stints = self._stints(facts)
        for person in facts.people(self.people):
            begun, weekends = self._weekends(facts, person.number)
            worked = {
                s.day for s in plan.stints(person.number) if stints is None or s.number in stints
            }
            there = begun + sum(1 for weekend in weekends if weekend & worked)
            for limit, wrong, word in (
                (self.most, self.most is not None and there > self.most, "most"),
                (self.least, self.least is not None and there < self.least, "least"),
            ):
                if limit is not None and wrong:
                    said = "1 weekend" if there == 1 else f"{there} weekends"
                    yield Breach(
                        where=(person.id,),
                        amount=abs(there - limit),
                        sentence=f"{person.name} works {said}; {limit} is the {word}.",
                    )

    def _stints(self, facts: Facts) -> frozenset[int] | None:
        if self.duties is None:
            return None
        return facts.all_stints(self.duties)

    def _weekends(self, facts: Facts, person: int) -> tuple[int, tuple[frozenset[int], ...]]:
        """How many weekends the person has begun to work before the horizon, and the others."""
        begun, others = 0, []
        for week in facts.calendar_weeks:
            saturday = week.monday + 5
            inside = frozenset(day for day in (saturday, saturday + 1) if day in week.days)
            before = saturday in week.past and any(s.day == saturday for s in facts.past[person])
            if inside and before and self.duties is None:
                begun += 1
            elif inside:
                others.append(inside)
        return begun, tuple(others)


EXAMPLES = [
    Example(Weekends(most=1), "Ann D . . . . . .\nBob . . . . . . .", []),
    Example(Weekends(most=1), "Ann . . . . D D D", []),
    Example(
        Weekends(most=1, least=1),
        "Ann D . . . . . D\nBob . D . . . . .",
        ["Ann works 2 weekends; 1 is the most.", "Bob works 0 weekends; 1 is the least."],
        first=date(2026, 1, 4),
    ),
    Example(
        Weekends(most=0, duties=Which(shifts=("N",))),
        "Ann N D",
        ["Ann works 1 weekend; 0 is the most."],
        first=date(2026, 1, 10),
    ),
]
