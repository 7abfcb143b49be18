"""The compiled core of a person's shortest path: forward over the days, back at random among ties.

Costs are whole numbers, so that what is proved from them is exact. A path is a choice of one option
for each day. Options of one class are alike in all but their cost; the cheapest stands for its
class. See Irnich and Desaulniers, Shortest path problems with resource constraints (2005).
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from solver.arrays import Ints, Longs, Rng, draw

INFINITE = np.int32(2**30)
"""The cost of what is not allowed; above every sum of real costs."""

IMPOSSIBLE = 7 * 10**8
"""Costs from here on mean that there is no path."""


class PathTables(NamedTuple):
    """One person's rules and choices, as arrays. Days, states, classes and options are numbers."""

    follows: Ints
    """[state, symbol] -> state, or -1."""
    charge: Ints
    """[state, symbol] -> cost."""
    gain: Ints
    """[state, symbol] -> which of the counts' joint increments happens."""
    back_first: Ints
    """[symbol, state] -> first place in `back` (CSR over symbol * states + state)."""
    back: Ints
    """States from which a symbol leads to a state."""
    moves: Ints
    """[class, gain] -> joint increment of all counts."""
    counts: Ints
    """[joint increment, index of counts] -> index, or -1."""
    uncounts: Ints
    """[joint increment, index of counts] -> first place in `before`, one more at the end."""
    before: Ints
    """Indices from which a joint increment leads to an index."""
    symbol: Ints
    """[class] -> symbol."""
    amount: Ints
    """[class] -> what it adds to the long total."""
    first_option: Ints
    """[day] -> first option of the day, one more at the end."""
    option_class: Ints
    option_cost: Ints
    """The fixed cost of each option."""
    first_duty: Ints
    """[option] -> first place in `duty`, one more at the end."""
    duty: Ints
    """The duties of each option."""
    final_state: Ints
    final_count: Ints
    final_amount: Ints
    """Costs at the end, by state, by index of counts, by long total."""
    least: Ints
    most: Ints
    """[day] -> the long total lies between, before the day; one more at the end."""
    rise: Ints
    """[day] -> the most that the day adds to the long total."""
    least_count: Ints
    most_count: Ints
    """[day] -> the index of counts lies between, never below 0, before the day; one more at the
    end."""
    start: Ints
    """(state, index of counts, long total) before the first day."""


class Extra(NamedTuple):
    """Totals of one person that are not part of the path's state, and are paid for until kept."""

    least: Ints
    most: Ints
    first: Ints
    """[option] -> first place in `total`, one more at the end."""
    total: Ints
    amount: Ints


class Workspace(NamedTuple):
    """Memory that paths are searched in; one for each thread."""

    cost: Ints
    """[option] -> cost."""
    value: Ints
    low: Ints
    high: Ints
    class_cost: Ints
    class_option: Ints
    least: Ints
    most: Ints
    before: Ints
    """[day] -> option, of the path that was."""

    @property
    def days(self) -> int:
        """So many at once, at the most."""
        return len(self.least) - 1


