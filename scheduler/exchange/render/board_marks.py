"""What a board says beside its content: pinned, changed since the published one, not certain."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from functools import cached_property

from models.answer.board import BoardMark
from models.facts.facts import Duty, Stint
from scheduler.exchange.render.grid import Grid, GridCell
from scheduler.exchange.render.placements import is_approved


class BoardMarks:
    """The marks of a schedule.

    Args:
        grid: the schedule, laid out.
        unsure: people who are away for an unknown time, each with the last day that is certain.
    """

    def __init__(self, grid: Grid, unsure: Mapping[str, date]) -> None:
        self._grid, self._facts, self._unsure = grid, grid.facts, unsure
        self._pinned = {(p.person, p.duty) for p in grid.facts.problem.pinned}
        told = grid.facts.published
        self._told = None if told is None else {(p.person, p.duty) for p in told.placements}

    def of_turn(self, person: str, duty: str, stint: Stint) -> tuple[BoardMark, ...]:
        """The marks of one person on one duty."""
        marks: list[BoardMark] = []
        if (person, duty) in self._pinned:
            marks.append("pinned")
        if self._told is not None and (person, duty) not in self._told:
            marks.append("changed")
        firm = self._unsure.get(person)
        if firm is not None and self._facts.date(stint.day) > firm:
            marks.append("tentative")
        return tuple(marks)

    def of_place(self, cell: GridCell, people: Collection[str]) -> tuple[BoardMark, ...]:
        """The marks of a duty: its people's, and those of its own."""
        facts, id = self._facts, cell.duty.id
        occasion = facts.occasions[cell.duty.occasion]
        found: set[BoardMark] = set()
        for person in people:
            found |= set(self.of_turn(person, id, cell.stint))
        if cell.missing:
            found.add("short")
        if self._told is not None and self._told_people.get(id, set()) != set(people):
            found.add("changed")
        if self._moved and occasion.id in self._moved:
            found.add("changed")
        if not is_approved(facts, self._grid.plan, occasion):
            found.add("tentative")
        order: tuple[BoardMark, ...] = ("short", "pinned", "changed", "tentative")
        return tuple(mark for mark in order if mark in found)

    def gone(self, days: Collection[int]) -> Iterator[tuple[str, Duty, Stint]]:
        """(person, duty, when) for each that was published on the days and is theirs no longer."""
        facts, plan = self._facts, self._grid.plan
        for person, id in sorted(self._told or ()):
            number, who = facts.duty_number.get(id), facts.person_number.get(person)
            if number is None or who is None or plan.works(who, number):
                continue
            duty = facts.duties[number]
            stint = plan.stint(duty) or duty.stints[0]
            if stint.day in days:
                yield person, duty, stint

    @cached_property
    def _told_people(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for person, duty in self._told or ():
            found.setdefault(duty, set()).add(person)
        return found

    @cached_property
    def _moved(self) -> set[str]:
        """Activities that have another time, place or thing than was published."""
        told = self._facts.published
        if told is None or not told.times:
            return set()
        now = {timed.activity: timed for timed in self._grid.plan.schedule().times}
        return {t.activity for t in told.times if now.get(t.activity) != t}
