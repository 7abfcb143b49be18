"""Example: a rule at work on a rota small enough to draw."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from models.facts import Facts
from models.plan import Plan
from models.problem import Problem
from models.report import Breach
from scheduler.rule import Rule

MONDAY = date(2026, 1, 5)
"""The first day of a drawn rota, unless it says otherwise: a Monday far from clock changes."""

SHIFTS: dict[str, dict[str, Any]] = {
    "D": {"name": "Day", "start": "09:00", "end": "15:00"},
    "E": {"name": "Early", "start": "06:00", "end": "14:00"},
    "L": {"name": "Late", "start": "14:00", "end": "22:00"},
    "N": {"name": "Night", "start": "22:00", "end": "06:00"},
    "M": {"name": "Morning", "start": "09:00", "end": "12:00"},
    "A": {"name": "Afternoon", "start": "13:00", "end": "16:00"},
}
"""What the letters of a drawing mean where the example does not say; all at school S."""


@dataclass(frozen=True)
class Example:
    """A rule, a drawn rota, and what the checker says of it.

    Each line of the drawing is a name and one cell per day: the letters of the shifts worked
    there, or a dot. Keep drawings to about eight (person, shift) pairs: every possible schedule of
    them is tried, and of larger ones only a sample.
    """

    rule: Rule
    rota: str
    breaches: list[str]
    """The sentences expected, in any order; empty where the rule is kept."""
    shifts: dict[str, dict[str, Any]] = field(default_factory=dict)
    """More about letters: fields of a shift, over those of SHIFTS. Every letter drawn or named here
    is a shift on every day, unless it says otherwise by `dates`."""
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    """More about people: fields of a person, by name."""
    facts: dict[str, Any] = field(default_factory=dict)
    """More about the problem: its other fields."""
    first: date = MONDAY
    times: dict[str, str] = field(default_factory=dict)
    """Starts of activities, whose letters are drawn on their first possible day."""
    groups: dict[str, str] = field(default_factory=dict)
    """Groups chosen for children; the first possible one where nothing is said."""

    @cached_property
    def lines(self) -> list[tuple[str, list[str]]]:
        """(name, cells) for each person drawn."""
        rows = [line.split() for line in self.rota.strip().splitlines()]
        return [(row[0], row[1:]) for row in rows]

    @cached_property
    def problem(self) -> Problem:
        """The facts of the drawing."""
        days = len(self.lines[0][1])
        dates = [self.first + timedelta(days=n) for n in range(days)]
        drawn = {letter for _, cells in self.lines for cell in cells for letter in cell.strip(".")}
        activities = {a["id"] for a in self.facts.get("activities", ())}
        shifts = []
        for letter in sorted({*drawn, *self.shifts} - activities):
            shift = {
                "id": letter,
                "school": "S",
                "needs": [{"count": 0}],
                "when": {"first": "1970-01-01", "last": "1970-01-01"},
                "dates": dates,
                **SHIFTS.get(letter, {"name": letter}),
                **self.shifts.get(letter, {}),
            }
            shift["dates"] = [day for day in shift["dates"] if str(day) <= str(dates[-1])]
            shifts.append(shift)
        return Problem.model_validate(
            {
                "name": "A drawn rota",
                "horizon": {"first": dates[0], "last": dates[-1]},
                "schools": [{"id": "S", "name": "School", "weekdays": list(_ALL_DAYS)}],
                **self.facts,
                "shifts": [*shifts, *self.facts.get("shifts", ())],
                "people": [
                    {"id": name, "name": name, "home": "S", **self.people.get(name, {})}
                    for name, _ in self.lines
                ],
            }
        )

    @cached_property
    def indexed(self) -> Facts:
        """The facts, numbered."""
        return Facts(self.problem)

    @cached_property
    def plan(self) -> Plan:
        """The schedule that is drawn."""
        facts = self.indexed
        groups = {p.number: self.groups.get(p.id, p.groups[0]) for p in facts.pupils}
        return Plan(facts, self._cells(), self._starts(), groups)

    def found(self) -> list[Breach]:
        """What the checker says of the drawing."""
        return list(self.rule.check(self.indexed, self.plan))

    def _cells(self) -> Iterator[tuple[int, int]]:
        facts = self.indexed
        for person, (_, cells) in enumerate(self.lines):
            for day, cell in enumerate(cells):
                for letter in cell.strip("."):
                    duty = next(
                        d for d in facts.duties if d.shift == letter and (d.decided or d.day == day)
                    )
                    yield person, duty.number

    def _starts(self) -> dict[int, int]:
        facts = self.indexed
        found = {}
        for occasion in facts.occasions:
            if len(occasion.starts) > 1:
                said = self.times.get(occasion.id)
                found[occasion.number] = (
                    next(
                        start
                        for start in occasion.starts
                        if f"{facts.local(start):%Y-%m-%dT%H:%M}" == said
                    )
                    if said
                    else occasion.starts[0]
                )
        return found


_ALL_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
