"""A roster made better a part at a time: a few people, or some days of many, are reopened, and a
dive looks for better columns with all else as it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from solver.diving import (
    KEPT,
    Column,
    Master,
    Pool,
    Pricer,
    Span,
    Unfinished,
    duties_between,
    duties_of,
)
from solver.incumbent import Incumbent
from solver.kernel import IMPOSSIBLE, Ints, add_heads, excess
from solver.replanning import stretch
from solver.tracks import Track

PROGRAM = 3.5e-8
"""Seconds that column generation takes for each row times row times person times day, roughly."""

PEOPLE = (3, 5, 8, 12, 17)
"""How many people are reopened at once; how many is learnt from what each number brings."""

SPANS = (4, 7, 10, 14, 21, 28, 42)
"""Days that are reopened at once, where there are more than twice as many; for everybody, if that
can be done in time."""

FEWEST = 8
"""People of such a part, at least."""

LONGEST = 1 / 20
"""The share of the time that one part may take, roughly."""

FORGETTING = 0.9
"""How much of what was learnt of a kind of part is left after another try."""

LIKELIER = 2.0
"""A kind of part that brings twice as much for its time is so many times twice as likely."""

HOPED = 0.1
"""The share of the gap that a part may be hoped to close."""

EVEN = 0.25
"""How much all days are alike, whatever there is to be gained, in parts of the average."""

STUCK = 12
"""Parts reopened in vain after which the best roster is gone on from."""

VAIN = 40
"""The same, after which all columns that are good enough are chosen among at once."""

ENRICHED = 12
"""Rounds in which such columns are gathered first."""

MOST_COLUMNS = 400
"""Columns of a person among which is chosen."""

FINISHING = 20.0
"""Seconds that choosing may take."""

Part = tuple[int, int]
"""So many people, and so many days."""


def program_seconds(tracks: Sequence[Track], people: int, days: int) -> float:
    """How long column generation takes for so many people and days, roughly."""
    rows = len(np.unique(np.concatenate([t.tables.duty for t in tracks]))) * days / tracks[0].days
    return PROGRAM * rows * rows * people * days


@dataclass
class _Desk:
    """What one thread works with."""

    seed: int
    dice: np.random.Generator
    pricers: dict[int, Pricer] = field(default_factory=dict)
    """By days."""

    def pricer(self, shared: Incumbent, span: Span) -> Pricer:
        days = span[1] - span[0]
        if days not in self.pricers:
            self.pricers[days] = shared.pricer(self.seed, days)
        return self.pricers[days]


class Reopening:
    """Reopens parts of the best roster; shared by threads, which learn together what pays."""

    def __init__(self, incumbent: Incumbent, seconds: float) -> None:
        self._shared = incumbent
        self._tracks = incumbent.tracks
        self._days = self._tracks[0].days
        self.whole = stretch(self._tracks) == self._days
        """Whether whole paths are short enough for columns."""
        self.program: Master | None = None
        """The program over everybody that proved the bound, at its optimum."""
        self.only_dives = False
        """Whether nothing but everybody is worth reopening by now."""
        self._day_of = np.zeros(len(incumbent.duties.first_price) - 1, np.int64)
        for track in self._tracks:
            for day in range(self._days):
                self._day_of[duties_between(track.tables, day, day + 1)] = day
        parts = self._parts(seconds)
        self.some_days = any(days < self._days for _, days in parts)
        """Whether there are parts of some days only."""
        self._begins: dict[int, list[int]] = {}
        """The first days of spans of so many days that are still to be reopened on this round."""
        self._brought = {part: self._expected(part) for part in parts}
        """What each kind of part brought, and the seconds it took."""

    def _parts(self, seconds: float) -> list[Part]:
        everybody = len(self._tracks)
        whole = [(min(size, everybody), self._days) for size in PEOPLE if self.whole]
        spans = [days for days in SPANS if 2 * days < self._days]
        people = everybody
        # The shortest ones can always be afforded, with fewer people if need be.
        while spans and people > FEWEST and not self._soon((people, spans[0]), seconds):
            people = (people + 1) // 2
        some = [(people, days) for days in spans]
        parts = {part for part in (*whole, *some) if self._soon(part, seconds)} | {*some[:1]}
        return sorted(parts) or whole[:1] or [(everybody, 1)]

    def _expected(self, part: Part) -> list[float]:
        """What a first try is expected to bring, and the seconds."""
        shared = self._shared
        gap = (shared.cost - shared.bound) / shared.duties.scale
        gain = min(shared.duties.steepest, max(1.0, HOPED * gap))
        return [gain, program_seconds(self._tracks, *part)]

    def _soon(self, part: Part, seconds: float) -> bool:
        return program_seconds(self._tracks, *part) < LONGEST * seconds

    def add_everybody(self, program: Master, *, only: bool) -> None:
        """Everybody may be reopened at once, from this program's optimum; `only` that for now."""
        with self._shared.lock:
            self.program = program
            self.only_dives = only
            # What was expected before there was a bound may be far too much.
            for part in (*self._brought, (len(self._tracks), self._days)):
                self._brought[part] = self._expected(part)

    def run(
        self, seed: int, stop: Callable[[], bool], roster: Sequence[Ints], *, finishes: bool
    ) -> None:
        """Reopen parts, over and over, from a roster, and from the best one once the own one is
        stuck: a dive's roster may be worse than the best, and better to go on from."""
        shared = self._shared
        desk = _Desk(seed, np.random.default_rng(seed))
        mine = shared.columns(roster)
        cost = shared.take(mine)
        stuck = vain = 0
        leads = False
        while not stop():
            leads = leads or cost <= shared.cost
            if vain >= VAIN and self.program is not None and finishes:
                vain = 0
                self._finish(desk, stop)
            if (leads or stuck >= STUCK) and cost > shared.cost:
                mine, cost = self._best()
                stuck = 0
            part = self._choose(desk)
            people, span = self._some(desk, part)
            began = shared.clock()
            taken = self._reopen(desk, people, span, mine, cost, stop)
            gain = 0.0
            stuck, vain = stuck + 1, vain + 1
            if taken is not None:
                stuck = vain = 0
                before = cost
                mine, cost = self._put(mine, taken, span)
                gain = max(0, before - cost) / shared.duties.scale
            self._learn(part, gain, shared.clock() - began)

    def _best(self) -> tuple[list[Column], int]:
        with self._shared.lock:
            assert self._shared.best is not None
            roster, cost = self._shared.best, self._shared.cost
        return self._shared.columns(roster), cost

    # ------------------------------------------------------------------ which part

    def _choose(self, desk: _Desk) -> Part:
        """A kind of part, the likelier the more it brought for its time."""
        if self.only_dives:
            return len(self._tracks), self._days
        with self._shared.lock:
            brought = list(self._brought.items())
        rates = np.array([(gain + 0.2) / (seconds + 0.2) for _, (gain, seconds) in brought])
        rates **= LIKELIER
        return brought[int(desk.dice.choice(len(brought), p=rates / rates.sum()))][0]

    def _learn(self, part: Part, gain: float, seconds: float) -> None:
        with self._shared.lock:
            before = self._brought[part]
            self._brought[part] = [
                FORGETTING * before[0] + gain,
                FORGETTING * before[1] + seconds,
            ]

    # ------------------------------------------------------------------ reopening it

    def _some(self, desk: _Desk, part: Part) -> tuple[list[int], Span]:
        """People and days."""
        size, days = part
        people = desk.dice.choice(len(self._tracks), size, replace=False)
        with self._shared.lock:
            if not self._begins.get(days):
                self._begins[days] = self._round(desk, days)
            first = self._begins[days].pop()
        return sorted(people.tolist()), (first, first + days)

    def _round(self, desk: _Desk, days: int) -> list[int]:
        """First days of spans of so many days, one beside the other: half of all, the likelier the
        more there is to be gained."""
        if days == self._days:
            return [0]
        shared = self._shared
        assert shared.best is not None
        heads = shared.nobody()
        for track, chosen in zip(self._tracks, shared.best, strict=True):
            add_heads(track.tables, chosen, heads)
        upto = np.concatenate(
            [[0], np.cumsum(np.bincount(self._day_of, shared.duties.lost(heads)))]
        )
        begins = np.arange(-int(desk.dice.integers(days)), self._days - days // 2, days)
        begins = np.clip(begins, 0, self._days - days)
        lost = upto[begins + days] - upto[begins] + 1.0
        likely = lost + EVEN * lost.mean()
        half = (len(begins) + 1) // 2
        found: list[int] = desk.dice.choice(
            begins, half, replace=False, p=likely / likely.sum()
        ).tolist()
        return found[::-1]

    def _reopen(
        self,
        desk: _Desk,
        people: Sequence[int],
        span: Span,
        columns: Sequence[Column],
        cost: int,
        stop: Callable[[], bool],
    ) -> dict[int, Column] | None:
        """Better columns for some people with all else as it is; None if none were found."""
        target = cost / self._shared.duties.scale - 0.5
        whole = span == (0, self._days)
        everybody = whole and len(people) == len(columns)
        pricer = desk.pricer(self._shared, span)
        pool = self._shared.pool
        if not whole:
            pool = Pool(self._tracks, span)
            pricer.keep(span, {person: columns[person].chosen for person in people})
        diving = self._shared.diving(pricer, pool)
        try:
            if everybody and self.program is not None:
                master = self.program.copy()
            else:
                master = self._program(people, span, columns)
            for person in people:
                master.add(person, pool.add(person, columns[person].chosen)[0])
            value = diving.relax(master, stop=stop, cutoff=target)
            if value > target or stop():
                return None
            return diving.dive(
                master,
                seconds=float("inf"),
                stop=stop,
                cutoff=target,
                dice=desk.dice if everybody else None,
            )
        except Unfinished:
            return None

    def _program(self, people: Sequence[int], span: Span, columns: Sequence[Column]) -> Master:
        """The program over some people and days, everything else as it is."""
        first, last = span
        open_ = set(people)
        heads, own = self._shared.nobody(), 0
        for person, column in enumerate(columns):
            if person not in open_:
                np.add.at(heads, column.duties, 1)
                own += column.cost
            elif last - first < self._days:
                t, chosen = self._tracks[person].tables, column.chosen
                np.add.at(heads, duties_of(t, np.delete(chosen, slice(first, last))), 1)
        master = self._shared.master(people, heads, own, span)
        if last - first == self._days:
            for person in people:
                for known in self._shared.pool.recent(person, KEPT):
                    master.add(person, known)
        return master

    def _put(
        self, columns: Sequence[Column], taken: dict[int, Column], span: Span
    ) -> tuple[list[Column], int]:
        """A roster with new columns; with those of the best roster beside them, if another thread
        found it meanwhile and both agree."""
        shared = self._shared
        mine = list(columns)
        for person, column in taken.items():
            mine[person], _ = shared.pool.add(person, column.chosen)
        best, _ = self._best()
        cost = shared.take(mine)
        for person, column in taken.items():
            chosen = best[person].chosen.copy()
            chosen[slice(*span)] = column.chosen[slice(*span)]
            track = self._tracks[person]
            sums = np.empty(len(track.extra.most), np.int64)
            both, _ = shared.pool.add(person, chosen)
            # Together they may be more than somebody's totals allow.
            if both.cost < IMPOSSIBLE and not excess(track.extra, chosen, sums):
                best[person] = both
        other = shared.take(best)
        return (best, other) if other < cost else (mine, cost)

    # ------------------------------------------------------------------ everybody's columns

    def _finish(self, desk: _Desk, stop: Callable[[], bool]) -> None:
        """Choose among all columns that a better roster can have (by their reduced costs), and
        more of the sort: cheapest paths at prices near those of the bound."""
        shared, program = self._shared, self.program
        assert program is not None
        assert program.center is not None
        prices = program.center
        people = range(len(self._tracks))
        diving = shared.diving(desk.pricer(shared, (0, self._days)))
        for _ in range(ENRICHED):
            noise = desk.dice.normal(0, shared.duties.scale, len(prices)).astype(np.int32)
            diving.gather(people, prices + noise)
            if stop():
                return
        gap = shared.cost - shared.bound
        master = shared.master(people, shared.nobody())
        for person in people:
            worth = [
                (c.cost + int(prices[c.duties].sum()), n, c)
                for n, c in enumerate(list(shared.pool.columns[person].values()))
            ]
            least = min(w for w, _, _ in worth)
            for w, _, column in sorted(worth)[:MOST_COLUMNS]:
                if w - least <= gap:
                    master.add(person, column)
            if shared.best is not None:
                master.add(person, shared.pool.add(person, shared.best[person])[0])
        taken = master.choose(min(FINISHING, shared.left()))
        if taken is not None:
            shared.take([taken[person] for person in people])
