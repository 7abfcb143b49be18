"""What a roster of an instance costs, judged from the text format alone and not by the engine."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, pairwise

from benchmarks.instance import Employee, Instance

Roster = Mapping[str, Sequence[str]]
"""Person to their shift, or nothing, on each day."""


def broken(instance: Instance, roster: Roster) -> list[str]:
    """What a roster breaks of the hard rules, as "person: rule"; none where it is allowed."""
    return [
        f"{one.id}: {rule}"
        for one in instance.staff
        for rule in _broken(instance, one, roster[one.id])
    ]


def penalty(instance: Instance, roster: Roster) -> int:
    """The weights of wishes not granted, and of people missing and too many."""
    cost = 0
    for wish in instance.wishes:
        has = roster[wish.staff][wish.day] == wish.shift
        cost += wish.weight * (has != wish.wanted)
    there: dict[tuple[int, str], int] = defaultdict(int)
    for days in roster.values():
        for day, shift in enumerate(days):
            there[day, shift] += 1
    for row in instance.cover:
        missing = row.required - there[row.day, row.shift]
        cost += row.under * missing if missing > 0 else -row.over * missing
    return cost


def _broken(instance: Instance, one: Employee, days: Sequence[str]) -> Iterator[str]:
    kinds = {shift.id: shift for shift in instance.shifts}
    worked = [shift for shift in days if shift]
    if len(days) != instance.days or any(shift not in kinds for shift in worked):
        yield "unknown days or shifts"
        return
    if any(days[day] for day in one.days_off):
        yield "works on a day off"
    if any(a and b in kinds[a].not_before for a, b in pairwise(days)):
        yield "one shift follows another that it must not"
    if any(worked.count(shift) > one.most_of.get(shift, instance.days) for shift in set(worked)):
        yield "too many of one shift"
    minutes = sum(kinds[shift].minutes for shift in worked)
    if not one.least_minutes <= minutes <= one.most_minutes:
        yield "minutes"
    weekends = sum(
        bool(days[day] or (day + 1 < len(days) and days[day + 1]))
        for day in range(5, instance.days, 7)
    )
    if weekends > one.most_weekends:
        yield "weekends"
    first = 0
    for works, run in groupby(days, key=bool):
        length = len(list(run))
        inside = first > 0 and first + length < len(days)
        first += length
        if works and length > one.longest_work:
            yield "a run of work is too long"
        if inside and length < (one.shortest_work if works else one.shortest_rest):
            yield "a run of work or rest is too short"
