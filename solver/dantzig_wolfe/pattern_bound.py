"""A lower bound by Dantzig-Wolfe decomposition: each person's whole pattern is one column.

Where people are alike, symmetry hides bounds from CP-SAT; patterns do not show who is who. A
restricted master chooses among the patterns generated so far, and its duals price the rows between
people; each person's cheapest pattern at those duals proves a Lagrangian bound and joins the
master (Dantzig and Wolfe, Operations Research 8, 1960). Duals are smoothed between the best and the
latest (Wentges, International Transactions in Operational Research 4, 1997).
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from models.facts.plan import Plan
from solver.cpsat.model import CpSatModel
from solver.cpsat.solve import SECONDS_PER_UNIT, Effort, solve_copy
from solver.dantzig_wolfe.block_structure import take_apart
from solver.dantzig_wolfe.params import PatternBoundParams
from solver.dantzig_wolfe.pattern_master import SCALE, PatternMaster
from solver.dantzig_wolfe.rows import INFINITE
from solver.dantzig_wolfe.total_limits import narrow, totals_of
from solver.language.slack import LinearExprT

ROUNDING = 1e-6
"""How far the LP's value may be from a whole number that it means."""


class DantzigWolfeBound:
    """The search for a bound, and for better schedules, over whole patterns of people.

    Only solutions that cost less than `target` are considered, so that what such a solution allows
    one person at most is known to that person's patterns: "nobody more than 7 days" is far stronger
    than the same on average.
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
            effort: how long proving the limits of a total may take; its workers are how many people
                are priced at the same time.
            stop: asked between steps.
            params: how duals are smoothed and broken rows penalised.
        """
        self.target = target
        self.bound = 0
        """No solution costs less."""
        self.closed = False
        """Whether nothing more can be proved this way."""
        self._params = params
        self._model = model
        self._incumbent = incumbent
        self._workers = effort.workers
        self._other_work = 0.0
        """Deterministic time of all but pricing."""
        self._best_bound = -INFINITE
        self._best_duals: list[int] | None = None
        self._master: PatternMaster | None = None
        totals = totals_of(model, objective)
        narrowed, work = narrow(model, totals, incumbent, effort, stop, params)
        self._other_work += work
        structure = take_apart(model, objective, target - 1, narrowed, params)
        if structure is None:
            self.bound, self.closed = target, True
        elif not structure.blocks:
            self.closed = True
        else:
            self._master = PatternMaster(structure, objective, incumbent, params)

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
        """Generate patterns until the effort is spent or nothing more can be proved.

        Args:
            effort: the seconds that it may take, counted or on the clock.
            stop: whether to end, asked between steps.
            raised: called with each better bound.

        Returns:
            The bound, at most the target.
        """
        deadline = time.monotonic() + (effort.fuse if effort.counted else effort.seconds)
        begun = self.counted_seconds
        with ThreadPoolExecutor(self._workers) as threads:
            while not self.closed and not stop() and time.monotonic() < deadline:
                if effort.counted and self.counted_seconds - begun >= effort.seconds:
                    break
                assert self._master is not None
                self._round(self._master, threads, deadline, stop, raised)
        return self.bound

    def _round(
        self,
        master: PatternMaster,
        threads: ThreadPoolExecutor,
        deadline: float,
        stop: Callable[[], bool],
        raised: Callable[[int], None],
    ) -> None:
        """One iteration: solve the restricted master, and price at its duals."""
        value, lp_duals = master.solve()
        improved = False
        for duals in self._candidates(lp_duals):
            bound, improved, complete = master.price(duals, threads, deadline, stop)
            if bound > self._best_bound:
                self._best_bound, self._best_duals = bound, duals
                self.bound = max(self.bound, min(self.target, -(-bound // SCALE)))
                raised(self.bound)
            if not complete:
                return
            if improved:
                break
        settled = self.bound >= math.ceil(value - ROUNDING) or not improved
        if settled and not (master.pays_penalty() and master.raise_penalty()):
            self.closed = True
        if self.bound >= self.target:
            self.closed = True

    def _candidates(self, lp_duals: list[int]) -> list[list[int]]:
        """Duals to price at: smoothed towards the best ones so far, then those of the LP itself."""
        if self._best_duals is None:
            return [lp_duals]
        weight = self._params.smoothing
        smoothed = [
            round(weight * best + (1 - weight) * latest)
            for best, latest in zip(self._best_duals, lp_duals, strict=True)
        ]
        return [smoothed, lp_duals] if smoothed != lp_duals else [lp_duals]

    def choose(
        self, objective: LinearExprT, effort: Effort, stop: Callable[[], bool]
    ) -> Plan | None:
        """The best schedule found among those that the restricted master leans towards.

        What neither the LP's solution nor the incumbent does at all is left out: relaxation induced
        neighbourhood search, RINS (Danna, Rothberg and Le Pape, Mathematical Programming 102,
        2005).
        """
        if self._master is None or self.bound >= self.target:
            return None
        cp = self._model.cp.clone()
        for v, value in self._master.average_values().items():
            if value < self._params.least_value and not self._incumbent[v]:
                cp.add(cp.get_int_var_from_proto_index(v) == 0)
        cp.minimize(objective)
        found = solve_copy(self._model, cp, effort, stop)
        self._other_work += found.counted_seconds / SECONDS_PER_UNIT
        return found.plan
