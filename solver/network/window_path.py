"""The compiled search for one person's way through some days, all other days as they are."""

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from solver.arrays import Ints, Longs, Rng, draw
from solver.network.shortest_path import (
    IMPOSSIBLE,
    Extra,
    PathTables,
    Workspace,
    backward,
    excess,
    forward,
    keep_within,
    walk_along,
)

MERGED = 10
"""Days after which most of what went before makes no difference any more."""


class Context(NamedTuple):
    """What the days before and after some days say, for one person; filled by `set_context`."""

    at: Longs
    """(state, index of counts, long total) before the days; what the days after them add to the
    long total; what all other days cost, but for charges on the days after."""
    rest: Ints
    """[state, index of counts] -> what the days after cost from there in charges, and the end by
    state and counts; -1 where it was not asked for yet."""
    merged: Ints
    """The same some days later."""
    elsewhere: Longs
    """[total] -> what all other days add to the extra totals."""
    walk: Longs
    """Room for a walk."""


@njit(cache=True, nogil=True)
def set_context(t: PathTables, extra: Extra, f: Context, path: Ints, first: int, last: int) -> None:
    """Open the days from `first` up to, but without, `last`; all others stay as in `path`."""
    f.walk[0], f.walk[1], f.walk[2], f.walk[3] = t.start[0], t.start[1], t.start[2], 0
    walk_along(t, path, 0, first, f.walk)
    f.at[0], f.at[1], f.at[2], f.at[3], f.at[4] = f.walk[0], f.walk[1], f.walk[2], 0, f.walk[3]
    f.rest[:] = -1
    f.merged[:] = -1
    f.elsewhere[:] = 0
    for day in range(path.shape[0]):
        if first <= day < last:
            continue
        o = path[day]
        f.at[4] += t.option_cost[o]
        if day >= last:
            f.at[3] += t.amount[t.option_class[o]]
        for i in range(extra.first[o], extra.first[o + 1]):
            f.elsewhere[extra.total[i]] += extra.amount[i]


@njit(cache=True, nogil=True)
def rest_from(t: PathTables, f: Context, path: Ints, last: int, state: int, count: int) -> int:
    """What the days from `last` on cost in charges, and their end by state and counts, from a state
    and index of counts; IMPOSSIBLE if they are not allowed."""
    if f.rest[state, count] >= 0:
        return int(f.rest[state, count])
    days = path.shape[0]
    soon = min(last + MERGED, days)
    at = f.walk
    at[0], at[1], at[2], at[3] = state, count, 0, 0
    walk_along(t, path, last, soon, at)
    rest = at[3]
    if at[0] >= 0:
        q, a = at[0], at[1]
        if f.merged[q, a] < 0:
            at[3] = 0
            walk_along(t, path, soon, days, at)
            ends = np.int64(IMPOSSIBLE)
            if at[0] >= 0:
                ends = min(at[3] + t.final_state[at[0]] + t.final_count[at[1]], ends)
            f.merged[q, a] = ends
        rest += f.merged[q, a]
    else:
        rest = IMPOSSIBLE
    f.rest[state, count] = min(rest, IMPOSSIBLE)
    return int(f.rest[state, count])


