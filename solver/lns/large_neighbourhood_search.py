"""Large neighbourhood search over rosters: a neighbourhood, some people and a window of days, is
destroyed, and repaired by column generation and a dive, with all else as it is.

Destroy and repair as in Shaw, Using constraint programming and local search methods to solve
vehicle routing problems (CP 1998).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from solver.arrays import Ints
from solver.colgen.column_pool import Column, Span, duties_of
from solver.colgen.incumbent import Incumbent
from solver.colgen.master import LpUnfinished, RestrictedMaster
from solver.colgen.pricing import Pricer
from solver.lns.neighbourhood_selection import NeighbourhoodSelection
from solver.lns.params import LnsParams
from solver.network.params import WorkspaceParams
from solver.network.shortest_path import IMPOSSIBLE


@dataclass
class _Thread:
    """What one thread searches with."""

    seed: int
    rng: np.random.Generator
    pricers: dict[int, Pricer] = field(default_factory=dict)
    """[days] -> pricer for windows of that length."""

    def pricer(self, shared: Incumbent, span: Span) -> Pricer:
        days = span[1] - span[0]
        if days not in self.pricers:
            self.pricers[days] = shared.pricer(self.seed, days)
        return self.pricers[days]


class LargeNeighbourhoodSearch:
    """Destroys and repairs parts of a roster; shared by threads, which learn together what pays."""

    def __init__(
        self,
        incumbent: Incumbent,
        seconds: float,
        params: LnsParams = LnsParams(),
        workspace: WorkspaceParams = WorkspaceParams(),
    ) -> None:
        """`seconds` is how long the search may take."""
        self.params = params
        self._shared = incumbent
        self._networks = incumbent.networks
        self._days = self._networks[0].days
        self.root_master: RestrictedMaster | None = None
        """The master over everybody at its optimum, which proved the bound."""
        self.only_dives = False
        """Whether only the neighbourhood of everybody is worth repairing for now."""
        self.selection = NeighbourhoodSelection(
            incumbent, seconds, self.params.selection, workspace
        )

    def add_everybody(self, master: RestrictedMaster, *, only: bool) -> None:
        """Add the neighbourhood of everybody, repaired from this master's optimum; with `only`, no
        other until `allow_all`."""
        self.root_master = master
        self.selection.add_everybody()
        self.only_dives = only

    def allow_all(self) -> None:
        """From now on any neighbourhood may be chosen."""
        self.only_dives = False

    def run(
        self, seed: int, stop: Callable[[], bool], roster: Sequence[Ints], *, finishes: bool
    ) -> None:
        """Destroy and repair, over and over, in one thread.

        Args:
            seed: of this thread.
            stop: called often.
            roster: to begin with; the thread goes on from the best one once its own is stuck, since
                a dive's roster may be worse than the best, and better to go on from.
            finishes: whether the restricted master heuristic runs as well, once nothing else helps.
        """
        shared = self._shared
        thread = _Thread(seed, np.random.default_rng(seed))
        mine = shared.columns(roster)
        cost = shared.take(mine)
        stuck = in_vain = 0
        leads = False
        while not stop():
            leads = leads or cost <= shared.cost
            if in_vain >= self.params.finish_after and self.root_master is not None and finishes:
                in_vain = 0
                self._choose_among_all(thread, stop)
            if (leads or stuck >= self.params.stuck) and cost > shared.cost:
                mine, cost = shared.best_columns()
                stuck = 0
            size = self.selection.choose(thread.rng)
            if self.only_dives:
                size = (len(self._networks), self._days)
            people, span = self.selection.place(thread.rng, size)
            began = shared.clock()
            repaired = self._repair(thread, people, span, mine, cost, stop)
            gain = 0.0
            stuck, in_vain = stuck + 1, in_vain + 1
            if repaired is not None:
                changed, new_cost = self._accept(mine, repaired, span)
                gain = max(0, cost - new_cost) / shared.duties.scale
                if gain:
                    stuck = in_vain = 0
                    mine, cost = changed, new_cost
            self.selection.learn(size, gain, shared.clock() - began)

    # ------------------------------------------------------------------ destroy and repair

    def _repair(
        self,
        thread: _Thread,
        people: Sequence[int],
        span: Span,
        columns: Sequence[Column],
        cost: int,
        stop: Callable[[], bool],
    ) -> dict[int, Column] | None:
        """Better columns for some people and days with all else as it is; None if none are
        found."""
        target = cost / self._shared.duties.scale - 0.5
        whole = span == (0, self._days)
        everybody = whole and len(people) == len(columns)
        pricer = thread.pricer(self._shared, span)
        pool = self._shared.pool
        if not whole:
            pool = self._shared.span_pool(span)
            pricer.open(span, {person: columns[person].path for person in people})
        diving = self._shared.diving(pricer, pool)
        try:
            if everybody and self.root_master is not None:
                master = self.root_master.copy()
            else:
                master = self._destroy(people, span, columns)
            for person in people:
                master.add(person, pool.add(person, columns[person].path))
            guess = self._shared.duals.copy()
            value = diving.relax(master, stop=stop, cutoff=target, guess=guess)
            self._shared.learn_duals(master)
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

    def _destroy(
        self, people: Sequence[int], span: Span, columns: Sequence[Column]
    ) -> RestrictedMaster:
        """The restricted master over some people and days, everything else as it is."""
        first, last = span
        free = set(people)
        headcounts, own = self._shared.duties.nobody(), 0
        for person, column in enumerate(columns):
            if person not in free:
                np.add.at(headcounts, column.duties, 1)
                own += column.cost
            elif last - first < self._days:
                t, path = self._networks[person].tables, column.path
                np.add.at(headcounts, duties_of(t, np.delete(path, slice(first, last))), 1)
        master = self._shared.master(people, headcounts, own, span)
        if last - first == self._days:
            pool = self._shared.pool
            for person in people:
                for known in pool.recent(person, pool.params.kept):
                    master.add(person, known)
        return master

    def _accept(
        self, columns: Sequence[Column], repaired: dict[int, Column], span: Span
    ) -> tuple[list[Column], int]:
        """A roster with repaired columns, and its cost; or the best roster with the same changes,
        if another thread found that meanwhile and both fit together."""
        shared = self._shared
        mine = list(columns)
        for person, column in repaired.items():
            mine[person] = shared.pool.add(person, column.path)
        best, _ = shared.best_columns()
        cost = shared.take(mine)
        for person, column in repaired.items():
            path = best[person].path.copy()
            path[slice(*span)] = column.path[slice(*span)]
            both = shared.pool.add(person, path)
            # Together they may be more than somebody's totals allow.
            if both.cost < IMPOSSIBLE and not self._networks[person].outside(path):
                best[person] = both
        other = shared.take(best)
        return (best, other) if other < cost else (mine, cost)

    # ------------------------------------------------------------------ everybody's columns

    def _choose_among_all(self, thread: _Thread, stop: Callable[[], bool]) -> None:
        """The restricted master heuristic: branch and bound over all columns that a better roster
        can have by their reduced costs, and more found at duals near those of the bound."""
        shared, root, params = self._shared, self.root_master, self.params
        assert root is not None
        assert root.stability_center is not None
        duals = root.stability_center
        people = range(len(self._networks))
        diving = shared.diving(thread.pricer(shared, (0, self._days)))
        for _ in range(params.enriched):
            perturbation = thread.rng.normal(0, shared.duties.scale, len(duals)).astype(np.int32)
            diving.gather(people, duals + perturbation)
            if stop():
                return
        gap = shared.cost - shared.bound
        master = shared.master(people, shared.duties.nobody())
        for person in people:
            worth = [
                (c.cost + int(duals[c.duties].sum()), n, c)
                for n, c in enumerate(list(shared.pool.columns[person].values()))
            ]
            least = min(w for w, _, _ in worth)
            for w, _, column in sorted(worth)[: params.finish_columns]:
                if w - least <= gap:
                    master.add(person, column)
            if shared.best is not None:
                master.add(person, shared.pool.add(person, shared.best[person]))
        chosen = master.choose(min(params.finish_seconds, shared.left()))
        if chosen is not None:
            shared.take([chosen[person] for person in people])
