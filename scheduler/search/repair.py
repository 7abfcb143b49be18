"""The repair step of large neighbourhood search over CP-SAT: a neighbourhood solved by the same
encodings, in a copy of the model of everything or in a model of its own."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from models.answer.report import Report
from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.rulebook.rule import Rule
from scheduler.search.compile import Compiled, compile_model
from scheduler.search.neighbourhoods import Neighbourhood
from scheduler.search.params import CpSatLnsParams, SearchParams
from solver.cpsat.model import Constraint
from solver.cpsat.restriction import RestrictedModel
from solver.cpsat.solve import COUNTABLE, CopySolution, Effort, complete, minimise
from solver.cpsat.solve import SolveStatus as Status
from solver.language.slack import LinearExprT


class Repairer(Protocol):
    """Solves a neighbourhood: all that it does not free stays."""

    def repair(
        self,
        plan: Plan,
        report: Report,
        neighbourhood: Neighbourhood,
        effort: Effort,
        stop: Callable[[], bool],
    ) -> CopySolution | None:
        """The best plan in a neighbourhood for its target and the priorities after it, while those
        before it cost no more; None if the plan does not fit the model."""


class RepairInParts:
    """Compiles only what a neighbourhood touches: for models that are too large to be copied."""

    def __init__(self, facts: Facts, rules: Sequence[Rule], params: SearchParams) -> None:
        self._facts = facts
        self._rules = rules
        self._params = params

    def repair(
        self,
        plan: Plan,
        report: Report,
        neighbourhood: Neighbourhood,
        effort: Effort,
        stop: Callable[[], bool],
    ) -> CopySolution | None:
        """See `Repairer`."""
        target = neighbourhood.target
        compiled = compile_model(
            self._facts,
            self._rules,
            free=neighbourhood.cells,
            plan=plan,
            free_occasions=neighbourhood.occasions,
            free_pupils=neighbourhood.pupils,
            params=self._params.cpsat,
        )
        costs = {priority: compiled.cost(priority) for priority in compiled.prices}
        values = complete(compiled.model, plan, compiled.model.sum(costs.values()))
        for priority, cost in costs.items():
            if priority < target and values and not isinstance(cost, int):
                compiled.model.cp.add(cost <= compiled.reached(priority, values))
        aimed = target if values else min(costs, default=target)
        objective = blend(compiled, costs, aimed, self._params.cpsat_lns.ratio)
        compiled.model.hint(plan, values)
        found = minimise(compiled.model, objective, effort, stop=stop)
        settled = found.outcome in (Status.OPTIMAL, Status.IMPOSSIBLE)
        return CopySolution(found.plan, found.values, settled, found.counted_seconds)


class RepairByFixing:
    """Fixes all other decisions in copies of the model of everything."""

    def __init__(
        self, compiled: Compiled, limits: Mapping[int, Constraint], params: CpSatLnsParams
    ) -> None:
        self._compiled = compiled
        self._params = params
        self._costs = {priority: compiled.cost(priority) for priority in compiled.prices}
        self._whole = RestrictedModel(compiled.model, self._costs, limits)

    def repair(
        self,
        plan: Plan,
        report: Report,
        neighbourhood: Neighbourhood,
        effort: Effort,
        stop: Callable[[], bool],
    ) -> CopySolution | None:
        """See `Repairer`."""
        n, target, model = neighbourhood, neighbourhood.target, self._compiled.model
        return self._whole.repair(
            plan,
            {variable.index for variable in model.decided_of(n.cells, n.pupils, n.occasions)},
            blend(self._compiled, self._costs, target, self._params.ratio),
            {
                priority: report.costs[priority]
                if priority < target
                else self._compiled.largest(priority)
                for priority in self._costs
            },
            effort,
            stop,
        )


def blend(
    compiled: Compiled, costs: Mapping[int, LinearExprT], first: int, ratio: int
) -> LinearExprT:
    """One objective of a priority and all after it; it leads the way only, since whole vectors are
    compared in the end, so prices may be alike where numbers become too large."""
    objective: LinearExprT = 0
    rank, room = 1, COUNTABLE // max(1, len(costs))
    for priority in reversed(list(costs)):
        if priority >= first:
            rank = max(1, min(rank, room // max(1, compiled.largest(priority))))
            objective += rank * costs[priority]
            rank *= ratio
    return objective