@njit(cache=True, nogil=True)
def cheapest(
    t: PathTables, f: Context, w: Workspace, path: Ints, first: int, last: int, rng: Rng
) -> int:
    """Chooses the options of the open days anew, at the costs in the room.

    Returns the least cost of those days and of what comes after them; IMPOSSIBLE if there is no
    way, and then `path` stays.
    """
    days = path.shape[0]
    least, most = w.least, w.most
    state, count, amount, after = f.at[0], f.at[1], f.at[2], f.at[3]
    there = last - first
    least[there] = max(t.least[last], t.least[days] - after, amount)
    most[there] = min(t.most[last], t.most[days] - after)
    for place in range(there - 1, -1, -1):
        day = first + place
        least[place] = max(t.least[day], amount, least[place + 1] - t.rise[day])
        most[place] = min(t.most[day], most[place + 1])
    keep_within(t, first, last, amount, least, most)
    if least[0] != amount or most[0] < amount:
        return IMPOSSIBLE
    forward(t, w, first, last, state, count, amount)
    best = np.int64(IMPOSSIBLE)
    best_q, best_a, best_m = -1, -1, -1
    ties = 0
    for q in range(t.follows.shape[0]):
        for a in range(t.counts.shape[1]):
            if w.low[there, q, a] > w.high[there, q, a]:
                continue
            rest = rest_from(t, f, path, last, q, a)
            if rest >= IMPOSSIBLE:
                continue
            for m in range(w.low[there, q, a], w.high[there, q, a] + 1):
                whole = w.value[there, q, a, m - least[there]] + rest + t.final_amount[m + after]
                if whole < best:
                    best = whole
                    ties = 0
                if whole == best and best < IMPOSSIBLE:
                    ties += 1
                    if ties == 1 or draw(rng, ties) == 0:
                        best_q, best_a, best_m = q, a, m
    if best >= IMPOSSIBLE:
        return IMPOSSIBLE
    backward(t, w, first, last, best_q, best_a, best_m, path, rng)
    return int(best)


