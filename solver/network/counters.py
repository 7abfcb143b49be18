"""Counters: totals and counts of periods, as resources along a person's path.

Small counters are joined into one index, the other part of a label's state beside the automaton's;
see Irnich and Desaulniers, Shortest path problems with resource constraints (2005).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from solver.arrays import Ints, Longs
from solver.network.daily_patterns import DailyPatterns, NoNetwork, ends
from solver.network.shortest_path import IMPOSSIBLE, INFINITE


@dataclass
class Counter:
    """A total or a count of periods, with its limits, and what breaking them costs."""

    base: int
    least: int | None
    most: int | None
    price: int | None
    amounts: dict[int, int] = field(default_factory=dict)
    """By stint."""
    by_day: dict[int, int] = field(default_factory=dict)
    automaton: int | None = None
    """The automaton whose gains it counts, where it counts periods."""
    values: Longs = field(default_factory=lambda: np.zeros(0, np.int64))
    """[option] -> what it adds to the base; empty where periods are counted."""
    highest: int = 0
    """The most that all days together add."""
    unit: int = 1
    """The greatest common divisor of all amounts: values are counted in it."""
    saturates: bool = True
    """Whether values that keep a lower limit are not told apart. The long total's are: a path whose
    value is beyond the last would be lost."""

    def count(self, options: DailyPatterns, days: int, stints: int) -> None:
        """Fill in `values`, `highest` and `unit` for some options.

        Raises:
            NoNetwork: an amount is below zero.
        """
        if self.automaton is not None:
            self.highest = len(self.by_day)
            return
        of_stint = np.zeros(stints, dtype=np.int64)
        of_stint[list(self.amounts)] = list(self.amounts.values())
        self.values = options.sums(of_stint)
        if self.by_day:
            of_day = np.zeros(days, dtype=np.int64)
            for day, amount in self.by_day.items():
                of_day[day] = amount
            self.values += of_day[options.day] * (options.lengths > 0)
        if (self.values < 0).any():
            raise NoNetwork("amounts below zero")
        first = options.first_of_days(days)
        self.highest = int(np.maximum.reduceat(self.values, first[:-1]).sum())
        self.unit = int(np.gcd.reduce(self.values)) or 1

    def in_full(self) -> "Counter":
        """Itself, with all of its values told apart from now on."""
        self.saturates = False
        return self

    @property
    def binds(self) -> bool:
        """Whether any work can break it."""
        return (self.most is not None and self.base + self.highest > self.most) or (
            self.least is not None and self.base < self.least
        )

    @property
    def size(self) -> int:
        """The number of values that must be distinguished."""
        top = self.highest
        if self.most is not None and self.price is None:
            top = min(top, self.most - self.base)
        if self.most is None and self.least is not None and self.saturates:
            top = min(top, max(0, self.least - self.base) + self.unit - 1)
        return top // self.unit + 1

    @property
    def dearest(self) -> int:
        """The most that it can cost at the end, where it has a price."""
        if self.price is None:
            return 0
        return max(self.cost(0), self.cost(self.size - 1))

    def cost(self, value: int) -> int:
        """What it costs at the end when it is `value` units above its base."""
        there = self.base + value * self.unit
        broken = 0
        if self.least is not None:
            broken += max(0, self.least - there)
        if self.most is not None:
            broken += max(0, there - self.most)
        if broken and self.price is None:
            return int(INFINITE)
        return broken * (self.price or 0)


def joint_increments(
    gains: Sequence[tuple[int, ...]], added: Longs, small: Sequence[Counter], sizes: Sequence[int]
) -> tuple[Ints, Ints]:
    """For each class and joint gain its joint increment, and where that leads from each index.

    Args:
        gains: [joint gain] -> what it adds to the count of each automaton.
        added: [class, small total] -> what it adds.
        small: the counters that are joined.
        sizes: how many values each of them has.
    """
    increments: dict[tuple[int, ...], int] = {}
    moves = np.zeros((len(added), len(gains)), dtype=np.int32)
    for k, row in enumerate(added.tolist()):
        for g, gain in enumerate(gains):
            own = iter(row)
            both = tuple(gain[c.automaton] if c.automaton is not None else next(own) for c in small)
            moves[k, g] = increments.setdefault(both, len(increments))
    whole = math.prod(sizes)
    counts = np.empty((len(increments), whole), dtype=np.int32)
    for both, number in increments.items():
        rest, after = np.arange(whole), np.zeros(whole, dtype=np.int64)
        lost = np.zeros(whole, dtype=bool)
        scale = 1
        for counter, size, more in zip(small, sizes, both, strict=True):
            value = rest % size + more
            rest //= size
            if counter.most is not None and counter.price is None:
                lost |= value >= size
            after += np.minimum(value, size - 1) * scale
            scale *= size
        counts[number] = np.where(lost, -1, after)
    return moves, counts


def final_counts(small: Sequence[Counter], sizes: Sequence[int]) -> Ints:
    """[index of counts] -> what the counters cost at the end."""
    whole = math.prod(sizes)
    found = np.zeros(whole, dtype=np.int32)
    for index in range(whole):
        rest, cost = index, 0
        for counter, size in zip(small, sizes, strict=True):
            cost += counter.cost(rest % size)
            rest //= size
        found[index] = min(cost, int(INFINITE))
    return found


def fullness_of(small: Sequence[Counter]) -> NDArray[np.float64]:
    """[index of counts] -> how full the fullest counter is, from 0 to 1."""
    found = np.zeros(math.prod(c.size for c in small))
    for index in range(len(found)):
        rest = index
        for counter in small:
            found[index] = max(found[index], rest % counter.size / max(1, counter.size - 1))
            rest //= counter.size
    return found


def backwards(counts: Ints) -> tuple[Ints, Ints]:
    """[joint increment, index] -> the indices from which it leads there, in CSR form."""
    moves, size = counts.shape
    move, index = np.nonzero(counts >= 0)
    there = move * size + counts[move, index]
    order = np.argsort(there, kind="stable")
    return ends(np.bincount(there, minlength=moves * size)), index[order].astype(np.int32)


def corridor(
    long: Counter | None, options: DailyPatterns, days: int
) -> tuple[Ints, Ints, Ints, Ints]:
    """The least and most that the long total may be before each day, the most that each day
    adds to it, and what each of its values costs at the end."""
    if long is None:
        zeros = np.zeros(days + 1, dtype=np.int32)
        return zeros, zeros, zeros[1:], np.zeros(1, dtype=np.int32)
    size = long.size
    finals = np.array(
        [min(long.cost(value), int(INFINITE)) for value in range(size)], dtype=np.int32
    )
    allowed = np.flatnonzero(finals < IMPOSSIBLE)
    if not len(allowed):
        raise NoNetwork("limits that nobody can keep")
    lowest, highest = int(allowed[0]), int(allowed[-1])
    first = options.first_of_days(days)[:-1]
    added = long.values // long.unit
    rise = np.maximum.reduceat(added, first).astype(np.int32)
    fall = np.minimum.reduceat(added, first)
    future_most = np.concatenate([np.cumsum(rise[::-1])[::-1], [0]])
    future_least = np.concatenate([np.cumsum(fall[::-1])[::-1], [0]])
    past_most = np.concatenate([[0], np.cumsum(rise)])
    least = np.maximum(0, lowest - future_most)
    most = np.minimum(np.minimum(highest - future_least, past_most), size - 1)
    return least.astype(np.int32), most.astype(np.int32), rise, finals
