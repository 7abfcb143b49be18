"""A roster made better a part at a time: a few people, or some days of many, are reopened, and a
dive looks for better columns with all else as it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from solver.arrays import Ints
from solver.colgen.column_pool import KEPT, Column, ColumnPool, Span, duties_of
from solver.colgen.incumbent import Incumbent
from solver.colgen.master import LpUnfinished, RestrictedMaster
from solver.colgen.pricing import Pricer
from solver.lns.neighbourhood_selection import NeighbourhoodSelection
from solver.network.shortest_path import IMPOSSIBLE

STUCK = 12
"""Parts reopened in vain after which the best roster is gone on from."""

VAIN = 40
"""The same, after which all columns that are good enough are chosen among at once."""

ENRICHED = 12
"""Rounds in which such columns are gathered first."""

MOST_COLUMNS = 400
"""Columns of a person among which is chosen."""

FINISHING = 20.0
"""Seconds that choosing may take."""


@dataclass
class _ThreadState:
    """What one thread works with."""

    seed: int
    rng: np.random.Generator
    pricers: dict[int, Pricer] = field(default_factory=dict)
    """By days."""

    def pricer(self, shared: Incumbent, span: Span) -> Pricer:
        days = span[1] - span[0]
        if days not in self.pricers:
            self.pricers[days] = shared.pricer(self.seed, days)
        return self.pricers[days]


class LargeNeighbourhoodSearch:
    """Reopens parts of the best roster; shared by threads, which learn together what pays."""

    def __init__(self, incumbent: Incumbent, seconds: float) -> None:
        self._shared = incumbent
        self._networks = incumbent.networks
        self._days = self._networks[0].days
        self.root_master: RestrictedMaster | None = None
        """The program over everybody that proved the bound, at its optimum."""
        self.only_dives = False
        """Whether nothing but everybody is worth reopening by now."""
        self.selection = NeighbourhoodSelection(incumbent, seconds)

    def add_everybody(self, master: RestrictedMaster, *, only: bool) -> None:
        """Everybody may be reopened at once, from this program's optimum; `only` that for now."""
        self.root_master = master
        self.selection.add_everybody()
        self.only_dives = only

    def run(
        self, seed: int, stop: Callable[[], bool], roster: Sequence[Ints], *, finishes: bool
    ) -> None:
        """Reopen parts, over and over, from a roster, and from the best one once the own one is
        stuck: a dive's roster may be worse than the best, and better to go on from."""
        shared = self._shared
        thread = _ThreadState(seed, np.random.default_rng(seed))
        mine = shared.columns(roster)
        cost = shared.take(mine)
        stuck = vain = 0
        leads = False
        while not stop():
            leads = leads or cost <= shared.cost
            if vain >= VAIN and self.root_master is not None and finishes:
                vain = 0
                self._finish(thread, stop)
            if (leads or stuck >= STUCK) and cost > shared.cost:
                mine, cost = self._best()
                stuck = 0
            size = self.selection.choose(thread.rng)
            if self.only_dives:
                size = (len(self._networks), self._days)
            people, span = self.selection.place(thread.rng, size)
            began = shared.clock()
            taken = self._repair(thread, people, span, mine, cost, stop)
            gain = 0.0
            stuck, vain = stuck + 1, vain + 1
            if taken is not None:
                stuck = vain = 0
                before = cost
                mine, cost = self._put(mine, taken, span)
                gain = max(0, before - cost) / shared.duties.scale
            self.selection.learn(size, gain, shared.clock() - began)

    def _best(self) -> tuple[list[Column], int]:
        with self._shared.lock:
            assert self._shared.best is not None
            roster, cost = self._shared.best, self._shared.cost
        return self._shared.columns(roster), cost

    # ------------------------------------------------------------------ reopening it

    def _repair(
        self,
        thread: _ThreadState,
        people: Sequence[int],
        span: Span,
        columns: Sequence[Column],
        cost: int,
        stop: Callable[[], bool],
    ) -> dict[int, Column] | None:
        """Better columns for some people with all else as it is; None if none were found."""
        target = cost / self._shared.duties.scale - 0.5
        whole = span == (0, self._days)
        everybody = whole and len(people) == len(columns)
        pricer = thread.pricer(self._shared, span)
        pool = self._shared.pool
        if not whole:
            pool = ColumnPool(self._networks, span)
            pricer.open(span, {person: columns[person].path for person in people})
        diving = self._shared.diving(pricer, pool)
        try:
            if everybody and self.root_master is not None:
                master = self.root_master.copy()
            else:
                master = self._sub_master(people, span, columns)
            for person in people:
                master.add(person, pool.add(person, columns[person].path))
            value = diving.relax(master, stop=stop, cutoff=target)
            if value > target or stop():
                return None
            return diving.dive(
                master,
                seconds=float("inf"),
                stop=stop,
                cutoff=target,
                rng=thread.rng if everybody else None,
            )
        except LpUnfinished:
            return None

    def _sub_master(
        self, people: Sequence[int], span: Span, columns: Sequence[Column]
    ) -> RestrictedMaster:
        """The program over some people and days, everything else as it is."""
        first, last = span
        open_ = set(people)
        headcounts, own = self._shared.nobody(), 0
        for person, column in enumerate(columns):
            if person not in open_:
                np.add.at(headcounts, column.duties, 1)
                own += column.cost
            elif last - first < self._days:
                t, path = self._networks[person].tables, column.path
                np.add.at(headcounts, duties_of(t, np.delete(path, slice(first, last))), 1)
        master = self._shared.master(people, headcounts, own, span)
        if last - first == self._days:
            for person in people:
                for known in self._shared.pool.recent(person, KEPT):
                    master.add(person, known)
        return master

    def _put(
        self, columns: Sequence[Column], taken: dict[int, Column], span: Span
    ) -> tuple[list[Column], int]:
        """A roster with new columns; with those of the best roster beside them, if another thread
        found it meanwhile and both agree."""
        shared = self._shared
        mine = list(columns)
        for person, column in taken.items():
            mine[person] = shared.pool.add(person, column.path)
        best, _ = self._best()
        cost = shared.take(mine)
        for person, column in taken.items():
            path = best[person].path.copy()
            path[slice(*span)] = column.path[slice(*span)]
            network = self._networks[person]
            both = shared.pool.add(person, path)
            # Together they may be more than somebody's totals allow.
            if both.cost < IMPOSSIBLE and not network.outside(path):
                best[person] = both
        other = shared.take(best)
        return (best, other) if other < cost else (mine, cost)

    # ------------------------------------------------------------------ everybody's columns

    def _finish(self, thread: _ThreadState, stop: Callable[[], bool]) -> None:
        """Choose among all columns that a better roster can have (by their reduced costs), and
        more of the sort: cheapest paths at duals near those of the bound."""
        shared, root = self._shared, self.root_master
        assert root is not None
        assert root.stability_center is not None
        duals = root.stability_center
        people = range(len(self._networks))
        diving = shared.diving(thread.pricer(shared, (0, self._days)))
        for _ in range(ENRICHED):
            perturbation = thread.rng.normal(0, shared.duties.scale, len(duals)).astype(np.int32)
            diving.gather(people, duals + perturbation)
            if stop():
                return
        gap = shared.cost - shared.bound
        master = shared.master(people, shared.nobody())
        for person in people:
            worth = [
                (c.cost + int(duals[c.duties].sum()), n, c)
                for n, c in enumerate(list(shared.pool.columns[person].values()))
            ]
            least = min(w for w, _, _ in worth)
            for w, _, column in sorted(worth)[:MOST_COLUMNS]:
                if w - least <= gap:
                    master.add(person, column)
            if shared.best is not None:
                master.add(person, shared.pool.add(person, shared.best[person]))
        taken = master.choose(min(FINISHING, shared.left()))
        if taken is not None:
            shared.take([taken[person] for person in people])
