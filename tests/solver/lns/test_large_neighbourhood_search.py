"""Large neighbourhood search: some days of some people are repaired, and everything else stays."""

import itertools

import numpy as np
import pytest

from scheduler.rulebook.check import check
from scheduler.search.path_problem import PathProblem, path_problem
from solver.arrays import Ints
from solver.colgen.column_pool import Span, duties_of
from solver.colgen.incumbent import Incumbent
from solver.lns.annealing import RosterAnnealing
from solver.lns.large_neighbourhood_search import LargeNeighbourhoodSearch
from solver.lns.params import LnsParams, SelectionParams
from solver.network.networks import RosterNetwork
from solver.network.shortest_path import IMPOSSIBLE, own_cost
from tests.solver.club import club, counts, found_problem, most_index, priced_path, pricer_of


def first_roster(problem: PathProblem) -> list[Ints]:
    """Everybody's first path."""
    search = RosterAnnealing(problem.networks, problem.duties, 1)
    assert search.begin(lambda: False)
    assert search.roster.best is not None
    return search.roster.best


def incumbent(problem: PathProblem, costs: list[int]) -> Incumbent:
    """With more time than a test needs."""
    found = Incumbent(
        problem.networks,
        problem.duties,
        found=lambda path, cost: costs.append(cost),
        bounded=lambda bound: None,
    )
    found.left = lambda: 600.0
    return found


def least(network: RosterNetwork, kept: Ints, span: Span, duals: Ints) -> int:
    """What the cheapest path costs, by trying all that differ in a window only."""
    t = network.tables
    days = [range(t.first_option[day], t.first_option[day + 1]) for day in range(*span)]
    best = IMPOSSIBLE
    for some in itertools.product(*days):
        path = kept.copy()
        path[slice(*span)] = some
        own = int(own_cost(t, path))
        if own < IMPOSSIBLE and not network.outside(path):
            best = min(best, own + int(duals[duties_of(t, path)].sum()))
    return best


@pytest.mark.parametrize("span", [(0, 4), (3, 7), (10, 14), (24, 27)])
def test_the_cheapest_path_on_some_days_is_the_cheapest(span: Span) -> None:
    """Trying everything finds none cheaper, and what is proved is what it costs."""
    problem = found_problem(6, 27)
    roster = first_roster(problem)
    pricer = pricer_of(problem, 4)
    pricer.open(span, dict(enumerate(roster)))
    rng = np.random.default_rng(1)
    for person in range(6):
        duals = np.zeros(len(problem.duties.first_price) - 1, np.int32)
        open_ = duties_in(problem, span)
        duals[open_] = rng.integers(-9000, 1000, len(open_))
        bound, found, path = priced_path(pricer, person, duals)
        assert bound == found == least(problem.networks[person], roster[person], span, duals)
        outside = [*range(span[0]), *range(span[1], 27)]
        assert path[outside].tolist() == roster[person][outside].tolist()


def test_surcharges_prove_bounds_in_a_window() -> None:
    """What the other days add to a total is counted in."""
    facts, rules = club(6, 27, limit=12)
    problem = path_problem(facts, rules, roster=most_index(1))
    assert isinstance(problem, PathProblem)
    roster = first_roster(problem)
    pricer = pricer_of(problem, 4)
    rng = np.random.default_rng(1)
    tight = 0
    for first in range(0, 24, 2):
        span = (first, first + 4)
        open_ = duties_in(problem, (first, min(27, first + 4)))
        pricer.open((first, min(27, first + 4)), dict(enumerate(roster)))
        for person in range(6):
            duals = np.zeros(len(problem.duties.first_price) - 1, np.int32)
            duals[open_] = -rng.integers(0, 40, len(open_)) * problem.duties.scale
            bound, found, _ = priced_path(pricer, person, duals)
            cheapest = least(
                problem.networks[person], roster[person], (first, min(27, span[1])), duals
            )
            assert bound <= cheapest <= found
            tight += bound == cheapest
    assert tight > 10


def duties_in(problem: PathProblem, span: Span) -> list[int]:
    """The duties of some days."""
    return [d.number for d in problem.facts.duties if span[0] <= d.day < span[1]]


def test_repairs_make_a_roster_better_and_keep_all_rules() -> None:
    """What is kept costs what the checker says, and each is better than the one before."""
    params = LnsParams(selection=SelectionParams(people=(), spans=(4, 7, 10)))
    facts, rules = club(6, 27)
    problem = path_problem(facts, rules)
    assert isinstance(problem, PathProblem)
    costs: list[int] = []
    shared = incumbent(problem, costs)
    lns = LargeNeighbourhoodSearch(shared, 1e6, params)
    assert lns.selection.has_windows
    tries = itertools.count()
    lns.run(1, lambda: next(tries) > 4000, first_roster(problem), finishes=False)
    assert len(costs) > 2
    assert costs == sorted(set(costs), reverse=True)
    assert shared.best is not None
    report = check(facts, rules, problem.plan(shared.best))
    assert not report.broken_musts
    assert sum(report.costs.values()) * problem.duties.scale == shared.cost


def test_parts_leave_their_duals_to_those_that_share_duties() -> None:
    """And nothing on the duties that were not theirs."""
    problem = found_problem(6, 21)
    shared = incumbent(problem, [])
    span = (7, 14)
    master = shared.master(range(6), problem.duties.nobody(), span=span)
    shared.learn_duals(master)
    assert not shared.duals.any()
    duals = np.full(len(shared.duals), 5, np.int32)
    assert master.prove(-1000, duals)
    shared.learn_duals(master)
    assert np.flatnonzero(shared.duals).tolist() == duties_in(problem, span)


def test_what_two_threads_find_on_different_days_is_kept_together() -> None:
    """Each goes on from the roster it began with; the best one has both changes."""
    facts, rules = club(6, 27)
    left = [r for r in rules if r.name != "weekends" and not counts(r, "minutes")]
    problem = path_problem(facts, left)
    assert isinstance(problem, PathProblem)
    roster = first_roster(problem)
    better = []
    for span in ((0, 9), (18, 27)):
        shared = incumbent(problem, [])
        lns = LargeNeighbourhoodSearch(shared, 1e6)
        lns.selection._begins = {9: [span[0]] * 200}  # noqa: SLF001 # so that only these days change
        lns.selection._gain_and_time = {(6, 9): [1.0, 1.0]}  # noqa: SLF001
        tries = itertools.count()
        lns.run(1, lambda: next(tries) > 300, roster, finishes=False)  # noqa: B023
        assert shared.best is not None
        better.append(shared.best)
    shared = incumbent(problem, [])
    costs = [shared.take(shared.columns(path)) for path in (roster, *better)]
    assert costs[0] > max(costs[1:])
    shared = incumbent(problem, [])
    shared.take(shared.columns(better[0]))
    taken = dict(enumerate(shared.columns(better[1])))
    both, cost = LargeNeighbourhoodSearch(shared, 1e6)._accept(  # noqa: SLF001
        shared.columns(roster), taken, (18, 27)
    )
    assert cost == shared.cost < min(costs)
    changed = {
        (person, part)
        for person, column in enumerate(both)
        for part, span in enumerate(((0, 9), (18, 27)))
        if column.path[slice(*span)].tolist() != roster[person][slice(*span)].tolist()
    }
    assert {part for _, part in changed} == {0, 1}
