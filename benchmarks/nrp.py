"""The public employee shift scheduling instances as ordinary requests, and rosters back."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks import peer_nrp
from benchmarks.instance import Employee, Instance, read
from benchmarks.law import set_aside
from benchmarks.public_rosters import InstanceOutcome, best_known, solve, write_roster
from benchmarks.roster import broken, penalty
from models.answer.schedule import Schedule
from scheduler.intake.parse import read_request
from scheduler.intake.request import RotaRequest
from scheduler.search.params import DEFAULTS, SearchParams

MONDAY = date(2024, 1, 1)
"""Day 0 of every instance is a Monday."""


def request_of(instance: Instance, *, seconds: float, workers: int, seed: int) -> RotaRequest:
    """An instance as a request: cover and wishes at priority 1, all other rules must hold.

    Every shift begins at midnight, since the format gives lengths only, so that nobody can have
    two on one day; the clock is UTC, in which every day has 24 hours.

    Raises:
        ValueError: shortages or surpluses of one shift have several prices.
    """
    last = MONDAY + timedelta(days=instance.days - 1)
    document: dict[str, Any] = {
        "problem": {
            "name": instance.name,
            "time_zone": "UTC",
            "horizon": {"first": MONDAY.isoformat(), "last": last.isoformat()},
            "skills": {f"can-{s.id}": f"Works {s.id}" for s in instance.shifts},
            "schools": [
                {
                    "id": "site",
                    "name": "Site",
                    "weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
                }
            ],
            "people": [_person(instance, one) for one in instance.staff],
            "shifts": list(_shifts(instance)),
        },
        "rules": list(_rules(instance)),
        "without": set_aside("the instance has all of its rules, and no others"),
        "limits": {"seconds": seconds, "workers": workers, "seed": seed, "memory_mb": 12_000},
    }
    return read_request(document)


def roster(instance: Instance, schedule: Schedule) -> dict[str, list[str]]:
    """Each person's shift, or nothing, on each day."""
    found = {one.id: [""] * instance.days for one in instance.staff}
    for placement in schedule.placements:
        shift, _, day = placement.duty.partition("@")
        found[placement.person][(date.fromisoformat(day) - MONDAY).days] = shift
    return found


def _person(instance: Instance, one: Employee) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.id,
        "home": "site",
        "skills": [
            {"skill": f"can-{shift.id}"}
            for shift in instance.shifts
            if one.most_of.get(shift.id, instance.days) > 0
        ],
        "away": [
            {"first": day.isoformat(), "last": day.isoformat()}
            for day in (MONDAY + timedelta(days=n) for n in sorted(one.days_off))
        ],
    }


def _shifts(instance: Instance) -> Iterator[dict[str, Any]]:
    """A shift of each kind; the usual need is its pattern, other days are exceptions to it."""
    required: dict[str, dict[int, int]] = defaultdict(dict)
    for row in instance.cover:
        required[row.shift][row.day] = row.required
    for shift in instance.shifts:

        def need(count: int, id: str = shift.id) -> list[dict[str, Any]]:
            return [{"count": count, "who": {"skill": f"can-{id}"}}]

        yield {
            "id": shift.id,
            "name": shift.id,
            "school": "site",
            "start": "00:00",
            "end": f"{shift.minutes // 60:02d}:{shift.minutes % 60:02d}",
            "needs": need(0),
            "exceptions": [
                {"date": (MONDAY + timedelta(days=day)).isoformat(), "needs": need(count)}
                for day, count in sorted(required[shift.id].items())
                if count
            ],
        }


def _rules(instance: Instance) -> Iterator[dict[str, Any]]:
    yield from _cover(instance)
    if instance.wishes:
        yield {
            "kind": "requests",
            "priority": 1,
            "wishes": [
                {
                    "person": wish.staff,
                    "date": (MONDAY + timedelta(days=wish.day)).isoformat(),
                    "shift": wish.shift,
                    "want": "on" if wish.wanted else "off",
                    "weight": wish.weight,
                }
                for wish in instance.wishes
            ],
        }
    for shift in instance.shifts:
        if shift.not_before:
            after = {"shifts": sorted(shift.not_before)}
            yield {"kind": "shift_sequence", "days": [{"shifts": [shift.id]}, after]}
    yield from _contracts(instance)
    yield from _caps(instance)


