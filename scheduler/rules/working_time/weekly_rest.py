"""Everybody has a long rest in each week."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import Breach, Example, Facts, Model, Plan, Rule, Slack, Who, duration

WEEK = 7 * 24 * 60
"""Minutes."""


class WeeklyRest(Rule):
    """Each week, Monday to Sunday, has one long stretch of rest without work.

    The stretch lasts at least `minutes`. With `weeks` it is looked for in each period of that many
    weeks, counted from the first week of the horizon. Known work of the past counts; anything
    unknown is taken as rest. There is one breach for each period without such a stretch.
    Twenty-four hours in seven days, or once forty-eight in fourteen, is the law: Working Time
    Regulations 1998, regulation 11.
    """

    kind: Literal["weekly_rest"] = "weekly_rest"
    scope = "person"
    unit = "periods"
    usual_authority = "law"

    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    minutes: PositiveInt = Field(24 * 60, description="The least rest, in elapsed minutes.")
    weeks: int = Field(1, ge=1, le=52, description="Weeks in a period.")

    def __str__(self) -> str:
        period = "each week" if self.weeks == 1 else f"each {self.weeks} weeks"
        return f"Everybody has a rest of at least {duration(self.minutes)} in {period}."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.limits import clash

        facts = model.facts
        for person in facts.people(self.people):
            stints = [*facts.past[person.number], *model.stints_of(person.number)]
            for name, low, high in self._periods(facts):
                inside = [s for s in stints if s.start < high and low < s.end]
                begins = sorted({low, *(s.end for s in inside if s.end > low)})
                rested = model.any_of(
                    model.no(
                        model.any_of(
                            model.does(person.number, s)
                            for s in inside
                            if s.start < begin + self.minutes and begin < s.end
                        )
                    )
                    for begin in begins
                    if begin + self.minutes <= high
                )
                clash(model, [model.no(rested)], 1, slack(person.id, name, most=1))

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for person in facts.people(self.people):
            for name, low, high in self._periods(facts):
                longest, free_from = 0, low
                for stint in plan.stints(person.number):
                    if stint.end > low and stint.start < high:
                        longest = max(longest, stint.start - free_from)
                        free_from = max(free_from, stint.end)
                longest = max(longest, high - free_from)
                if longest < self.minutes:
                    week = facts.says_week(facts.week_of(facts.day(facts.clock.local(low).date())))
                    when = week if self.weeks == 1 else f"the {self.weeks} weeks from {week}"
                    rests = duration(longest)
                    yield Breach(
                        where=(person.id, name),
                        amount=1,
                        sentence=f"{person.name} rests no longer than {rests} in {when}; "
                        f"{duration(self.minutes)} is the least.",
                    )

    def faults(self, facts: Facts) -> Iterator[tuple[str, str]]:
        if self.minutes > self.weeks * WEEK:
            yield "minutes", "is longer than the period. Maybe more weeks?"

    def _periods(self, facts: Facts) -> list[tuple[str, int, int]]:
        """(the first Monday, start, end) of each period that the horizon touches."""
        monday = facts.first - timedelta(days=facts.first.weekday())
        length = timedelta(weeks=self.weeks)
        found = []
        while monday <= facts.days[-1]:
            low, high = (facts.clock.minute(d, time()) for d in (monday, monday + length))
            found.append((monday.isoformat(), low, high))
            monday += length
        return found


EXAMPLES = [
    Example(WeeklyRest(), "Ann D D D D D D .\nBob . . . . . . .", []),
    Example(WeeklyRest(minutes=42 * 60), "Ann D D D D D . D", []),
    Example(
        WeeklyRest(minutes=42 * 60 + 1),
        "Ann D D D D D . D",
        [
            "Ann rests no longer than 42 hours in the week of Mon 5 Jan; 42 hours 1 minute is the "
            "least."
        ],
    ),
    Example(
        WeeklyRest(minutes=32 * 60),
        "Ann D D D D D D N .",
        ["Ann rests no longer than 31 hours in the week of Mon 5 Jan; 32 hours is the least."],
    ),
    Example(
        WeeklyRest(minutes=48 * 60, weeks=2),
        "Ann D D D D D D . D D D D D D .",
        [
            "Ann rests no longer than 42 hours in the 2 weeks from the week of Mon 5 Jan; 48 hours "
            "is the least."
        ],
    ),
    Example(
        WeeklyRest(minutes=67 * 60),
        "Ann . . D . D",
        ["Ann rests no longer than 66 hours in the week of Mon 5 Jan; 67 hours is the least."],
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
