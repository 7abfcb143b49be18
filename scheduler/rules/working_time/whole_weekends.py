"""Weekends are worked whole, or not at all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import Any, Literal

from pydantic import Field

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    Model,
    Plan,
    Rule,
    Slack,
    Staff,
    Weekday,
    Which,
    Who,
    says_weekend,
    weekend_faults,
    weekends,
)


class WholeWeekends(Rule):
    """Each person works all days of a weekend, or none; if asked, all on the same shift.

    A weekend is a Saturday and the Sunday after it, unless `days` says otherwise. For each stretch
    of days worked in it, the amount is the number of its other days. With `same_shift` it is, for
    each shift worked, the number of its days without that shift. A weekend that the horizon cuts is
    judged where its other days are known: not for shifts, nor if `duties` limits what counts.
    """

    kind: Literal["whole_weekends"] = "whole_weekends"
    scope = "person"
    unit = "days"

    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    duties: Which | None = Field(None, description="Only these duties count as work.")
    days: tuple[Weekday, ...] = Field(
        ("sat", "sun"),
        min_length=2,
        max_length=6,
        description="The days of a weekend, in order and without gaps.",
    )
    same_shift: bool = Field(
        False, description="Whether all of its days are to be worked on the same shift."
    )

    def __str__(self) -> str:
        same = " and on the same shift" if self.same_shift else ""
        return f"Weekends{says_weekend(self.days)} are worked whole{same}, or not at all."

    def faults(self, facts: Facts) -> Iterator[tuple[str, str]]:
        if wrong := weekend_faults(self.days):
            yield "days", wrong

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.runs import WholePeriods

        facts = model.facts
        counted = facts.all_stints(self.duties)
        alike = self.same_shift
        numbers = {shift: n for n, shift in enumerate(sorted({d.shift for d in facts.duties}))}
        kinds = {
            number: numbers[facts.duties[facts.stints[number].duty].shift] if alike else 0
            for number in counted
        }
        for person in facts.people(self.people):
            past = {s.day for s in facts.past[person.number]}
            judged = self._judged(facts, person.number)
            if not judged:
                continue
            whole = WholePeriods(
                person.number,
                (person.id,),
                tuple(map(tuple, judged)),
                tuple(facts.date(max(0, weekend[0])).isoformat() for weekend in judged),
                kinds,
                alike=alike,
                before=tuple(frozenset({0} if day in past else ()) for day in judged[0] if day < 0),
            )
            model.declare(whole, slack)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        counted = facts.all_stints(self.duties)
        for person in facts.people(self.people):
            on: dict[int, set[str]] = {}
            for stint in plan.stints(person.number):
                if stint.duty < 0:
                    on.setdefault(stint.day, set()).add("before")
                elif stint.number in counted:
                    on.setdefault(stint.day, set()).add(facts.duties[stint.duty].shift)
            for days in self._judged(facts, person.number):
                yield from self._split(facts, person, days, [on.get(day, set()) for day in days])

    def _split(
        self, facts: Facts, person: Staff, days: range, on: list[set[str]]
    ) -> Iterator[Breach]:
        size = len(days)
        if not self.same_shift:
            stretches = [len(list(run)) for works, run in groupby(on, key=bool) if works]
            amount = sum(size - length for length in stretches)
            said = f"only {sum(stretches)} of the {size} days"
        else:
            shifts = Counter(shift for there in on for shift in there)
            amount = sum(size - there for there in shifts.values())
            said = " and ".join(f"{shift} on {n}" for shift, n in sorted(shifts.items()))
            said += f" of the {size} days"
        if amount:
            yield Breach(
                where=(person.id, facts.date(max(0, days[0])).isoformat()),
                amount=amount,
                sentence=f"{person.name} works {said} of the weekend of {facts.says_day(days[0])}.",
            )

    def _judged(self, facts: Facts, person: int) -> list[range]:
        """The weekends of which all days are known."""
        begin = 0 if self.same_shift or self.duties is not None else facts.known_from
        found = weekends(facts.days[0], len(facts.days), self.days)
        return [days for days in found if begin <= days.start and days.stop <= len(facts.days)]


FRIDAY = date(2026, 1, 9)
SATURDAY = date(2026, 1, 10)
LONG_WEEKEND: tuple[Weekday, ...] = ("fri", "sat", "sun")


def _history(*dates: str) -> dict[str, Any]:
    return {
        "history": [
            {"person": "Ann", "school": "S", "start": f"{day}T09:00", "end": f"{day}T15:00"}
            for day in dates
        ],
        "history_from": "2025-12-20",
    }


def _on(*dates: int) -> dict[str, dict[str, list[str]]]:
    return {"D": {"dates": [f"2026-01-{day:02}" for day in dates]}}


EXAMPLES = [
    Example(WholeWeekends(), "Ann D D . .\nBob . . D D", [], first=SATURDAY),
    Example(WholeWeekends(same_shift=True), "Ann E E L\nBob L L .", [], first=SATURDAY),
    Example(
        WholeWeekends(),
        "Ann D . D D\nBob D . D .",
        ["Bob works only 1 of the 2 days of the weekend of Sat 17 Jan."],
        shifts=_on(15, 17, 18),
        first=date(2026, 1, 15),
    ),
    Example(
        WholeWeekends(days=LONG_WEEKEND),
        "Ann D . D\nBob D D .",
        [
            "Ann works only 2 of the 3 days of the weekend of Fri 9 Jan.",
            "Bob works only 2 of the 3 days of the weekend of Fri 9 Jan.",
        ],
        first=FRIDAY,
    ),
    Example(
        WholeWeekends(),
        "Ann . D",
        ["Ann works only 1 of the 2 days of the weekend of Sat 10 Jan."],
        facts=_history("2026-01-10"),
        first=date(2026, 1, 11),
    ),
    Example(
        WholeWeekends(same_shift=True, duties=Which(shifts=("M",))),
        "Ann M M\nBob M A",
        ["Bob works M on 1 of the 2 days of the weekend of Sat 10 Jan."],
        first=SATURDAY,
    ),
    Example(
        WholeWeekends(same_shift=True, days=LONG_WEEKEND),
        "Ann E E L\nBob . . E",
        [
            "Ann works E on 2 and L on 1 of the 3 days of the weekend of Fri 9 Jan.",
            "Bob works E on 1 of the 3 days of the weekend of Fri 9 Jan.",
        ],
        first=FRIDAY,
    ),
]
