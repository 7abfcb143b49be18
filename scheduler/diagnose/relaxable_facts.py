"""Facts that could have been otherwise, and may take part in a clash: absences, patterns, the dates
of skills, contracts and secondments, pins, the calendars of schools, children, the dates of
activities, bookings."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from models.facts.facts import Facts
from models.problem.calendar import Window
from models.problem.collaboration import Secondment
from models.problem.people import Contract, HeldSkill, Person, WorkingWindow
from models.problem.problem import Activity, Problem
from scheduler.diagnose.calendar_facts import OF_SCHOOLS, calendar_facts, without_calendar_facts

MOST_DATES = 5
"""Dates in a sentence about an absence; more are counted."""


DATED = ("skills", "contracts")
"""Fields of a person whose entries may begin or end within the horizon."""

OF_PEOPLE = ("works", "away", *DATED)
"""Fields of a person that hold such facts."""

PLACED = ("pinned", "forbidden")
"""Fields of a problem that place somebody on a duty, or keep them off it."""

WHOLE = 1
"""The second fact of a secondment: that there is one at all; the first is its dates."""


@dataclass(frozen=True, order=True)
class RelaxableFact:
    """A fact that could have been otherwise: an absence, a working pattern, the dates of a skill, a
    contract or a secondment, a pin, a closure, an INSET day, a bank holiday, a holiday between
    terms, a row of children, the dates of an activity, a booking."""

    kind: str
    """The field of the problem, the person, the activity or the resource that holds it."""
    number: int
    """The place in the problem's list."""
    window: int = 0


def relaxable_facts_of(facts: Facts) -> Iterator[RelaxableFact]:
    """All such facts of a problem that say anything about its horizon."""
    problem = facts.problem
    for number, person in enumerate(problem.people):
        if person.works is not None and WorkingWindow() not in person.works:
            yield RelaxableFact("works", number)
        for place, window in enumerate(person.away):
            if days_of(facts, number, window):
                yield RelaxableFact("away", number, place)
        for field in DATED:
            for place, dated in enumerate(getattr(person, field)):
                if _undated(dated, facts) != dated:
                    yield RelaxableFact(field, number, place)
    for number in range(len(problem.schools)):
        for kind, place, _ in calendar_facts(facts, number):
            yield RelaxableFact(kind, number, place)
    for number, secondment in enumerate(problem.secondments):
        if _all_along(secondment, facts) != secondment:
            yield RelaxableFact("secondments", number)
        if any(secondment.runs_on(day) for day in facts.days):
            yield RelaxableFact("secondments", number, WHOLE)
    for number, children in enumerate(problem.children):
        if children.count and children.groups is None:
            yield RelaxableFact("children", number)
    for field in PLACED:
        for number in range(len(getattr(problem, field))):
            yield RelaxableFact(field, number)
    for number, activity in enumerate(problem.activities):
        if _at_any_date(activity) != activity:
            yield RelaxableFact("windows", number)
    for number, resource in enumerate(problem.resources):
        for place in range(len(resource.bookings)):
            yield RelaxableFact("bookings", number, place)


def may_matter(
    facts: Facts, given: RelaxableFact, places: Collection[tuple[int, tuple[str, ...]]]
) -> bool:
    """Whether a fact is about somebody whom some places name, or who could do a duty that they
    name, and not about other days only: those facts are looked at first."""
    named = {part for _, where in places for part in where}
    duties = [facts.duties[facts.duty_number[part]] for part in named if part in facts.duty_number]
    days = {duty.day for duty in duties}
    days |= {n for n, day in enumerate(facts.days) if day.isoformat() in named}
    if given.kind in PLACED:
        placement = getattr(facts.problem, given.kind)[given.number]
        there = facts.duty_number.get(placement.duty)
        same_day = there is None or not days or facts.duties[there].day in days
        return placement.person in named or same_day
    if given.kind in OF_SCHOOLS:
        covered = {(k, p): d for k, p, d in calendar_facts(facts, given.number)}
        return not days or not days.isdisjoint(covered[given.kind, given.window])
    if given.kind not in OF_PEOPLE:
        return True
    person = facts.problem.people[given.number]
    number = facts.person_number[person.id]
    somebody = any(part in facts.person_number for part in named)
    if person.id in named:
        return True
    if duties and not any(facts.qualified(number, duty) for duty in duties):
        return given.kind in DATED
    if somebody and not days:
        return False
    if given.kind != "away" or not days:
        return True
    return not days.isdisjoint(days_of(facts, given.number, person.away[given.window]))


def facts_with(facts: Facts, kept: Collection[RelaxableFact]) -> Facts:
    """The facts with no other absences, patterns, pins and so on than these."""
    dropped = set(relaxable_facts_of(facts)) - set(kept)
    return Facts(_problem_without(facts, dropped)) if dropped else facts


