"""What a schedule breaks and costs: each breach at its cells, and what it means for each school."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from pydantic import Field

from models.answer.report import Breach, Priority, Report
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.value import Value
from scheduler.exchange.grid.documents import RotaCell

MOST_CELLS = 12
"""The most cells of one breach that are named."""


MOST_OF_A_ROW = 3
"""The most cells that stand for all of somebody's work."""


class CellMark(Value):
    """One breach of a rule, at the cells that it is about."""

    at: tuple[str, ...] = Field(description="Sheets and cells; none where no cell shows it.")
    kind: str = Field(description="The kind of the rule.")
    priority: Priority = Field(description="`must`, or the number of its priority.")
    by_law: bool = Field(description="Whether the law asks for it.")
    sentence: str = Field(description="The breach in words.")
    cost: int = Field(description="What it costs at its priority; 0 for a must.")
    schools: tuple[str, ...] = Field(description="Ids of the schools that it concerns.")


class SchoolFigures(Value):
    """What a schedule means for one school."""

    school: str = Field(description="The id of the school.")
    name: str = Field(description="Its name.")
    broken: int = Field(description="Breaches of musts.")
    unfilled: int = Field(description="Places at the school that nobody fills.")
    costs: dict[int, int] = Field(description="Priority to what the school's breaches cost at it.")
    minutes: int = Field(description="Minutes worked at the school.")
    lent: int = Field(description="Minutes that its people work at other schools.")
    borrowed: int = Field(description="Minutes that people of other schools work at it.")


class CheckedRota(Report):
    """A report with the cells of each breach, and what it means for each school."""

    marks: tuple[CellMark, ...] = Field(description="Every breach, at its cells.")
    schools: tuple[SchoolFigures, ...] = Field(description="What it means for each school.")


class _Concerned:
    """What the ids and dates that name a breach are about."""

    def __init__(self, facts: Facts, plan: Plan, cells: Sequence[RotaCell]) -> None:
        self._facts, self._plan = facts, plan
        self._school_ids = {school.id for school in facts.schools}
        self._of_person: dict[str, list[str]] = defaultdict(list)
        self._works_at: dict[str, list[str]] = defaultdict(list)
        self._of_day: dict[date, list[str]] = defaultdict(list)
        self._of_duty: dict[str, list[str]] = defaultdict(list)
        self._of_both: dict[tuple[str, date], list[str]] = defaultdict(list)
        for cell in cells:
            if cell.duty is not None:
                self._of_duty[cell.duty].append(cell.at)
            if cell.person is not None and cell.on is not None:
                self._of_both[cell.person, cell.on].append(cell.at)
                self._works_at[cell.person].append(cell.at)
            elif cell.person is not None:
                self._of_person[cell.person].append(cell.at)
            elif cell.on is not None and cell.duty is None:
                self._of_day[cell.on].append(cell.at)

    def cells(self, breach: Breach) -> tuple[str, ...]:
        """The cells of a breach: of the person on the date, of the duty, or of the row or column
        that are about it."""
        people, days, duties = self._parts(breach.where)
        found: list[str] = []
        for duty in duties:
            found += self._of_duty.get(duty, ())
        for person in people:
            own = [at for day in days for at in self._of_both.get((person, day), ())]
            if not own and not duties:
                own = self._of_person.get(person) or self._works_at.get(person, [])[:MOST_OF_A_ROW]
            found += own
        for day in () if people or found else (*days, *map(self._day, duties)):
            found += self._of_day.get(day, ())
        return tuple(dict.fromkeys(found))[:MOST_CELLS]

    def schools(self, breach: Breach) -> tuple[str, ...]:
        """The schools of a breach: of its duties, those that it names, or those of its people."""
        facts = self._facts
        people, days, duties = self._parts(breach.where)
        named = [id_ for id_ in breach.where if id_ in self._school_ids]
        there = [facts.schools[facts.duties[facts.duty_number[d]].school].id for d in duties]
        for person in () if named or there else people:
            number = facts.person_number[person]
            work = [stint for stint in self._plan.stints(number) if facts.date(stint.day) in days]
            there += [facts.schools[stint.school].id for stint in work]
            there += () if work else (facts.schools[facts.staff[number].home].id,)
        return tuple(dict.fromkeys((*named, *there)))

    def _parts(self, where: Sequence[str]) -> tuple[list[str], list[date], list[str]]:
        facts = self._facts
        days = []
        for part in where:
            try:
                days.append(date.fromisoformat(part))
            except ValueError:
                continue
        people = [part for part in where if part in facts.person_number]
        return people, days, [part for part in where if part in facts.duty_number]

    def _day(self, duty: str) -> date:
        facts = self._facts
        return facts.date(facts.duties[facts.duty_number[duty]].day)


def marks(
    facts: Facts, plan: Plan, report: Report, cells: Sequence[RotaCell]
) -> tuple[CellMark, ...]:
    """Every breach with its cells: musts first, then by priority."""
    concerned = _Concerned(facts, plan, cells)
    found = [
        CellMark(
            at=concerned.cells(breach),
            kind=finding.kind,
            priority=finding.priority,
            by_law=finding.by_law,
            sentence=breach.sentence,
            cost=0 if finding.priority == "must" else breach.amount * finding.weight,
            schools=concerned.schools(breach),
        )
        for finding in report.findings
        for breach in finding.breaches
    ]
    return tuple(sorted(found, key=lambda m: 0 if m.priority == "must" else m.priority))


def figures(facts: Facts, plan: Plan, report: Report) -> tuple[SchoolFigures, ...]:
    """What a schedule means for each school.

    A breach that concerns several schools counts at each of them.
    """
    broken: Counter[str] = Counter()
    costs: dict[str, Counter[int]] = defaultdict(Counter)
    for mark in marks(facts, plan, report, ()):
        for id_ in mark.schools:
            if mark.priority == "must":
                broken[id_] += 1
            else:
                costs[id_][mark.priority] += mark.cost
    here, lent, borrowed, unfilled = (Counter[int]() for _ in range(4))
    for person, school, minutes in _worked(facts, plan):
        here[school] += minutes
        if (home := facts.staff[person].home) != school:
            lent[home] += minutes
            borrowed[school] += minutes
    for duty in facts.duties:
        stint = plan.stint(duty)
        if stint is not None:
            missing = plan.wanted(duty) - len(plan.people(duty.number))
            unfilled[stint.school] += max(0, missing)
    return tuple(
        SchoolFigures(
            school=school.id,
            name=school.name,
            broken=broken[school.id],
            unfilled=unfilled[number],
            costs=dict(sorted((p, costs[school.id][p]) for p in report.costs)),
            minutes=here[number],
            lent=lent[number],
            borrowed=borrowed[number],
        )
        for number, school in enumerate(facts.schools)
    )


def _worked(facts: Facts, plan: Plan) -> Iterator[tuple[int, int, int]]:
    for staff in facts.staff:
        for stint in plan.stints(staff.number):
            if stint.duty is not None and stint.day >= 0:
                yield staff.number, stint.school, stint.minutes


def placed_in(marked: Iterable[Breach], facts: Facts, plan: Plan) -> set[tuple[str, str]]:
    """The placements that breaches are about, as ids of person and duty."""
    concerned = _Concerned(facts, plan, ())
    found: set[tuple[str, str]] = set()
    for breach in marked:
        people, days, duties = concerned._parts(breach.where)  # noqa: SLF001  # one thing
        for person in people:
            for duty in plan.duties(facts.person_number[person]):
                mine = duty.id in duties if duties else not days or facts.date(duty.day) in days
                if mine:
                    found.add((person, duty.id))
    return found
