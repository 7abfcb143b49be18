"""The summer hub beside a Timefold model of it, in the same run and judged by the same checker."""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from models.answer.schedule import Schedule
from scheduler.child import solve_in_child
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.search.params import DEFAULTS, SearchParams

SEEDS = (1, 2, 3)

STARTS = 60.0
"""Seconds beyond its limit after which the peer is given up."""


@dataclass(frozen=True)
class HubRun:
    """One run: who, with which seed, and what the checker says of the schedule."""

    who: str
    seed: int
    broken: int
    """The musts that are broken, as an amount."""
    values: tuple[int, ...]
    """Of the priorities, in order."""
    bounds: tuple[int, ...] = ()
    """What was proved of each; empty where nothing is."""


def side_by_side(
    request: RotaRequest, peer: Path, *, seconds: float, params: SearchParams = DEFAULTS
) -> Iterator[HubRun]:
    """For each seed this engine, then the peer: with all cores, and with the one it can use.

    Raises:
        OSError: the peer cannot be started.
        subprocess.CalledProcessError: the peer failed.
        subprocess.TimeoutExpired: it did not end.
    """
    for seed in SEEDS:
        limits = request.limits.model_copy(update={"seconds": seconds, "seed": seed})
        asked = request.model_copy(update={"limits": limits})
        result = solve_in_child(asked, params=params)
        if result.report is not None:
            vector = result.report.vector
            bounds = tuple(level.bound for level in result.levels)
            yield HubRun("schoolrota", seed, vector[0], vector[1:], bounds)
        yield judged(asked, by_peer(asked, peer, seconds=seconds, seed=seed), seed)


def by_peer(request: RotaRequest, peer: Path, *, seconds: float, seed: int) -> Schedule:
    """The peer's schedule: `peer` is the folder that its `build.sh` wrote."""
    with tempfile.TemporaryDirectory() as folder:
        asked, answer = Path(folder) / "request.json", Path(folder) / "answer.json"
        document = request.model_dump(mode="json", exclude_defaults=True)
        document["rules"] = [
            {"kind": rule.name, **rule.model_dump(mode="json", exclude_defaults=True)}
            for rule in request.rules
        ]
        asked.write_text(json.dumps(document), encoding="utf-8")
        command = ["java", "-XX:+UseParallelGC", "-Xms512m", "-Xmx1500m", "-cp"]
        command += [f"{peer}/classes:{peer}/jars/*", "hub.Main", str(asked)]
        command += [f"{seconds:g}", str(answer), str(seed)]
        subprocess.run(command, check=True, capture_output=True, timeout=seconds + STARTS)
        return Schedule.model_validate_json(answer.read_bytes())


def judged(request: RotaRequest, schedule: Schedule, seed: int) -> HubRun:
    """What the checker says of the peer's schedule."""
    report = Case(request).check(schedule)
    return HubRun("Timefold, one thread", seed, report.vector[0], report.vector[1:])
