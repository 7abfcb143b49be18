"""People work at most, or at least, a number of weekends; in all, or in a row."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import Any, Literal

from pydantic import Field, NonNegativeInt

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    LimitsRule,
    Model,
    Plan,
    Slack,
    Staff,
    Weekday,
    Which,
    Who,
    says_weekend,
    weekend_faults,
    weekends,
)


class Weekends(LimitsRule):
    """Each person works at most, or at least, a number of weekends; in all, or in a row.

    A weekend is a Saturday and the Sunday after it, unless `days` says otherwise, and it counts if
    the person works on any of its days. If the horizon cuts one, the days inside count, and so does
    what was worked on the days before, unless `duties` limits what counts. A duty belongs to the
    date of its start. A run of weekends `in_a_row` that may have begun before the known past, or
    may go on after the last day, is not judged for being too short, unless `ends` are judged.
    """

    kind: Literal["weekends"] = "weekends"
    scope = "person"
    unit = "weekends"

    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    duties: Which | None = Field(None, description="Only weekends with one of these duties count.")
    days: tuple[Weekday, ...] = Field(
        ("sat", "sun"),
        min_length=1,
        max_length=6,
        description="The days of a weekend, in order and without gaps.",
    )
    most: NonNegativeInt | None = Field(None, description="The upper limit; none if left out.")
    least: NonNegativeInt | None = Field(None, description="The lower limit; none if left out.")
    in_a_row: bool = Field(
        False, description="Whether weekends in a row are limited; if false, all of them are."
    )
    ends: Literal["open", "judged"] = Field(
        "open",
        description="judged: a run of weekends ends with the last day, and begins with the first "
        "known one; open: it may be longer.",
    )

    def __str__(self) -> str:
        limits = []
        if self.least is not None:
            limits.append(f"at least {self.least}")
        if self.most is not None:
            limits.append(f"at most {self.most}")
        number = self.most if self.most is not None else self.least
        word = "weekend" if number == 1 else "weekends"
        row = " in a row" if self.in_a_row else ""
        said = f"{' and '.join(limits) or 'any number of'} {word}{row}"
        return f"Everybody works {said}{says_weekend(self.days)}."

    def faults(self, facts: Facts) -> Iterator[tuple[str, str]]:
        yield from super().faults(facts)
        if wrong := weekend_faults(self.days):
            yield "days", wrong

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.runs import PeriodRun, Run
        from solver.language.shapes import Touched

        facts = model.facts
        stints = None if self.duties is None else facts.all_stints(self.duties)
        found = weekends(facts.days[0], len(facts.days), self.days)
        inside = [frozenset(weekend) & frozenset(range(len(facts.days))) for weekend in found]
        names = tuple(facts.date(min(days)).isoformat() for days in inside)
        for person in facts.people(self.people):
            past, known_from = self._past(facts, person.number)
            begun = any(day in past for weekend in found[:1] for day in weekend)
            if not self.in_a_row:
                touched = Touched(
                    person.number,
                    (person.id,),
                    tuple(inside[int(begun) :]),
                    stints=stints,
                    base=int(begun),
                    most=self.most,
                    least=self.least,
                    over=self.weight_most,
                    under=self.weight_least,
                )
                model.declare(touched, slack)
                continue
            if not found:
                continue
            before, earlier = 0, _shifted(found[0], -7)
            while any(day in past for day in earlier):
                before, earlier = before + 1, _shifted(earlier, -7)
            run = Run(
                person.number,
                (person.id,),
                tuple(range(len(names))),
                names,
                stints=stints,
                before=before,
                open_start=earlier[0] < known_from and self.ends == "open",
                closed_end=self.ends == "judged",
                most=self.most,
                least=self.least,
                over=self.weight_most,
                under=self.weight_least,
            )
            cut = found[-1].stop > len(facts.days)
            model.declare(PeriodRun(run, tuple(inside), begun, open_end=cut), slack)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        counted = facts.all_stints(self.duties)
        for person in facts.people(self.people):
            on: dict[int, list[str]] = {}
            for stint in plan.stints(person.number):
                if stint.number in counted:
                    on.setdefault(stint.day, []).append(facts.duties[stint.duty].shift)
            past, known_from = self._past(facts, person.number)
            found = weekends(facts.days[0], len(facts.days), self.days)
            if not self.in_a_row:
                there = sum(any(day in on or day in past for day in days) for days in found)
                yield from self._number(person, there)
            else:
                while found and found[0].stop > known_from:
                    found.insert(0, _shifted(found[0], -7))
                worked = [any(day in on or day in past for day in days) for days in found]
                yield from self._in_a_row(facts, person, found, worked, known_from)

    def _number(self, person: Staff, there: int) -> Iterator[Breach]:
        for limit, wrong, word, weight in (
            (self.most, self.most is not None and there > self.most, "most", self.weight_most),
            (self.least, self.least is not None and there < self.least, "least", self.weight_least),
        ):
            if limit is not None and wrong:
                yield Breach(
                    where=(person.id,),
                    amount=weight * abs(there - limit),
                    sentence=f"{person.name} works {_said(there)}; {limit} is the {word}.",
                )

    def _in_a_row(
        self,
        facts: Facts,
        person: Staff,
        found: list[range],
        worked: list[bool],
        known_from: int,
    ) -> Iterator[Breach]:
        cut = bool(found) and found[-1].stop > len(facts.days)
        now = sum(weekend.stop <= 0 for weekend in found)
        end = 0
        for works, run in groupby(worked):
            first, end = end, end + len(list(run))
            if not works or end < now:
                continue
            for n in range(max(now, first + self.most), end) if self.most is not None else ():
                day = max(0, found[n][0])
                yield Breach(
                    where=(person.id, facts.date(day).isoformat()),
                    amount=self.weight_most,
                    sentence=f"{person.name} works on the weekend of {facts.says_day(day)}, "
                    f"number {n - first + 1} in a row; {self.most} is the most.",
                )
            goes_on = end == len(worked) or (end == len(worked) - 1 and cut)
            known = found[first].start - 7 >= known_from and not goes_on
            missing = (self.least or 0) - (end - first)
            if missing > 0 and (known or self.ends == "judged"):
                day = max(0, found[max(now, first)][0])
                yield Breach(
                    where=(person.id, facts.date(day).isoformat()),
                    amount=self.weight_least * missing,
                    sentence=f"{person.name} works only {_said(end - first)} in a row from "
                    f"{facts.says_day(found[first][0])}; {self.least} is the least.",
                )

    def _past(self, facts: Facts, person: int) -> tuple[set[int], int]:
        """The days worked before the horizon, and from when they are known."""
        if self.duties is not None:
            return set(), 0
        days = {stint.day for stint in facts.past[person]}
        return {day for day in days if facts.known_from <= day < 0}, facts.known_from


def _shifted(days: range, by: int) -> range:
    return range(days.start + by, days.stop + by)


def _said(number: int) -> str:
    return "1 weekend" if number == 1 else f"{number} weekends"


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
    Example(Weekends(most=1), "Ann D . . . . . .\nBob . . . . . . .", []),
    Example(Weekends(most=1), "Ann . . . . D D D", []),
    Example(
        Weekends(most=1, least=1),
        "Ann D . . . . . D\nBob . D . . . . .",
        ["Ann works 2 weekends; 1 is the most.", "Bob works 0 weekends; 1 is the least."],
        first=date(2026, 1, 4),
    ),
    Example(
        Weekends(most=0, duties=Which(shifts=("N",))),
        "Ann N D",
        ["Ann works 1 weekend; 0 is the most."],
        first=SATURDAY,
    ),
    Example(
        Weekends(most=0, days=LONG_WEEKEND, weight_most=2),
        "Ann D . .\nBob . . .",
        ["Ann works 1 weekend; 0 is the most."],
        first=FRIDAY,
    ),
    Example(
        Weekends(least=2, weight_least=3),
        "Ann D . .",
        ["Ann works 1 weekend; 2 is the least."],
        first=SATURDAY,
    ),
    Example(
        Weekends(in_a_row=True, most=1),
        "Ann D . . . . . . . D . . . . . D\nBob D . . . . . . . . . . . . . D",
        [
            "Ann works on the weekend of Sat 17 Jan, number 2 in a row; 1 is the most.",
            "Ann works on the weekend of Sat 24 Jan, number 3 in a row; 1 is the most.",
        ],
        shifts=_on(10, 18, 24),
        first=SATURDAY,
    ),
    Example(
        Weekends(in_a_row=True, most=1, weight_most=2),
        "Ann D",
        ["Ann works on the weekend of Sun 11 Jan, number 3 in a row; 1 is the most."],
        facts=_history("2025-12-27", "2026-01-04", "2026-01-10"),
        first=date(2026, 1, 11),
    ),
    Example(
        Weekends(in_a_row=True, least=2, weight_least=2),
        "Ann" + " ." * 7 + " D" + " ." * 8 + "\nBob D" + " ." * 6 + " D" + " ." * 8,
        ["Ann works only 1 weekend in a row from Sat 17 Jan; 2 is the least."],
        shifts=_on(10, 17, 24),
        first=SATURDAY,
    ),
    Example(
        Weekends(in_a_row=True, least=2),
        "Ann . .",
        ["Ann works only 1 weekend in a row from Sat 3 Jan; 2 is the least."],
        facts=_history("2026-01-03"),
        shifts=_on(11),
        first=SATURDAY,
    ),
    Example(
        Weekends(in_a_row=True, least=3, ends="judged", days=LONG_WEEKEND),
        "Ann D . . . . . . D .",
        ["Ann works only 2 weekends in a row from Fri 9 Jan; 3 is the least."],
        shifts=_on(9, 16),
        first=FRIDAY,
    ),
    Example(
        Weekends(in_a_row=True, least=2, ends="judged", duties=Which(shifts=("N",))),
        "Ann N D",
        ["Ann works only 1 weekend in a row from Sat 10 Jan; 2 is the least."],
        first=SATURDAY,
    ),
]
