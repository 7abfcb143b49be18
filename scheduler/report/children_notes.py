"""What should be known of children whom no ratio counts, though it is no fault of the request."""

from collections.abc import Iterator

from models.facts.facts import Facts
from scheduler.intake.children_checks import never_come
from scheduler.wording import counted, listed


def children_notes(facts: Facts) -> Iterator[str]:
    """Notes about rows that never come, and groups that are chosen."""
    if not facts.problem.children:
        return
    rows = never_come(facts)
    if rows:
        named = [facts.problem.children[n].id or f"row {n + 1}" for n in rows]
        yield (
            f"{counted(len(rows), 'row')} of children never come, because none of their dates is a "
            f"school day or of the kinds that `on` names: {listed(named)}."
        )
    chosen = {group for pupils in facts.pupils for group in pupils.groups}
    work = [*facts.problem.shifts, *facts.problem.activities]
    short = [w.name for w in work if w.group in chosen and any(n.ratio for n in w.needs)]
    if short:
        yield (
            f"The adults of {listed(list(dict.fromkeys(short)))} are counted without the children "
            "for whom a group is chosen: check the ratio by hand."
        )
