"""Roster networks: each person's days as a shortest path with resource constraints (SPPRC)."""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from solver.arrays import Ints
from solver.network.shortest_path import Extra, PathTables, excess


@dataclass
class RosterNetwork:
    """One person's days as a network, whose paths are their possible rosters."""

    person: int
    tables: PathTables
    extra: Extra
    fullness: NDArray[np.float64]
    """[index of counts] -> how full the fullest count is, from 0 to 1."""
    exact: bool
    """Whether every path keeps all rules; if not, surcharges are raised until a path does."""
    counters: int
    """How many counters the index of counts joins."""
    _labels: dict[int, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Labels that a search over all days fills at most."""
        return self.labels(self.days)

    @property
    def days(self) -> int:
        """Of the horizon."""
        return len(self.tables.first_option) - 1

    def option_of(self, day: int, duties: Collection[int]) -> int | None:
        """The option of a day with exactly these duties."""
        if len(duties) < 2:
            of_duty, off = self._simple
            return off.get(day) if not duties else of_duty.get(next(iter(duties)))
        t = self.tables
        for option in range(t.first_option[day], t.first_option[day + 1]):
            if set(t.duty[t.first_duty[option] : t.first_duty[option + 1]].tolist()) == {*duties}:
                return option
        return None

    def outside(self, path: Ints) -> int:
        """How far the extra totals are outside their limits, added up."""
        nothing = np.zeros(len(self.extra.most), np.int64)
        return int(excess(self.extra, path, 0, self.days, nothing, nothing.copy()))

    @cached_property
    def _simple(self) -> tuple[dict[int, int], dict[int, int]]:
        """The options with one duty, by duty, and those with none, by day."""
        t = self.tables
        lengths = np.diff(t.first_duty)
        one, none = np.flatnonzero(lengths == 1), np.flatnonzero(lengths == 0)
        days = np.searchsorted(t.first_option, none, side="right") - 1
        duties = t.duty[t.first_duty[:-1][one]]
        return (
            dict(zip(duties.tolist(), one.tolist(), strict=True)),
            dict(zip(days.tolist(), none.tolist(), strict=True)),
        )

    def labels(self, days: int) -> int:
        """Labels that a search over a number of days fills at most."""
        if days not in self._labels:
            self._labels[days] = self._labels_over(days)
        return self._labels[days]

    def _labels_over(self, days: int) -> int:
        t = self.tables
        return int((days + 1) * t.follows.shape[0] * t.counts.shape[1] * self.width(days))

    def width(self, days: int) -> int:
        """How many values the long total can have in a number of days, at most."""
        rising = np.convolve(self.tables.rise, np.ones(days, np.int64), "valid").max()
        return min(int(rising) + 1, int(self.tables.final_amount.shape[0]))
