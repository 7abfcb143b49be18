"""Search by planning one person anew against all others, each time exactly but with noisy costs.

The noise stands in for a temperature: with much of it a person gets any good path, with none the
best one (perturb and maximise: Papandreou and Yuille, ICCV 2011). It falls while the search runs.
"""

import itertools
import math
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from solver.arrays import Ints
from solver.network.headcount_costs import HeadcountCosts
from solver.network.networks import RosterNetwork
from solver.network.shortest_path import (
    IMPOSSIBLE,
    PathTables,
    add_headcounts,
    amounts_along,
    extend,
    own_cost,
    price_options,
)
from solver.network.window_path import ROUNDS, STEP, replan
from solver.network.work_meter import SECONDS_PER_VALUE, Meter
from solver.network.workspace import ThreadWorkspace, stretch, workspace_for

NARROW = 8_000_000
"""The same of a first path that is kept near its pace: many times as many make it little better."""


AHEAD = 7
"""Days of a stretch that are planned once more with the next one, when a first path is made."""

NEAR = 0.4
"""How often, where paths are planned in stretches, all days are planned at once, with the long
total and the counts near what they are: so that work can move from one end of a year to the
other."""

MOSTLY_NEAR, MANY_DAYS = 0.8, 90
"""How often, where all of more than so many days can be planned at once, they are near as well,
which takes a fraction of the time."""


NEAR_COUNT = 2
"""How far the count may then be from what it is, where there is only one."""

REPAIRS = 50
"""Rounds in which first paths are brought within the totals that are paid for."""

PACES = ((30, 1.0, 2), (100, 0.6, 4), (150, 0.0, 4))
"""How a first path is paced, one try after another: what each unit off the pace costs; how far the
pace is that of what is wanted, and not the same all the time; and how many days of work it is
ahead, so that its end is not too tight."""

WANTING = (0.7, 0.3, 0.0)
"""The same where a first path is made at once, but kept near its pace; one try after another."""

HURRY = 0.25
"""The share of the time that such first paths may take."""

EASE = 0.97
"""How full counts may be by then, in parts of their pace."""

TRIES = 20
"""How often a first path is looked for where totals are paid for."""


_LEVELS = (np.arange(4096) + 0.5) / 4096
PERTURBATION = np.log(_LEVELS / (1 - _LEVELS)).astype(np.float32)
"""Draws from the logistic distribution, all equally likely."""


