"""Whoever is seconded works at the host, and nowhere else, in the time that was agreed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from typing import TYPE_CHECKING, ClassVar, Literal

from models.calendar import WeekOfCycle
from models.collaboration import Secondment
from models.facts import Facts, Stint
from models.plan import Plan
from models.problem import Problem
from models.report import Authority, Breach
from scheduler.example import Example
from scheduler.rule import Rule, Scope

if TYPE_CHECKING:
    from solver.model import Model
    from solver.slack import Slack


class Seconded(Rule):
    """In the time of a secondment its person works at the host, and at no other school.

    The time is all dates from its first to its last, or to its early end, in its pattern. Their
    home school finds somebody else, and may have them back the day after. One breach for each duty
    elsewhere.
    """

    kind: Literal["seconded"] = "seconded"
    scope: ClassVar[Scope] = "person"
    unit: ClassVar[str] = "duties"
    usual_authority: ClassVar[Authority] = "agreement"
    always_on: ClassVar[bool] = True

    def __str__(self) -> str:
        return "Whoever is seconded works at the host school in the time that was agreed."

    def concerns(self, problem: Problem) -> bool:
        return bool(problem.secondments)

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.shapes import Cell

        for person, secondment in _seconded(model.facts):
            away: dict[int, set[int]] = {}
            for stint in model.stints_of(person):
                if _is_elsewhere(model.facts, secondment, stint):
                    away.setdefault(stint.duty, set()).add(stint.number)
            for duty, stints in away.items():
                where = (secondment.person, secondment.id, model.facts.duties[duty].id)
                model.declare(Cell(person, where, frozenset(stints), 1), slack)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for person, secondment in _seconded(facts):
            host = facts.school_name(facts.school_number(secondment.host))
            for stint in plan.stints(person):
                if stint.duty >= 0 and _is_elsewhere(facts, secondment, stint):
                    duty = facts.duties[stint.duty]
                    yield Breach(
                        where=(secondment.person, secondment.id, duty.id),
                        amount=1,
                        sentence=f"{facts.name(person)} is on {duty.name} at "
                        f"{facts.school_name(duty.school)} on {facts.says_day(stint.day)}, but is "
                        f"seconded to {host} then.",
                    )


def _seconded(facts: Facts) -> Iterator[tuple[int, Secondment]]:
    if not facts.problem.secondments:
        return
    for person in facts.people():
        for secondment in facts.problem.secondments:
            if secondment.person == person.id:
                yield person.number, secondment


def _is_elsewhere(facts: Facts, secondment: Secondment, stint: Stint) -> bool:
    when = facts.date(stint.day)
    if facts.schools[stint.school].id == secondment.host or not secondment.runs_on(when):
        return False
    if secondment.pattern is None:
        return True
    cycle = WeekOfCycle(facts.problem.cycle_start or facts.first)
    midday = facts.problem.midday.hour * 60 + facts.problem.midday.minute
    midnight = datetime.combine(when, time())
    start, end = (
        (facts.local(minute) - midnight).total_seconds() / 60 for minute in (stint.start, stint.end)
    )
    return any(
        low < end and start < high
        for window in secondment.pattern
        if window.covers(when, cycle)
        for low, high in window.minutes(midday)
    )


_SCHOOLS = {
    "roles": {"ta": "teaching assistant"},
    "schools": [
        {"id": "S", "name": "Oakfield"},
        {"id": "T", "name": "Fellside"},
    ],
}
_FULL = {
    "id": "s1",
    "person": "Ann",
    "contract": "c",
    "host": "T",
    "first": "2025-09-01",
    "last": "2026-01-06",
}
_PART = {**_FULL, "pattern": [{"weekdays": ["tue"], "sessions": ["pm"]}], "last": "2026-08-31"}
_ANN = {"Ann": {"contracts": [{"id": "c", "role": "ta", "school": "S"}]}}
_AT_HOST = {"A": {"school": "T"}, "M": {}}

EXAMPLES = [
    Example(Seconded(), "Ann A A M", [], _AT_HOST, _ANN, {**_SCHOOLS, "secondments": [_FULL]}),
    Example(Seconded(), "Ann M MA", [], _AT_HOST, _ANN, {**_SCHOOLS, "secondments": [_PART]}),
    Example(
        Seconded(),
        "Ann A M",
        ["Ann is on Morning at Oakfield on Tue 6 Jan, but is seconded to Fellside then."],
        _AT_HOST,
        _ANN,
        {**_SCHOOLS, "secondments": [_FULL]},
    ),
    Example(
        Seconded(),
        "Ann M M",
        ["Ann is on Morning at Oakfield on Mon 5 Jan, but is seconded to Fellside then."],
        _AT_HOST,
        _ANN,
        {**_SCHOOLS, "secondments": [{**_FULL, "ended": "2026-01-05"}]},
    ),
]
