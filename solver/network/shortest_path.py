"""The compiled core of the shortest path with resource constraints (SPPRC): a labelling algorithm,
forward over the days, and back at random among ties.

A path has one option for each day. A label is the least cost of reaching a state, an index of
counts and a long total; dominance is between equal ones only, so that there is one label for each,
in an array. Costs are whole numbers, so that what is proved from them is exact. Options of one
class are alike in all but their cost, and the cheapest stands for its class. See Irnich and
Desaulniers, Shortest path problems with resource constraints (2005).
"""

from typing import NamedTuple

import numpy as np

from solver.arrays import NONE, ZERO, Ints, Longs, Rng, draw, inner_kernel, kernel

INFINITE = np.int32(2**30)
"""The cost of a forbidden path; above every sum of real costs."""

IMPOSSIBLE = 7 * 10**8
"""Costs from here on mean that there is no path."""

STATE, COUNT, TOTAL, COST = range(4)
"""Where a position along a path, an array of these four, has its state, index of counts, long total
and cost."""


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
    """Costs at the end: by state, by index of counts, by long total."""
    least: Ints
    most: Ints
    """[day] -> the least and most of the long total before the day; one more at the end."""
    rise: Ints
    """[day] -> the most that the day adds to the long total."""
    least_count: Ints
    most_count: Ints
    """[day] -> the least and most index of counts before the day, never below 0; one more at the
    end."""
    start: Ints
    """(state, index of counts, long total) before the first day."""


class Extra(NamedTuple):
    """Totals of one person that are outside of the path's state; surcharges keep their limits."""

    least: Ints
    most: Ints
    """[total] -> its limits."""
    first: Ints
    """[option] -> first place in `total` and `amount`, one more at the end."""
    total: Ints
    """The totals that each option adds to."""
    amount: Ints
    """What it adds to them."""


class DayWindow(NamedTuple):
    """Days in a row."""

    first: int
    last: int
    """The day after the last one."""


class Workspace(NamedTuple):
    """Memory that paths are searched in; one for each thread. Places count the days of a window."""

    cost: Ints
    """[option] -> cost."""
    value: Ints
    """[place, state, index of counts, long total - least[place]] -> label."""
    low: Ints
    high: Ints
    """[place, state, index of counts] -> the long totals between which there are labels; none where
    low is above high."""
    class_cost: Ints
    """[place, class] -> cost of the cheapest option."""
    class_option: Ints
    """[place, class] -> the cheapest option, or -1."""
    least: Ints
    most: Ints
    """[place] -> the least and most of the long total before the day."""
    previous: Ints
    """[day] -> option, of the path before a re-planning."""

    @property
    def days(self) -> int:
        """The longest window that there is memory for."""
        return len(self.least) - 1


@inner_kernel
def _cheapest_of_classes(t: PathTables, w: Workspace, day: int, place: int, found: Longs) -> int:
    """Fill in each class's cheapest option of a day; how many classes have one, listed in
    `found`."""
    class_cost, class_option = w.class_cost, w.class_option
    for k in range(t.symbol.shape[0]):
        class_cost[place, k] = INFINITE
        class_option[place, k] = -1
    number = 0
    for o in range(t.first_option[day], t.first_option[day + 1]):
        k = t.option_class[o]
        if class_option[place, k] < 0:
            found[number] = k
            number += 1
        if w.cost[o] < class_cost[place, k]:
            class_cost[place, k] = w.cost[o]
            class_option[place, k] = o
    return number


