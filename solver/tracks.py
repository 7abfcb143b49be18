"""Tracks: each person's shortest path, made from the shapes of their rules."""

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from models.duties import Stint
from models.facts import Facts
from solver.automaton import Memory, memory_of
from solver.kernel import IMPOSSIBLE, INFINITE, Extra, Ints, Tables
from solver.products import Product, Symbols, explore
from solver.shapes import Cell, Personal, Total, Touched
from solver.sketch import Price, Sketch

MOST_OPTIONS = 64
"""Ways to spend one day; a person with more has no track."""

MOST_INDEX = 64
"""Joint values of all small counts that are part of the path; other totals are paid for."""

MOST_LONG = 20_000
"""Values of the long total."""

Charged = Callable[[Price], int | None]
"""What a unit of breach costs in the path's units; None where there must be none."""


class NoTrack(Exception):
    """A person's rules are too much for a shortest path."""


@dataclass
class Track:
    """One person's days as a shortest path."""

    person: int
    tables: Tables
    extra: Extra
    options: list[tuple[tuple[int, ...], ...]]
    """[day] -> the duties of each of its options."""
    fullness: NDArray[np.float64]
    """How full the fullest count is at each index of counts, from 0 to 1."""
    exact: bool
    """Whether the path keeps all rules by itself; if not, some totals are paid for until kept."""
    _rooms: dict[int, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Values that a search over all days fills at the most."""
        return self.room(len(self.options))

    def room(self, days: int) -> int:
        """The same over some days only."""
        if days not in self._rooms:
            self._rooms[days] = self._room(days)
        return self._rooms[days]

    def _room(self, days: int) -> int:
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
    memory: int | None = None
    """The memory whose gains it counts, where it counts periods."""
    highest: int = 0
    unit: int = 1

    def of(self, day: int, worked: Sequence[Stint]) -> int:
        """What a day's work adds, without its base."""
        more = sum(self.amounts.get(s.number, 0) for s in worked)
        return more + (self.by_day.get(day, 0) if worked else 0)

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


class Tracks:
    """Builds everybody's track from a sketch.

    Args:
        facts: the problem's.
        sketch: the shapes of all rules.
        charged: what a unit of a rule's breach costs in the path's units.
        most_index: joint values of small counts that may be part of a path.

    Raises:
        NoTrack: from `track`, where one person's rules are too much.
    """

    def __init__(
        self, facts: Facts, sketch: Sketch, charged: Charged, most_index: int = MOST_INDEX
    ) -> None:
        self._facts = facts
        self._sketch = sketch
        self._charged = charged
        self._most_index = most_index
        self._symbols = Symbols()
        self._products: dict[Hashable, Product] = {}

    def all(self) -> list[Track]:
        """Everybody's track, in order."""
        return [self.track(person.number) for person in self._facts.staff]

    def track(self, person: int) -> Track:
        """One person's track."""
        stints = self._sketch.stints_of(person)
        memories: list[Memory] = []
        prices: list[int | None] = []
        counters: list[_Counter] = []
        cells: list[tuple[Cell, int | None]] = []
        for shape, price in self._sketch.personal.get(person, ()):
            self._take(shape, self._charged(price), stints, memories, prices, counters, cells)
        on_cells = self._cells(cells)
        musts = any(price is None for _, price in cells)
        allowed = self._allowed(person, stints, on_cells if musts else None)
        options = [tuple(tuple(s.duty for s in way) for way in ways) for ways in allowed]
        for counter in counters:
            counter.highest = self._highest(counter, allowed)
        counters = [c for c in counters if c.binds]
        long, small, paid = self._share_out(counters)
        family = tuple(memory.family() for memory in memories)
        key = (family, tuple(memory.key() for memory in memories), tuple(prices))
        symbols = [
            self._symbols.symbol(family, memories, day, tuple(s.number for s in way), way)
            for day, ways in enumerate(allowed)
            for way in ways
        ]
        product = self._product(key, family, memories, prices)
        classes: dict[tuple[int, int, tuple[int, ...]], int] = {}
        option_class, option_cost = [], []
        spent = ((day, way) for day, ways in enumerate(allowed) for way in ways)
        for (day, way), symbol in zip(spent, product.merged[symbols].tolist(), strict=True):
            what = (
                symbol,
                0 if long is None else long.of(day, way) // long.unit,
                tuple(0 if c.memory is not None else c.of(day, way) for c in small),
            )
            option_class.append(classes.setdefault(what, len(classes)))
            option_cost.append(on_cells(day, tuple(s.number for s in way)))
        tables = self._tables(
            product, list(classes), small, long, option_class, option_cost, options
        )
        return Track(
            person, tables, self._extra(paid, allowed), options, _fullness(small), exact=not paid
        )

    # ------------------------------------------------------------------ what the shapes say

    def _take(
        self,
        shape: Personal,
        price: int | None,
        stints: Sequence[Stint],
        memories: list[Memory],
        prices: list[int | None],
        counters: list[_Counter],
        cells: list[tuple[Cell, int | None]],
    ) -> None:
        if isinstance(shape, Cell):
            cells.append((shape, price))
            return
        memory = memory_of(shape, stints)
        if memory is not None:
            memories.append(memory)
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
                    memory=len(memories) - 1,
                )
            )
        elif isinstance(shape, Total):
            counters.append(
                _Counter(shape.base, shape.least, shape.most, price, shape.amounts, shape.by_day)
            )

    def _allowed(
        self,
        person: int,
        stints: Sequence[Stint],
        cost: Callable[[int, tuple[int, ...]], int] | None,
    ) -> list[list[tuple[Stint, ...]]]:
        """For each day the ways to spend it; with costs, those that are not forbidden by them."""
        settled = self._sketch.settled
        by_day: dict[int, list[Stint]] = defaultdict(list)
        for stint in stints:
            if settled.get((person, stint.duty)) != 0:
                by_day[stint.day].append(stint)
        cliques: dict[int, list[frozenset[int]]] = defaultdict(list)
        day_of = {s.number: s.day for s in stints}
        for clique in self._sketch.exclusive_stints.get(person, ()):
            day = day_of[clique[0]]
            if any(day_of[number] != day for number in clique):
                raise NoTrack("work that runs into the next day's")
            cliques[day].append(frozenset(clique))
        found: list[list[tuple[Stint, ...]]] = []
        for day in range(len(self._facts.days)):
            pinned = {s.number for s in by_day[day] if settled.get((person, s.duty)) == 1}
            ways = [
                way
                for way in _independent(by_day[day], cliques[day], pinned)
                if cost is None or cost(day, tuple(s.number for s in way)) < IMPOSSIBLE
            ]
            if not ways:
                raise NoTrack("a day that cannot be spent in any way")
            found.append(ways)
        return found

    def _highest(self, counter: _Counter, allowed: list[list[tuple[Stint, ...]]]) -> int:
        """The most that any work adds to a counter; also settles its unit."""
        if counter.memory is not None:
            return len(counter.by_day)
        if not counter.by_day and all(len(way) <= 1 for ways in allowed for way in ways):
            return self._highest_of_one(counter, allowed)
        top, unit = 0, 0
        for day, ways in enumerate(allowed):
            values = [counter.of(day, way) for way in ways]
            if min(values) < 0:
                raise NoTrack("amounts below zero")
            top += max(values)
            unit = math.gcd(unit, *values)
        counter.unit = unit or 1
        return top

    def _highest_of_one(self, counter: _Counter, allowed: list[list[tuple[Stint, ...]]]) -> int:
        """The same where nobody works more than one stint a day, which is quicker to see."""
        open_ = {s.number for ways in allowed for way in ways for s in way}
        most: dict[int, int] = defaultdict(int)
        unit = 0
        for number, amount in counter.amounts.items():
            if number not in open_:
                continue
            if amount < 0:
                raise NoTrack("amounts below zero")
            day = self._facts.stints[number].day
            most[day] = max(most[day], amount)
            unit = math.gcd(unit, amount)
        counter.unit = unit or 1
        return sum(most.values())

    def _share_out(
        self, counters: list[_Counter]
    ) -> tuple[_Counter | None, list[_Counter], list[_Counter]]:
        """The one long total, the counts that fit in the index, and those to be paid for."""
        totals = sorted((c for c in counters if c.memory is None), key=lambda c: -c.size)
        long = totals[0] if totals else None
        if long is not None and long.size > MOST_LONG:
            raise NoTrack("a total with too many values")
        small = [c for c in counters if c.memory is not None]
        size = math.prod(c.size for c in small)
        paid = []
        for counter in sorted(totals[1:], key=lambda c: c.size):
            if size * counter.size <= self._most_index:
                small.append(counter)
                size *= counter.size
            elif counter.price is None:
                paid.append(counter)
            else:
                raise NoTrack("too many totals with a price")
        if size > 50 * self._most_index:
            raise NoTrack("too many periods to count")
        return long, small, paid

    def _cells(self, cells: list[tuple[Cell, int | None]]) -> Callable[[int, tuple[int, ...]], int]:
        """What the cells say that an option costs."""
        wanted: dict[int, list[tuple[frozenset[int], int]]] = defaultdict(list)
        unwanted: dict[int, int] = defaultdict(int)
        for cell, price in cells:
            cost = int(INFINITE) if price is None else price * cell.amount
            if cell.wanted or len(cell.stints) != 1:
                days = {self._facts.stints[n].day for n in cell.stints}
                if len(days) > 1:
                    raise NoTrack("a wish about several days at once")
                for day in days:
                    wanted[day].append((cell.stints, cost if cell.wanted else -cost))
            else:
                unwanted[next(iter(cell.stints))] += cost

        def cost_of(day: int, numbers: tuple[int, ...]) -> int:
            if day not in wanted and unwanted.keys().isdisjoint(numbers):
                return 0
            whole = sum(unwanted.get(n, 0) for n in numbers)
            for stints, cost in wanted.get(day, ()):
                works = not stints.isdisjoint(numbers)
                if works == (cost < 0):
                    whole += abs(cost)
            return min(whole, int(INFINITE))

        return cost_of

    # ------------------------------------------------------------------ putting it together

    def _product(
        self,
        key: Hashable,
        family: Hashable,
        memories: Sequence[Memory],
        prices: Sequence[int | None],
    ) -> Product:
        alphabet = list(self._symbols.alphabets[family])
        known = (key, len(alphabet))
        if known not in self._products:
            self._products[known] = explore(memories, prices, alphabet)
        return self._products[known]

    def _tables(
        self,
        product: Product,
        classes: list[tuple[int, int, tuple[int, ...]]],
        small: list[_Counter],
        long: _Counter | None,
        option_class: list[int],
        option_cost: list[int],
        options: list[tuple[tuple[int, ...], ...]],
    ) -> Tables:
        sizes = [c.size for c in small]
        moves, counts = _joint(product.gains, classes, small, sizes)
        uncounts, before = _backwards(counts)
        back_first, back = _predecessors(product.follows)
        amounts = np.array([amount for _, amount, _ in classes], dtype=np.int32)
        least, most, rise, finals = self._corridor(long, amounts, option_class, options)
        days = [len(ways) for ways in options]
        duties = [duty for ways in options for way in ways for duty in way]
        lengths = [len(way) for ways in options for way in ways]
        return Tables(
            product.follows,
            product.charge,
            product.gain,
            back_first,
            back,
            moves,
            counts,
            uncounts,
            before,
            np.array([symbol for symbol, _, _ in classes], dtype=np.int32),
            amounts,
            _ends(days),
            np.array(option_class, dtype=np.int32),
            np.array(option_cost, dtype=np.int32),
            _ends(lengths),
            np.array(duties, dtype=np.int32),
            np.zeros(product.follows.shape[0], dtype=np.int32),
            _final_counts(small, sizes),
            finals,
            least,
            most,
            rise,
            np.zeros(3, dtype=np.int32),
        )

    def _corridor(
        self,
        long: _Counter | None,
        amounts: Ints,
        option_class: list[int],
        options: list[tuple[tuple[int, ...], ...]],
    ) -> tuple[Ints, Ints, Ints, Ints]:
        """Between what the long total lies before each day, the most that each day adds to it, and
        what its end costs."""
        days = len(options)
        if long is None:
            zeros = np.zeros(days + 1, dtype=np.int32)
            return zeros, zeros, zeros, np.zeros(1, dtype=np.int32)
        size = long.size
        finals = np.array(
            [min(long.cost(value), int(INFINITE)) for value in range(size)], dtype=np.int32
        )
        allowed = np.flatnonzero(finals < IMPOSSIBLE)
        if not len(allowed):
            raise NoTrack("limits that nobody can keep")
        lowest, highest = int(allowed[0]), int(allowed[-1])
        first = _ends([len(ways) for ways in options])
        of_option = amounts[np.array(option_class, dtype=np.int32)]
        rising = [of_option[first[d] : first[d + 1]] for d in range(days)]
        rise = np.array([r.max() for r in rising], dtype=np.int32)
        future_most = np.concatenate([np.cumsum(rise[::-1])[::-1], [0]])
        future_least = np.concatenate([np.cumsum([r.min() for r in rising][::-1])[::-1], [0]])
        past_most = np.concatenate([[0], np.cumsum(rise)])
        least = np.maximum(0, lowest - future_most)
        most = np.minimum(np.minimum(highest - future_least, past_most), size - 1)
        return least.astype(np.int32), most.astype(np.int32), rise, finals

    def _extra(self, paid: list[_Counter], allowed: list[list[tuple[Stint, ...]]]) -> Extra:
        ways = [(day, way) for day, ways in enumerate(allowed) for way in ways]
        holding = np.array(
            [(s.number, option) for option, (_, way) in enumerate(ways) for s in way]
            if paid
            else [],
            dtype=np.int64,
        ).reshape(-1, 2)
        entries = []  # (option, total, amount)
        for number, counter in enumerate(paid):
            amounts = np.zeros(len(self._facts.stints), np.int64)
            amounts[list(counter.amounts)] = list(counter.amounts.values())
            mine = amounts[holding[:, 0]]
            some = mine != 0
            entries.append(
                np.stack([holding[some, 1], np.full(some.sum(), number), mine[some]], axis=1)
            )
            daily = [
                (option, number, counter.by_day[day])
                for option, (day, way) in enumerate(ways)
                if counter.by_day and way and day in counter.by_day
            ]
            entries.append(np.array(daily, dtype=np.int64).reshape(-1, 3))
        table = np.concatenate([np.zeros((0, 3), np.int64), *entries])
        table = table[np.argsort(table[:, 0], kind="stable")]
        first = _ends(np.bincount(table[:, 0], minlength=len(ways)).tolist())
        top = 2**30
        return Extra(
            np.array([-top if c.least is None else c.least - c.base for c in paid], dtype=np.int32),
            np.array([top if c.most is None else c.most - c.base for c in paid], dtype=np.int32),
            first,
            table[:, 1].astype(np.int32),
            table[:, 2].astype(np.int32),
        )


