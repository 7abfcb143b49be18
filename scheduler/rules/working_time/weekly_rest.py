"""Everybody has a long rest in each week."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from typing import ClassVar, Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import Breach, Example, Facts, Model, Plan, Rule, Slack, Who, duration

WEEK = 7 * 24 * 60
"""Minutes."""


class WeeklyRest(Rule):
    """Each week, Monday to Sunday, has one long stretch of rest without work.

    The stretch lasts at least `minutes`. With `weeks` it is looked for in each period of that many
    weeks, counted from the first week of the horizon. Known work of the past counts; anything
    unknown is taken as rest. There is one breach for each period without such a stretch.
    Twenty-four hours in seven days, or once forty-eight in fourteen, is the law (Working Time
    Regulations 1998, regulation 11), and the first is in force in every request that does not set
    it aside.
    """

    kind: Literal["weekly_rest"] = "weekly_rest"
    scope = "person"
    unit = "periods"
    usual_authority = "law"
    law: ClassVar = {}

    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    minutes: PositiveInt = Field(24 * 60, description="The least rest, in elapsed minutes.")
    weeks: int = Field(1, ge=1, le=52, description="Weeks in a period.")

    def __str__(self) -> str:
        period = "each week" if self.weeks == 1 else f"each {self.weeks} weeks"
        return f"Everybody has a rest of at least {duration(self.minutes)} in {period}."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.rest_shapes import LongRest, RestPeriod

        facts = model.facts
        periods = tuple(
            RestPeriod(name, low, high, days) for name, low, high, days in self._periods(facts)
        )
        after = facts.days[-1] + timedelta(days=1)
        midnights = tuple(facts.clock.minute(day, time()) for day in (*facts.days, after))
        for person in facts.people(self.people):
            past = tuple((s.start, s.end) for s in facts.past[person.number])
            stints = [*past, *((s.start, s.end) for s in model.stints_of(person.number))]
            judged = frozenset(p.name for p in periods if self._can_lack(stints, p.low, p.high))
            if judged:
                shape = LongRest(
                    person.number, (person.id,), self.minutes, periods, judged, past, midnights
                )
                model.declare(shape, slack)

    def _can_lack(self, stints: Sequence[tuple[int, int]], low: int, high: int) -> bool:
        """Whether all that somebody could work in a period leaves no stretch that is long
        enough."""
        since = low
        for start, end in sorted(span for span in stints if span[0] < high and low < span[1]):
            if start - since >= self.minutes:
                return False
            since = max(since, end)
        return high - since < self.minutes

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for person in facts.people(self.people):
            for name, low, high, _ in self._periods(facts):
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

    def _periods(self, facts: Facts) -> list[tuple[str, int, int, tuple[int, int]]]:
        """(the first Monday, start, end, first and last day in the horizon) of each period that the
        horizon touches."""
        monday = facts.first - timedelta(days=facts.first.weekday())
        length = timedelta(weeks=self.weeks)
        found = []
        while monday <= facts.days[-1]:
            low, high = (facts.clock.minute(d, time()) for d in (monday, monday + length))
            first, last = facts.day(monday), facts.day(monday + length) - 1
            days = max(first, 0), min(last, len(facts.days) - 1)
            found.append((monday.isoformat(), low, high, days))
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