@inner_kernel
def forward(t: PathTables, w: Workspace, window: DayWindow, begin: Longs) -> None:
    """Fill in the labels of all ways to spend the days of a window, from a position.

    Reads `cost`, `least` and `most` of the workspace; fills in `value`, `low`, `high`, and the
    classes' costs and options.
    """
    first, last = window
    value, low, high, least, most = w.value, w.low, w.high, w.least, w.most
    states, indices = t.follows.shape[0], t.counts.shape[1]
    state, count, total = begin[STATE], begin[COUNT], begin[TOTAL]
    for q in range(states):
        for a in range(indices):
            low[0, q, a] = 1
            high[0, q, a] = 0
    today = np.empty(t.symbol.shape[0], np.int64)
    # Between which indices there are labels: far fewer than all, where the days are few.
    bottoms = np.full((2, states), indices, np.int64)
    tops = np.full((2, states), -1, np.int64)
    bottoms[first & 1, state] = count
    tops[first & 1, state] = count
    low[0, state, count] = total
    high[0, state, count] = total
    value[0, state, count, total - least[0]] = 0
    for day in range(first, last):
        here = day - first
        there = here + 1
        open_classes = _cheapest_of_classes(t, w, day, here, today)
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
                c = w.class_cost[here, k] + t.charge[q, symbol]
                more = t.amount[k]
                move = t.moves[k, t.gain[q, symbol]]
                for a in range(bottoms[now, q], tops[now, q] + 1):
                    begin_m = max(low[here, q, a], least[there] - more)
                    end_m = min(high[here, q, a], most[there] - more)
                    if begin_m > end_m:
                        continue
                    a2 = t.counts[move, a]
                    if a2 < t.least_count[day + 1] or a2 > t.most_count[day + 1]:
                        continue
                    bottoms[then, q2] = min(bottoms[then, q2], a2)
                    tops[then, q2] = max(tops[then, q2], a2)
                    source = value[here, q, a]
                    target = value[there, q2, a2]
                    # Places in the two rows of labels, whose first ones are the least totals.
                    begin_m -= least[here]
                    end_m -= least[here]
                    up = more - shift
                    bottom = low[there, q2, a2] - least[there]
                    top = high[there, q2, a2] - least[there]
                    if bottom > top:
                        low[there, q2, a2] = begin_m + up + least[there]
                        high[there, q2, a2] = end_m + up + least[there]
                        for m in range(begin_m, end_m + 1):
                            target[m + up] = source[m] + c
                        continue
                    # Widen the stretch that is filled, then take the cheaper of both.
                    if begin_m + up < bottom:
                        for m in range(begin_m + up, bottom):
                            target[m] = INFINITE
                        low[there, q2, a2] = begin_m + up + least[there]
                    if end_m + up > top:
                        for m in range(top + 1, end_m + up + 1):
                            target[m] = INFINITE
                        high[there, q2, a2] = end_m + up + least[there]
                    for m in range(begin_m, end_m + 1):
                        target[m + up] = min(target[m + up], source[m] + c)


@inner_kernel
def backward(
    t: PathTables,
    w: Workspace,
    window: DayWindow,
    end: tuple[int, int, int],
    path: Ints,
    rng: Rng,
) -> None:
    """Trace the labels back from an end (state, index of counts, long total), and fill in the path;
    one of the cheapest at random."""
    first, last = window
    value, low, high, least = w.value, w.low, w.high, w.least
    class_cost, class_option = w.class_cost, w.class_option
    q, a, m = end
    states = t.follows.shape[0]
    classes = t.symbol.shape[0]
    for day in range(last - 1, first - 1, -1):
        here = day - first
        want = value[here + 1, q, a, m - least[here + 1]]
        ties = ZERO
        best_q, best_a, best_k = NONE, NONE, NONE
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


@inner_kernel
def start_of(t: PathTables, at: Longs) -> None:
    """Set a position to that before the first day."""
    at[STATE], at[COUNT], at[TOTAL], at[COST] = t.start[0], t.start[1], t.start[2], 0


@inner_kernel
def walk_along(t: PathTables, path: Ints, first: int, last: int, at: Longs) -> None:
    """Move a position along some days of a path; its cost rises by the charges, and its state is -1
    where the path is not allowed."""
    for day in range(first, last):
        o = path[day]
        k = t.option_class[o]
        symbol = t.symbol[k]
        q = t.follows[at[STATE], symbol]
        if q < 0:
            at[STATE] = -1
            return
        a = t.counts[t.moves[k, t.gain[at[STATE], symbol]], at[COUNT]]
        if a < 0:
            at[STATE] = -1
            return
        at[COST] += t.charge[at[STATE], symbol]
        at[STATE] = q
        at[COUNT] = a
        at[TOTAL] += t.amount[k]


