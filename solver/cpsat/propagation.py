"""Propagation: what follows at once from a CP-SAT model, until nothing changes."""

from collections.abc import Iterable
from typing import Any

from ortools.sat.python import cp_model
from ortools.sat.python.cp_model import Domain


class Contradiction(Exception):
    """Nothing fits the model."""


class Propagated:
    """The domain of every variable, and the constraints that still exclude something."""

    def __init__(self, cp: cp_model.CpModel, passes: int) -> None:
        """Propagate until nothing changes.

        Args:
            cp: the model.
            passes: how often, at most, the constraints are gone through.

        Raises:
            Contradiction: that shows already that nothing fits.
        """
        self._domains = [Domain.from_flat_intervals(list(v.domain)) for v in cp.proto.variables]
        self.constraints: list[Any] = list(cp.proto.constraints)
        for _ in range(passes):
            before = self._size()
            self.constraints = [c for c in self.constraints if not self._is_done(c)]
            if before == self._size():
                break

    def _size(self) -> tuple[int, int]:
        return sum(domain.size() for domain in self._domains), len(self.constraints)

    # ------------------------------------------------------------------ what is known

    @property
    def least_values(self) -> tuple[int, ...]:
        """The least value of every variable."""
        return tuple(int(domain.min()) for domain in self._domains)

    def least(self, variable: int) -> int:
        """The least value that a variable may have."""
        return int(self._domains[variable].min())

    def most(self, variable: int) -> int:
        """The greatest value that a variable may have."""
        return int(self._domains[variable].max())

    def ranges(self, variable: int) -> list[tuple[int, int]]:
        """A variable's domain as ranges, ends included."""
        flat = self._domains[variable].flattened_intervals()
        return list(zip(flat[::2], flat[1::2], strict=True))

    def truth(self, literal: int) -> bool | None:
        """Whether a literal is true; None where that is open."""
        domain = self._domains[literal if literal >= 0 else -literal - 1]
        return None if domain.size() > 1 else (domain.min() == 1) == (literal >= 0)

    def holds(self, constraint: Any) -> bool | None:
        """Whether a constraint is enforced; None where that is open."""
        given = [self.truth(literal) for literal in constraint.enforcement_literal]
        return False if False in given else None if None in given else True

    def sum_of(
        self, variables: Iterable[int], factors: Iterable[int]
    ) -> tuple[list[tuple[int, int]], int]:
        """A sum as (variable, factor) of its open terms, and the value of the other terms."""
        open_: dict[int, int] = {}
        known = 0
        for x, a in zip(variables, factors, strict=True):
            if self._domains[x].size() == 1:
                known += a * self.least(x)
            else:
                open_[x] = open_.get(x, 0) + a
        return [(x, a) for x, a in open_.items() if a], known

    # ------------------------------------------------------------------ what follows

    def _is_done(self, constraint: Any) -> bool:
        """Narrow domains by a constraint; whether it excludes nothing beyond that."""
        in_force = self.holds(constraint)
        if in_force is False:
            return True
        holds = in_force is True
        if constraint.has_linear():
            return self._is_linear_done(constraint.linear, holds)
        if constraint.has_bool_or():
            return self._is_or_done(list(constraint.bool_or.literals), holds)
        if constraint.has_bool_and():
            conclusions = list(constraint.bool_and.literals)
            return self._all_true(conclusions, holds)
        if constraint.has_exactly_one() and holds:
            return self._is_one_done(list(constraint.exactly_one.literals), exactly=True)
        if constraint.has_at_most_one() and holds:
            return self._is_one_done(list(constraint.at_most_one.literals), exactly=False)
        return False

    def _is_linear_done(self, linear: Any, holds: bool) -> bool:
        terms, known = self.sum_of(linear.vars, linear.coeffs)
        limits = Domain.from_flat_intervals(list(linear.domain))
        low = known + sum(min(a * self.least(x), a * self.most(x)) for x, a in terms)
        high = known + sum(max(a * self.least(x), a * self.most(x)) for x, a in terms)
        if Domain(low, high).intersection_with(limits.complement()).is_empty():
            return True
        if not holds:
            return False
        for x, a in terms:
            mine = sorted((a * self.least(x), a * self.most(x)))
            rest = Domain(low - mine[0], high - mine[1])
            reach = limits.addition_with(rest.negation())
            if self._domains[x].size() == 2:  # a yes or no
                fits = [v for v in (self.least(x), self.most(x)) if reach.contains(a * v)]
                self._narrow(x, Domain.from_values(fits))
            elif len(terms) == 1 and abs(a) == 1:
                self._narrow(x, reach if a == 1 else reach.negation())
                return True
        return False

    def _is_or_done(self, literals: list[int], holds: bool) -> bool:
        if any(self.truth(literal) for literal in literals):
            return True
        open_ = [literal for literal in literals if self.truth(literal) is None]
        return holds and len(open_) == 1 and self._all_true(open_, holds)

    def _all_true(self, literals: Iterable[int], holds: bool) -> bool:
        for literal in literals:
            if holds:
                self._decide(literal, 1)
            elif not self.truth(literal):
                return False
        return True

    def _is_one_done(self, literals: list[int], *, exactly: bool) -> bool:
        open_ = [literal for literal in literals if self.truth(literal) is None]
        yes = sum(self.truth(literal) is True for literal in literals)
        if yes > 1:
            raise Contradiction
        if yes:
            for literal in open_:
                self._decide(literal, 0)
            return True
        if exactly and len(open_) == 1:
            return self._all_true(open_, holds=True)
        return not exactly and len(open_) <= 1

    def _decide(self, literal: int, value: int) -> None:
        variable, wanted = (literal, value) if literal >= 0 else (-literal - 1, 1 - value)
        self._narrow(variable, Domain(wanted, wanted))

    def _narrow(self, variable: int, to: Domain) -> None:
        self._domains[variable] = self._domains[variable].intersection_with(to)
        if self._domains[variable].is_empty():
            raise Contradiction
