"""A roster made better a part at a time: a few people, or some days of many, are reopened, and a
dive looks for better columns with all else as it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from solver.arrays import Ints
from solver.colgen.column_pool import KEPT, Column, ColumnPool, Span, duties_of
from solver.colgen.incumbent import Incumbent
from solver.colgen.master import Master, Unfinished
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
class _Desk:
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
        self._tracks = incumbent.tracks
        self._days = self._tracks[0].days
        self.program: Master | None = None
        """The program over everybody that proved the bound, at its optimum."""
        self.only_dives = False
        """Whether nothing but everybody is worth reopening by now."""
        self.parts = NeighbourhoodSelection(incumbent, seconds)

    def add_everybody(self, program: Master, *, only: bool) -> None:
        """Everybody may be reopened at once, from this program's optimum; `only` that for now."""
        self.program = program
        self.parts.add_everybody()
        self.only_dives = only

    def run(
        self, seed: int, stop: Callable[[], bool], roster: Sequence[Ints], *, finishes: bool
    ) -> None:
        """Reopen parts, over and over, from a roster, and from the best one once the own one is
        stuck: a dive's roster may be worse than the best, and better to go on from."""
        shared = self._shared
        workspace = _Desk(seed, np.random.default_rng(seed))
        mine = shared.columns(roster)
        cost = shared.take(mine)
        stuck = vain = 0
        leads = False
        while not stop():
            leads = leads or cost <= shared.cost
            if vain >= VAIN and self.program is not None and finishes:
                vain = 0
                self._finish(workspace, stop)
            if (leads or stuck >= STUCK) and cost > shared.cost:
                mine, cost = self._best()
                stuck = 0
            part = self.parts.choose(workspace.rng)
            if self.only_dives:
                part = (len(self._tracks), self._days)
            people, span = self.parts.some(workspace.rng, part)
            began = shared.clock()
            taken = self._reopen(workspace, people, span, mine, cost, stop)
            gain = 0.0
            stuck, vain = stuck + 1, vain + 1
            if taken is not None:
                stuck = vain = 0
                before = cost
                mine, cost = self._put(mine, taken, span)
                gain = max(0, before - cost) / shared.duties.scale
            self.parts.learn(part, gain, shared.clock() - began)

    def _best(self) -> tuple[list[Column], int]:
        with self._shared.lock:
            assert self._shared.best is not None
            roster, cost = self._shared.best, self._shared.cost
        return self._shared.columns(roster), cost

    # ------------------------------------------------------------------ reopening it

    def _reopen(
        self,
        workspace: _Desk,
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
        pricer = workspace.pricer(self._shared, span)
        pool = self._shared.pool
        if not whole:
            pool = ColumnPool(self._tracks, span)
            pricer.open(span, {person: columns[person].chosen for person in people})
        diving = self._shared.diving(pricer, pool)
        try:
            if everybody and self.program is not None:
                master = self.program.copy()
            else:
                master = self._program(people, span, columns)
            for person in people:
                master.add(person, pool.add(person, columns[person].chosen))
            value = diving.relax(master, stop=stop, cutoff=target)
            if value > target or stop():
                return None
            return diving.dive(
                master,
                seconds=float("inf"),
                stop=stop,
                cutoff=target,
                rng=workspace.rng if everybody else None,
            )
        except Unfinished:
            return None

    def _program(self, people: Sequence[int], span: Span, columns: Sequence[Column]) -> Master:
        """The program over some people and days, everything else as it is."""
        first, last = span
        open_ = set(people)
        headcounts, own = self._shared.nobody(), 0
        for person, column in enumerate(columns):
            if person not in open_:
                np.add.at(headcounts, column.duties, 1)
                own += column.cost
            elif last - first < self._days:
                t, chosen = self._tracks[person].tables, column.chosen
                np.add.at(headcounts, duties_of(t, np.delete(chosen, slice(first, last))), 1)
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
            mine[person] = shared.pool.add(person, column.chosen)
        best, _ = self._best()
        cost = shared.take(mine)
        for person, column in taken.items():
            chosen = best[person].chosen.copy()
            chosen[slice(*span)] = column.chosen[slice(*span)]
            track = self._tracks[person]
            both = shared.pool.add(person, chosen)
            # Together they may be more than somebody's totals allow.
            if both.cost < IMPOSSIBLE and not track.outside(chosen):
                best[person] = both
        other = shared.take(best)
        return (best, other) if other < cost else (mine, cost)

    # ------------------------------------------------------------------ everybody's columns

    def _finish(self, workspace: _Desk, stop: Callable[[], bool]) -> None:
        """Choose among all columns that a better roster can have (by their reduced costs), and
        more of the sort: cheapest paths at prices near those of the bound."""
        shared, program = self._shared, self.program
        assert program is not None
        assert program.center is not None
        prices = program.center
        people = range(len(self._tracks))
        diving = shared.diving(workspace.pricer(shared, (0, self._days)))
        for _ in range(ENRICHED):
            noise = workspace.rng.normal(0, shared.duties.scale, len(prices)).astype(np.int32)
            diving.gather(people, prices + noise)
            if stop():
                return
        gap = shared.cost - shared.bound
        master = shared.master(people, shared.nobody())
        for person in people:
            worth = [
                (c.cost + int(prices[c.duties].sum()), n, c)
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
