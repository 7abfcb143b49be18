"""Nobody starts a day's work without enough rest since the last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    Model,
    Plan,
    Rule,
    Slack,
    Stint,
    Who,
    duration,
)


class MinRest(Rule):
    """Everybody has enough rest between duties that start on different dates.

    Rest is the elapsed minutes from the end of the earlier duty to the start of the later. Each
    pair of duties too close together is a breach: the amount is the minutes missing, and the place
    is the later one's date. Work before the horizon counts. Eleven hours in each 24 is the law:
    Working Time Regulations 1998, regulation 10(1).
    """

    kind: Literal["min_rest"] = "min_rest"
    scope = "person"
    unit = "minutes"
    worse = "cutting rest shorter"
    usual_authority = "law"

    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    minutes: PositiveInt = Field(11 * 60, description="The least rest, in elapsed minutes.")

    def __str__(self) -> str:
        return f"Everybody rests at least {duration(self.minutes)} between one day and the next."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.shapes import Follow

        facts = model.facts
        names = {day: facts.date(day).isoformat() for day in range(len(facts.days))}
        for person in facts.people(self.people):
            past = facts.past[person.number]
            stints = [*past, *model.stints_of(person.number)]
            pairs: dict[tuple[int, int], int] = {}
            for one, other in _close(stints, self.minutes):
                if stints[other].duty >= 0:
                    key = (_number(stints, one), _number(stints, other))
                    pairs[key] = self._missing(stints[one], stints[other])
            if pairs:
                follow = Follow(
                    person.number,
                    (person.id,),
                    pairs,
                    span=max(1, -(-self.minutes // (24 * 60)) + 2),
                    past=frozenset(earlier for earlier, _ in pairs if earlier < 0),
                    day_names=names,
                )
                model.declare(follow, slack)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for person in facts.people(self.people):
            stints = plan.stints(person.number)
            for later in stints:
                if later.duty < 0:
                    continue
                for earlier in stints:
                    rest = later.start - earlier.end
                    if earlier.day < later.day and rest < self.minutes:
                        yield Breach(
                            where=(person.id, facts.date(later.day).isoformat()),
                            amount=self.minutes - max(0, rest),
                            sentence=f"{person.name} has {duration(max(0, rest))} of rest before "
                            f"{facts.says_time(later.start)} on {facts.says_day(later.day)}; "
                            f"{duration(self.minutes)} is the least.",
                        )

    def _missing(self, earlier: Stint, later: Stint) -> int:
        return self.minutes - max(0, later.start - earlier.end)


def _close(stints: Sequence[Stint], minutes: int) -> Iterator[tuple[int, int]]:
    """Indices of (earlier, later) stints on different dates that are too close together."""
    order = sorted(range(len(stints)), key=lambda n: stints[n].start)
    longest = max((s.end - s.start for s in stints), default=0)
    for place, one in enumerate(order):
        for other in order[place + 1 :]:
            if stints[other].start >= stints[one].start + longest + minutes:
                break
            rest = stints[other].start - stints[one].end
            alternatives = stints[one].duty >= 0 and stints[one].duty == stints[other].duty
            if stints[one].day < stints[other].day and rest < minutes and not alternatives:
                yield one, other


def _number(stints: Sequence[Stint], place: int) -> int:
    """A stint's number; stints of the past have numbers below zero."""
    return stints[place].number if stints[place].duty >= 0 else -1 - place


EXAMPLES = [
    Example(MinRest(), "Ann D E D\nBob . . .", []),
    Example(MinRest(), "Ann L E", [], shifts={"E": {"start": "09:00"}}),
    Example(
        MinRest(),
        "Ann L E",
        ["Ann has 10 hours 59 minutes of rest before 08:59 on Tue 6 Jan; 11 hours is the least."],
        shifts={"E": {"start": "08:59"}},
    ),
    Example(
        MinRest(),
        "Ann N E",
        ["Ann has 0 hours of rest before 06:00 on Tue 6 Jan; 11 hours is the least."],
    ),
    Example(
        MinRest(),
        "Ann D",
        ["Ann has 10 hours of rest before 09:00 on Mon 5 Jan; 11 hours is the least."],
        facts={
            "history": [
                {
                    "person": "Ann",
                    "school": "S",
                    "start": "2026-01-04T15:00",
                    "end": "2026-01-04T23:00",
                }
            ]
        },
    ),
]