def _independent(
    stints: list[Stint], cliques: list[frozenset[int]], pinned: set[int]
) -> Iterator[tuple[Stint, ...]]:
    """The sets of stints that can be worked together and hold all that is pinned.

    Of the stints of a clique one can be worked at the most.
    """
    numbers = {s.number for s in stints}
    if len(stints) < MOST_OPTIONS and any(numbers <= clique for clique in cliques):
        # All exclude each other, as they mostly do.
        if not pinned:
            yield ()
        yield from ((s,) for s in stints if pinned <= {s.number})
        return
    found = 0
    for size in range(len(stints) + 1):
        some = False
        for way in combinations(stints, size):
            mine = {s.number for s in way}
            if any(len(mine & clique) > 1 for clique in cliques):
                continue
            some = True
            if pinned <= mine:
                found += 1
                if found > MOST_OPTIONS:
                    raise NoTrack("too many ways to spend a day")
                yield way
        if not some:
            return


def _ends(lengths: Iterable[int]) -> Ints:
    return np.concatenate([[0], np.cumsum(list(lengths))]).astype(np.int32)


def _joint(
    gains: list[tuple[int, ...]],
    classes: list[tuple[int, int, tuple[int, ...]]],
    small: list[_Counter],
    sizes: list[int],
) -> tuple[Ints, Ints]:
    """For each class and gain a joint increment, and where each leads from each index."""
    increments: dict[tuple[int, ...], int] = {}
    moves = np.zeros((len(classes), len(gains)), dtype=np.int32)
    for k, (_, _, own) in enumerate(classes):
        for g, gain in enumerate(gains):
            both = tuple(
                gain[c.memory] if c.memory is not None else own[i] // c.unit
                for i, c in enumerate(small)
            )
            moves[k, g] = increments.setdefault(both, len(increments))
    whole = math.prod(sizes)
    counts = np.full((len(increments), whole), -1, dtype=np.int32)
    for both, number in increments.items():
        for index in range(whole):
            rest, after, scale = index, 0, 1
            for counter, size, more in zip(small, sizes, both, strict=True):
                value = rest % size + more
                rest //= size
                if value >= size:
                    if counter.most is not None and counter.price is None:
                        after = -1
                        break
                    value = size - 1
                after += value * scale
                scale *= size
            counts[number, index] = after
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
    sources: list[list[int]] = [[] for _ in range(moves * size)]
    for move in range(moves):
        for index in range(size):
            if counts[move, index] >= 0:
                sources[move * size + counts[move, index]].append(index)
    return _ends(map(len, sources)), np.array([i for s in sources for i in s], dtype=np.int32)


def _predecessors(follows: Ints) -> tuple[Ints, Ints]:
    """For each symbol and state, the states from which the symbol leads there."""
    states, symbols = follows.shape
    sources: list[list[int]] = [[] for _ in range(symbols * states)]
    for state in range(states):
        for symbol in range(symbols):
            if follows[state, symbol] >= 0:
                sources[symbol * states + follows[state, symbol]].append(state)
    return _ends(map(len, sources)), np.array([q for s in sources for q in s], dtype=np.int32)
