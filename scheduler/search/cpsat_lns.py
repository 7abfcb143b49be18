"""Large neighbourhood search over CP-SAT (Shaw, CP 1998): some placements, times and children's
groups are free, all others stay, and the same encodings are solved."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from models.facts.plan import Plan
from scheduler.search.neighbourhoods import Neighbourhood, NeighbourhoodChooser
from scheduler.search.params import CpSatLnsParams
from scheduler.search.repair import Repairer
from scheduler.search.search_state import SearchState, keeps_musts

K = TypeVar("K")
V = TypeVar("V")


class CpSatLns:
    """Improves the incumbent a neighbourhood at a time, on the cores that it is given."""

    def __init__(
        self, state: SearchState, repairer: Repairer, params: CpSatLnsParams, free: int
    ) -> None:
        """`free` is how many cells a neighbourhood frees at first."""
        self._state = state
        self._repairer = repairer
        self._params = params
        self._chooser = NeighbourhoodChooser(state.facts, params, free)
        self._randoms = [
            random.Random(1000 * state.limits.seed + thread)
            for thread in range(max(1, state.limits.workers))
        ]
        self._lock = threading.Lock()
        self._in_vain = 0
        self._given_up: Plan | None = None
        """The incumbent that could not be improved."""
        self._share = params.share
        self._described = False
        self._failure: BaseException | None = None

    @property
    def runs_beside(self) -> bool:
        """Whether a core can be spared for it while others prove. Where work is counted it runs
        alone: what it gives must not depend on another thread."""
        limits = self._state.limits
        return self._params.run and limits.workers > 1 and not limits.reproducible

    def improve(self) -> None:
        """Improve one neighbourhood after another on all cores, for a share of the time left.

        Raises:
            Disagreement: a neighbourhood breaks a must by the checker.
        """
        state = self._state
        if not self._begin():
            return
        before, vector = state.best[0], state.best[1].vector  # type: ignore[index]
        state.turn_to(None)
        until = state.time.work_left() * (1 - self._share)
        threads = 1 if state.limits.reproducible else state.limits.workers
        self._run(threads, lambda: state.time.work_left() <= until or self._idle())
        self._raise_failure()
        # What brought nothing gets less time in the next round.
        assert state.best is not None
        gained = state.best[0] is not before and state.best[1].vector < vector
        params = self._params
        self._share = params.share if gained else max(params.least_share, self._share / 2)

    @contextmanager
    def beside(self) -> Iterator[bool]:
        """Within the block, improve what is found on some of the cores; whether that is done.

        Raises:
            Disagreement: a neighbourhood breaks a must by the checker.
        """
        if not (self.runs_beside and self._begin()):
            yield False
            return
        ended = threading.Event()
        runner = threading.Thread(
            target=self._run,
            args=(self._state.limits.workers // 2, ended.is_set),
            name="neighbourhoods",
            daemon=True,
        )
        runner.start()
        try:
            yield True
        finally:
            ended.set()
            runner.join()
        self._raise_failure()

    def _begin(self) -> bool:
        """Whether there is anything to improve; then the receipt will say that it was."""
        state = self._state
        if not self._params.run or state.best is None or not state.open():
            return False
        if not self._described:
            state.describe_further("; then parts of it at a time")
            self._described = True
        return True

    def _run(self, threads: int, over: Callable[[], bool]) -> None:
        self._in_vain = 0
        workers = [
            threading.Thread(target=self._work, args=(rng, over), name="neighbourhood", daemon=True)
            for rng in self._randoms[:threads]
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    def _idle(self) -> bool:
        """Whether there is nothing to improve, or the incumbent was tried often enough."""
        best = self._state.best
        return best is None or self._given_up is best[0] or not self._state.open()

    def _work(self, rng: random.Random, over: Callable[[], bool]) -> None:
        state, params = self._state, self._params
        try:
            while self._failure is None and not over() and not state.time.over():
                if self._idle():
                    time.sleep(params.pause)
                    continue
                left = state.time.work_left()
                longest = max(params.least_seconds, min(params.seconds, left * params.each))
                self._improve_one(rng, min(longest, left))
        except BaseException as failure:  # raised again by the thread that waits
            self._failure = failure

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _improve_one(self, rng: random.Random, seconds: float) -> None:
        """Solve one neighbourhood, and learn from it."""
        state, params = self._state, self._params
        best = state.best
        targets = state.open()
        assert best is not None
        if not targets:
            return
        plan, report = best
        neighbourhood = self._chooser.choose(plan, report, targets, rng)
        began = time.monotonic()
        found = None
        if neighbourhood is not None:
            effort = state.time.effort(seconds, workers=1, seed=rng.randrange(2**31))
            found = self._repairer.repair(plan, report, neighbourhood, effort, state.time.stop)
        if neighbourhood is None or found is None:
            self._given_up = plan
            return
        state.time.count(found.counted_seconds)
        counted = state.limits.reproducible
        spent = found.counted_seconds if counted else time.monotonic() - began
        gained = found.plan is not None and self._keep(plan, found.plan, neighbourhood)
        self._chooser.learn(
            neighbourhood,
            gained=gained,
            settled=found.settled and spent < params.slow * seconds,
            seconds=spent,
        )
        with self._lock:
            self._in_vain = 0 if gained else self._in_vain + 1
            if self._in_vain >= params.in_vain:
                self._given_up, self._in_vain = plan, 0

    def _keep(self, before: Plan, plan: Plan, neighbourhood: Neighbourhood) -> bool:
        """Offer a plan; whether it, or what it changed in what another thread found meanwhile, is
        better than the incumbent."""
        state = self._state
        keeps_musts(plan, state.offer(plan, shown=True), "a neighbourhood")
        assert state.best is not None
        now = state.best[0]
        if now is plan or now is before:
            return now is plan
        joined = join(now, plan, neighbourhood)
        state.offer(joined, shown=True)
        return state.best[0] is joined


def join(best: Plan, plan: Plan, neighbourhood: Neighbourhood) -> Plan:
    """A plan with what another one decides within a neighbourhood; it may break musts."""
    n = neighbourhood

    def both(of: Mapping[K, V], other: Mapping[K, V], free: Callable[[K], bool]) -> dict[K, V]:
        kept = {key: value for key, value in of.items() if not free(key)}
        return kept | {key: value for key, value in other.items() if free(key)}

    cells = {cell for cell in best.cells if cell not in n.cells}
    return Plan(
        best.facts,
        cells | {cell for cell in plan.cells if cell in n.cells},
        both(best.starts, plan.starts, n.occasions.__contains__),
        both(best.groups, plan.groups, n.pupils.__contains__),
        both(best.venues, plan.venues, n.occasions.__contains__),
        both(best.things, plan.things, lambda use: use[0] in n.occasions),
    )
