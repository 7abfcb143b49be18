"""One person's shapes, sorted: automata, counters, and costs of single options."""

from collections.abc import Hashable, Sequence

import numpy as np

from models.facts.duties import Stint
from solver.arrays import Longs
from solver.language.shapes import CellCost, Personal, Total, Touched
from solver.network.automaton import Automaton, automaton_of
from solver.network.counters import Counter, Limit
from solver.network.daily_patterns import DailyPatterns
from solver.network.shortest_path import INFINITE


class ShapeParts:
    """What one person's shapes are turned into."""

    def __init__(self) -> None:
        self.automata: list[Automaton] = []
        self.prices: list[int | None] = []
        """[automaton] -> what a unit of breach costs; None where there must be none."""
        self.counters: list[Counter] = []
        self.cells: list[tuple[CellCost, int | None]] = []
        self._place: dict[Hashable, int] = {}

    def take(self, shape: Personal, price: int | None, stints: Sequence[Stint]) -> None:
        """Add a shape, at the price of a unit of breach."""
        if isinstance(shape, CellCost):
            self.cells.append((shape, price))
            return
        if not isinstance(shape, Total | Touched):
            self._place_of(automaton_of(shape, stints), price)
            return
        limit = Limit(shape.base, shape.least, shape.most, price, shape.over, shape.under)
        if shape.most is None and shape.least is None:
            return
        if isinstance(shape, Total):
            self.counters.append(Counter([limit], shape.amounts, shape.by_day))
        elif all(len(period) == 1 for period in shape.periods):
            days = {day for period in shape.periods for day in period}
            counted = {
                s.number: 1
                for s in stints
                if s.day in days and (shape.stints is None or s.number in shape.stints)
            }
            self.counters.append(Counter([limit], counted, days_count_once=True))
        else:
            place = self._place_of(automaton_of(shape, stints), 0)
            first_days = {min(period): 1 for period in shape.periods}
            self.counters.append(Counter([limit], by_day=first_days, automaton=place))

    def _place_of(self, automaton: Automaton | None, price: int | None) -> int:
        """The number of an automaton; equal ones are one, at the sum of their prices."""
        assert automaton is not None, "other shapes have no automaton"
        key = (automaton.family(), automaton.key())
        if key not in self._place:
            self._place[key] = len(self.automata)
            self.automata.append(automaton)
            self.prices.append(price)
            return self._place[key]
        known = self.prices[self._place[key]]
        both = None if known is None or price is None else known + price
        self.prices[self._place[key]] = both
        return self._place[key]


def option_costs(counter: Counter, options: DailyPatterns) -> Longs | None:
    """[option] -> what a total costs if that adds up option by option, INFINITE where an option is
    forbidden: as only one day adds to it, or as it may have no more than it has from the start.
    None for other counters."""
    if counter.automaton is not None or not len(options):
        return None
    found = np.zeros(len(options), dtype=np.int64)
    if all(x.least is None and x.most == x.base for x in counter.limits):
        for limit in counter.limits:
            if limit.price is None:
                found[counter.values > 0] = INFINITE
            else:
                found += limit.price * limit.over * counter.values
        return np.minimum(found, INFINITE)
    adding = np.flatnonzero(counter.values)
    day = options.day[adding[:1]]
    if not len(adding) or (options.day[adding] != day).any():
        return None
    for option in np.flatnonzero(options.day == day).tolist():
        found[option] = counter.cost(int(counter.values[option]) // counter.unit)
    return found
