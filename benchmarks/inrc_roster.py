"""What a roster of an INRC-I instance costs, judged from the public format and not by the engine.

As the competition's own judge counts: runs at both ends are judged; nights before a free weekend,
or without two free days after them, are not.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from benchmarks.inrc_instance import WEEK, Nurse, NurseContract, NurseInstance, UnwantedPattern

NurseRoster = Mapping[str, Sequence[str]]
"""Person to their shift, or nothing, on each day."""


def miscovered(instance: NurseInstance, roster: NurseRoster) -> list[str]:
    """The shifts that have not exactly the people they need, as "day shift: 1 of 2"."""
    there = Counter((day, s) for days in roster.values() for day, s in enumerate(days) if s)
    return [
        f"day {day} {shift}: {there[day, shift]} of {instance.cover.get((day, shift), 0)}"
        for day, shift in sorted({*there, *instance.cover})
        if there[day, shift] != instance.cover.get((day, shift), 0)
    ]


def cost(instance: NurseInstance, roster: NurseRoster) -> int:
    """The weights of everything that is asked for and not kept."""
    wishes = sum(
        wish.weight
        for wish in instance.wishes
        if _granted(roster[wish.nurse][wish.day], wish.shift) != wish.wanted
    )
    return wishes + sum(
        sum(_of_one(instance, nurse, list(roster[nurse.id]))) for nurse in instance.nurses
    )


def _granted(worked: str, shift: str | None) -> bool:
    return worked == shift if shift else bool(worked)


def _of_one(instance: NurseInstance, nurse: Nurse, days: list[str]) -> Iterator[int]:
    contract = instance.contracts[nurse.contract]
    works = [bool(shift) for shift in days]
    weekends = instance.weekends(contract.weekend)
    yield _outside(contract, "NumAssignments", sum(works))
    for length in _stretches(works):
        yield _outside(contract, "ConsecutiveWorkingDays", length)
    for length in _stretches([not there for there in works]):
        yield _outside(contract, "ConsecutiveFreeDays", length)
    touched = [any(works[day] for day in weekend) for weekend in weekends]
    for length in _stretches(touched):
        yield _outside(contract, "ConsecutiveWorkingWeekends", length)
    for first in range(max(1, len(touched) - 3)):
        yield _outside(contract, "WorkingWeekendsInFourWeeks", sum(touched[first : first + 4]))
    for weekend in weekends:
        size = len(weekend)
        short = sum(size - n for n in _stretches([works[day] for day in weekend]))
        yield contract.weight("CompleteWeekends") * short
        shifts = Counter(days[day] for day in weekend if days[day])
        odd = sum(size - there for there in shifts.values())
        yield contract.weight("IdenticalShiftTypesDuringWeekend") * odd
    unskilled = {s.id for s in instance.shifts if not s.skills & nurse.skills}
    yield contract.weight("AlternativeSkillCategory") * sum(shift in unskilled for shift in days)
    for pattern in (instance.patterns[id] for id in contract.patterns):
        yield pattern.weight * _occurrences(instance, pattern, days)


def _outside(contract: NurseContract, name: str, there: int) -> int:
    most, weight_most = contract.numbers.get(f"Max{name}", (there, 0))
    least, weight_least = contract.numbers.get(f"Min{name}", (there, 0))
    return weight_most * max(0, there - most) + weight_least * max(0, least - there)


def _stretches(flags: list[bool]) -> list[int]:
    return [len(list(run)) for there, run in groupby(flags) if there]


def _occurrences(instance: NurseInstance, pattern: UnwantedPattern, days: list[str]) -> int:
    found = 0
    for first in range(len(days) - len(pattern.steps) + 1):
        taken = []
        for day, (what, when) in enumerate(pattern.steps, first):
            on_it = when in ("Any", WEEK[(instance.first.weekday() + day) % 7])
            wanted = {"Any": bool(days[day]), "None": not days[day]}.get(what, days[day] == what)
            taken.append(on_it and wanted)
        # A free day first: then any of the other steps is enough.
        found += taken[0] and any(taken[1:]) if pattern.begins_free else all(taken)
    return found
