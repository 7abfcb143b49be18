"""Which size of a roster is reopened next: how many people, how many days, and since when."""

from collections.abc import Sequence

import numpy as np

from solver.colgen.column_pool import Span, duties_between
from solver.colgen.incumbent import Incumbent
from solver.network.networks import RosterNetwork
from solver.network.shortest_path import add_headcounts
from solver.network.workspace import stretch

REPAIR_SECONDS = 3.5e-8
"""Seconds that column generation takes for each row times row times person times day, roughly."""

PEOPLE = (3, 5, 8, 12, 17)
"""How many people are reopened at once; how many is learnt from what each number brings."""

SPANS = (4, 7, 10, 14, 21, 28, 42)
"""Days that are reopened at once, where there are more than twice as many; for everybody, if that
can be done in time."""

FEWEST = 8
"""People of such a size, at least."""

LONGEST = 0.08
"""The share of the time that one size may take, roughly."""

FORGETTING = 0.9
"""How much of what was learnt of a size is left after another try."""

LIKELIER = 2.0
"""A size that brings twice as much for its time is so many times twice as likely."""

HOPED = 0.1
"""The share of the gap that a size may be hoped to close; and how much less whole paths of a few
people are hoped to bring than some days of everybody."""

WHOLE = 3.0
"""How much longer sizes with all days take, roughly."""

EVEN = 0.25
"""How much all days are alike, whatever there is to be gained, in sizes of the average."""

NeighbourhoodSize = tuple[int, int]
"""So many people, and so many days."""


def rows_of(networks: Sequence[RosterNetwork]) -> int:
    """How many duties anybody can have: the rows of the program over everybody."""
    return len(np.unique(np.concatenate([t.tables.duty for t in networks])))


def repair_seconds(rows: float, people: int, days: int) -> float:
    """How long column generation takes for so many rows, people and days, roughly."""
    return REPAIR_SECONDS * rows * rows * people * days


class NeighbourhoodSelection:
    """The sizes of neighbourhoods, and what each brought for its time; shared by threads."""

    def __init__(self, incumbent: Incumbent, seconds: float) -> None:
        """`seconds` is how long the search may take."""
        self._shared = incumbent
        self._networks = incumbent.networks
        self._days = self._networks[0].days
        self._rows_a_day = rows_of(self._networks) / self._days
        self._day_of = np.zeros(len(incumbent.duties.first_price) - 1, np.int64)
        for network in self._networks:
            for day in range(self._days):
                self._day_of[duties_between(network.tables, day, day + 1)] = day
        self._begins: dict[int, list[int]] = {}
        """The first days of spans of so many days that are still to be reopened on this round."""
        self._gain_and_time = {size: self._expected(size) for size in self._kinds(seconds)}
        """What each size brought, and the seconds it took."""

    @property
    def some_days(self) -> bool:
        """Whether there are sizes of some days only."""
        return any(days < self._days for _, days in self._gain_and_time)

    def add_everybody(self) -> None:
        """Everybody with all days is a size, too."""
        with self._shared.lock:
            # What was expected before there was a bound may be far too much.
            for size in (*self._gain_and_time, (len(self._networks), self._days)):
                self._gain_and_time[size] = self._expected(size)

    def choose(self, rng: np.random.Generator) -> NeighbourhoodSize:
        """A size, the likelier the more it brought for its time."""
        with self._shared.lock:
            known = list(self._gain_and_time.items())
        rates = np.array([(gain + 0.2) / (seconds + 0.2) for _, (gain, seconds) in known])
        rates **= LIKELIER
        return known[int(rng.choice(len(known), p=rates / rates.sum()))][0]

    def learn(self, size: NeighbourhoodSize, gain: float, seconds: float) -> None:
        """A try of a size brought so much, in units of the priority's cost."""
        with self._shared.lock:
            before = self._gain_and_time[size]
            self._gain_and_time[size] = [
                FORGETTING * before[0] + gain,
                FORGETTING * before[1] + seconds,
            ]

    def place(self, rng: np.random.Generator, size: NeighbourhoodSize) -> tuple[list[int], Span]:
        """People and days."""
        number, days = size
        people = rng.choice(len(self._networks), number, replace=False)
        with self._shared.lock:
            if not self._begins.get(days):
                self._begins[days] = self._round(rng, days)
            first = self._begins[days].pop()
        return sorted(people.tolist()), (first, first + days)

    def _round(self, rng: np.random.Generator, days: int) -> list[int]:
        """First days of spans of so many days, one beside the other: half of all, the likelier the
        more there is to be gained."""
        if days == self._days:
            return [0]
        shared = self._shared
        assert shared.best is not None
        headcounts = shared.nobody()
        for network, path in zip(self._networks, shared.best, strict=True):
            add_headcounts(network.tables, path, headcounts)
        lost_on = np.bincount(self._day_of, shared.duties.lost(headcounts), minlength=self._days)
        upto = np.concatenate([[0], np.cumsum(lost_on)])
        begins = np.arange(-int(rng.integers(days)), self._days - days // 2, days)
        begins = np.clip(begins, 0, self._days - days)
        lost = upto[begins + days] - upto[begins] + 1.0
        likely = lost + EVEN * lost.mean()
        half = (len(begins) + 1) // 2
        found: list[int] = rng.choice(begins, half, replace=False, p=likely / likely.sum()).tolist()
        return found[::-1]

    def _kinds(self, seconds: float) -> list[NeighbourhoodSize]:
        everybody = len(self._networks)
        whole_paths = stretch(self._networks) == self._days
        whole = [(min(size, everybody), self._days) for size in PEOPLE if whole_paths]
        spans = [days for days in SPANS if 2 * days < self._days]
        people = everybody
        # The shortest ones can always be afforded, with fewer people if need be.
        while spans and people > FEWEST and not self._soon((people, spans[0]), seconds):
            people = (people + 1) // 2
        some = [(people, days) for days in spans]
        sizes = {size for size in (*whole, *some) if self._soon(size, seconds)} | {*some[:1]}
        return sorted(sizes) or whole[:1] or [(everybody, 1)]

    def _expected(self, size: NeighbourhoodSize) -> list[float]:
        """What a first try is expected to bring, and the seconds."""
        shared = self._shared
        gap = (shared.cost - shared.bound) / shared.duties.scale
        gain = min(shared.duties.steepest, max(1.0, HOPED * gap))
        if size[1] == self._days:
            gain *= HOPED
        return [gain, self._seconds(size)]

    def _soon(self, size: NeighbourhoodSize, seconds: float) -> bool:
        return self._seconds(size) < LONGEST * seconds

    def _seconds(self, size: NeighbourhoodSize) -> float:
        """Whole paths take longer than what the program alone tells."""
        people, days = size
        seconds = repair_seconds(self._rows_a_day * days, people, days)
        return WHOLE * seconds if days == self._days else seconds
