"""A model of everything in which only some decisions are free: the repair step of large
neighbourhood search (Shaw, CP 1998) where making a smaller model would take longer.

Copies of the model share its variables' numbers, and CP-SAT's presolve takes out what is fixed.
"""

from collections.abc import Callable, Collection, Mapping, Sequence

from ortools.sat.python import cp_model

from models.facts.plan import Plan
from solver.cpsat.model import Constraint, CpSatModel
from solver.cpsat.solve import CopySolution, Effort, solve_copy
from solver.language.slack import LinearExprT


class RestrictedModel:
    """Makes and solves restricted copies of a model; several threads may do so at once, and the
    model itself may be solved meanwhile."""

    def __init__(
        self,
        model: CpSatModel,
        costs: Mapping[int, LinearExprT],
        limits: Mapping[int, Constraint],
    ) -> None:
        """
        Args:
            model: of everything; it is copied.
            costs: what each priority costs.
            limits: the constraint that limits each of those costs.
        """
        self._model = model
        self._cp = model.cp.clone()
        self._everything = model.sum(costs.values())
        self._limits = {priority: limit.index for priority, limit in limits.items()}
        self._values: tuple[Plan, Sequence[int]] | None = None
        """A plan with the values of all variables."""

    def repair(
        self,
        plan: Plan,
        free: Collection[int],
        objective: LinearExprT,
        most: Mapping[int, int],
        effort: Effort,
        stop: Callable[[], bool],
    ) -> CopySolution | None:
        """Minimise an objective where some decisions are free and all others are a plan's.

        Args:
            plan: what is kept, and where the search begins.
            free: the variables of the free decisions, by number.
            objective: what to minimise.
            most: what each priority may cost at most.
            effort: how much work it may take.
            stop: asked ten times a second; true ends it.

        Returns:
            The outcome; None if the plan does not fit the model.
        """
        values = self._complete(plan, effort, stop)
        if not values:
            return None
        copy = self._restricted(plan, free, objective, most)
        for index, value in enumerate(values):
            copy.add_hint(copy.get_int_var_from_proto_index(index), value)
        found = solve_copy(self._model, copy, effort, stop)
        if found.plan is not None:
            self._values = found.plan, found.values
        return found

    def _complete(self, plan: Plan, effort: Effort, stop: Callable[[], bool]) -> Sequence[int]:
        """The values of all variables for a plan; empty if it does not fit."""
        known = self._values
        if known is None or known[0] is not plan:
            copy = self._restricted(plan, (), self._everything, {})
            known = plan, solve_copy(self._model, copy, effort, stop).values
            self._values = known
        return known[1]

    def _restricted(
        self,
        plan: Plan,
        free: Collection[int],
        objective: LinearExprT,
        most: Mapping[int, int],
    ) -> cp_model.CpModel:
        """A copy in which all decisions but the free ones are a plan's."""
        copy = self._cp.clone()
        for variable, value in self._model.assignment_of(plan):
            if variable.index not in free:
                domain = copy.proto.variables[variable.index].domain
                domain.clear()
                domain.extend([value, value])
        for priority, index in self._limits.items():
            if priority in most:
                copy.proto.constraints[index].linear.domain[1] = most[priority]
        copy.clear_hints()  # type: ignore[no-untyped-call]
        copy.minimize(objective)
        return copy
