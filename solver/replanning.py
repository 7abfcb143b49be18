"""Search by planning one person anew against all others, each time exactly but with noisy costs.

The noise stands in for a temperature: with much of it a person gets any good path, with none the
best one (perturb and maximise: Papandreou and Yuille, ICCV 2011). It falls while the search runs.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from solver.kernel import IMPOSSIBLE, Dice, Ints, own_cost, replan
from solver.tracks import Track

STEP = 4
"""How much a surcharge rises at first, in units of the priority's cost."""

LARGEST = 30_000_000
"""Values that one path may fill; longer horizons are planned anew in stretches."""

ROUNDS = 14
"""How often the surcharge of a total that is not kept is raised for one path."""

_LEVELS = (np.arange(4096) + 0.5) / 4096
NOISE = np.log(_LEVELS / (1 - _LEVELS)).astype(np.float32)
"""Draws from the logistic distribution, all equally likely."""


@dataclass(frozen=True)
class Duties:
    """What duties cost by the number of people on them, in path units."""

    first_price: Ints
    price: Ints
    scale: int
    """Path units for each unit of the priority's cost: noise and prices need the room."""

    def cost(self, heads: Ints) -> int:
        """What all duties cost."""
        return int(self.price[self.first_price[:-1] + heads].sum())


class Room:
    """Memory that paths are searched in; one for each thread."""

    def __init__(self, tracks: Sequence[Track], days: int) -> None:
        states = max(t.tables.follows.shape[0] for t in tracks)
        indices = max(t.tables.counts.shape[1] for t in tracks)
        width = max(t.tables.final_amount.shape[0] for t in tracks)
        classes = max(t.tables.symbol.shape[0] for t in tracks)
        options = max(len(t.tables.option_class) for t in tracks)
        horizon = len(tracks[0].options)
        self.days = max(1, min(days, horizon))
        self.value = np.empty((self.days + 1, states, indices, width), np.int32)
        self.low = np.empty((self.days + 1, states, indices), np.int32)
        self.high = np.empty((self.days + 1, states, indices), np.int32)
        self.class_cost = np.empty((self.days, classes), np.int32)
        self.class_option = np.empty((self.days, classes), np.int32)
        self.least = np.empty(self.days + 1, np.int32)
        self.most = np.empty(self.days + 1, np.int32)
        self.cost = np.empty(options, np.int32)
        self.before = np.empty(horizon, np.int32)


def stretch(tracks: Sequence[Track]) -> int:
    """How many days of a person are planned anew at once."""
    days = len(tracks[0].options)
    largest = max(track.size for track in tracks)
    if largest <= LARGEST:
        return days
    return max(14, days * LARGEST // largest // 7 * 7)


class Replanning:
    """A whole roster as everybody's path, made better one person at a time.

    `best` is the best roster found, as the options of each person's days, and `best_cost` what it
    costs in path units; None until everybody has a path.
    """

    def __init__(self, tracks: Sequence[Track], duties: Duties, seed: int) -> None:
        self.tracks = tracks
        self.duties = duties
        self.days = len(tracks[0].options)
        self.room = Room(tracks, stretch(tracks))
        self.dice: Dice = np.array([seed * 2654435761 + 88172645463325252], dtype=np.uint64)
        self.chosen = [np.zeros(self.days, np.int32) for _ in tracks]
        self.heads: Ints = np.zeros(len(duties.first_price) - 1, np.int32)
        self.own = [0] * len(tracks)
        self.surcharges = [np.zeros(len(t.extra.most), np.int64) for t in tracks]
        self.cost = 0
        self.best: list[Ints] | None = None
        self.best_cost = IMPOSSIBLE * 1000
        self.moves = 0
        self._random = np.random.default_rng(seed)

    def take(self, chosen: Sequence[Ints]) -> None:
        """Go on from a roster."""
        self.chosen = [np.array(c, np.int32) for c in chosen]
        self.heads[:] = 0
        for track, mine in zip(self.tracks, self.chosen, strict=True):
            for day, option in enumerate(mine):
                t = track.tables
                self.heads[t.duty[t.first_duty[option] : t.first_duty[option + 1]]] += 1
        self._settle()

    def begin(self, stop: Callable[[], bool]) -> bool:
        """Everybody's first path, one after another; false if somebody has none, or stopped."""
        for person in range(len(self.tracks)):
            if stop() or not self._first_path(person):
                return False
        self._settle()
        return True

    def anneal(
        self, seconds: float, hot: float, cold: float, stop: Callable[[], bool]
    ) -> None:
        """Plan people anew, over and over, while the noise falls from hot to cold.

        Args:
            seconds: how long.
            hot: the noise at first, in units of the priority's cost.
            cold: the noise at last.
            stop: asked between two people.
        """
        began = time.monotonic()
        order = np.arange(len(self.tracks))
        while True:
            self._random.shuffle(order)
            for person in order:
                gone = (time.monotonic() - began) / seconds
                if gone >= 1 or stop():
                    return
                self.move(int(person), hot * (cold / hot) ** gone)

    def move(self, person: int, heat: float) -> None:
        """Plan one person anew."""
        room = self.room
        first = 0
        if room.days < self.days:
            first = int(self._random.integers(-room.days // 2, self.days - room.days // 2))
            first = min(max(first, 0), self.days - room.days)
        change = self._replan(person, first, first + room.days, heat, anew=False)
        mine = own_cost(self.tracks[person].tables, self.chosen[person])
        self.cost += change + mine - self.own[person]
        self.own[person] = mine
        self.moves += 1
        if self.cost < self.best_cost:
            self.best_cost = self.cost
            self.best = [c.copy() for c in self.chosen]

    def _first_path(self, person: int) -> bool:
        return self._replan(person, 0, self.days, 0.0, anew=True) < IMPOSSIBLE

    def _replan(self, person: int, first: int, last: int, heat: float, *, anew: bool) -> int:
        room, track = self.room, self.tracks[person]
        return int(
            replan(
                track.tables,
                track.extra,
                self.surcharges[person],
                self.chosen[person],
                first,
                last,
                self.heads,
                self.duties.first_price,
                self.duties.price,
                heat * self.duties.scale,
                NOISE,
                ROUNDS,
                STEP * self.duties.scale,
                anew,
                room.cost,
                room.before,
                room.value,
                room.low,
                room.high,
                room.class_cost,
                room.class_option,
                room.least,
                room.most,
                self.dice,
            )
        )

    def _settle(self) -> None:
        self.own = [
            own_cost(t.tables, c) for t, c in zip(self.tracks, self.chosen, strict=True)
        ]
        self.cost = sum(self.own) + self.duties.cost(self.heads)
        if self.cost < self.best_cost:
            self.best_cost = self.cost
            self.best = [c.copy() for c in self.chosen]
