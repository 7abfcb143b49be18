"""How large a request may be, judged before it is expanded."""

from collections.abc import Iterator
from datetime import date

from models.problem.calendar import DateRange, Window
from models.problem.problem import DAY_MINUTES, Activity
from scheduler.intake.request import RotaRequest
from scheduler.intake.validation_errors import Found

MOST_DAYS = 1100
MOST_RULES = 1000
MOST_DUTIES = 100_000
MOST_STARTS = 300_000
"""Possible starts of activities, times their needs."""
MOST_CELLS = 30_000_000
"""People times duties."""
MOST_CHILDREN_DAYS = 3_000_000
"""Rows of children times days of the horizon."""


def of_size(request: RotaRequest) -> Iterator[Found]:
    """Requests too large to expand; estimated from above, without expanding them."""
    problem = request.problem
    if len(request.rules) > MOST_RULES:
        yield ("rules",), f"has more than {MOST_RULES} rules."
    if len(request.without) > MOST_RULES:
        yield ("without",), f"has more than {MOST_RULES} entries."
    if len(request.titles) > MOST_RULES:
        yield ("titles",), f"has more than {MOST_RULES} entries."
    days = (problem.horizon.last - problem.horizon.first).days + 1
    if days > MOST_DAYS:
        yield (
            ("problem", "horizon"),
            f"is {days} days long; {MOST_DAYS} are the most. Maybe send one request for each term?",
        )
        return
    if len(problem.children) * days > MOST_CHILDREN_DAYS:
        yield ("problem", "children"), "has too many rows for so long a horizon."
    duties = 0
    for shift in problem.shifts:
        first = max(problem.horizon.first, shift.when.first or date.min)
        last = min(problem.horizon.last, shift.when.last or date.max)
        running = max(0, (last - first).days + 1) * len(shift.when.weekdays or range(7)) // 7 + 1
        duties += (running + len(shift.dates) + len(shift.exceptions)) * len(shift.needs)
    midday = problem.midday.hour * 60 + problem.midday.minute
    starts = sum(
        _starts(activity, window, problem.horizon, midday)
        * max(1, len(activity.needs))
        * (activity.days or 1)
        * len(activity.members)
        * (1 if activity.reserve is None else 2)
        for activity in problem.activities
        for window in activity.windows
    )
    most = [
        (duties, MOST_DUTIES, "shifts", "places to fill"),
        (starts, MOST_STARTS, "activities", "possible starts"),
        ((duties + starts) * len(problem.people), MOST_CELLS, "people", "possible placements"),
    ]
    for number, limit, field, what in most:
        if number > limit:
            yield (
                ("problem", field),
                f"make up to {number} {what}; {limit} are the most. "
                "Maybe shorten the horizon, or send one request for each school or term?",
            )


def _starts(activity: Activity, window: Window, horizon: DateRange, midday: int) -> int:
    """The most starts that a window leaves an activity, by its weekdays and times alone."""
    first = max(horizon.first, window.first or date.min)
    last = min(horizon.last, window.last or date.max)
    days = max(0, (last - first).days + 1) * len(window.weekdays or range(7)) // 7 + 1
    each = 2
    if activity.minutes is not None:
        each = sum(
            max(0, min(high, DAY_MINUTES) - low - activity.minutes) // activity.step + 1
            for low, high in window.minutes(midday)
        )
    return days * each * len(activity.venues or (activity.school,))
