"""What the threads of a roster search share: the incumbent, the bound, the columns, the clock."""

import threading
import time
from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from solver.arrays import Ints
from solver.colgen.column_pool import Column, ColumnPool, Span
from solver.colgen.diving import Diving
from solver.colgen.master import RestrictedMaster
from solver.colgen.params import ColumnGenerationParams
from solver.colgen.pricing import Pricer
from solver.network.headcount_costs import HeadcountCosts
from solver.network.networks import RosterNetwork
from solver.network.packed_tables import PackedTables, pack
from solver.network.shortest_path import IMPOSSIBLE, add_headcounts
from solver.network.work_meter import Meter

Found = Callable[[Sequence[Ints], int], None]
"""Called with a better roster, as everybody's path, and its cost in path units."""

Bounded = Callable[[int], None]
"""Called with a better proved bound, in path units."""


class Incumbent:
    """The best roster so far, what is proved of the optimum, and what all threads work with.

    `best` is everybody's path, None before there is a roster; `cost` and `bound` are in path units.
    Attributes are read anywhere, and written by the methods here only.
    """

    def __init__(
        self,
        networks: Sequence[RosterNetwork],
        duties: HeadcountCosts,
        *,
        found: Found,
        bounded: Bounded,
        params: ColumnGenerationParams = ColumnGenerationParams(),
    ) -> None:
        """`found` and `bounded` are called from any thread, but never two at once."""
        self.networks = networks
        self.duties = duties
        self.params = params
        self.best: list[Ints] | None = None
        self.cost = IMPOSSIBLE * 1000
        self.bound = -(2**62)
        self.duals = duties.nobody()
        """[duty] -> the dual of the best bound that it was last part of; near the optimum of other
        parts, too."""
        self.closed = False
        """Whether the best roster is proved optimal."""
        self.pool = ColumnPool(networks, params=self.params.pool)
        self.meter = Meter()
        self.clock: Callable[[], float] = time.monotonic
        """Tells seconds: of the clock, or of counted work."""
        self.left: Callable[[], float] = lambda: 0.0
        """Seconds that are left on the clock."""
        self.lock = threading.Lock()
        self._hard = False
        self._found = found
        self._bounded = bounded

    def begin(self, left: Callable[[], float], *, counted: bool) -> None:
        """Set the clock: `left` tells the seconds left on it; `counted` work is measured by the
        meter."""
        self.left = left
        self.clock = self.meter if counted else time.monotonic

    def offer(self, roster: Sequence[Ints], cost: int) -> bool:
        """Keep a roster if it is better than the best; whether it is."""
        with self.lock:
            if cost >= self.cost:
                return False
            self.cost = cost
            self.best = [np.array(path, np.int32) for path in roster]
            self._found(self.best, cost)
            self._close()
            return True

    def take(self, columns: Sequence[Column]) -> int:
        """What a roster of columns costs; it is kept if it is the best."""
        headcounts = self.duties.nobody()
        for column in columns:
            np.add.at(headcounts, column.duties, 1)
        cost = sum(c.cost for c in columns) + self.duties.cost(headcounts)
        self.offer([c.path for c in columns], cost)
        return cost

    def prove(self, bound: int) -> None:
        """Keep a bound if it is better than the best."""
        with self.lock:
            if bound > self.bound:
                self.bound = bound
                self._bounded(bound)
                self._close()

    def _close(self) -> None:
        # Costs are whole multiples of the scale.
        scale = self.duties.scale
        self.closed = -(-self.bound // scale) * scale >= self.cost

    # ------------------------------------------------------------------ column generation

    def learn_duals(self, master: RestrictedMaster) -> None:
        """Keep the duals of a master's best bound, for masters that share duties with it."""
        if master.stability_center is not None:
            self.duals[master.used] = master.stability_center[master.used]

    def columns(self, roster: Sequence[Ints]) -> list[Column]:
        """A roster as everybody's columns."""
        return [self.pool.add(person, path) for person, path in enumerate(roster)]

    def best_columns(self) -> tuple[list[Column], int]:
        """The best roster as everybody's columns, and its cost; there has to be one."""
        with self.lock:
            assert self.best is not None
            roster, cost = self.best, self.cost
        return self.columns(roster), cost

    @property
    def guide(self) -> HeadcountCosts:
        """The costs that lead the way: eased ones while the best roster costs the same by them."""
        eased, best = self.duties.eased, self.best
        if eased is self.duties or best is None or self._hard:
            return self.duties
        headcounts = self.duties.nobody()
        for network, path in zip(self.networks, best, strict=True):
            add_headcounts(network.tables, path, headcounts)
        same = eased.cost(headcounts) == self.duties.cost(headcounts)
        return eased if same else self.duties

    def harden(self) -> None:
        """From now on, no costs are eased: broken musts would be worth it."""
        self._hard = True

    def master(
        self,
        people: Sequence[int],
        headcounts: Ints,
        own: int = 0,
        span: Span | None = None,
        *,
        eases: bool = True,
    ) -> RestrictedMaster:
        """A restricted master over some people, at the costs that lead the way if it `eases`; the
        other arguments are the master's."""
        return RestrictedMaster(
            self.networks,
            people,
            self.guide if eases else self.duties,
            headcounts,
            self.meter,
            self.left,
            own=own,
            span=span,
            params=self.params.master,
        )

    def span_pool(self, span: Span) -> ColumnPool:
        """A pool of its own for columns that differ in a window only."""
        return ColumnPool(self.networks, span, self.params.pool)

    def diving(self, pricer: Pricer, pool: ColumnPool | None = None) -> Diving:
        """Dives with a pricer; columns go to a pool, the common one if left out."""
        return Diving(
            self.networks, self.duties, pool or self.pool, pricer, self.clock, self.params.diving
        )

    def pricer(self, seed: int, days: int | None = None) -> Pricer:
        """A pricer for one thread; with `days`, for windows of that length."""
        return Pricer(
            self.networks,
            self.packed,
            self.duties.scale,
            seed,
            self.meter,
            days,
            self.params.pricing,
        )

    @cached_property
    def packed(self) -> PackedTables:
        """Everybody's tables."""
        return pack([(network.tables, network.extra) for network in self.networks])
