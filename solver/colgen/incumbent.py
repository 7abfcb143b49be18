"""What the threads of a search over paths share: the best roster, the bound, and all columns."""

import threading
import time
from collections.abc import Callable, Sequence
from functools import cached_property

import numpy as np

from solver.arrays import Ints
from solver.colgen.column_pool import Column, ColumnPool, Span
from solver.colgen.diving import Diving
from solver.colgen.master import RestrictedMaster
from solver.colgen.pricing import Pricer
from solver.network.headcount_costs import HeadcountCosts
from solver.network.networks import RosterNetwork
from solver.network.packed_tables import PackedTables, pack
from solver.network.shortest_path import IMPOSSIBLE
from solver.network.work_meter import Meter

Found = Callable[[Sequence[Ints], int], None]
Bounded = Callable[[int], None]


class Incumbent:
    """The best roster of everybody's paths so far, and what is proved of the best there is.

    `best` holds the options of each person's days, None before there are any; `cost` and `bound`
    are in path units.
    """

    def __init__(
        self,
        networks: Sequence[RosterNetwork],
        duties: HeadcountCosts,
        *,
        found: Found,
        bounded: Bounded,
    ) -> None:
        """`found` is told of each better roster and its cost, `bounded` of each proved bound; both
        from any thread, never two at once."""
        self.networks = networks
        self.duties = duties
        self.best: list[Ints] | None = None
        self.cost = IMPOSSIBLE * 1000
        self.bound = -(2**62)
        self.closed = False
        """Whether the bound is reached."""
        self.pool = ColumnPool(networks)
        self.meter = Meter()
        self.clock: Callable[[], float] = time.monotonic
        """Tells seconds: of the clock, or of counted work."""
        self.left: Callable[[], float] = lambda: 0.0
        """Seconds that are left on the clock."""
        self.lock = threading.Lock()
        self._found = found
        self._bounded = bounded

    def offer(self, roster: Sequence[Ints], cost: int) -> bool:
        """Keep a roster if it is the best; whether it was better."""
        with self.lock:
            if cost >= self.cost:
                return False
            self.cost = cost
            self.best = [np.array(path, np.int32) for path in roster]
            self._found(self.best, cost)
            self._close()
            return True

    def take(self, columns: Sequence[Column]) -> int:
        """What everybody's columns cost; they are kept if they are the best."""
        headcounts = self.nobody()
        for column in columns:
            np.add.at(headcounts, column.duties, 1)
        cost = sum(c.cost for c in columns) + self.duties.cost(headcounts)
        self.offer([c.path for c in columns], cost)
        return cost

    def prove(self, bound: int) -> None:
        """Keep a bound if it is the best."""
        with self.lock:
            if bound > self.bound:
                self.bound = bound
                self._bounded(bound)
                self._close()

    def _close(self) -> None:
        # Costs are whole multiples of the scale.
        scale = self.duties.scale
        self.closed = -(-self.bound // scale) * scale >= self.cost

    # ------------------------------------------------------------------ for columns

    def nobody(self) -> Ints:
        """The headcounts of each duty before anybody is on it."""
        return np.zeros(len(self.duties.first_price) - 1, np.int32)

    def columns(self, roster: Sequence[Ints]) -> list[Column]:
        """A roster as everybody's columns."""
        return [self.pool.add(person, path) for person, path in enumerate(roster)]

    def master(
        self, people: Sequence[int], headcounts: Ints, own: int = 0, span: Span | None = None
    ) -> RestrictedMaster:
        """A linear program over some people, whose arguments are the master's."""
        return RestrictedMaster(
            self.networks,
            people,
            self.duties,
            headcounts,
            self.meter,
            self.left,
            own=own,
            span=span,
        )

    def diving(self, pricer: Pricer, pool: ColumnPool | None = None) -> Diving:
        """Dives with paths of a pricer; their columns go to the common pool if to no other."""
        return Diving(self.networks, self.duties, pool or self.pool, pricer, self.clock)

    def pricer(self, seed: int, days: int | None = None) -> Pricer:
        """One for a thread."""
        return Pricer(self.networks, self.packed, self.duties.scale, seed, self.meter, days)

    @cached_property
    def packed(self) -> PackedTables:
        """Everybody's tables."""
        return pack([(network.tables, network.extra) for network in self.networks])
