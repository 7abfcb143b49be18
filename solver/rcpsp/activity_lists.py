"""Good schedules of a project (RCPSP), quickly: a genetic algorithm over activity lists.

After Hartmann (A competitive genetic algorithm for resource-constrained project scheduling, Naval
Research Logistics 45, 1998): a list of jobs is decoded by serial schedule generation, and lists are
bred from each other; here every schedule is justified as well (see `list_kernel`).
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np

from models.facts.plan import Plan
from solver.arrays import Ints
from solver.rcpsp.list_kernel import (
    NO_FIT,
    Population,
    breed,
    cost,
    fill,
    replace_worse,
    sort_by_time,
)
from solver.rcpsp.params import ActivityListParams
from solver.rcpsp.project_view import ProjectView

SECONDS_PER_PLACEMENT = 8e-7
"""Seconds of counted work for a job in a new list: the unit of what is reproducible."""

NO_SCHEDULE = 2**62
"""The cost of a list that does not fit."""

Found = Callable[[Ints, int], None]
"""Called with the start of each job and the cost of each better schedule."""


class ActivityListGA:
    """A search that ends when it is stopped, when nothing could be better, or when several
    populations in succession found nothing better."""

    def __init__(
        self,
        project: ProjectView,
        seed: int,
        params: ActivityListParams = ActivityListParams(),
    ) -> None:
        self.project = project
        self.cost = NO_SCHEDULE
        """The least cost found, without the project's offset."""
        self.counted_seconds = 0.0
        """The work done, the same on every machine."""
        self._params = params
        self._rng = np.array([2 * seed + 1], np.uint64)
        self._offered: list[Ints] = []
        self._lock = threading.Lock()
        self._population: Population | None = None
        self._least_cost = NO_SCHEDULE
        """The least cost in the population."""
        self._fruitless_lists = 0
        """New lists since it last fell."""

    def offer(self, plan: Plan) -> None:
        """A plan found elsewhere, to breed from; may be called from any thread."""
        starts = self.project.starts(plan)
        if starts is not None:
            with self._lock:
                self._offered.append(starts)

    @contextmanager
    def beside(self, stop: Callable[[], bool], found: Found) -> Iterator[None]:
        """Search on a thread of its own until the block has ended; its errors are raised then."""
        ended = threading.Event()
        with ThreadPoolExecutor(1, "activity-lists") as threads:
            running = threads.submit(self.run, lambda: ended.is_set() or stop(), found)
            try:
                yield
            finally:
                ended.set()
        running.result()

    def run(self, stop: Callable[[], bool], found: Found) -> None:
        """Search until stopped, until nothing could be better, or until several populations have
        found nothing better; `found` is called with each better schedule and its cost."""
        params = self._params
        most_lists = params.fruitless_lists * params.members
        populations = 0
        while populations < params.fruitless_populations and not stop():
            if self.cost <= self.project.least:
                break
            population = self._next_population()
            member = int(population.costs.argmin())
            if population.costs[member] < self._least_cost:
                self._least_cost = int(population.costs[member])
                self._fruitless_lists = 0
            if self._least_cost < self.cost:
                self.cost = self._least_cost
                found(population.starts[member].copy(), self.cost + self.project.offset)
                populations = 0
            if self._fruitless_lists > most_lists:
                self._population = None
                populations += 1

    def _next_population(self) -> Population:
        """The population after another round of breeding, or a new one."""
        params, tables = self._params, self.project.tables
        jobs = len(tables.rank)
        if self._population is None:
            self._population = _empty_population(params.members, jobs)
            self._least_cost, self._fruitless_lists = NO_SCHEDULE, 0
            number = params.members
            fill(tables, self._population, self._rng, NO_SCHEDULE, params.random_list_draws)
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
        self._take_offered(self._population)
        self._fruitless_lists += number
        self.counted_seconds += SECONDS_PER_PLACEMENT * number * jobs
        return self._population

    def _take_offered(self, population: Population) -> None:
        """Let schedules found elsewhere join the population."""
        tables = self.project.tables
        with self._lock:
            offered, self._offered = self._offered, []
        for starts in offered:
            row, terms = np.arange(len(starts), dtype=np.int32), np.zeros_like(tables.term_low)
            sort_by_time(tables, starts, row)
            if (reached := cost(tables, starts, terms)) != NO_FIT:
                tournament = self._params.tournament
                replace_worse(population, row, starts, reached, self._rng, tournament)


def _empty_population(members: int, jobs: int) -> Population:
    return Population(
        np.zeros((members, jobs), np.int32),
        np.zeros((members, jobs), np.int32),
        np.zeros(members, np.int64),
    )
