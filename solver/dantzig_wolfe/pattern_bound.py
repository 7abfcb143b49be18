"""A lower bound by columns: each person's whole pattern at once, which symmetry cannot hide.

A linear program chooses among the patterns found so far and prices the rows between people; each
person's cheapest pattern at those prices proves a bound and joins the program. Every bound is
computed in whole numbers from rounded prices (Lagrange), never read off the program.
"""

import math
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import highspy
from ortools.sat.python import cp_model

from models.facts.plan import Plan
from solver.cpsat.model import CpSatModel
from solver.cpsat.solve import SECONDS_PER_UNIT, Effort, search, whole
from solver.dantzig_wolfe.block_structure import (
    UNBOUNDED,
    BlockStructure,
    PersonBlock,
    holds,
    take_apart,
    variables_of,
)
from solver.dantzig_wolfe.params import PatternBoundParams
from solver.highs import QuietHighs
from solver.language.slack import LinearExprT

SCALE = 2**20
"""Prices are whole multiples of 1 / SCALE."""


class DantzigWolfeBound:
    """The search for a bound, and for better schedules, over whole patterns of people.

    Only solutions that cost less than `target` are looked at, so that what such a solution allows
    one person at the most is known to that person's patterns: "nobody more than 7 days" is far
    stronger than the same thing on average.
    """

    def __init__(
        self,
        model: CpSatModel,
        objective: Mapping[int, int],
        incumbent: Sequence[int],
        *,
        target: int,
        effort: Effort,
        stop: Callable[[], bool] = lambda: False,
        params: PatternBoundParams = PatternBoundParams(),
    ) -> None:
        """Take the model apart.

        Args:
            model: the problem, limits of earlier priorities included.
            objective: variable to whole coefficient.
            incumbent: the value of every variable in some solution of the model.
            target: the cost of the best solution known, the most that can be proved.
            effort: how long finding out the limits of a total may take; its workers are how many
                people are priced at the same time.
            stop: asked between steps.
            params: how duals are smoothed and broken rows penalised.
        """
        self.target = target
        self._params = params
        self.bound = 0
        """No solution costs less."""
        self.closed = False
        """Whether nothing more can be proved this way."""
        self._model = model
        self._incumbent = incumbent
        self._workers = effort.workers
        self._other_work = 0.0
        self._best = -UNBOUNDED
        self._best_prices: list[int] | None = None
        self._master: PatternMaster | None = None
        narrowed, work = narrow(model, _totals(model, objective), incumbent, effort, stop, params)
        self._other_work += work
        parts = take_apart(model, objective, target - 1, narrowed, params)
        if parts is None:
            self.bound, self.closed = target, True
        elif not parts.blocks:
            self.closed = True
        else:
            self._master = PatternMaster(parts, objective, incumbent, params)

    @property
    def counted_seconds(self) -> float:
        """The work done so far, in deterministic time."""
        blocks = self._master.blocks if self._master is not None else ()
        pricing = sum(block.work for block in blocks) / self._workers
        return SECONDS_PER_UNIT * (pricing + self._other_work)

    def improve(
        self,
        effort: Effort,
        stop: Callable[[], bool] = lambda: False,
        *,
        raised: Callable[[int], None] = lambda bound: None,
    ) -> int:
        """Go on; the bound, at most the target. `raised` is told of each better one."""
        deadline = time.monotonic() + (effort.fuse if effort.counted else effort.seconds)
        begun = self.counted_seconds
        with ThreadPoolExecutor(self._workers) as pool:
            while not self.closed and not stop() and time.monotonic() < deadline:
                if effort.counted and self.counted_seconds - begun >= effort.seconds:
                    break
                assert self._master is not None
                self._round(self._master, pool, deadline, stop, raised)
        return self.bound

    def _round(
        self,
        master: "PatternMaster",
        pool: ThreadPoolExecutor,
        deadline: float,
        stop: Callable[[], bool],
        raised: Callable[[int], None],
    ) -> None:
        value, fresh = master.solve()
        improved = False
        for prices in self._attempts(fresh):
            bound, improved, whole_ = master.price(prices, pool, deadline, stop)
            if bound > self._best:
                self._best, self._best_prices = bound, prices
                self.bound = max(self.bound, min(self.target, -(-bound // SCALE)))
                raised(self.bound)
            if not whole_:
                return
            if improved:
                break
        settled = self.bound >= math.ceil(value - 1e-6) or not improved
        if settled and not (master.pays_penalty() and master.raise_penalty()):
            self.closed = True
        if self.bound >= self.target:
            self.closed = True

    def _attempts(self, fresh: list[int]) -> list[list[int]]:
        """Prices near the best ones so far, then those of the program itself."""
        if self._best_prices is None:
            return [fresh]
        smoothing = self._params.smoothing
        near = [
            round(smoothing * old + (1 - smoothing) * new)
            for old, new in zip(self._best_prices, fresh, strict=True)
        ]
        return [near, fresh] if near != fresh else [fresh]

    def choose(
        self, objective: LinearExprT, effort: Effort, stop: Callable[[], bool]
    ) -> Plan | None:
        """The best schedule found among those that the linear program leans to.

        What neither the program's answer nor the incumbent does at all is left out, as in the
        neighbourhoods of Danna, Rothberg and Le Pape (Mathematical Programming 102, 2005).
        """
        if self._master is None or self.bound >= self.target:
            return None
        cp = self._model.cp.clone()
        for v, value in self._master.leaning().items():
            if value < self._params.least_value and not self._incumbent[v]:
                cp.add(cp.get_int_var_from_proto_index(v) == 0)
        cp.minimize(objective)
        plan, work = search(self._model, cp, effort, stop)
        self._other_work += work
        return plan


def _totals(model: CpSatModel, objective: Mapping[int, int]) -> list[int]:
    """The totals that meet the objective's variables in some constraint."""
    totals = {variable.index for variable in model.totals}
    near: set[int] = set()
    if totals:
        for constraint in model.cp.proto.constraints:
            members = variables_of(constraint)
            if not members.isdisjoint(totals) and not members.isdisjoint(objective):
                near |= members & totals
    return sorted(near)


def narrow(
    model: CpSatModel,
    variables: Iterable[int],
    incumbent: Sequence[int],
    effort: Effort,
    stop: Callable[[], bool],
    params: PatternBoundParams = PatternBoundParams(),
) -> tuple[dict[int, tuple[int, int]], float]:
    """Proved limits of some variables, such as a total that the rest of the model settles.

    Each takes at most the effort's seconds; none when stopped. The incumbent's values are reached,
    so that a bound as good as one of them ends its search. Also the work done, in deterministic
    time.
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
            told = _Bound(solver, sign * incumbent[v])
            solver.best_bound_callback = told
            solver.solve(model.cp)
            work += solver.response_proto.deterministic_time
            domain = list(variable.proto.domain)
            known = domain[0] if sign > 0 else -domain[-1]
            limits.append(sign * max(known, told.best))
        found[v] = (limits[0], limits[1])
    return found, work


class _Bound:
    """The best bound that a solver has told of; it is stopped at a value known to be reached.

    What a solver calls its bound at the end is only a default if it found nothing.
    """

    def __init__(self, solver: cp_model.CpSolver, reached: int) -> None:
        self.best = -UNBOUNDED
        self._solver = solver
        self._reached = reached

    def __call__(self, bound: float) -> None:
        """Told by the solver."""
        self.best = max(self.best, whole(bound))
        if self.best >= self._reached:
            self._solver.stop_search()


class PatternMaster:
    """The linear program over patterns."""

    def __init__(
        self,
        parts: BlockStructure,
        objective: Mapping[int, int],
        incumbent: Sequence[int],
        params: PatternBoundParams,
    ) -> None:
        self._params = params
        self._parts = parts
        self.blocks = parts.blocks
        self._objective = objective
        self._touches: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for number, row in enumerate(parts.rows):
            for v, coefficient in row.terms:
                self._touches[v].append((number, coefficient))
        self._lp = QuietHighs()  # type: ignore[no-untyped-call]
        self._lp.setOptionValue("threads", 1)
        self._penalty = params.first_penalty * max(1, *(abs(c) for c in objective.values()))
        self._missing: list[int] = []
        self._columns: list[tuple[int, int, tuple[int, ...]]] = []
        """Column of the program, the person, their pattern."""
        self._add_rows()
        self._add_penalties()
        self._add_shared()
        for number, block in enumerate(parts.blocks):
            values = dict(
                zip(block.variables, (incumbent[v] for v in block.variables), strict=True)
            )
            if all(holds(row, values) for row in block.alone):
                self._add(number, tuple(values.values()))

    def _add_rows(self) -> None:
        """The rows between people, and one for each person that asks for one pattern."""
        infinite = highspy.kHighsInf
        for row in self._parts.rows:
            low = -infinite if row.low is None else float(row.low)
            high = infinite if row.high is None else float(row.high)
            self._lp.addRow(low, high, 0, [], [])
        for _ in self._parts.blocks:
            self._lp.addRow(1.0, 1.0, 0, [], [])

    def _add_penalties(self) -> None:
        """Columns for what is missing from a row, dear enough to be avoided."""
        infinite = highspy.kHighsInf
        rows = self._parts.rows
        for number, row in enumerate(rows):
            for sign, limit in ((1.0, row.low), (-1.0, row.high)):
                if limit is not None:
                    self._missing.append(self._lp.getNumCol())
                    self._lp.addCol(float(self._penalty), 0.0, infinite, 1, [number], [sign])
        for number in range(len(self._parts.blocks)):
            self._missing.append(self._lp.getNumCol())
            self._lp.addCol(
                float(self._penalty * self._params.last_penalty),
                0.0,
                infinite,
                1,
                [len(rows) + number],
                [1.0],
            )

    def _add_shared(self) -> None:
        """Columns for the variables that are nobody's own."""
        for v, (low, high) in self._parts.shared.items():
            touched = self._touches[v]
            self._lp.addCol(
                float(self._objective.get(v, 0)),
                float(low),
                float(high),
                len(touched),
                [n for n, _ in touched],
                [float(c) for _, c in touched],
            )

    def leaning(self) -> dict[int, float]:
        """The average value of each person's variables in the program's answer."""
        values = self._lp.getSolution().col_value
        found: dict[int, float] = defaultdict(float)
        for block in self.blocks:
            found.update(dict.fromkeys(block.variables, 0.0))
        for column, number, pattern in self._columns:
            for v, value in zip(self.blocks[number].variables, pattern, strict=True):
                found[v] += values[column] * value
        return found

    def pays_penalty(self) -> bool:
        """Whether the program prefers to break rows."""
        values = self._lp.getSolution().col_value
        return any(values[column] > 1e-7 for column in self._missing)

    def raise_penalty(self) -> bool:
        """Make broken rows dearer; false once they are dear enough."""
        if self._penalty >= self._params.last_penalty:
            return False
        self._penalty *= self._params.penalty_growth
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
        self._columns.append((self._lp.getNumCol(), number, pattern))
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
        self,
        prices: Sequence[int],
        pool: ThreadPoolExecutor,
        deadline: float,
        stop: Callable[[], bool],
    ) -> tuple[int, bool, bool]:
        """The bound that prices prove, times SCALE; whether a pattern was new; and whether
        everybody was priced."""
        total = 0
        for price, row in zip(prices, self._parts.rows, strict=True):
            if price > 0:
                total += price * row.low  # type: ignore[operator]
            elif price < 0:
                total += price * row.high  # type: ignore[operator]
        for v, (low, high) in self._parts.shared.items():
            reduced = self._reduced(v, prices)
            total += min(reduced * low, reduced * high)
        keys: list[tuple[object, tuple[int, ...]]] = []
        asked: dict[object, Future[tuple[int, tuple[int, ...] | None] | None]] = {}

        def cheapest(
            block: PersonBlock, reduced: Sequence[int]
        ) -> tuple[int, tuple[int, ...] | None] | None:
            left = deadline - time.monotonic()
            if left <= 0 or stop():
                return None
            seconds = max(self._params.least_pricing_seconds, left)
            return block.cheapest(reduced, seconds, self._params)

        for block in self.blocks:
            costs = [self._reduced(v, prices) for v in block.variables]
            keys.append((block.key, tuple(costs)))
            if keys[-1] not in asked:
                asked[keys[-1]] = pool.submit(cheapest, block, costs)
        improved, complete = False, True
        for number, key in enumerate(keys):
            found = asked[key].result()
            if found is None:
                complete = False
                continue
            cost, pattern = found
            total += cost
            if pattern is not None:
                improved = self._add(number, pattern) or improved
        return total if complete else -UNBOUNDED, improved, complete

    def _reduced(self, v: int, prices: Sequence[int]) -> int:
        return SCALE * self._objective.get(v, 0) - sum(
            prices[row] * coefficient for row, coefficient in self._touches[v]
        )