@njit(cache=True, nogil=True)
def cheapest_within_totals(
    t: PathTables,
    extra: Extra,
    f: Context,
    w: Workspace,
    surcharge: Longs,
    path: Ints,
    first: int,
    last: int,
    outside: int,
    rounds: int,
    step: int,
    rng: Rng,
) -> tuple[int, int]:
    """The cheapest way at the costs in the room, and a cheap one that keeps the extra totals too,
    or whose totals are at most so far `outside` their limits.

    `surcharge`, which the costs hold already, is raised until they are kept, at first by `step`,
    `rounds` times at the most; it is left lower than it was, for the next time. Returns a proved
    least cost of the open days in paths that keep the totals, with the surcharges that it was
    called with, and the cost of those in `path`, which is IMPOSSIBLE if none were found.

    Each raise proves something: with `raised` on top, a path that keeps the totals costs at most
    `raised` times what is left of their limits more (Lagrange).
    """
    extras = extra.most.shape[0]
    if extras == 0:
        found = cheapest(t, f, w, path, first, last, rng)
        return found, found
    sums = np.zeros(extras, np.int64)
    raised = np.zeros(extras, np.int64)
    bound = -IMPOSSIBLE
    found = IMPOSSIBLE
    for attempt in range(rounds):
        found = cheapest(t, f, w, path, first, last, rng)
        if found >= IMPOSSIBLE:
            bound = max(bound, found) if attempt == 0 else bound
            break
        paid = np.int64(0)
        for x in range(extras):
            limit = extra.most[x] if raised[x] > 0 else extra.least[x]
            paid += raised[x] * (limit - f.elsewhere[x])
        bound = max(bound, int(found - paid))
        if excess(extra, path, first, last, f.elsewhere, sums) <= outside:
            break
        for x in range(extras):
            more = 0
            if sums[x] > extra.most[x]:
                more = 1 + draw(rng, 2)
            elif sums[x] < extra.least[x]:
                more = -1 - draw(rng, 2)
            if more == 0:
                continue
            more *= step << min(attempt // 3, 6)
            surcharge[x] += more
            raised[x] += more
            for o in range(t.first_option[first], t.first_option[last]):
                for i in range(extra.first[o], extra.first[o + 1]):
                    if extra.total[i] == x:
                        w.cost[o] += more * extra.amount[i]
        found = IMPOSSIBLE
    for x in range(extras):
        surcharge[x] -= surcharge[x] >> 3
    return bound, found


@njit(cache=True, nogil=True)
def price_path(
    t: PathTables,
    extra: Extra,
    f: Context,
    w: Workspace,
    surcharge: Longs,
    path: Ints,
    first: int,
    last: int,
    duals: Ints,
    rounds: int,
    step: int,
    rng: Rng,
) -> tuple[int, int]:
    """A person's cheapest whole path where each duty of the open days has a price.

    Returns a proved least cost, duals included, and what the path in `path` costs its person;
    both are IMPOSSIBLE if there is none, and the latter if none was found.
    """
    for o in range(t.first_option[first], t.first_option[last]):
        c = np.int64(t.option_cost[o])
        for i in range(t.first_duty[o], t.first_duty[o + 1]):
            c += duals[t.duty[i]]
        w.cost[o] = c
    surcharge[:] = 0
    bound, found = cheapest_within_totals(
        t, extra, f, w, surcharge, path, first, last, 0, rounds, step, rng
    )
    if bound < IMPOSSIBLE:
        bound += f.at[4]
    if found >= IMPOSSIBLE:
        return bound, IMPOSSIBLE
    at = f.walk
    at[0], at[1], at[2], at[3] = f.at[0], f.at[1], f.at[2], f.at[4]
    walk_along(t, path, first, last, at)
    own = at[3] + t.final_amount[at[2] + f.at[3]]
    for day in range(first, last):
        own += t.option_cost[path[day]]
    return bound, int(own + rest_from(t, f, path, last, at[0], at[1]))


@njit(cache=True, nogil=True)
def replan(
    t: PathTables,
    extra: Extra,
    f: Context,
    w: Workspace,
    surcharge: Longs,
    path: Ints,
    first: int,
    last: int,
    headcounts: Ints,
    first_price: Ints,
    price: Ints,
    temperature: float,
    perturbation: NDArray[np.float32],
    rounds: int,
    step: int,
    first_path: bool,
    rng: Rng,
) -> int:
    """Plans some days of one person anew against everybody else; the change in what duties cost.

    `headcounts` counts the people on each duty and is kept up to date;
    `price[first_price[duty] + n]` is what a duty costs with n people. Each option's cost is
    disturbed by `temperature` times a draw from `perturbation`, so that the choice is one of many
    good ones and not always the same. `surcharge` pays for the extra totals; after `rounds` of
    raising it the path stays as it was. With `first_path` there is no path yet, and IMPOSSIBLE is
    returned if none is found.
    """
    change = 0
    for day in range(first, last):
        if first_path:
            break
        w.before[day] = path[day]
        o = path[day]
        for i in range(t.first_duty[o], t.first_duty[o + 1]):
            duty = t.duty[i]
            place = first_price[duty] + headcounts[duty]
            change += price[place - 1] - price[place]
            headcounts[duty] -= 1
    mask = perturbation.shape[0] - 1
    for o in range(t.first_option[first], t.first_option[last]):
        c = np.int64(t.option_cost[o])
        for i in range(t.first_duty[o], t.first_duty[o + 1]):
            place = first_price[t.duty[i]] + headcounts[t.duty[i]]
            c += price[place + 1] - price[place]
        for i in range(extra.first[o], extra.first[o + 1]):
            c += surcharge[extra.total[i]] * extra.amount[i]
        if temperature > 0:
            c += np.int64(temperature * perturbation[draw(rng, mask + 1)])
        w.cost[o] = c
    set_context(t, extra, f, path, first, last)
    outside = 0
    if not first_path and extra.most.shape[0] > 0:
        sums = np.empty(extra.most.shape[0], np.int64)
        outside = max(0, excess(extra, path, first, last, f.elsewhere, sums) - 1)
    found = cheapest_within_totals(
        t, extra, f, w, surcharge, path, first, last, outside, rounds, step, rng
    )
    kept = found[1] < IMPOSSIBLE
    if not kept:
        if first_path:
            return IMPOSSIBLE
        for day in range(first, last):
            path[day] = w.before[day]
    for day in range(first, last):
        o = path[day]
        for i in range(t.first_duty[o], t.first_duty[o + 1]):
            duty = t.duty[i]
            place = first_price[duty] + headcounts[duty]
            change += price[place + 1] - price[place]
            headcounts[duty] += 1
    return change


STEP = 4
"""How much a surcharge rises at first, in units of the priority's cost."""


ROUNDS = 14
"""How often the surcharge of a total that is not kept is raised for one path."""
