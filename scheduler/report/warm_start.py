"""The schedule that a new search of a request begins from."""

from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.problem import Placement, Published
from scheduler.intake.request import RotaRequest
from scheduler.rulebook.check import check


def begin_from(request: RotaRequest) -> Schedule | None:
    """The published schedule without what cannot be any more, if no must is broken by it."""
    told = request.problem.published
    if told is None:
        return None
    held = Schedule(placements=told.placements, times=told.times, groups=told.groups)
    return fitting(request, held)


def fitting(request: RotaRequest, schedule: Schedule) -> Schedule | None:
    """What of a schedule can still be, if no must is broken by it."""
    facts = Facts(request.problem)
    still = _still(facts, schedule)
    kept = Schedule(
        placements=tuple(p for p in still.placements if _possible(facts, p)),
        times=still.times,
        groups=still.groups,
    )
    report = check(facts, request.all_rules, Plan.of(facts, kept))
    return None if report.broken_musts else kept


def _possible(facts: Facts, placement: Placement) -> bool:
    duty = facts.duties[facts.duty_number[placement.duty]]
    person = facts.person_number[placement.person]
    if not facts.can(person, duty):
        return False
    return duty.is_flexible or facts.free(person, duty.stints[0])


def _still(facts: Facts, schedule: Schedule) -> Published:
    """A schedule without people, duties and children that are there no more."""
    return Published(
        placements=tuple(
            p
            for p in schedule.placements
            if p.person in facts.person_number and p.duty in facts.duty_number
        ),
        times=tuple(t for t in schedule.times if t.activity in facts.occasion_number),
        groups=tuple(g for g in schedule.groups if g.children in facts.pupils_number),
    )
