"""Finds the people and duties of a request behind the names and codes of a rota."""

import difflib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from models.answer.schedule import Schedule
from models.facts.facts import Duty, Facts
from models.problem.calendar import Window
from models.problem.problem import ActivityTime, Placement
from scheduler.exchange.brought.exports import ExportRow
from scheduler.exchange.brought.words import RequestWords
from scheduler.exchange.grid.documents import GridQuestion, GridReading, RotaCell
from scheduler.exchange.grid.names import same_people
from scheduler.intake.case import Case
from scheduler.intake.validation_errors import pointer


@dataclass(frozen=True)
class Matched:
    """A rota in the words of a request; what could not be found in it is asked about."""

    case: Case
    schedule: Schedule
    cells: tuple[RotaCell, ...] = ()
    questions: tuple[GridQuestion, ...] = ()
    known: frozenset[str] = frozenset()
    """Codes that the request explains."""

    def settles(self, asked: GridQuestion) -> bool:
        """Whether a question about the sheet alone is answered by the request."""
        return asked.answer in self.known


@dataclass
class _Asked:
    """Questions by their answers, each with the cells that it is about."""

    cells: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, answer: str, says: str, at: str) -> None:
        self.cells[answer, says].append(at)

    def questions(self) -> tuple[GridQuestion, ...]:
        return tuple(
            GridQuestion(at=cells[0], cells=len(cells), says=says, answer=answer)
            for (answer, says), cells in self.cells.items()
        )


# ------------------------------------------------------------------ an export of ours


def matched_rows(case: Case, rows: Sequence[ExportRow]) -> Matched:
    """An export of ours as a schedule of its request."""
    facts, asked = case.facts, _Asked()
    groups = facts.labels.groups
    by_name: dict[tuple[str, str, str], list[Duty]] = defaultdict(list)
    for duty in facts.duties:
        by_name[duty.name, duty.need or "", groups.get(duty.group or "", "")].append(duty)
    placed: dict[tuple[str, str], str] = {}
    times: dict[str, datetime] = {}
    for row in rows:
        if row.person_id not in facts.person_number:
            says = "Nobody of the request has the id that stands beside this name."
            asked.add(f"{row.at}", says, row.at)
            continue
        alike = by_name.get((row.duty, row.need, row.group), ())
        found = next((one for one in alike if _is_at(facts, one, row)), None)
        if found is None:
            says = "No duty of the request has this name, need and school at this time."
            asked.add(f"{row.at}", says, row.at)
            continue
        placed[row.person_id, found.id] = row.at
        if found.is_flexible:
            activity = facts.occasions[found.occasion].id
            times[activity] = min(row.start, times.get(activity, row.start))
    cells = [RotaCell(at=at, person=p, duty=d) for (p, d), at in placed.items()]
    schedule = Schedule(
        placements=tuple(Placement(person=p, duty=d) for p, d in sorted(placed)),
        times=tuple(ActivityTime(activity=a, start=start) for a, start in sorted(times.items())),
    )
    return Matched(case, schedule, tuple(_dated(facts, cells)), asked.questions())


def _is_at(facts: Facts, duty: Duty, row: ExportRow) -> bool:
    return any(
        facts.local(stint.start).replace(tzinfo=None) == row.start
        and facts.school_name(stint.school) == row.school
        for stint in duty.stints
    )


def _dated(facts: Facts, cells: Iterable[RotaCell]) -> Iterable[RotaCell]:
    """Cells with the dates of their duties."""
    for cell in cells:
        if cell.duty is None or cell.on is not None:
            yield cell
            continue
        duty = facts.duties[facts.duty_number[cell.duty]]
        yield cell.model_copy(update={"on": facts.date(duty.day)})


# ------------------------------------------------------------------ a school's own sheet


