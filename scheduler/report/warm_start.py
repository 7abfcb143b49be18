"""The schedule that a new search of a request begins from."""

from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.problem.problem import Placement, Published
from scheduler.intake.case import Case


def begin_from(case: Case) -> Schedule | None:
    """The published schedule without what is no longer possible; None if that breaks a must."""
    told = case.request.problem.published
    if told is None:
        return None
    held = Schedule(placements=told.placements, times=told.times, groups=told.groups)
    return fitting(case, held)


def fitting(case: Case, schedule: Schedule) -> Schedule | None:
    """The part of a schedule that is still possible; None if that breaks a must."""
    facts = case.facts
    still = still_there(facts, schedule)
    kept = Schedule(
        placements=tuple(p for p in still.placements if is_possible(facts, p)),
        times=still.times,
        groups=still.groups,
    )
    return None if case.check(kept).broken_musts else kept


def is_possible(facts: Facts, placement: Placement) -> bool:
    """Whether a person can still come to a duty, by their skills and their availability."""
    duty = facts.duties[facts.duty_number[placement.duty]]
    person = facts.person_number[placement.person]
    if not facts.can(person, duty):
        return False
    return duty.is_flexible or facts.free(person, duty.stints[0])


def still_there(facts: Facts, schedule: Schedule) -> Published:
    """A schedule without the people, duties and children that no longer exist."""
    return facts.still_there(
        Published(placements=schedule.placements, times=schedule.times, groups=schedule.groups)
    )
