"""Nobody works too many, or too few, days in a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import Breach, Example, Facts, Model, Plan, Rule, Slack, Who


class ConsecutiveDays(Rule):
    """A run of consecutive working days has at most, or at least, a number of days.

    Days of the known past count. A run that may have begun before the known past, or may go on
    after the last day, is not judged for being too short.
    """

    kind: Literal["consecutive_days"] = "consecutive_days"
    scope = "person"
    unit = "days"

    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    most: PositiveInt | None = Field(None, description="The longest run; no limit if left out.")
    least: PositiveInt | None = Field(None, description="The shortest run; no limit if left out.")

    def __str__(self) -> str:
        limits = []
        if self.least is not None:
            limits.append(f"at least {self.least}")
        if self.most is not None:
            limits.append(f"at most {self.most}")
        days = "day" if (self.most or self.least) == 1 else "days"
        return f"People work {' and '.join(limits) or 'any number of'} {days} in a row."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.shapes import Run

        facts = model.facts
        days = tuple(range(len(facts.days)))
        names = tuple(day.isoformat() for day in facts.days)
        for person in facts.people(self.people):
            before, may_be_longer = facts.streak(person.number)
            run = Run(
                person.number,
                (person.id,),
                days,
                names,
                before=before,
                open_start=may_be_longer,
                most=self.most,
                least=self.least,
            )
            model.declare(run, slack)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for person in facts.people(self.people):
            worked = plan.days(person.number)
            day = facts.known_from
            while day < len(facts.days):
                if day not in worked:
                    day += 1
                    continue
                first = day
                while day in worked:
                    day += 1
                if day < 0:
                    continue
                if self.most is not None:
                    for extra in range(max(first + self.most, 0), day):
                        nth = extra - first + 1
                        yield Breach(
                            where=(person.id, facts.date(extra).isoformat()),
                            amount=1,
                            sentence=f"{person.name} works on {facts.says_day(extra)}, day {nth} "
                            f"in a row; {self.most} is the most.",
                        )
                judged = first > facts.known_from and day < len(facts.days)
                if self.least is not None and judged and day - first < self.least:
                    said = "1 day" if day - first == 1 else f"{day - first} days"
                    yield Breach(
                        where=(person.id, facts.date(max(first, 0)).isoformat()),
                        amount=self.least - (day - first),
                        sentence=f"{person.name} works only {said} in a row from "
                        f"{facts.says_day(first)}; {self.least} is the least.",
                    )


EXAMPLES = [
    Example(ConsecutiveDays(most=3), "Ann D . D D D .\nBob . . . . . .", []),
    Example(ConsecutiveDays(most=3, least=2), "Ann D . D D . D D", []),
    Example(
        ConsecutiveDays(most=3),
        "Ann D . D D D D",
        ["Ann works on Sat 10 Jan, day 4 in a row; 3 is the most."],
    ),
    Example(
        ConsecutiveDays(least=3),
        "Ann . D D . D .",
        [
            "Ann works only 2 days in a row from Tue 6 Jan; 3 is the least.",
            "Ann works only 1 day in a row from Fri 9 Jan; 3 is the least.",
        ],
    ),
    Example(
        ConsecutiveDays(most=2),
        "Ann D . D",
        ["Ann works on Mon 5 Jan, day 3 in a row; 2 is the most."],
        facts={
            "history": [
                {
                    "person": "Ann",
                    "school": "S",
                    "start": f"2026-01-0{n}T09:00",
                    "end": f"2026-01-0{n}T15:00",
                }
                for n in (3, 4)
            ],
        },
    ),
    Example(
        ConsecutiveDays(least=3),
        "Ann . D\nBob D .",
        ["Ann works only 2 days in a row from Sat 3 Jan; 3 is the least."],
        facts={
            "history": [
                {
                    "person": who,
                    "school": "S",
                    "start": f"2026-01-0{n}T09:00",
                    "end": f"2026-01-0{n}T15:00",
                }
                for n in (3, 4)
                for who in ("Ann", "Bob")
            ],
            "history_from": "2026-01-01",
        },
    ),
]
