"""The memory that paths are searched in, one for each thread."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from solver.arrays import Rng
from solver.network.networks import RosterNetwork
from solver.network.shortest_path import Workspace
from solver.network.window_path import Context

LARGEST = 30_000_000
"""Values that one path may fill; longer horizons are planned anew in stretches."""


SHORTEST = 28
"""Days of the shortest stretch."""


NEAR_WIDTH = 8, 1.5
"""How many values the long total may then have on a day, at the least; and for each unit that a
day's work adds to it at the most."""


def workspace_for(
    networks: Sequence[RosterNetwork], days: int, most_width: int = LARGEST
) -> Workspace:
    """Room for paths of so many days; one for each thread."""
    states = max(t.tables.follows.shape[0] for t in networks)
    indices = max(t.tables.counts.shape[1] for t in networks)
    classes = max(t.tables.symbol.shape[0] for t in networks)
    options = max(len(t.tables.option_class) for t in networks)
    horizon = networks[0].days
    days = max(1, min(days, horizon))
    width = min(most_width, max(t.width(days) for t in networks))
    return Workspace(
        cost=np.empty(options, np.int32),
        value=np.empty((days + 1, states, indices, width), np.int32),
        low=np.empty((days + 1, states, indices), np.int32),
        high=np.empty((days + 1, states, indices), np.int32),
        class_cost=np.empty((days, classes), np.int32),
        class_option=np.empty((days, classes), np.int32),
        least=np.empty(days + 1, np.int32),
        most=np.empty(days + 1, np.int32),
        before=np.empty(horizon, np.int32),
    )


def context_for(networks: Sequence[RosterNetwork]) -> Context:
    """A frame for any of some networks."""
    states = max(t.tables.follows.shape[0] for t in networks)
    indices = max(t.tables.counts.shape[1] for t in networks)
    return Context(
        at=np.zeros(5, np.int64),
        rest=np.empty((states, indices), np.int32),
        merged=np.empty((states, indices), np.int32),
        elsewhere=np.zeros(max(len(t.extra.most) for t in networks), np.int64),
        walk=np.zeros(4, np.int64),
    )


def stretch(networks: Sequence[RosterNetwork]) -> int:
    """How many days of a person are planned anew at once."""
    days = networks[0].days
    while days > SHORTEST and max(network.labels(days) for network in networks) > LARGEST:
        days = max(SHORTEST, days // 14 * 7)
    return days


class ThreadWorkspace:
    """One thread's room, and its rng."""

    def __init__(self, networks: Sequence[RosterNetwork], seed: int, days: int) -> None:
        self.workspace = workspace_for(networks, days)
        self.context = context_for(networks)
        self.rng: Rng = np.array([seed * 2654435761 + 88172645463325252], dtype=np.uint64)
        self.random = np.random.default_rng(seed)
        self._networks = networks
        least, each = NEAR_WIDTH
        most = max(int(t.tables.amount.max()) for t in networks)
        self.near_width = max(least, round(each * most))

    @cached_property
    def long(self) -> Workspace:
        """For paths over all days whose long total stays near what it is."""
        return workspace_for(self._networks, self._networks[0].days, self.near_width)