@njit(cache=True, nogil=True)
def forward(
    t: PathTables, w: Workspace, first: int, last: int, state: int, count: int, amount: int
) -> None:
    """Least costs of all ways to spend the days from `first` up to, but without, `last`.

    In the room the long total stays between `least[place]` and `most[place]`, places counted from
    `first`, and `cost` is that of each option. `value[place, state, count, amount - least[place]]`
    is filled where `low <= amount <= high`; there is no way where `low > high`. `class_cost` and
    `class_option` are filled for each day.
    """
    value, low, high, least, most = w.value, w.low, w.high, w.least, w.most
    cost, class_cost, class_option = w.cost, w.class_cost, w.class_option
    states = t.follows.shape[0]
    indices = t.counts.shape[1]
    classes = t.symbol.shape[0]
    for q in range(states):
        for a in range(indices):
            low[0, q, a] = 1
            high[0, q, a] = 0
    today = np.empty(classes, np.int64)
    # Between which indices there is any way: far fewer than all, where the days are few.
    bottoms = np.full((2, states), indices, np.int64)
    tops = np.full((2, states), -1, np.int64)
    bottoms[first & 1, state] = count
    tops[first & 1, state] = count
    low[0, state, count] = amount
    high[0, state, count] = amount
    value[0, state, count, amount - least[0]] = 0
    for day in range(first, last):
        here = day - first
        there = here + 1
        for k in range(classes):
            class_cost[here, k] = INFINITE
            class_option[here, k] = -1
        open_classes = 0
        for o in range(t.first_option[day], t.first_option[day + 1]):
            k = t.option_class[o]
            if class_option[here, k] < 0:
                today[open_classes] = k
                open_classes += 1
            if cost[o] < class_cost[here, k]:
                class_cost[here, k] = cost[o]
                class_option[here, k] = o
        shift = least[there] - least[here]
        now, then = day & 1, (day + 1) & 1
        for q in range(states):
            bottoms[then, q] = indices
            tops[then, q] = -1
            for a in range(indices):
                low[there, q, a] = 1
                high[there, q, a] = 0
        for q in range(states):
            if tops[now, q] < 0:
                continue
            for i in range(open_classes):
                k = today[i]
                symbol = t.symbol[k]
                q2 = t.follows[q, symbol]
                if q2 < 0:
                    continue
                c = class_cost[here, k] + t.charge[q, symbol]
                more = t.amount[k]
                move = t.moves[k, t.gain[q, symbol]]
                for a in range(bottoms[now, q], tops[now, q] + 1):
                    begin = max(low[here, q, a], least[there] - more)
                    end = min(high[here, q, a], most[there] - more)
                    if begin > end:
                        continue
                    a2 = t.counts[move, a]
                    if a2 < t.least_count[day + 1] or a2 > t.most_count[day + 1]:
                        continue
                    bottoms[then, q2] = min(bottoms[then, q2], a2)
                    tops[then, q2] = max(tops[then, q2], a2)
                    source = value[here, q, a]
                    target = value[there, q2, a2]
                    # Places in the two rows of values, whose first ones are the least amounts.
                    begin -= least[here]
                    end -= least[here]
                    up = more - shift
                    bottom = low[there, q2, a2] - least[there]
                    top = high[there, q2, a2] - least[there]
                    if bottom > top:
                        low[there, q2, a2] = begin + up + least[there]
                        high[there, q2, a2] = end + up + least[there]
                        for m in range(begin, end + 1):
                            target[m + up] = source[m] + c
                        continue
                    # Widen the stretch that is filled, then take the cheaper of both.
                    if begin + up < bottom:
                        for m in range(begin + up, bottom):
                            target[m] = INFINITE
                        low[there, q2, a2] = begin + up + least[there]
                    if end + up > top:
                        for m in range(top + 1, end + up + 1):
                            target[m] = INFINITE
                        high[there, q2, a2] = end + up + least[there]
                    for m in range(begin, end + 1):
                        target[m + up] = min(target[m + up], source[m] + c)


@njit(cache=True, nogil=True)
def backward(
    t: PathTables,
    w: Workspace,
    first: int,
    last: int,
    state: int,
    count: int,
    amount: int,
    path: Ints,
    rng: Rng,
) -> None:
    """Fills `path[day]` with the options of a cheapest way to an end; any one among ties."""
    value, low, high, least = w.value, w.low, w.high, w.least
    class_cost, class_option = w.class_cost, w.class_option
    q, a, m = state, count, amount
    states = t.follows.shape[0]
    classes = t.symbol.shape[0]
    for day in range(last - 1, first - 1, -1):
        here = day - first
        want = value[here + 1, q, a, m - least[here + 1]]
        ties = 0
        best_q, best_a, best_k = -1, -1, -1
        for k in range(classes):
            if class_option[here, k] < 0:
                continue
            m1 = m - t.amount[k]
            if m1 < 0:
                continue
            symbol = t.symbol[k]
            place = symbol * states + q
            for b in range(t.back_first[place], t.back_first[place + 1]):
                q1 = t.back[b]
                move = t.moves[k, t.gain[q1, symbol]]
                c = class_cost[here, k] + t.charge[q1, symbol]
                spot = move * t.counts.shape[1] + a
                for u in range(t.uncounts[spot], t.uncounts[spot + 1]):
                    a1 = t.before[u]
                    if m1 < low[here, q1, a1] or m1 > high[here, q1, a1]:
                        continue
                    if value[here, q1, a1, m1 - least[here]] + c == want:
                        ties += 1
                        if ties == 1 or draw(rng, ties) == 0:
                            best_q, best_a, best_k = q1, a1, k
        path[day] = class_option[here, best_k]
        q, a, m = best_q, best_a, m - t.amount[best_k]


@njit(cache=True, nogil=True)
def walk_along(t: PathTables, path: Ints, first: int, last: int, at: Longs) -> None:
    """Moves `at` (state, index of counts, long total, cost) along chosen options; the state is -1
    where they are not allowed."""
    for day in range(first, last):
        o = path[day]
        k = t.option_class[o]
        symbol = t.symbol[k]
        q = t.follows[at[0], symbol]
        if q < 0:
            at[0] = -1
            return
        a = t.counts[t.moves[k, t.gain[at[0], symbol]], at[1]]
        if a < 0:
            at[0] = -1
            return
        at[3] += t.charge[at[0], symbol]
        at[0] = q
        at[1] = a
        at[2] += t.amount[k]


