"""The compiled core of a person's shortest path: forward over the days, back at random among ties.

Costs are whole numbers, so that what is proved from them is exact. A path is a choice of one option
for each day. Options of one class are alike in all but their cost; the cheapest stands for its
class. See Irnich and Desaulniers, Shortest path problems with resource constraints (2005).
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Dice = NDArray[np.uint64]
"""The state of a random generator, never zero: what it decides can be repeated on any thread."""

INFINITE = np.int32(2**30)
"""The cost of what is not allowed; above every sum of real costs."""

IMPOSSIBLE = 7 * 10**8
"""Costs from here on mean that there is no path."""


MERGED = 10
"""Days after which most of what went before makes no difference any more."""


class Tables(NamedTuple):
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
    start: Ints
    """(state, index of counts, long total) before the first day."""


@njit(cache=True, nogil=True)
def roll(dice: Dice, sides: int) -> int:
    """A number from 0 up to, but without, `sides`: xorshift64* (Vigna, 2016)."""
    x = dice[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    dice[0] = x
    return int(((x * np.uint64(2685821657736338717)) >> np.uint64(33)) % np.uint64(sides))


@njit(cache=True, nogil=True)
def forward(
    t: Tables,
    first: int,
    last: int,
    cost: Ints,
    value: Ints,
    low: Ints,
    high: Ints,
    least: Ints,
    most: Ints,
    state: int,
    count: int,
    amount: int,
    class_cost: Ints,
    class_option: Ints,
) -> None:
    """Least costs of all ways to spend the days from `first` up to, but without, `last`.

    The long total stays between `least[place]` and `most[place]`, places counted from `first`.
    `value[place, state, count, amount - least[place]]` is filled where `low <= amount <= high`;
    there is no way where `low > high`. `class_cost` and `class_option` are filled for each day.
    """
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
                    if a2 < 0:
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
    t: Tables,
    first: int,
    last: int,
    value: Ints,
    low: Ints,
    high: Ints,
    least: Ints,
    class_cost: Ints,
    class_option: Ints,
    state: int,
    count: int,
    amount: int,
    chosen: Ints,
    dice: Dice,
) -> None:
    """Fills `chosen[day]` with the options of a cheapest way to an end; any one among ties."""
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
                        if ties == 1 or roll(dice, ties) == 0:
                            best_q, best_a, best_k = q1, a1, k
        chosen[day] = class_option[here, best_k]
        q, a, m = best_q, best_a, m - t.amount[best_k]


@njit(cache=True, nogil=True)
def walk_along(t: Tables, chosen: Ints, first: int, last: int, at: Longs) -> None:
    """Moves `at` (state, index of counts, long total, cost) along chosen options; the state is -1
    where they are not allowed."""
    for day in range(first, last):
        o = chosen[day]
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
def keep_within(t: Tables, first: int, last: int, amount: int, least: Ints, most: Ints) -> None:
    """The long total cannot rise faster than its days let it."""
    top = amount
    for place in range(last - first + 1):
        most[place] = max(min(most[place], top), least[place] - 1)
        if first + place < last:
            top += t.rise[first + place]


@njit(cache=True, nogil=True)
def extend(
    t: Tables,
    cost: Ints,
    chosen: Ints,
    first: int,
    last: int,
    weigh_count: Ints,
    target: int,
    weight: int,
    value: Ints,
    low: Ints,
    high: Ints,
    class_cost: Ints,
    class_option: Ints,
    least: Ints,
    most: Ints,
    dice: Dice,
) -> int:
    """Chooses the options of the days from `first` up to `last`, the days before as chosen, and
    those after not yet.

    Ends that leave room are preferred: `weigh_count` is added for the counts, and `weight` for each
    unit that the long total is away from its target. Returns the least cost, or IMPOSSIBLE.
    """
    at = np.empty(4, np.int64)
    at[0], at[1], at[2], at[3] = t.start[0], t.start[1], t.start[2], 0
    walk_along(t, chosen, 0, first, at)
    for place in range(last - first + 1):
        least[place] = max(t.least[first + place], at[2])
        most[place] = t.most[first + place]
    keep_within(t, first, last, at[2], least, most)
    if least[0] != at[2] or most[0] < at[2]:
        return IMPOSSIBLE
    forward(
        t,
        first,
        last,
        cost,
        value,
        low,
        high,
        least,
        most,
        at[0],
        at[1],
        at[2],
        class_cost,
        class_option,
    )
    there = last - first
    best = np.int64(IMPOSSIBLE)
    best_q, best_a, best_m = -1, -1, -1
    for q in range(t.follows.shape[0]):
        for a in range(t.counts.shape[1]):
            for m in range(low[there, q, a], high[there, q, a] + 1):
                whole = value[there, q, a, m - least[there]] + weigh_count[a]
                whole += weight * abs(m - target)
                if whole < best:
                    best = whole
                    best_q, best_a, best_m = q, a, m
    if best >= IMPOSSIBLE:
        return IMPOSSIBLE
    backward(
        t,
        first,
        last,
        value,
        low,
        high,
        least,
        class_cost,
        class_option,
        best_q,
        best_a,
        best_m,
        chosen,
        dice,
    )
    return int(best)


@njit(cache=True, nogil=True)
def cheapest(
    t: Tables,
    cost: Ints,
    chosen: Ints,
    first: int,
    last: int,
    value: Ints,
    low: Ints,
    high: Ints,
    class_cost: Ints,
    class_option: Ints,
    least: Ints,
    most: Ints,
    dice: Dice,
) -> int:
    """Chooses the options of the days from `first` up to `last` anew, the other days as chosen.

    Returns the least cost of those days and of what the end adds; IMPOSSIBLE if there is no way,
    and then `chosen` stays. All arrays but the first four are room to work in.
    """
    days = chosen.shape[0]
    states = t.follows.shape[0]
    indices = t.counts.shape[1]
    at = np.empty(4, np.int64)
    at[0], at[1], at[2], at[3] = t.start[0], t.start[1], t.start[2], 0
    walk_along(t, chosen, 0, first, at)
    after = 0
    for day in range(last, days):
        after += t.amount[t.option_class[chosen[day]]]
    there = last - first
    least[there] = max(t.least[last], t.least[days] - after, at[2])
    most[there] = min(t.most[last], t.most[days] - after)
    for place in range(there - 1, -1, -1):
        day = first + place
        least[place] = max(t.least[day], at[2], least[place + 1] - t.rise[day])
        most[place] = min(t.most[day], most[place + 1])
    keep_within(t, first, last, at[2], least, most)
    if least[0] != at[2] or most[0] < at[2]:
        return IMPOSSIBLE
    forward(
        t,
        first,
        last,
        cost,
        value,
        low,
        high,
        least,
        most,
        at[0],
        at[1],
        at[2],
        class_cost,
        class_option,
    )
    best = np.int64(IMPOSSIBLE)
    best_q, best_a, best_m = -1, -1, -1
    ties = 0
    soon = min(last + MERGED, days)
    known = np.full((states, indices), -1, np.int64)
    for q in range(states):
        for a in range(indices):
            if low[there, q, a] > high[there, q, a]:
                continue
            at[0], at[1], at[2], at[3] = q, a, 0, 0
            walk_along(t, chosen, last, soon, at)
            if at[0] < 0:
                continue
            rest = at[3]
            merged_q, merged_a = at[0], at[1]
            if known[merged_q, merged_a] < 0:
                at[3] = 0
                walk_along(t, chosen, soon, days, at)
                known[merged_q, merged_a] = IMPOSSIBLE
                if at[0] >= 0:
                    ends = at[3] + t.final_state[at[0]] + t.final_count[at[1]]
                    known[merged_q, merged_a] = min(ends, IMPOSSIBLE)
            rest += known[merged_q, merged_a]
            if rest >= IMPOSSIBLE:
                continue
            for m in range(low[there, q, a], high[there, q, a] + 1):
                whole = value[there, q, a, m - least[there]] + rest + t.final_amount[m + after]
                if whole < best:
                    best = whole
                    ties = 0
                if whole == best and best < IMPOSSIBLE:
                    ties += 1
                    if ties == 1 or roll(dice, ties) == 0:
                        best_q, best_a, best_m = q, a, m
    if best >= IMPOSSIBLE:
        return IMPOSSIBLE
    backward(
        t,
        first,
        last,
        value,
        low,
        high,
        least,
        class_cost,
        class_option,
        best_q,
        best_a,
        best_m,
        chosen,
        dice,
    )
    return int(best)


@njit(cache=True, nogil=True)
def own_cost(t: Tables, chosen: Ints) -> int:
    """What a whole path costs its person; IMPOSSIBLE if it is not allowed."""
    days = chosen.shape[0]
    at = np.empty(4, np.int64)
    at[0], at[1], at[2], at[3] = t.start[0], t.start[1], t.start[2], 0
    walk_along(t, chosen, 0, days, at)
    if at[0] < 0 or at[2] >= t.final_amount.shape[0]:
        return IMPOSSIBLE
    whole = at[3] + t.final_state[at[0]] + t.final_count[at[1]] + t.final_amount[at[2]]
    for day in range(days):
        whole += t.option_cost[chosen[day]]
    return min(int(whole), IMPOSSIBLE)


@njit(cache=True, nogil=True)
def add_heads(t: Tables, chosen: Ints, heads: Ints) -> None:
    """Counts a person in on the duties of their path."""
    for day in range(chosen.shape[0]):
        o = chosen[day]
        for i in range(t.first_duty[o], t.first_duty[o + 1]):
            heads[t.duty[i]] += 1


@njit(cache=True, nogil=True)
def price_options(t: Tables, heads: Ints, first_price: Ints, price: Ints, cost: Ints) -> None:
    """What each option costs with one more person on its duties."""
    for o in range(t.option_class.shape[0]):
        c = np.int64(t.option_cost[o])
        for i in range(t.first_duty[o], t.first_duty[o + 1]):
            place = first_price[t.duty[i]] + heads[t.duty[i]]
            c += price[place + 1] - price[place]
        cost[o] = c


class Extra(NamedTuple):
    """Totals of one person that are not part of the path's state, and are paid for until kept."""

    least: Ints
    most: Ints
    first: Ints
    """[option] -> first place in `total`, one more at the end."""
    total: Ints
    amount: Ints