def _cover(instance: Instance) -> Iterator[dict[str, Any]]:
    for kind, price in (("cover", "under"), ("surplus", "over")):
        shifts_at: dict[int, set[str]] = defaultdict(set)
        for row in instance.cover:
            shifts_at[getattr(row, price)].add(row.shift)
        if sum(map(len, shifts_at.values())) > len({row.shift for row in instance.cover}):
            raise ValueError(f"{instance.name} has several prices for {kind} of one shift")
        for weight, shifts in sorted(shifts_at.items()):
            yield {
                "kind": kind,
                "priority": 1,
                "weight": weight,
                **({"duties": {"shifts": sorted(shifts)}} if len(shifts_at) > 1 else {}),
            }


def _contracts(instance: Instance) -> Iterator[dict[str, Any]]:
    """The rules about days and minutes, each for all people with the same numbers."""
    takes: dict[str, Callable[[Employee], dict[str, int]]] = {
        "workload": lambda s: {"most": s.most_minutes, "least": s.least_minutes},
        "consecutive_days": lambda s: {"most": s.longest_work, "least": s.shortest_work},
        "consecutive_days_off": lambda s: {"least": s.shortest_rest},
        "weekends": lambda s: {"most": s.most_weekends},
    }
    for kind, fields in takes.items():
        people: dict[tuple[tuple[str, int], ...], list[str]] = defaultdict(list)
        for one in instance.staff:
            people[tuple(fields(one).items())].append(one.id)
        for limits, who in people.items():
            chosen = {"people": {"people": who}} if len(people) > 1 else {}
            measure = {"measure": "minutes"} if kind == "workload" else {}
            yield {"kind": kind, **measure, **chosen, **dict(limits)}


def _caps(instance: Instance) -> Iterator[dict[str, Any]]:
    people: dict[tuple[str, int], list[str]] = defaultdict(list)
    for one in instance.staff:
        for shift, most in one.most_of.items():
            if 0 < most < instance.days:
                people[shift, most].append(one.id)
    for (shift, most), who in people.items():
        yield {
            "kind": "workload",
            "measure": "shifts",
            "people": {"people": who},
            "duties": {"shifts": [shift]},
            "most": most,
        }


def run(
    path: Path,
    *,
    seconds: float,
    workers: int,
    seed: int,
    out: Path,
    peer: bool,
    params: SearchParams = DEFAULTS,
) -> InstanceOutcome:
    """Solve one instance as every request is solved, and write its roster.

    Raises:
        RuntimeError: the roster breaks a rule of the instance.
    """
    instance = read(path)
    request = request_of(instance, seconds=seconds, workers=workers, seed=seed)
    solved = solve(request, params)
    found = None
    if solved.result.schedule is not None:
        rows = roster(instance, solved.result.schedule)
        wrong = broken(instance, rows)
        if wrong:
            raise RuntimeError(f"{instance.name}: {'; '.join(wrong[:5])}")
        found = penalty(instance, rows)
        write_roster(out / f"{instance.name}.csv", rows)
    return InstanceOutcome(
        instance.name,
        found,
        solved.bound,
        solved.first,
        solved.seconds,
        best_known(path),
        solved.result.receipt.strategy,
        _peer(instance, seconds, workers, seed) if peer else None,
    )


def _peer(instance: Instance, seconds: float, workers: int, seed: int) -> int | None:
    try:
        answer = peer_nrp.solve(instance, seconds=seconds, workers=workers, seed=seed)
    except ValueError:
        return None
    return None if answer.roster is None else penalty(instance, answer.roster)
