"""Proved limits of totals over many people, which the rest of the model settles."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from ortools.sat.python import cp_model

from solver.cpsat.model import CpSatModel
from solver.cpsat.solve import SECONDS_PER_UNIT, Effort, whole
from solver.dantzig_wolfe.params import PatternBoundParams
from solver.dantzig_wolfe.rows import INFINITE, variables_of


def totals_of(model: CpSatModel, objective: Mapping[int, int]) -> list[int]:
    """The totals that share a constraint with a variable of the objective."""
    totals = {variable.index for variable in model.totals}
    found: set[int] = set()
    if totals:
        for constraint in model.cp.proto.constraints:
            members = variables_of(constraint)
            if not members.isdisjoint(totals) and not members.isdisjoint(objective):
                found |= members & totals
    return sorted(found)


def narrow(
    model: CpSatModel,
    variables: Iterable[int],
    incumbent: Sequence[int],
    effort: Effort,
    stop: Callable[[], bool],
    params: PatternBoundParams = PatternBoundParams(),
) -> tuple[dict[int, tuple[int, int]], float]:
    """Prove limits of some variables: each is minimised and maximised alone.

    Args:
        model: the problem.
        variables: whose limits are wanted.
        incumbent: a solution. Its values are reached, so that a bound as good as one of them ends
            its search.
        effort: how long each minimisation may take.
        stop: asked between minimisations.
        params: how CP-SAT is set.

    Returns:
        The limits of the variables that were tried before a stop, and the work done, in
        deterministic time.
    """
    found: dict[int, tuple[int, int]] = {}
    work = 0.0
    for v in variables:
        variable = model.cp.get_int_var_from_proto_index(v)
        limits = []
        for sign in (1, -1):
            if stop():
                return found, work
            model.cp.minimize(sign * variable)
            solver = cp_model.CpSolver()
            solver.parameters.num_workers = 1
            solver.parameters.linearization_level = params.total_linearization
            if effort.counted:
                solver.parameters.max_deterministic_time = effort.seconds / SECONDS_PER_UNIT
            solver.parameters.max_time_in_seconds = (
                effort.fuse if effort.counted else effort.seconds
            )
            bound = _BestBound(solver, sign * incumbent[v])
            solver.best_bound_callback = bound
            solver.solve(model.cp)
            work += solver.response_proto.deterministic_time
            domain = list(variable.proto.domain)
            known = domain[0] if sign > 0 else -domain[-1]
            limits.append(sign * max(known, bound.best))
        found[v] = (limits[0], limits[1])
    return found, work


class _BestBound:
    """The best bound that a solver reports; it is stopped at a value known to be reached.

    What a solver calls its bound at the end is only a default if it found nothing.
    """

    def __init__(self, solver: cp_model.CpSolver, reached: int) -> None:
        self.best = -INFINITE
        self._solver = solver
        self._reached = reached

    def __call__(self, bound: float) -> None:
        """Called by the solver with each better bound."""
        self.best = max(self.best, whole(bound))
        if self.best >= self._reached:
            self._solver.stop_search()
