"""The compiled core of the activity lists: schedule generation, justification, crossover, mutation.

An activity list is turned into a schedule by the serial schedule generation scheme (Kolisch, EJOR
90, 1996): each job in turn as early as it fits. The schedule is then justified: every job as late
as its cost allows, then as early again, which seldom makes it worse and often better (Valls,
Ballestin and Quintanilla, Justification and RCPSP, EJOR 165, 2005). New lists take a stretch of
one good list and the rest from another (Hartmann, A competitive genetic algorithm for
resource-constrained project scheduling, Naval Research Logistics 45, 1998).
"""

from typing import NamedTuple

import numpy as np

from solver.arrays import ZERO, Ints, Longs, Rng, constant, draw, inner_kernel, kernel


class ProjectTables(NamedTuple):
    """A project as arrays. Jobs, resources and cost terms are numbers from 0 on; times are whole
    units from 0 on.

    A name that begins with `first_` gives, for each job, its first place in the arrays after it,
    and one more at the end.
    """

    first_predecessor: Ints
    predecessor: Ints
    predecessor_lag: Ints
    """Jobs that come before it, and the least time from their start to its start."""
    first_successor: Ints
    successor: Ints
    successor_lag: Ints
    """Jobs that come after it, and the least time from its start to their start."""
    first_use: Ints
    resource: Ints
    use_from: Ints
    use_until: Ints
    use_amount: Ints
    """The resources it needs, from when to when counted from its start, and how much."""
    first_range: Ints
    range_low: Ints
    range_high: Ints
    """When it may start: ranges in order, ends included."""
    first_term: Ints
    term: Ints
    term_plus: Ints
    """Cost terms that are at least its start plus this, in minutes."""
    rank: Ints
    """Its place in a topological order of precedence."""
    tail: Ints
    """The time from its start to the end of all that must follow it."""
    capacity: Ints
    """[resource, moment] -> how much of it there is."""
    term_low: Longs
    term_high: Longs
    weight: Longs
    """The least and greatest value of each cost term, and what a unit of it costs."""
    unit: int
    """The minutes of a unit of time."""


class Population(NamedTuple):
    """Activity lists with their schedules."""

    lists: Ints
    """[member, place] -> job; jobs stand after their predecessors."""
    starts: Ints
    """[member, job] -> its start."""
    costs: Longs


NO_FIT = -1
"""There is no time at which a job fits; or the cost of a schedule that does not fit."""


THOUSAND = constant(1000)


@inner_kernel
def _copy(source: Ints, target: Ints) -> None:
    """Number by number: numba compiles the assignment of a whole array, with its messages about
    shapes, for longer than a kernel."""
    for place in range(len(source)):
        target[place] = source[place]


@inner_kernel
def _copy_grid(source: Ints, target: Ints) -> None:
    for row in range(source.shape[0]):
        for place in range(source.shape[1]):
            target[row, place] = source[row, place]


@inner_kernel
def _earliest(t: ProjectTables, free: Ints, job: int, moment: int) -> int:
    """The first moment, from a given one on, at which a job fits; NO_FIT if there is none."""
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
            at = moment + t.use_until[k] - 1
            while at >= moment + t.use_from[k] and free[t.resource[k], at] >= t.use_amount[k]:
                at -= 1
            if at >= moment + t.use_from[k]:
                later = at + 1 - t.use_from[k]
                break
        if later == moment:
            return moment
        moment = later


@inner_kernel
def _latest(t: ProjectTables, free: Ints, job: int, moment: int) -> int:
    """The last moment, up to a given one, at which a job fits; NO_FIT if there is none."""
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
            at = moment + t.use_from[k]
            while at < moment + t.use_until[k] and free[t.resource[k], at] >= t.use_amount[k]:
                at += 1
            if at < moment + t.use_until[k]:
                sooner = at - t.use_until[k]
                break
        if sooner == moment:
            return moment
        moment = sooner


