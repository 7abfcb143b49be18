"""A lower bound by columns: each person's whole pattern at once, which symmetry cannot hide.

A linear program chooses among the patterns found so far and prices the rows between people; each
person's cheapest pattern at those prices proves a bound and joins the program. Every bound is
computed in whole numbers from rounded prices (Lagrange), never read off the program.
"""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

import highspy
from ortools.sat.python import cp_model

from solver.decompose import UNBOUNDED, Parts, holds, take_apart
from solver.model import Model
from solver.solve import whole

SCALE = 2**20
"""Prices are whole multiples of 1 / SCALE."""

SMOOTHING = 0.6
"""How far prices stay near the best ones so far; it damps their swings."""

FIRST_PENALTY = 4
"""What a unit missing from a row costs at first, over the largest coefficient of the objective."""

GROWTH = 8
"""How much dearer it gets when the program prefers to pay it."""

LAST_PENALTY = 2**16


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
    narrowed: Mapping[int, tuple[int, int]] | None = None,
) -> int:
    """A proved lower bound of an objective, at most `target`.

    Only solutions that cost less than `target` are looked at, so that what such a solution allows
    one person at the most is known to that person's patterns: "nobody more than 7 days" is far
    stronger than the same thing on average.

    Args:
        model: the problem, limits of earlier priorities included.
        objective: variable to whole coefficient.
        incumbent: the value of every variable in some solution of the model.
        target: the cost of the best solution known, the most that can be proved.
        seconds: how long to try.
        stop: asked between rounds.
        rounds: how many rounds at the most; no limit if None.
        raised: told of each better bound.
        narrowed: limits of variables that are known to hold.
    """
    deadline = time.monotonic() + seconds
    parts = take_apart(model, objective, target - 1, narrowed)
    if parts is None:
        return target
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
                raised(max(0, min(target, -(-best // SCALE))))
            if improved:
                break
        reached = -(-best // SCALE)
        if reached >= target:
            break
        settled = reached >= math.ceil(value - 1e-6) or not improved
        if settled and not (master.pays_penalty() and master.raise_penalty()):
            break
    return max(0, min(target, -(-best // SCALE)))


def narrow(
    model: Model, variables: Iterable[int], seconds: float, stop: Callable[[], bool]
) -> dict[int, tuple[int, int]]:
    """Proved limits of some variables, such as a total that the rest of the model settles."""
    found: dict[int, tuple[int, int]] = {}
    for v in variables:
        variable = model.cp.get_int_var_from_proto_index(v)
        limits = []
        for sign in (1, -1):
            model.cp.minimize(sign * variable)
            solver = cp_model.CpSolver()
            solver.parameters.num_workers = 1
            solver.parameters.linearization_level = 2
            solver.parameters.max_time_in_seconds = seconds
            if stop():
                return found
            solver.solve(model.cp)
            limits.append(sign * whole(solver.best_objective_bound))
        found[v] = (limits[0], limits[1])
    return found


class _Quiet(highspy.Highs):
    """HiGHS without its banner, which it prints as soon as it is made."""

    def enableCallbacks(self) -> None:  # noqa: N802  # its own name
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]


class _Master:
    """The linear program over patterns."""

    def __init__(
        self, parts: Parts, objective: Mapping[int, int], incumbent: Sequence[int]
    ) -> None:
        self._parts = parts
        self._objective = objective
        self._touches: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for number, row in enumerate(parts.rows):
            for v, coefficient in row.terms:
                self._touches[v].append((number, coefficient))
        self._lp = _Quiet()  # type: ignore[no-untyped-call]
        self._lp.setOptionValue("threads", 1)
        infinite = highspy.kHighsInf
        for row in parts.rows:
            low = -infinite if row.low is None else float(row.low)
            high = infinite if row.high is None else float(row.high)
            self._lp.addRow(low, high, 0, [], [])
        for _ in parts.blocks:
            self._lp.addRow(1.0, 1.0, 0, [], [])
        self._penalty = FIRST_PENALTY * max(1, *(abs(c) for c in objective.values()))
        self._missing: list[int] = []
        for number, row in enumerate(parts.rows):
            for sign, limit in ((1.0, row.low), (-1.0, row.high)):
                if limit is not None:
                    self._missing.append(self._lp.getNumCol())
                    self._lp.addCol(float(self._penalty), 0.0, infinite, 1, [number], [sign])
        for number in range(len(parts.blocks)):
            self._missing.append(self._lp.getNumCol())
            self._lp.addCol(
                float(self._penalty * LAST_PENALTY),
                0.0,
                infinite,
                1,
                [len(parts.rows) + number],
                [1.0],
            )
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
            values = dict(
                zip(block.variables, (incumbent[v] for v in block.variables), strict=True)
            )
            if all(holds(row, values) for row in block.alone):
                self._add(number, tuple(values.values()))

    def pays_penalty(self) -> bool:
        """Whether the program prefers to break rows."""
        values = self._lp.getSolution().col_value
        return any(values[column] > 1e-7 for column in self._missing)

    def raise_penalty(self) -> bool:
        """Make broken rows dearer; false once they are dear enough."""
        if self._penalty >= LAST_PENALTY:
            return False
        self._penalty *= GROWTH
        for column in self._missing[: -len(self._parts.blocks)]:
            self._lp.changeColCost(column, float(self._penalty))
        return True

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
                return -UNBOUNDED, improved
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
