"""The compiled search for one person's best path through a window of days, all other days fixed."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from solver.arrays import NONE, ZERO, Ints, Longs, Rng, constant, draw, inner_kernel, kernel
from solver.network.shortest_path import (
    COST,
    COUNT,
    IMPOSSIBLE,
    STATE,
    TOTAL,
    DayWindow,
    Extra,
    PathTables,
    Workspace,
    backward,
    excess,
    forward,
    keep_within_reach,
    start_of,
    walk_along,
)

MERGED = 10
"""Days after which most of what went before makes no difference any more: from there on the rest of
a path is looked up by the state and counts that it is in. A constant, since it is compiled."""

TWO = constant(2)

AFTER = 4
"""Where `Context.begin`, otherwise a position, has what the days after the window add to the long
total."""


class Context(NamedTuple):
    """What the days before and after a window say, for one person; filled in by `set_context`."""

    begin: Longs
    """The position before the window and, as AFTER, what the days after it add to the long total.
    Its cost is that of all other days, but for the charges of the days after."""
    rest: Ints
    """[state, index of counts] -> what the days after the window cost from there in charges, and
    the end by state and counts; -1 where it is not known yet."""
    merged: Ints
    """The same, from MERGED days later on."""
    elsewhere: Longs
    """[total] -> what all other days add to the extra totals."""
    walk: Longs
    """A position to walk with."""


class WindowProblem(NamedTuple):
    """One person's path through a window is searched: their rules, and the days that are fixed."""

    tables: PathTables
    extra: Extra
    context: Context


class Surcharges(NamedTuple):
    """Lagrange multipliers of one person's extra totals, and how they are raised."""

    value: Longs
    """[total] -> surcharge for each unit, which the options' costs hold already."""
    rounds: int
    """How often they are raised, at most."""
    step: int
    """By how much at first, in path units."""


class Coupling(NamedTuple):
    """What duties cost by headcount, and the headcounts."""

    headcounts: Ints
    """[duty] -> people on it; kept up to date."""
    first_price: Ints
    price: Ints
    """As in `HeadcountCosts`."""


class Perturbation(NamedTuple):
    """Random changes of the options' costs, so that one of many good paths is found."""

    temperature: float
    """What each draw is multiplied with, in path units; none at 0."""
    draws: NDArray[np.float32]
    """Draws from a distribution, all equally likely; their number is a power of two."""


@inner_kernel
def set_context(p: WindowProblem, path: Ints, window: DayWindow) -> None:
    """Fill in a person's context: the days of the window are open, all others as in the path."""
    t, extra, f = p
    first, last = window
    start_of(t, f.walk)
    walk_along(t, path, ZERO, first, f.walk)
    for register in range(4):
        f.begin[register] = f.walk[register]
    f.begin[AFTER] = 0
    f.rest[:] = -1
    f.merged[:] = -1
    f.elsewhere[:] = 0
    for day in range(path.shape[0]):
        if first <= day < last:
            continue
        o = path[day]
        f.begin[COST] += t.option_cost[o]
        if day >= last:
            f.begin[AFTER] += t.amount[t.option_class[o]]
        for i in range(extra.first[o], extra.first[o + 1]):
            f.elsewhere[extra.total[i]] += extra.amount[i]


@inner_kernel
def rest_from(t: PathTables, f: Context, path: Ints, last: int, state: int, count: int) -> int:
    """What the days from `last` on cost in charges, and their end by state and counts, from a state
    and index of counts; IMPOSSIBLE if they are not allowed."""
    if f.rest[state, count] >= 0:
        return int(f.rest[state, count])
    days = path.shape[0]
    soon = min(last + MERGED, days)
    at = f.walk
    at[STATE], at[COUNT], at[TOTAL], at[COST] = state, count, 0, 0
    walk_along(t, path, last, soon, at)
    rest = at[COST]
    if at[STATE] >= 0:
        q, a = at[STATE], at[COUNT]
        if f.merged[q, a] < 0:
            at[COST] = 0
            walk_along(t, path, soon, days, at)
            ends = np.int64(IMPOSSIBLE)
            if at[STATE] >= 0:
                end = at[COST] + t.final_state[at[STATE]] + t.final_count[at[COUNT]]
                ends = min(end, ends)
            f.merged[q, a] = ends
        rest += f.merged[q, a]
    else:
        rest = IMPOSSIBLE
    f.rest[state, count] = min(rest, IMPOSSIBLE)
    return int(f.rest[state, count])