@inner_kernel
def _take(t: ProjectTables, free: Ints, job: int, moment: int) -> None:
    """Take what a job needs from what is free."""
    for k in range(t.first_use[job], t.first_use[job + 1]):
        for at in range(moment + t.use_from[k], moment + t.use_until[k]):
            free[t.resource[k], at] -= t.use_amount[k]


@inner_kernel
def _serial_schedule(t: ProjectTables, row: Ints, starts: Ints, free: Ints) -> bool:
    """The serial schedule generation scheme: every job in turn as early as it fits; false if one
    does not."""
    _copy_grid(t.capacity, free)
    for job in row:
        moment = ZERO
        for k in range(t.first_predecessor[job], t.first_predecessor[job + 1]):
            moment = max(moment, starts[t.predecessor[k]] + t.predecessor_lag[k])
        moment = _earliest(t, free, job, moment)
        if moment == NO_FIT:
            return False
        starts[job] = moment
        _take(t, free, job, moment)
    return True


@inner_kernel
def _justify_right(t: ProjectTables, row: Ints, starts: Ints, free: Ints, terms: Longs) -> bool:
    """Right justification: every job, from the last of a list on, as late as it fits without
    costing more; false if one does not fit."""
    _copy_grid(t.capacity, free)
    for place in range(len(row) - 1, -1, -1):
        job = row[place]
        moment = int(np.int64(t.range_high[t.first_range[job + 1] - 1]))
        for k in range(t.first_term[job], t.first_term[job + 1]):
            moment = min(moment, (terms[t.term[k]] - t.term_plus[k]) // t.unit)
        for k in range(t.first_successor[job], t.first_successor[job + 1]):
            moment = min(moment, starts[t.successor[k]] - t.successor_lag[k])
        moment = _latest(t, free, job, moment)
        if moment == NO_FIT:
            return False
        starts[job] = moment
        _take(t, free, job, moment)
    return True


@kernel
def cost(t: ProjectTables, starts: Ints, terms: Longs) -> int:
    """What a schedule costs; the values of its cost terms are written into `terms`."""
    for term in range(len(terms)):
        terms[term] = t.term_low[term]
    for job in range(len(starts)):
        for k in range(t.first_term[job], t.first_term[job + 1]):
            terms[t.term[k]] = max(terms[t.term[k]], starts[job] * t.unit + t.term_plus[k])
    total = 0
    for k in range(len(terms)):
        if terms[k] > t.term_high[k]:
            return NO_FIT
        total += t.weight[k] * terms[k]
    return total


@kernel
def sort_by_time(t: ProjectTables, times: Ints, row: Ints) -> None:
    """Sort a list by times, equals by rank: by insertion, as it is usually nearly sorted."""
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


@inner_kernel
def _justified(
    t: ProjectTables, row: Ints, starts: Ints, spare: Ints, free: Ints, terms: Longs
) -> int:
    """The cost of a list's schedule, which is justified while that helps; the list becomes the
    order of its starts."""
    if not _serial_schedule(t, row, starts, free):
        return NO_FIT
    reached = cost(t, starts, terms)
    while reached != NO_FIT:
        for job in row:
            spare[job] = starts[job]
            for k in range(t.first_use[job], t.first_use[job + 1]):
                spare[job] = max(spare[job], starts[job] + t.use_until[k])
            # A predecessor may end after the job does, but must stand before it in the list.
            for k in range(t.first_predecessor[job], t.first_predecessor[job + 1]):
                spare[job] = max(spare[job], spare[t.predecessor[k]])
        sort_by_time(t, spare, row)
        _copy(starts, spare)
        if not _justify_right(t, row, starts, free, terms):
            _copy(spare, starts)
            break
        sort_by_time(t, starts, row)
        if not _serial_schedule(t, row, starts, free):
            return NO_FIT
        before = reached
        reached = cost(t, starts, terms)
        if reached >= before:
            break
    sort_by_time(t, starts, row)
    return reached


@inner_kernel
def _random_list(t: ProjectTables, row: Ints, waiting: Ints, rng: Rng, tries: int) -> None:
    """A random list; the more tries, the sooner jobs with long tails have their turn."""
    ready = np.empty(len(row), np.int32)
    count = ZERO
    for job in range(len(row)):
        waiting[job] = t.first_predecessor[job + 1] - t.first_predecessor[job]
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
        for k in range(t.first_successor[job], t.first_successor[job + 1]):
            waiting[t.successor[k]] -= 1
            if waiting[t.successor[k]] == 0:
                ready[count] = t.successor[k]
                count += 1


@kernel
def fill(
    t: ProjectTables, population: Population, rng: Rng, worst: int, random_list_draws: int
) -> None:
    """Fill a population with random lists; one that does not fit costs `worst`."""
    free, terms = np.empty_like(t.capacity), np.empty_like(t.term_low)
    spare = np.empty(population.lists.shape[1], np.int32)
    for member in range(len(population.costs)):
        row, starts = population.lists[member], population.starts[member]
        _random_list(t, row, spare, rng, member % random_list_draws)
        reached = _justified(t, row, starts, spare, free, terms)
        population.costs[member] = worst if reached == NO_FIT else reached


@inner_kernel
def _crossover(one: Ints, other: Ints, row: Ints, rng: Rng, least: int, spread: int) -> None:
    """Two-point crossover: the beginning of one list, a stretch of another, the rest of the first.

    The stretch is one part in `least` of the list, and up to one part in `spread` more.
    """
    jobs = len(row)
    length = jobs // least + int(np.int64(draw(rng, jobs // spread + 1)))
    begin = int(np.int64(draw(rng, jobs - length + 1)))
    taken = np.zeros(jobs, np.bool_)
    for place in range(begin):
        row[place] = one[place]
        taken[one[place]] = True
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


@inner_kernel
def _mutate(t: ProjectTables, row: Ints, rng: Rng, per_mille: int) -> None:
    """Mutation: some neighbours change places, where the second is no successor of the first."""
    for place in range(len(row) - 1):
        if draw(rng, THOUSAND) >= per_mille:
            continue
        one, other = row[place], row[place + 1]
        bound = False
        for k in range(t.first_successor[one], t.first_successor[one + 1]):
            bound = bound or t.successor[k] == other
        if not bound:
            row[place], row[place + 1] = other, one


@inner_kernel
def _binary_tournament(costs: Longs, rng: Rng) -> int:
    """The better of two random members."""
    one, other = draw(rng, len(costs)), draw(rng, len(costs))
    return one if costs[one] <= costs[other] else other


@inner_kernel
def _is_known(population: Population, starts: Ints, reached: int) -> bool:
    """Whether a member has this schedule."""
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


@kernel
def replace_worse(
    population: Population, row: Ints, starts: Ints, reached: int, rng: Rng, tournament: int
) -> None:
    """A schedule takes the place of one that is no better, unless it is known already: the worst of
    `tournament` random members and one."""
    out = draw(rng, len(population.costs))
    for _ in range(tournament):
        other = draw(rng, len(population.costs))
        if population.costs[other] > population.costs[out]:
            out = other
    if reached <= population.costs[out] and not _is_known(population, starts, reached):
        _copy(row, population.lists[out])
        _copy(starts, population.starts[out])
        population.costs[out] = reached


@kernel
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
    """Breed a number of new lists, each from two members, and let each replace a worse one."""
    free, terms = np.empty_like(t.capacity), np.empty_like(t.term_low)
    jobs = population.lists.shape[1]
    row, starts, spare = (
        np.empty(jobs, np.int32),
        np.empty(jobs, np.int32),
        np.empty(jobs, np.int32),
    )
    for _ in range(number):
        one = _binary_tournament(population.costs, rng)
        other = _binary_tournament(population.costs, rng)
        _crossover(
            population.lists[one],
            population.lists[other],
            row,
            rng,
            crossover_least,
            crossover_spread,
        )
        _mutate(t, row, rng, swaps_per_mille)
        reached = _justified(t, row, starts, spare, free, terms)
        if reached != NO_FIT:
            replace_worse(population, row, starts, reached, rng, tournament)
