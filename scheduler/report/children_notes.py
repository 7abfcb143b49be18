"""What should be known of children whom no ratio counts, though it is no fault of the request."""

from collections.abc import Iterator

from models.facts.facts import Facts
from scheduler.intake.children_checks import never_come, not_brought, uncounted
from scheduler.wording import counted, listed


def children_notes(facts: Facts) -> Iterator[str]:
    """Notes about rows that never come, and ratios that do not count everybody."""
    if not facts.problem.children:
        return
    rows = never_come(facts)
    if rows:
        named = [facts.problem.children[n].id or f"row {n + 1}" for n in rows]
        yield (
            f"{counted(len(rows), 'row')} of children never come, because none of their dates is a "
            f"school day or of the kinds that `on` names: {listed(named)}."
        )
    names = {shift.id: shift.name for shift in facts.problem.shifts}
    for ride, days in not_brought(facts).items():
        day = min(days)
        more = f", and on {counted(len(days) - 1, 'further day')}" if len(days) > 1 else ""
        yield (
            f"{names.get(ride, ride)} does not run on {facts.says_day(day)}{more}, though "
            f"{counted(days[day], 'child', 'children')} should come by it: check how they come."
        )
    left: dict[str, dict[str, None]] = {}
    for duty, _, places in uncounted(facts):
        bands = dict.fromkeys(facts.problem.children[n].band for n in places)
        left.setdefault(duty.name, {}).update(bands)
    for name, bands in left.items():
        yield (
            f"Children of {listed(list(bands))} are there during {name}, and none of its ratios "
            "counts them: check that others look after them."
        )
    asked: dict[tuple[str, str], int] = {}
    for duty in facts.duties:
        if duty.ratio is not None:
            key = duty.name, duty.ratio
            asked[key] = max(asked.get(key, 0), duty.count)
    for (name, ratio), most in asked.items():
        if not most:
            yield (
                f"{name} counts its adults by the ratio {ratio}, and needs nobody by it: no "
                "children of its bands are expected at its times."
            )