@njit(cache=True, nogil=True)
def excess(extra: Extra, chosen: Ints, sums: Longs) -> int:
    """How far a path's extra totals are outside their limits, in all; fills in the totals."""
    for x in range(sums.shape[0]):
        sums[x] = 0
    for day in range(chosen.shape[0]):
        o = chosen[day]
        for i in range(extra.first[o], extra.first[o + 1]):
            sums[extra.total[i]] += extra.amount[i]
    outside = 0
    for x in range(sums.shape[0]):
        outside += max(0, sums[x] - extra.most[x]) + max(0, extra.least[x] - sums[x])
    return outside


@njit(cache=True, nogil=True)
def cheapest_kept(
    t: Tables,
    extra: Extra,
    surcharge: Longs,
    chosen: Ints,
    first: int,
    last: int,
    outside: int,
    rounds: int,
    step: int,
    cost: Ints,
    value: Ints,
    low: Ints,
    high: Ints,
    class_cost: Ints,
    class_option: Ints,
    least: Ints,
    most: Ints,
    dice: Dice,
) -> tuple[int, int]:
    """The cheapest path at given costs, and a cheap one that keeps the extra totals too, or whose
    totals are at most so far `outside` their limits.

    `surcharge`, which the costs hold already, is raised until they are kept, at first by `step`,
    `rounds` times at the most; it is left lower than it was, for the next time. Returns a proved
    least cost of the days from `first` up to `last` in paths that keep the totals, with the
    surcharges that it was called with, and the cost of those in `chosen`, which is IMPOSSIBLE if
    none were found.

    Each raise proves something: with `raised` on top, a path that keeps the totals costs at most
    `raised` times what is left of their limits more (Lagrange).
    """
    extras = extra.most.shape[0]
    sums = np.zeros(extras, np.int64)
    raised = np.zeros(extras, np.int64)
    elsewhere = np.zeros(extras, np.int64)
    if extras > 0:
        for day in range(chosen.shape[0]):
            if day < first or day >= last:
                o = chosen[day]
                for i in range(extra.first[o], extra.first[o + 1]):
                    elsewhere[extra.total[i]] += extra.amount[i]
    bound = -IMPOSSIBLE
    found = IMPOSSIBLE
    for attempt in range(rounds):
        found = cheapest(
            t,
            cost,
            chosen,
            first,
            last,
            value,
            low,
            high,
            class_cost,
            class_option,
            least,
            most,
            dice,
        )
        if found >= IMPOSSIBLE:
            bound = max(bound, found) if attempt == 0 else bound
            break
        paid = np.int64(0)
        for x in range(extras):
            limit = extra.most[x] if raised[x] > 0 else extra.least[x]
            paid += raised[x] * (limit - elsewhere[x])
        bound = max(bound, int(found - paid))
        if extras == 0:
            break
        if excess(extra, chosen, sums) <= outside:
            break
        for x in range(extras):
            more = 0
            if sums[x] > extra.most[x]:
                more = 1 + roll(dice, 2)
            elif sums[x] < extra.least[x]:
                more = -1 - roll(dice, 2)
            if more == 0:
                continue
            more *= step << min(attempt // 3, 6)
            surcharge[x] += more
            raised[x] += more
            for o in range(t.first_option[first], t.first_option[last]):
                for i in range(extra.first[o], extra.first[o + 1]):
                    if extra.total[i] == x:
                        cost[o] += more * extra.amount[i]
        found = IMPOSSIBLE
    for x in range(extras):
        surcharge[x] -= surcharge[x] >> 3
    return bound, found


@njit(cache=True, nogil=True)
def respond(
    t: Tables,
    extra: Extra,
    surcharge: Longs,
    chosen: Ints,
    first: int,
    last: int,
    prices: Ints,
    rounds: int,
    step: int,
    cost: Ints,
    value: Ints,
    low: Ints,
    high: Ints,
    class_cost: Ints,
    class_option: Ints,
    least: Ints,
    most: Ints,
    dice: Dice,
) -> tuple[int, int]:
    """A person's cheapest whole path where each duty has a price, the days before `first` and from
    `last` on as chosen.

    Returns a proved least cost, and the cost of the path in `chosen`; IMPOSSIBLE if there is none.
    """
    days = chosen.shape[0]
    at = np.empty(4, np.int64)
    at[0], at[1], at[2], at[3] = t.start[0], t.start[1], t.start[2], 0
    walk_along(t, chosen, 0, first, at)
    fixed = at[3]
    for day in range(days):
        if first <= day < last:
            continue
        fixed += t.option_cost[chosen[day]]
        for i in range(t.first_duty[chosen[day]], t.first_duty[chosen[day] + 1]):
            fixed += prices[t.duty[i]]
    for o in range(t.first_option[first], t.first_option[last]):
        c = np.int64(t.option_cost[o])
        for i in range(t.first_duty[o], t.first_duty[o + 1]):
            c += prices[t.duty[i]]
        cost[o] = c
    surcharge[:] = 0
    bound, found = cheapest_kept(
        t,
        extra,
        surcharge,
        chosen,
        first,
        last,
        0,
        rounds,
        step,
        cost,
        value,
        low,
        high,
        class_cost,
        class_option,
        least,
        most,
        dice,
    )
    if bound < IMPOSSIBLE:
        bound += fixed
    if found >= IMPOSSIBLE:
        return bound, found
    whole = own_cost(t, chosen)
    for day in range(days):
        o = chosen[day]
        for i in range(t.first_duty[o], t.first_duty[o + 1]):
            whole += prices[t.duty[i]]
    return bound, whole


@njit(cache=True, nogil=True)
def replan(
    t: Tables,
    extra: Extra,
    surcharge: Longs,
    chosen: Ints,
    first: int,
    last: int,
    heads: Ints,
    first_price: Ints,
    price: Ints,
    heat: float,
    noise: NDArray[np.float32],
    rounds: int,
    step: int,
    anew: bool,
    cost: Ints,
    before: Ints,
    value: Ints,
    low: Ints,
    high: Ints,
    class_cost: Ints,
    class_option: Ints,
    least: Ints,
    most: Ints,
    dice: Dice,
) -> int:
    """Plans some days of one person anew against everybody else; the change in what duties cost.

    `heads` counts the people on each duty and is kept up to date; `price[first_price[duty] + n]` is
    what a duty costs with n people. Each option's cost is disturbed by `heat` times a draw from
    `noise`, so that the choice is one of many good ones and not always the same. `surcharge` is
    what the extra totals are paid for with; `rounds` of raising them are tried, and after that the
    path stays as it was. `anew` tells that there is no path yet; then IMPOSSIBLE is returned if
    none is found.
    """
    change = 0
    for day in range(first, last):
        if anew:
            break
        before[day] = chosen[day]
        o = chosen[day]
        for i in range(t.first_duty[o], t.first_duty[o + 1]):
            duty = t.duty[i]
            place = first_price[duty] + heads[duty]
            change += price[place - 1] - price[place]
            heads[duty] -= 1
    mask = noise.shape[0] - 1
    for o in range(t.first_option[first], t.first_option[last]):
        c = np.int64(t.option_cost[o])
        for i in range(t.first_duty[o], t.first_duty[o + 1]):
            place = first_price[t.duty[i]] + heads[t.duty[i]]
            c += price[place + 1] - price[place]
        for i in range(extra.first[o], extra.first[o + 1]):
            c += surcharge[extra.total[i]] * extra.amount[i]
        if heat > 0:
            c += np.int64(heat * noise[roll(dice, mask + 1)])
        cost[o] = c
    outside = 0
    if not anew:
        outside = max(0, excess(extra, chosen, np.empty(extra.most.shape[0], np.int64)) - 1)
    found = cheapest_kept(
        t,
        extra,
        surcharge,
        chosen,
        first,
        last,
        outside,
        rounds,
        step,
        cost,
        value,
        low,
        high,
        class_cost,
        class_option,
        least,
        most,
        dice,
    )
    kept = found[1] < IMPOSSIBLE
    if not kept:
        if anew:
            return IMPOSSIBLE
        for day in range(first, last):
            chosen[day] = before[day]
    for day in range(first, last):
        o = chosen[day]
        for i in range(t.first_duty[o], t.first_duty[o + 1]):
            duty = t.duty[i]
            place = first_price[duty] + heads[duty]
            change += price[place + 1] - price[place]
            heads[duty] += 1
    return change
