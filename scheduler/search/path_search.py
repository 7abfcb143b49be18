"""A request searched over everybody's whole paths, where that fits: schedules, and a bound for each
priority."""

import time
from collections.abc import Sequence
from functools import partial

from models.answer.report import Report
from models.facts.plan import Plan
from scheduler.search.cpsat_search import WHOLE
from scheduler.search.path_problem import (
    FEWEST_CELLS,
    MOST_CELLS,
    PATHS_ALONE,
    PathProblem,
    cells,
    path_problem,
)
from scheduler.search.search_state import LAST_SECONDS, Disagreement, Standing, keeps_musts
from solver.arrays import Ints

SHARE = 0.1
"""The share of the time for paths where the model can still add to what they find."""

GLANCE = 1 / 300
"""The same where paths were asked for by name."""

MODEL = 1e-4
"""Seconds that making a model of everything takes for each cell, roughly and at the most."""

PROOFS = 0.2
"""The share of the time for paths in which all priorities but the last are proved."""


def search_paths(standing: Standing, start: Plan | None, *, asked: bool) -> bool:
    """Search over whole paths where that fits, or where it was `asked` for; whether that was the
    whole search.

    Raises:
        Disagreement: what paths keep and cost is not what the checker says.
    """
    size = cells(standing.facts)
    if size < FEWEST_CELLS and not asked:
        return False
    problem = path_problem(standing.facts, standing.rules)
    if isinstance(problem, str):
        standing.strategy = f"{WHOLE}, because {problem}"
        return False
    alone = size >= PATHS_ALONE
    search = problem.search(
        partial(_found, standing, problem), partial(_bounded, standing, problem)
    )
    begun = time.monotonic()
    share = 1.0 if alone else SHARE if size >= FEWEST_CELLS else GLANCE
    budget = standing.work_left() * share
    proving = 0.0 if len(problem.priorities) == 1 else PROOFS * budget
    search.run(
        budget - proving,
        workers=standing.limits.workers,
        seed=standing.limits.seed,
        stop=standing.stop,
        left=lambda: standing.seconds_left() - max(LAST_SECONDS, 3 * standing.checking),
        counted=standing.limits.reproducible,
        start=None if start is None else problem.roster(start),
    )
    standing.count(search.meter.seconds)
    best = search.incumbent.best
    if best is None or not problem.keeps_musts(best):
        standing.strategy = f"{WHOLE}, because no path was found for somebody"
        # A model of everything would be made long after the time is over.
        return size >= MOST_CELLS and standing.over()
    plan = problem.plan(best)
    _agree(problem, plan, standing.offer(plan, shown=True), search.incumbent.cost)
    # The best one may do better before the last priority than when the bound was found.
    _bounded(standing, problem, search.incumbent.bound)
    _prove_earlier(standing, problem, proving)
    seconds = time.monotonic() - begun
    standing.strategy = f"paths: whole paths of people, exchanged and replanned, {seconds:.1f} s"
    if not standing.open():
        return True
    if not alone or (standing.seconds_left() > 1 + MODEL * size and size < MOST_CELLS):
        standing.strategy += "; then the whole by CP-SAT"
        return False
    return True


def _found(standing: Standing, problem: PathProblem, chosen: Sequence[Ints], cost: int) -> None:
    if standing.due() and problem.keeps_musts(chosen):
        plan = problem.plan(chosen)
        _agree(problem, plan, standing.offer(plan, shown=True), cost)


def _bounded(standing: Standing, problem: PathProblem, bound: int) -> None:
    """What a bound of whole rosters says of the last priority."""
    if standing.best is not None and problem.priorities:
        least = problem.least(bound, standing.best[1].costs)
        standing.raise_bound(problem.priorities[-1], least)


def _agree(problem: PathProblem, plan: Plan, report: Report, cost: int) -> None:
    keeps_musts(plan, report, "a roster of paths")
    if len(problem.priorities) != 1:
        return
    counted, said = sum(report.costs.values()), cost / problem.duties.scale
    if counted != said:
        raise Disagreement(f"the checker counts {counted}, the paths {said}", plan.schedule())


def _prove_earlier(standing: Standing, problem: PathProblem, seconds: float) -> None:
    """Bounds of all priorities but the last, by columns alone: what comes later is left out."""
    earlier = problem.priorities[:-1]
    for place, priority in enumerate(earlier):
        if standing.proved(priority) or standing.over():
            continue
        rules = [r for r in standing.rules if r.priority == "must" or r.priority <= priority]
        alone = path_problem(standing.facts, rules)
        if isinstance(alone, str):
            return
        search = alone.search(lambda chosen, cost: None, partial(_bounded, standing, alone))
        search.prove(
            seconds / (len(earlier) - place),
            seed=standing.limits.seed,
            stop=standing.stop,
            left=standing.seconds_left,
            counted=standing.limits.reproducible,
        )
        standing.count(search.meter.seconds)
