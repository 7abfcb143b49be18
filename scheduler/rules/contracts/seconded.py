"""Anybody seconded works at the host, and nowhere else, during the agreed time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from typing import Literal

from models.problem.collaboration import Secondment
from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    Model,
    Plan,
    Problem,
    Rule,
    Slack,
    Stint,
)


class Seconded(Rule):
    """During a secondment its person works at the host school and at no other.

    A secondment runs from its first date to its last, or to its early end, at the times of its
    pattern. At other times its person is on no shift of the host, unless they have a contract
    there; joint activities may still take place there. There is one breach for each duty elsewhere,
    and for each shift outside the agreed time.
    """

    kind: Literal["seconded"] = "seconded"
    scope = "person"
    unit = "duties"
    short = "Secondments"
    usual_authority = "agreement"
    always_on = True

    def __str__(self) -> str:
        return "Anybody seconded works at the host school during the agreed time."

    def concerns(self, problem: Problem) -> bool:
        return bool(problem.secondments)

    def encode(self, model: Model, slack: Slack) -> None:
        from solver.language.shapes import CellCost

        for person, secondments in _seconded(model.facts):
            wrong: dict[tuple[str, int], set[int]] = {}
            for stint in model.stints_of(person):
                for secondment in secondments:
                    if _is_elsewhere(model.facts, secondment, stint):
                        wrong.setdefault((secondment.id, stint.duty), set()).add(stint.number)
                if host := _is_out_of_time(model.facts, person, secondments, stint):
                    wrong.setdefault((host, stint.duty), set()).add(stint.number)
            for (of, duty), stints in wrong.items():
                where = (model.facts.staff[person].id, of, model.facts.duties[duty].id)
                model.declare(CellCost(person, where, frozenset(stints), 1), slack)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for person, secondments in _seconded(facts):
            for stint in plan.stints(person):
                if stint.duty < 0:
                    continue
                duty, school = facts.duties[stint.duty], facts.school_name(stint.school)
                head = f"{facts.name(person)} is on {duty.name} at {school} on "
                head += facts.says_day(stint.day)
                for secondment in secondments:
                    if _is_elsewhere(facts, secondment, stint):
                        host = facts.school_name(facts.school_number(secondment.host))
                        yield Breach(
                            where=(secondment.person, secondment.id, duty.id),
                            amount=1,
                            sentence=f"{head}, but is seconded to {host} then.",
                        )
                if left := _is_out_of_time(facts, person, secondments, stint):
                    yield Breach(
                        where=(facts.staff[person].id, left, duty.id),
                        amount=1,
                        sentence=f"{head}, but is not seconded there then.",
                    )


def _seconded(facts: Facts) -> Iterator[tuple[int, list[Secondment]]]:
    if not facts.problem.secondments:
        return
    for person in facts.people():
        mine = [s for s in facts.problem.secondments if s.person == person.id]
        if mine:
            yield person.number, mine


def _is_elsewhere(facts: Facts, secondment: Secondment, stint: Stint) -> bool:
    at_host = facts.schools[stint.school].id == secondment.host
    return not at_host and _is_in_time(facts, secondment, stint)


def _is_out_of_time(
    facts: Facts, person: int, secondments: list[Secondment], stint: Stint
) -> str | None:
    """The host, if a stint is a shift there at a time when no secondment to it runs."""
    school, when = facts.schools[stint.school].id, facts.date(stint.day)
    to_it = [s for s in secondments if s.host == school]
    duty = facts.duties[stint.duty]
    if not to_it or facts.occasions[duty.occasion].is_activity:
        return None
    held = facts.staff[person].person.contracts
    if any(contract.school == school and contract.runs_on(when) for contract in held):
        return None
    return None if any(_is_in_time(facts, s, stint) for s in to_it) else school


def _is_in_time(facts: Facts, secondment: Secondment, stint: Stint) -> bool:
    when = facts.date(stint.day)
    if not secondment.runs_on(when):
        return False
    if secondment.pattern is None:
        return True
    cycle = facts.cycle_at(facts.school_number(secondment.host))
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
        "Ann A A",
        ["Ann is on Afternoon at Fellside on Mon 5 Jan, but is not seconded there then."],
        _AT_HOST,
        _ANN,
        {**_SCHOOLS, "secondments": [_PART]},
    ),
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
        "Ann M AM",
        [
            "Ann is on Morning at Oakfield on Mon 5 Jan, but is seconded to Fellside then.",
            "Ann is on Afternoon at Fellside on Tue 6 Jan, but is not seconded there then.",
        ],
        _AT_HOST,
        _ANN,
        {**_SCHOOLS, "secondments": [{**_FULL, "ended": "2026-01-05"}]},
    ),
]
