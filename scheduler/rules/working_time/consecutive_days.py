"""Nobody works too many, or too few, days in a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    LimitsRule,
    Model,
    Plan,
    Slack,
    Which,
    Who,
    weekday,
)


class ConsecutiveDays(LimitsRule):
    """A run of consecutive working days has at most, or at least, a number of days.

    Days of the known past count; if only some duties do, where their `shift` is given. A run that
    may have begun before the known past, or may go on after the last day, is not judged for being
    too short, unless `ends` are judged.
    """

    kind: Literal["consecutive_days"] = "consecutive_days"
    scope = "person"
    unit = "days"
    short = "Days in a row"

    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    duties: Which | None = Field(None, description="Only days with one of these duties count.")
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
        these = "" if self.duties is None else " on these duties"
        return f"People work {' and '.join(limits) or 'any number of'} {days} in a row{these}."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.runs import Run

        facts = model.facts
        days = tuple(range(len(facts.days)))
        names = tuple(day.isoformat() for day in facts.days)
        stints = None if self.duties is None else facts.all_stints(self.duties)
        for person in facts.people(self.people):
            before, may_be_longer = facts.streak(person.number)
            if self.duties is not None:
                past = self._past(facts, person.id)
                before = 0
                while facts.known_from <= -1 - before and -1 - before in past:
                    before += 1
                may_be_longer = -1 - before < facts.known_from
            run = Run(
                person.number,
                (person.id,),
                days,
                names,
                stints=stints,
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
        stints = None if self.duties is None else facts.all_stints(self.duties)
        these = "" if self.duties is None else " on these duties"
        for person in facts.people(self.people):
            worked = plan.days(person.number)
            if stints is not None:
                worked = {s.day for s in plan.stints(person.number) if s.number in stints}
                worked |= self._past(facts, person.id)
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
                            amount=self.weight_most,
                            sentence=f"{person.name} works{these} on {facts.says_day(extra)}, "
                            f"day {nth} in a row; {self.most} is the most.",
                        )
                judged = first > facts.known_from and day < len(facts.days)
                judged = judged or self.ends == "judged"
                if self.least is not None and judged and day - first < self.least:
                    said = "1 day" if day - first == 1 else f"{day - first} days"
                    yield Breach(
                        where=(person.id, facts.date(max(first, 0)).isoformat()),
                        amount=self.weight_least * (self.least - (day - first)),
                        sentence=f"{person.name} works{these} only {said} in a row from "
                        f"{facts.says_day(first)}; {self.least} is the least.",
                    )

    def _past(self, facts: Facts, person: str) -> set[int]:
        """The days before the horizon on which somebody worked one of the duties that count."""
        assert self.duties is not None, "all work counts otherwise"
        shifts = {d.shift for d in facts.all_duties(self.duties)}
        weekdays = self.duties.weekdays
        return {
            facts.day(row.start.date())
            for row in facts.problem.history
            if row.person == person
            and row.shift in shifts
            and (weekdays is None or weekday(row.start.date()) in weekdays)
        }


NIGHT = Which(shifts=("N",))

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
    Example(ConsecutiveDays(least=2, ends="judged"), "Ann D D . D D\nBob . . D D .", []),
    Example(
        ConsecutiveDays(least=3, ends="judged", weight_least=3),
        "Ann D D . . D\nBob . D D D .",
        [
            "Ann works only 2 days in a row from Mon 5 Jan; 3 is the least.",
            "Ann works only 1 day in a row from Fri 9 Jan; 3 is the least.",
        ],
    ),
    Example(
        ConsecutiveDays(most=1, weight_most=2),
        "Ann D D .",
        ["Ann works on Tue 6 Jan, day 2 in a row; 1 is the most."],
    ),
    Example(
        ConsecutiveDays(duties=NIGHT, most=2, least=2),
        "Ann N N D N",
        ["Ann works on these duties on Tue 6 Jan, day 3 in a row; 2 is the most."],
        shifts={"E": {}},
        facts={
            "history": [
                {
                    "person": "Ann",
                    "school": "S",
                    "shift": shift,
                    "start": f"2026-01-0{day}T22:00",
                    "end": f"2026-01-0{day + 1}T06:00",
                }
                for shift, day in (("E", 3), ("N", 4))
            ],
        },
    ),
    Example(
        ConsecutiveDays(duties=NIGHT, least=2),
        "Ann D N D N",
        ["Ann works on these duties only 1 day in a row from Tue 6 Jan; 2 is the least."],
    ),
]
