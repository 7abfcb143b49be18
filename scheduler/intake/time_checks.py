"""Times that cannot be meant: those that the clocks leave out, and ends that come too late."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from models.facts.attendance import at_school
from models.facts.facts import Facts
from models.problem.calendar import duration
from models.problem.problem import DAY_MINUTES, Problem, ShiftChange
from scheduler.intake.validation_errors import Found, Path

MOST_SHIFT = 16 * 60
"""Minutes beyond which a shift is taken for a slip, if a change of one of its times made it so."""


def of_problem(problem: Problem) -> Iterator[Found]:
    """Changes of one time of a shift that take it into the next day; ends before starts."""
    for number, shift in enumerate(problem.shifts):
        for place, change in enumerate(shift.exceptions):
            if change.cancelled or (change.start is None) == (change.end is None):
                continue
            lasts = _lasts(change.start or shift.start, change.end or shift.end)
            if lasts <= MOST_SHIFT or _lasts(shift.start, shift.end) > MOST_SHIFT:
                continue
            given, other = ("end", "start") if change.start is None else ("start", "end")
            yield (
                ("problem", "shifts", number, "exceptions", place, given),
                f"makes the shift last {duration(lasts)} with its usual {other}, into the next "
                f"day. Maybe give the {other} of that date as well?",
            )
    yield from _cycles(problem)
    days = {school.id: (school.day_start, school.day_end) for school in problem.schools}
    for number, row in enumerate(problem.children):
        start, end = days.get(row.at, (None, None))
        start, end = row.start or start, row.end or end
        if start is not None and end is not None and end <= start:
            field = "start" if row.end is None else "end"
            said = "lets the children leave before they come. Maybe give both start and end?"
            yield ("problem", "children", number, field), said


def _cycles(problem: Problem) -> Iterator[Found]:
    """Teaching weeks that are counted from outside the terms that are given."""
    for number, school in enumerate(problem.schools):
        if school.cycle is None or school.cycle.counts != "teaching" or not school.terms:
            continue
        start = school.cycle.start
        path: Path = ("problem", "schools", number, "cycle", "start")
        # The week that a term begins in counts from its Monday.
        if start < min(term.first for term in school.terms) - timedelta(days=6):
            said = "is before every term that is given, and weeks without one do not count."
            yield path, f"{said} Maybe give the terms since then, or a later date in week 1?"
        elif start > max(term.last for term in school.terms):
            said = "is after every term that is given. Maybe give the terms since then, or an "
            yield path, f"{said}earlier date in week 1?"


def of_attendance(facts: Facts) -> Iterator[Found]:
    """Patterns that name a school at no time of its day, or two schools at one time."""
    problem = facts.problem
    schools = {school.id: school for school in problem.schools}
    midday = problem.midday.hour * 60 + problem.midday.minute
    for number in sorted(facts.attendance.people):
        person = problem.people[number]
        path: Path = ("problem", "people", number, "works")
        for place, window in enumerate(person.works or ()):
            school = schools.get(window.at or "")
            if school is not None and not at_school(window, school, midday):
                yield (
                    (*path, place),
                    f"has them at work at {school.name} at no time: its day is from "
                    f"{school.day_start:%H:%M} to {school.day_end:%H:%M}. Maybe give both start "
                    "and end?",
                )
        if twice := _in_two_places(facts, number):
            yield path, twice


def _in_two_places(facts: Facts, person: int) -> str | None:
    """What is wrong with a pattern that has somebody at two schools at one time."""
    for day in range(len(facts.days)):
        rows = sorted(
            (a, b, school)
            for school, stretches in facts.attendance.of_day(person, day).items()
            for a, b in stretches
        )
        for (_, end, one), (start, _, other) in pairwise(rows):
            if start < end:
                return (
                    f"has them at {facts.school_name(one)} and at {facts.school_name(other)} at "
                    f"{facts.says_time(start)} on {facts.says_day(day)}. Maybe one of the two "
                    "ends earlier, or is on other days?"
                )
    return None


def _lasts(start: time, end: time) -> int:
    """Minutes on the clock from one time to the next such end."""
    first, last = (at.hour * 60 + at.minute for at in (start, end))
    return last - first + (DAY_MINUTES if last <= first else 0)


def of_clock_changes(facts: Facts) -> Iterator[Found]:
    """Local times that no clock ever shows: those of the hour that is left out in spring."""
    leaps = _leaps(facts)
    if leaps:
        yield from _shifts(facts, leaps)
    at: Path = ("problem",)
    for number, row in enumerate(facts.problem.history):
        for field, when in (("start", row.start), ("end", row.end)):
            yield from _moment(facts, (*at, "history", number, field), when)
    for number, resource in enumerate(facts.problem.resources):
        for place, booking in enumerate(resource.bookings):
            path = (*at, "resources", number, "bookings", place)
            for field, when in (("start", booking.start), ("end", booking.end)):
                yield from _moment(facts, (*path, field), when)


def _leaps(facts: Facts) -> set[date]:
    """The dates of the horizon, and the day after it, on which the clocks go forward."""
    days = (*facts.days, facts.days[-1] + timedelta(days=1))
    zero = [facts.clock.minute(day, time(0)) for day in (*days, days[-1] + timedelta(days=1))]
    return {day for n, day in enumerate(days) if zero[n + 1] - zero[n] < DAY_MINUTES}


def _shifts(facts: Facts, leaps: set[date]) -> Iterator[Found]:
    shifts = {shift.id: (n, shift) for n, shift in enumerate(facts.problem.shifts)}
    for occasion in facts.occasions:
        if occasion.is_activity:
            continue
        day = facts.days[occasion.days[0]]
        next_day = day + timedelta(days=1)
        if leaps.isdisjoint({day, next_day}):
            continue
        number, shift = shifts[occasion.shift]
        place, change = next(
            ((n, c) for n, c in enumerate(shift.exceptions) if c.date == day),
            (0, ShiftChange(date=day)),
        )
        start, end = change.start or shift.start, change.end or shift.end
        for field, when, at in (
            ("start", day, start),
            ("end", next_day if end <= start else day, end),
        ):
            path: Path = ("problem", "shifts", number)
            changed = getattr(change, field) is not None
            path = (*path, "exceptions", place, field) if changed else (*path, field)
            yield from _moment(facts, path, datetime.combine(when, at))


def _moment(facts: Facts, path: Path, when: datetime) -> Iterator[Found]:
    if not facts.clock.exists(when.date(), when.time()):
        shown = facts.local(facts.clock.minute(when.date(), when.time()))
        yield (
            path,
            f"does not exist on {when.date().isoformat()}: the clocks go forward, and "
            f"{when:%H:%M} becomes {shown:%H:%M}. Maybe give that date an exception with other "
            "times?",
        )
