"""A board: a week of a schedule, for one school or all, as far as a caller may see it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from models.answer.board import (
    Board,
    BoardCell,
    BoardDay,
    BoardDuty,
    BoardMark,
    BoardPerson,
    BoardPlace,
    BoardTurn,
    BoardWeek,
)
from models.answer.result import Result
from models.facts.facts import Staff, Stint
from scheduler.exchange.render.board_marks import BoardMarks
from scheduler.exchange.render.grid import Grid, GridCell, GridLine
from scheduler.exchange.render.report_text import headline

ELSEWHERE = "busy elsewhere"
"""What is said of time at schools that the reader may not see."""

MOST_DAYS = 42
"""The longest stretch that a board shows."""

_EMPTY = BoardCell()
_AWAY = {
    None: _EMPTY,
    "wholly": BoardCell(marks=("away",)),
    "partly": BoardCell(marks=("partly_away",)),
}


@dataclass(frozen=True)
class BoardInput:
    """What a board is made from."""

    grid: Grid
    result: Result
    schools: Collection[str] | None = None
    """The ids of the schools that the reader may see; None for all."""
    unsure: Mapping[str, date] | None = None
    """People who are away for an unknown time, each with the last day that is certain."""


def stretch(
    grid: Grid, first: date | None, last: date | None, today: date | None = None
) -> tuple[date, date]:
    """The dates of a board: what was asked for, or the week of today, or the first with duties.

    Where one of the dates is left out, the board goes to the end, or from the beginning, of the
    week of the other.
    """
    facts = grid.facts
    if first is None and last is None:
        weeks = grid.weeks
        first = facts.date(weeks[0].days[0]) if weeks else facts.first
        if today is not None and facts.first <= today <= facts.days[-1]:
            first = today
        week = facts.weeks[facts.week_of(facts.day(first))]
        return facts.date(week[0]), facts.date(week[-1])
    known = first or last
    assert known is not None
    week = facts.weeks[facts.week_of(facts.day(known))]
    return first or facts.date(week[0]), last or facts.date(week[-1])


def board(given: BoardInput, first: date, last: date, school: str | None = None) -> Board:
    """Two dates and what lies between, which must be in the horizon, laid out.

    Args:
        given: the schedule, and what the reader may see.
        first: the first date.
        last: the last date.
        school: the id of the school whose duties are wanted, with its people and those who work
            there; all that the reader may see if left out.
    """
    return _Board(given, first, last, school).made()


class _Board:
    def __init__(self, given: BoardInput, first: date, last: date, school: str | None) -> None:
        self.grid, self.facts = given.grid, given.grid.facts
        self.given, self.first, self.last, self.school = given, first, last, school
        facts = self.facts
        numbers = range(facts.day(first), facts.day(last) + 1)
        used = {day for _, day in self.grid.cells}
        chosen = [d for d in numbers if d in used or self.grid.usually_open(d)]
        self.days: tuple[int, ...] = tuple(chosen or numbers)
        ids = [s.id for s in facts.schools]
        self.seen = {n for n, id in enumerate(ids) if given.schools is None or id in given.schools}
        self.shown = {n for n in self.seen if school is None or ids[n] == school}
        self.codes: dict[str, str] = {}
        self._turns: dict[tuple[str, tuple[BoardMark, ...]], BoardTurn] = {}
        self._clock: dict[int, str] = {}
        self.marks = BoardMarks(self.grid, given.unsure or {})

    def made(self) -> Board:
        facts, result = self.facts, self.given.result
        duties = tuple(self._duties())
        people = tuple(self._people())
        days = tuple(self._days(people, duties))
        return Board(
            name=facts.problem.name,
            headline=headline(result),
            draft=result.schedule is None,
            first=self.first,
            last=self.last,
            school=self.school,
            schools={facts.schools[n].id: facts.school_name(n) for n in sorted(self.seen)},
            days=days,
            people=people,
            duties=duties,
            codes=self.codes,
            weeks=tuple(self._weeks()),
            missing=sum(day.missing for day in days),
            minutes=sum(day.minutes for day in days),
        )

    def _weeks(self) -> Iterator[BoardWeek]:
        for week in self.grid.weeks:
            first, last = self.facts.date(week.days[0]), self.facts.date(week.days[-1])
            yield BoardWeek(title=week.title, first=first, last=last)

    def _days(
        self, people: Sequence[BoardPerson], duties: Sequence[BoardDuty]
    ) -> Iterator[BoardDay]:
        facts = self.facts
        for n, day in enumerate(self.days):
            places = [place for row in duties for place in row.cells[n]]
            on = {person for place in places for person in place.people}
            kinds = {s: self.grid.kind_at(s, day) for s in sorted(self.shown)}
            yield BoardDay(
                date=facts.date(day),
                name=facts.says_day(day),
                kinds={facts.schools[s].id: kind for s, kind in kinds.items() if kind},
                people=len(on),
                places=sum(len(place.people) for place in places),
                missing=sum(place.missing for place in places),
                minutes=sum(
                    cell.stint.minutes * len(cell.people)
                    for row in self._places.values()
                    for cell in row[n]
                ),
            )

    # ------------------------------------------------------------------ duties by days

    @cached_property
    def _places(self) -> dict[int, list[list[GridCell]]]:
        """Rows with a duty at a school shown, by number, with their cells of each day."""
        found = {}
        for number in range(len(self.grid.lines)):
            cells = [
                [c for c in self.grid.cells.get((number, day), ()) if c.stint.school in self.shown]
                for day in self.days
            ]
            if any(cells):
                found[number] = cells
        return found

    def _duties(self) -> Iterator[BoardDuty]:
        groups = self.facts.labels.groups
        for number, days in self._places.items():
            line = self.grid.lines[number]
            self.codes[line.code] = line.name
            cells = tuple(tuple(self._place(cell) for cell in cells) for cells in days)
            yield BoardDuty(
                name=line.name,
                code=line.code,
                group=groups.get(line.duties[0].group or ""),
                school=line.school,
                times=self.grid.usual_times(line),
                cells=cells,
                missing=sum(place.missing for places in cells for place in places),
            )

    def _place(self, cell: GridCell) -> BoardPlace:
        facts, duty = self.facts, cell.duty
        people = tuple(facts.staff[p].id for p in cell.people)
        start, end = self._times(cell.stint)
        return BoardPlace(
            duty=duty.id,
            start=start,
            end=end,
            school=facts.schools[cell.stint.school].id,
            people=people,
            wanted=cell.wanted,
            missing=cell.missing,
            note=cell.note,
            marks=self.marks.of_place(cell, people),
        )

    # ------------------------------------------------------------------ people by days

    def _people(self) -> Iterator[BoardPerson]:
        there = {
            person
            for row in self._places.values()
            for cells in row
            for cell in cells
            for person in cell.people
        }
        for staff in self.facts.staff:
            if staff.number not in there and staff.home not in self.shown:
                continue
            turns = [self.grid.by_person.get((staff.number, day), ()) for day in self.days]
            yield BoardPerson(
                person=staff.id,
                name=staff.name,
                home=self.facts.schools[staff.home].id,
                cells=tuple(
                    self._cell(staff, day, here) for day, here in zip(self.days, turns, strict=True)
                ),
                days=sum(1 for here in turns if here),
                minutes=sum(cell.stint.minutes for here in turns for _, cell in here),
            )

    def _cell(self, staff: Staff, day: int, here: Sequence[tuple[GridLine, GridCell]]) -> BoardCell:
        # Why somebody is not at work is no business of a school that only borrows them.
        away = self.facts.away_on(staff.number, day) if staff.home in self.seen else None
        gone = tuple(self._gone.get((staff.id, day), ()))
        plain = _AWAY[away]
        if not here and not gone:
            return plain
        return BoardCell(
            turns=tuple(self._turn(staff, line, cell) for line, cell in here),
            gone=gone,
            marks=(*plain.marks, *(("changed",) if gone else ())),
        )

    def _turn(self, staff: Staff, line: GridLine, cell: GridCell) -> BoardTurn:
        if cell.stint.school not in self.seen:
            start, end = self._times(cell.stint)
            return BoardTurn(duty=None, what=ELSEWHERE, start=start, end=end, school=None)
        marks = self.marks.of_turn(staff.id, cell.duty.id, cell.stint)
        return self._seen_turn(line, cell.duty.id, cell.stint, marks)

    def _seen_turn(
        self, line: GridLine, duty: str, stint: Stint, marks: tuple[BoardMark, ...]
    ) -> BoardTurn:
        """A turn, which people on the same duty share."""
        key = (duty, marks)
        if key not in self._turns:
            self.codes[line.code] = line.name
            start, end = self._times(stint)
            self._turns[key] = BoardTurn(
                duty=duty,
                what=line.code,
                start=start,
                end=end,
                school=self.facts.schools[stint.school].id,
                marks=marks,
            )
        return self._turns[key]

    def _times(self, stint: Stint) -> tuple[str, str]:
        for minute in (stint.start, stint.end):
            if minute not in self._clock:
                self._clock[minute] = self.facts.says_time(minute)
        return self._clock[stint.start], self._clock[stint.end]

    @cached_property
    def _gone(self) -> dict[tuple[str, int], list[BoardTurn]]:
        """(person, day) to what was published for them at a school the reader sees, and is gone."""
        found: dict[tuple[str, int], list[BoardTurn]] = {}
        for person, duty, stint in self.marks.gone(self.days):
            if stint.school in self.seen:
                turn = self._seen_turn(self._lines[duty.number], duty.id, stint, ("changed",))
                found.setdefault((person, stint.day), []).append(turn)
        return found

    @cached_property
    def _lines(self) -> dict[int, GridLine]:
        return {duty.number: line for line in self.grid.lines for duty in line.duties}
