"""Neighbourhood selection: how many people and how many days are destroyed next, and since when.

The size of a neighbourhood is drawn by learnt weights, its gain per second, as operators are in
adaptive large neighbourhood search (Ropke and Pisinger, Transportation Science 40, 2006).
"""

from collections.abc import Sequence

import numpy as np

from solver.colgen.column_pool import Span, duties_between
from solver.colgen.incumbent import Incumbent
from solver.lns.params import SelectionParams
from solver.network.networks import RosterNetwork
from solver.network.params import WorkspaceParams
from solver.network.shortest_path import add_headcounts
from solver.network.workspace import window_days

SECONDS_OF_COLUMN_GENERATION = 3.5e-8
"""Seconds that column generation takes for each row times row times person times day, roughly: a
measured figure, by which neighbourhoods that take too long are ruled out."""

NeighbourhoodSize = tuple[int, int]
"""A number of people, and a number of days."""


def rows_of(networks: Sequence[RosterNetwork]) -> int:
    """The number of duties that anybody can have: the duty rows of the master over everybody."""
    return len(np.unique(np.concatenate([n.tables.duty for n in networks])))


def column_generation_seconds(rows: float, people: int, days: int) -> float:
    """How long column generation takes for a master of some size, roughly."""
    return SECONDS_OF_COLUMN_GENERATION * rows * rows * people * days


class NeighbourhoodSelection:
    """The sizes of neighbourhoods, and what each gained for its time; shared by threads."""

    def __init__(
        self,
        incumbent: Incumbent,
        seconds: float,
        params: SelectionParams,
        workspace: WorkspaceParams,
    ) -> None:
        """`seconds` is how long the search may take; `workspace` limits whole paths."""
        self._shared = incumbent
        self._params = params
        self._networks = incumbent.networks
        self._days = self._networks[0].days
        self._has_whole_paths = window_days(self._networks, workspace) == self._days
        self._rows_a_day = rows_of(self._networks) / self._days
        self._day_of = np.zeros(incumbent.duties.duties, np.int64)
        """[duty] -> day."""
        for network in self._networks:
            for day in range(self._days):
                self._day_of[duties_between(network.tables, day, day + 1)] = day
        self._begins: dict[int, list[int]] = {}
        """[days] -> first days of windows of that length that are still to come in this round."""
        self._gain_and_time = {size: self._expected(size) for size in self._sizes(seconds)}
        """What each size gained, in units of the priority's cost, and the seconds it took."""

    @property
    def has_windows(self) -> bool:
        """Whether there are neighbourhoods of some days only."""
        return any(days < self._days for _, days in self._gain_and_time)

    def add_everybody(self) -> None:
        """Add the neighbourhood of everybody with all days."""
        with self._shared.lock:
            # What was expected before there was a bound may be far too much.
            for size in (*self._gain_and_time, (len(self._networks), self._days)):
                self._gain_and_time[size] = self._expected(size)

    def choose(self, rng: np.random.Generator) -> NeighbourhoodSize:
        """Draw a size, the likelier the more it gained for its time."""
        with self._shared.lock:
            known = list(self._gain_and_time.items())
        prior = self._params.prior
        weights = np.array([(gain + prior) / (seconds + prior) for _, (gain, seconds) in known])
        weights **= self._params.exponent
        return known[int(rng.choice(len(known), p=weights / weights.sum()))][0]

    def learn(self, size: NeighbourhoodSize, gain: float, seconds: float) -> None:
        """A try of a size gained this much, in units of the priority's cost, in some seconds."""
        forgetting = self._params.forgetting
        with self._shared.lock:
            before = self._gain_and_time[size]
            self._gain_and_time[size] = [
                forgetting * before[0] + gain,
                forgetting * before[1] + seconds,
            ]

    def place(self, rng: np.random.Generator, size: NeighbourhoodSize) -> tuple[list[int], Span]:
        """The people and the window of a neighbourhood of some size."""
        number, days = size
        people = rng.choice(len(self._networks), number, replace=False)
        with self._shared.lock:
            if not self._begins.get(days):
                self._begins[days] = self._round(rng, days)
            first = self._begins[days].pop()
        return sorted(people.tolist()), (first, first + days)

    def _round(self, rng: np.random.Generator, days: int) -> list[int]:
        """First days of windows side by side: half of them, drawn by what there is to gain."""
        if days == self._days:
            return [0]
        shared = self._shared
        assert shared.best is not None
        headcounts = shared.duties.nobody()
        for network, path in zip(self._networks, shared.best, strict=True):
            add_headcounts(network.tables, path, headcounts)
        lost_on = np.bincount(self._day_of, shared.duties.lost(headcounts), minlength=self._days)
        upto = np.concatenate([[0], np.cumsum(lost_on)])
        begins = np.arange(-int(rng.integers(days)), self._days - days // 2, days)
        begins = np.clip(begins, 0, self._days - days)
        lost = upto[begins + days] - upto[begins] + 1.0
        likely = lost + self._params.even * lost.mean()
        half = (len(begins) + 1) // 2
        found: list[int] = rng.choice(begins, half, replace=False, p=likely / likely.sum()).tolist()
        return found[::-1]

    def _sizes(self, seconds: float) -> list[NeighbourhoodSize]:
        """The sizes that can be repaired in time."""
        params, everybody = self._params, len(self._networks)
        whole = [
            (min(size, everybody), self._days) for size in params.people if self._has_whole_paths
        ]
        spans = [days for days in params.spans if 2 * days < self._days]
        people = everybody
        # The shortest windows can always be afforded, with fewer people if need be.
        while (
            spans and people > params.fewest_people and not self._soon((people, spans[0]), seconds)
        ):
            people = (people + 1) // 2
        windows = [(people, days) for days in spans]
        sizes = {size for size in (*whole, *windows) if self._soon(size, seconds)} | {*windows[:1]}
        return sorted(sizes) or whole[:1] or [(everybody, 1)]

    def _expected(self, size: NeighbourhoodSize) -> list[float]:
        """What a first try is expected to gain, and its seconds."""
        shared, hoped = self._shared, self._params.hoped
        gap = (shared.cost - shared.bound) / shared.duties.scale
        gain = min(shared.duties.steepest, max(1.0, hoped * gap))
        if size[1] == self._days:
            gain *= hoped
        return [gain, self._seconds(size)]

    def _soon(self, size: NeighbourhoodSize, seconds: float) -> bool:
        return self._seconds(size) < self._params.longest * seconds

    def _seconds(self, size: NeighbourhoodSize) -> float:
        people, days = size
        seconds = column_generation_seconds(self._rows_a_day * days, people, days)
        return self._params.whole_factor * seconds if days == self._days else seconds
