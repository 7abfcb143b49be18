"""Why a person is, or is not, on a duty of a schedule; who else could; and at what price."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from models.answer.report import Report
from models.answer.result import Level
from models.answer.schedule import Schedule
from models.answer.what_if import (
    CandidatesAnswer,
    CandidatesRequest,
    ExplainAnswer,
    ExplainRequest,
    TryAnswer,
    WhyDuty,
)
from models.facts.facts import Duty, Facts
from models.facts.plan import Plan
from scheduler.answers.trial import judged, unknown
from scheduler.intake.case import Case
from scheduler.intake.validation_errors import Fault, InvalidRequest
from scheduler.report.cover_candidates import who_could_fill
from scheduler.report.unfilled import at_that_time, why_unable

MOST_DUTIES = 12
"""Duties of a day that are explained to somebody who has none on it."""

MOST_INSTEAD = 5
"""People who could be on a duty instead, in an explanation."""


@dataclass(frozen=True)
class AskedSchedule:
    """A schedule that is asked about, with what is known of it."""

    case: Case
    schedule: Schedule
    plan: Plan
    report: Report | None = None
    levels: tuple[Level, ...] = ()


def candidates(given: AskedSchedule, asked: CandidatesRequest) -> CandidatesAnswer:
    """Who else could be on a duty, the best first, and why others who meet its need cannot.

    Raises:
        InvalidRequest: there is no such duty, or the person is not on it.
    """
    facts, plan = given.case.facts, given.plan
    duty = _duty(facts, asked.duty)
    if asked.instead_of is not None:
        person = _person(facts, asked.instead_of, "instead_of")
        if not plan.works(person, duty.number):
            said, hint = "is not on this duty.", "Maybe leave it out?"
            raise InvalidRequest([Fault(pointer="/instead_of", message=said, hint=hint)])
    found = who_could_fill(
        given.case, given.schedule, duty.id, asked.most, instead_of=asked.instead_of
    )
    unable = (
        why_unable(facts, plan, duty, staff.number)
        for staff in facts.staff
        if facts.qualified(staff.number, duty, plan.stint(duty))
        and not plan.works(staff.number, duty.number)
    )
    return CandidatesAnswer(
        duty=duty.id,
        name=facts.says_duty(duty),
        missing=found.missing,
        candidates=found.candidates,
        more=found.more,
        unable=tuple(one for one in unable if one is not None),
    )


def explained(given: AskedSchedule, asked: ExplainRequest) -> ExplainAnswer:
    """Why a person is, or is not, on a duty, or where they are on a day.

    Raises:
        InvalidRequest: there is no such person, duty or day.
    """
    facts = given.case.facts
    person = _person(facts, asked.person, "person")
    before: tuple[str, ...] = ()
    if asked.duty is not None:
        chosen = [_duty(facts, asked.duty)]
    else:
        chosen, before = _of_day(given, person, asked)
    why = tuple(_why(given, person, duty) for duty in chosen)
    return ExplainAnswer(
        person=asked.person,
        name=facts.name(person),
        duties=why,
        sentences=(*before, *(sentence for one in why for sentence in one.sentences)),
    )


def _of_day(
    given: AskedSchedule, person: int, asked: ExplainRequest
) -> tuple[list[Duty], tuple[str, ...]]:
    """The person's duties on a day; if there are none, those that they could do."""
    facts, plan = given.case.facts, given.plan
    assert asked.day is not None
    if not facts.first <= asked.day <= facts.days[-1]:
        hint = f"Maybe one from {facts.first} to {facts.days[-1]}?"
        said = "is not in the horizon."
        raise InvalidRequest([Fault(pointer="/day", message=said, hint=hint)])
    day = facts.day(asked.day)
    here = [s for s in plan.stints(person) if s.duty >= 0 and s.day == day]
    if here:
        return [facts.duties[s.duty] for s in here], ()
    name, when = facts.name(person), facts.says_day(day)
    away = facts.away_on(person, day) == "wholly"
    said = f"{name} is away on {when}." if away else f"{name} has no duty on {when}."
    able = [
        duty
        for duty in facts.possible[person]
        if any(s.day == day for s in duty.stints) and plan.stint(duty) is not None
    ]
    if not able and not away:
        said += " There is none on that day that they may do and could come for."
    return able[:MOST_DUTIES], (said,)


