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
from scheduler.search.search_state import LAST_SECONDS, Disagreement, SearchState, keeps_musts
from solver.arrays import Ints

SHARE = 0.1
"""The share of the time for paths where the model can still add to what they find."""

GLANCE = 1 / 300
"""The same where paths were asked for by name."""

MODEL = 1e-4
"""Seconds that making a model of everything takes for each cell, roughly and at the most."""

PROOFS = 0.2
"""The share of the time for paths in which all priorities but the last are proved."""


def search_paths(state: SearchState, start: Plan | None, *, asked: bool) -> bool:
    """Search over whole paths where that fits, or where it was `asked` for; whether that was the
    whole search.

    Raises:
        Disagreement: what paths keep and cost is not what the checker says.
    """
    size = cells(state.facts)
    if size < FEWEST_CELLS and not asked:
        return False
    problem = path_problem(state.facts, state.rules)
    if isinstance(problem, str):
        state.strategy = f"{WHOLE}, because {problem}"
        return False
    alone = size >= PATHS_ALONE
    search = problem.search(partial(_found, state, problem), partial(_bounded, state, problem))
    begun = time.monotonic()
    share = 1.0 if alone else SHARE if size >= FEWEST_CELLS else GLANCE
    budget = state.work_left() * share
    proving = 0.0 if len(problem.priorities) == 1 else PROOFS * budget
    search.run(
        budget - proving,
        workers=state.limits.workers,
        seed=state.limits.seed,
        stop=state.stop,
        left=lambda: state.seconds_left() - max(LAST_SECONDS, 3 * state.checking),
        counted=state.limits.reproducible,
        start=None if start is None else problem.roster(start),
    )
    state.count(search.meter.seconds)
    best = search.incumbent.best
    if best is None or not problem.keeps_musts(best):
        state.strategy = f"{WHOLE}, because no path was found for somebody"
        # A model of everything would be made long after the time is over.
        return size >= MOST_CELLS and state.over()
    plan = problem.plan(best)
    _agree(problem, plan, state.offer(plan, shown=True), search.incumbent.cost)
    # The best one may do better before the last priority than when the bound was found.
    _bounded(state, problem, search.incumbent.bound)
    _prove_earlier(state, problem, proving)
    seconds = time.monotonic() - begun
    state.strategy = f"paths: whole paths of people, exchanged and replanned, {seconds:.1f} s"
    if not state.open():
        return True
    if not alone or (state.seconds_left() > 1 + MODEL * size and size < MOST_CELLS):
        state.strategy += "; then the whole by CP-SAT"
        return False
    return True


def _found(state: SearchState, problem: PathProblem, chosen: Sequence[Ints], cost: int) -> None:
    if state.due() and problem.keeps_musts(chosen):
        plan = problem.plan(chosen)
        _agree(problem, plan, state.offer(plan, shown=True), cost)


def _bounded(state: SearchState, problem: PathProblem, bound: int) -> None:
    """What a bound of whole rosters says of the last priority."""
    if state.best is not None and problem.priorities:
        least = problem.least(bound, state.best[1].costs)
        state.raise_bound(problem.priorities[-1], least)


def _agree(problem: PathProblem, plan: Plan, report: Report, cost: int) -> None:
    keeps_musts(plan, report, "a roster of paths")
    if len(problem.priorities) != 1:
        return
    counted, said = sum(report.costs.values()), cost / problem.duties.scale
    if counted != said:
        raise Disagreement(f"the checker counts {counted}, the paths {said}", plan.schedule())


def _prove_earlier(state: SearchState, problem: PathProblem, seconds: float) -> None:
    """Bounds of all priorities but the last, by columns alone: what comes later is left out."""
    earlier = problem.priorities[:-1]
    for place, priority in enumerate(earlier):
        if state.proved(priority) or state.over():
            continue
        rules = [r for r in state.rules if r.priority == "must" or r.priority <= priority]
        alone = path_problem(state.facts, rules)
        if isinstance(alone, str):
            return
        search = alone.search(lambda chosen, cost: None, partial(_bounded, state, alone))
        search.prove(
            seconds / (len(earlier) - place),
            seed=state.limits.seed,
            stop=state.stop,
            left=state.seconds_left,
            counted=state.limits.reproducible,
        )
        state.count(search.meter.seconds)
