"""The memory that paths are searched in: one workspace for each thread."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from solver.arrays import Rng
from solver.network.networks import RosterNetwork
from solver.network.params import WorkspaceParams
from solver.network.shortest_path import Workspace
from solver.network.window_path import Context


def workspace_for(
    networks: Sequence[RosterNetwork], days: int, most_width: int | None = None
) -> Workspace:
    """A workspace for paths of a number of days in any of some networks.

    `most_width` limits the values of the long total that a day has labels for.
    """
    states = max(n.tables.follows.shape[0] for n in networks)
    indices = max(n.tables.counts.shape[1] for n in networks)
    classes = max(n.tables.symbol.shape[0] for n in networks)
    options = max(len(n.tables.option_class) for n in networks)
    horizon = networks[0].days
    days = max(1, min(days, horizon))
    width = max(n.width(days) for n in networks)
    if most_width is not None:
        width = min(most_width, width)
    return Workspace(
        cost=np.empty(options, np.int32),
        value=np.empty((days + 1, states, indices, width), np.int32),
        low=np.empty((days + 1, states, indices), np.int32),
        high=np.empty((days + 1, states, indices), np.int32),
        class_cost=np.empty((days, classes), np.int32),
        class_option=np.empty((days, classes), np.int32),
        least=np.empty(days + 1, np.int32),
        most=np.empty(days + 1, np.int32),
        previous=np.empty(horizon, np.int32),
    )


def context_for(networks: Sequence[RosterNetwork]) -> Context:
    """A context for a person with any of some networks."""
    states = max(n.tables.follows.shape[0] for n in networks)
    indices = max(n.tables.counts.shape[1] for n in networks)
    return Context(
        begin=np.zeros(5, np.int64),
        rest=np.empty((states, indices), np.int32),
        merged=np.empty((states, indices), np.int32),
        elsewhere=np.zeros(max(len(n.extra.most) for n in networks), np.int64),
        walk=np.zeros(4, np.int64),
    )


def window_days(
    networks: Sequence[RosterNetwork], params: WorkspaceParams = WorkspaceParams()
) -> int:
    """How many days of a person are re-planned at once: the horizon, or what memory allows."""
    days = networks[0].days
    while (
        days > params.shortest_window
        and max(network.labels(days) for network in networks) > params.most_labels
    ):
        days = max(params.shortest_window, days // 14 * 7)
    return days


class ThreadWorkspace:
    """What one thread searches paths with: workspaces, a context and its random numbers."""

    def __init__(
        self,
        networks: Sequence[RosterNetwork],
        seed: int,
        days: int,
        params: WorkspaceParams = WorkspaceParams(),
    ) -> None:
        self.workspace = workspace_for(networks, days)
        self.context = context_for(networks)
        self.rng: Rng = np.array([seed * 2654435761 + 88172645463325252], dtype=np.uint64)
        """Of the kernels."""
        self.random = np.random.default_rng(seed)
        self._networks = networks
        most = max(int(n.tables.amount.max()) for n in networks)
        self.corridor_width = max(params.corridor_width, round(params.corridor_per_unit * most))

    @cached_property
    def corridor(self) -> Workspace:
        """For paths over all days whose long total stays near what it is."""
        return workspace_for(self._networks, self._networks[0].days, self.corridor_width)