def _why(given: AskedSchedule, person: int, duty: Duty) -> WhyDuty:
    facts, plan = given.case.facts, given.plan
    name, said = facts.name(person), facts.says_duty(duty)
    if plan.works(person, duty.number):
        rest = plan.cells - {(person, duty.number)}
        off = _judged(given, rest, f"{name} comes off {said}.")
        who = facts.staff[person].id
        found = who_could_fill(
            given.case, given.schedule, duty.id, MOST_INSTEAD, instead_of=who
        ).candidates
        why: Literal["pinned", "placed"] = "pinned" if _is_pinned(facts, who, duty) else "placed"
        return WhyDuty(
            duty=duty.id,
            there=True,
            why=why,
            sentences=tuple(_there(given, person, duty, off, len(found))),
            otherwise=off,
            instead=found,
        )
    reason, sentence = _why_not(given, person, duty)
    if reason in ("unqualified", "unavailable", "busy", "forbidden"):
        return WhyDuty(
            duty=duty.id, there=False, why=reason, sentences=(sentence,), otherwise=None, instead=()
        )
    more = _judged(given, plan.cells | {(person, duty.number)}, f"{name} is on {said} as well.")
    also = [sentence, f"If {name} were on it as well: {more.sentence}"]
    for other in plan.people(duty.number):
        cells = (plan.cells - {(other, duty.number)}) | {(person, duty.number)}
        instead = _judged(given, cells, f"{name} is on {said} instead of {facts.name(other)}.")
        also.append(f"Instead of {facts.name(other)}: {instead.sentence}")
    return WhyDuty(
        duty=duty.id,
        there=False,
        why="not_chosen",
        sentences=(*also, *_may_move(more)),
        otherwise=more,
        instead=(),
    )


def _there(
    given: AskedSchedule, person: int, duty: Duty, off: TryAnswer, others: int
) -> Iterator[str]:
    facts = given.case.facts
    name, said = facts.name(person), facts.says_duty(duty)
    if _is_pinned(facts, facts.staff[person].id, duty):
        yield f"{name} is on {said} because the request pins it."
    else:
        wanted, there = given.plan.wanted(duty), len(given.plan.people(duty.number))
        yield f"{name} is on {said}, which needs {wanted} and has {there}."
    yield f"If {name} were not: {off.sentence}"
    if not others:
        yield "Nobody else who meets its need is free then."
    yield from _may_move(off)


def _may_move(found: TryAnswer) -> Iterator[str]:
    """That a price is exact while the rest stays, and the least that was proved."""
    first = next((cost for cost in found.costs if cost.change > 0), None)
    if first is None:
        return
    said = "That is exact while the rest stays as it is; if the rest moves too, it may cost less"
    if first.at_least is None:
        yield f"{said}."
    else:
        yield f"{said}, at priority {first.priority} never below {first.at_least} in all."


def _why_not(
    given: AskedSchedule, person: int, duty: Duty
) -> tuple[Literal["unqualified", "unavailable", "busy", "forbidden", "not_chosen"], str]:
    facts, plan = given.case.facts, given.plan
    name, said = facts.name(person), facts.says_duty(duty)
    stint = plan.stint(duty) or duty.stints[0]
    if not facts.qualified(person, duty, plan.stint(duty)):
        return "unqualified", f"{name} does not meet the need of {said}."
    away = facts.why_away(person, stint)
    if away is not None:
        return "unavailable", f"{name} {away}."
    key = (facts.staff[person].id, duty.id)
    if key in {(p.person, p.duty) for p in facts.problem.forbidden}:
        return "forbidden", f"The request keeps {name} off {said}."
    other = at_that_time(plan, person, stint)
    if other is not None:
        return "busy", f"{name} is on {facts.says_duty(other)} at that time."
    return "not_chosen", f"{name} could be on {said} and is not."


def _judged(given: AskedSchedule, cells: frozenset[tuple[int, int]], words: str) -> TryAnswer:
    return judged(given.case, given.plan, cells, (words,), given.report, given.levels)


def _is_pinned(facts: Facts, person: str, duty: Duty) -> bool:
    return (person, duty.id) in {(p.person, p.duty) for p in facts.problem.pinned}


def _person(facts: Facts, id: str, field: str) -> int:
    if id not in facts.person_number:
        raise InvalidRequest([unknown(id, facts.person_number, (field,), "nobody on this rota")])
    return facts.person_number[id]


def _duty(facts: Facts, id: str) -> Duty:
    if id not in facts.duty_number:
        raise InvalidRequest([unknown(id, facts.duty_number, ("duty",), "no duty of this rota")])
    return facts.duties[facts.duty_number[id]]
