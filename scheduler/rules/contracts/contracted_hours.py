"""People work the weekly hours of all their contracts taken together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, NonNegativeInt

from models.facts.contracts import paid_ways
from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    Model,
    Plan,
    Rule,
    Slack,
    Staff,
    Who,
    duration,
    weekday,
)


class ContractedHours(Rule):
    """Nobody works more, or less, in a week than the hours of their contracts.

    Paid travel between schools is working time too. All contracts in force on the first day of the
    week count together; people without weekly minutes have no limit. A week that the horizon does
    not cover from Monday to Friday is not judged for too little work. The amount is the minutes too
    many or too few.
    """

    kind: Literal["contracted_hours"] = "contracted_hours"
    scope = "person"
    unit = "minutes"
    worse = "departing further from contracts"
    usual_authority = "agreement"

    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    side: Literal["above", "below", "both"] = Field(
        "above", description="Which differences are a breach."
    )
    within_minutes: NonNegativeInt = Field(
        0, description="A difference of up to this many minutes is not a breach."
    )

    def __str__(self) -> str:
        what = {"above": "more than", "below": "less than", "both": "more or less than"}[self.side]
        return f"Nobody works {what} the hours of their contracts in a week."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.limits import between, with_ways
        from solver.language.shapes import Total

        facts = model.facts
        for person in facts.people(self.people):
            stints = model.stints_of(person.number)
            for name, days, contracted, whole in self._weeks(facts, person):
                most, least = self._limits(contracted, whole)
                where = (person.id, name)
                found = with_ways(model, person.number, days, lambda stint: True)
                if found is not None:
                    worked, highest = found
                    between(model, slack, where, worked, most=most, least=least, highest=highest)
                    continue
                amounts = {s.number: s.minutes for s in stints if s.day in days}
                total = Total(person.number, where, amounts, {}, most=most, least=least)
                model.declare(total, slack)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for person in facts.people(self.people):
            for name, days, contracted, whole in self._weeks(facts, person):
                most, least = self._limits(contracted, whole)
                stints = [s for s in plan.stints(person.number) if s.duty >= 0 and s.day in days]
                gone = sum(minutes for _, minutes in paid_ways(facts, stints))
                worked = sum(s.minutes for s in stints) + gone
                amount = max(
                    0 if most is None else worked - most, 0 if least is None else least - worked
                )
                if amount > 0:
                    yield Breach(
                        where=(person.id, name),
                        amount=amount,
                        sentence=f"{person.name} works {duration(worked)} in "
                        f"{facts.says_week(facts.week_of(days[0]))}{_with(gone)}; "
                        f"{duration(contracted)} is contracted.",
                    )

    def _limits(self, contracted: int, whole: bool) -> tuple[int | None, int | None]:
        most = contracted + self.within_minutes if self.side != "below" else None
        least = contracted - self.within_minutes if self.side != "above" and whole else None
        return most, least

    def _weeks(self, facts: Facts, person: Staff) -> Iterator[tuple[str, range, int, bool]]:
        """(first date, days, contracted minutes, whether all working days are there)."""
        for week in facts.weeks:
            first = facts.date(week[0])
            weekly = [
                c.minutes_per_week
                for c in person.person.contracts
                if c.runs_on(first) and c.minutes_per_week is not None
            ]
            if weekly:
                working = {weekday(facts.date(day)) for day in week} - {"sat", "sun"}
                days = range(week[0], week[-1] + 1)
                yield first.isoformat(), days, sum(weekly), len(working) == 5


def _with(gone: int) -> str:
    return f", {duration(gone)} of it between schools" if gone else ""


def _contracts(*minutes: int) -> dict[str, dict[str, object]]:
    return {
        "Ann": {
            "contracts": [
                {"id": f"c{n}", "role": "ta", "school": "S", "minutes_per_week": m}
                for n, m in enumerate(minutes)
            ]
        }
    }


_SCHOOLS = {
    "schools": [{"id": "S", "name": "Oakfield"}, {"id": "T", "name": "Fellside"}],
    "travel": [{"between": ["S", "T"], "minutes": 25}],
}
_ROLES = {"roles": {"ta": "teaching assistant"}}
_BOTH = ContractedHours(side="both")

EXAMPLES = [
    Example(ContractedHours(), "Ann M . M\nBob D D D", [], people=_contracts(400), facts=_ROLES),
    Example(_BOTH, "Ann M . M . .", [], people=_contracts(180, 180), facts=_ROLES),
    Example(
        _BOTH,
        "Ann M . MA . .",
        ["Ann works 9 hours in the week of Mon 5 Jan; 8 hours 59 minutes is contracted."],
        people=_contracts(360, 179),
        facts=_ROLES,
    ),
    Example(
        _BOTH,
        "Ann M . . . .",
        ["Ann works 3 hours in the week of Mon 5 Jan; 3 hours 1 minute is contracted."],
        people=_contracts(181),
        facts=_ROLES,
    ),
    Example(
        ContractedHours(within_minutes=5),
        "Ann MA MAL",
        [
            "Ann works 14 hours 45 minutes in the week of Mon 5 Jan, 1 hour 15 minutes of it "
            "between schools; 14 hours is contracted."
        ],
        {"A": {"school": "T"}, "M": {}, "L": {"start": "16:30", "end": "18:00"}},
        people=_contracts(840),
        facts={**_ROLES, **_SCHOOLS},
    ),
]
