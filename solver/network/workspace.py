"""The memory that paths are searched in, one for each thread."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from solver.arrays import Dice
from solver.network.networks import Track
from solver.network.shortest_path import Room
from solver.network.window_path import Frame

LARGEST = 30_000_000
"""Values that one path may fill; longer horizons are planned anew in stretches."""


SHORTEST = 28
"""Days of the shortest stretch."""


NEAR_WIDTH = 8, 1.5
"""How many values the long total may then have on a day, at the least; and for each unit that a
day's work adds to it at the most."""


def room_for(tracks: Sequence[Track], days: int, most_width: int = LARGEST) -> Room:
    """Room for paths of so many days; one for each thread."""
    states = max(t.tables.follows.shape[0] for t in tracks)
    indices = max(t.tables.counts.shape[1] for t in tracks)
    classes = max(t.tables.symbol.shape[0] for t in tracks)
    options = max(len(t.tables.option_class) for t in tracks)
    horizon = tracks[0].days
    days = max(1, min(days, horizon))
    width = min(most_width, max(t.width(days) for t in tracks))
    return Room(
        cost=np.empty(options, np.int32),
        value=np.empty((days + 1, states, indices, width), np.int32),
        low=np.empty((days + 1, states, indices), np.int32),
        high=np.empty((days + 1, states, indices), np.int32),
        class_cost=np.empty((days, classes), np.int32),
        class_option=np.empty((days, classes), np.int32),
        least=np.empty(days + 1, np.int32),
        most=np.empty(days + 1, np.int32),
        before=np.empty(horizon, np.int32),
    )


def frame_for(tracks: Sequence[Track]) -> Frame:
    """A frame for any of some tracks."""
    states = max(t.tables.follows.shape[0] for t in tracks)
    indices = max(t.tables.counts.shape[1] for t in tracks)
    return Frame(
        at=np.zeros(5, np.int64),
        rest=np.empty((states, indices), np.int32),
        merged=np.empty((states, indices), np.int32),
        elsewhere=np.zeros(max(len(t.extra.most) for t in tracks), np.int64),
        walk=np.zeros(4, np.int64),
    )


def stretch(tracks: Sequence[Track]) -> int:
    """How many days of a person are planned anew at once."""
    days = tracks[0].days
    while days > SHORTEST and max(track.room(days) for track in tracks) > LARGEST:
        days = max(SHORTEST, days // 14 * 7)
    return days


class Desk:
    """One thread's room, and its dice."""

    def __init__(self, tracks: Sequence[Track], seed: int, days: int) -> None:
        self.room = room_for(tracks, days)
        self.frame = frame_for(tracks)
        self.dice: Dice = np.array([seed * 2654435761 + 88172645463325252], dtype=np.uint64)
        self.random = np.random.default_rng(seed)
        self._tracks = tracks
        least, each = NEAR_WIDTH
        most = max(int(t.tables.amount.max()) for t in tracks)
        self.near_width = max(least, round(each * most))

    @cached_property
    def long(self) -> Room:
        """For paths over all days whose long total stays near what it is."""
        return room_for(self._tracks, self._tracks[0].days, self.near_width)
