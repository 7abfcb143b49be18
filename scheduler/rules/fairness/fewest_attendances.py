"""People come in on as few days as possible."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from scheduler.rulebook import Breach, Example, Facts, Model, Plan, Rule, Slack, Which, Who


class FewestAttendances(Rule):
    """People come in on as few days as possible, added up over everybody.

    A day counts once, however many duties a person does on it. With `free`, that number of each
    person's days costs nothing.
    """

    kind: Literal["fewest_attendances"] = "fewest_attendances"
    scope = "person"
    unit = "attendances"
    short = "Few attendances"

    priority: Literal["must"] | PositiveInt = 1
    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    duties: Which | None = Field(None, description="Only days with one of these duties count.")
    free: NonNegativeInt = Field(0, description="Days of each person that do not count.")

    def __str__(self) -> str:
        return "Everybody comes in as little as possible."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.shapes import Touched

        facts = model.facts
        days = tuple(frozenset({day}) for day in range(len(facts.days)))
        stints = self._stints(facts)
        for person in facts.people(self.people):
            touched = Touched(person.number, (person.id,), days, stints=stints, most=self.free)
            model.declare(touched, slack)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        stints = self._stints(facts)
        for person in facts.people(self.people):
            days = {
                s.day
                for s in plan.stints(person.number)
                if s.day >= 0 and (stints is None or s.number in stints)
            }
            if len(days) > self.free:
                on = "1 day" if len(days) == 1 else f"{len(days)} days"
                yield Breach(
                    where=(person.id,),
                    amount=len(days) - self.free,
                    sentence=f"{person.name} comes in on {on}.",
                )

    def _stints(self, facts: Facts) -> frozenset[int] | None:
        if self.duties is None:
            return None
        return facts.all_stints(self.duties)


EXAMPLES = [
    Example(FewestAttendances(), "Ann . . .\nBob . . .", [], shifts={"D": {}}),
    Example(FewestAttendances(free=2), "Ann D . D\nBob . D .", []),
    Example(
        FewestAttendances(),
        "Ann MA . M\nBob . A .",
        ["Ann comes in on 2 days.", "Bob comes in on 1 day."],
    ),
    Example(
        FewestAttendances(duties=Which(shifts=("M",))),
        "Ann M A .\nBob . A .",
        ["Ann comes in on 1 day."],
    ),
]
