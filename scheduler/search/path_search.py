"""The search over everybody's whole paths: schedules, and a bound for each priority.

Rosters are annealed and improved by large neighbourhood search, bounds proved by column generation
(`solver.search.roster_search`); here they are checked, kept, and read as values of priorities.
"""

from collections.abc import Sequence
from functools import partial

from models.answer.report import Report
from models.facts.plan import Plan
from scheduler.search.path_problem import PathProblem, path_problem
from scheduler.search.search_state import Disagreement, SearchState, keeps_musts
from scheduler.search.strategy import BY_CPSAT, StrategyChoice
from solver.arrays import Ints


def search_paths(state: SearchState, start: Plan | None, choice: StrategyChoice) -> bool:
    """Search over whole paths for the share of the time that they get; whether that was the whole
    search, so that CP-SAT has nothing to add.

    Raises:
        Disagreement: what paths keep and cost is not what the checker says.
    """
    if not choice.paths_share:
        return False
    params = state.params.paths
    problem = path_problem(state.facts, state.rules, params, state.params.roster)
    if isinstance(problem, str):
        state.describe(f"{BY_CPSAT}, because {problem}")
        return False
    search = problem.search(partial(_found, state, problem), partial(_bounded, state, problem))
    budget = state.time.work_left() * choice.paths_share
    proving = 0.0 if len(problem.priorities) == 1 else params.proofs * budget
    search.run(
        budget - proving,
        workers=state.limits.workers,
        seed=state.limits.seed,
        stop=state.time.stop,
        left=lambda: _left(state),
        counted=state.limits.reproducible,
        start=None if start is None else problem.roster(start),
    )
    state.time.count(search.meter.seconds)
    best = search.incumbent.best
    if best is None or not problem.keeps_musts(best):
        state.describe(f"{BY_CPSAT}, because no path was found for somebody")
        if best is not None:
            state.offer(problem.plan(best), shown=True)
        # A model of everything would be made after the time is over.
        return state.time.over()
    plan = problem.plan(best)
    _agree(problem, plan, state.offer(plan, shown=True), search.incumbent.cost)
    # The incumbent may do better at an earlier priority than the one that the bound was found with.
    _bounded(state, problem, search.incumbent.bound)
    _prove_earlier(state, problem, proving)
    state.describe("paths: whole paths of people, exchanged and replanned")
    if not state.open():
        return True
    if not choice.paths_alone or choice.model_fits(state.time.seconds_left()):
        state.describe_further("; then the whole by CP-SAT")
        return False
    return True


def _left(state: SearchState) -> float:
    """Seconds on the clock until a last check must begin."""
    checks = state.params.paths.last_checks * state.check_seconds
    return state.time.seconds_left() - max(state.params.budget.last_seconds, checks)


def _found(state: SearchState, problem: PathProblem, chosen: Sequence[Ints], cost: int) -> None:
    if state.due() and problem.keeps_musts(chosen):
        plan = problem.plan(chosen)
        _agree(problem, plan, state.offer(plan, shown=True), cost)


def _bounded(state: SearchState, problem: PathProblem, bound: int) -> None:
    """Read a bound of whole rosters as one of the last priority."""
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
    """Bound all priorities but the last, by column generation with the later rules left out."""
    earlier = problem.priorities[:-1]
    for place, priority in enumerate(earlier):
        if state.proved(priority) or state.time.over():
            continue
        rules = [r for r in state.rules if r.priority == "must" or r.priority <= priority]
        alone = path_problem(state.facts, rules, state.params.paths, state.params.roster)
        if isinstance(alone, str):
            return
        search = alone.search(lambda chosen, cost: None, partial(_bounded, state, alone))
        search.prove(
            seconds / (len(earlier) - place),
            seed=state.limits.seed,
            stop=state.time.stop,
            left=state.time.seconds_left,
            counted=state.limits.reproducible,
        )
        state.time.count(search.meter.seconds)
