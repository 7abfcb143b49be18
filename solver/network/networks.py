"""Networks: each person's shortest path, made from the shapes of their rules."""

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.facts.duties import Stint
from models.facts.facts import Facts
from solver.arrays import Ints, Longs
from solver.language.shapes import CellCost, Personal, Total, Touched
from solver.network.automaton import Automaton, automaton_of
from solver.network.daily_patterns import DailyPatterns, NoNetwork, ends, options_of
from solver.network.product_automaton import Alphabet, Product, explore
from solver.network.shape_collector import PricedBreach, ShapeCollector
from solver.network.shortest_path import IMPOSSIBLE, INFINITE, Extra, PathTables, excess

MOST_INDEX = 128
"""Joint values of all small counts that are part of the path; other totals are paid for."""

MOST_LONG = 20_000
"""Values of the long total."""

Charged = Callable[[PricedBreach], int | None]
"""What a unit of breach costs in the path's units; None where there must be none."""


@dataclass
class RosterNetwork:
    """One person's days as a shortest path."""

    person: int
    tables: PathTables
    extra: Extra
    fullness: NDArray[np.float64]
    """How full the fullest count is at each index of counts, from 0 to 1."""
    exact: bool
    """Whether the path keeps all rules by itself; if not, some totals are paid for until kept."""
    counters: int
    """How many counts the index of counts stands for."""
    _labels: dict[int, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Values that a search over all days fills at the most."""
        return self.labels(self.days)

    @property
    def days(self) -> int:
        """Of the horizon."""
        return len(self.tables.first_option) - 1

    def option_of(self, day: int, duties: Collection[int]) -> int | None:
        """The option of a day that has just these duties."""
        if len(duties) < 2:
            of_duty, off = self._simple
            return off.get(day) if not duties else of_duty.get(next(iter(duties)))
        t = self.tables
        for option in range(t.first_option[day], t.first_option[day + 1]):
            if set(t.duty[t.first_duty[option] : t.first_duty[option + 1]].tolist()) == {*duties}:
                return option
        return None

    def outside(self, path: Ints) -> int:
        """How far the totals that are paid for are outside their limits, in all."""
        nothing = np.zeros(len(self.extra.most), np.int64)
        return int(excess(self.extra, path, 0, self.days, nothing, nothing.copy()))

    @cached_property
    def _simple(self) -> tuple[dict[int, int], dict[int, int]]:
        """The options of one duty, by duty, and those of none, by day."""
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
        """The same over some days only."""
        if days not in self._labels:
            self._labels[days] = self._labels_over(days)
        return self._labels[days]

    def _labels_over(self, days: int) -> int:
        t = self.tables
        return int((days + 1) * t.follows.shape[0] * t.counts.shape[1] * self.width(days))

    def width(self, days: int) -> int:
        """How many values the long total can have in some days, at the most."""
        rising = np.convolve(self.tables.rise, np.ones(days, np.int64), "valid").max()
        return min(int(rising) + 1, int(self.tables.final_amount.shape[0]))


@dataclass
class _Counter:
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
    """What each option adds, without the base; nothing where periods are counted."""
    highest: int = 0
    unit: int = 1

    def count(self, options: DailyPatterns, days: int, stints: int) -> None:
        """Reckons what each option adds, the most that all days add, and in what units.

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

    @property
    def binds(self) -> bool:
        """Whether any work can break it."""
        return (self.most is not None and self.base + self.highest > self.most) or (
            self.least is not None and self.base < self.least
        )

    @property
    def size(self) -> int:
        """How many values must be told apart."""
        top = self.highest
        if self.most is not None and self.price is None:
            top = min(top, self.most - self.base)
        if self.most is None and self.least is not None:
            top = min(top, max(0, self.least - self.base) + self.unit - 1)
        return top // self.unit + 1

    def cost(self, value: int) -> int:
        """What it costs at the end with so many units above its base."""
        there = self.base + value * self.unit
        broken = 0
        if self.least is not None:
            broken += max(0, self.least - there)
        if self.most is not None:
            broken += max(0, there - self.most)
        if broken and self.price is None:
            return int(INFINITE)
        return broken * (self.price or 0)


class NetworkBuilder:
    """Builds everybody's network from a collector.

    Args:
        facts: the problem's.
        collector: the shapes of all rules.
        charged: what a unit of a rule's breach costs in the path's units.
        most_index: joint values of small counts that may be part of a path.

    Raises:
        NoNetwork: from `network`, where one person's rules are too much.
    """

    def __init__(
        self,
        facts: Facts,
        collector: ShapeCollector,
        charged: Charged,
        most_index: int = MOST_INDEX,
    ) -> None:
        self._facts = facts
        self._collector = collector
        self._charged = charged
        self._most_index = most_index
        self._days = len(facts.days)
        self._symbols = Alphabet(self._days, facts.stints)
        self._products: dict[Hashable, Product] = {}
        self._day_of: dict[frozenset[int], int] = {}
        """Of sets of stints of which one is worked at most."""
        self._duty_of = np.array([s.duty for s in facts.stints], dtype=np.int32)

    def all(self) -> list[RosterNetwork]:
        """Everybody's network, in order."""
        return [self.network(person.number) for person in self._facts.staff]

    def network(self, person: int) -> RosterNetwork:
        """One person's network."""
        stints = self._collector.stints_of(person)
        automata: list[Automaton] = []
        prices: list[int | None] = []
        counters: list[_Counter] = []
        cells: list[tuple[CellCost, int | None]] = []
        for shape, price in self._collector.personal.get(person, ()):
            self._take(shape, self._charged(price), stints, automata, prices, counters, cells)
        options = self._all_options(person, stints)
        cost = self._costs(options, cells)
        if any(price is None for _, price in cells):
            allowed = cost < IMPOSSIBLE
            options, cost = options.only(allowed), cost[allowed]
        if (np.bincount(options.day, minlength=self._days) == 0).any():
            raise NoNetwork("a day that cannot be spent in any way")
        for counter in counters:
            counter.count(options, self._days, len(self._duty_of))
        long, small, paid = self._share_out([c for c in counters if c.binds])
        family = tuple(automaton.family() for automaton in automata)
        symbols = self._symbols.of(family, automata, options)
        key = (family, tuple(automaton.key() for automaton in automata), tuple(prices))
        product = self._product(key, family, automata, prices)
        classes, option_class = _classes(
            [
                product.merged[symbols].astype(np.int64),
                np.zeros(len(options), np.int64) if long is None else long.values // long.unit,
                *(c.values // c.unit for c in small if c.automaton is None),
            ]
        )
        tables = self._tables(product, classes, small, long, options, option_class, cost)
        return RosterNetwork(
            person, tables, self._extra(paid, options), _fullness(small), not paid, len(small)
        )

    # ------------------------------------------------------------------ what the shapes say

    def _take(
        self,
        shape: Personal,
        price: int | None,
        stints: Sequence[Stint],
        automata: list[Automaton],
        prices: list[int | None],
        counters: list[_Counter],
        cells: list[tuple[CellCost, int | None]],
    ) -> None:
        if isinstance(shape, CellCost):
            cells.append((shape, price))
            return
        automaton = automaton_of(shape, stints)
        if automaton is not None:
            automata.append(automaton)
            prices.append(price)
        if isinstance(shape, Touched):
            if shape.most is None and shape.least is None:
                return
            counters.append(
                _Counter(
                    shape.base,
                    shape.least,
                    shape.most,
                    price,
                    by_day={min(period): 1 for period in shape.periods},
                    automaton=len(automata) - 1,
                )
            )
        elif isinstance(shape, Total):
            counters.append(
                _Counter(shape.base, shape.least, shape.most, price, shape.amounts, shape.by_day)
            )

    def _all_options(self, person: int, stints: Sequence[Stint]) -> DailyPatterns:
        """The ways to spend each day, but for what is settled and for what excludes itself."""
        settled = self._collector.settled
        open_ = [s for s in stints if settled.get((person, s.duty)) != 0]
        pinned = frozenset(s.number for s in open_ if settled.get((person, s.duty)) == 1)
        cliques: dict[int, list[frozenset[int]]] = defaultdict(list)
        for clique in self._collector.exclusive_stints.get(person, ()):
            if clique not in self._day_of:
                days = {self._facts.stints[number].day for number in clique}
                if len(days) > 1:
                    raise NoNetwork("work that runs into the next day's")
                self._day_of[clique] = days.pop()
            cliques[self._day_of[clique]].append(clique)
        return options_of(self._days, open_, cliques, pinned)

    def _share_out(
        self, counters: list[_Counter]
    ) -> tuple[_Counter | None, list[_Counter], list[_Counter]]:
        """The one long total, the counts that fit in the index, and those to be paid for."""
        # A price cannot be paid for with surcharges, and what must be reached as well as kept is
        # the hardest to keep by them.
        totals = sorted(
            (c for c in counters if c.automaton is None),
            key=lambda c: (c.price is None, c.least is None or c.least <= c.base, -c.size),
        )
        long = totals[0] if totals else None
        if long is not None and long.size > MOST_LONG:
            raise NoNetwork("a total with too many values")
        small = [c for c in counters if c.automaton is not None]
        size = math.prod(c.size for c in small)
        paid = []
        for counter in sorted(totals[1:], key=lambda c: c.size):
            if size * counter.size <= self._most_index:
                small.append(counter)
                size *= counter.size
            elif counter.price is None:
                paid.append(counter)
            else:
                raise NoNetwork("too many totals with a price")
        if size > 50 * self._most_index:
            raise NoNetwork("too many periods to count")
        return long, small, paid

    def _costs(self, options: DailyPatterns, cells: Sequence[tuple[CellCost, int | None]]) -> Longs:
        """What the cells say that each option costs."""
        of_stint = np.zeros(len(self._duty_of), dtype=np.int64)
        first = options.first_of_days(self._days)
        more = np.zeros(len(options), dtype=np.int64)
        for cell, price in cells:
            cost = int(INFINITE) if price is None else price * cell.amount
            if not cell.wanted and len(cell.stints) == 1:
                of_stint[next(iter(cell.stints))] += cost
                continue
            days = {self._facts.stints[n].day for n in cell.stints}
            if len(days) > 1:
                raise NoNetwork("a wish about several days at once")
            for day in days:
                a, b = int(first[day]), int(first[day + 1])
                upto, beyond = options.first[a], options.first[b]
                held = np.isin(options.stints[upto:beyond], list(cell.stints))
                works = np.zeros(b - a, dtype=bool)
                works[options.owner[upto:beyond][held] - a] = True
                more[a:b] += cost * (works != cell.wanted)
        whole: Longs = np.minimum(options.sums(of_stint) + more, int(INFINITE))
        return whole

    # ------------------------------------------------------------------ putting it together

    def _product(
        self,
        key: Hashable,
        family: Hashable,
        automata: Sequence[Automaton],
        prices: Sequence[int | None],
    ) -> Product:
        alphabet = list(self._symbols.alphabets[family])
        known = (key, len(alphabet))
        if known not in self._products:
            self._products[known] = explore(automata, prices, alphabet)
        return self._products[known]

    def _tables(
        self,
        product: Product,
        classes: Longs,
        small: list[_Counter],
        long: _Counter | None,
        options: DailyPatterns,
        option_class: Ints,
        cost: Longs,
    ) -> PathTables:
        sizes = [c.size for c in small]
        moves, counts = _joint(product.gains, classes[:, 2:], small, sizes)
        uncounts, before = _backwards(counts)
        least, most, rise, finals = self._corridor(long, options)
        return PathTables(
            product.follows,
            product.charge,
            product.gain,
            product.back_first,
            product.back,
            moves,
            counts,
            uncounts,
            before,
            classes[:, 0].astype(np.int32),
            classes[:, 1].astype(np.int32),
            options.first_of_days(self._days),
            option_class,
            cost.astype(np.int32),
            options.first,
            self._duty_of[options.stints],
            np.zeros(product.follows.shape[0], dtype=np.int32),
            _final_counts(small, sizes),
            finals,
            least,
            most,
            rise,
            np.zeros(self._days + 1, dtype=np.int32),
            np.full(self._days + 1, counts.shape[1] - 1, dtype=np.int32),
            np.zeros(3, dtype=np.int32),
        )

    def _corridor(
        self, long: _Counter | None, options: DailyPatterns
    ) -> tuple[Ints, Ints, Ints, Ints]:
        """Between what the long total lies before each day, the most that each day adds to it, and
        what its end costs."""
        if long is None:
            zeros = np.zeros(self._days + 1, dtype=np.int32)
            return zeros, zeros, zeros[1:], np.zeros(1, dtype=np.int32)
        size = long.size
        finals = np.array(
            [min(long.cost(value), int(INFINITE)) for value in range(size)], dtype=np.int32
        )
        allowed = np.flatnonzero(finals < IMPOSSIBLE)
        if not len(allowed):
            raise NoNetwork("limits that nobody can keep")
        lowest, highest = int(allowed[0]), int(allowed[-1])
        first = options.first_of_days(self._days)[:-1]
        added = long.values // long.unit
        rise = np.maximum.reduceat(added, first).astype(np.int32)
        fall = np.minimum.reduceat(added, first)
        future_most = np.concatenate([np.cumsum(rise[::-1])[::-1], [0]])
        future_least = np.concatenate([np.cumsum(fall[::-1])[::-1], [0]])
        past_most = np.concatenate([[0], np.cumsum(rise)])
        least = np.maximum(0, lowest - future_most)
        most = np.minimum(np.minimum(highest - future_least, past_most), size - 1)
        return least.astype(np.int32), most.astype(np.int32), rise, finals

    def _extra(self, paid: list[_Counter], options: DailyPatterns) -> Extra:
        entries = []  # (option, total, amount)
        for number, counter in enumerate(paid):
            some = np.flatnonzero(counter.values)
            entries.append(
                np.stack([some, np.full(len(some), number), counter.values[some]], axis=1)
            )
        table = np.concatenate([np.zeros((0, 3), np.int64), *entries])
        table = table[np.argsort(table[:, 0], kind="stable")]
        first = ends(np.bincount(table[:, 0], minlength=len(options)))
        top = 2**30
        return Extra(
            np.array([-top if c.least is None else c.least - c.base for c in paid], dtype=np.int32),
            np.array([top if c.most is None else c.most - c.base for c in paid], dtype=np.int32),
            first,
            table[:, 1].astype(np.int32),
            table[:, 2].astype(np.int32),
        )


def _classes(columns: Sequence[Longs]) -> tuple[Longs, Ints]:
    """The different rows of some columns, and for each row which of them it is."""
    place = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        # So few values that it is quicker to mark those that occur than to sort them.
        value = place * (int(column.max()) + 1) + column
        occurs = np.zeros(int(value.max()) + 1, dtype=bool)
        occurs[value] = True
        place = (np.cumsum(occurs) - 1)[value]
    shown = np.zeros(int(place.max()) + 1, dtype=np.int64)
    shown[place] = np.arange(len(place))
    return np.stack([column[shown] for column in columns], axis=1), place.astype(np.int32)


def _joint(
    gains: list[tuple[int, ...]], added: Longs, small: list[_Counter], sizes: list[int]
) -> tuple[Ints, Ints]:
    """For each class and gain a joint increment, and where each leads from each index.

    `added` is what each class adds to those of the small counts that are totals.
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


def _final_counts(small: list[_Counter], sizes: list[int]) -> Ints:
    whole = math.prod(sizes)
    found = np.zeros(whole, dtype=np.int32)
    for index in range(whole):
        rest, cost = index, 0
        for counter, size in zip(small, sizes, strict=True):
            cost += counter.cost(rest % size)
            rest //= size
        found[index] = min(cost, int(INFINITE))
    return found


def _fullness(small: list[_Counter]) -> NDArray[np.float64]:
    found = np.zeros(math.prod(c.size for c in small))
    for index in range(len(found)):
        rest = index
        for counter in small:
            found[index] = max(found[index], rest % counter.size / max(1, counter.size - 1))
            rest //= counter.size
    return found


def _backwards(counts: Ints) -> tuple[Ints, Ints]:
    """For each joint increment and index, from where it leads there."""
    moves, size = counts.shape
    move, index = np.nonzero(counts >= 0)
    there = move * size + counts[move, index]
    order = np.argsort(there, kind="stable")
    return ends(np.bincount(there, minlength=moves * size)), index[order].astype(np.int32)
