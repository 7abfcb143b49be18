"""Travel between schools at midday does not use up the lunch break."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import time
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    LocalTime,
    Model,
    Plan,
    Rule,
    Slack,
    Stint,
    Who,
)


class LunchAndTravel(Rule):
    """Anybody who changes school over midday has time to travel and time for lunch.

    This is judged where one duty ends and the next begins, with nothing between them, and the time
    between meets the lunch hours (from `first` to `last`). The amount is the minutes of lunch that
    are lost; a journey that cannot be made at all is a matter of `one_place_at_a_time`. Lunch is
    not travel time: a teacher's break lies between the sessions or between 12 and 2 (School
    Teachers' Pay and Conditions Document).
    """

    kind: Literal["lunch_and_travel"] = "lunch_and_travel"
    scope = "person"
    unit = "minutes"
    short = "Lunch and travel"
    worse = "shorter lunch breaks"

    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    minutes: PositiveInt = Field(
        30, description="The lunch break, in minutes, travel not included."
    )
    first: LocalTime = Field(time(12), description="When the lunch hours begin.")
    last: LocalTime = Field(time(14), description="When the lunch hours end.")

    def __str__(self) -> str:
        return f"Anybody who changes school at midday has {self.minutes} minutes for lunch."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.shapes import Follow

        facts = model.facts
        names = {day: facts.date(day).isoformat() for day in range(len(facts.days))}
        for person in facts.people(self.people):
            pairs: dict[tuple[int, int], int] = {}
            for day in range(len(facts.days)):
                for one, other, amount in self._pairs(facts, model.stints_on(person.number, day)):
                    pairs[one.number, other.number] = amount
            if pairs:
                follow = Follow(person.number, (person.id,), pairs, span=0, day_names=names)
                model.declare(follow, slack)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for person in facts.people(self.people):
            stints = [s for s in plan.stints(person.number) if s.duty >= 0]
            for one, other, amount in self._pairs(facts, stints):
                way = facts.travel(one.school, other.school)
                yield Breach(
                    where=(person.id, facts.date(other.day).isoformat()),
                    amount=amount,
                    sentence=f"{person.name} has {max(0, other.start - one.end - way)} minutes for "
                    f"lunch on {facts.says_day(other.day)} between {facts.school_name(one.school)} "
                    f"and {facts.school_name(other.school)}, plus {way} for travel; "
                    f"{self.minutes} is the least.",
                )

    def _pairs(self, facts: Facts, stints: Sequence[Stint]) -> Iterator[tuple[Stint, Stint, int]]:
        """(earlier, later, lunch minutes lost); nothing fits between duties so close together."""
        for one in stints:
            when = facts.date(one.day)
            low, high = (facts.clock.minute(when, at) for at in (self.first, self.last))
            for other in stints:
                if other.day != one.day or other.school == one.school or other.start < one.end:
                    continue
                left = other.start - one.end - facts.travel(one.school, other.school)
                if left < self.minutes and one.end < high and low < other.start:
                    yield one, other, self.minutes - max(0, left)


_SCHOOLS = {
    "schools": [{"id": "S", "name": "Oakfield"}, {"id": "T", "name": "Fellside"}],
    "travel": [{"between": ["S", "T"], "minutes": 25}],
}


def _afternoon(start: str) -> dict[str, dict[str, str]]:
    return {"A": {"school": "T", "start": start}}


EXAMPLES = [
    Example(LunchAndTravel(), "Ann MA", [], _afternoon("13:15"), facts=_SCHOOLS),
    Example(LunchAndTravel(), "Ann MA\nBob M", [], _afternoon("12:55"), facts=_SCHOOLS),
    Example(
        LunchAndTravel(),
        "Ann MA",
        [
            "Ann has 29 minutes for lunch on Mon 5 Jan between Oakfield and Fellside, plus 25 "
            "for travel; 30 is the least."
        ],
        _afternoon("12:54"),
        facts=_SCHOOLS,
    ),
    Example(
        LunchAndTravel(),
        "Ann MA",
        [],
        {**_afternoon("14:26"), "M": {"end": "14:01"}},
        facts=_SCHOOLS,
    ),
]
