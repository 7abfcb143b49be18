"""The roster search: first paths, annealing, column generation with dives, and large neighbourhood
search, by several threads that share one incumbent."""

from collections.abc import Callable, Sequence

from solver.arrays import Ints
from solver.colgen.incumbent import Bounded, Found, Incumbent
from solver.colgen.root_node import solve_root
from solver.lns.annealing import RosterAnnealing
from solver.lns.large_neighbourhood_search import LargeNeighbourhoodSearch
from solver.lns.neighbourhood_selection import column_generation_seconds, rows_of
from solver.network.headcount_costs import HeadcountCosts
from solver.network.networks import RosterNetwork
from solver.network.work_meter import Meter
from solver.network.workspace import window_days
from solver.search.params import RosterParams
from solver.search.search_plan import Deadline, SearchPlan


class RosterSearch:
    """Searches the best roster of everybody's paths."""

    def __init__(
        self,
        networks: Sequence[RosterNetwork],
        duties: HeadcountCosts,
        *,
        found: Found,
        bounded: Bounded,
        params: RosterParams = RosterParams(),
    ) -> None:
        """`found` and `bounded` are the incumbent's."""
        self.networks = networks
        self.duties = duties
        self.params = params
        self.incumbent = Incumbent(
            networks, duties, found=found, bounded=bounded, params=self.params.colgen
        )

    @property
    def meter(self) -> Meter:
        """All work so far, counted."""
        return self.incumbent.meter

    def run(
        self,
        seconds: float,
        *,
        workers: int,
        seed: int,
        stop: Callable[[], bool],
        left: Callable[[], float],
        counted: bool = False,
        start: Sequence[Ints] | None = None,
    ) -> bool:
        """Search; false if somebody has no path at all.

        Args:
            seconds: how long; of counted work, where it is counted.
            workers: threads.
            seed: of all that is left to chance.
            stop: called often.
            left: tells the seconds that are left on the clock.
            counted: whether work is counted and not timed; one worker does it then.
            start: a roster to begin from.
        """
        shared, params = self.incumbent, self.params
        workers = 1 if counted else workers
        shared.begin(left, counted=counted)
        deadline = Deadline(shared, seconds, shared.clock(), stop)
        proves = params.switches.columns and self._can_prove(seconds)
        annealing = RosterAnnealing(
            self.networks,
            self.duties,
            seed,
            1 if proves else workers,
            meter=self.meter,
            params=params.annealing,
        )
        if start is not None:
            annealing.roster.take(start)
        elif not annealing.begin(deadline.at(1.0), seconds):
            return False
        first = annealing.roster
        if first.best is None:
            return False
        first_paths_took = shared.clock() - deadline.began
        shared.offer(first.best, first.best_cost)
        plan = SearchPlan(
            shared,
            annealing,
            LargeNeighbourhoodSearch(shared, seconds, params.lns, params.annealing.workspace),
            params,
            deadline,
            seed,
            first_paths_took,
            is_warm=start is not None,
            proves=proves,
            counted=counted,
        )
        plan.run(workers)
        return True

    def prove(
        self,
        seconds: float,
        *,
        seed: int,
        stop: Callable[[], bool],
        left: Callable[[], float],
        counted: bool = False,
    ) -> None:
        """Only look for a bound, by columns over everybody; the arguments are those of `run`."""
        if not self.params.switches.columns or not self._has_whole_paths:
            return
        shared = self.incumbent
        shared.begin(left, counted=counted)
        end = shared.clock() + seconds
        diving = shared.diving(shared.pricer(seed))
        solve_root(shared, diving, lambda: stop() or left() <= 0 or shared.clock() >= end)

    @property
    def _has_whole_paths(self) -> bool:
        """Whether memory allows paths over the whole horizon."""
        return window_days(self.networks, self.params.annealing.workspace) == self.networks[0].days

    def _can_prove(self, seconds: float) -> bool:
        """Whether column generation over everybody is likely to end in its share of the time."""
        if not self._has_whole_paths:
            return False
        plan, rows = self.params.plan, rows_of(self.networks)
        needed = column_generation_seconds(rows, len(self.networks), self.networks[0].days)
        if rows >= self.params.colgen.master.interior_rows:
            needed *= plan.interior_factor
        return needed < plan.proved * seconds / 2
