"""A rota laid out for reading: weeks and days, a line with a short code for each need."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from models.facts.facts import Duty, Facts, Occasion, Stint
from models.facts.plan import Plan
from models.problem.calendar import DayKind
from scheduler.exchange.render.placements import is_approved, things_of, without_people

_SMALL_WORDS = {"a", "and", "at", "for", "in", "of", "on", "the", "to"}

_KINDS = {
    DayKind.TERM: "",
    DayKind.INSET: "INSET day",
    DayKind.HOLIDAY: "holiday",
    DayKind.BANK_HOLIDAY: "bank holiday",
    DayKind.CLOSED: "closed",
    DayKind.WEEKEND: "weekend",
}


@dataclass(frozen=True)
class GridLine:
    """One need of a shift or activity, over all its days."""

    name: str
    """The name with the need: "Pod 1, lead"."""
    code: str
    """A few letters and digits; no two lines have the same code."""
    school: str
    duties: tuple[Duty, ...]


@dataclass(frozen=True)
class GridCell:
    """A duty at its time, with the people on it."""

    duty: Duty
    stint: Stint
    people: tuple[int, ...]
    wanted: int
    note: str
    """The things that it uses, and "not certain" if they are not approved."""

    @property
    def missing(self) -> int:
        """The number of unfilled places."""
        return max(0, self.wanted - len(self.people))


@dataclass(frozen=True)
class GridWeek:
    """One week of the horizon, with the days that have a column."""

    title: str
    days: tuple[int, ...]


class Grid:
    """A plan, laid out."""

    def __init__(self, facts: Facts, plan: Plan) -> None:
        self.facts = facts
        self.plan = plan
        self._usual: dict[str, str] = {}

    @cached_property
    def lines(self) -> tuple[GridLine, ...]:
        """Every need of every shift and activity, in the request's order; activities with the same
        name, time of day and school share a line."""
        found: dict[tuple[str, ...], list[Duty]] = defaultdict(list)
        for duty in self.facts.duties:
            occasion = self.facts.occasions[duty.occasion]
            key: tuple[str, ...] = (duty.shift,)
            if occasion.is_activity:
                stint = self.plan.stint(duty)
                school = "" if stint is None else self.facts.school_name(stint.school)
                times = "" if stint is None else self.times(stint)
                key = ("", occasion.id if stint is None else occasion.name, times, school)
            found[(*key, duty.need or "")].append(duty)
        taken: set[str] = set()
        return tuple(
            GridLine(
                name=f"{duties[0].name}, {need}" if need else duties[0].name,
                code=_code(duties[0].name, need or None, taken),
                school=self._where(duties),
                duties=tuple(duties),
            )
            for (*_, need), duties in found.items()
        )

    def _where(self, duties: list[Duty]) -> str:
        """The school of some duties, or "various"."""
        stints = [self.plan.stint(duty) for duty in duties]
        schools = {s.school for s in stints if s is not None} or {duties[0].school}
        return self.facts.school_name(schools.pop()) if len(schools) == 1 else "various"

    @cached_property
    def cells(self) -> dict[tuple[int, int], list[GridCell]]:
        """(number of the line, day) to its cells, by start; only duties that happen."""
        found: dict[tuple[int, int], list[GridCell]] = defaultdict(list)
        for place, line in enumerate(self.lines):
            for duty in line.duties:
                stint = self.plan.stint(duty)
                people = tuple(self.plan.people(duty.number))
                wanted = self.plan.wanted(duty)
                if stint is not None and (wanted or people):
                    note = self._note(self.facts.occasions[duty.occasion])
                    found[place, stint.day].append(GridCell(duty, stint, people, wanted, note))
        for cells in found.values():
            cells.sort(key=lambda cell: (cell.stint.start, cell.duty.number))
        return dict(found)

    def _note(self, occasion: Occasion) -> str:
        certain = [] if is_approved(self.facts, self.plan, occasion) else ["not certain"]
        return ", ".join([*filter(None, [things_of(self.facts, self.plan, occasion)]), *certain])

    @cached_property
    def without_people(self) -> dict[int, list[tuple[str, str, str, str]]]:
        """Day to (activity, times, school, note) for activities that need only things, by start."""
        found: dict[int, list[tuple[str, str, str, str]]] = defaultdict(list)
        rows = sorted(without_people(self.facts, self.plan), key=lambda r: (r[2], r[0].number))
        for o, school, start, end in rows:
            day = self.facts.day(self.facts.local(start).date())
            times = f"{self.facts.says_time(start)}-{self.facts.says_time(end)}"
            found[day].append((o.name, times, self.facts.school_name(school), self._note(o)))
        return dict(found)

    @cached_property
    def by_person(self) -> dict[tuple[int, int], list[tuple[GridLine, GridCell]]]:
        """(person, day) to the person's duties on that day, by start."""
        found: dict[tuple[int, int], list[tuple[GridLine, GridCell]]] = defaultdict(list)
        for (place, day), cells in self.cells.items():
            for cell in cells:
                for person in cell.people:
                    found[person, day].append((self.lines[place], cell))
        for turns in found.values():
            turns.sort(key=lambda turn: turn[1].stint.start)
        return dict(found)

    @cached_property
    def weeks(self) -> tuple[GridWeek, ...]:
        """Weeks with duties; their days on which a school usually opens, or which have duties."""
        used = {day for _, day in self.cells} | self.without_people.keys()
        found = []
        for week in self.facts.weeks:
            if used.isdisjoint(week):
                continue
            days = tuple(d for d in week if d in used or self.usually_open(d))
            first = self.facts.date(days[0])
            found.append(GridWeek(f"Week of {self.facts.says_day(days[0])} {first.year}", days))
        return tuple(found)

    def usually_open(self, day: int) -> bool:
        """Whether a day is no weekend at some school."""
        schools = range(len(self.facts.schools))
        return any(self.facts.kind(s, day) is not DayKind.WEEKEND for s in schools)

    def says_kind(self, day: int) -> str:
        """The kind of day, if it is the same at every school; empty for a day in term."""
        kinds = {self.facts.kind(s, day) for s in range(len(self.facts.schools))}
        return _KINDS[kinds.pop()] if len(kinds) == 1 else ""

    def kind_at(self, school: int, day: int) -> str:
        """The kind of day at a school; empty for a day in term and for a weekend."""
        kind = self.facts.kind(school, day)
        return "" if kind is DayKind.WEEKEND else _KINDS[kind]

    def lines_in(self, week: GridWeek) -> list[tuple[int, GridLine]]:
        """The lines with a duty in a week, with their numbers."""
        return [
            (place, line)
            for place, line in enumerate(self.lines)
            if any((place, day) in self.cells for day in week.days)
        ]

    def rows_in(self, week: GridWeek) -> list[tuple[int, list[list[tuple[GridLine, GridCell]]]]]:
        """The people with a duty in a week, in the request's order, with their duties each day."""
        return [
            (person.number, [self.by_person.get((person.number, day), []) for day in week.days])
            for person in self.facts.staff
            if any((person.number, day) in self.by_person for day in week.days)
        ]

    def is_in(self, person: int, day: int) -> bool:
        """Whether a person is at work on a day by their pattern, outside their duties."""
        schools = self.facts.attendance.of_day(person, day)
        return any(self.plan.without_duty(person, school, day) for school in schools)

    def unfilled(self, day: int) -> list[tuple[GridLine, GridCell]]:
        """The duties of a day with unfilled places, line by line."""
        return [
            (line, cell)
            for number, line in enumerate(self.lines)
            for cell in self.cells.get((number, day), ())
            if cell.missing
        ]

    def label(self, person: int) -> str:
        """A person's name; with the id if two people have the same name."""
        return self.facts.name(person)

    def times(self, stint: Stint) -> str:
        """From when to when: "09:00-15:30"."""
        return f"{self.facts.says_time(stint.start)}-{self.facts.says_time(stint.end)}"

    def usual_times(self, line: GridLine) -> str:
        """A line's times if they are the same on all its days, or "times vary"."""
        if line.code not in self._usual:
            stints = [self.plan.stint(duty) for duty in line.duties]
            times = {self.times(stint) for stint in stints if stint is not None}
            said = times.pop() if len(times) == 1 else "times vary" if times else ""
            self._usual[line.code] = said
        return self._usual[line.code]


def _code(name: str, need: str | None, taken: set[str]) -> str:
    code = _initials([name]).upper()[:4] + (_initials([need]).lower()[:2] if need else "")
    code = code or "D"
    number = 2
    unique = code
    while unique in taken:
        unique = f"{code}{number}"
        number += 1
    taken.add(unique)
    return unique


def _initials(texts: Iterable[str]) -> str:
    words = [w for text in texts for w in re.findall(r"[^\W\d_]+|\d+", text)]
    telling = [w for w in words if w.lower() not in _SMALL_WORDS] or words
    return "".join(w if w.isdigit() else w[0] for w in telling)
