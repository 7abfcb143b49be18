"""One minimisation by CP-SAT, which reports incumbents and bounds and heeds stop requests."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from ortools.sat.python import cp_model

from models.facts.plan import Plan
from solver.cpsat.model import CpSatModel
from solver.cpsat.params import CpSatParams
from solver.language.slack import LinearExprT

COUNTABLE = 2**53
"""The largest sum of costs that the solver states exactly: it gives objective and bound in floating
point."""

SECONDS_PER_UNIT = 2.0
"""Seconds that one unit of CP-SAT's deterministic time counts as, where work is counted."""


class SolveStatus(StrEnum):
    """How a minimisation ended."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    IMPOSSIBLE = "impossible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Effort:
    """How much work one minimisation may take."""

    seconds: float
    fuse: float
    """Seconds on the clock after which it ends in any case."""
    workers: int = 2
    seed: int = 1
    counted: bool = False
    """Work is counted, not timed: one worker, and `seconds` are deterministic time."""
    first_only: bool = False
    """Stop at the first solution."""
    presolve: bool = True
    """Without presolve the solver comes to an answer by another way: a second opinion."""
    large: bool = False
    """The model is so large that more searches than cores would get nowhere."""
    scheduled: bool = False
    """Good schedules come from elsewhere, so that CP-SAT searches for the bound."""


@dataclass(frozen=True, slots=True)
class Solution:
    """The outcome of a minimisation."""

    outcome: SolveStatus
    value: int | None
    """The objective reached, by the solver."""
    bound: int
    """No solution is below this."""
    plan: Plan | None
    values: tuple[int, ...] = ()
    """The value of every variable of the model, in order: a hint for the next minimisation."""
    fuse_blown: bool = False
    counted_seconds: float = 0.0
    """The work done, in deterministic time."""


def minimise(
    model: CpSatModel,
    objective: LinearExprT,
    effort: Effort,
    *,
    stop: Callable[[], bool],
    found: Callable[[Plan], None] = lambda plan: None,
    bounded: Callable[[int], None] = lambda bound: None,
) -> Solution:
    """Minimise an objective of whole numbers over a model.

    Args:
        model: the problem.
        objective: what to minimise; 0 asks for any solution.
        effort: how much work it may take.
        stop: whether to end, asked ten times a second.
        found: called with each better plan, from the solver's thread.
        bounded: called with each better bound, from the solver's thread.
    """
    model.cp.minimize(objective)
    solver = cp_model.CpSolver()
    _set(solver, effort, model.params)
    deadline = time.monotonic() + effort.fuse
    solver.best_bound_callback = lambda bound: bounded(whole(bound))
    done = threading.Event()
    watcher = threading.Thread(
        target=_watch, args=(solver, stop, deadline, done), name="stop-watcher", daemon=True
    )
    watcher.start()
    try:
        status = solver.solve(model.cp, _Incumbents(model, found, effort.first_only))
    finally:
        done.set()
        watcher.join()
    late = effort.counted and time.monotonic() >= deadline
    counted = solver.response_proto.deterministic_time * SECONDS_PER_UNIT
    if status == cp_model.MODEL_INVALID:
        raise ValueError(f"the model is not valid: {model.cp.validate()}")
    if status == cp_model.INFEASIBLE:
        return Solution(
            SolveStatus.IMPOSSIBLE, None, 0, None, fuse_blown=late, counted_seconds=counted
        )
    bound = whole(solver.best_objective_bound)
    if status == cp_model.UNKNOWN:
        return Solution(
            SolveStatus.UNKNOWN, None, bound, None, fuse_blown=late, counted_seconds=counted
        )
    return Solution(
        SolveStatus.OPTIMAL if status == cp_model.OPTIMAL else SolveStatus.FEASIBLE,
        round(solver.objective_value),
        bound,
        model.read(solver.value),
        tuple(solver.response_proto.solution),
        fuse_blown=late,
        counted_seconds=counted,
    )


@dataclass(frozen=True, slots=True)
class CopySolution:
    """The outcome of a search in a copy of a model."""

    plan: Plan | None
    """That of the best solution, if any."""
    values: tuple[int, ...]
    """The value of every variable in it; empty if there is none."""
    settled: bool
    """Whether nothing better is possible in the copy."""
    counted_seconds: float
    """The work done, in deterministic time."""


def solve_copy(
    model: CpSatModel, copy: cp_model.CpModel, effort: Effort, stop: Callable[[], bool]
) -> CopySolution:
    """Solve a copy of a model with more constraints."""
    solver = cp_model.CpSolver()
    _set(solver, effort, model.params)
    done = threading.Event()
    deadline = time.monotonic() + effort.fuse
    watcher = threading.Thread(
        target=_watch, args=(solver, stop, deadline, done), name="stop-watcher", daemon=True
    )
    watcher.start()
    try:
        status = solver.solve(copy)
    finally:
        done.set()
        watcher.join()
    work = solver.response_proto.deterministic_time * SECONDS_PER_UNIT
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return CopySolution(None, (), status == cp_model.INFEASIBLE, work)
    values = tuple(solver.response_proto.solution)
    plan = model.read(lambda variable: values[variable.index])
    return CopySolution(plan, values, status == cp_model.OPTIMAL, work)


def complete(model: CpSatModel, plan: Plan, objective: LinearExprT) -> tuple[int, ...]:
    """The value of every variable for a plan, at the least objective; empty if it does not fit."""
    model.cp.minimize(objective)
    model.cp.clear_hints()  # type: ignore[no-untyped-call]
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = model.params.complete_seconds
    with model.held(plan):
        solver.solve(model.cp)
    return tuple(solver.response_proto.solution)


def whole(bound: float) -> int:
    """A bound in floating point, rounded up to a whole number; 0 if it is infinite."""
    return math.ceil(bound - 1e-4) if math.isfinite(bound) else 0


def _set(solver: cp_model.CpSolver, effort: Effort, params: CpSatParams) -> None:
    parameters = solver.parameters
    parameters.random_seed = effort.seed
    parameters.stop_after_first_solution = effort.first_only
    parameters.cp_model_presolve = effort.presolve
    if effort.counted:
        parameters.num_workers = 1
        parameters.max_deterministic_time = effort.seconds / SECONDS_PER_UNIT
        parameters.max_time_in_seconds = effort.fuse
        parameters.linearization_level = params.counted_linearization
        return
    parameters.max_time_in_seconds = min(effort.seconds, effort.fuse)
    if effort.large and effort.workers > 1:
        # One worker improves the incumbent, searches led by linear programs have the others.
        parameters.num_workers = effort.workers
        parameters.subsolvers.extend(params.lp_subsolvers[: effort.workers - 1])
        return
    if effort.scheduled and effort.workers > 1:
        parameters.num_workers = max(len(params.bound_subsolvers), effort.workers + 1)
        parameters.subsolvers.extend(params.bound_subsolvers)
        return
    # Two workers leave CP-SAT with a weak bound, so the portfolio is wider than the cores.
    parameters.num_workers = 1
    if effort.workers > 1:
        wider = effort.workers + params.workers_beyond_cores
        parameters.num_workers = max(params.fewest_workers, wider)
        parameters.extra_subsolvers.extend(params.extra_subsolvers)


def _watch(
    solver: cp_model.CpSolver,
    stop: Callable[[], bool],
    deadline: float,
    done: threading.Event,
) -> None:
    # A request that comes before the search has begun is lost, so it is repeated.
    while not done.wait(0.1):
        if stop() or time.monotonic() > deadline:
            solver.stop_search()


class _Incumbents(cp_model.CpSolverSolutionCallback):
    """Reads each better solution as a plan."""

    def __init__(self, model: CpSatModel, found: Callable[[Plan], None], first_only: bool) -> None:
        super().__init__()
        self._model = model
        self._found = found
        self._first_only = first_only

    def on_solution_callback(self) -> None:
        """Called by the solver from its own thread."""
        self._found(self._model.read(self.value))
