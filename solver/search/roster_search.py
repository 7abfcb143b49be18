"""The search over whole paths: one core plans people anew with falling noise, the other generates
columns, proves a bound and dives; then both reopen a part of the roster at a time."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from solver.arrays import Ints
from solver.colgen.column_pool import KEPT
from solver.colgen.diving import Diving
from solver.colgen.incumbent import Bounded, Found, Incumbent
from solver.colgen.master import BARRIER, LpUnfinished, RestrictedMaster
from solver.lns.annealing import RosterAnnealing
from solver.lns.large_neighbourhood_search import LargeNeighbourhoodSearch
from solver.lns.neighbourhood_selection import repair_seconds, rows_of
from solver.network.headcount_costs import HeadcountCosts
from solver.network.networks import RosterNetwork
from solver.network.work_meter import Meter
from solver.network.workspace import stretch

ANNEALED = 0.9
"""The share of the time in which people are planned anew before parts are reopened, if no dive
ends before."""

ANNEALED_FIRST = 60.0, 0.2, 0.5
"""The same where parts of some days can be reopened, which bring more by then: so many times as
long as first paths took, and so much of the time besides, but no more of it than that."""

FIRST_ANNEALED = 0.2
"""The same where one thread does all, one after another, and columns over everybody are next."""

DIVES = 10
"""How many times as long as the linear program a dive takes at the most, usually. Where there is so
much time, both threads dive."""

FROM_INSIDE = 0.2
"""The share of the time of column generation where programs are solved by an interior point
method."""

PROVING, DIVED = 0.45, 0.9
"""The shares of the time at which column generation over everybody, and the dive from it, end."""

HOT, COLD = 0.3, 0.0006
"""Noise at first and at last, in parts of the steepest price of a duty, up to SHORT days."""

SHORT = 35
"""Days; the longer the horizon, the less noise at first, since every day adds its own."""


class RosterSearch:
    """Everybody's paths, searched by several threads that share the best roster."""

    def __init__(
        self,
        networks: Sequence[RosterNetwork],
        duties: HeadcountCosts,
        *,
        found: Found,
        bounded: Bounded,
    ) -> None:
        """`found` and `bounded` are the incumbent's."""
        self.networks = networks
        self.duties = duties
        self.incumbent = Incumbent(networks, duties, found=found, bounded=bounded)
        self._dived = False
        """Whether a dive over everybody was done."""

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
        """Search for so long; false if somebody has no path at all.

        Args:
            seconds: how long; of counted work, where it is counted.
            workers: threads.
            seed: of all that is decided by chance.
            stop: asked often.
            left: seconds that are left on the clock.
            counted: whether work is counted and not timed; it is done by one worker.
            start: a roster to begin from.
        """
        shared = self.incumbent
        shared.left = left
        if counted:
            workers, shared.clock = 1, self.meter
        began = shared.clock()

        def over(share: float = 1.0) -> Callable[[], bool]:
            return lambda: (
                shared.closed or stop() or left() <= 0 or shared.clock() - began >= share * seconds
            )

        proves = self._can_prove(seconds)
        both = workers > 1 and not proves
        first = RosterAnnealing(self.networks, self.duties, seed, workers if both else 1)
        first.meter = self.meter
        if start is not None:
            first.take(start)
        elif not first.begin(over(), seconds):
            return False
        if first.best is None:
            return False
        taken = shared.clock() - began
        shared.offer(first.best, first.best_cost)
        lns = LargeNeighbourhoodSearch(shared, seconds)
        annealed = ANNEALED
        if lns.selection.some_days:
            longer, besides, most = ANNEALED_FIRST
            annealed = min(most, longer * taken / seconds + besides)

        def anneal(share: float) -> None:
            ends = over()
            self._anneal(
                first,
                share * seconds,
                lambda: lns.only_dives or self._dived or ends(),
                from_scratch=start is None,
            )

        def prove() -> None:
            dived = self._columns(lns, seed + 2, over(PROVING), over(), began + DIVED * seconds)
            lns.run(seed + 3, over(), dived, finishes=not counted)

        def destroy_and_repair(number: int) -> None:
            lns.run(seed + 1 + 2 * number, over(), shared.best or (), finishes=False)

        def anneal_and_repair() -> None:
            anneal(annealed)
            destroy_and_repair(0)

        def one_after_another() -> None:
            anneal(FIRST_ANNEALED if proves else annealed)
            prove() if proves else destroy_and_repair(0)

        jobs = [anneal_and_repair, prove]
        if both:
            anneal(annealed)
            jobs = [lambda number=n: destroy_and_repair(number) for n in range(workers)]  # type: ignore[misc]
        elif workers == 1:
            jobs = [one_after_another]
        with ThreadPoolExecutor(len(jobs)) as pool:
            for job in [pool.submit(job) for job in jobs]:
                job.result()
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
        if stretch(self.networks) < self.networks[0].days:
            return
        shared = self.incumbent
        shared.left = left
        shared.clock = self.meter if counted else time.monotonic
        end = shared.clock() + seconds
        diving = shared.diving(shared.pricer(seed))
        self._relaxed(diving, lambda: stop() or left() <= 0 or shared.clock() >= end)

    def _can_prove(self, seconds: float) -> bool:
        """Whether column generation over everybody is likely to end in its share of the time."""
        if stretch(self.networks) < self.networks[0].days:
            return False
        rows = rows_of(self.networks)
        taken = repair_seconds(rows, len(self.networks), self.networks[0].days)
        return taken * (FROM_INSIDE if rows >= BARRIER else 1) < PROVING * seconds / 2

    # ------------------------------------------------------------------ planning people anew

    def _anneal(
        self,
        annealing: RosterAnnealing,
        seconds: float,
        stop: Callable[[], bool],
        *,
        from_scratch: bool,
    ) -> None:
        steepest = self.duties.steepest
        days = self.networks[0].days
        hot = HOT * steepest * min(1.0, (SHORT / days) ** 0.8)
        cold = min(COLD * steepest, hot)
        annealing.anneal(
            seconds,
            hot if from_scratch else cold,
            cold,
            stop,
            better=lambda: self._offer_best(annealing),
            clock=self.incumbent.clock,
        )

    def _offer_best(self, annealing: RosterAnnealing) -> None:
        if annealing.best is not None:
            self.incumbent.offer(annealing.best, annealing.best_cost)

    # ------------------------------------------------------------------ columns over everybody

    def _columns(
        self,
        lns: LargeNeighbourhoodSearch,
        seed: int,
        proving: Callable[[], bool],
        stop: Callable[[], bool],
        end: float,
    ) -> Sequence[Ints]:
        """A bound by columns over everybody, and the roster of a dive, or else the best known.
        It has to end at `end` on the clock."""
        shared = self.incumbent
        diving = shared.diving(shared.pricer(seed))
        began = shared.clock()
        master = self._relaxed(diving, proving)
        if master is None:
            return shared.best or ()
        try:
            master.prune(KEPT)
            left = end - shared.clock()
            lns.add_everybody(master, only=left >= DIVES * (shared.clock() - began))
            taken = diving.dive(master.copy(), seconds=left, stop=stop, cutoff=float("inf"))
        except LpUnfinished:
            return shared.best or ()
        if taken is None:
            return shared.best or ()
        self._dived = True
        lns.only_dives = False
        roster = [taken[person] for person in range(len(self.networks))]
        shared.take(roster)
        return [column.path for column in roster]

    def _relaxed(self, diving: Diving, stop: Callable[[], bool]) -> RestrictedMaster | None:
        """The linear program over everybody at its optimum, or None if it was not reached."""
        shared = self.incumbent
        master = shared.master(range(len(self.networks)), shared.nobody())
        for person, column in enumerate(shared.columns(shared.best or ())):
            master.add(person, column)
        try:
            diving.relax(master, stop=stop, bounded=shared.prove)
        except LpUnfinished:
            return None
        return None if stop() else master