@inner_kernel
def _limit_totals(t: PathTables, f: Context, w: Workspace, window: DayWindow, days: int) -> bool:
    """Fill in between what the long total stays in the window; whether that is possible."""
    first, last = window
    least, most = w.least, w.most
    total, after = f.begin[TOTAL], f.begin[AFTER]
    there = last - first
    least[there] = max(t.least[last], t.least[days] - after, total)
    most[there] = min(t.most[last], t.most[days] - after)
    for place in range(there - 1, -1, -1):
        day = first + place
        least[place] = max(t.least[day], total, least[place + 1] - t.rise[day])
        most[place] = min(t.most[day], most[place + 1])
    return keep_within_reach(t, w, window, int(total))


@inner_kernel
def cheapest(p: WindowProblem, w: Workspace, path: Ints, window: DayWindow, rng: Rng) -> int:
    """Choose the options of a window at the costs in the workspace.

    Returns the least cost of those days and of what comes after them; IMPOSSIBLE if there is no
    path, and then `path` stays.
    """
    t, f = p.tables, p.context
    first, last = window
    if not _limit_totals(t, f, w, window, path.shape[0]):
        return IMPOSSIBLE
    forward(t, w, window, f.begin)
    there = last - first
    best = np.int64(IMPOSSIBLE)
    best_q, best_a, best_m = NONE, NONE, NONE
    ties = ZERO
    for q in range(t.follows.shape[0]):
        for a in range(t.counts.shape[1]):
            if w.low[there, q, a] > w.high[there, q, a]:
                continue
            rest = rest_from(t, f, path, last, q, a)
            if rest >= IMPOSSIBLE:
                continue
            for m in range(w.low[there, q, a], w.high[there, q, a] + 1):
                whole = w.value[there, q, a, m - w.least[there]] + rest
                whole += t.final_amount[m + f.begin[AFTER]]
                if whole < best:
                    best = whole
                    ties = ZERO
                if whole == best and best < IMPOSSIBLE:
                    ties += 1
                    if ties == 1 or draw(rng, ties) == 0:
                        best_q, best_a, best_m = q, a, m
    if best >= IMPOSSIBLE:
        return IMPOSSIBLE
    backward(t, w, window, (best_q, best_a, best_m), path, rng)
    return int(best)


@inner_kernel
def _raise(
    p: WindowProblem, w: Workspace, window: DayWindow, extra_total: int, more: int, surcharge: Longs
) -> None:
    """Raise one surcharge, and the costs of the options that add to its total."""
    t, extra = p.tables, p.extra
    surcharge[extra_total] += more
    for o in range(t.first_option[window.first], t.first_option[window.last]):
        for i in range(extra.first[o], extra.first[o + 1]):
            if extra.total[i] == extra_total:
                w.cost[o] += more * extra.amount[i]


