"""The search over whole paths: one core plans people anew with falling noise, the other generates
columns, proves a bound and dives; then both reopen a few people at a time."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from solver.diving import BARRIER, KEPT, Column, Diving, Master, Pool, Pricer, Unfinished
from solver.kernel import IMPOSSIBLE, Ints
from solver.replanning import Duties, Meter, Replanning, stretch
from solver.tracks import Track

ANNEALED = 0.9
"""The share of the time in which people are planned anew before groups are reopened, if no dive
ends before."""

FIRST_ANNEALED = 0.2
"""The same where one thread does all, one after another, and columns over everybody are next."""

DIVES = 10
"""How many times as long as the linear program a dive takes at the most, usually. Where there is so
much time, both threads dive."""

PROGRAM = 3.5e-8
"""Seconds that column generation takes for each row times row times person times day, roughly."""

FROM_INSIDE = 0.2
"""The share of that where programs are solved by an interior point method."""

PROVING, DIVED = 0.45, 0.9
"""The shares of the time at which column generation over everybody, and the dive from it, end."""

HOT, COLD = 0.3, 0.0006
"""Noise at first and at last, in parts of the steepest price of a duty, up to SHORT days."""

SHORT = 35
"""Days; the longer the horizon, the less noise at first, since every day adds its own."""

GROUPS = (3, 5, 8, 12, 17)
"""People reopened at once; how many is learnt from what each number brings."""

FORGETTING = 0.98
"""How much of what was learnt is left after another try."""

STUCK = 12
"""Groups reopened in vain after which the best roster is gone on from."""

VAIN = 40
"""The same, after which all columns that are good enough are chosen among at once."""

ENRICHED = 12
"""Rounds in which such columns are gathered first."""

MOST_COLUMNS = 400
"""Columns of a person among which is chosen."""

FINISHING = 20.0
"""Seconds that choosing may take."""

Found = Callable[[Sequence[Ints], int], None]
Bounded = Callable[[int], None]


class Paths:
    """Everybody's paths, searched by several threads that share the best roster."""

    def __init__(
        self, tracks: Sequence[Track], duties: Duties, *, found: Found, bounded: Bounded
    ) -> None:
        """`found` is told of each better roster and its cost in path units, `bounded` of each
        proved bound; both from any thread, never two at once."""
        self.tracks = tracks
        self.duties = duties
        self.best: list[Ints] | None = None
        self.cost = IMPOSSIBLE * 1000
        self.bound = -(2**62)
        self.closed = False
        """Whether the bound is reached."""
        self._pool = Pool(tracks)
        self._found = found
        self._bounded = bounded
        self._lock = threading.Lock()
        self.meter = Meter()
        self._clock: Callable[[], float] = time.monotonic
        self._prices: Ints | None = None
        """Those of the best bound, once it is closed."""
        self._proved: Master | None = None
        """Then also the program that proved it."""
        self._dives = self._dived = False
        """Whether there is time enough to leave all else to dives; whether one was done."""
        self._left: Callable[[], float] = lambda: 0.0
        sizes = sorted({min(size, len(tracks)) for size in GROUPS})
        self._brought = {size: [1.0, 1.0] for size in sizes}
        """Group size to how often it brought something better, and the seconds it took."""

    # ------------------------------------------------------------------ what is shared

    def offer(self, chosen: Sequence[Ints], cost: int) -> bool:
        """Keep a roster if it is the best; whether it was better."""
        with self._lock:
            if cost >= self.cost:
                return False
            self.cost = cost
            self.best = [np.array(c, np.int32) for c in chosen]
            self._found(self.best, cost)
            self._close()
            return True

    def _raise(self, bound: int) -> None:
        with self._lock:
            if bound > self.bound:
                self.bound = bound
                self._bounded(bound)
                self._close()

    def _close(self) -> None:
        # Costs are whole multiples of the scale.
        scale = self.duties.scale
        self.closed = -(-self.bound // scale) * scale >= self.cost

    # ------------------------------------------------------------------ the search

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
        if counted:
            workers, self._clock = 1, self.meter
        began = self._clock()

        def over(share: float = 1.0) -> Callable[[], bool]:
            return lambda: (
                self.closed or stop() or left() <= 0 or self._clock() - began >= share * seconds
            )

        self._left = left
        proves = self._can_prove(seconds)
        both = workers > 1 and not proves
        first = Replanning(self.tracks, self.duties, seed, workers if both else 1)
        first.meter = self.meter
        if start is not None:
            first.take(start)
        elif not first.begin(over(), seconds):
            return False
        if first.best is None:
            return False
        self.offer(first.best, first.best_cost)

        def plan_anew(share: float) -> None:
            ends = over()
            self._anneal(
                first,
                share * seconds,
                lambda: self._dives or self._dived or ends(),
                fresh=start is None,
            )

        def prove() -> None:
            dived = self._columns(seed + 2, over(PROVING), over(), began + DIVED * seconds)
            self._reopen(seed + 3, over(), dived, finishes=not counted)

        def plan_and_reopen() -> None:
            plan_anew(ANNEALED)
            self._reopen(seed + 1, over(), self.best or ())

        def one_after_another() -> None:
            plan_anew(FIRST_ANNEALED if proves else ANNEALED)
            prove() if proves else self._reopen(seed + 1, over(), self.best or ())

        jobs = [plan_and_reopen, prove]
        if both:
            jobs = [plan_and_reopen]
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
        if stretch(self.tracks) < self.tracks[0].days:
            return
        self._left = left
        self._clock = self.meter if counted else time.monotonic
        end = self._clock() + seconds
        self._relaxed(self._diving(seed), lambda: stop() or left() <= 0 or self._clock() >= end)

    def _can_prove(self, seconds: float) -> bool:
        """Whether column generation over everybody is likely to end in its share of the time."""
        if stretch(self.tracks) < self.tracks[0].days:
            return False
        rows = len(np.unique(np.concatenate([t.tables.duty for t in self.tracks])))
        seconds_taken = PROGRAM * rows * rows * len(self.tracks) * self.tracks[0].days
        if rows >= BARRIER:
            seconds_taken *= FROM_INSIDE
        return seconds_taken < PROVING * seconds / 2

    def _anneal(
        self, replanning: Replanning, seconds: float, stop: Callable[[], bool], *, fresh: bool
    ) -> None:
        steepest = self._steepest()
        days = self.tracks[0].days
        hot = HOT * steepest * min(1.0, (SHORT / days) ** 0.8)
        cold = min(COLD * steepest, hot)
        replanning.anneal(
            seconds,
            hot if fresh else cold,
            cold,
            stop,
            better=lambda: self._offer_best(replanning),
            clock=self._clock,
        )

    def _offer_best(self, replanning: Replanning) -> None:
        if replanning.best is not None:
            self.offer(replanning.best, replanning.best_cost)

    def _steepest(self) -> float:
        """The usual price of somebody missing, in units of the priority's cost."""
        d = self.duties
        rises = [
            int(np.abs(np.diff(d.price[a:b])).max(initial=0))
            for a, b in zip(d.first_price, d.first_price[1:], strict=False)
        ]
        some = [rise for rise in rises if rise]
        return max(1.0, float(np.median(some)) / d.scale if some else 1.0)

    def _columns(
        self,
        seed: int,
        proving: Callable[[], bool],
        stop: Callable[[], bool],
        end: float,
    ) -> Sequence[Ints]:
        """A bound by columns over everybody, and the roster of a dive, or else the best known.
        It has to end at `end` on the clock."""
        diving = self._diving(seed)
        everybody = range(len(self.tracks))
        began = self._clock()
        master = self._relaxed(diving, proving)
        if master is None:
            return self.best or ()
        try:
            master.prune(KEPT)
            with self._lock:
                self._prices, self._proved = master.center, master
                self._brought[len(self.tracks)] = [1.0, 1.0]
                self._dives = end - self._clock() >= DIVES * (self._clock() - began)
            taken = diving.dive(
                master.copy(), seconds=end - self._clock(), stop=stop, cutoff=float("inf")
            )
        except Unfinished:
            return self.best or ()
        if taken is None:
            return self.best or ()
        self._dived = True
        self._take([taken[person] for person in everybody])
        return [taken[person].chosen for person in everybody]

    def _relaxed(self, diving: Diving, stop: Callable[[], bool]) -> Master | None:
        """The linear program over everybody at its optimum, or None if it was not reached."""
        master = self._master(range(len(self.tracks)), self._nobody())
        for person, chosen in enumerate(self.best or ()):
            master.add(person, self._pool.add(person, chosen)[0])
        try:
            diving.relax(master, stop=stop, bounded=self._raise)
        except Unfinished:
            return None
        return None if stop() else master

    def _nobody(self) -> Ints:
        """The heads of each duty before anybody is on it."""
        return np.zeros(len(self.duties.first_price) - 1, np.int32)

    def _master(self, people: Sequence[int], heads: Ints, own: int = 0) -> Master:
        return Master(self.tracks, people, self.duties, heads, self.meter, self._left, own=own)

    def _take(self, columns: Sequence[Column]) -> int:
        """What a roster costs; it is kept if it is the best."""
        heads = self._nobody()
        for column in columns:
            np.add.at(heads, column.duties, 1)
        cost = sum(c.cost for c in columns) + self.duties.cost(heads)
        self.offer([c.chosen for c in columns], cost)
        return cost

    # ------------------------------------------------------------------ a few people at a time

    def _finish(self, diving: Diving, dice: np.random.Generator, stop: Callable[[], bool]) -> None:
        """Choose among all columns that a better roster can have (by their reduced costs), and
        more of the sort: cheapest paths at prices near those of the bound."""
        assert self._prices is not None
        scale = self.duties.scale
        people = range(len(self.tracks))
        for _ in range(ENRICHED):
            near = self._prices + dice.normal(0, scale, len(self._prices)).astype(np.int32)
            diving.gather(people, near)
            if stop():
                return
        gap = self.cost - self.bound
        master = self._master(people, self._nobody())
        for person in people:
            worth = [
                (c.cost + int(self._prices[c.duties].sum()), n, c)
                for n, c in enumerate(list(self._pool.columns[person].values()))
            ]
            least = min(w for w, _, _ in worth)
            for w, _, column in sorted(worth)[:MOST_COLUMNS]:
                if w - least <= gap:
                    master.add(person, column)
            if self.best is not None:
                master.add(person, self._pool.add(person, self.best[person])[0])
        taken = master.choose(min(FINISHING, self._left()))
        if taken is not None:
            self._take([taken[person] for person in people])

    def _reopen(
        self,
        seed: int,
        stop: Callable[[], bool],
        roster: Sequence[Ints],
        *,
        finishes: bool = False,
    ) -> None:
        """Reopen groups of people, over and over, from a roster, and from the best one once the
        own one is stuck: a dive's roster may be worse than the best, and better to go on from."""
        if stretch(self.tracks) < self.tracks[0].days:
            self._replan_on(seed, stop)
            return
        diving = self._diving(seed)
        dice = np.random.default_rng(seed)
        mine = [self._pool.add(p, chosen)[0] for p, chosen in enumerate(roster)]
        cost = self._take(mine)
        stuck = vain = 0
        while not stop():
            if vain >= VAIN and self._prices is not None and finishes:
                vain = 0
                self._finish(diving, dice, stop)
            if stuck >= STUCK and cost > self.cost:
                with self._lock:
                    assert self.best is not None
                    roster, cost = self.best, self.cost
                mine = [self._pool.add(p, chosen)[0] for p, chosen in enumerate(roster)]
                stuck = 0
            size = self._size(dice)
            group = sorted(dice.choice(len(self.tracks), size, replace=False).tolist())
            began = self._clock()
            taken = self._reopen_group(diving, group, mine, cost, stop, dice)
            better = taken is not None
            stuck = 0 if better else stuck + 1
            vain = 0 if better else vain + 1
            if taken is not None:
                mine = [taken.get(person, column) for person, column in enumerate(mine)]
                cost = self._take(mine)
            with self._lock:
                for sums in self._brought.values():
                    sums[0] *= FORGETTING
                    sums[1] *= FORGETTING
                self._brought[size][0] += float(better)
                self._brought[size][1] += self._clock() - began

    def _size(self, dice: np.random.Generator) -> int:
        """A group's size, the likelier the more it brought for its time."""
        if self._dives and not self._dived:
            return len(self.tracks)
        with self._lock:
            brought = list(self._brought.values())
        rates = np.array([(wins + 0.2) / (seconds + 0.2) for wins, seconds in brought])
        return int(dice.choice(list(self._brought), p=rates / rates.sum()))

    def _reopen_group(
        self,
        diving: Diving,
        group: Sequence[int],
        columns: Sequence[Column],
        cost: int,
        stop: Callable[[], bool],
        dice: np.random.Generator,
    ) -> dict[int, Column] | None:
        """Better columns for a group with all others as they are; None if none were found."""
        everybody = len(group) == len(columns)
        target = cost / self.duties.scale - 0.5
        try:
            if everybody and self._proved is not None:
                master = self._proved.copy()
            else:
                heads, own = self._nobody(), 0
                for person, column in enumerate(columns):
                    if person not in group:
                        np.add.at(heads, column.duties, 1)
                        own += column.cost
                master = self._master(group, heads, own)
                for person in group:
                    for known in self._pool.recent(person, KEPT):
                        master.add(person, known)
            for person in group:
                master.add(person, columns[person])
            value = diving.relax(master, stop=stop, cutoff=target)
            if value > target or stop():
                return None
            return diving.dive(
                master,
                seconds=float("inf"),
                stop=stop,
                cutoff=target,
                dice=dice if everybody else None,
            )
        except Unfinished:
            return None

    def _replan_on(self, seed: int, stop: Callable[[], bool]) -> None:
        """Where columns are too long: plan people anew from the best, with little noise."""
        replanning = Replanning(self.tracks, self.duties, seed)
        replanning.meter = self.meter
        cold = COLD * self._steepest()
        while not stop():
            with self._lock:
                assert self.best is not None
                chosen = self.best
            replanning.take(chosen)
            replanning.anneal(
                30.0,
                cold,
                cold / 4,
                stop,
                better=lambda: self._offer_best(replanning),
                clock=self._clock,
            )

    def _diving(self, seed: int) -> Diving:
        pricer = Pricer(self.tracks, self.duties.scale, seed, self.meter)

        def price(people: Sequence[int], prices: Ints) -> list[tuple[int, int, int, Ints]]:
            answers = []
            for person in people:
                bound, found, chosen = pricer(person, prices)
                answers.append((person, bound, found, chosen.copy()))
            return answers

        return Diving(self.tracks, self.duties, self._pool, price, self._clock)
