"""The compiled core of activity lists: jobs in a row, each as early as it fits; and what is bred
from good rows.

A list is turned into a schedule by serial generation, and that is justified: everything as late
as its cost allows, then as early again, which seldom makes it worse and often better (Valls,
Ballestin and Quintanilla, Justification and RCPSP, 2005). New lists take a stretch of one good
list and the rest from another (Hartmann, A competitive genetic algorithm, 1998).
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from solver.arrays import Ints, Longs, Rng, draw


class ProjectTables(NamedTuple):
    """A project as arrays. Jobs, things and rooms are numbers; times are whole units from 0 on.

    A name that begins with `first_` gives, for each job, its first place in the arrays after it,
    one more at the end.
    """

    first_before: Ints
    before: Ints
    least_before: Ints
    """Jobs that come before, and from start to start the least time between."""
    first_after: Ints
    after: Ints
    least_after: Ints
    first_use: Ints
    used: Ints
    used_from: Ints
    used_until: Ints
    used_amount: Ints
    """The things it needs, from when to when counted from its start, and how much."""
    first_range: Ints
    range_low: Ints
    range_high: Ints
    """When it may start: ranges in order, ends included."""
    first_term: Ints
    room: Ints
    plus: Ints
    """Rooms that are at least its start, in minutes, plus so many."""
    rank: Ints
    """A place in an order in which all that comes before a job is before it."""
    tail: Ints
    """The time from its start to the end of all that must follow."""
    free: Ints
    """[thing, moment] -> how much there is."""
    room_low: Longs
    room_high: Longs
    weight: Longs
    """Of each room its least and most, and what a unit of it costs."""
    unit: int
    """The minutes of a unit of time."""


class Population(NamedTuple):
    """Lists with their schedules."""

    lists: Ints
    """[member, place] -> job; whatever comes before a job is before it."""
    starts: Ints
    """[member, job] -> its start."""
    costs: Longs


NO_FIT = -1
"""There is no time at which a job fits; or the cost of what does not fit."""


@njit(cache=True, nogil=True)
def _earliest(t: ProjectTables, free: Ints, job: int, moment: int) -> int:
    """The first moment, from a given one on, at which a job fits."""
    while True:
        allowed = False
        for k in range(t.first_range[job], t.first_range[job + 1]):
            if moment <= t.range_high[k]:
                moment = max(moment, t.range_low[k])
                allowed = True
                break
        if not allowed:
            return NO_FIT
        later = moment
        for k in range(t.first_use[job], t.first_use[job + 1]):
            at = moment + t.used_until[k] - 1
            while at >= moment + t.used_from[k] and free[t.used[k], at] >= t.used_amount[k]:
                at -= 1
            if at >= moment + t.used_from[k]:
                later = at + 1 - t.used_from[k]
                break
        if later == moment:
            return moment
        moment = later


@njit(cache=True, nogil=True)
def _latest(t: ProjectTables, free: Ints, job: int, moment: int) -> int:
    """The last moment, up to a given one, at which a job fits."""
    while True:
        allowed = False
        for k in range(t.first_range[job + 1] - 1, t.first_range[job] - 1, -1):
            if moment >= t.range_low[k]:
                moment = min(moment, t.range_high[k])
                allowed = True
                break
        if not allowed:
            return NO_FIT
        sooner = moment
        for k in range(t.first_use[job], t.first_use[job + 1]):
            at = moment + t.used_from[k]
            while at < moment + t.used_until[k] and free[t.used[k], at] >= t.used_amount[k]:
                at += 1
            if at < moment + t.used_until[k]:
                sooner = at - t.used_until[k]
                break
        if sooner == moment:
            return moment
        moment = sooner


@njit(cache=True, nogil=True)
def _take(t: ProjectTables, free: Ints, job: int, moment: int) -> None:
    for k in range(t.first_use[job], t.first_use[job + 1]):
        for at in range(moment + t.used_from[k], moment + t.used_until[k]):
            free[t.used[k], at] -= t.used_amount[k]


@njit(cache=True, nogil=True)
def _early(t: ProjectTables, row: Ints, starts: Ints, free: Ints) -> bool:
    """Every job as early as it fits, in the order of a list."""
    free[:] = t.free
    for job in row:
        moment = 0
        for k in range(t.first_before[job], t.first_before[job + 1]):
            moment = max(moment, starts[t.before[k]] + t.least_before[k])
        moment = _earliest(t, free, job, moment)
        if moment == NO_FIT:
            return False
        starts[job] = moment
        _take(t, free, job, moment)
    return True


@njit(cache=True, nogil=True)
def _late(t: ProjectTables, row: Ints, starts: Ints, free: Ints, rooms: Longs) -> bool:
    """Every job as late as it fits without costing more, from the last of a list on."""
    free[:] = t.free
    for place in range(len(row) - 1, -1, -1):
        job = row[place]
        moment = t.range_high[t.first_range[job + 1] - 1]
        for k in range(t.first_term[job], t.first_term[job + 1]):
            moment = min(moment, (rooms[t.room[k]] - t.plus[k]) // t.unit)
        for k in range(t.first_after[job], t.first_after[job + 1]):
            moment = min(moment, starts[t.after[k]] - t.least_after[k])
        moment = _latest(t, free, job, moment)
        if moment == NO_FIT:
            return False
        starts[job] = moment
        _take(t, free, job, moment)
    return True


@njit(cache=True, nogil=True)
def cost(t: ProjectTables, starts: Ints, rooms: Longs) -> int:
    """What a schedule costs, and the room that it takes."""
    rooms[:] = t.room_low
    for job in range(len(starts)):
        for k in range(t.first_term[job], t.first_term[job + 1]):
            rooms[t.room[k]] = max(rooms[t.room[k]], starts[job] * t.unit + t.plus[k])
    total = 0
    for room in range(len(rooms)):
        if rooms[room] > t.room_high[room]:
            return NO_FIT
        total += t.weight[room] * rooms[room]
    return total


@njit(cache=True, nogil=True)
def by_time(t: ProjectTables, times: Ints, row: Ints) -> None:
    """Sort a list by times, equals by rank; it is nearly sorted as a rule."""
    for place in range(1, len(row)):
        job = row[place]
        at = place - 1
        while at >= 0 and (
            times[row[at]] > times[job]
            or (times[row[at]] == times[job] and t.rank[row[at]] > t.rank[job])
        ):
            row[at + 1] = row[at]
            at -= 1
        row[at + 1] = job


@njit(cache=True, nogil=True)
def _scheduled(
    t: ProjectTables, row: Ints, starts: Ints, spare: Ints, free: Ints, rooms: Longs
) -> int:
    """The schedule of a list, justified while that helps; the list becomes its order."""
    if not _early(t, row, starts, free):
        return NO_FIT
    reached = cost(t, starts, rooms)
    while reached != NO_FIT:
        for job in row:
            spare[job] = starts[job]
            for k in range(t.first_use[job], t.first_use[job + 1]):
                spare[job] = max(spare[job], starts[job] + t.used_until[k])
            # What comes before a job may end after it, and is nevertheless to be before it.
            for k in range(t.first_before[job], t.first_before[job + 1]):
                spare[job] = max(spare[job], spare[t.before[k]])
        by_time(t, spare, row)
        spare[:] = starts
        if not _late(t, row, starts, free, rooms):
            starts[:] = spare
            break
        by_time(t, starts, row)
        if not _early(t, row, starts, free):
            return NO_FIT
        before = reached
        reached = cost(t, starts, rooms)
        if reached >= before:
            break
    by_time(t, starts, row)
    return reached


@njit(cache=True, nogil=True)
def _random_list(t: ProjectTables, row: Ints, waiting: Ints, rng: Rng, tries: int) -> None:
    """Any list; the more tries, the sooner a job on which much depends has its turn."""
    ready = np.empty(len(row), np.int32)
    count = 0
    for job in range(len(row)):
        waiting[job] = t.first_before[job + 1] - t.first_before[job]
        if waiting[job] == 0:
            ready[count] = job
            count += 1
    for place in range(len(row)):
        chosen = draw(rng, count)
        for _ in range(tries):
            other = draw(rng, count)
            if t.tail[ready[other]] > t.tail[ready[chosen]]:
                chosen = other
        job = ready[chosen]
        row[place] = job
        count -= 1
        ready[chosen] = ready[count]
        for k in range(t.first_after[job], t.first_after[job + 1]):
            waiting[t.after[k]] -= 1
            if waiting[t.after[k]] == 0:
                ready[count] = t.after[k]
                count += 1


@njit(cache=True, nogil=True)
def settle(
    t: ProjectTables, population: Population, rng: Rng, worst: int, random_list_draws: int
) -> None:
    """Fill a population with random lists; what does not fit costs `worst`."""
    free, rooms = np.empty_like(t.free), np.empty_like(t.room_low)
    spare = np.empty(population.lists.shape[1], np.int32)
    for member in range(len(population.costs)):
        row, starts = population.lists[member], population.starts[member]
        _random_list(t, row, spare, rng, member % random_list_draws)
        reached = _scheduled(t, row, starts, spare, free, rooms)
        population.costs[member] = worst if reached == NO_FIT else reached


@njit(cache=True, nogil=True)
def _cross(one: Ints, other: Ints, row: Ints, rng: Rng, least: int, spread: int) -> None:
    """A list with the beginning of one, a stretch of the other, and what is left of the first."""
    jobs = len(row)
    length = jobs // least + int(np.int64(draw(rng, jobs // spread + 1)))
    begin = int(np.int64(draw(rng, jobs - length + 1)))
    taken = np.zeros(jobs, np.bool_)
    row[:begin] = one[:begin]
    for job in one[:begin]:
        taken[job] = True
    place = begin
    for job in other:
        if place == begin + length:
            break
        if not taken[job]:
            row[place] = job
            taken[job] = True
            place += 1
    for job in one:
        if not taken[job]:
            row[place] = job
            place += 1


@njit(cache=True, nogil=True)
def _shuffle(t: ProjectTables, row: Ints, rng: Rng, per_mille: int) -> None:
    """Some neighbours change places, where neither must be before the other."""
    for place in range(len(row) - 1):
        if draw(rng, 1000) >= per_mille:
            continue
        one, other = row[place], row[place + 1]
        bound = False
        for k in range(t.first_after[one], t.first_after[one + 1]):
            bound = bound or t.after[k] == other
        if not bound:
            row[place], row[place + 1] = other, one


@njit(cache=True, nogil=True)
def _better_of_two(costs: Longs, rng: Rng) -> int:
    one, other = draw(rng, len(costs)), draw(rng, len(costs))
    return one if costs[one] <= costs[other] else other


@njit(cache=True, nogil=True)
def _is_known(population: Population, starts: Ints, reached: int) -> bool:
    for member in range(len(population.costs)):
        if population.costs[member] == reached:
            same = True
            for job in range(len(starts)):
                if population.starts[member, job] != starts[job]:
                    same = False
                    break
            if same:
                return True
    return False


@njit(cache=True, nogil=True)
def join(
    population: Population, row: Ints, starts: Ints, reached: int, rng: Rng, tournament: int
) -> None:
    """A schedule takes the place of a worse one, unless it is known."""
    out = draw(rng, len(population.costs))
    for _ in range(tournament):
        other = draw(rng, len(population.costs))
        if population.costs[other] > population.costs[out]:
            out = other
    if reached <= population.costs[out] and not _is_known(population, starts, reached):
        population.lists[out] = row
        population.starts[out] = starts
        population.costs[out] = reached


@njit(cache=True, nogil=True)
def breed(
    t: ProjectTables,
    population: Population,
    rng: Rng,
    number: int,
    crossover_least: int,
    crossover_spread: int,
    swaps_per_mille: int,
    tournament: int,
) -> None:
    """Make new schedules from those of a population, one after another."""
    free, rooms = np.empty_like(t.free), np.empty_like(t.room_low)
    jobs = population.lists.shape[1]
    row, starts, spare = (
        np.empty(jobs, np.int32),
        np.empty(jobs, np.int32),
        np.empty(jobs, np.int32),
    )
    for _ in range(number):
        one = _better_of_two(population.costs, rng)
        other = _better_of_two(population.costs, rng)
        _cross(
            population.lists[one],
            population.lists[other],
            row,
            rng,
            crossover_least,
            crossover_spread,
        )
        _shuffle(t, row, rng, swaps_per_mille)
        reached = _scheduled(t, row, starts, spare, free, rooms)
        if reached != NO_FIT:
            join(population, row, starts, reached, rng, tournament)
