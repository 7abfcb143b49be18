"""The public instances of the first nurse rostering competition (INRC-I) as requests, and back."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks.inrc_instance import (
    WEEK,
    Nurse,
    NurseContract,
    NurseInstance,
    UnwantedPattern,
    read,
)
from benchmarks.inrc_roster import cost, miscovered
from benchmarks.law import set_aside
from benchmarks.public_rosters import InstanceOutcome, best_known, solve, write_roster
from models.answer.schedule import Schedule
from scheduler.intake.parse import read_request
from scheduler.intake.request import RotaRequest
from scheduler.search.params import DEFAULTS, SearchParams

Fields = dict[str, Any]


def request_of(instance: NurseInstance, *, seconds: float, workers: int, seed: int) -> RotaRequest:
    """An instance as a request: cover must be exact, one shift a day is a must, all else a wish.

    The clock is UTC, in which every day has 24 hours.

    Raises:
        ValueError: the instance asks for what no rule says.
    """
    last = instance.first + timedelta(instance.days - 1)
    weekdays = [name[:3].lower() for name in WEEK]
    document: Fields = {
        "problem": {
            "name": instance.name,
            "time_zone": "UTC",
            "horizon": {"first": instance.first.isoformat(), "last": last.isoformat()},
            "schools": [{"id": "ward", "name": "Ward", "weekdays": weekdays}],
            "people": [
                {"id": _id(nurse.id), "name": nurse.id, "home": "ward"} for nurse in instance.nurses
            ],
            "shifts": list(_shifts(instance)),
        },
        "rules": list(_rules(instance)),
        "without": set_aside("the instance has all of its rules, and no others"),
        "limits": {"seconds": seconds, "workers": workers, "seed": seed, "memory_mb": 12_000},
    }
    return read_request(document)


def roster(instance: NurseInstance, schedule: Schedule) -> dict[str, list[str]]:
    """Each person's shift, or nothing, on each day."""
    found = {_id(nurse.id): [""] * instance.days for nurse in instance.nurses}
    for placement in schedule.placements:
        shift, _, day = placement.duty.partition("@")
        found[placement.person][(date.fromisoformat(day) - instance.first).days] = shift
    return {nurse.id: found[_id(nurse.id)] for nurse in instance.nurses}


def run(
    path: Path,
    *,
    seconds: float,
    workers: int,
    seed: int,
    out: Path,
    params: SearchParams = DEFAULTS,
) -> InstanceOutcome:
    """Solve one instance as every request is solved, and write its roster.

    Raises:
        RuntimeError: the roster does not cover the shifts, or costs other than its rules say.
    """
    instance = read(path)
    request = request_of(instance, seconds=seconds, workers=workers, seed=seed)
    solved = solve(request, params)
    found = None
    if solved.result.schedule is not None:
        rows = roster(instance, solved.result.schedule)
        if wrong := miscovered(instance, rows):
            raise RuntimeError(f"{instance.name}: {'; '.join(wrong[:5])}")
        found = cost(instance, rows)
        if found != solved.cost:
            raise RuntimeError(f"{instance.name} costs {found}, its rules say {solved.cost}")
        write_roster(out / f"{instance.name}.csv", rows)
    return InstanceOutcome(
        instance.name,
        found,
        solved.bound,
        solved.first,
        solved.seconds,
        best_known(path),
        solved.result.receipt.strategy,
    )


def _id(nurse: str) -> str:
    """Ids of people are numbers in the format."""
    return f"n{nurse}"


def _shifts(instance: NurseInstance) -> Iterator[Fields]:
    """A shift of each type, with the people that each date needs."""
    for shift in instance.shifts:
        yield {
            "id": shift.id,
            "name": shift.id,
            "school": "ward",
            "start": shift.start,
            "end": shift.end,
            "needs": [{"count": 0}],
            "exceptions": [
                {"date": (instance.first + timedelta(day)).isoformat(), "needs": [{"count": count}]}
                for (day, id), count in sorted(instance.cover.items())
                if id == shift.id and count
            ],
        }


def _rules(instance: NurseInstance) -> Iterator[Fields]:
    yield {"kind": "cover", "priority": "must"}
    yield {"kind": "surplus", "priority": "must"}
    yield {"kind": "workload", "measure": "shifts", "period": "day", "most": 1}
    for kind, fields in (
        ("workload", _workload),
        ("consecutive_days", _run_of("ConsecutiveWorkingDays")),
        ("consecutive_days_off", _run_of("ConsecutiveFreeDays")),
        ("weekends", _weekends_in_a_row),
        ("weekends", _weekends_in_all(instance)),
        ("whole_weekends", _whole("CompleteWeekends")),
        ("whole_weekends", _whole("IdenticalShiftTypesDuringWeekend", same_shift=True)),
    ):
        yield from _for_contracts(instance, kind, fields)
    yield from _skills(instance)
    for id, pattern in instance.patterns.items():
        people = [n for n in instance.nurses if id in instance.contracts[n.contract].patterns]
        if people and pattern.weight:
            for days in _sequences(instance, pattern):
                who = _chosen(instance, people)
                yield _wish("shift_sequence", pattern.weight, days=days, **who)
    if wishes := [wish for wish in instance.wishes if wish.weight]:
        listed = [
            {
                "person": _id(wish.nurse),
                "date": (instance.first + timedelta(wish.day)).isoformat(),
                "shift": wish.shift,
                "want": "on" if wish.wanted else "off",
                "weight": wish.weight,
            }
            for wish in wishes
        ]
        yield _wish("requests", 1, wishes=listed)


