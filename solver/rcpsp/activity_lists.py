"""Good schedules of a project, quickly: lists of jobs, bred from each other."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np

from models.facts.plan import Plan
from solver.arrays import Ints
from solver.rcpsp.list_kernel import NO_FIT, Population, breed, by_time, cost, join, settle
from solver.rcpsp.params import ActivityListParams
from solver.rcpsp.project_view import ProjectView

PLACED = 8e-7
"""Seconds of counted work for a job in a new list."""

NO_SCHEDULE = 2**62
"""The cost of a list that does not fit."""

Found = Callable[[Ints, int], None]


class ActivityListGA:
    """A search that ends when it is told to, when nothing could be better, or when it has tried
    for long and found nothing."""

    def __init__(
        self,
        project: ProjectView,
        seed: int,
        params: ActivityListParams = ActivityListParams(),
    ) -> None:
        self._params = params
        self.project = project
        self.cost = NO_SCHEDULE
        self.counted_seconds = 0.0
        """The work done, the same on every machine."""
        self._rng = np.array([2 * seed + 1], np.uint64)
        self._offered: list[Ints] = []
        self._lock = threading.Lock()
        self._population: Population | None = None
        self._reached = NO_SCHEDULE
        """The least cost in the population."""
        self._vain = 0
        """New lists since it last fell."""

    def offer(self, plan: Plan) -> None:
        """A plan found elsewhere, to breed from; from any thread."""
        starts = self.project.starts(plan)
        if starts is not None:
            with self._lock:
                self._offered.append(starts)

    @contextmanager
    def beside(
        self, stop: Callable[[], bool], found: Callable[[Ints, int], None]
    ) -> Iterator[None]:
        """Search on a thread of its own until the block has ended; its errors are raised then."""
        ended = threading.Event()
        with ThreadPoolExecutor(1, "lists") as threads:
            running = threads.submit(self.run, lambda: ended.is_set() or stop(), found)
            try:
                yield
            finally:
                ended.set()
        running.result()

    def run(self, stop: Callable[[], bool], found: Found) -> None:
        """Search on until told to stop; `found` is told of each better schedule and its cost."""
        vain = 0
        while (
            vain < self._params.fruitless_populations
            and not stop()
            and self.cost > self.project.least
        ):
            population = self._bred()
            member = int(population.costs.argmin())
            if population.costs[member] < self._reached:
                self._reached = int(population.costs[member])
                self._vain = 0
            if self._reached < self.cost:
                self.cost = self._reached
                found(population.starts[member].copy(), self.cost + self.project.offset)
                vain = 0
            if self._vain > self._params.fruitless_lists * self._params.members:
                self._population = None
                vain += 1

    def _bred(self) -> Population:
        """The population after another round, or a new one."""
        tables = self.project.tables
        params, jobs = self._params, len(tables.rank)
        if self._population is None:
            self._population = Population(
                np.zeros((params.members, jobs), np.int32),
                np.zeros((params.members, jobs), np.int32),
                np.zeros(params.members, np.int64),
            )
            self._reached, self._vain, number = NO_SCHEDULE, 0, params.members
            settle(tables, self._population, self._rng, NO_SCHEDULE, params.random_list_draws)
        else:
            number = max(1, params.placements_a_round // jobs)
            breed(
                tables,
                self._population,
                self._rng,
                number,
                params.crossover_least,
                params.crossover_spread,
                params.swaps_per_mille,
                params.tournament,
            )
        with self._lock:
            offered, self._offered = self._offered, []
        for starts in offered:
            row, rooms = np.arange(jobs, dtype=np.int32), np.zeros_like(tables.room_low)
            by_time(tables, starts, row)
            if (reached := cost(tables, starts, rooms)) != NO_FIT:
                join(self._population, row, starts, reached, self._rng, params.tournament)
        self._vain += number
        self.counted_seconds += PLACED * number * jobs
        return self._population