@kernel
def amounts_along(t: PathTables, path: Ints) -> tuple[Ints, Ints]:
    """The index of counts and the long total before each day of a path, and at its end."""
    days = path.shape[0]
    counts, amounts = np.zeros(days + 1, np.int32), np.zeros(days + 1, np.int32)
    at = np.empty(4, np.int64)
    start_of(t, at)
    for day in range(days):
        counts[day], amounts[day] = at[COUNT], at[TOTAL]
        walk_along(t, path, day, day + 1, at)
    counts[days], amounts[days] = at[COUNT], at[TOTAL]
    return counts, amounts


@inner_kernel
def keep_within_reach(t: PathTables, w: Workspace, window: DayWindow, total: int) -> bool:
    """Lower the most of the long total to what days can add to `total`; whether it can begin so."""
    first, last = window
    top = total
    for place in range(last - first + 1):
        w.most[place] = max(min(w.most[place], top), w.least[place] - 1)
        if first + place < last:
            top += t.rise[first + place]
    return bool(w.least[0] == total and w.most[0] >= total)


class EndCosts(NamedTuple):
    """What the end of a window costs in `extend`, so that it leaves room for the days after it."""

    of_count: Ints
    """[index of counts] -> cost."""
    target: int
    """The long total that is wanted."""
    per_unit: int
    """What each unit away from it costs."""


@kernel
def extend(
    t: PathTables, w: Workspace, path: Ints, window: DayWindow, end_costs: EndCosts, rng: Rng
) -> int:
    """Fill in the options of a window; the days before it stay, those after it have none yet.

    Returns the least cost, ends included, or IMPOSSIBLE.
    """
    first, last = window
    at = np.empty(4, np.int64)
    start_of(t, at)
    walk_along(t, path, ZERO, first, at)
    for place in range(last - first + 1):
        w.least[place] = max(t.least[first + place], at[TOTAL])
        w.most[place] = t.most[first + place]
    if not keep_within_reach(t, w, window, at[TOTAL]):
        return IMPOSSIBLE
    forward(t, w, window, at)
    there = last - first
    best = np.int64(IMPOSSIBLE)
    best_q, best_a, best_m = NONE, NONE, NONE
    for q in range(t.follows.shape[0]):
        for a in range(t.counts.shape[1]):
            for m in range(w.low[there, q, a], w.high[there, q, a] + 1):
                whole = w.value[there, q, a, m - w.least[there]] + end_costs.of_count[a]
                whole += end_costs.per_unit * abs(m - end_costs.target)
                if whole < best:
                    best = whole
                    best_q, best_a, best_m = q, a, m
    if best >= IMPOSSIBLE:
        return IMPOSSIBLE
    backward(t, w, window, (best_q, best_a, best_m), path, rng)
    return int(best)


@kernel
def own_cost(t: PathTables, path: Ints) -> int:
    """What a whole path costs its person; IMPOSSIBLE if it is not allowed."""
    days = path.shape[0]
    at = np.empty(4, np.int64)
    start_of(t, at)
    walk_along(t, path, ZERO, days, at)
    if at[STATE] < 0 or at[TOTAL] >= t.final_amount.shape[0]:
        return IMPOSSIBLE
    whole = at[COST] + t.final_state[at[STATE]]
    whole += t.final_count[at[COUNT]] + t.final_amount[at[TOTAL]]
    for day in range(days):
        whole += t.option_cost[path[day]]
    return min(int(whole), IMPOSSIBLE)


@kernel
def add_headcounts(t: PathTables, path: Ints, headcounts: Ints) -> None:
    """Add a person to the headcounts of the duties on their path."""
    for day in range(path.shape[0]):
        o = path[day]
        for i in range(t.first_duty[o], t.first_duty[o + 1]):
            headcounts[t.duty[i]] += 1


@kernel
def price_options(
    t: PathTables, headcounts: Ints, first_price: Ints, price: Ints, cost: Ints
) -> None:
    """Fill in what each option costs with one more person on its duties."""
    for o in range(t.option_class.shape[0]):
        c = np.int64(t.option_cost[o])
        for i in range(t.first_duty[o], t.first_duty[o + 1]):
            place = first_price[t.duty[i]] + headcounts[t.duty[i]]
            c += price[place + 1] - price[place]
        cost[o] = c


@kernel
def excess(extra: Extra, path: Ints, first: int, last: int, elsewhere: Longs, sums: Longs) -> int:
    """How far the extra totals are outside their limits, added up: what some days of a path add,
    and what all other days have `elsewhere`. Fills in the totals."""
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