@inner_kernel
def cheapest_within_totals(
    p: WindowProblem,
    w: Workspace,
    surcharges: Surcharges,
    path: Ints,
    window: DayWindow,
    outside: int,
    rng: Rng,
) -> tuple[int, int]:
    """The cheapest path at the costs in the workspace, and a cheap one that keeps the extra totals,
    or whose totals are at most `outside` units outside of their limits.

    Surcharges are raised until the totals are kept, and are left lower than they were, for the next
    time. Returns a proved least cost of the window in paths that keep the totals, with the
    surcharges at the beginning, and the cost of the window in `path`, which is IMPOSSIBLE if none
    was found.

    Each raise proves something: with `raised` on top, a path that keeps the totals costs at most
    `raised` times what is left of their limits more (Lagrangian relaxation).
    """
    extra, f = p.extra, p.context
    first, last = window
    extras = extra.most.shape[0]
    if extras == 0:
        found = cheapest(p, w, path, window, rng)
        return found, found
    sums = np.zeros(extras, np.int64)
    raised = np.zeros(extras, np.int64)
    bound = -IMPOSSIBLE
    found = IMPOSSIBLE
    for attempt in range(surcharges.rounds):
        found = cheapest(p, w, path, window, rng)
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
            more = ZERO
            if sums[x] > extra.most[x]:
                more = 1 + draw(rng, TWO)
            elif sums[x] < extra.least[x]:
                more = -1 - draw(rng, TWO)
            if more != 0:
                more *= surcharges.step << min(attempt // 3, 6)
                raised[x] += more
                _raise(p, w, window, x, more, surcharges.value)
        found = IMPOSSIBLE
    for x in range(extras):
        surcharges.value[x] -= surcharges.value[x] >> 3
    return bound, found


@inner_kernel
def price_path(
    p: WindowProblem,
    w: Workspace,
    surcharges: Surcharges,
    path: Ints,
    window: DayWindow,
    duals: Ints,
    rng: Rng,
) -> tuple[int, int]:
    """Pricing for one person: the cheapest whole path where each duty of the window has a dual.

    Returns a proved least cost, duals included, and what the path in `path` costs its person; both
    are IMPOSSIBLE if there is none, and the latter if none was found.
    """
    t, f = p.tables, p.context
    first, last = window
    for o in range(t.first_option[first], t.first_option[last]):
        c = np.int64(t.option_cost[o])
        for i in range(t.first_duty[o], t.first_duty[o + 1]):
            c += duals[t.duty[i]]
        w.cost[o] = c
    surcharges.value[:] = 0
    bound, found = cheapest_within_totals(p, w, surcharges, path, window, ZERO, rng)
    if bound < IMPOSSIBLE:
        bound += f.begin[COST]
    if found >= IMPOSSIBLE:
        return bound, IMPOSSIBLE
    at = f.walk
    for register in range(4):
        at[register] = f.begin[register]
    walk_along(t, path, first, last, at)
    own = at[COST] + t.final_amount[at[TOTAL] + f.begin[AFTER]]
    for day in range(first, last):
        own += t.option_cost[path[day]]
    return bound, int(own + rest_from(t, f, path, last, at[STATE], at[COUNT]))


@inner_kernel
def _leave(t: PathTables, path: Ints, window: DayWindow, coupling: Coupling) -> int:
    """Take a person off the duties of a window; the change in what duties cost."""
    change = 0
    headcounts, price = coupling.headcounts, coupling.price
    for day in range(window.first, window.last):
        o = path[day]
        for i in range(t.first_duty[o], t.first_duty[o + 1]):
            duty = t.duty[i]
            place = coupling.first_price[duty] + headcounts[duty]
            change += price[place - 1] - price[place]
            headcounts[duty] -= 1
    return change


@inner_kernel
def _join(t: PathTables, path: Ints, window: DayWindow, coupling: Coupling) -> int:
    """Put a person on the duties of a window; the change in what duties cost."""
    change = 0
    headcounts, price = coupling.headcounts, coupling.price
    for day in range(window.first, window.last):
        o = path[day]
        for i in range(t.first_duty[o], t.first_duty[o + 1]):
            duty = t.duty[i]
            place = coupling.first_price[duty] + headcounts[duty]
            change += price[place + 1] - price[place]
            headcounts[duty] += 1
    return change


@inner_kernel
def _perturbed_costs(
    p: WindowProblem,
    w: Workspace,
    surcharge: Longs,
    window: DayWindow,
    coupling: Coupling,
    perturbation: Perturbation,
    rng: Rng,
) -> None:
    """Fill in the options' costs with one more person on their duties, surcharges included."""
    t, extra = p.tables, p.extra
    first_price, price = coupling.first_price, coupling.price
    number = perturbation.draws.shape[0]
    for o in range(t.first_option[window.first], t.first_option[window.last]):
        c = np.int64(t.option_cost[o])
        for i in range(t.first_duty[o], t.first_duty[o + 1]):
            place = first_price[t.duty[i]] + coupling.headcounts[t.duty[i]]
            c += price[place + 1] - price[place]
        for i in range(extra.first[o], extra.first[o + 1]):
            c += surcharge[extra.total[i]] * extra.amount[i]
        if perturbation.temperature > 0:
            c += np.int64(perturbation.temperature * perturbation.draws[draw(rng, number)])
        w.cost[o] = c


@kernel
def replan(
    p: WindowProblem,
    w: Workspace,
    surcharges: Surcharges,
    path: Ints,
    window: DayWindow,
    coupling: Coupling,
    perturbation: Perturbation,
    is_first: bool,
    rng: Rng,
) -> int:
    """Re-plan a window of one person against everybody else; the change in what duties cost.

    The path stays as it was if none is found that keeps the extra totals as well. With `is_first`
    there is no path yet; then IMPOSSIBLE is returned if none is found.
    """
    t, extra, f = p
    first, last = window
    change = 0
    if not is_first:
        for day in range(first, last):
            w.previous[day] = path[day]
        change += _leave(t, path, window, coupling)
    _perturbed_costs(p, w, surcharges.value, window, coupling, perturbation, rng)
    set_context(p, path, window)
    outside = ZERO
    if not is_first and extra.most.shape[0] > 0:
        sums = np.empty(extra.most.shape[0], np.int64)
        outside = max(0, excess(extra, path, first, last, f.elsewhere, sums) - 1)
    _, found = cheapest_within_totals(p, w, surcharges, path, window, outside, rng)
    if found >= IMPOSSIBLE:
        if is_first:
            return IMPOSSIBLE
        for day in range(first, last):
            path[day] = w.previous[day]
    return change + _join(t, path, window, coupling)
