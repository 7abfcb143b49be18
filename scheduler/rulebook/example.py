"""Example: a rule at work on a rota small enough to draw."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from models.answer.report import Breach
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.problem import Problem
from scheduler.rulebook.rule import Rule

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


def activity(id: str, name: str, **more: Any) -> dict[str, Any]:
    """An activity of an hour that starts at 9, 10 or 11, unless it says otherwise."""
    return {
        "id": id,
        "name": name,
        "school": "S",
        "minutes": 60,
        "step": 60,
        "windows": [{"start": "09:00", "end": "12:00"}],
        **more,
    }


def open_school(id: str, name: str) -> dict[str, Any]:
    """A school that is open on every day of the week, so that a drawing fits any week."""
    return {"id": id, "name": name, "weekdays": list(_ALL_DAYS)}


@dataclass(frozen=True)
class Example:
    """A rule, a drawn rota, and what the checker says of it.

    Each line of the drawing is a name and one cell per day: the letters of the shifts worked
    there, or a dot. Of an activity of several days, or of a series, the first letter is the first
    of them, the second the second; a small letter is a reserve date. Keep drawings to about eight
    (person, shift) pairs: every possible schedule of them is tried, and of larger ones only a
    sample.
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
    at: dict[str, str] = field(default_factory=dict)
    """Schools of activities that have several to choose from; the first possible one if left
    out."""
    things: dict[str, list[str]] = field(default_factory=dict)
    """Resources of activities, for each use where one of several is chosen; the first if left
    out."""
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
        kept = {a["id"].lower() for a in self.facts.get("activities", ()) if "reserve" in a}
        for letter in sorted({*drawn, *self.shifts} - activities - kept):
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
        starts, venues = self._times()
        return Plan(facts, self._cells(), starts, groups, venues, self._things(starts))

    def found(self) -> list[Breach]:
        """What the checker says of the drawing."""
        return list(self.rule.check(self.indexed, self.plan))

    def _cells(self) -> Iterator[tuple[int, int]]:
        facts = self.indexed
        for person, (_, cells) in enumerate(self.lines):
            drawn: Counter[str] = Counter()
            for day, cell in enumerate(cells):
                for letter in cell.strip("."):
                    names = {letter, f"{letter.upper()}.reserve"}
                    duties = [d for d in facts.duties if d.shift in names]
                    if duties[0].is_flexible:
                        duties = [d for d in duties if d.need == duties[0].need]
                        yield person, duties[min(drawn[letter], len(duties) - 1)].number
                        drawn[letter] += 1
                    else:
                        yield person, next(d.number for d in duties if d.day == day)

    def _times(self) -> tuple[dict[int, int], dict[int, int]]:
        """Starts and schools of activities; an optional one happens only if it has a time."""
        facts = self.indexed
        starts, venues = {}, {}
        for occasion in facts.occasions:
            said = self.times.get(occasion.id)
            if not occasion.is_flexible or (occasion.optional and said is None):
                continue
            places = [
                place
                for place, (start, school) in enumerate(
                    zip(occasion.starts, occasion.schools, strict=True)
                )
                if said in (None, f"{facts.local(start):%Y-%m-%dT%H:%M}")
                and self.at.get(occasion.id, facts.schools[school].id) == facts.schools[school].id
            ]
            starts[occasion.number] = occasion.starts[places[0]]
            if len(occasion.venues) > 1:
                venues[occasion.number] = occasion.schools[places[0]]
        return starts, venues

    def _things(self, starts: dict[int, int]) -> dict[tuple[int, int], int]:
        facts = self.indexed
        found = {}
        for occasion in facts.occasions:
            if occasion.is_flexible and occasion.number not in starts:
                continue
            said = iter(self.things.get(occasion.id, ()))
            for use, asked in enumerate(occasion.uses):
                if len(asked.things) > 1:
                    named = next(said, None)
                    found[occasion.number, use] = (
                        asked.things[0] if named is None else facts.thing_number[named]
                    )
        return found


_ALL_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
