"""The time of shared people is divided between schools as agreed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, NonNegativeInt, PositiveInt

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    Id,
    Model,
    Plan,
    Rule,
    Slack,
    Value,
    Which,
    Who,
)


class SchoolShare(Value):
    """What one school should have."""

    school: Id = Field(description="The school.")
    share: PositiveInt = Field(description="Its share: 3 and 2 mean three days to two.")
    carried: int = Field(
        0, description="Minutes from earlier periods; above zero it has had more than its share."
    )


class FairBetweenSchools(Rule):
    """The time of shared people is divided between schools in the shares that were agreed.

    The amount, for each school, is the working minutes by which it has more or less than its share
    of them all, beyond `within_minutes`, rounded down. Carried minutes count as worked there.
    """

    kind: Literal["fair_between_schools"] = "fair_between_schools"
    scope = "whole"
    unit = "minutes"
    worse = "sharing time less fairly between schools"
    usual_authority = "agreement"

    priority: Literal["must"] | PositiveInt = 1
    people: Who | None = Field(None, description="Whose time is shared; everybody's if left out.")
    duties: Which | None = Field(None, description="Only these duties count; all if left out.")
    schools: tuple[SchoolShare, ...] = Field(
        min_length=2, description="The schools and their shares."
    )
    within_minutes: NonNegativeInt = Field(
        0, description="A difference of up to this many minutes is fair enough."
    )

    def __str__(self) -> str:
        shares = " to ".join(str(s.share) for s in self.schools)
        return f"Shared time is divided {shares} between the schools, carried balances included."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        stints = self._stints(facts)
        minutes = {}
        for row in self.schools:
            number = facts.school_number(row.school)
            terms = [
                s.minutes * model.does(person.number, s)
                for person in facts.everyone(self.people)
                for s in model.stints_of(person.number)
                if s.school == number and s.number in stints
            ]
            minutes[row.school] = model.sum([row.carried, *terms])
        carried = sum(row.carried for row in self.schools)
        longest = sum(
            s.minutes
            for person in facts.everyone(self.people)
            for s in model.stints_of(person.number)
            if s.number in stints
        )
        total = model.total(model.sum(minutes.values()), carried, carried + longest)
        whole = sum(row.share for row in self.schools)
        furthest = longest + sum(abs(row.carried) for row in self.schools)
        for row in self.schools:
            # Multiplied by the sum of all shares, so that every number stays whole.
            above = whole * minutes[row.school] - row.share * total
            room = slack(row.school, most=furthest)
            reach = whole * room + whole - 1 + whole * self.within_minutes
            model.cp.add(above <= reach)
            model.cp.add(-1 * above <= reach)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        stints = self._stints(facts)
        had = {facts.school_number(row.school): row.carried for row in self.schools}
        for person in facts.everyone(self.people):
            for stint in plan.stints(person.number):
                if stint.school in had and stint.number in stints:
                    had[stint.school] += stint.minutes
        total, whole = sum(had.values()), sum(row.share for row in self.schools)
        for row in self.schools:
            mine = had[facts.school_number(row.school)]
            above = whole * mine - row.share * total
            amount = (abs(above) - whole * self.within_minutes) // whole
            if amount > 0:
                yield Breach(
                    where=(row.school,),
                    amount=amount,
                    sentence=f"{facts.school_name(facts.school_number(row.school))} has {mine} "
                    f"minutes of shared time; its share is {row.share * total / whole:g}.",
                )

    def faults(self, facts: Facts) -> Iterator[tuple[str, str]]:
        if len({row.school for row in self.schools}) < len(self.schools):
            yield "schools", "names a school twice. Maybe another one is meant?"

    def _stints(self, facts: Facts) -> frozenset[int]:
        return frozenset(s.number for d in facts.all_duties(self.duties) for s in d.stints)


_SCHOOLS = {"schools": [{"id": "S", "name": "Oakfield"}, {"id": "T", "name": "Fellside"}]}
_SHIFTS = {"A": {"school": "T"}, "M": {}}


def _shares(*rows: tuple[str, int, int]) -> tuple[SchoolShare, ...]:
    return tuple(SchoolShare(school=s, share=n, carried=c) for s, n, c in rows)


_EVEN = FairBetweenSchools(schools=_shares(("S", 1, 0), ("T", 1, 0)))

EXAMPLES = [
    Example(_EVEN, "Ann M A\nBob A M", [], _SHIFTS, facts=_SCHOOLS),
    Example(
        FairBetweenSchools(schools=_shares(("S", 3, 0), ("T", 2, 180))),
        "Ann M M\nBob A M",
        [],
        _SHIFTS,
        facts=_SCHOOLS,
    ),
    Example(
        FairBetweenSchools(schools=_shares(("S", 1, 0), ("T", 1, 60)), within_minutes=29),
        "Ann M A",
        [
            "Oakfield has 180 minutes of shared time; its share is 210.",
            "Fellside has 240 minutes of shared time; its share is 210.",
        ],
        _SHIFTS,
        facts=_SCHOOLS,
    ),
]
