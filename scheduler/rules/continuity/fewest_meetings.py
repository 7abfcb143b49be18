"""As few people as possible meet each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import Breach, Example, Facts, Lit, Model, Plan, Rule, Slack, Which, Who


class FewestMeetings(Rule):
    """As few pairs of people as possible meet during the horizon (bubbles).

    Two people meet if both work at one school on one day. Each pair counts once, however often they
    meet.
    """

    kind: Literal["fewest_meetings"] = "fewest_meetings"
    scope = "whole"
    unit = "pairs"
    short = "Few meetings"

    priority: Literal["must"] | PositiveInt = 1
    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    duties: Which | None = Field(
        None, description="Only meetings at these duties count; all if left out."
    )

    def __str__(self) -> str:
        return "As few people as possible meet each other."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        stints = self._stints(facts)
        there = {}
        for person in facts.everyone(self.people):
            found: dict[tuple[int, int], list[Lit]] = {}
            for s in model.stints_of(person.number):
                if s.number in stints:
                    place = (s.school, s.day)
                    found.setdefault(place, []).append(model.does(person.number, s))
            there[person.id] = {place: model.any_of(does) for place, does in found.items()}
        for (one, here), (other, elsewhere) in combinations(there.items(), 2):
            both = [(here[place], elsewhere[place]) for place in here if place in elsewhere]
            if not both:
                continue
            room = slack(one, other, most=1)
            for first, second in both:
                model.cp.add(first + second <= 1 + room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        stints = self._stints(facts)
        there = {
            p: {(s.school, s.day) for s in plan.stints(p.number) if s.number in stints}
            for p in facts.everyone(self.people)
        }
        for one, other in combinations(there, 2):
            met = there[one] & there[other]
            if met:
                first = min(day for _, day in met)
                yield Breach(
                    where=(one.id, other.id),
                    amount=1,
                    sentence=f"{one.name} and {other.name} meet, first on {facts.says_day(first)}.",
                )

    def _stints(self, facts: Facts) -> frozenset[int]:
        return facts.all_stints(self.duties)


EXAMPLES = [
    Example(FewestMeetings(), "Ann D .\nBob . D", []),
    Example(FewestMeetings(people=Who(people=("Ann",))), "Ann D D\nBob D D", []),
    Example(
        FewestMeetings(),
        "Ann M D\nBob . D\nCat A .",
        ["Ann and Bob meet, first on Tue 6 Jan.", "Ann and Cat meet, first on Mon 5 Jan."],
    ),
]
