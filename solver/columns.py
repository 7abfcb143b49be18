"""A lower bound by columns: each person's whole pattern at once, which symmetry cannot hide.

The model is taken apart by person (Dantzig and Wolfe, Operations Research 8, 1960): constraints
that speak of one person alone stay with that person, all others become rows of a linear program
over patterns. What cannot be written as a row is left out, so that the bound stays a bound. Every
bound is computed in whole numbers from rounded prices (Lagrange), never read off the program.
"""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import highspy
from ortools.sat.python import cp_model

from solver.model import Model

SCALE = 2**20
"""Prices are whole multiples of 1 / SCALE."""

SMOOTHING = 0.6
"""How far prices stay near the best ones so far; it damps their swings."""

UNBOUNDED = 2**62


@dataclass(frozen=True, slots=True)
class Row:
    """low <= sum of coefficient times variable <= high."""

    terms: tuple[tuple[int, int], ...]
    low: int | None
    high: int | None


@dataclass
class Block:
    """One person's variables, and the constraints that speak of nothing else."""

    variables: list[int]
    cp: cp_model.CpModel
    own: dict[int, cp_model.IntVar]
    key: tuple[object, ...]
    """Equal for people whose constraints are alike."""
    patterns: list[tuple[int, ...]] = field(default_factory=list)

    def cheapest(self, prices: Sequence[int], seconds: float) -> tuple[int, tuple[int, ...] | None]:
        """The least price of a pattern (or a bound below it), and a pattern."""
        self.cp.minimize(
            sum(
                price * self.own[v]
                for price, v in zip(prices, self.variables, strict=True)
                if price
            )
        )
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.max_time_in_seconds = seconds
        solver.parameters.linearization_level = 1
        status = solver.solve(self.cp)
        bound = math.floor(solver.best_objective_bound)
        if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            found = tuple(solver.value(self.own[v]) for v in self.variables)
            exact = sum(p * x for p, x in zip(prices, found, strict=True))
            return (exact if status == cp_model.OPTIMAL else bound), found
        return bound, None


