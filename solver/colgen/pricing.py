"""The pricing problem: the cheapest paths of many people at given duals of duties, by shortest
paths with resource constraints (SPPRC), in one compiled call.

See Irnich and Desaulniers, Shortest path problems with resource constraints (2005).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from solver.arrays import Ints, Longs, Rng
from solver.colgen.column_pool import Span
from solver.colgen.params import PricingParams
from solver.network.networks import RosterNetwork
from solver.network.packed_tables import (
    Contexts,
    PackedTables,
    PriceTags,
    Query,
    price_all,
    set_contexts,
)
from solver.network.shortest_path import IMPOSSIBLE, DayWindow
from solver.network.work_meter import Meter
from solver.network.workspace import workspace_for


@dataclass(frozen=True)
class PricedPaths:
    """The paths found for some people, one entry for each; IMPOSSIBLE where there is none."""

    people: Longs
    bounds: Longs
    """Proved least costs of a path at the query duals."""
    costs: Longs
    """What the paths found cost their people, without duals."""
    worths: Longs
    """What they cost at the LP duals: less the person's own dual, their reduced costs."""
    paths: Ints
    """[person, day] -> option."""

    @property
    def found(self) -> Longs:
        """The entries with a path."""
        return np.flatnonzero(self.costs < IMPOSSIBLE)

    @property
    def bound(self) -> int | None:
        """What all of them cost together at least; None if somebody has no path at all."""
        return int(self.bounds.sum()) if (self.bounds < IMPOSSIBLE).all() else None


class Pricer:
    """Finds cheapest paths at given duals; one for each thread.

    Duals are those of the duty rows with the sign turned: what a path pays for a duty.
    """

    def __init__(
        self,
        networks: Sequence[RosterNetwork],
        packed: PackedTables,
        scale: int,
        seed: int,
        meter: Meter,
        days: int | None = None,
        params: PricingParams = PricingParams(),
    ) -> None:
        """With `days`, there is memory for windows of that length only."""
        self._networks = networks
        self._packed = packed
        self._surcharging = params.surcharges.rounds, params.surcharges.step * scale
        self._sparse = params.sparse
        horizon = networks[0].days
        self._workspace = workspace_for(networks, days or horizon)
        self._rng: Rng = np.array([seed * 2654435761 + 88172645463325252], dtype=np.uint64)
        self._roster = np.zeros((len(networks), horizon), np.int32)
        self._contexts = contexts_for(networks)
        self.meter = meter
        if self._workspace.days == horizon:
            nobody = np.zeros(horizon, np.int32)
            self._open((0, horizon), dict.fromkeys(range(len(networks)), nobody), sparse=1)

    def open(self, span: Span, paths: Mapping[int, Ints]) -> None:
        """From now on only the days of a window are open, in the paths of some people."""
        self._open(span, paths, self._sparse)

    def _open(self, span: Span, paths: Mapping[int, Ints], sparse: int) -> None:
        self._window = DayWindow(*span)
        people = np.array(list(paths), np.int64)
        for person, path in paths.items():
            self._roster[person] = path
        set_contexts(self._packed, self._contexts, people, self._roster, self._window)
        self._labels = np.array([n.labels(span[1] - span[0]) // sparse for n in self._networks])

    def __call__(self, people: Sequence[int], query_duals: Ints, lp_duals: Ints) -> PricedPaths:
        """Search people's cheapest paths at the query duals, and judge them at the LP duals too."""
        who = np.array(people, np.int64)
        found = PriceTags(*(np.empty(len(who), np.int64) for _ in PriceTags._fields))
        self.meter.paths(len(who), int(self._labels[who].sum()))
        price_all(
            self._packed,
            self._contexts,
            self._workspace,
            self._surcharging,
            who,
            self._roster,
            self._window,
            Query(query_duals, lp_duals),
            found,
            self._rng,
        )
        return PricedPaths(who, *found, self._roster)


def contexts_for(networks: Sequence[RosterNetwork]) -> Contexts:
    """Contexts for everybody, each with memory for the largest of the networks."""
    states = max(n.tables.follows.shape[0] for n in networks)
    indices = max(n.tables.counts.shape[1] for n in networks)
    extras = max(len(n.extra.most) for n in networks)
    people = len(networks)
    return Contexts(
        begin=np.zeros((people, 5), np.int64),
        rest=np.empty((people, states, indices), np.int32),
        merged=np.empty((people, states, indices), np.int32),
        elsewhere=np.zeros((people, extras), np.int64),
        walk=np.zeros((people, 4), np.int64),
    )