class RosterAnnealing:
    """A whole roster as everybody's path, made better one person at a time.

    `best` is the best roster found, as the options of each person's days, and `best_cost` what it
    costs in path units; None until everybody has a path.
    """

    def __init__(
        self,
        networks: Sequence[RosterNetwork],
        duties: HeadcountCosts,
        seed: int,
        workers: int = 1,
        *,
        at_once: int | None = None,
    ) -> None:
        """Several workers plan different people in different parts of the horizon; then not even
        the seed makes two runs the same. `at_once` is how many days are planned at once, as many as
        there is time for if it is left out."""
        self.networks = networks
        self.duties = duties
        self.days = networks[0].days
        self.meter = Meter()
        self._threads = [
            ThreadWorkspace(networks, seed + n, at_once or stretch(networks))
            for n in range(workers)
        ]
        self.paths = [np.zeros(self.days, np.int32) for _ in networks]
        self.headcounts: Ints = np.zeros(len(duties.first_price) - 1, np.int32)
        self.own = [0] * len(networks)
        self._outside = np.zeros(len(networks), np.int64)
        self.surcharges = [np.zeros(len(t.extra.most), np.int64) for t in networks]
        self.cost = 0
        self.best: list[Ints] | None = None
        self.best_cost = IMPOSSIBLE * 1000
        self.moves = 0
        rows = itertools.pairwise(duties.first_price)
        self._wanted = np.array([int(duties.price[a:b].argmin()) for a, b in rows])
        """How many people each duty would best have."""
        self._busy = [threading.Lock() for _ in networks]
        self._adding = threading.Lock()
        self._hurries = False
        self._random = np.random.default_rng(seed)

    def take(self, roster: Sequence[Ints]) -> None:
        """Go on from a roster."""
        self.paths = [np.array(path, np.int32) for path in roster]
        self._count()

    def begin(self, stop: Callable[[], bool], seconds: float = math.inf) -> bool:
        """Everybody's first path, one after another; false if somebody has none, or stopped.

        With too few seconds for long ones, paths are made in stretches, which are worse.
        """
        at_once = len(self.networks) * NARROW * SECONDS_PER_VALUE / len(self._threads)
        self._hurries = at_once > HURRY * seconds
        people = iter(range(len(self.networks)))

        def plan(thread: ThreadWorkspace) -> bool:
            return all(not stop() and self._first_path(thread, person) for person in people)

        with ThreadPoolExecutor(len(self._threads)) as pool:
            if not all(list(pool.map(plan, self._threads))):
                return False
        self._count()
        # A path made in stretches may be outside of what is counted over all of them.
        for _ in range(REPAIRS):
            for person in np.flatnonzero(self._outside).tolist():
                for _ in range(self.days // self._threads[0].workspace.days + 1):
                    if stop():
                        return False
                    self.move(person, 0.0)
            self._count()
            if self.best is not None:
                return True
        return False

    def anneal(
        self,
        seconds: float,
        hot: float,
        cold: float,
        stop: Callable[[], bool],
        better: Callable[[], object] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Plan people anew, over and over, while the noise falls from hot to cold.

        Args:
            seconds: how long.
            hot: the noise at first, in units of the priority's cost.
            cold: the noise at last.
            stop: asked between two people.
            better: called when everybody had a turn and the best roster is a better one.
            clock: tells seconds; the meter, where work is counted and not timed.
        """
        began = clock()
        order = np.arange(len(self.networks))

        def gone() -> float:
            return (clock() - began) / max(seconds, 1e-6)

        def plan(thread: ThreadWorkspace, people: Sequence[int], first: int, last: int) -> None:
            for person in people:
                if gone() >= 1 or stop():
                    return
                with self._busy[person]:
                    self._move(thread, person, hot * (cold / hot) ** gone(), first, last)

        workers = len(self._threads)
        reported = self.best_cost
        with ThreadPoolExecutor(workers) as pool:
            while gone() < 1 and not stop():
                self._random.shuffle(order)
                cuts = self._cuts(workers)
                jobs = [
                    pool.submit(
                        plan, thread, np.roll(order, n * len(order) // workers).tolist(), *days
                    )
                    for n, (thread, days) in enumerate(zip(self._threads, cuts, strict=True))
                ]
                for job in jobs:
                    job.result()
                if workers > 1:
                    self._count()
                if self.best_cost < reported:
                    reported = self.best_cost
                    better()

    def move(self, person: int, temperature: float) -> None:
        """Plan one person anew."""
        self._move(self._threads[0], person, temperature, 0, self.days)

    def _cuts(self, workers: int) -> list[tuple[int, int]]:
        """The horizon cut for several workers; what they do then does not meet on any day."""
        middle = self.days // workers
        move = int(self._random.integers(-middle // 3, middle // 3 + 1)) if workers > 1 else 0
        at = [0, *(n * middle + move for n in range(1, workers)), self.days]
        return list(itertools.pairwise(at))

    def _move(
        self, thread: ThreadWorkspace, person: int, temperature: float, first: int, last: int
    ) -> None:
        """Plan one person anew, or a stretch of their days."""
        days = thread.workspace.days
        often = NEAR if days < last - first else MOSTLY_NEAR if last - first > MANY_DAYS else 0
        near = thread.random.random() < often
        if days < last - first and not near:
            begin = int(thread.random.integers(first - days // 2, last - days // 2))
            first = min(max(begin, first), last - days)
            last = first + days
        change = self._replan(thread, person, first, last, temperature, near=near)
        self.moves += 1
        if len(self._threads) == 1:
            mine = self._own(person)
            self.cost += change + mine - self.own[person]
            self.own[person] = mine
            self._keep()

    def _first_path(self, thread: ThreadWorkspace, person: int) -> bool:
        if thread.workspace.days == self.days:
            # What totals are paid for with stays, so that another try begins higher.
            tries = 1 if self.networks[person].exact else TRIES
            return any(
                self._replan(thread, person, 0, self.days, 0.0, first_path=True) < IMPOSSIBLE
                for _ in range(tries)
            )
        if self._hurries:
            return self._paced(thread, person) or self._near_line(thread, person)
        return self._near_line(thread, person) or self._paced(thread, person)

    def _near_line(self, thread: ThreadWorkspace, person: int) -> bool:
        return any(self._path_in_corridor(thread, person, wanting) for wanting in WANTING)

    def _paced(self, thread: ThreadWorkspace, person: int) -> bool:
        return any(self._path_in_stretches(thread, person, *how) for how in PACES)

    def _path_in_corridor(self, thread: ThreadWorkspace, person: int, wanting: float) -> bool:
        """A first path over the whole horizon with the long total near its pace: better than in
        stretches, and for people whose limits leave so little that stretches do not add up."""
        network = self.networks[person]
        t = network.tables
        width = NARROW // ((self.days + 1) * t.follows.shape[0] * t.counts.shape[1])
        if width < 2:
            return False
        middle = (int(t.least[-1]) + int(t.most[-1])) / 2
        near = _narrowed(t, np.round(middle * self._pace(person, wanting)), width)
        workspace = workspace_for([network], self.days, width)
        price_options(
            t, self.headcounts, self.duties.first_price, self.duties.price, workspace.cost
        )
        # Of equals two who are planned at the same time shall not choose the same.
        ways = t.first_option[-1]
        workspace.cost[:ways] += thread.random.integers(0, self.duties.scale, ways, np.int32)
        path = self.paths[person]
        found = extend(
            near,
            workspace,
            path,
            0,
            self.days,
            t.final_count,
            0,
            0,
            thread.rng,
        )
        if found >= IMPOSSIBLE or own_cost(t, path) >= IMPOSSIBLE:
            return False
        self._add(person)
        return True

    def _add(self, person: int) -> None:
        with self._adding:
            add_headcounts(self.networks[person].tables, self.paths[person], self.headcounts)

    def _pace(self, person: int, wanting: float) -> NDArray[np.float64]:
        """Which part of the whole is done before each day: more where more people are wanted."""
        t = self.networks[person].tables
        most = t.rise / max(1, t.rise.sum())
        wanted = np.zeros(self.days)
        lengths = np.diff(t.first_duty)
        option = np.repeat(np.arange(len(lengths)), lengths)
        day = np.searchsorted(t.first_option, option, side="right") - 1
        np.add.at(wanted, day, self._wanted[t.duty] * t.amount[t.option_class[option]])
        share = wanted / max(1.0, wanted.sum()) if wanted.any() else most
        upto: NDArray[np.float64] = np.cumsum(wanting * share + (1 - wanting) * most)
        return np.concatenate([[0.0], upto])

    def _path_in_stretches(
        self, thread: ThreadWorkspace, person: int, press: int, wanting: float, ahead: int
    ) -> bool:
        """A first path, stretch by stretch, at the pace that the limits of the whole ask for."""
        workspace, network = thread.workspace, self.networks[person]
        paces = self._pace(person, wanting)
        t, path, scale = network.tables, self.paths[person], self.duties.scale
        price_options(
            t, self.headcounts, self.duties.first_price, self.duties.price, workspace.cost
        )
        for number, limit in enumerate(network.extra.most):
            # Far fewer of a limited kind than a free choice would take.
            scarce = int(limit) < self.days // 3
            mine = np.flatnonzero(network.extra.total == number)
            options = np.searchsorted(network.extra.first, mine, side="right") - 1
            workspace.cost[options] += scale * (60 if scarce else 0)
        lead = ahead * int(t.rise.max())
        middle = (int(t.least[-1]) + int(t.most[-1])) / 2
        first = 0
        while True:
            last = min(first + workspace.days, self.days)
            pace = float(paces[last])
            weights = (np.maximum(0, network.fullness - EASE * pace) * 3000 * scale).astype(
                np.int32
            )
            if last == self.days:
                weights[:] = t.final_count
            found = extend(
                t,
                workspace,
                path,
                first,
                last,
                weights,
                round(min(middle, middle * pace + lead)),
                press * scale,
                thread.rng,
            )
            if found >= IMPOSSIBLE:
                return False
            if last == self.days:
                if own_cost(t, path) >= IMPOSSIBLE:
                    return False
                self._add(person)
                return True
            first = min(last - AHEAD, self.days - workspace.days)

    def _replan(
        self,
        thread: ThreadWorkspace,
        person: int,
        first: int,
        last: int,
        temperature: float,
        *,
        first_path: bool = False,
        near: bool = False,
    ) -> int:
        """`near` keeps the long total near what it is, so that many days are not too many."""
        workspace, network = thread.workspace, self.networks[person]
        tables, width = network.tables, network.width(last - first)
        if near:
            workspace, width = thread.long, thread.near_width
            counts, amounts = amounts_along(tables, self.paths[person])
            tables = _narrowed(tables, amounts, width)
            if network.counters == 1:
                tables = tables._replace(
                    least_count=np.maximum(0, counts - NEAR_COUNT), most_count=counts + NEAR_COUNT
                )
        self.meter.paths(1, network.labels(last - first) * width // network.width(last - first))
        return int(
            replan(
                tables,
                network.extra,
                thread.context,
                workspace,
                self.surcharges[person],
                self.paths[person],
                first,
                last,
                self.headcounts,
                self.duties.first_price,
                self.duties.price,
                temperature * self.duties.scale,
                PERTURBATION,
                ROUNDS,
                STEP * self.duties.scale,
                first_path,
                thread.rng,
            )
        )

    def _count(self) -> None:
        """Count people and costs from the paths themselves, and keep the roster if it is best."""
        self.headcounts[:] = 0
        self.own = []
        for person, network in enumerate(self.networks):
            add_headcounts(network.tables, self.paths[person], self.headcounts)
            self.own.append(self._own(person))
        self.cost = sum(self.own) + self.duties.cost(self.headcounts)
        self._keep()

    def _own(self, person: int) -> int:
        network, path = self.networks[person], self.paths[person]
        self._outside[person] = network.outside(path)
        return int(own_cost(network.tables, path))

    def _keep(self) -> None:
        if self.cost < self.best_cost and not self._outside.any():
            self.best_cost = self.cost
            self.best = [path.copy() for path in self.paths]


def _narrowed(t: PathTables, line: NDArray[np.float64] | Ints, width: int) -> PathTables:
    """Tables in which the long total lies near a line, and has `width` values a day at the most."""
    least = np.maximum(t.least, line - width // 2)
    most = np.minimum(t.most, least + width - 1)
    return t._replace(least=least.astype(np.int32), most=most.astype(np.int32))
