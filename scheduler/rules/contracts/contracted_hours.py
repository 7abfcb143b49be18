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
    Unjudged,
    Week,
    Who,
    duration,
)


class ContractedHours(Rule):
    """Nobody works more, or less, in a week than the hours of their contracts.

    Paid travel between schools is working time too, and so is what was worked in the week before
    the horizon. Each contract gives an equal part of its minutes to each of the person's working
    days on which it is in force, so that a contract that begins, ends or changes in a week counts
    in part. Nothing is asked for on days of school holidays (unless it runs all year), closure or
    absence. A week that is not known whole, or in which the person could not work, is not judged
    for having too few; people without weekly minutes have no limit. The amount is the minutes too
    many or too few.
    """

    kind: Literal["contracted_hours"] = "contracted_hours"
    scope = "person"
    unit = "minutes"
    short = "Contracted hours"
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
            for week, contracted, asked in self._weeks(facts, person):
                most, least = self._limits(contracted, asked)
                where, before = (person.id, week.name), self._before(facts, person, week)
                found = with_ways(model, person.number, week.days, lambda stint: True)
                if found is not None:
                    worked, highest = found[0] + before, found[1] + before
                    between(model, slack, where, worked, most=most, least=least, highest=highest)
                    continue
                amounts = {s.number: s.minutes for s in stints if s.day in week.days}
                total = Total(
                    person.number, where, amounts, {}, base=before, most=most, least=least
                )
                model.declare(total, slack)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for person in facts.people(self.people):
            for week, contracted, asked in self._weeks(facts, person):
                most, least = self._limits(contracted, asked)
                own = plan.stints(person.number)
                stints = [s for s in own if s.day in week.days or s.day in week.past]
                gone = sum(minutes for _, minutes in paid_ways(facts, stints))
                worked = sum(s.minutes for s in stints) + gone
                above = most is not None and worked > most
                below = least is not None and worked < least
                if above or below:
                    limit = contracted if above else asked
                    yield Breach(
                        where=(person.id, week.name),
                        amount=worked - (most or 0) if above else (least or 0) - worked,
                        sentence=f"{person.name} works {duration(worked)} in "
                        f"{facts.says_week(facts.week_of(week.days[0]))}{_with(gone)}; "
                        f"{duration(limit or 0)} is contracted.",
                    )

    def not_judged(self, facts: Facts) -> Iterator[Unjudged]:
        if self.side == "above":
            return
        for person in facts.people(self.people):
            for week, _, _ in self._weeks(facts, person):
                if why := facts.why_unjudged(week, person.number):
                    yield Unjudged(where=(person.id, week.name), sentence=why)

    def _limits(self, contracted: int, asked: int | None) -> tuple[int | None, int | None]:
        most = contracted + self.within_minutes if self.side != "below" else None
        least = None if self.side == "above" or asked is None else asked - self.within_minutes
        return most, least

    def _before(self, facts: Facts, person: Staff, week: Week) -> int:
        """Minutes worked in a week before the horizon, ways between schools included."""
        past = [s for s in facts.past[person.number] if s.day in week.past]
        return sum(s.minutes for s in past) + sum(way for _, way in paid_ways(facts, past))

    def _weeks(self, facts: Facts, person: Staff) -> Iterator[tuple[Week, int, int | None]]:
        """(week, minutes contracted, minutes asked for if it is judged for having too few)."""
        for week in facts.calendar_weeks:
            ours = facts.employment.contracted(person.number, week.calendar, lambda day: True)
            if ours is None:
                continue
            asked = None
            if facts.why_unjudged(week, person.number) is None:
                asked = facts.employment.contracted(
                    person.number, week.calendar, lambda day: facts.works_on(person.number, day)
                )
            yield week, ours, asked


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
    Example(ContractedHours(), "Ann M . . . .", [], people=_contracts(400), facts=_ROLES),
]
