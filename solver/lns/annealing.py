"""Perturb-and-maximise annealing of rosters: one person at a time is re-planned against all others,
exactly, but at perturbed costs.

The perturbation stands in for the temperature of simulated annealing: at a high one a person gets
any good path, at none the best one (perturb and maximise: Papandreou and Yuille, ICCV 2011). It
falls while the search runs (Kirkpatrick, Gelatt and Vecchi, Science 220, 1983).
"""

import itertools
import math
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from solver.lns.first_paths import FirstPaths
from solver.lns.params import AnnealingParams
from solver.lns.working_roster import WorkingRoster
from solver.network.headcount_costs import HeadcountCosts
from solver.network.networks import RosterNetwork
from solver.network.shortest_path import DayWindow
from solver.network.work_meter import Meter
from solver.network.workspace import ThreadWorkspace, window_days


class RosterAnnealing:
    """Makes everybody's first path, and then the roster better, one person at a time."""

    def __init__(
        self,
        networks: Sequence[RosterNetwork],
        duties: HeadcountCosts,
        seed: int,
        workers: int = 1,
        *,
        meter: Meter | None = None,
        days: int | None = None,
        params: AnnealingParams = AnnealingParams(),
    ) -> None:
        """An annealing without a roster yet.

        Args:
            networks: everybody's.
            duties: what they cost by headcount.
            seed: of all that is left to chance.
            workers: threads; several re-plan different people in different parts of the horizon,
                and then not even the seed makes two runs the same.
            meter: counts the work.
            days: of a window that is re-planned at once; what memory allows, if left out.
            params: how it is done.
        """
        self.params = params
        self.roster = WorkingRoster(networks, duties, meter or Meter(), self.params)
        self._days = self.roster.days
        space = self.params.workspace
        days = days or window_days(networks, space)
        self._threads = [ThreadWorkspace(networks, seed + n, days, space) for n in range(workers)]
        self._busy = [threading.Lock() for _ in networks]
        self._random = np.random.default_rng(seed)

    def begin(self, stop: Callable[[], bool], seconds: float = math.inf) -> bool:
        """Make everybody's first path; false if somebody has none, or if it was stopped.

        `seconds` is the time of the whole search: with few, paths are made in worse ways.
        """
        first_paths = FirstPaths(self.roster, self._threads, self.params.first_paths)
        return first_paths.make(stop, seconds) and self._keep_totals(stop)

    def _keep_totals(self, stop: Callable[[], bool]) -> bool:
        """Re-plan people until all are within their extra totals: a path that was made window by
        window may be outside of them."""
        roster = self.roster
        tries = self._days // self._threads[0].workspace.days + 1
        for _ in range(self.params.first_paths.repairs):
            for person in roster.outside:
                for _ in range(tries):
                    if stop():
                        return False
                    self.move(person, 0.0)
            roster.count()
            if roster.best is not None:
                return True
        return False

    def temperatures(self) -> tuple[float, float]:
        """Those at first and at last, in units of the priority's cost."""
        params, steepest = self.params, self.roster.guide.steepest
        longer = min(1.0, (params.hot_days / self._days) ** params.hot_exponent)
        hot = params.hot * steepest * longer
        return hot, min(params.cold * steepest, hot)

    def anneal(
        self,
        seconds: float,
        hot: float,
        cold: float,
        stop: Callable[[], bool],
        better: Callable[[], object] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Re-plan people, over and over, while the temperature falls from hot to cold.

        Args:
            seconds: how long.
            hot: the temperature at first, in units of the priority's cost.
            cold: the temperature at last.
            stop: called between two people.
            better: called after each round over all people that found a better roster.
            clock: tells seconds; the meter, where work is counted and not timed.
        """
        began = clock()
        order = np.arange(len(self.roster.networks))

        def gone() -> float:
            return (clock() - began) / max(seconds, 1e-6)

        def plan(thread: ThreadWorkspace, people: Sequence[int], part: DayWindow) -> None:
            for person in people:
                if gone() >= 1 or stop():
                    return
                with self._busy[person]:
                    self._move(thread, person, hot * (cold / hot) ** gone(), part)

        workers = len(self._threads)
        reported = self.roster.best_cost
        with ThreadPoolExecutor(workers) as pool:
            while gone() < 1 and not stop():
                self._random.shuffle(order)
                jobs = [
                    pool.submit(
                        plan, thread, np.roll(order, n * len(order) // workers).tolist(), part
                    )
                    for n, (thread, part) in enumerate(
                        zip(self._threads, self._parts(workers), strict=True)
                    )
                ]
                for job in jobs:
                    job.result()
                if workers > 1:
                    self.roster.count()
                if self.roster.best_cost < reported:
                    reported = self.roster.best_cost
                    better()

    def move(self, person: int, temperature: float) -> None:
        """Re-plan one person."""
        self._move(self._threads[0], person, temperature, DayWindow(0, self._days))

    def _parts(self, workers: int) -> list[DayWindow]:
        """The horizon cut into parts, one for each worker, so that none meets another on a day."""
        middle = self._days // workers
        move = int(self._random.integers(-middle // 3, middle // 3 + 1)) if workers > 1 else 0
        cuts = [0, *(n * middle + move for n in range(1, workers)), self._days]
        return [DayWindow(*part) for part in itertools.pairwise(cuts)]

    def _move(
        self, thread: ThreadWorkspace, person: int, temperature: float, part: DayWindow
    ) -> None:
        """Re-plan one person in a part of the horizon, or in a window of it."""
        days, length = thread.workspace.days, part.last - part.first
        near = self._is_near(thread, days, length)
        window = part
        if days < length and not near:
            begin = int(thread.random.integers(part.first - days // 2, part.last - days // 2))
            first = min(max(begin, part.first), part.last - days)
            window = DayWindow(first, first + days)
        change = self.roster.replan(thread, person, window, temperature, near=near)
        if len(self._threads) == 1:
            self.roster.replanned(person, change)

    def _is_near(self, thread: ThreadWorkspace, days: int, length: int) -> bool:
        """Whether the person stays near what they have this time, drawn at random."""
        params = self.params
        often = 0.0
        if params.near_moves and days < length:
            often = params.near
        elif params.near_moves and length > params.many_days:
            often = params.near_whole
        return bool(thread.random.random() < often)
