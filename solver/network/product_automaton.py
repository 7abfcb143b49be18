"""Product automata: all rules of a person as one minimised table of states and symbols."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from models.facts.duties import Stint
from solver.arrays import Ints, Longs
from solver.network.automaton import Automaton, AutomatonTooLarge
from solver.network.daily_patterns import DailyPatterns, ends
from solver.network.params import NetworkParams
from solver.network.run_automata import Sign
from solver.network.shortest_path import INFINITE


class _Numbering:
    """Numbers for each day's work: a day off, one stint, or several."""

    def __init__(self, days: int, stints: int) -> None:
        self._off = np.full(days, -1, dtype=np.int32)
        self._alone = np.full(stints, -1, dtype=np.int32)
        self._several: dict[tuple[int, ...], int] = {}

    def of(self, options: DailyPatterns, number_new: Callable[[DailyPatterns], Ints]) -> Ints:
        """The number of each option; `number_new` numbers those not seen before."""
        found = np.full(len(options), -1, dtype=np.int32)
        off, alone = options.lengths == 0, options.lengths == 1
        found[off] = self._off[options.day[off]]
        stints = options.stints[options.first[:-1][alone]]
        found[alone] = self._alone[stints]
        several = np.flatnonzero(options.lengths > 1).tolist()
        for option in several:
            found[option] = self._several.get(options.pattern(option), -1)
        new = np.flatnonzero(found < 0).astype(np.int32)
        if len(new):
            found[new] = number_new(options.only(new))
            self._off[options.day[off]] = found[off]
            self._alone[stints] = found[alone]
            for option in several:
                self._several[options.pattern(option)] = int(found[option])
        return found


class Alphabet:
    """Symbols for days' work, shared by all people of a family: those whose rules tell the same
    days apart. `alphabets` holds each family's symbols, as tuples of signs, in the order of their
    numbers."""

    def __init__(self, days: int, stints: Sequence[Stint]) -> None:
        self.alphabets: dict[Hashable, dict[tuple[object, ...], int]] = defaultdict(dict)
        self._stints = stints
        self._symbols = defaultdict[Hashable, _Numbering](lambda: _Numbering(days, len(stints)))
        self._numbers = defaultdict[Hashable, _Numbering](lambda: _Numbering(days, len(stints)))
        """[family of one automaton] -> numbers of its signs."""
        self._signs: dict[Hashable, dict[Sign, int]] = defaultdict(dict)

    def of(self, family: Hashable, automata: Sequence[Automaton], options: DailyPatterns) -> Ints:
        """The symbol of each option: equal where the automata cannot tell two apart."""
        return self._symbols[family].of(options, lambda new: self._joint(family, automata, new))

    def _joint(
        self, family: Hashable, automata: Sequence[Automaton], options: DailyPatterns
    ) -> Ints:
        alphabet = self.alphabets[family]
        if not automata:
            return np.full(len(options), alphabet.setdefault((), 0), dtype=np.int32)
        kinds = [automaton.family() for automaton in automata]
        seen = np.stack(
            [
                self._numbers[kind].of(options, partial(self._look, kind, automaton))
                for kind, automaton in zip(kinds, automata, strict=True)
            ],
            axis=1,
        )
        rows, place = _different(seen)
        signs = [list(self._signs[kind]) for kind in kinds]
        numbers = [
            alphabet.setdefault(
                tuple(known[n] for known, n in zip(signs, row, strict=True)), len(alphabet)
            )
            for row in rows.tolist()
        ]
        return np.array(numbers, dtype=np.int32)[place]

    def _look(self, kind: Hashable, automaton: Automaton, options: DailyPatterns) -> Ints:
        known = self._signs[kind]
        worked = [self._stints[n] for n in options.stints.tolist()]
        patterns = pairwise(options.first.tolist())
        found = [
            known.setdefault(automaton.sign(day, worked[a:b]), len(known))
            for day, (a, b) in zip(options.day.tolist(), patterns, strict=True)
        ]
        return np.array(found, dtype=np.int32)


@dataclass
class Product:
    """States and symbols as tables; the fields are those of `PathTables`."""

    follows: Ints
    charge: Ints
    gains: list[tuple[int, ...]]
    """[joint gain] -> what it adds to the count of each automaton."""
    gain: Ints
    merged: Ints
    """[symbol of the alphabet] -> symbol of the tables, where equal ones are merged."""
    back_first: Ints
    back: Ints
    """The states from which a symbol leads to a state, in CSR form."""
    final: Ints
    """[state] -> what it costs at the end; INFINITE where it must not end there."""


@dataclass
class _Factor:
    """One automaton of the product, explored by itself: states and signs are numbers."""

    follows: Ints
    broken: Ints
    gain: Ints
    final: Ints
    """[state] -> the amount of breach found at the end."""
    signs: Ints
    """[symbol of the product] -> sign."""


def _factor(automaton: Automaton, signs: Sequence[object], most_states: int) -> _Factor:
    alphabet = {sign: n for n, sign in enumerate(dict.fromkeys(signs))}
    number = {automaton.start(): 0}
    queue = [automaton.start()]
    rows = []
    for state in queue:
        row = []
        for sign in alphabet:
            after, broken, gain = automaton.step(state, sign)
            if after not in number:
                if len(number) >= most_states:
                    raise AutomatonTooLarge("too many states")
                number[after] = len(number)
                queue.append(after)
            row.append((number[after], broken, gain))
        rows.append(row)
    table = np.array(rows, dtype=np.int32)
    places = np.array([alphabet[sign] for sign in signs], dtype=np.int32)
    final = np.array([automaton.finish(state) for state in queue], dtype=np.int32)
    return _Factor(table[:, :, 0], table[:, :, 1], table[:, :, 2], final, places)


