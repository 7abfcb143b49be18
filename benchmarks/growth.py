"""How compiling grows with people, weeks and shifts: seconds and memory, a process for each."""

import multiprocessing
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from benchmarks.law import set_aside
from models.facts.facts import Facts
from scheduler.intake.parse import read_request
from scheduler.intake.request import RotaRequest
from scheduler.search.compile import compile_model
from scheduler.search.params import DEFAULTS
from scheduler.search.path_problem import path_problem
from scheduler.search.strategy import cells

SIZES = ((10, 1), (30, 2), (60, 4), (100, 8), (200, 13), (400, 26), (600, 26))
"""People and weeks."""

MONDAY = date(2026, 1, 5)


@dataclass(frozen=True)
class Grown:
    """One size: its cells (people by duties), and what each way of compiling takes."""

    people: int
    weeks: int
    cells: int
    facts_seconds: float
    paths_seconds: float
    model_seconds: float | None
    """None where the engine would make no model of the whole."""
    peak_mb: float


def request(people: int, weeks: int, shifts: int = 3) -> RotaRequest:
    """A rota of one school with rules about days, weeks and rest."""
    last = MONDAY + timedelta(days=7 * weeks - 1)
    document: dict[str, Any] = {
        "problem": {
            "name": "Growth",
            "horizon": {"first": MONDAY.isoformat(), "last": last.isoformat()},
            "schools": [
                {
                    "id": "s",
                    "name": "School",
                    "weekdays": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
                }
            ],
            "people": [{"id": f"p{n}", "name": f"Person {n}", "home": "s"} for n in range(people)],
            "shifts": [
                {
                    "id": f"k{n}",
                    "name": f"Shift {n}",
                    "school": "s",
                    "start": f"{6 + 5 * n:02d}:00",
                    "end": f"{12 + 5 * n:02d}:00",
                    "needs": [{"count": max(1, people // (2 * shifts))}],
                }
                for n in range(shifts)
            ],
        },
        "rules": [
            {"kind": "cover", "priority": 1, "weight": 10},
            {"kind": "surplus", "priority": 1},
            {"kind": "min_rest"},
            {"kind": "consecutive_days", "most": 5, "least": 2},
            {"kind": "consecutive_days_off", "least": 2},
            {"kind": "weekends", "most": weeks},
            {
                "kind": "workload",
                "measure": "minutes",
                "most": weeks * 2200,
                "least": weeks * 1000,
            },
        ],
        "without": set_aside("the growth of one set of rules is measured", but=("min_rest",)),
    }
    return read_request(document)


def grow() -> Iterator[Grown]:
    """Every size, from small to large."""
    context = multiprocessing.get_context("spawn")
    for people, weeks in SIZES:
        queue = context.Queue()
        process = context.Process(target=_measure, args=(queue, people, weeks))
        process.start()
        yield queue.get()
        process.join()


def _measure(queue: "multiprocessing.Queue[Grown]", people: int, weeks: int) -> None:
    asked = request(people, weeks)
    began = time.monotonic()
    facts = Facts(asked.problem)
    size = cells(facts)
    with_facts = time.monotonic()
    found = path_problem(facts, asked.all_rules)
    if isinstance(found, str):
        raise RuntimeError(found)
    with_paths = time.monotonic()
    model = None
    if size < DEFAULTS.strategy.most_cells:
        compile_model(facts, asked.all_rules)
        model = time.monotonic() - with_paths
    queue.put(
        Grown(
            people,
            weeks,
            size,
            with_facts - began,
            with_paths - with_facts,
            model,
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        )
    )