def _wish(kind: str, weight: int, **fields: Any) -> Fields:
    return {"kind": kind, "priority": 1, "weight": weight, **fields}


def _chosen(instance: NurseInstance, people: list[Nurse]) -> Fields:
    if len(people) == len(instance.nurses):
        return {}
    return {"people": {"people": [_id(nurse.id) for nurse in people]}}


def _for_contracts(
    instance: NurseInstance, kind: str, fields: Callable[[NurseContract], Fields]
) -> Iterator[Fields]:
    """A rule for each different thing that contracts say, for all people it is said of."""
    people: dict[str, list[Nurse]] = defaultdict(list)
    said: dict[str, Fields] = {}
    for nurse in instance.nurses:
        mine = fields(instance.contracts[nurse.contract])
        if mine:
            people[str(mine)].append(nurse)
            said[str(mine)] = mine
    for key, who in people.items():
        yield {"kind": kind, "priority": 1, **_chosen(instance, who), **said[key]}


def _limits(contract: NurseContract, name: str) -> Fields:
    """The two limits of something, at their weights; nothing where there is none."""
    found: Fields = {}
    for word, limit in (("Max", "most"), ("Min", "least")):
        if f"{word}{name}" in contract.numbers:
            number, weight = contract.numbers[f"{word}{name}"]
            if limit == "most" or number > 1 or name == "NumAssignments":
                found |= {limit: number, f"weight_{limit}": weight}
    return found


def _workload(contract: NurseContract) -> Fields:
    limits = _limits(contract, "NumAssignments")
    return {"measure": "shifts", **limits} if limits else {}


def _run_of(name: str) -> Callable[[NurseContract], Fields]:
    def fields(contract: NurseContract) -> Fields:
        limits = _limits(contract, name)
        return {"ends": "judged", **limits} if limits else {}

    return fields


def _days(contract: NurseContract) -> list[str]:
    return [WEEK[day][:3].lower() for day in contract.weekend]


def _weekends_in_a_row(contract: NurseContract) -> Fields:
    limits = _limits(contract, "ConsecutiveWorkingWeekends")
    return {"in_a_row": True, "ends": "judged", "days": _days(contract), **limits} if limits else {}


def _weekends_in_all(instance: NurseInstance) -> Callable[[NurseContract], Fields]:
    def fields(contract: NurseContract) -> Fields:
        limits = _limits(contract, "WorkingWeekendsInFourWeeks")
        if limits and len(instance.weekends(contract.weekend)) > 4:
            raise ValueError(f"{instance.name} limits weekends in four weeks of more than four")
        return {"days": _days(contract), **limits} if limits else {}

    return fields


def _whole(switch: str, **fields: bool) -> Callable[[NurseContract], Fields]:
    def found(contract: NurseContract) -> Fields:
        weight = contract.weight(switch)
        return {"days": _days(contract), "weight": weight, **fields} if weight else {}

    return found


def _skills(instance: NurseInstance) -> Iterator[Fields]:
    """Shifts for which somebody has no skill, where their contract minds."""
    people: dict[tuple[int, tuple[str, ...]], list[Nurse]] = defaultdict(list)
    for nurse in instance.nurses:
        weight = instance.contracts[nurse.contract].weight("AlternativeSkillCategory")
        unskilled = tuple(s.id for s in instance.shifts if not s.skills & nurse.skills)
        if weight and unskilled:
            people[weight, unskilled].append(nurse)
    for (weight, shifts), who in people.items():
        duties = {"shifts": list(shifts)}
        most = {"measure": "shifts", "most": 0}
        yield _wish("workload", weight, duties=duties, **_chosen(instance, who), **most)


def _sequences(instance: NurseInstance, pattern: UnwantedPattern) -> Iterator[list[Any]]:
    """A pattern as the steps of rules of which at most one counts wherever the pattern occurs.

    Raises:
        ValueError: it asks for more than sequences say.
    """
    if not pattern.begins_free:
        yield [_step(instance, *step) for step in pattern.steps]
        return
    # A free day, then any of the next days worked: the first that is worked decides.
    for length in range(1, len(pattern.steps)):
        what, when = pattern.steps[length]
        if what != "Any" or when == "Any":
            raise ValueError(f"{instance.name} has a pattern that no rule says")
        yield ["off"] * length + [_step(instance, what, when)]


def _step(instance: NurseInstance, what: str, when: str) -> Any:
    if what == "None":
        if when != "Any":
            raise ValueError(f"{instance.name} has a pattern that no rule says")
        return "off"
    shifts = [shift.id for shift in instance.shifts] if what == "Any" else [what]
    return {"shifts": shifts} | ({} if when == "Any" else {"weekdays": [when[:3].lower()]})