def explore(
    automata: Sequence[Automaton],
    prices: Sequence[int | None],
    alphabet: Sequence[tuple[object, ...]],
    most_states: int = NetworkParams.most_states,
) -> Product:
    """The product of some automata, with all states that can be reached, minimised.

    `prices` is what a unit of breach costs in each automaton, None where there must be none.

    Raises:
        AutomatonTooLarge: there are too many states.
    """
    factors = [
        _factor(automaton, [signs[n] for signs in alphabet], most_states)
        for n, automaton in enumerate(automata)
    ]
    width, symbols = max(1, len(factors)), len(alphabet)
    layer = np.zeros((1, width), dtype=np.int32)
    number = {layer.tobytes(): 0}
    gains = {layer.tobytes(): 0}
    rows: list[Ints] = []
    finals: list[Longs] = []
    while len(layer):
        after = np.zeros((len(layer), symbols, width), dtype=np.int32)
        gained = np.zeros_like(after)
        cost = np.zeros(after.shape[:2], dtype=np.int64)
        allowed = np.ones(after.shape[:2], dtype=bool)
        for n, (factor, price) in enumerate(zip(factors, prices, strict=True)):
            at = (layer[:, n, None], factor.signs)
            after[:, :, n] = factor.follows[at]
            gained[:, :, n] = factor.gain[at]
            if price is None:
                allowed &= factor.broken[at] == 0
            else:
                cost += factor.broken[at].astype(np.int64) * price
        row = np.full((*allowed.shape, 3), -1, dtype=np.int32)
        row[:, :, 1:] = 0
        reached = after[allowed]
        known, new, found = len(number), [], []
        for place, key in enumerate(_keys(reached)):
            state = number.setdefault(key, len(number))
            if state == known:
                known += 1
                new.append(place)
            found.append(state)
        if len(number) > most_states:
            raise AutomatonTooLarge("too many states")
        row[allowed, 0] = found
        row[allowed, 1] = np.minimum(cost[allowed], INFINITE)
        row[allowed, 2] = [gains.setdefault(key, len(gains)) for key in _keys(gained[allowed])]
        rows.extend(row)
        finals.append(_at_end(factors, prices, layer))
        layer = reached[new]
    table = np.stack(rows)
    follows, charge, gain_, merged, final_ = _minimal(table, np.concatenate(finals))
    joint = [tuple(np.frombuffer(key, dtype=np.int32).tolist()) for key in gains]
    return Product(follows, charge, joint, gain_, merged, *_predecessors(follows), final_)


def _at_end(factors: Sequence[_Factor], prices: Sequence[int | None], layer: Ints) -> Longs:
    """What some joint states cost at the end."""
    found = np.zeros(len(layer), dtype=np.int64)
    for n, (factor, price) in enumerate(zip(factors, prices, strict=True)):
        broken = factor.final[layer[:, n]].astype(np.int64)
        found += broken * (INFINITE if price is None else price)
    return np.minimum(found, INFINITE)


def _predecessors(follows: Ints) -> tuple[Ints, Ints]:
    """For each symbol and state, the states from which the symbol leads there."""
    states, symbols = follows.shape
    state, symbol = np.nonzero(follows >= 0)
    there = symbol * states + follows[state, symbol]
    order = np.argsort(there, kind="stable")
    counted = np.bincount(there, minlength=symbols * states)
    return ends(counted), state[order].astype(np.int32)


def _keys(rows: Ints) -> list[bytes]:
    """Each row as bytes."""
    whole, size = rows.tobytes(), rows.shape[1] * rows.itemsize
    return [whole[n : n + size] for n in range(0, len(whole), size)]


def _minimal(table: Ints, final: Longs) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """The smallest tables with the same meaning, each former symbol's number in them, and what
    each state costs at the end. States
    that nothing tells apart are merged (Moore, Gedanken-experiments on sequential machines, 1956),
    and so are symbols. The first state stays the first."""
    states = table.shape[0]
    kinds, kind = _different(final[:, None].astype(np.int32))
    number = len(kinds)
    while True:
        after = np.where(table[:, :, 0] >= 0, kind[table[:, :, 0]], -1)
        signature = np.concatenate([kind[:, None], after, table[:, :, 1], table[:, :, 2]], axis=1)
        kinds, kind = _different(signature)
        if len(kinds) == number:
            break
        number = len(kinds)
    first = np.full(number, states, dtype=np.int64)
    np.minimum.at(first, kind, np.arange(states))
    kept = table[first]
    follows = np.where(kept[:, :, 0] >= 0, kind[kept[:, :, 0]], -1)
    whole = np.concatenate([follows, kept[:, :, 1], kept[:, :, 2]]).astype(np.int32)
    columns, merged = _different(whole.T)
    follows, charge, gain = np.split(np.ascontiguousarray(columns.T), 3)
    return follows, charge, gain, merged.astype(np.int32), final[first].astype(np.int32)


def _different(rows: Ints) -> tuple[Ints, Longs]:
    """The distinct rows among some rows, in order, and the place of each row among them."""
    number: dict[bytes, int] = {}
    place = np.array([number.setdefault(key, len(number)) for key in _keys(rows)], dtype=np.int64)
    shown = np.empty(len(number), dtype=np.int64)
    shown[place[::-1]] = np.arange(len(place))[::-1]
    return rows[shown], place
