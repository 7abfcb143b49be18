"""The restricted master of the Dantzig-Wolfe bound: an LP over the patterns generated so far.

Its columns are people's patterns, its rows are the linking rows and, for each person, that they
have one pattern. Its duals price the rows; the pricing of every person's block at any duals proves
a Lagrangian bound (Geoffrion, Mathematical Programming Study 2, 1974), computed in whole numbers
from rounded duals and never read off the LP.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import highspy

from solver.dantzig_wolfe.block_structure import BlockStructure
from solver.dantzig_wolfe.params import PatternBoundParams
from solver.dantzig_wolfe.pricing_problem import PersonBlock, Priced
from solver.dantzig_wolfe.rows import INFINITE
from solver.highs import QuietHighs

SCALE = 2**20
"""Duals are whole multiples of 1 / SCALE."""

PENALTY_PAID = 1e-7
"""Above this an amount of penalty in the LP's solution is not rounding."""


class PricingRound(NamedTuple):
    """What pricing every block at the same duals gave."""

    bound: int
    """The Lagrangian bound, times SCALE."""
    improved: bool
    """Whether a pattern was new."""
    complete: bool
    """Whether every block was priced; otherwise there is no bound."""


class PatternMaster:
    """The restricted master, its columns and its pricing."""

    def __init__(
        self,
        structure: BlockStructure,
        objective: Mapping[int, int],
        incumbent: Sequence[int],
        params: PatternBoundParams = PatternBoundParams(),
    ) -> None:
        self.blocks = structure.blocks
        self._rows = structure.rows
        self._shared = structure.shared
        self._objective = objective
        self._params = params
        self._entries: dict[int, list[tuple[int, int]]] = defaultdict(list)
        """Variable to its (row, coefficient) in the linking rows."""
        for number, row in enumerate(self._rows):
            for v, coefficient in row.terms:
                self._entries[v].append((number, coefficient))
        self._penalty = params.first_penalty * max(1, *(abs(c) for c in objective.values()))
        self._row_penalties: list[int] = []
        """LP columns for what is missing from a linking row."""
        self._person_penalties: list[int] = []
        """LP columns for a person without a pattern."""
        self._patterns: list[tuple[int, int, tuple[int, ...]]] = []
        """(LP column, block, pattern)."""
        self._lp = QuietHighs()  # type: ignore[no-untyped-call]
        self._lp.setOptionValue("threads", 1)
        self._add_rows()
        self._add_penalties()
        self._add_shared()
        for number, block in enumerate(self.blocks):
            values = {v: incumbent[v] for v in block.variables}
            if all(row.holds(values) for row in block.implied):
                self._add_pattern(number, tuple(values.values()))

    # ------------------------------------------------------------------ the LP

    def solve(self) -> tuple[float, list[int]]:
        """The value of the LP, and the duals of its linking rows, times SCALE and rounded."""
        self._lp.run()
        value = self._lp.getInfo().objective_function_value
        duals = []
        for dual, row in zip(self._lp.getSolution().row_dual, self._rows, strict=False):
            rounded = round(dual * SCALE)
            if (rounded > 0 and row.low is None) or (rounded < 0 and row.high is None):
                rounded = 0
            duals.append(rounded)
        return value, duals

    def average_values(self) -> dict[int, float]:
        """The value of each person's variables in the LP's solution, averaged over patterns."""
        values = self._lp.getSolution().col_value
        found: dict[int, float] = defaultdict(float)
        for block in self.blocks:
            found.update(dict.fromkeys(block.variables, 0.0))
        for column, number, pattern in self._patterns:
            for v, value in zip(self.blocks[number].variables, pattern, strict=True):
                found[v] += values[column] * value
        return found

    def pays_penalty(self) -> bool:
        """Whether the LP's solution breaks rows."""
        values = self._lp.getSolution().col_value
        columns = (*self._row_penalties, *self._person_penalties)
        return any(values[column] > PENALTY_PAID for column in columns)

    def raise_penalty(self) -> bool:
        """Make broken rows dearer; false once they are dear enough."""
        if self._penalty >= self._params.last_penalty:
            return False
        self._penalty *= self._params.penalty_growth
        for column in self._row_penalties:
            self._lp.changeColCost(column, float(self._penalty))
        return True

    def _add_rows(self) -> None:
        """The linking rows, and one for each person that asks for one pattern (convexity)."""
        for row in self._rows:
            low = -highspy.kHighsInf if row.low is None else float(row.low)
            high = highspy.kHighsInf if row.high is None else float(row.high)
            self._lp.addRow(low, high, 0, [], [])
        for _ in self.blocks:
            self._lp.addRow(1.0, 1.0, 0, [], [])

    def _add_penalties(self) -> None:
        """Columns that let every row be broken at a price, so that the LP is never infeasible."""
        for number, row in enumerate(self._rows):
            for sign, limit in ((1, row.low), (-1, row.high)):
                if limit is not None:
                    column = self._add_column(self._penalty, None, [(number, sign)])
                    self._row_penalties.append(column)
        for number in range(len(self.blocks)):
            cost = self._penalty * self._params.last_penalty
            column = self._add_column(cost, None, [(len(self._rows) + number, 1)])
            self._person_penalties.append(column)

    def _add_shared(self) -> None:
        """Columns for the variables that belong to nobody."""
        for v, limits in self._shared.items():
            self._add_column(self._objective.get(v, 0), limits, self._entries[v])

    def _add_pattern(self, number: int, pattern: tuple[int, ...]) -> bool:
        """Add a person's pattern as a column; false if it is there already."""
        block = self.blocks[number]
        if pattern in block.patterns:
            return False
        block.patterns.append(pattern)
        cost = 0
        entries: dict[int, int] = defaultdict(int)
        for v, value in zip(block.variables, pattern, strict=True):
            if value:
                cost += self._objective.get(v, 0) * value
                for row, coefficient in self._entries[v]:
                    entries[row] += coefficient * value
        entries[len(self._rows) + number] = 1
        column = self._add_column(cost, None, sorted(entries.items()))
        self._patterns.append((column, number, pattern))
        return True

    def _add_column(
        self, cost: int, limits: tuple[int, int] | None, entries: Iterable[tuple[int, int]]
    ) -> int:
        """Add an LP column with (row, coefficient) entries, from 0 on if it has no limits; its
        number."""
        entries = list(entries)
        column: int = self._lp.getNumCol()
        low, high = (0.0, highspy.kHighsInf) if limits is None else map(float, limits)
        rows = [row for row, _ in entries]
        coefficients = [float(coefficient) for _, coefficient in entries]
        self._lp.addCol(float(cost), low, high, len(rows), rows, coefficients)
        return column

    # ------------------------------------------------------------------ pricing

    def price(
        self,
        duals: Sequence[int],
        threads: ThreadPoolExecutor,
        deadline: float,
        stop: Callable[[], bool],
    ) -> PricingRound:
        """Price every block at the same duals; blocks with equal keys and costs share one solve.

        Args:
            duals: of the linking rows, times SCALE.
            threads: where blocks are priced side by side.
            deadline: on the monotonic clock; blocks that are not begun by then are left.
            stop: whether to leave the other blocks, asked before each.
        """

        def priced(block: PersonBlock, costs: Sequence[int]) -> Priced | None:
            left = deadline - time.monotonic()
            if left <= 0 or stop():
                return None
            seconds = max(self._params.least_pricing_seconds, left)
            return block.cheapest(costs, seconds, self._params)

        keys: list[tuple[object, tuple[int, ...]]] = []
        answers: dict[object, Future[Priced | None]] = {}
        for block in self.blocks:
            costs = [self._reduced_cost(v, duals) for v in block.variables]
            keys.append((block.key, tuple(costs)))
            if keys[-1] not in answers:
                answers[keys[-1]] = threads.submit(priced, block, costs)
        bound = self._constant(duals)
        improved, complete = False, True
        for number, key in enumerate(keys):
            answer = answers[key].result()
            if answer is None:
                complete = False
                continue
            cost, pattern = answer
            bound += cost
            if pattern is not None:
                improved = self._add_pattern(number, pattern) or improved
        return PricingRound(bound if complete else -INFINITE, improved, complete)

    def _constant(self, duals: Sequence[int]) -> int:
        """What the rows and the shared variables add to the Lagrangian bound at some duals."""
        total = 0
        for dual, row in zip(duals, self._rows, strict=True):
            limit = row.low if dual > 0 else row.high
            if dual:
                assert limit is not None, "a dual has the sign of a limit that there is"
                total += dual * limit
        for v, (low, high) in self._shared.items():
            reduced = self._reduced_cost(v, duals)
            total += min(reduced * low, reduced * high)
        return total

    def _reduced_cost(self, v: int, duals: Sequence[int]) -> int:
        """A variable's cost less what the rows pay for it, times SCALE."""
        return SCALE * self._objective.get(v, 0) - sum(
            duals[row] * coefficient for row, coefficient in self._entries[v]
        )
