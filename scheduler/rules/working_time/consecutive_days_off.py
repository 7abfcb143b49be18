"""Nobody has too many, or too few, days off in a row."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import Breach, Example, Facts, LimitsRule, Model, Plan, Slack, Who


class ConsecutiveDaysOff(LimitsRule):
    """A run of consecutive days off has at most, or at least, a number of days.

    Every day without work is a day off, whether or not a school is open. Days of the known past
    count. A run that may have begun before the known past, or may go on after the last day, is not
    judged for being too short, unless `ends` are judged.
    """

    kind: Literal["consecutive_days_off"] = "consecutive_days_off"
    scope = "person"
    unit = "days"
    short = "Days off in a row"

    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    most: PositiveInt | None = Field(None, description="The longest run; no limit if left out.")
    least: PositiveInt | None = Field(None, description="The shortest run; no limit if left out.")
    ends: Literal["open", "judged"] = Field(
        "open",
        description="judged: a run ends with the last day, and begins with the first known one; "
        "open: it may be longer.",
    )

    def __str__(self) -> str:
        limits = []
        if self.least is not None:
            limits.append(f"at least {self.least}")
        if self.most is not None:
            limits.append(f"at most {self.most}")
        days = "day" if (self.most or self.least) == 1 else "days"
        return f"People are off for {' and '.join(limits) or 'any number of'} {days} in a row."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.runs import Run

        facts = model.facts
        days = tuple(range(len(facts.days)))
        names = tuple(day.isoformat() for day in facts.days)
        for person in facts.people(self.people):
            before, may_be_longer = facts.streak(person.number, rest=True)
            run = Run(
                person.number,
                (person.id,),
                days,
                names,
                rest=True,
                before=before,
                open_start=may_be_longer and self.ends == "open",
                closed_end=self.ends == "judged",
                most=self.most,
                least=self.least,
                over=self.weight_most,
                under=self.weight_least,
            )
            model.declare(run, slack)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        last = len(facts.days)
        for person in facts.people(self.people):
            worked = sorted(day for day in plan.days(person.number) if day >= facts.known_from)
            edges = [facts.known_from - 1, *worked, last]
            for before, after in pairwise(edges):
                first, length = before + 1, after - before - 1
                if length == 0 or after < 0:
                    continue
                if self.most is not None:
                    for extra in range(max(first + self.most, 0), after):
                        yield Breach(
                            where=(person.id, facts.date(extra).isoformat()),
                            amount=self.weight_most,
                            sentence=f"{person.name} is off on {facts.says_day(extra)}, day "
                            f"{extra - first + 1} in a row; {self.most} is the most.",
                        )
                judged = first > facts.known_from and after < last
                judged = judged or self.ends == "judged"
                if self.least is not None and judged and length < self.least:
                    said = "1 day" if length == 1 else f"{length} days"
                    yield Breach(
                        where=(person.id, facts.date(max(first, 0)).isoformat()),
                        amount=self.weight_least * (self.least - length),
                        sentence=f"{person.name} is off only {said} in a row from "
                        f"{facts.says_day(first)}; {self.least} is the least.",
                    )


EXAMPLES = [
    Example(ConsecutiveDaysOff(least=2), "Ann D . . D D .\nBob D D D D D D", []),
    Example(ConsecutiveDaysOff(most=2, least=2), "Ann . D . . D . .", []),
    Example(
        ConsecutiveDaysOff(least=2),
        "Ann D . D . . D",
        ["Ann is off only 1 day in a row from Tue 6 Jan; 2 is the least."],
    ),
    Example(
        ConsecutiveDaysOff(most=2),
        "Ann D . . . D\nBob D D . . D",
        ["Ann is off on Thu 8 Jan, day 3 in a row; 2 is the most."],
    ),
    Example(
        ConsecutiveDaysOff(least=3),
        "Ann . D",
        ["Ann is off only 2 days in a row from Sun 4 Jan; 3 is the least."],
        facts={
            "history": [
                {
                    "person": "Ann",
                    "school": "S",
                    "start": "2026-01-03T09:00",
                    "end": "2026-01-03T15:00",
                }
            ],
        },
    ),
    Example(
        ConsecutiveDaysOff(least=2, ends="judged", weight_least=2),
        "Ann . D D . .\nBob . . D D .",
        [
            "Ann is off only 1 day in a row from Mon 5 Jan; 2 is the least.",
            "Bob is off only 1 day in a row from Fri 9 Jan; 2 is the least.",
        ],
    ),
    Example(
        ConsecutiveDaysOff(most=1, weight_most=3),
        "Ann D . .",
        ["Ann is off on Wed 7 Jan, day 2 in a row; 1 is the most."],
    ),
]
