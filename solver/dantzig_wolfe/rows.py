"""Linear rows over a model's variables: how constraints become rows, and what rows imply."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

INFINITE = 2**62
"""What CP-SAT writes, about, for a limit that is none."""

Limits = Mapping[int, tuple[int, int]]
"""Variable to its least and greatest value."""


@dataclass(frozen=True, slots=True)
class Row:
    """low <= sum of coefficient times variable <= high."""

    terms: tuple[tuple[int, int], ...]
    """(variable, coefficient)."""
    low: int | None
    high: int | None

    def holds(self, values: Mapping[int, int]) -> bool:
        """Whether values satisfy the row."""
        total = sum(c * values[v] for v, c in self.terms)
        return (self.low is None or self.low <= total) and (self.high is None or total <= self.high)

    def is_redundant(self, limits: Limits) -> bool:
        """Whether the limits of its variables imply the row."""
        least, most = _reach(self.terms, limits)
        return (self.low is None or self.low <= least) and (self.high is None or self.high >= most)

    def projected(self, own: tuple[tuple[int, int], ...], limits: Limits) -> "Row":
        """What the row implies for some of its terms, whatever the other variables are."""
        least, most = _reach([term for term in self.terms if term not in own], limits)
        return Row(
            own,
            None if self.low is None else self.low - most,
            None if self.high is None else self.high - least,
        )


def variables_of(constraint: Any) -> frozenset[int]:
    """The variables of a CP-SAT constraint."""
    found: list[int] = list(constraint.enforcement_literal)
    for kind in ("bool_or", "bool_and", "at_most_one", "exactly_one", "bool_xor"):
        if getattr(constraint, f"has_{kind}")():
            found += getattr(constraint, kind).literals
    if constraint.has_linear():
        found += constraint.linear.vars
    for kind in ("lin_max", "int_prod", "int_div", "int_mod"):
        if getattr(constraint, f"has_{kind}")():
            function = getattr(constraint, kind)
            for expression in (*function.exprs, function.target):
                found += expression.vars
    return frozenset(v if v >= 0 else -v - 1 for v in found)


def rows_of(constraint: Any) -> list[Row]:
    """A CP-SAT constraint as rows; none where it cannot be written as rows."""
    conditions = list(constraint.enforcement_literal)
    if constraint.has_linear():
        if conditions:
            return []
        domain = list(constraint.linear.domain)
        low = None if domain[0] < -INFINITE else domain[0]
        high = None if domain[-1] > INFINITE else domain[-1]
        return [_row(zip(constraint.linear.vars, constraint.linear.coeffs, strict=True), low, high)]
    unless = [-x - 1 for x in conditions]
    if constraint.has_bool_or():
        return [_literals([*constraint.bool_or.literals, *unless], 1, None)]
    if constraint.has_bool_and():
        return [_literals([x, *unless], 1, None) for x in constraint.bool_and.literals]
    if conditions:
        return []
    if constraint.has_at_most_one():
        return [_literals(constraint.at_most_one.literals, None, 1)]
    if constraint.has_exactly_one():
        return [_literals(constraint.exactly_one.literals, 1, 1)]
    return []


def tighten(rows: Iterable[Row], limits: dict[int, tuple[int, int]], most_passes: int) -> bool:
    """Narrow the limits of variables to what single rows allow; false if nothing is left."""
    rows = list(rows)
    for _ in range(most_passes):
        changed = False
        for row in rows:
            # "At least" is read as "at most" of the opposite.
            for sign, limit in ((1, row.high), (-1, row.low)):
                if limit is None:
                    continue
                narrowed = _narrow([(v, sign * c) for v, c in row.terms], sign * limit, limits)
                if narrowed is None:
                    return False
                changed = changed or narrowed
        if not changed:
            break
    return True


def _narrow(
    terms: list[tuple[int, int]], most: int, limits: dict[int, tuple[int, int]]
) -> bool | None:
    """Narrow the limits of a sum's variables, where it is at most `most`: whether any limit
    changed; None where the sum cannot be that small."""
    changed = False
    least, _ = _reach(terms, limits)
    if least > most:
        return None
    for v, c in terms:
        low, high = limits[v]
        spare = most - least + min(c * low, c * high)
        if c > 0 and spare // c < high:
            limits[v] = (low, spare // c)
            changed = True
        elif c < 0 and -(spare // -c) > low:
            limits[v] = (-(spare // -c), high)
            changed = True
    return changed


def _reach(terms: Iterable[tuple[int, int]], limits: Limits) -> tuple[int, int]:
    """The least and the greatest value of a sum."""
    ends = [(c * limits[v][0], c * limits[v][1]) for v, c in terms]
    return sum(map(min, ends)), sum(map(max, ends))


def _row(terms: Iterable[tuple[int, int]], low: int | None, high: int | None) -> Row:
    """A row over variables; a term may name a negated literal, which counts the other way."""
    total: dict[int, int] = defaultdict(int)
    constant = 0
    for literal, coefficient in terms:
        if literal < 0:
            total[-literal - 1] -= coefficient
            constant += coefficient
        else:
            total[literal] += coefficient
    return Row(
        tuple(sorted((v, c) for v, c in total.items() if c)),
        None if low is None else low - constant,
        None if high is None else high - constant,
    )


def _literals(literals: Iterable[int], low: int | None, high: int | None) -> Row:
    return _row([(literal, 1) for literal in literals], low, high)
