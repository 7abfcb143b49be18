"""What must be true between the parts of a request: names that are known, dates that meet."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.problem.people import Who
from models.problem.problem import (
    MOST_TIMES,
    Activity,
    ActivityTime,
    Placement,
    Problem,
    Shift,
    Which,
)
from models.problem.resources import MOST_TRAVELLING
from models.value import Value
from scheduler.intake import children_checks, time_checks
from scheduler.intake.list_checks import given_twice, schedule_given_twice
from scheduler.intake.request import RotaRequest
from scheduler.intake.validation_errors import Found, Path

MOST_NUMBER = 1_000_000
"""Numbers of the facts and rules; costs are sums of products of them, and must stay exact."""

FIRST_YEAR, LAST_YEAR = 1900, 2200

NAMED_IN = {
    "home": "schools",
    "homes": "schools",
    "school": "schools",
    "schools": "schools",
    "at": "schools",
    "between": "schools",
    "role": "roles",
    "roles": "roles",
    "skill": "skills",
    "skills": "skills",
    "person": "people",
    "people": "people",
    "teacher": "people",
    "order": "people",
    "adults": "people",
    "contract": "contracts",
    "child": "children",
    "children": "children",
    "group": "groups",
    "frees": "groups",
    "groups": "groups",
    "waiting": "groups",
    "shift": "shifts",
    "shifts": "shifts",
    "brought_by": "shifts",
    "activity": "activities",
    "after": "activities",
    "owner": "schools",
    "visitor": "schools",
    "host": "schools",
    "hosted": "schools",
    "venues": "schools",
    "one_of": "resources",
    "things": "resources",
    "resources": "resources",
    "in_period": "periods",
    "around": "periods",
    "activities": "activities",
    "needs": "needs",
    "ratio": "ratios",
    "allowance": "allowances",
    "paid_weeks": "paid_weeks",
    "band": "bands",
    "bands": "bands",
}
"""A field that holds ids, and what they name."""

KINDS = (
    "schools",
    "people",
    "groups",
    "children",
    "activities",
    "ratios",
    "allowances",
    "paid_weeks",
    "resources",
)
"""Lists of the problem whose items have an id each."""

_DEFINED_IN = {
    "shifts": "the shifts or activities",
    "needs": "the needs of the shifts and activities",
    "bands": "the bands of the ratios",
}


MAY_HAVE_GONE = ("person", "activity", "children", "group")
"""What a published rota may still name, though it is no longer there: a change, and no fault."""


def _is_told(path: Path) -> bool:
    """Whether something stands in the published rota."""
    return path[:2] == ("problem", "published")


class Names:
    """Every id that a request defines, read from what was sent, whether or not it is valid."""

    def __init__(self, problem: object) -> None:
        work = [*_rows(problem, "shifts"), *_rows(problem, "activities")]
        members = {id for row in _rows(problem, "activities") for id in _members(row)}
        self.known: dict[str, set[str]] = {
            "skills": _keys(problem, "skills"),
            "periods": _keys(problem, "periods"),
            "roles": _keys(problem, "roles"),
            "shifts": _ids(work) | members,
            "needs": {n for row in work for n in _needs(row)},
            "contracts": {
                id for row in _rows(problem, "people") for id in _ids(_rows(row, "contracts"))
            },
            "bands": {
                b for row in _rows(problem, "ratios") for b in _array(row, "bands") if _is_id(b)
            },
        }
        for kind in KINDS:
            self.known[kind] = _ids(_rows(problem, kind))
        self.known["activities"] |= members
        self.known["resources"] |= {id for row in _rows(problem, "resources") for id in _units(row)}


def fields_of(value: object) -> Mapping[str, Any]:
    """The fields of a JSON object, or of a value that has been read already; else none."""
    if isinstance(value, Value):
        return value.__dict__
    return value if isinstance(value, Mapping) else {}


def _array(holder: object, field: str) -> list[Any]:
    found = fields_of(holder).get(field)
    return list(found) if isinstance(found, list | tuple) else []


def _rows(holder: object, field: str) -> list[Mapping[str, Any]]:
    rows = _array(holder, field)
    return [fields_of(row) for row in rows if isinstance(row, Mapping | Value)]


def _ids(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    return {row["id"] for row in rows if _is_id(row.get("id"))}


def _members(activity: Mapping[str, Any]) -> set[str]:
    """The ids of the series and the reserve dates of an activity, as far as they are valid."""
    ids = [activity["id"]] if _is_id(activity.get("id")) else []
    times = fields_of(activity.get("series")).get("times")
    if isinstance(times, int) and ids:
        ids += [f"{ids[0]}.{n}" for n in range(1, min(times, MOST_TIMES) + 1)]
    if isinstance(activity.get("reserve"), Mapping | Value):
        ids += [f"{id}.reserve" for id in ids]
    return set(ids)


def _units(resource: Mapping[str, Any]) -> set[str]:
    """The ids of distinct things, as far as they are valid."""
    stock = [row.get("capacity") for row in _rows(resource, "stock")]
    counts = [n for n in (resource.get("capacity"), *stock) if isinstance(n, int)]
    if not _is_id(resource.get("id")) or not resource.get("travels") or not counts:
        return set()
    return {f"{resource['id']}.{n}" for n in range(1, min(max(counts), MOST_TRAVELLING) + 1)}


def _needs(row: Mapping[str, Any]) -> set[str]:
    changed = [n for change in _rows(row, "exceptions") for n in _rows(change, "needs")]
    return _ids([*_rows(row, "needs"), *changed])


def _keys(holder: object, field: str) -> set[str]:
    return {key for key in fields_of(fields_of(holder).get(field)) if _is_id(key)}


def _is_id(value: object) -> bool:
    return isinstance(value, str)


# ------------------------------------------------------------------ one value at a time


def of_values(request: RotaRequest, names: Names) -> Iterator[Found]:
    """Ids that name nothing, numbers too large to count with, dates too far away."""
    for path, said in _values(request.problem, ("problem",), "", names.known):
        if not (_is_told(path) and path[-1] in MAY_HAVE_GONE):
            yield path, said
    for number, rule in enumerate(request.rules):
        yield from _values(rule, ("rules", number), "", names.known)
    for number, entry in enumerate(request.without):
        if entry.people is not None:
            yield from _values(entry.people, ("without", number, "people"), "", names.known)


def of_numbers(value: Value) -> Iterator[Found]:
    """Numbers too large to count with, dates too far away, in something that names nothing."""
    yield from _values(value, (), "", {})


def _values(
    value: object, path: Path, field: str, known: Mapping[str, set[str]]
) -> Iterator[Found]:
    if isinstance(value, Value):
        for name in type(value).model_fields:
            if name in value.model_fields_set:
                yield from _values(getattr(value, name), (*path, name), name, known)
    elif isinstance(value, dict):
        # Its keys are the caller's own, and no fault shows them.
        inside = (said for item in value.values() for _, said in _values(item, (), "", known))
        yield from ((path, f"has a value that {said}") for said in dict.fromkeys(inside))
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from _values(item, (*path, number), field, known)
    elif isinstance(value, str):
        kind = NAMED_IN.get(field)
        # Without ratios the bands are the caller's own words.
        if (
            kind is not None
            and value not in known[kind]
            and not (kind == "bands" and not known[kind])
        ):
            place = _DEFINED_IN.get(kind, f"the {kind}")
            hint = "Maybe it is misspelt, or missing there?"
            if kind in ("bands", "ratios") and known[kind]:
                hint = children_checks.nearest(value, known[kind])
            yield path, f"names none of {place}. {hint}"
    elif isinstance(value, date):
        if not FIRST_YEAR <= value.year <= LAST_YEAR:
            yield path, f"must be between the years {FIRST_YEAR} and {LAST_YEAR}."
    elif isinstance(value, int) and abs(value) > MOST_NUMBER:
        yield path, f"is too large to count with: {MOST_NUMBER} is the most."


def of_schedule(schedule: Schedule, facts: Facts) -> Iterator[Found]:
    """What a schedule names that the facts do not know, or twice."""
    yield from given_twice(("placements",), ((p.person, p.duty) for p in schedule.placements))
    yield from schedule_given_twice(schedule, ())
    for number, placement in enumerate(schedule.placements):
        if placement.person not in facts.person_number:
            yield ("placements", number, "person"), "names none of the people."
    yield from _duties(("placements",), schedule.placements, facts)
    for number, timed in enumerate(schedule.times):
        if timed.activity not in facts.occasion_number:
            yield ("times", number, "activity"), "names none of the activities."
            continue
        yield from _chosen(timed, facts, ("times", number))
    chosen = {pupils.id: pupils.groups for pupils in facts.pupils}
    for number, row in enumerate(schedule.groups):
        if row.children not in chosen:
            said = "names no children for whom a group is chosen."
            yield ("groups", number, "children"), said
        elif row.group not in chosen[row.children]:
            yield ("groups", number, "group"), "names none of the groups that they may be in."


def _chosen(timed: ActivityTime, facts: Facts, path: Path) -> Iterator[Found]:
    """What a schedule says of the place and the things of an activity, and cannot be chosen."""
    occasion = facts.occasions[facts.occasion_number[timed.activity]]
    venues = [facts.schools[school].id for school in occasion.venues]
    if timed.at is not None and timed.at not in venues:
        yield (*path, "at"), "names no school at which the activity may be."
    elif timed.at is None and len(venues) > 1:
        yield (*path, "at"), "is missing. Maybe name one of the activity's venues?"
    options = [asked.things for asked in occasion.uses if len(asked.things) > 1]
    if len(timed.things) != len(options):
        said = f"must name {len(options)} resources: one for each use with several to choose from."
        yield (*path, "things"), said
        return
    for number, (id, things) in enumerate(zip(timed.things, options, strict=True)):
        if id not in {facts.things[thing].id for thing in things}:
            yield (*path, "things", number), "names no resource that may be chosen there."


# ------------------------------------------------------------------ the facts together


def of_facts(request: RotaRequest, facts: Facts, *, people: bool, work: bool) -> Iterator[Found]:
    """What only shows when the facts are expanded.

    Where some people or some work had to be left out, because they are at fault themselves, what
    depends on them is not judged.
    """
    problem, at = request.problem, ("problem",)
    yield from _dates(problem)
    if work:
        yield from time_checks.of_clock_changes(facts)
        yield from time_checks.of_attendance(facts)
        yield from children_checks.of_children(facts)
        yield from _work(facts)
        if problem.published is not None:
            for number, timed in enumerate(problem.published.times):
                if timed.activity in facts.occasion_number:
                    yield from _chosen(timed, facts, (*at, "published", "times", number))
        for field, placements in (("pinned", problem.pinned), ("forbidden", problem.forbidden)):
            yield from _duties((*at, field), placements, facts)
    if work and people:
        yield from _pins(problem, facts)
    if people:
        for number, entry in enumerate(request.without):
            if entry.people is not None and not facts.meant(entry.people, None):
                said = "names nobody. Maybe its parts never hold together?"
                yield ("without", number, "people"), said
    for number, rule in enumerate(request.rules):
        for path, choice in _choices(rule, ("rules", number)):
            if isinstance(choice, Who) and people and not facts.meant(choice, None):
                yield path, "names nobody. Maybe its parts never hold together?"
            if isinstance(choice, Which) and work and _means_nothing(choice, facts):
                yield path, "names no duty of the horizon. Maybe its parts never hold together?"
        if people and work:
            for field, said in rule.faults(facts):
                yield ("rules", number, field), said


def _tags(shift: Shift) -> set[str]:
    return {*shift.tags, *(tag for need in shift.needs for tag in need.tags)}


def _means_nothing(which: Which, facts: Facts) -> bool:
    """Whether a choice can mean no duty: none of the horizon, and none that merely does not run
    in it, because its school has no such day or every one is cancelled."""
    if facts.all_occasions(which):
        return False
    runs = {occasion.shift for occasion in facts.occasions}
    return not any(
        (which.shifts is None or shift.id in which.shifts)
        and (which.schools is None or shift.school in which.schools)
        and (which.groups is None or shift.group in which.groups)
        and (which.needs is None or any(need.id in which.needs for need in shift.needs))
        and (which.tag is None or which.tag in _tags(shift))
        for shift in facts.problem.shifts
        if shift.id not in runs
    )


def _choices(value: object, path: Path) -> Iterator[tuple[Path, Who | Which]]:
    """The outermost choices of people and of duties in a rule."""
    if isinstance(value, Who | Which):
        yield path, value
    elif isinstance(value, Value):
        for name in type(value).model_fields:
            yield from _choices(getattr(value, name), (*path, name))
    elif isinstance(value, tuple):
        for number, item in enumerate(value):
            yield from _choices(item, (*path, number))


def _dates(problem: Problem) -> Iterator[Found]:
    at: Path = ("problem",)
    horizon = problem.horizon
    for number, shift in enumerate(problem.shifts):
        path = (*at, "shifts", number)
        dates = [(("dates", n), day) for n, day in enumerate(shift.dates)]
        dates += [(("exceptions", n, "date"), c.date) for n, c in enumerate(shift.exceptions)]  # type: ignore[misc]
        for tail, day in dates:
            if day not in horizon:
                yield (*path, *tail), "is outside the horizon."
    for number, row in enumerate(problem.history):
        if row.start.date() >= horizon.first:
            said = "is not before the horizon. Maybe it is a pinned placement?"
            yield (*at, "history", number, "start"), said
    if problem.history_from is not None and problem.history_from > horizon.first:
        yield (*at, "history_from"), "is after the horizon's first day."
    midday = problem.midday.hour * 60 + problem.midday.minute
    for number, person in enumerate(problem.people):
        for field in ("works", "away", "agreed_to"):
            for place, window in enumerate(getattr(person, field) or ()):
                if not window.minutes(midday):
                    said = "is never open. Maybe its times lie outside its sessions?"
                    yield (*at, "people", number, field, place), said


def _has_a_day(facts: Facts, activity: Activity) -> bool:
    """Whether one of its schools has a day of the kinds on which an activity may happen."""
    return any(
        facts.kind(facts.school_number(id), day) in activity.on
        for id in activity.venues or (activity.school,)
        for day in range(len(facts.days))
    )


def _work(facts: Facts) -> Iterator[Found]:
    for number, activity in enumerate(facts.problem.activities):
        path: Path = ("problem", "activities", number)
        if not _has_a_day(facts, activity):
            continue
        missing = [n for n, id in enumerate(activity.members, 1) if not facts.named([id])]
        unkept = activity.reserve is not None and not facts.named([f"{activity.id}.reserve"])
        if missing and activity.series is not None:
            said = f"leaves number {missing[0]} no time: there is no {activity.series.each} for "
            yield (*path, "series"), said + "it, or none of its dates lies there."
        elif missing:
            yield (
                (*path, "windows"),
                "leave no time at which it could happen. Maybe a window is shorter than its "
                "minutes, too few of its days follow each other, or `on` leaves out the kind of "
                "day that they fall on?",
            )
        elif unkept:
            yield (*path, "reserve"), "leaves no later date. Maybe its dates end too early?"


def _duties(path: Path, placements: Iterable[Placement], facts: Facts) -> Iterator[Found]:
    for number, placement in enumerate(placements):
        if placement.duty not in facts.duty_number:
            yield (
                (*path, number, "duty"),
                "names no duty of the horizon. Maybe it should read shift@date, or shift/need@date "
                "where a shift has several needs, with a date on which the shift runs?",
            )


def _pins(problem: Problem, facts: Facts) -> Iterator[Found]:
    forbidden = set(problem.forbidden)
    on: Counter[int] = Counter()
    for number, placement in enumerate(problem.pinned):
        path: Path = ("problem", "pinned", number)
        duty = facts.duty_number.get(placement.duty)
        person = facts.person_number.get(placement.person)
        if duty is None or person is None:
            continue
        chosen = facts.duties[duty]
        if placement in forbidden:
            yield path, "is pinned and forbidden as well. Maybe one of the two is out of date?"
        if not facts.qualified(person, chosen):
            yield path, "pins somebody who does not meet the duty's need on that day."
        on[duty] += 1
        if chosen.most is not None and on[duty] == chosen.most + 1:
            yield path, "pins more people on a duty than its most."