def _problem_without(facts: Facts, gone: Collection[RelaxableFact]) -> Problem:
    problem = facts.problem
    touched = {(given.kind in OF_PEOPLE, given.number) for given in gone}
    people = tuple(
        _person_without(facts, n, person, gone) if (True, n) in touched else person
        for n, person in enumerate(problem.people)
    )
    calendar: dict[int, set[tuple[str, int]]] = {}
    for given in gone:
        if given.kind in OF_SCHOOLS:
            calendar.setdefault(given.number, set()).add((given.kind, given.window))
    schools = tuple(
        without_calendar_facts(facts, n, calendar.get(n, ())) for n in range(len(problem.schools))
    )
    secondments = tuple(
        _all_along(secondment, facts) if RelaxableFact("secondments", n) in gone else secondment
        for n, secondment in enumerate(problem.secondments)
        if RelaxableFact("secondments", n, WHOLE) not in gone
    )
    children = tuple(
        row.model_copy(update={"count": 0}) if RelaxableFact("children", n) in gone else row
        for n, row in enumerate(problem.children)
    )
    placed = {
        field: tuple(
            p for n, p in enumerate(getattr(problem, field)) if RelaxableFact(field, n) not in gone
        )
        for field in PLACED
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
        update={
            "people": people,
            "schools": schools,
            "secondments": secondments,
            "children": children,
            "activities": activities,
            "resources": resources,
            **placed,
        }
    )


def _person_without(
    facts: Facts, number: int, person: Person, gone: Collection[RelaxableFact]
) -> Person:
    changed: dict[str, object] = {
        "away": tuple(
            w for m, w in enumerate(person.away) if RelaxableFact("away", number, m) not in gone
        )
    }
    if RelaxableFact("works", number) in gone:
        changed["works"] = at_any_time(person)
    for field in DATED:
        changed[field] = tuple(
            _undated(dated, facts) if RelaxableFact(field, number, m) in gone else dated
            for m, dated in enumerate(getattr(person, field))
        )
    return person.model_copy(update=changed)


def at_any_time(person: Person) -> tuple[WorkingWindow, ...] | None:
    """A pattern by which they could come at any time, and are at work without a duty as before."""
    at_work = tuple(w for w in person.works or () if w.at is not None)
    return (*at_work, WorkingWindow()) if at_work else None


def undated(facts: Facts, person: Person) -> Person:
    """Somebody whose skills and contracts run all through the horizon."""
    return person.model_copy(
        update={field: tuple(_undated(d, facts) for d in getattr(person, field)) for field in DATED}
    )


def _undated(dated: HeldSkill | Contract, facts: Facts) -> HeldSkill | Contract:
    """A skill or a contract on all days of the horizon."""
    begins = dated.first is not None and dated.first > facts.days[0]
    ends = dated.last is not None and dated.last < facts.days[-1]
    return dated.model_copy(update={"first": None, "last": None}) if begins or ends else dated


def _all_along(secondment: Secondment, facts: Facts) -> Secondment:
    """A secondment on all days of the horizon."""
    begins, ends = secondment.first > facts.days[0], secondment.until < facts.days[-1]
    if not begins and not ends:
        return secondment
    dates = {
        "first": min(secondment.first, facts.days[0]),
        "last": max(secondment.last, facts.days[-1]),
    }
    return secondment.model_copy(update={**dates, "ended": None})


def _at_any_date(activity: Activity) -> Activity:
    """The activity on any open day, at the times of day of its windows."""
    windows = tuple(
        w.model_copy(update={"weekdays": None, "first": None, "last": None, "weeks": None})
        for w in activity.windows
    )
    return activity.model_copy(update={"windows": tuple(dict.fromkeys(windows)), "dates": None})


def days_of(facts: Facts, person: int, window: Window) -> list[int]:
    """The days of the horizon that a window of a person covers."""
    week_of_cycle = facts.cycle_of(person)
    return [n for n, day in enumerate(facts.days) if window.covers(day, week_of_cycle)]


def span(facts: Facts, person: int, window: Window) -> str:
    """The dates of an absence: "from Mon 20 Apr to Fri 24 Apr"."""
    part = " for part of the day" if window.sessions or window.start or window.end else ""
    return f"{says_days(facts, days_of(facts, person, window))}{part}"


def says_days(facts: Facts, days: Sequence[int]) -> str:
    """Some days, in order: "from Mon 20 Apr to Fri 24 Apr", "on 20 days"."""
    if len(days) == days[-1] - days[0] + 1 > 1:
        return f"from {facts.says_day(days[0])} to {facts.says_day(days[-1])}"
    if len(days) <= MOST_DATES:
        return f"on {', '.join(facts.says_day(day) for day in days)}"
    return f"on {len(days)} days from {facts.says_day(days[0])} to {facts.says_day(days[-1])}"
