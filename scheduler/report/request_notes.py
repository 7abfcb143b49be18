"""What should be known of a request, though it is no fault: sentences that come with its answer."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from models.facts.facts import Facts
from scheduler.wording import counted, listed

MOST_WAYS = 10
"""Missing ways that are named; the rest are counted."""


def request_notes(facts: Facts) -> Iterator[str]:
    """Notes about the facts of a request, whatever the schedule."""
    yield from _nothing_runs(facts)
    yield from _missing_ways(facts)
    yield from _no_longer_there(facts)


def _nothing_runs(facts: Facts) -> Iterator[str]:
    """Shifts, and no day on which any of them runs: an empty rota, and why."""
    if facts.occasions or not (facts.problem.shifts or facts.problem.activities):
        return
    kinds: dict[str, list[str]] = defaultdict(list)
    for number in range(len(facts.schools)):
        found = sorted({facts.kind(number, day).value for day in range(len(facts.days))})
        kinds[listed([kind.replace("_", " ") for kind in found])].append(facts.school_name(number))
    when = f"{facts.says_day(0)} to {facts.says_day(len(facts.days) - 1)}"
    days = "; ".join(f"at {listed(names)} they are {found}" for found, names in kinds.items())
    on = [kind for shift in facts.problem.shifts for kind in shift.on]
    on += [kind for activity in facts.problem.activities for kind in activity.on]
    named = sorted({kind.value.replace("_", " ") for kind in on})
    yield (
        f"Nothing runs from {when}, so the rota is empty: {days}. The shifts and activities run "
        f"on these kinds of day (`on`): {listed(named)}; on the weekdays, weeks and dates of their "
        "pattern; and not where an exception cancels them."
    )


def _missing_ways(facts: Facts) -> Iterator[str]:
    """Schools with duties between which no way is given, where others are."""
    if not facts.problem.travel:
        return
    given = {frozenset(way.between) for way in facts.problem.travel}
    used = sorted({stint.school for stint in facts.stints})
    missing = [
        (a, b)
        for a, b in combinations(used, 2)
        if frozenset((facts.schools[a].id, facts.schools[b].id)) not in given
    ]
    for a, b in missing[:MOST_WAYS]:
        yield (
            f"No way between {facts.school_name(a)} and {facts.school_name(b)} is given, though "
            "others are: it was counted as 0 minutes. Add it under `travel`."
        )
    if len(missing) > MOST_WAYS:
        ways = counted(len(missing) - MOST_WAYS, "more way")
        yield f"{ways} between schools with duties not given, each counted as 0 minutes."


def _no_longer_there(facts: Facts) -> Iterator[str]:
    """People and duties of the published rota that the request does not know any more."""
    if facts.problem.published is None:
        return
    told = facts.problem.published.placements
    people = dict.fromkeys(p.person for p in told if p.person not in facts.person_number)
    duties = dict.fromkeys(p.duty for p in told if p.duty not in facts.duty_number)
    lost = sum(p.person in people or p.duty in duties for p in told)
    if lost:
        named = [f"people: {listed(list(people))}"] if people else []
        named += [f"duties: {listed(list(duties))}"] if duties else []
        yield (
            f"The published rota has {counted(lost, 'placement')} that this request cannot keep, "
            f"because it does not name them any more ({'; '.join(named)}). Losing "
            "them is not counted as a change."
        )
