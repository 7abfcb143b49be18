"""Nobody works more than 48 hours a week on average."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal, NamedTuple

from pydantic import Field, PositiveInt

from models.facts.contracts import paid_ways
from models.facts.possible_work import most_of_duties, most_work
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


class WorkingWeek(Rule):
    """Nobody works more than 48 hours a week on average, all their posts taken together.

    The average is taken over each `weeks` calendar weeks in a row, known work of the past included;
    where fewer weeks are known, over all of these. Paid travel between schools is working time too.
    The amount is the minutes beyond the limit in all of those weeks. 48 hours on average over 17
    weeks is the law (Working Time Regulations 1998, regulation 4), and in force in every request
    that does not set it aside; a person may opt out in writing (regulation 5).
    """

    kind: Literal["working_week"] = "working_week"
    scope = "person"
    unit = "minutes"
    short = "Length of the week"
    worse = "working longer weeks"
    usual_authority = "law"
    law: ClassVar = {}

    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    minutes: PositiveInt = Field(48 * 60, description="Minutes a week on average, at most.")
    weeks: int = Field(17, ge=1, le=52, description="Weeks over which the average is taken.")

    def __str__(self) -> str:
        over = "" if self.weeks == 1 else f" on average over {self.weeks} weeks"
        return f"Nobody works more than {duration(self.minutes)} a week{over}."

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.limits import between, with_ways
        from solver.language.shapes import Total

        facts = model.facts
        for person in facts.people(self.people):
            for span in self._spans(facts):
                most = span.weeks * self.minutes
                base = _minutes(facts, [s for s in facts.past[person.number] if s.day in span.days])
                days = range(max(span.days.start, 0), min(span.days.stop, len(facts.days)))
                stints = [s for day in days for s in model.stints_on(person.number, day)]
                if base + most_of_duties(facts, stints) <= most:
                    continue
                could = (most_work(facts, model.stints_on(person.number, day)) for day in days)
                if base + sum(could) <= most:
                    continue
                where = person.id, span.name
                found = with_ways(model, person.number, days, lambda stint: True)
                if found is not None:
                    worked, highest = found[0] + base, found[1] + base
                    between(model, slack, where, worked, most=most, least=None, highest=highest)
                    continue
                amounts = {s.number: s.minutes for s in stints}
                model.declare(Total(person.number, where, amounts, {}, base=base, most=most), slack)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for person in facts.people(self.people):
            stints = plan.stints(person.number)
            for span in self._spans(facts):
                worked = _minutes(facts, [s for s in stints if s.day in span.days])
                if worked > span.weeks * self.minutes:
                    yield Breach(
                        where=(person.id, span.name),
                        amount=worked - span.weeks * self.minutes,
                        sentence=f"{person.name} works {duration(worked)} in "
                        f"{_says(facts, span, worked)}; {duration(self.minutes)} is the most.",
                    )

    def _spans(self, facts: Facts) -> Iterator[_WeeksInARow]:
        """Weeks in a row over which the average is taken: all that are known, or as many of them as
        the rule says, ending in each week of the horizon."""
        first = facts.week_of(facts.known_from)
        last = facts.week_of(len(facts.days) - 1)
        for end in range(max(0, min(first + self.weeks - 1, last)), last + 1):
            begin = max(first, end - self.weeks + 1)
            monday = begin * 7 - facts.first.weekday()
            weeks = end - begin + 1
            days = range(monday, monday + 7 * weeks)
            yield _WeeksInARow(facts.date(monday).isoformat(), days, weeks)


class _WeeksInARow(NamedTuple):
    """Weeks in a row."""

    name: str
    """The ISO date of their first Monday."""
    days: range
    weeks: int


def _minutes(facts: Facts, stints: list[Stint]) -> int:
    """What some duties of a person come to, ways between schools included."""
    return sum(s.minutes for s in stints) + sum(minutes for _, minutes in paid_ways(facts, stints))


def _says(facts: Facts, span: _WeeksInARow, worked: int) -> str:
    week = facts.says_week(facts.week_of(span.days[0]))
    if span.weeks == 1:
        return week
    average = duration(worked // span.weeks)
    return f"{span.weeks} weeks from {week}, {average} a week on average"


_HISTORY = {
    "history": [
        {
            "person": "Ann",
            "school": "S",
            "start": f"2026-01-0{n}T08:00",
            "end": f"2026-01-0{n}T20:00",
        }
        for n in (1, 2)
    ],
    "history_from": "2025-12-29",
}
_TWO_PLACES = {
    "schools": [{"id": "S", "name": "Oakfield"}, {"id": "T", "name": "Fellside"}],
    "travel": [{"between": ["S", "T"], "minutes": 25}],
}
_TWELVE = {"D": {"start": "08:00", "end": "20:00"}}

EXAMPLES = [
    Example(WorkingWeek(), "Ann D D D D .\nBob . . . . .", [], shifts=_TWELVE),
    Example(
        WorkingWeek(),
        "Ann D D D D D",
        ["Ann works 60 hours in the week of Mon 5 Jan; 48 hours is the most."],
        shifts=_TWELVE,
    ),
    Example(WorkingWeek(), "Ann D D D D D", [], shifts=_TWELVE, facts=_HISTORY),
    Example(
        WorkingWeek(minutes=36 * 60 - 1),
        "Ann D D D D .",
        [
            "Ann works 72 hours in 2 weeks from the week of Mon 29 Dec, 36 hours a week on "
            "average; 35 hours 59 minutes is the most."
        ],
        shifts=_TWELVE,
        facts=_HISTORY,
    ),
    Example(
        WorkingWeek(minutes=36 * 60, weeks=2), "Ann D D D D .", [], shifts=_TWELVE, facts=_HISTORY
    ),
    Example(
        WorkingWeek(minutes=24 * 60, weeks=1),
        "Ann D D D .",
        ["Ann works 36 hours in the week of Mon 5 Jan; 24 hours is the most."],
        shifts=_TWELVE,
        facts=_HISTORY,
    ),
    Example(
        WorkingWeek(minutes=6 * 60),
        "Ann MA",
        ["Ann works 6 hours 25 minutes in the week of Mon 5 Jan; 6 hours is the most."],
        {"M": {}, "A": {"school": "T"}},
        facts=_TWO_PLACES,
    ),
    Example(
        WorkingWeek(minutes=6 * 60 + 25),
        "Ann MA",
        [],
        {"M": {}, "A": {"school": "T"}},
        facts=_TWO_PLACES,
    ),
]
