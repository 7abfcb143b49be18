"""The network builder: a person's rules, as shapes, become one resource-constrained network."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence

import numpy as np

from models.facts.duties import Stint
from models.facts.facts import Facts
from solver.arrays import Ints, Longs
from solver.language.shapes import CellCost
from solver.network.automaton import Automaton
from solver.network.counters import (
    Counter,
    backwards,
    corridor,
    final_counts,
    fullness_of,
    joint_increments,
    merged,
    share_out,
)
from solver.network.daily_patterns import CostsTooLarge, DailyPatterns, NoNetwork, ends, options_of
from solver.network.networks import RosterNetwork
from solver.network.params import NetworkParams
from solver.network.product_automaton import Alphabet, Product, explore
from solver.network.shape_collector import PricedBreach, ShapeCollector
from solver.network.shape_parts import ShapeParts, option_costs
from solver.network.shortest_path import INFINITE, Extra, PathTables

Charged = Callable[[PricedBreach], int | None]
"""What a unit of breach costs in path units; None where there must be none."""


class NetworkBuilder:
    """Builds everybody's network from the shapes of all rules.

    Args:
        facts: the problem's.
        collector: the shapes of all rules.
        charged: what a unit of a rule's breach costs in path units.
        params: size limits.

    Raises:
        NoNetwork: from `network` and `all`, where one person's rules do not fit into a network.
    """

    def __init__(
        self,
        facts: Facts,
        collector: ShapeCollector,
        charged: Charged,
        params: NetworkParams = NetworkParams(),
    ) -> None:
        self._facts = facts
        self._collector = collector
        self._charged = charged
        self._params = params
        self._days = len(facts.days)
        self._alphabet = Alphabet(self._days, facts.stints)
        self._products: dict[Hashable, Product] = {}
        self._joints: dict[Hashable, tuple[Ints, Ints, Ints, Ints, Ints]] = {}
        self._day_of: dict[frozenset[int], int] = {}
        """[clique] -> its day."""
        self._duty_of = np.array([s.duty for s in facts.stints], dtype=np.int32)

    def all(self) -> list[RosterNetwork]:
        """Everybody's network, in order."""
        return [self.network(person.number) for person in self._facts.staff]

    def network(self, person: int) -> RosterNetwork:
        """One person's network."""
        stints = self._collector.stints_of(person)
        parts = ShapeParts()
        for shape, price in self._collector.personal.get(person, ()):
            parts.take(shape, self._charged(price), stints)
        options, cost = self._options(person, stints, parts)
        long, small, paid = share_out(parts.counters, self._params)
        automata, prices = parts.automata, parts.prices
        dearest = sum(counter.dearest for counter in parts.counters)
        dearest += int(np.maximum.reduceat(cost, options.first_of_days(self._days)[:-1]).sum())
        family = tuple(automaton.family() for automaton in automata)
        symbols = self._alphabet.of(family, automata, options)
        key = (family, tuple(automaton.key() for automaton in automata), tuple(prices))
        product = self._product(key, family, automata, prices)
        dearest += self._days * int(product.charge.max(initial=0))
        dearest += int(product.final[product.final < INFINITE].max(initial=0))
        if dearest >= INFINITE:
            raise CostsTooLarge
        classes, option_class = _classes(
            [
                product.merged[symbols].astype(np.int64),
                np.zeros(len(options), np.int64) if long is None else long.values // long.unit,
                *(c.values // c.unit for c in small if c.automaton is None),
            ]
        )
        tables = self._tables(product, classes, small, long, options, option_class, cost)
        return RosterNetwork(
            person, tables, self._extra(paid, options), fullness_of(small), not paid, len(small)
        )

    # ------------------------------------------------------------------ what the shapes say

    def _options(
        self, person: int, stints: Sequence[Stint], parts: ShapeParts
    ) -> tuple[DailyPatterns, Longs]:
        """A person's options with their costs, without those that no rule allows; counters that
        add up option by option become costs, the others are counted."""
        options = self._all_options(person, stints)
        priced = [(cell, price) for cell, price in parts.cells if price is not None]
        barring = [(cell, price) for cell, price in parts.cells if price is None]
        cost = self._costs(options, priced)
        barred = self._costs(options, barring) > 0
        kept = []
        for counter in parts.counters:
            counter.count(options, self._days, len(self._duty_of))
            of_option = option_costs(counter, options) if counter.binds else None
            if of_option is None:
                kept.append(counter)
            else:
                barred |= of_option >= INFINITE
                cost += of_option
        if barred.any():
            options, cost = options.only(~barred), cost[~barred]
        if (np.bincount(options.day, minlength=self._days) == 0).any():
            raise NoNetwork("a day that cannot be spent in any way")
        for counter in kept:
            counter.count(options, self._days, len(self._duty_of))
        parts.counters = merged(kept)
        return options, cost

    def _all_options(self, person: int, stints: Sequence[Stint]) -> DailyPatterns:
        """All daily patterns that what is settled and the cliques allow."""
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
        return options_of(self._days, open_, cliques, pinned, self._params.most_options)

    def _costs(self, options: DailyPatterns, cells: Sequence[tuple[CellCost, int | None]]) -> Longs:
        """[option] -> its cost by the cell costs."""
        of_stint = np.zeros(len(self._duty_of), dtype=np.int64)
        first = options.first_of_days(self._days)
        more = np.zeros(len(options), dtype=np.int64)
        for cell, price in cells:
            cost = 1 if price is None else price * cell.amount
            if not cell.wanted and len(cell.stints) == 1:
                of_stint[next(iter(cell.stints))] += cost
                continue
            # What can never be worked costs the same on every path: on its first day.
            days = {self._facts.stints[n].day for n in cell.stints} or {0}
            if len(days) > 1:
                raise NoNetwork("a wish about several days at once")
            for day in days:
                a, b = int(first[day]), int(first[day + 1])
                upto, beyond = options.first[a], options.first[b]
                held = np.isin(options.stints[upto:beyond], list(cell.stints))
                works = np.zeros(b - a, dtype=bool)
                works[options.owner[upto:beyond][held] - a] = True
                more[a:b] += cost * (works != cell.wanted)
        whole: Longs = options.sums(of_stint) + more
        return whole

    # ------------------------------------------------------------------ putting it together

    def _product(
        self,
        key: Hashable,
        family: Hashable,
        automata: Sequence[Automaton],
        prices: Sequence[int | None],
    ) -> Product:
        alphabet = list(self._alphabet.alphabets[family])
        known = (key, len(alphabet))
        if known not in self._products:
            self._products[known] = explore(automata, prices, alphabet, self._params.most_states)
        return self._products[known]

    def _tables(
        self,
        product: Product,
        classes: Longs,
        small: Sequence[Counter],
        long: Counter | None,
        options: DailyPatterns,
        option_class: Ints,
        cost: Longs,
    ) -> PathTables:
        moves, counts, uncounts, before, final_count = self._joint(product, classes, small)
        least, most, rise, finals = corridor(long, options, self._days)
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
            product.final,
            final_count,
            finals,
            least,
            most,
            rise,
            np.zeros(self._days + 1, dtype=np.int32),
            np.full(self._days + 1, counts.shape[1] - 1, dtype=np.int32),
            np.zeros(3, dtype=np.int32),
        )

    def _joint(
        self, product: Product, classes: Longs, small: Sequence[Counter]
    ) -> tuple[Ints, Ints, Ints, Ints, Ints]:
        """The tables of the joint counts, which people with equal rules share."""
        counted = tuple((c.automaton, c.size, c.unit, tuple(c.limits)) for c in small)
        key = (id(product), classes.shape, classes.tobytes(), counted)
        if key not in self._joints:
            sizes = [c.size for c in small]
            moves, counts = joint_increments(product.gains, classes[:, 2:], small, sizes)
            self._joints[key] = moves, counts, *backwards(counts), final_counts(small, sizes)
        return self._joints[key]

    def _extra(self, paid: Sequence[Counter], options: DailyPatterns) -> Extra:
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
            np.array([-top if c.least is None else c.least for c in paid], dtype=np.int32),
            np.array([top if (m := c.most()) is None else m for c in paid], dtype=np.int32),
            first,
            table[:, 1].astype(np.int32),
            table[:, 2].astype(np.int32),
        )


def _classes(columns: Sequence[Longs]) -> tuple[Longs, Ints]:
    """The distinct rows of some columns, and the place of each row among them."""
    place = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        # There are few values, so that marking those that occur is quicker than sorting.
        value = place * (int(column.max()) + 1) + column
        occurs = np.zeros(int(value.max()) + 1, dtype=bool)
        occurs[value] = True
        place = (np.cumsum(occurs) - 1)[value]
    shown = np.zeros(int(place.max()) + 1, dtype=np.int64)
    shown[place] = np.arange(len(place))
    return np.stack([column[shown] for column in columns], axis=1), place.astype(np.int32)
