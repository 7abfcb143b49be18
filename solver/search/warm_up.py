"""Compiles the kernels, so that no rota has to wait for it: `python -m solver.search.warm_up`.

They are kept on disk, beside the modules or in NUMBA_CACHE_DIR, and compiled again where a module
or the kind of processor is another.
"""

import subprocess
import sys
import time

import numpy as np

from models.facts.facts import Facts
from models.problem.problem import Problem
from solver.arrays import KERNELS, watching_compiler
from solver.cpsat.model import CpSatModel
from solver.lns.annealing import RosterAnnealing
from solver.network.headcount_costs import HeadcountCosts
from solver.network.network_builder import NetworkBuilder
from solver.network.shape_collector import ShapeCollector
from solver.rcpsp.activity_lists import ActivityListGA
from solver.rcpsp.params import ActivityListParams
from solver.rcpsp.project_view import project
from solver.search.roster_search import RosterSearch

TWO_DAYS = {
    "name": "Two days",
    "horizon": {"first": "2026-01-05", "last": "2026-01-06"},
    "schools": [{"id": "s", "name": "School"}],
    "people": [{"id": "a", "name": "A", "home": "s"}],
    "shifts": [
        {
            "id": "d",
            "name": "Day",
            "school": "s",
            "start": "09:00",
            "end": "15:00",
            "needs": [{"count": 1}],
        }
    ],
}
"""The smallest rota whose search calls every kernel of paths."""

ONE_HALL = {
    "name": "One hall",
    "horizon": {"first": "2026-01-05", "last": "2026-01-05"},
    "schools": [{"id": "s", "name": "School"}],
    "people": [],
    "resources": [{"id": "hall", "name": "Hall"}],
    "activities": [
        {"id": f"a{n}", "name": "A", "school": "s", "minutes": 10, "uses": [{"one_of": ["hall"]}]}
        for n in range(ActivityListParams().fewest_jobs)
    ],
}
"""The same for the kernels of activity lists."""


def warm() -> None:
    """Compile what is not compiled yet, in this process."""
    _paths()
    _lists()


def _paths() -> None:
    facts = Facts(Problem.model_validate(TWO_DAYS))
    networks = NetworkBuilder(facts, ShapeCollector(facts), lambda price: price.weight).all()
    duties = HeadcountCosts(np.array([0, 3, 6], np.int32), np.array([1, 0, 1] * 2, np.int32), 1)
    search = RosterSearch(
        networks, duties, found=lambda roster, cost: None, bounded=lambda bound: None
    )
    search.run(1.0, workers=1, seed=1, stop=lambda: False, left=lambda: 60.0, counted=True)
    # Years are planned window by window.
    long = RosterAnnealing(networks, duties, 1, days=1)
    long.begin(lambda: False)
    for _ in range(20):
        long.move(0, 0.0)


def _lists() -> None:
    facts = Facts(Problem.model_validate(ONE_HALL))
    model = CpSatModel(facts)
    model.stays_within(0, {o.number: {0: 1} for o in facts.occasions})
    last = model.cp.new_int_var(0, max(o.ends[-1] for o in facts.occasions), "")
    for o in facts.occasions:
        model.cp.add(model.times.end(o.number) <= last)
    model.cp.minimize(last)
    lists = ActivityListGA(project(model), seed=1)
    lists.run(
        lambda: lists.counted_seconds > 0.01,
        lambda starts, cost: lists.offer(lists.project.plan(starts)),
    )


STAGES = {"paths": (_paths, "solver.network."), "activity lists": (_lists, "solver.rcpsp.")}
"""What is compiled side by side: how, and whose kernels."""

SHOWN = 6
"""Kernels between two lines about the progress."""


def _compile(stage: str) -> None:
    """Compile one stage, and say how far it is."""
    compile_all, package = STAGES[stage]
    began = time.monotonic()
    kernels = {name for name in KERNELS if name.startswith(package)}
    done: set[str] = set()

    def compiled(name: str) -> None:
        if name in kernels - done:
            done.add(name)
            if len(done) % SHOWN == 0:
                _say(f"  {stage}: {len(done)} of {len(kernels)}, {time.monotonic() - began:.0f} s")

    with watching_compiler(compiled):
        compile_all()
    _say(f"  {stage}: ready, {len(done)} compiled in {time.monotonic() - began:.0f} s")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """Compile all stages side by side; 1 if the one in another process fails."""
    _say("Compiling the solver's kernels for this machine, once; it takes up to two minutes:")
    here, *elsewhere = STAGES
    python = [sys.executable, *(["-P"] if sys.flags.safe_path else [])]
    running = [subprocess.Popen([*python, "-m", __spec__.name, stage]) for stage in elsewhere]
    _compile(here)
    ended = [process.wait() for process in running]
    return int(any(ended))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _compile(sys.argv[1])
    else:
        sys.exit(main())