def lower_bound(
    model: Model,
    objective: Mapping[int, int],
    incumbent: Sequence[int],
    *,
    target: int,
    seconds: float,
    stop: Callable[[], bool],
    rounds: int | None = None,
    raised: Callable[[int], None] = lambda bound: None,
) -> int:
    """A proved lower bound of an objective.

    Args:
        model: the problem, limits of earlier priorities included.
        objective: variable to whole coefficient.
        incumbent: the value of every variable in some solution of the model.
        target: a bound as high as this ends the search, since nothing more can be proved.
        seconds: how long to try.
        stop: asked between rounds.
        rounds: how many rounds at the most; no limit if None.
        raised: told of each better bound.
    """
    deadline = time.monotonic() + seconds
    parts = _take_apart(model, objective)
    if not parts.blocks:
        return 0
    master = _Master(parts, objective, incumbent)
    best, best_prices, improved = -UNBOUNDED, None, False
    while rounds != 0 and not stop() and time.monotonic() < deadline:
        rounds = None if rounds is None else rounds - 1
        value, fresh = master.solve()
        prices = (
            fresh
            if best_prices is None
            else [
                round(SMOOTHING * old + (1 - SMOOTHING) * new)
                for old, new in zip(best_prices, fresh, strict=True)
            ]
        )
        for attempt in (prices, fresh) if prices != fresh else (fresh,):
            bound, improved = master.price(attempt, deadline, stop)
            if bound > best:
                best, best_prices = bound, attempt
                raised(max(0, -(-best // SCALE)))
            if improved:
                break
        reached = -(-best // SCALE)
        if reached >= target or reached >= math.ceil(value - 1e-6) or not improved:
            break
    return max(0, -(-best // SCALE))


@dataclass
class _Parts:
    blocks: list[Block]
    rows: list[Row]
    shared: dict[int, tuple[int, int]]
    """Variables of the linear program itself, with their limits."""


def _take_apart(model: Model, objective: Mapping[int, int]) -> _Parts:
    proto = model.cp.proto
    constraints = list(proto.constraints)
    members = [_variables(c) for c in constraints]
    owner = _owners(dict(model.owner), members)
    inside: dict[int, list[int]] = defaultdict(list)
    rows: list[Row] = []
    for number, (constraint, variables) in enumerate(zip(constraints, members, strict=True)):
        owners = {owner.get(v) for v in variables}
        person = owners.pop() if len(owners) == 1 else None
        if person is not None:
            inside[person].append(number)
        else:
            rows += _rows(constraint)
    limits = {
        v: (min(d := list(proto.variables[v].domain)), max(d))
        for v in {v for row in rows for v, _ in row.terms} | set(objective)
    }
    rows = _settle(rows, limits)
    near = {owner[v] for v in objective if v in owner}
    for row in rows:
        if any(v in objective and v not in owner for v, _ in row.terms):
            near |= {owner[v] for v, _ in row.terms if v in owner}
    rows = [r for r in rows if any(owner.get(v) in near or v in objective for v, _ in r.terms)]
    used = {v for row in rows for v, _ in row.terms} | set(objective)
    mine: dict[int, list[int]] = defaultdict(list)
    for v in sorted(used):
        if owner.get(v) in near:
            mine[owner[v]].append(v)
    blocks = [
        _block(model, constraints, members, inside[person], mine[person]) for person in sorted(mine)
    ]
    shared = {v: limits[v] for v in sorted(used) if owner.get(v) not in near}
    return _Parts(blocks, rows, shared)


def _owners(owner: dict[int, int], members: Sequence[frozenset[int]]) -> dict[int, int]:
    """Also give a person the variables that occur only beside theirs, such as their slack."""
    seeds = set(owner)
    where: dict[int, list[int]] = defaultdict(list)
    for number, variables in enumerate(members):
        # Limits of earlier priorities add up slack of everybody; they stay rows.
        if not variables.isdisjoint(seeds):
            for v in variables:
                where[v].append(number)
    changed = True
    while changed:
        changed = False
        for v, numbers in where.items():
            if v in owner:
                continue
            near = {owner.get(other) for n in numbers for other in members[n] if other != v}
            if len(near) == 1 and None not in near:
                owner[v] = near.pop()  # type: ignore[assignment]
                changed = True
    return owner


def _variables(constraint: object) -> frozenset[int]:
    c = constraint
    found: list[int] = list(c.enforcement_literal)  # type: ignore[attr-defined]
    for kind in ("bool_or", "bool_and", "at_most_one", "exactly_one", "bool_xor"):
        if getattr(c, f"has_{kind}")():
            found += getattr(c, kind).literals
    if c.has_linear():  # type: ignore[attr-defined]
        found += c.linear.vars  # type: ignore[attr-defined]
    for kind in ("lin_max", "int_prod", "int_div", "int_mod"):
        if getattr(c, f"has_{kind}")():
            part = getattr(c, kind)
            for expression in (*part.exprs, part.target):
                found += expression.vars
    return frozenset(v if v >= 0 else -v - 1 for v in found)


def _rows(constraint: object) -> list[Row]:
    """A constraint as rows; none where it cannot be one."""
    c = constraint
    conditions = list(c.enforcement_literal)  # type: ignore[attr-defined]
    if c.has_linear():  # type: ignore[attr-defined]
        domain = list(c.linear.domain)  # type: ignore[attr-defined]
        if conditions:
            return []
        low = None if domain[0] < -UNBOUNDED else domain[0]
        high = None if domain[-1] > UNBOUNDED else domain[-1]
        terms = zip(c.linear.vars, c.linear.coeffs, strict=True)  # type: ignore[attr-defined]
        return [_row(terms, low, high)]
    if c.has_bool_or():  # type: ignore[attr-defined]
        literals = [*c.bool_or.literals, *(-x - 1 for x in conditions)]  # type: ignore[attr-defined]
        return [_literals(literals, 1, None)]
    if c.has_bool_and():  # type: ignore[attr-defined]
        no = [-x - 1 for x in conditions]
        return [_literals([x, *no], 1, None) for x in c.bool_and.literals]  # type: ignore[attr-defined]
    if conditions:
        return []
    if c.has_at_most_one():  # type: ignore[attr-defined]
        return [_literals(c.at_most_one.literals, None, 1)]  # type: ignore[attr-defined]
    if c.has_exactly_one():  # type: ignore[attr-defined]
        return [_literals(c.exactly_one.literals, 1, 1)]  # type: ignore[attr-defined]
    return []


def _row(terms: Iterable[tuple[int, int]], low: int | None, high: int | None) -> Row:
    """A row over variables; a term may name a literal, whose variable counts the other way."""
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


def _settle(rows: list[Row], limits: dict[int, tuple[int, int]]) -> list[Row]:
    """Drop rows that only say that variables are at their lower limits, and note that."""
    kept = []
    for row in rows:
        least = sum(c * limits[v][0] for v, c in row.terms)
        if row.low is None and row.high == least and all(c > 0 for _, c in row.terms):
            for v, _ in row.terms:
                limits[v] = (limits[v][0], limits[v][0])
        else:
            kept.append(row)
    return kept


def _block(
    model: Model,
    constraints: Sequence[object],
    members: Sequence[frozenset[int]],
    numbers: Sequence[int],
    seen: Sequence[int],
) -> Block:
    everything = sorted(set(seen).union(*(members[n] for n in numbers)))
    place = {v: n for n, v in enumerate(everything)}
    cp = cp_model.CpModel()
    own: dict[int, cp_model.IntVar] = {}
    domains = []
    for v in everything:
        domain = list(model.cp.proto.variables[v].domain)
        own[v] = cp.new_int_var_from_domain(cp_model.Domain.from_flat_intervals(domain), "")
        domains.append(tuple(domain))

    def literal(x: int) -> cp_model.LiteralT:
        return own[x] if x >= 0 else ~own[-x - 1]

    shape = []
    for n in numbers:
        c = constraints[n]
        conditions = [literal(x) for x in c.enforcement_literal]  # type: ignore[attr-defined]
        if c.has_linear():  # type: ignore[attr-defined]
            part = c.linear  # type: ignore[attr-defined]
            total = cp_model.LinearExpr.weighted_sum([own[v] for v in part.vars], list(part.coeffs))
            domain = cp_model.Domain.from_flat_intervals(list(part.domain))
            added = cp.add_linear_expression_in_domain(total, domain)
            what = (
                "linear",
                tuple(place[v] for v in part.vars),
                tuple(part.coeffs),
                tuple(part.domain),
            )
        else:
            for kind in ("bool_or", "bool_and", "at_most_one", "exactly_one"):
                if getattr(c, f"has_{kind}")():
                    numbers_ = list(getattr(c, kind).literals)
                    added = getattr(cp, f"add_{kind}")([literal(x) for x in numbers_])
                    what = (kind, tuple(_placed(x, place) for x in numbers_), (), ())
                    break
            else:
                continue  # left out: the bound stays a bound
        if conditions:
            added.only_enforce_if(conditions)
        shape.append((*what, tuple(_placed(x, place) for x in c.enforcement_literal)))  # type: ignore[attr-defined]
    key = (tuple(domains), tuple(shape), tuple(place[v] for v in seen))
    return Block(list(seen), cp, own, key)


def _placed(literal: int, place: Mapping[int, int]) -> int:
    return place[literal] if literal >= 0 else -place[-literal - 1] - 1


class _Master:
    """The linear program over patterns."""

    def __init__(
        self, parts: _Parts, objective: Mapping[int, int], incumbent: Sequence[int]
    ) -> None:
        self._parts = parts
        self._objective = objective
        self._touches: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for number, row in enumerate(parts.rows):
            for v, coefficient in row.terms:
                self._touches[v].append((number, coefficient))
        self._lp = highspy.Highs()  # type: ignore[no-untyped-call]
        self._lp.setOptionValue("output_flag", False)
        self._lp.setOptionValue("threads", 1)
        infinite = highspy.kHighsInf
        for row in parts.rows:
            low = -infinite if row.low is None else float(row.low)
            high = infinite if row.high is None else float(row.high)
            self._lp.addRow(low, high, 0, [], [])
        for _ in parts.blocks:
            self._lp.addRow(1.0, 1.0, 0, [], [])
        for v, (low_, high_) in parts.shared.items():
            touched = self._touches[v]
            self._lp.addCol(
                float(objective.get(v, 0)),
                float(low_),
                float(high_),
                len(touched),
                [n for n, _ in touched],
                [float(c) for _, c in touched],
            )
        for number, block in enumerate(parts.blocks):
            self._add(number, tuple(incumbent[v] for v in block.variables))

    def _add(self, number: int, pattern: tuple[int, ...]) -> bool:
        block = self._parts.blocks[number]
        if pattern in block.patterns:
            return False
        block.patterns.append(pattern)
        cost = 0
        column: dict[int, int] = defaultdict(int)
        for v, value in zip(block.variables, pattern, strict=True):
            if value:
                cost += self._objective.get(v, 0) * value
                for row, coefficient in self._touches[v]:
                    column[row] += coefficient * value
        column[len(self._parts.rows) + number] = 1
        rows = sorted(column)
        self._lp.addCol(
            float(cost), 0.0, highspy.kHighsInf, len(rows), rows, [float(column[r]) for r in rows]
        )
        return True

    def solve(self) -> tuple[float, list[int]]:
        """The value of the linear program, and its prices as whole numbers."""
        self._lp.run()
        value = self._lp.getInfo().objective_function_value
        duals = self._lp.getSolution().row_dual
        prices = []
        for dual, row in zip(duals, self._parts.rows, strict=False):
            price = round(dual * SCALE)
            if (price > 0 and row.low is None) or (price < 0 and row.high is None):
                price = 0
            prices.append(price)
        return value, prices

    def price(
        self, prices: Sequence[int], deadline: float, stop: Callable[[], bool]
    ) -> tuple[int, bool]:
        """The bound that prices prove, times SCALE; and whether a pattern was new."""
        total = 0
        for price, row in zip(prices, self._parts.rows, strict=True):
            if price > 0:
                total += price * row.low  # type: ignore[operator]
            elif price < 0:
                total += price * row.high  # type: ignore[operator]
        for v, (low, high) in self._parts.shared.items():
            reduced = self._reduced(v, prices)
            total += min(reduced * low, reduced * high)
        improved = False
        known: dict[object, tuple[int, tuple[int, ...] | None]] = {}
        for number, block in enumerate(self._parts.blocks):
            if stop() or time.monotonic() > deadline:
                return -UNBOUNDED, False
            reduced_costs = [self._reduced(v, prices) for v in block.variables]
            key = (block.key, tuple(reduced_costs))
            if key not in known:
                left = max(0.1, deadline - time.monotonic())
                known[key] = block.cheapest(reduced_costs, left)
            cost, pattern = known[key]
            total += cost
            if pattern is not None:
                improved = self._add(number, pattern) or improved
        return total, improved

    def _reduced(self, v: int, prices: Sequence[int]) -> int:
        return SCALE * self._objective.get(v, 0) - sum(
            prices[row] * coefficient for row, coefficient in self._touches[v]
        )
