"""At certain times people do their own work and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from models.problem.calendar import Window
from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    Model,
    Plan,
    Rule,
    Slack,
    Staff,
    Stint,
    Which,
    Who,
    activity,
)


class ProtectedTime(Rule):
    """In a protected window, such as the kitchen's service, people do only the duties allowed.

    The amount is the minutes of other duties inside the window.
    """

    kind: Literal["protected_time"] = "protected_time"
    scope = "person"
    unit = "minutes"

    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    window: Window = Field(description="When no other duties are allowed.")
    allowed: Which | None = Field(
        None, description="The duties that belong there; none if left out."
    )

    def __str__(self) -> str:
        times = [f"{at:%H:%M}" for at in (self.window.start, self.window.end) if at is not None]
        when = f"from {' to '.join(times)}" if times else "in the protected time"
        return f"Nobody has other duties {when}."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.shapes import Total

        for person in model.facts.people(self.people):
            amounts = self._amounts(model.facts, person, model.stints_of(person.number))
            if amounts:
                model.declare(Total(person.number, (person.id,), amounts, {}, most=0), slack)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for person in facts.people(self.people):
            amounts = self._amounts(facts, person, plan.stints(person.number))
            if amounts:
                yield Breach(
                    where=(person.id,),
                    amount=sum(amounts.values()),
                    sentence=f"{person.name} has {sum(amounts.values())} minutes of other duties "
                    "in the protected time.",
                )

    def _amounts(self, facts: Facts, person: Staff, stints: list[Stint]) -> dict[int, int]:
        """Stint to its minutes inside the window."""
        allowed = frozenset() if self.allowed is None else facts.all_stints(self.allowed)
        midday = facts.problem.midday.hour * 60 + facts.problem.midday.minute
        cycle = facts.cycle_of(person.number)
        found: dict[int, int] = {}
        for s in stints:
            if s.duty < 0 or s.number in allowed:
                continue
            if not self.window.covers(facts.date(s.day), cycle):
                continue
            start = facts.local(s.start)
            begin = start.hour * 60 + start.minute
            inside = sum(
                max(0, min(b, begin + s.end - s.start) - max(a, begin))
                for a, b in self.window.minutes(midday)
            )
            if inside:
                found[s.number] = inside
        return found


_NOON = Window.model_validate({"start": "11:30", "end": "13:30"})
_FACTS = {"activities": [activity("P", "Lesson", step=60, needs=[{"count": 1}])]}

EXAMPLES = [
    Example(ProtectedTime(window=_NOON), "Ann P", [], facts=_FACTS),
    Example(
        ProtectedTime(window=_NOON, allowed=Which(shifts=("D",))),
        "Ann D\nBob .",
        [],
        shifts={"D": {}},
    ),
    Example(
        ProtectedTime(window=_NOON),
        "Ann P M\nBob A .",
        [
            "Ann has 60 minutes of other duties in the protected time.",
            "Bob has 30 minutes of other duties in the protected time.",
        ],
        facts=_FACTS,
        times={"P": "2026-01-05T11:00"},
    ),
]
