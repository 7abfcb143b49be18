"""Pricing: the cheapest paths of many people at given prices of duties, in one compiled call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from solver.arrays import Ints, Longs, Rng
from solver.colgen.column_pool import Span
from solver.network.networks import RosterNetwork
from solver.network.packed_tables import Contexts, PackedTables, price_all, set_contexts
from solver.network.shortest_path import IMPOSSIBLE
from solver.network.window_path import ROUNDS, STEP
from solver.network.work_meter import Meter
from solver.network.workspace import workspace_for

SPARSE = 15
"""On a few days, begun in one known state, about one in so many values of a path can be reached."""


@dataclass(frozen=True)
class PricedPaths:
    """What some people would do, one entry for each of them; IMPOSSIBLE where there is no path."""

    people: Longs
    bounds: Longs
    """Proved least costs at the prices asked for."""
    costs: Longs
    """What the paths found cost their people, without prices."""
    worths: Longs
    """What they cost at the prices told besides."""
    paths: Ints

    @property
    def found(self) -> Longs:
        """The places of those for whom there is a path."""
        return np.flatnonzero(self.costs < IMPOSSIBLE)

    @property
    def bound(self) -> int | None:
        """What all of them cost at the least; None if somebody has no path at all."""
        return int(self.bounds.sum()) if (self.bounds < IMPOSSIBLE).all() else None


class Pricer:
    """Finds cheapest paths at given prices; one for each thread."""

    def __init__(
        self,
        networks: Sequence[RosterNetwork],
        packed: PackedTables,
        scale: int,
        seed: int,
        meter: Meter,
        days: int | None = None,
    ) -> None:
        """With `days`, there is room for spans of so many days only."""
        self._networks = networks
        self._packed = packed
        self._step = STEP * scale
        self._workspace = workspace_for(networks, days or networks[0].days)
        self._rng: Rng = np.array([seed * 2654435761 + 88172645463325252], dtype=np.uint64)
        self._roster = np.zeros((len(networks), networks[0].days), np.int32)
        self._contexts = contexts_for(networks)
        self.meter = meter
        horizon = networks[0].days
        if self._workspace.days == horizon:
            nobody = np.zeros(horizon, np.int32)
            self.open((0, horizon), dict.fromkeys(range(len(networks)), nobody), sparse=1)

    def open(self, span: Span, paths: Mapping[int, Ints], sparse: int = SPARSE) -> None:
        """From now on only the days of a span are open, in the paths of some people."""
        self._span = span
        people = np.array(list(paths), np.int64)
        for person, path in paths.items():
            self._roster[person] = path
        set_contexts(self._packed, self._contexts, people, self._roster, *span)
        self._labels = np.array([t.labels(span[1] - span[0]) // sparse for t in self._networks])

    def __call__(self, people: Sequence[int], query_duals: Ints, lp_duals: Ints) -> PricedPaths:
        """What people would do at the prices asked for, and what it would cost at those told."""
        who = np.array(people, np.int64)
        bounds, costs, worths = (np.empty(len(who), np.int64) for _ in range(3))
        self.meter.paths(len(who), int(self._labels[who].sum()))
        price_all(
            self._packed,
            self._contexts,
            self._workspace,
            who,
            self._roster,
            *self._span,
            query_duals,
            lp_duals,
            ROUNDS,
            self._step,
            bounds,
            costs,
            worths,
            self._rng,
        )
        return PricedPaths(who, bounds, costs, worths, self._roster)


def contexts_for(networks: Sequence[RosterNetwork]) -> Contexts:
    """Frames with room for each of some networks."""
    states = max(t.tables.follows.shape[0] for t in networks)
    indices = max(t.tables.counts.shape[1] for t in networks)
    extras = max(len(t.extra.most) for t in networks)
    people = len(networks)
    return Contexts(
        np.zeros((people, 5), np.int64),
        np.empty((people, states, indices), np.int32),
        np.empty((people, states, indices), np.int32),
        np.zeros((people, extras), np.int64),
        np.zeros((people, 4), np.int64),
    )