@njit(cache=True, nogil=True)
def amounts_along(t: PathTables, path: Ints) -> tuple[Ints, Ints]:
    """The index of counts and the long total before each day of a path, and at its end."""
    days = path.shape[0]
    counts, amounts = np.zeros(days + 1, np.int32), np.zeros(days + 1, np.int32)
    at = np.empty(4, np.int64)
    at[0], at[1], at[2], at[3] = t.start[0], t.start[1], t.start[2], 0
    for day in range(days):
        counts[day], amounts[day] = at[1], at[2]
        walk_along(t, path, day, day + 1, at)
    counts[days], amounts[days] = at[1], at[2]
    return counts, amounts


@njit(cache=True, nogil=True)
def keep_within(t: PathTables, first: int, last: int, amount: int, least: Ints, most: Ints) -> None:
    """The long total cannot rise faster than its days let it."""
    top = amount
    for place in range(last - first + 1):
        most[place] = max(min(most[place], top), least[place] - 1)
        if first + place < last:
            top += t.rise[first + place]


@njit(cache=True, nogil=True)
def extend(
    t: PathTables,
    w: Workspace,
    path: Ints,
    first: int,
    last: int,
    weigh_count: Ints,
    target: int,
    weight: int,
    rng: Rng,
) -> int:
    """Chooses the options of the days from `first` up to `last`, the days before as they are, and
    those after not yet.

    Ends that leave room are preferred: `weigh_count` is added for the counts, and `weight` for each
    unit that the long total is away from its target. Returns the least cost, or IMPOSSIBLE.
    """
    least, most = w.least, w.most
    at = np.empty(4, np.int64)
    at[0], at[1], at[2], at[3] = t.start[0], t.start[1], t.start[2], 0
    walk_along(t, path, 0, first, at)
    for place in range(last - first + 1):
        least[place] = max(t.least[first + place], at[2])
        most[place] = t.most[first + place]
    keep_within(t, first, last, at[2], least, most)
    if least[0] != at[2] or most[0] < at[2]:
        return IMPOSSIBLE
    forward(t, w, first, last, at[0], at[1], at[2])
    there = last - first
    best = np.int64(IMPOSSIBLE)
    best_q, best_a, best_m = -1, -1, -1
    for q in range(t.follows.shape[0]):
        for a in range(t.counts.shape[1]):
            for m in range(w.low[there, q, a], w.high[there, q, a] + 1):
                whole = w.value[there, q, a, m - least[there]] + weigh_count[a]
                whole += weight * abs(m - target)
                if whole < best:
                    best = whole
                    best_q, best_a, best_m = q, a, m
    if best >= IMPOSSIBLE:
        return IMPOSSIBLE
    backward(t, w, first, last, best_q, best_a, best_m, path, rng)
    return int(best)


@njit(cache=True, nogil=True)
def own_cost(t: PathTables, path: Ints) -> int:
    """What a whole path costs its person; IMPOSSIBLE if it is not allowed."""
    days = path.shape[0]
    at = np.empty(4, np.int64)
    at[0], at[1], at[2], at[3] = t.start[0], t.start[1], t.start[2], 0
    walk_along(t, path, 0, days, at)
    if at[0] < 0 or at[2] >= t.final_amount.shape[0]:
        return IMPOSSIBLE
    whole = at[3] + t.final_state[at[0]] + t.final_count[at[1]] + t.final_amount[at[2]]
    for day in range(days):
        whole += t.option_cost[path[day]]
    return min(int(whole), IMPOSSIBLE)


@njit(cache=True, nogil=True)
def add_headcounts(t: PathTables, path: Ints, headcounts: Ints) -> None:
    """Counts a person in on the duties of their path."""
    for day in range(path.shape[0]):
        o = path[day]
        for i in range(t.first_duty[o], t.first_duty[o + 1]):
            headcounts[t.duty[i]] += 1


@njit(cache=True, nogil=True)
def price_options(
    t: PathTables, headcounts: Ints, first_price: Ints, price: Ints, cost: Ints
) -> None:
    """What each option costs with one more person on its duties."""
    for o in range(t.option_class.shape[0]):
        c = np.int64(t.option_cost[o])
        for i in range(t.first_duty[o], t.first_duty[o + 1]):
            place = first_price[t.duty[i]] + headcounts[t.duty[i]]
            c += price[place + 1] - price[place]
        cost[o] = c


@njit(cache=True, nogil=True)
def excess(extra: Extra, path: Ints, first: int, last: int, elsewhere: Longs, sums: Longs) -> int:
    """How far extra totals are outside their limits, in all, with what some days of a path add to
    what they are elsewhere; fills in the totals."""
    for x in range(sums.shape[0]):
        sums[x] = elsewhere[x]
    for day in range(first, last):
        o = path[day]
        for i in range(extra.first[o], extra.first[o + 1]):
            sums[extra.total[i]] += extra.amount[i]
    outside = 0
    for x in range(sums.shape[0]):
        outside += max(0, sums[x] - extra.most[x]) + max(0, extra.least[x] - sums[x])
    return outside
