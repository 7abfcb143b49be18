"""Lists of a problem: ids given twice or taken by another, and rows that contradict each other."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from datetime import date

from models.answer.schedule import Schedule
from models.problem.problem import Placement, Problem, Published, Ratio
from scheduler.intake.validation_errors import Found, Path

AT: Path = ("problem",)


def of_lists(problem: Problem) -> Iterator[Found]:
    """Whatever stands twice in the lists of a problem, or in two of them."""
    for field in ("schools", "groups", "people", "resources"):
        yield from given_twice((*AT, field), ((x.id,) for x in getattr(problem, field)), ("id",))
    yield from _ids_of_work(problem)
    for number, person in enumerate(problem.people):
        path = (*AT, "people", number, "contracts")
        yield from given_twice(path, ((c.id,) for c in person.contracts), ("id",))
    yield from _exceptions(problem)
    yield from _travel(problem)
    yield from _units(problem)
    children = ((c.id or number,) for number, c in enumerate(problem.children))
    yield from given_twice((*AT, "children"), children, ("id",))
    yield from given_twice((*AT, "balances"), ((b.person, b.measure) for b in problem.balances))
    yield from _placements(problem)
    yield from _ratios(problem)
    yield from _uses(problem)
    yield from _ratings(problem)


def _ids_of_work(problem: Problem) -> Iterator[Found]:
    """Shifts, activities, members of series and reserve dates share one set of ids."""
    works = [(("shifts", n), s.id) for n, s in enumerate(problem.shifts)]
    works += [(("activities", n), a.id) for n, a in enumerate(problem.activities)]
    seen: set[str] = set()
    for (field, number), id in works:
        if id in seen:
            yield (*AT, field, number, "id"), "is the id of an earlier shift or activity."
        seen.add(id)
    for number, activity in enumerate(problem.activities):
        made = [m for m in activity.members if m != activity.id]
        if activity.reserve is not None:
            made += [f"{m}.reserve" for m in (activity.id, *made)]
        if not seen.isdisjoint(made):
            said = "with a number, or with .reserve, is another's id. Maybe rename one of them?"
            yield (*AT, "activities", number, "id"), said
        seen.update(made)


def _exceptions(problem: Problem) -> Iterator[Found]:
    """Dates of exceptions to shifts, and the needs on them."""
    for number, shift in enumerate(problem.shifts):
        path = (*AT, "shifts", number, "exceptions")
        yield from given_twice(path, ((c.date,) for c in shift.exceptions), ("date",))
        for place, change in enumerate(shift.exceptions):
            ids = [need.id for need in change.needs or ()]
            if len(ids) > 1 and (None in ids or len(set(ids)) < len(ids)):
                yield (*path, place, "needs"), "must each have an id of their own."


def _travel(problem: Problem) -> Iterator[Found]:
    """Ways between two schools, in either direction."""
    yield from given_twice((*AT, "travel"), (tuple(sorted(t.between)) for t in problem.travel))
    for number, way in enumerate(problem.travel):
        if way.between[0] == way.between[1]:
            yield (*AT, "travel", number, "between"), "names the same school twice."


def _units(problem: Problem) -> Iterator[Found]:
    """Units of resources, which share one set of ids with the resources."""
    things = {resource.id for resource in problem.resources}
    for number, resource in enumerate(problem.resources):
        units = {*resource.units} - {resource.id}
        if not things.isdisjoint(units):
            said = "with a number is another's id. Maybe rename one of them?"
            yield (*AT, "resources", number, "id"), said
        things |= units
        for place, booking in enumerate(resource.bookings):
            if booking.unit is not None and booking.unit not in resource.units:
                said = "is none of them. Maybe the resource's id with a point and a number?"
                yield (*AT, "resources", number, "bookings", place, "unit"), said


def _placements(problem: Problem) -> Iterator[Found]:
    """Pinned, forbidden and published placements."""
    lists: list[tuple[Path, tuple[Placement, ...]]]
    lists = [((*AT, "pinned"), problem.pinned), ((*AT, "forbidden"), problem.forbidden)]
    if problem.published is not None:
        lists.append(((*AT, "published", "placements"), problem.published.placements))
        yield from schedule_given_twice(problem.published, (*AT, "published"))
    for path, placements in lists:
        yield from given_twice(path, ((p.person, p.duty) for p in placements))


def _ratings(problem: Problem) -> Iterator[Found]:
    """Ratings of schools, or of trusts that a school belongs to."""
    bodies = {body for school in problem.schools for body in (school.id, school.trust)}
    for number, rating in enumerate(problem.ratings):
        if rating.of not in bodies:
            said = "names none of the schools, and no trust of theirs. Maybe it is misspelt?"
            yield (*AT, "ratings", number, "of"), said


def _ratios(problem: Problem) -> Iterator[Found]:
    rows: dict[str, list[Ratio]] = defaultdict(list)
    for number, ratio in enumerate(problem.ratios):
        for other in rows[ratio.id]:
            begins = max(ratio.first or date.min, other.first or date.min)
            if begins <= min(ratio.last or date.max, other.last or date.max):
                said = "is in force at the same time as an earlier row with its id."
                yield ("problem", "ratios", number), said + " Maybe end that one the day before?"
                break
        rows[ratio.id].append(ratio)


def _uses(problem: Problem) -> Iterator[Found]:
    """Uses that no resource can ever serve, and adults asked for where nobody is needed."""
    most = {r.id: r.most for r in problem.resources}
    single = {r.id for r in problem.resources if len(r.units) == 1}
    for field in ("shifts", "activities"):
        for number, work in enumerate(getattr(problem, field)):
            path: Path = ("problem", field, number)
            for place, use in enumerate(work.uses):
                known = [most[id] for id in use.one_of if id in most]
                if known and max(known) < use.amount:
                    said = "is more than there ever are. Maybe the resource's capacity is too low?"
                    yield (*path, "uses", place, "amount"), said
                alike = [id not in single for id in use.one_of]
                if use.amount > 1 and any(alike) and len(alike) > 1:
                    said = "of several that travel can be asked for of one resource only. Maybe "
                    yield (*path, "uses", place, "amount"), said + "make a use for each?"
                if len(set(use.one_of)) < len(use.one_of):
                    yield (*path, "uses", place, "one_of"), "names a resource twice."
            if work.presence and not work.needs:
                yield (*path, "presence"), "asks for people among none. Maybe give it needs?"


# ------------------------------------------------------------------ used by others too


def given_twice(path: Path, keys: Iterable[Hashable], tail: Path = ()) -> Iterator[Found]:
    """Keys of a list that an earlier item has too; `tail` is the path of the key in an item."""
    seen = set()
    for number, key in enumerate(keys):
        if key in seen:
            yield (*path, number, *tail), "is given twice. Maybe one of them is meant otherwise?"
        seen.add(key)


def schedule_given_twice(schedule: Published | Schedule, path: Path) -> Iterator[Found]:
    """Times and groups of a schedule that are given twice."""
    yield from given_twice((*path, "times"), ((t.activity,) for t in schedule.times))
    yield from given_twice((*path, "groups"), ((g.children,) for g in schedule.groups))
