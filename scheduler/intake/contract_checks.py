"""What must be true of contracts, secondments and years of working time: bad facts are refused."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from models.facts.weeks import CycleWeeks
from models.problem.calendar import Window
from models.problem.collaboration import Secondment
from models.problem.people import Contract, Person
from models.problem.problem import Problem
from scheduler.intake.validation_errors import Found

FULL = 100
"""A full-time post, in hundredths."""

MOST_WEEKS = 52
"""Weeks of two overlapping secondments that are compared day by day; patterns repeat sooner."""


def of_problem(problem: Problem) -> Iterator[Found]:
    """Contracts, secondments and booked time that cannot be as they are said to be."""
    people = {person.id: person for person in problem.people}
    for number, person in enumerate(problem.people):
        yield from _shares(number, person)
    yield from _allowances(problem)
    yield from _paid_weeks(problem)
    for number, booked in enumerate(problem.booked):
        person_ = people.get(booked.person)
        if person_ is not None and _contract(person_, booked.contract) is None:
            said = "is none of this person's contracts. Maybe another person's?"
            yield ("problem", "booked", number, "contract"), said
    yield from _secondments(problem, people)


def _shares(number: int, person: Person) -> Iterator[Found]:
    """The shares that are stated add up to one full post at most, on every date."""
    for place, contract in enumerate(person.contracts):
        if contract.fte_percent is None:
            continue
        # The sum can only grow where a contract begins.
        begins = contract.first or date.min
        together = sum(
            other.fte_percent or 0
            for n, other in enumerate(person.contracts)
            if other.runs_on(begins) and (n <= place or other.first != contract.first)
        )
        if together > FULL:
            yield (
                ("problem", "people", number, "contracts", place, "fte_percent"),
                "makes more than 100 percent with the contracts in force at the same time. Maybe "
                "one of them has ended, and should say so in last?",
            )


def _allowances(problem: Problem) -> Iterator[Found]:
    """The years of one allowance do not overlap."""
    in_order = sorted(range(len(problem.allowances)), key=lambda n: problem.allowances[n].first)
    until: dict[str, tuple[date, int]] = {}
    for number in in_order:
        row = problem.allowances[number]
        last, other = until.get(row.id, (date.min, number))
        if row.first <= last:
            said = "is in force at the same time as another row with its id."
            place = ("problem", "allowances", max(number, other))
            yield place, said + " Maybe end the earlier one the day before?"
        until[row.id] = max((last, other), (row.last, number))


def _paid_weeks(problem: Problem) -> Iterator[Found]:
    """For one length of service one row holds at a time; contracts that name a table have weeks."""
    until: dict[tuple[str, int, int], date] = {}
    in_order = sorted(enumerate(problem.paid_weeks), key=lambda row: row[1].first or date.min)
    for number, row in in_order:
        alike = (row.id, row.weeks, row.service_years)
        if alike in until and (row.first or date.min) <= until[alike]:
            said = "is in force at the same time as another row for the same weeks and service."
            yield ("problem", "paid_weeks", number), said + " Maybe end the earlier one before?"
        until[alike] = max(until.get(alike, date.min), row.last or date.max)
    for number, person in enumerate(problem.people):
        for place, contract in enumerate(person.contracts):
            if contract.paid_weeks is not None and contract.weeks_per_year is None:
                said = "needs weeks_per_year beside it: the table goes by the weeks worked."
                yield ("problem", "people", number, "contracts", place, "paid_weeks"), said


# ------------------------------------------------------------------ secondments


def _secondments(problem: Problem, people: dict[str, Person]) -> Iterator[Found]:
    seen: set[str] = set()
    before: dict[str, list[Secondment]] = defaultdict(list)
    for number, secondment in enumerate(problem.secondments):
        path = ("problem", "secondments", number)
        if secondment.id in seen:
            yield (*path, "id"), "is given twice. Maybe one of them is meant otherwise?"
        seen.add(secondment.id)
        person = people.get(secondment.person)
        if person is None:
            continue
        contract = _contract(person, secondment.contract)
        if contract is None:
            said = "is none of this person's contracts. Maybe another person's?"
            yield (*path, "contract"), said
            continue
        for field, said in _beyond(secondment, contract):
            yield (*path, field), said
        if any(_both(problem, secondment, other) for other in before[person.id]):
            yield (
                path,
                "puts this person at two hosts at once: an earlier secondment of theirs runs at "
                "the same time. Maybe give each a pattern of its own days?",
            )
        before[person.id].append(secondment)


def _beyond(secondment: Secondment, contract: Contract) -> Iterator[tuple[str, str]]:
    if contract.first is not None and secondment.first < contract.first:
        said = (
            "is before the contract begins: nobody is seconded whom the employer does not employ."
        )
        yield "first", said
    if contract.last is not None and secondment.until > contract.last:
        said = (
            "is after the contract ends. Maybe extend the contract, or end the secondment with it?"
        )
        yield "ended" if secondment.ended else "last", said
    if secondment.host == contract.school:
        yield "host", "is the contract's own place of work. Maybe the other school is meant?"


def _both(problem: Problem, one: Secondment, other: Secondment) -> bool:
    """Whether two hosts want a person at the same time."""
    if one.host == other.host:
        return False
    cycles = CycleWeeks(problem)
    midday = problem.midday.hour * 60 + problem.midday.minute
    first, last = max(one.first, other.first), min(one.until, other.until)
    for step in range(min((last - first).days + 1, 7 * MOST_WEEKS)):
        day = first + timedelta(days=step)
        mine = _stretches(one, day, cycles, midday)
        theirs = _stretches(other, day, cycles, midday)
        if any(a < d and c < b for a, b in mine for c, d in theirs):
            return True
    return False


def _stretches(
    secondment: Secondment, day: date, cycles: CycleWeeks, midday: int
) -> list[tuple[int, int]]:
    windows = (Window(),) if secondment.pattern is None else secondment.pattern
    cycle = cycles.at(secondment.host)
    return [s for w in windows if w.covers(day, cycle) for s in w.minutes(midday)]


def _contract(person: Person, id: str) -> Contract | None:
    return next((c for c in person.contracts if c.id == id), None)
