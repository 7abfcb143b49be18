"""What must be true of contracts, secondments and years of working time: bad facts are refused."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from models.calendar import WeekOfCycle, Window
from models.collaboration import Secondment
from models.people import Contract, Person
from models.problem import Problem
from scheduler.faults import Found

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
    for number, booked in enumerate(problem.booked):
        person_ = people.get(booked.person)
        if person_ is not None and _contract(person_, booked.contract) is None:
            said = "is none of this person's contracts. Maybe another person's?"
            yield ("problem", "booked", number, "contract"), said
    yield from _secondments(problem, people)


def _shares(number: int, person: Person) -> Iterator[Found]:
    """The shares that are stated add up to one full post at the most, on every date."""
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
    for number, row in enumerate(problem.allowances):
        for other in problem.allowances[:number]:
            if other.id == row.id and max(row.first, other.first) <= min(row.last, other.last):
                said = "is in force at the same time as an earlier row with its id."
                yield (
                    ("problem", "allowances", number),
                    said + " Maybe end that one the day before?",
                )
                break


# ------------------------------------------------------------------ secondments


def _secondments(problem: Problem, people: dict[str, Person]) -> Iterator[Found]:
    seen: set[str] = set()
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
        yield from _clashing(problem, number, secondment)


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


def _clashing(problem: Problem, number: int, secondment: Secondment) -> Iterator[Found]:
    for other in problem.secondments[:number]:
        if other.person == secondment.person and other.host != secondment.host:
            day = _both(problem, secondment, other)
            if day is not None:
                yield (
                    ("problem", "secondments", number),
                    "puts this person at two hosts at once: an earlier secondment of theirs runs "
                    "at the same time. Maybe give each a pattern of its own days?",
                )
                return


def _both(problem: Problem, one: Secondment, other: Secondment) -> date | None:
    """The first date on which two secondments want a person at the same time."""
    cycle = WeekOfCycle(problem.cycle_start or problem.horizon.first)
    midday = problem.midday.hour * 60 + problem.midday.minute
    first, last = max(one.first, other.first), min(one.until, other.until)
    for step in range(min((last - first).days + 1, 7 * MOST_WEEKS)):
        day = first + timedelta(days=step)
        mine = _stretches(one.pattern, day, cycle, midday)
        theirs = _stretches(other.pattern, day, cycle, midday)
        if any(a < d and c < b for a, b in mine for c, d in theirs):
            return day
    return None


def _stretches(
    pattern: Sequence[Window] | None, day: date, cycle: WeekOfCycle, midday: int
) -> list[tuple[int, int]]:
    windows = (Window(),) if pattern is None else pattern
    return [s for w in windows if w.covers(day, cycle) for s in w.minutes(midday)]


def _contract(person: Person, id: str) -> Contract | None:
    return next((c for c in person.contracts if c.id == id), None)