def matched(case: Case, reading: GridReading, words: RequestWords) -> Matched:
    """A school's own sheet as a schedule of a request, and its absences as facts of it."""
    assert reading.request is not None
    assert reading.schedule is not None
    asked = _Asked()
    first_at = {cell.person: cell.at for cell in reversed(reading.cells) if cell.person}
    people = _people(case, reading, first_at, asked)
    case = _with_absences(case, reading, people)
    facts = case.facts
    shifts = {shift.id: shift for shift in reading.request.problem.shifts}
    schools = {school.id: school.name for school in reading.request.problem.schools}
    places = {(c.person, c.duty): c.at for c in reading.cells if c.duty}
    wanted: dict[int, list[tuple[int, list[Duty], str]]] = defaultdict(list)
    meant: dict[str, str] = {}
    for placement in reading.schedule.placements:
        shift, _, on = placement.duty.rpartition("@")
        day, at = date.fromisoformat(on), places[placement.person, placement.duty]
        if placement.person not in people:
            continue
        duties = words.duties(shifts[shift], schools[shifts[shift].school], day)
        if not duties:
            says, answer = words.unknown(shifts[shift].name, day)
            asked.add(answer, says, at)
            continue
        meant.setdefault(placement.duty, duties[0].id)
        person = facts.person_number[people[placement.person]]
        wanted[duties[0].occasion].append((person, duties, at))
    placements: dict[tuple[str, str], str] = {}
    for here in wanted.values():
        choices = [(person, duties) for person, duties, _ in here]
        for (person, _, at), duty in zip(here, _shared_out(facts, choices), strict=True):
            placements[facts.staff[person].id, duty.id] = at
    cells = [RotaCell(at=at, person=p, duty=d) for (p, d), at in placements.items()]
    for cell in reading.cells:
        if cell.duty is None and (cell.person is None or cell.person in people):
            cells.append(cell.model_copy(update={"person": people.get(cell.person or "")}))
        elif cell.person is None and cell.duty in meant:
            cells.append(cell.model_copy(update={"duty": meant[cell.duty]}))
    known = {pointer(("codes", code.code)) for code in reading.codes if code.duty is not None}
    return Matched(
        case,
        Schedule(placements=tuple(Placement(person=p, duty=d) for p, d in sorted(placements))),
        tuple(_dated(facts, cells)),
        asked.questions(),
        frozenset(known - {answer for answer, _ in asked.cells}),
    )


def _people(
    case: Case, reading: GridReading, first_at: Mapping[str, str], asked: _Asked
) -> dict[str, str]:
    """From the id of somebody in the sheets to the id in the request."""
    ids: dict[str, str] = {}
    for known in case.request.problem.people:
        ids.setdefault(known.id.casefold(), known.id)
        ids[known.name.casefold()] = known.id
    names = [person.name for person in case.request.problem.people]
    forms = [p.name for p in reading.people if p.name.casefold() not in ids]
    same = same_people((*names, *forms), [frozenset(names)], {name: name for name in names})
    found = {}
    for person in reading.people:
        name = same.of.get(person.name, person.name)
        if id_ := ids.get(person.name.casefold()) or ids.get(name.casefold()):
            found[person.id] = id_
            continue
        near = difflib.get_close_matches(person.name, names, n=3, cutoff=0.6)
        says = f"{person.name} is nobody of the request, and was not read. Who is it?"
        says += f" Maybe {' or '.join(near)}?" if near else ""
        answer = pointer(("people", person.name))
        asked.add(answer, says, first_at.get(person.id, reading.sheets[0].heading))
    return found


def _with_absences(case: Case, reading: GridReading, people: Mapping[str, str]) -> Case:
    """The request with the absences of the sheets."""
    assert reading.request is not None
    away: dict[str, tuple[Window, ...]] = {
        people[p.id]: p.away for p in reading.request.problem.people if p.away and p.id in people
    }
    if not away:
        return case
    problem = case.request.problem
    staff = tuple(
        p.model_copy(update={"away": (*p.away, *away[p.id])}) if p.id in away else p
        for p in problem.people
    )
    amended = problem.model_copy(update={"people": staff})
    return Case(case.request.model_copy(update={"problem": amended}))


def _shared_out(facts: Facts, choices: Sequence[tuple[int, Sequence[Duty]]]) -> list[Duty]:
    """A need for each person of one occasion: one that they meet, where all can be served."""
    taken: dict[int, list[int]] = defaultdict(list)
    duties = {duty.number: duty for _, mine in choices for duty in mine}

    def seat(n: int, tried: set[int]) -> bool:
        person, mine = choices[n]
        for duty in mine:
            if duty.number in tried or person not in facts.able[duty.number]:
                continue
            tried.add(duty.number)
            here = taken[duty.number]
            if len(here) < duty.count:
                here.append(n)
                return True
            for other in list(here):
                if seat(other, tried):
                    here[here.index(other)] = n
                    return True
        return False

    for n in range(len(choices)):
        seat(n, set())
    found = {n: duties[number] for number, here in taken.items() for n in here}
    for n, (person, mine) in enumerate(choices):
        able = (duty for duty in mine if person in facts.able[duty.number])
        found.setdefault(n, next(able, mine[-1]))
    return [found[n] for n in range(len(choices))]
