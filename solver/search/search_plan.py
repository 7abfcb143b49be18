"""The plan of one roster search: which thread runs which part of it, and until when."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from solver.arrays import Ints
from solver.colgen.incumbent import Incumbent
from solver.colgen.master import LpUnfinished
from solver.colgen.root_node import solve_root
from solver.lns.annealing import RosterAnnealing
from solver.lns.large_neighbourhood_search import LargeNeighbourhoodSearch
from solver.search.params import RosterParams

Job = Callable[[], object]


@dataclass(frozen=True)
class Deadline:
    """When a search, or a share of it, is over."""

    shared: Incumbent
    seconds: float
    """Of the whole search."""
    began: float
    """On the incumbent's clock."""
    stop: Callable[[], bool]

    def at(self, share: float) -> Callable[[], bool]:
        """Tells whether a share of the time is over, or the search as a whole."""
        end = share * self.seconds
        return lambda: self.over() or self.shared.clock() - self.began >= end

    def over(self) -> bool:
        """Whether the search ends whatever time it has: it is optimal, stopped or too late."""
        return self.shared.closed or self.stop() or self.shared.left() <= 0


@dataclass
class SearchPlan:
    """The search after everybody has a first path.

    With one thread, its parts run one after another. With several, either one anneals and the other
    proves a bound by column generation and dives from its optimum; or, where that takes too long,
    all of them anneal. Then each destroys and repairs neighbourhoods until the time is over.
    """

    shared: Incumbent
    annealing: RosterAnnealing
    lns: LargeNeighbourhoodSearch
    params: RosterParams
    deadline: Deadline
    seed: int
    first_paths_took: float
    """Seconds."""
    is_warm: bool
    """Whether it began from a roster, so that annealing must not make it worse."""
    proves: bool
    """Whether column generation over everybody is likely to end in its share of the time."""
    counted: bool
    """Whether work is counted and not timed."""
    has_dived: bool = False
    """Whether a dive over everybody has ended, so that annealing ends, too."""

    def run(self, workers: int) -> None:
        """Run all parts, on a number of threads."""
        if workers == 1:
            self._in_parallel([self._one_after_another])
        elif self.proves:
            self._in_parallel([self._anneal_and_repair, self._prove_and_repair])
        else:
            self._anneal(self._annealed)
            self._in_parallel([partial(self._repair, number) for number in range(workers)])

    def _in_parallel(self, jobs: Sequence[Job]) -> None:
        with ThreadPoolExecutor(len(jobs)) as pool:
            for job in [pool.submit(job) for job in jobs]:
                job.result()

    # ------------------------------------------------------------------ what a thread does

    def _one_after_another(self) -> None:
        if self.proves:
            self._anneal(self.params.plan.annealed_before_columns)
            self._prove_and_repair()
        else:
            self._anneal_and_repair()

    def _anneal_and_repair(self) -> None:
        self._anneal(self._annealed)
        self._repair(0)

    def _prove_and_repair(self) -> None:
        """Prove a bound, dive from its optimum, and go on from the roster of the dive."""
        roster = self._prove_and_dive()
        if self.params.switches.neighbourhoods:
            self.lns.run(self.seed + 3, self.deadline.at(1.0), roster, finishes=not self.counted)

    def _repair(self, number: int) -> None:
        """Large neighbourhood search, as thread `number`."""
        if self.params.switches.neighbourhoods:
            seed = self.seed + 1 + 2 * number
            self.lns.run(seed, self.deadline.at(1.0), self.shared.best or (), finishes=False)

    # ------------------------------------------------------------------ annealing

    @property
    def _annealed(self) -> float:
        """The share of the time at which annealing ends."""
        plan = self.params.plan
        if not self.params.switches.neighbourhoods:
            return 1.0
        if not self.lns.selection.has_windows:
            return plan.annealed
        per_time = plan.annealed_per_first_paths * self.first_paths_took / self.deadline.seconds
        return min(plan.annealed_most, per_time + plan.annealed_first)

    def _anneal(self, share: float) -> None:
        if not self.params.switches.annealing:
            return
        if self.annealing.roster.keeps_musts:
            self.annealing.roster.lead_by(self.shared.duties.eased)
        hot, cold = self.annealing.temperatures()
        over = self.deadline.at(1.0)
        self.annealing.anneal(
            share * self.deadline.seconds,
            cold if self.is_warm else hot,
            cold,
            lambda: self.lns.only_dives or self.has_dived or over(),
            better=self._offer_best,
            clock=self.shared.clock,
        )

    def _offer_best(self) -> None:
        roster = self.annealing.roster
        if roster.best is not None:
            self.shared.offer(roster.best, roster.best_cost)

    # ------------------------------------------------------------------ column generation

    def _prove_and_dive(self) -> Sequence[Ints]:
        """A bound by column generation over everybody; the roster of a dive from its optimum, or
        the best known if the dive does not end in time."""
        shared, plan = self.shared, self.params.plan
        diving = shared.diving(shared.pricer(self.seed + 2))
        began = shared.clock()
        master = solve_root(shared, diving, self.deadline.at(plan.proved))
        if master is None or not self.params.switches.dives:
            return shared.best or ()
        try:
            master.prune(shared.params.pool.kept)
            left = self.deadline.began + plan.dived * self.deadline.seconds - shared.clock()
            self.lns.add_everybody(master, only=left >= plan.dives * (shared.clock() - began))
            columns = diving.dive(
                master.copy(), seconds=left, stop=self.deadline.at(1.0), cutoff=float("inf")
            )
        except LpUnfinished:
            return shared.best or ()
        if columns is None:
            return shared.best or ()
        self.has_dived = True
        self.lns.allow_all()
        roster = [columns[person] for person in range(len(shared.networks))]
        shared.take(roster)
        return [column.path for column in roster]
