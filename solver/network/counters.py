"""Counters: totals and counts of periods, as resources along a person's path.

Small counters are joined into one index, the other part of a label's state beside the automaton's;
see Irnich and Desaulniers, Shortest path problems with resource constraints (2005).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from solver.arrays import Ints, Longs
from solver.network.daily_patterns import DailyPatterns, NoNetwork, ends
from solver.network.params import NetworkParams
from solver.network.shortest_path import IMPOSSIBLE, INFINITE


@dataclass(frozen=True)
class Limit:
    """What one rule says of a counter: its limits, and what breaking them costs."""

    base: int
    """Where the rule begins to count."""
    least: int | None
    most: int | None
    price: int | None
    """Of each unit of breach; None where there must be none."""
    over: int = 1
    under: int = 1

    def broken(self, counted: int) -> int:
        """The amount of breach if a number is counted above the base."""
        there = self.base + counted
        short = 0 if self.least is None else max(0, self.least - there)
        beyond = 0 if self.most is None else max(0, there - self.most)
        return self.under * short + self.over * beyond


@dataclass
class Counter:
    """A total or a count of periods, with the limits that rules have for it."""

    limits: list[Limit]
    amounts: dict[int, int] = field(default_factory=dict)
    """By stint."""
    by_day: dict[int, int] = field(default_factory=dict)
    days_count_once: bool = False
    """Whether a day adds at most 1, however many amounts it has."""
    automaton: int | None = None
    """The automaton whose gains it counts, where it counts periods of several days."""
    values: Longs = field(default_factory=lambda: np.zeros(0, np.int64))
    """[option] -> what it adds; empty where periods of several days are counted."""
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
        if self.days_count_once:
            self.values = np.minimum(self.values, 1)
        first = options.first_of_days(days)
        self.highest = int(np.maximum.reduceat(self.values, first[:-1]).sum())
        self.unit = int(np.gcd.reduce(self.values)) or 1

    def in_full(self) -> "Counter":
        """Itself, with all of its values told apart from now on."""
        self.saturates = False
        return self

    @property
    def counts_periods(self) -> bool:
        """Whether it counts periods, be they days."""
        return self.automaton is not None or self.days_count_once

    @property
    def must_hold(self) -> bool:
        """Whether all of its limits must hold."""
        return all(limit.price is None for limit in self.limits)

    @property
    def binds(self) -> bool:
        """Whether any work can break it."""
        return any(limit.broken(0) or limit.broken(self.highest) for limit in self.limits)

    @property
    def least(self) -> int | None:
        """The most that a lower limit asks for, if there is any."""
        return max((x.least - x.base for x in self.limits if x.least is not None), default=None)

    def most(self, *, must: bool = False) -> int | None:
        """The least that an upper limit allows, if there is any; of those that must hold only."""
        limits = [x for x in self.limits if x.price is None or not must]
        return min((x.most - x.base for x in limits if x.most is not None), default=None)

    @property
    def size(self) -> int:
        """The number of values that must be distinguished."""
        top, most = self.highest, self.most(must=True)
        if most is not None:
            top = min(top, most)
        elif self.most() is None and self.least is not None and self.saturates:
            top = min(top, max(0, self.least) + self.unit - 1)
        return top // self.unit + 1

    @property
    def dearest(self) -> int:
        """The most that it can cost at the end, as far as its limits have prices."""
        priced = [limit for limit in self.limits if limit.price is not None]
        return max(
            sum(x.broken(value * self.unit) * (x.price or 0) for x in priced)
            for value in (0, max(0, self.size - 1))
        )

    def cost(self, value: int) -> int:
        """What it costs at the end when it is `value` units above its base."""
        cost = 0
        for limit in self.limits:
            broken = limit.broken(value * self.unit)
            if broken and limit.price is None:
                return int(INFINITE)
            cost += broken * (limit.price or 0)
        return cost


def merged(counters: Sequence[Counter]) -> list[Counter]:
    """The counters that bind, those that always hold the same number as one."""
    found: dict[tuple[int | None, bytes, bool], Counter] = {}
    for counter in counters:
        if not counter.binds:
            continue
        key = (counter.automaton, counter.values.tobytes(), counter.days_count_once)
        if key in found:
            found[key].limits += counter.limits
        else:
            found[key] = replace(counter, limits=[*counter.limits])
    return list(found.values())


def share_out(
    counters: Sequence[Counter], params: NetworkParams
) -> tuple[Counter | None, list[Counter], list[Counter]]:
    """The long total, the counters that fit into the index, and those that surcharges keep.

    Raises:
        NoNetwork: there are more than fit.
    """
    # Surcharges cannot stand for a price, and they keep a lower limit less easily than an
    # upper one.
    totals = sorted(
        (c for c in counters if c.automaton is None),
        key=lambda c: (
            c.counts_periods,
            c.must_hold,
            c.least is None or c.least <= 0,
            -c.size,
        ),
    )
    long = totals[0] if totals else None
    if long is not None and long.in_full().size > params.most_long:
        raise NoNetwork("a total with too many values")
    small = [c for c in counters if c.counts_periods and c is not long]
    size = math.prod(c.size for c in small)
    paid = []
    for counter in sorted(totals[1:], key=lambda c: c.size):
        if counter.counts_periods:
            continue
        if size * counter.size <= params.most_index:
            small.append(counter)
            size *= counter.size
        elif counter.must_hold:
            paid.append(counter)
        else:
            raise NoNetwork("too many totals with a price")
    if size > params.period_factor * params.most_index:
        raise NoNetwork("too many periods to count")
    return long, small, paid


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
            if counter.most(must=True) is not None:
                lost |= value >= size
            after += np.minimum(value, size - 1) * scale
            scale *= size
        counts[number] = np.where(lost, -1, after)
    return moves, counts


def final_counts(small: Sequence[Counter], sizes: Sequence[int]) -> Ints:
    """[index of counts] -> what the counters cost at the end."""
    rest = np.arange(math.prod(sizes))
    found = np.zeros(len(rest), dtype=np.int64)
    for counter, size in zip(small, sizes, strict=True):
        found += np.array([counter.cost(value) for value in range(size)], np.int64)[rest % size]
        rest //= size
    return np.minimum(found, INFINITE).astype(np.int32)


def fullness_of(small: Sequence[Counter]) -> NDArray[np.float64]:
    """[index of counts] -> how full the fullest counter is, from 0 to 1."""
    rest = np.arange(math.prod(c.size for c in small))
    found = np.zeros(len(rest))
    for counter in small:
        found = np.maximum(found, rest % counter.size / max(1, counter.size - 1))
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
