"""One person's pricing problem: the cheapest pattern that the person's own constraints allow."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ortools.sat.python import cp_model

from solver.cpsat.model import CpSatModel
from solver.dantzig_wolfe.params import PatternBoundParams
from solver.dantzig_wolfe.rows import INFINITE, Limits, Row

NO_PATTERN = 2**80
"""The cost of a pattern where there is none: above all others, and exact in Python's integers."""

ROUNDED = 2.0**-50
"""By what share a bound in floating point may be above the whole number that it stands for."""

LARGEST_SUM = 2**62
"""Above any sum that CP-SAT takes for an objective."""

LOGICAL = ("bool_or", "bool_and", "at_most_one", "exactly_one")
"""Kinds of constraints over literals that a pricing problem takes over."""

Priced = tuple[int, tuple[int, ...] | None]
"""The least cost of a pattern, or a bound below it, and a pattern if there is one."""


@dataclass
class PersonBlock:
    """One block of the block-angular structure: a person's variables and their constraints."""

    variables: list[int]
    """Those that rows or the objective speak of: the entries of a pattern."""
    implied: list[Row]
    """What the rows between people imply for this person alone."""
    cp: cp_model.CpModel
    own: dict[int, cp_model.IntVar]
    """Variable of the whole model to the block's own."""
    key: tuple[object, ...]
    """Equal for people whose constraints are alike."""
    patterns: list[tuple[int, ...]] = field(default_factory=list)
    """The patterns generated so far."""
    work: float = 0.0
    """Deterministic time spent on pricing."""

    def cheapest(
        self, costs: Sequence[int], seconds: float, params: PatternBoundParams
    ) -> Priced | None:
        """Price the block: minimise reduced costs over its patterns.

        Args:
            costs: the reduced cost of each of its variables, in whole numbers.
            seconds: how long that may take.
            params: how CP-SAT is set.

        Returns:
            The least cost, or a bound below it, and a pattern; None if neither was found in time.
        """
        reach = sum(
            abs(cost) * max(map(abs, self.own[v].proto.domain))
            for cost, v in zip(costs, self.variables, strict=True)
        )
        if reach >= LARGEST_SUM:
            return None
        self.cp.minimize(
            sum(cost * self.own[v] for cost, v in zip(costs, self.variables, strict=True) if cost)
        )
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.max_time_in_seconds = seconds
        solver.parameters.linearization_level = params.pricing_linearization
        status = solver.solve(self.cp)
        self.work += solver.response_proto.deterministic_time
        if status == cp_model.INFEASIBLE:
            return NO_PATTERN, None
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None  # what the solver calls its bound then is only a default
        found = tuple(solver.value(self.own[v]) for v in self.variables)
        if status == cp_model.OPTIMAL:
            return sum(c * x for c, x in zip(costs, found, strict=True)), found
        bound = solver.best_objective_bound
        return math.floor(bound - abs(bound) * ROUNDED), found


def make_block(
    model: CpSatModel,
    constraints: Sequence[tuple[Any, frozenset[int]]],
    variables: Sequence[int],
    implied: Sequence[Row],
    limits: Limits,
) -> PersonBlock:
    """The pricing problem of one person.

    Args:
        model: the whole model.
        constraints: those that speak of this person alone, and the variables of each. What cannot
            be taken over is left out, so that the bound stays a bound.
        variables: the person's variables in rows between people or in the objective.
        implied: what those rows imply for this person alone.
        limits: what is known of some variables.
    """
    everything = set(variables).union(*(members for _, members in constraints))
    builder = _BlockBuilder(model, sorted(everything), limits)
    for constraint, _ in constraints:
        builder.add(constraint)
    for row in implied:
        builder.add_row(row)
    return PersonBlock(
        list(variables), list(implied), builder.cp, builder.own, builder.key(variables)
    )


class _BlockBuilder:
    """A pricing problem while it is made, with a description that is equal for people alike."""

    def __init__(self, model: CpSatModel, variables: Sequence[int], limits: Limits) -> None:
        self.cp = cp_model.CpModel()
        self.own: dict[int, cp_model.IntVar] = {}
        self._position = {v: n for n, v in enumerate(variables)}
        self._domains: list[tuple[int, ...]] = []
        self._described: list[tuple[object, ...]] = []
        for v in variables:
            domain = cp_model.Domain.from_flat_intervals(list(model.cp.proto.variables[v].domain))
            if v in limits:
                domain = domain.intersection_with(cp_model.Domain(*limits[v]))
            self.own[v] = self.cp.new_int_var_from_domain(domain, "")
            self._domains.append(tuple(domain.flattened_intervals()))

    def key(self, variables: Iterable[int]) -> tuple[object, ...]:
        """Domains, constraints and the entries of a pattern, by position rather than by name."""
        entries = tuple(self._position[v] for v in variables)
        return tuple(self._domains), tuple(self._described), entries

    def add(self, constraint: Any) -> None:
        """Take over a constraint of the whole model, if it is of a kind that can be."""
        if constraint.has_linear():
            added, described = self._linear(constraint.linear)
        else:
            kind = next((kind for kind in LOGICAL if getattr(constraint, f"has_{kind}")()), None)
            if kind is None:
                return
            literals = list(getattr(constraint, kind).literals)
            added = getattr(self.cp, f"add_{kind}")([self._literal(x) for x in literals])
            described = (kind, self._positions(literals), (), ())
        conditions = list(constraint.enforcement_literal)
        if conditions:
            added.only_enforce_if([self._literal(x) for x in conditions])
        self._described.append((*described, self._positions(conditions)))

    def add_row(self, row: Row) -> None:
        """Add a row over the person's own variables."""
        low = -INFINITE if row.low is None else row.low
        high = INFINITE if row.high is None else row.high
        total = cp_model.LinearExpr.weighted_sum(
            [self.own[v] for v, _ in row.terms], [c for _, c in row.terms]
        )
        self.cp.add_linear_constraint(total, low, high)
        terms = tuple((self._position[v], c) for v, c in row.terms)
        self._described.append(("row", terms, low, high))

    def _linear(self, linear: Any) -> tuple[cp_model.Constraint, tuple[object, ...]]:
        total = cp_model.LinearExpr.weighted_sum(
            [self.own[v] for v in linear.vars], list(linear.coeffs)
        )
        domain = cp_model.Domain.from_flat_intervals(list(linear.domain))
        added = self.cp.add_linear_expression_in_domain(total, domain)
        positions = self._positions(linear.vars)
        return added, ("linear", positions, tuple(linear.coeffs), tuple(linear.domain))

    def _literal(self, x: int) -> cp_model.LiteralT:
        return self.own[x] if x >= 0 else ~self.own[-x - 1]

    def _positions(self, literals: Iterable[int]) -> tuple[int, ...]:
        position: Mapping[int, int] = self._position
        return tuple(position[x] if x >= 0 else -position[-x - 1] - 1 for x in literals)
