"""Children whom a ratio would count as nobody: ended ratios, rows that never come."""

from collections.abc import Iterator

from models.facts.facts import Facts
from models.problem.problem import Need
from scheduler.intake.validation_errors import Found, Path


def of_children(facts: Facts) -> Iterator[Found]:
    """What would leave children without adults, though a ratio asks for them."""
    yield from _ended_ratios(facts)
    for number in never_come(facts):
        row = facts.problem.children[number]
        if row.on is not None or row.weekdays is not None:
            yield (
                ("problem", "children", number),
                "never come: none of their dates is one of their weekdays and of the kinds of day "
                "of `on`. Maybe leave one of them out?",
            )


def never_come(facts: Facts) -> list[int]:
    """The places of rows of children who come on none of the dates of their row."""
    return [
        number
        for number, row in enumerate(facts.problem.children)
        if row.count and not any(facts.comes(row, facts.day(when)) for when in row.dates)
    ]


def _needs(facts: Facts) -> Iterator[tuple[Path, str, Need]]:
    """(path, the id of the shift or activity, need) of each need that counts by a ratio."""
    problem = facts.problem
    works = [
        (("problem", "shifts", n), shift.id, shift.needs) for n, shift in enumerate(problem.shifts)
    ]
    works += [
        (("problem", "activities", n), a.id, a.needs) for n, a in enumerate(problem.activities)
    ]
    for path, id, needs in works:
        for place, need in enumerate(needs):
            if need.ratio is not None:
                yield (*path, "needs", place, "ratio"), id, need


def _ended_ratios(facts: Facts) -> Iterator[Found]:
    """Needs with a ratio of which no row is in force on a day with children of its bands."""
    by_need = {(id, need.id): (path, need) for path, id, need in _needs(facts)}
    said = set()
    for duty in facts.duties:
        path, need = by_need.get((duty.shift, duty.need), (None, None))
        if path is None or need is None or path in said:
            continue
        when = facts.date(duty.day)
        rows = [row for row in facts.problem.ratios if row.id == need.ratio]
        bands = {band for row in rows for band in row.bands}
        in_force = any((r.first or when) <= when <= (r.last or when) for r in rows)
        if not in_force and facts.children(duty.school, duty.day, bands=bands, group=duty.group):
            said.add(path)
            yield (
                path,
                f"has no row in force on {when.isoformat()}, though children of its bands are "
                "expected then. Maybe a row should begin earlier, or end later?",
            )
