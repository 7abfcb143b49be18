"""Products of memories: the rules of a person as one small table of states and symbols."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from models.duties import Stint
from solver.automaton import MOST_STATES, Memory, TooLarge
from solver.kernel import INFINITE, Ints


class Symbols:
    """Numbers for days' work, the same for all people of a family: those whose rules see the same
    in it. `alphabets` gives each family's signs in the order of their numbers."""

    def __init__(self) -> None:
        self.alphabets: dict[Hashable, dict[tuple[object, ...], int]] = defaultdict(dict)
        self._signs: dict[Hashable, dict[tuple[int, tuple[int, ...]], int]] = defaultdict(dict)

    def symbol(
        self,
        family: Hashable,
        memories: Sequence[Memory],
        day: int,
        stints: tuple[int, ...],
        worked: Sequence[Stint],
    ) -> int:
        """The number of a day's work, as far as memories can tell it apart."""
        known = self._signs[family]
        found = known.get((day, stints))
        if found is None:
            sign = tuple(memory.sign(day, worked) for memory in memories)
            alphabet = self.alphabets[family]
            found = alphabet.setdefault(sign, len(alphabet))
            known[day, stints] = found
        return found


@dataclass
class Product:
    """States and symbols as tables, as `solver.kernel.Tables` has them."""

    follows: Ints
    charge: Ints
    gains: list[tuple[int, ...]]
    """What each joint gain adds to the counts of the memories."""
    gain: Ints
    merged: Ints
    """Each symbol's place in the tables."""


@dataclass
class _Part:
    """One memory explored by itself: states and signs are numbers."""

    follows: Ints
    broken: Ints
    gain: Ints
    signs: Ints
    """The sign of each symbol of the product."""


def _part(memory: Memory, signs: Sequence[object]) -> _Part:
    alphabet = {sign: n for n, sign in enumerate(dict.fromkeys(signs))}
    number = {memory.start(): 0}
    queue = [memory.start()]
    rows = []
    for state in queue:
        row = []
        for sign in alphabet:
            after, broken, gain = memory.step(state, sign)
            if after not in number:
                if len(number) >= MOST_STATES:
                    raise TooLarge("too many states")
                number[after] = len(number)
                queue.append(after)
            row.append((number[after], broken, gain))
        rows.append(row)
    table = np.array(rows, dtype=np.int32)
    places = np.array([alphabet[sign] for sign in signs], dtype=np.int32)
    return _Part(table[:, :, 0], table[:, :, 1], table[:, :, 2], places)


def explore(
    memories: Sequence[Memory], prices: Sequence[int | None], alphabet: Sequence[tuple[object, ...]]
) -> Product:
    """All states that can be reached, breadth first, as tables."""
    parts = [_part(memory, [signs[n] for signs in alphabet]) for n, memory in enumerate(memories)]
    start = np.zeros(max(1, len(parts)), dtype=np.int32)
    number = {start.tobytes(): 0}
    queue = [start]
    rows: list[Ints] = []
    gains: dict[bytes, int] = {start.tobytes(): 0}
    symbols = len(alphabet)
    for state in queue:
        after = np.zeros((symbols, max(1, len(parts))), dtype=np.int32)
        gained = np.zeros_like(after)
        cost = np.zeros(symbols, dtype=np.int64)
        allowed = np.ones(symbols, dtype=bool)
        for n, (part, price) in enumerate(zip(parts, prices, strict=True)):
            after[:, n] = part.follows[state[n], part.signs]
            gained[:, n] = part.gain[state[n], part.signs]
            broken = part.broken[state[n], part.signs]
            if price is None:
                allowed &= broken == 0
            else:
                cost += broken * price
        row = np.full((symbols, 3), -1, dtype=np.int32)
        row[:, 1:] = 0
        for symbol in np.flatnonzero(allowed):
            key = after[symbol].tobytes()
            if key not in number:
                if len(number) >= MOST_STATES:
                    raise TooLarge("too many states")
                number[key] = len(number)
                queue.append(after[symbol])
            gain = gains.setdefault(gained[symbol].tobytes(), len(gains))
            row[symbol] = number[key], min(int(cost[symbol]), int(INFINITE)), gain
        rows.append(row)
    table = np.array(rows, dtype=np.int32).reshape(len(queue), symbols, 3)
    follows, charge, gain_, merged = _minimal(table)
    known = [tuple(np.frombuffer(key, dtype=np.int32).tolist()) for key in gains]
    return Product(follows, charge, known, gain_, merged)


def _minimal(table: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """The smallest tables that mean the same: states that nothing tells apart are one (Moore,
    Gedanken-experiments on sequential machines, 1956), and so are symbols; and for each symbol of
    before which it is now. The first state stays the first."""
    states = table.shape[0]
    kind = np.zeros(states, dtype=np.int64)
    number = 1
    while True:
        after = np.where(table[:, :, 0] >= 0, kind[table[:, :, 0]], -1)
        told = np.concatenate([kind[:, None], after, table[:, :, 1], table[:, :, 2]], axis=1)
        _, kind = np.unique(told, axis=0, return_inverse=True)
        kind = kind.reshape(-1)
        if kind.max() + 1 == number:
            break
        number = int(kind.max()) + 1
    first = np.full(number, states, dtype=np.int64)
    np.minimum.at(first, kind, np.arange(states))
    place = np.empty(number, dtype=np.int64)
    order = np.argsort(first)
    place[order] = np.arange(number)
    kept = table[first[order]]
    follows = np.where(kept[:, :, 0] >= 0, place[kind[kept[:, :, 0]]], -1)
    columns = np.concatenate([follows, kept[:, :, 1], kept[:, :, 2]], axis=0).T
    _, shown, merged = np.unique(columns, axis=0, return_index=True, return_inverse=True)

    def part(values: Ints) -> Ints:
        return np.ascontiguousarray(values[:, shown], dtype=np.int32)

    return (
        part(follows),
        part(kept[:, :, 1]),
        part(kept[:, :, 2]),
        merged.reshape(-1).astype(np.int32),
    )
