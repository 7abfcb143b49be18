"""The roster that annealing works on: everybody's path, with costs kept up to date."""

import threading
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from solver.arrays import Ints
from solver.lns.params import AnnealingParams
from solver.network.headcount_costs import HeadcountCosts
from solver.network.networks import RosterNetwork
from solver.network.shortest_path import (
    IMPOSSIBLE,
    DayWindow,
    PathTables,
    add_headcounts,
    amounts_along,
    own_cost,
)
from solver.network.window_path import Coupling, Perturbation, Surcharges, WindowProblem, replan
from solver.network.work_meter import Meter
from solver.network.workspace import ThreadWorkspace

_LEVELS = (np.arange(4096) + 0.5) / 4096
PERTURBATION = np.log(_LEVELS / (1 - _LEVELS)).astype(np.float32)
"""Draws from the logistic distribution, all equally likely."""


class WorkingRoster:
    """Everybody's current path, the headcounts and costs that follow from them, and the best roster
    there was.

    `best` is None until everybody has a path that keeps all limits; costs are in path units.
    """

    def __init__(
        self,
        networks: Sequence[RosterNetwork],
        duties: HeadcountCosts,
        meter: Meter,
        params: AnnealingParams,
    ) -> None:
        self.networks = networks
        self.duties = duties
        self.meter = meter
        self.days = networks[0].days
        self.paths = [np.zeros(self.days, np.int32) for _ in networks]
        self.headcounts: Ints = duties.nobody()
        self.own = [0] * len(networks)
        """What each path costs its person."""
        self.cost = 0
        self.best: list[Ints] | None = None
        self.best_cost = IMPOSSIBLE * 1000
        self._params = params
        self._outside = np.zeros(len(networks), np.int64)
        self._surcharges = [
            Surcharges(
                np.zeros(len(n.extra.most), np.int64),
                params.surcharges.rounds,
                params.surcharges.step * duties.scale,
            )
            for n in networks
        ]
        self._coupling = Coupling(self.headcounts, duties.first_price, duties.price)
        self.guide = duties
        """The costs that people are re-planned by."""
        self._adding = threading.Lock()

    @property
    def outside(self) -> list[int]:
        """The people whose path is outside of the limits of their extra totals."""
        return np.flatnonzero(self._outside).tolist()

    def take(self, roster: Sequence[Ints]) -> None:
        """Go on from a roster."""
        self.paths = [np.array(path, np.int32) for path in roster]
        self.count()

    @property
    def keeps_musts(self) -> bool:
        """Whether the best roster costs the same while broken musts are cheap."""
        headcounts = self.duties.nobody()
        for network, path in zip(self.networks, self.best or (), strict=True):
            add_headcounts(network.tables, path, headcounts)
        return self.duties.eased.cost(headcounts) == self.duties.cost(headcounts)

    def lead_by(self, guide: HeadcountCosts) -> None:
        """From now on people are re-planned by these costs; the best roster is still judged by
        those that hold."""
        self.guide = guide
        self._coupling = Coupling(self.headcounts, guide.first_price, guide.price)
        self.count()

    def count(self) -> None:
        """Count headcounts and costs from the paths, and keep the roster if it is the best."""
        self.headcounts[:] = 0
        self.own = []
        for person, network in enumerate(self.networks):
            add_headcounts(network.tables, self.paths[person], self.headcounts)
            self.own.append(self._own(person))
        self.cost = sum(self.own) + self.guide.cost(self.headcounts)
        self._keep()

    def add(self, person: int) -> None:
        """Put a person on the duties of their first path."""
        with self._adding:
            add_headcounts(self.networks[person].tables, self.paths[person], self.headcounts)

    def replanned(self, person: int, change: int) -> None:
        """Bring the cost up to date after a person was re-planned, which changed what duties cost,
        and keep the roster if it is the best."""
        mine = self._own(person)
        self.cost += change + mine - self.own[person]
        self.own[person] = mine
        self._keep()

    def replan(
        self,
        thread: ThreadWorkspace,
        person: int,
        window: DayWindow,
        temperature: float,
        *,
        is_first: bool = False,
        near: bool = False,
    ) -> int:
        """Re-plan a window of one person; the change in what duties cost.

        `near` keeps the long total and a single count near what they are, so that the whole horizon
        is not too much. With `is_first` there is no path yet; IMPOSSIBLE if none is found.
        """
        workspace, network = thread.workspace, self.networks[person]
        days = window.last - window.first
        tables, width = network.tables, network.width(days)
        if near:
            workspace, width = thread.corridor, thread.corridor_width
            tables = self._near(person, width)
        self.meter.paths(1, network.labels(days) * width // network.width(days))
        return int(
            replan(
                WindowProblem(tables, network.extra, thread.context),
                workspace,
                self._surcharges[person],
                self.paths[person],
                window,
                self._coupling,
                Perturbation(temperature * self.duties.scale, PERTURBATION),
                is_first,
                thread.rng,
            )
        )

    def _near(self, person: int, width: int) -> PathTables:
        network = self.networks[person]
        counts, amounts = amounts_along(network.tables, self.paths[person])
        tables = in_corridor(network.tables, amounts, width)
        if network.counters == 1:
            reach = self._params.near_count
            tables = tables._replace(
                least_count=np.maximum(0, counts - reach), most_count=counts + reach
            )
        return tables

    def _own(self, person: int) -> int:
        network, path = self.networks[person], self.paths[person]
        self._outside[person] = network.outside(path)
        return int(own_cost(network.tables, path))

    def _keep(self) -> None:
        if self.cost < self.best_cost and not self._outside.any():
            cost = self.cost
            if self.guide is not self.duties:
                cost += self.duties.cost(self.headcounts) - self.guide.cost(self.headcounts)
                if cost >= self.best_cost:
                    return
            self.best_cost = cost
            self.best = [path.copy() for path in self.paths]


def in_corridor(t: PathTables, line: NDArray[np.float64] | Ints, width: int) -> PathTables:
    """Tables in which the long total stays near a line, with at most `width` values each day."""
    least = np.maximum(t.least, line - width // 2)
    most = np.minimum(t.most, least + width - 1)
    return t._replace(least=least.astype(np.int32), most=most.astype(np.int32))
