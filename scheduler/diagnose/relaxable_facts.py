"""Facts that could have been otherwise, and may take part in a clash: absences, patterns, pins,
the dates of activities, bookings."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from models.facts.facts import Facts
from models.problem.calendar import WeekOfCycle, Window
from models.problem.problem import Activity, Problem

MOST_DATES = 5
"""Dates in a sentence about an absence; more are counted."""


@dataclass(frozen=True, order=True)
class RelaxableFact:
    """A fact that could have been otherwise: an absence, a working pattern, a pin, the dates of an
    activity, a booking of a resource."""

    kind: str
    """The field of the problem, the person, the activity or the resource that holds it."""
    number: int
    """The place in the problem's list."""
    window: int = 0


def relaxable_facts_of(facts: Facts) -> Iterator[RelaxableFact]:
    """The absences, working patterns, pins, dates and bookings of a problem."""
    problem = facts.problem
    for number, person in enumerate(problem.people):
        if person.works is not None:
            yield RelaxableFact("works", number)
        for place, window in enumerate(person.away):
            if _days_of(facts, window):
                yield RelaxableFact("away", number, place)
    for field in ("pinned", "forbidden"):
        for number in range(len(getattr(problem, field))):
            yield RelaxableFact(field, number)
    for number, activity in enumerate(problem.activities):
        if _at_any_date(activity) != activity:
            yield RelaxableFact("windows", number)
    for number, resource in enumerate(problem.resources):
        for place in range(len(resource.bookings)):
            yield RelaxableFact("bookings", number, place)


def facts_with(facts: Facts, kept: Collection[RelaxableFact]) -> Facts:
    """The facts with no other absences, patterns and pins than these."""
    dropped = set(relaxable_facts_of(facts)) - set(kept)
    return Facts(_problem_without(facts.problem, dropped)) if dropped else facts


def _problem_without(problem: Problem, gone: Collection[RelaxableFact]) -> Problem:
    people = tuple(
        person.model_copy(
            update={
                "works": None if RelaxableFact("works", n) in gone else person.works,
                "away": tuple(
                    w for m, w in enumerate(person.away) if RelaxableFact("away", n, m) not in gone
                ),
            }
        )
        for n, person in enumerate(problem.people)
    )
    placed = {
        field: tuple(
            p for n, p in enumerate(getattr(problem, field)) if RelaxableFact(field, n) not in gone
        )
        for field in ("pinned", "forbidden")
    }
    activities = tuple(
        _at_any_date(activity) if RelaxableFact("windows", n) in gone else activity
        for n, activity in enumerate(problem.activities)
    )
    resources = tuple(
        resource.model_copy(
            update={
                "bookings": tuple(
                    b
                    for m, b in enumerate(resource.bookings)
                    if RelaxableFact("bookings", n, m) not in gone
                )
            }
        )
        for n, resource in enumerate(problem.resources)
    )
    return problem.model_copy(
        update={"people": people, "activities": activities, "resources": resources, **placed}
    )


def _at_any_date(activity: Activity) -> Activity:
    """The activity on any open day, at the times of day of its windows."""
    windows = tuple(
        w.model_copy(update={"weekdays": None, "first": None, "last": None, "weeks": None})
        for w in activity.windows
    )
    return activity.model_copy(update={"windows": tuple(dict.fromkeys(windows)), "dates": None})


def _days_of(facts: Facts, window: Window) -> list[int]:
    week_of_cycle = WeekOfCycle(facts.problem.cycle_start or facts.first)
    return [n for n, day in enumerate(facts.days) if window.covers(day, week_of_cycle)]


def span(facts: Facts, window: Window) -> str:
    """The dates of an absence: "from Mon 20 Apr to Fri 24 Apr"."""
    part = " for part of the day" if window.sessions or window.start or window.end else ""
    return f"{says_days(facts, _days_of(facts, window))}{part}"


def says_days(facts: Facts, days: Sequence[int]) -> str:
    """Some days, in order: "from Mon 20 Apr to Fri 24 Apr", "on 20 days"."""
    if len(days) == days[-1] - days[0] + 1 > 1:
        return f"from {facts.says_day(days[0])} to {facts.says_day(days[-1])}"
    if len(days) <= MOST_DATES:
        return f"on {', '.join(facts.says_day(day) for day in days)}"
    return f"on {len(days)} days from {facts.says_day(days[0])} to {facts.says_day(days[-1])}"
