"""What each part of the search is worth: every instance with one part switched off at a time."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import activities, nrp, projects
from benchmarks.instance import read as read_instance
from models.answer.result import Level, Progress
from scheduler.child import solve_in_child
from scheduler.intake.parse import read_request
from scheduler.intake.request import RotaRequest
from scheduler.search.params import SearchParams, with_values

PARTS: Mapping[str, Mapping[str, Any]] = {
    "path search": {"strategy": {"paths": False}},
    "annealing": {"roster": {"switches": {"annealing": False}}},
    "near moves of annealing": {"roster": {"annealing": {"near_moves": False}}},
    "LNS over rosters": {"roster": {"switches": {"neighbourhoods": False}}},
    "columns over everybody": {"roster": {"switches": {"columns": False}}},
    "dives": {"roster": {"switches": {"dives": False}}},
    "CP-SAT LNS": {"cpsat_lns": {"run": False}},
    "pattern bound": {"cpsat_search": {"bound": False}},
    "activity lists": {"cpsat_search": {"activity_lists": False}},
}
"""By name, the parameters that switch a part off."""

EVERYTHING = "nothing"
"""What the full search goes without."""


@dataclass(frozen=True)
class AblationRun:
    """One instance, solved without one part."""

    instance: str
    without: str
    values: tuple[int, ...]
    """Of the priorities, in order; empty where nothing was found."""
    bounds: tuple[int, ...]
    first: float | None
    """Seconds from submission to the first checked schedule."""
    seconds: float
    strategy: str


def read(path: Path, *, seconds: float, workers: int, seed: int) -> RotaRequest:
    """An instance of any kind as a request: shift scheduling (.txt), project scheduling, or JSON.

    Raises:
        InvalidRequest: it is JSON, and no request.
    """
    if path.suffix == ".txt":
        instance = read_instance(path)
        return nrp.request_of(instance, seconds=seconds, workers=workers, seed=seed)
    if path.suffix == ".json":
        asked = read_request(path.read_bytes())
    else:
        asked = activities.request(projects.read(path), seconds=seconds, workers=workers)
    changed = {"seconds": seconds, "workers": workers, "seed": seed}
    limits = asked.limits.model_copy(update=changed)
    return asked.model_copy(update={"limits": limits})


def run(name: str, request: RotaRequest, without: str, params: SearchParams) -> AblationRun:
    """Solve a request in a child, with the parameters as they are."""
    first: list[float] = []
    began = time.monotonic()

    def listen(news: Progress) -> None:
        if news.schedule is not None and not first:
            first.append(time.monotonic() - began)

    result = solve_in_child(request, listen=listen, params=params)
    took = time.monotonic() - began
    if not first and result.schedule is not None:
        first.append(took)
    levels: Sequence[Level] = result.levels
    return AblationRun(
        name,
        without,
        tuple(level.value for level in levels),
        tuple(level.bound for level in levels),
        first[0] if first else None,
        took,
        result.receipt.strategy,
    )


def ablate(
    name: str, request: RotaRequest, parts: Sequence[str], params: SearchParams
) -> Iterator[AblationRun]:
    """The full search of a request, then one without each part."""
    yield run(name, request, EVERYTHING, params)
    for part in parts:
        yield run(name, request, part, with_values(params, PARTS[part]))


def row(full: AblationRun, one: AblationRun) -> list[str]:
    """A run as cells of the table, beside the full search of the same instance."""
    value, bound = ("", "") if one is full else worth(full, one)
    return [
        one.instance,
        one.without,
        " ".join(map(str, one.values)) or "none",
        " ".join(map(str, one.bounds)),
        value,
        bound,
        "none" if one.first is None else f"{one.first:.1f}",
        f"{one.seconds:.1f}",
    ]


def worth(full: AblationRun, other: AblationRun) -> tuple[str, str]:
    """What value and bound lose without a part, at the first priority at which they differ.

    A bound is compared up to the first priority at which the values differ, since after it they
    speak of different schedules. A loss is positive, whichever way the number itself goes.
    """
    if not full.values or not other.values:
        return ("" if full.values == other.values else "no schedule"), ""
    value = bound = "0"
    for priority, numbers in enumerate(
        zip(full.values, other.values, full.bounds, other.bounds, strict=True), 1
    ):
        ours, theirs, proved, theirs_proved = numbers
        if bound == "0" and proved != theirs_proved:
            bound = _at(priority, proved - theirs_proved, len(full.values))
        if ours != theirs:
            value = _at(priority, theirs - ours, len(full.values))
            break
    return value, bound


def _at(priority: int, loss: int, priorities: int) -> str:
    return f"{loss:+d}" if priorities == 1 else f"{loss:+d} at priority {priority}"
