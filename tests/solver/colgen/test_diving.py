"""Diving: an LP's value is of whole rosters, and its bounds hold however it is solved."""

import itertools

import numpy as np
import pytest

from scheduler.search.path_problem import PathProblem, path_problem
from solver.colgen.column_pool import ColumnPool
from solver.colgen.diving import Diving
from solver.colgen.incumbent import Incumbent
from solver.colgen.master import RestrictedMaster
from solver.colgen.params import DivingParams, MasterParams
from solver.colgen.root_node import solve_root
from solver.lns.annealing import RosterAnnealing
from solver.network.work_meter import Meter
from tests.solver.club import (
    club,
    counts,
    covered_club,
    found_problem,
    most_index,
    priced_path,
    pricer_of,
)


def diving(
    problem: PathProblem,
    interior_rows: int = MasterParams.interior_rows,
    gap: float = DivingParams.gap,
) -> tuple[Diving, RestrictedMaster]:
    """Column generation over everybody, with no columns yet."""
    networks, duties = problem.networks, problem.duties
    master = RestrictedMaster(
        networks,
        range(len(networks)),
        duties,
        duties.nobody(),
        Meter(),
        lambda: 60.0,
        params=MasterParams(interior_rows=interior_rows),
    )
    ticks = itertools.count()
    search = Diving(
        networks,
        duties,
        ColumnPool(networks),
        pricer_of(problem),
        lambda: float(next(ticks)),
        DivingParams(gap=gap),
    )
    return search, master


def never() -> bool:
    """Nobody stops."""
    return False


@pytest.mark.parametrize("interior_rows", [0, 10_000])
def test_bound_value_and_roster_are_in_order(interior_rows: int) -> None:
    """The bound, the LP's value, and the cost of a dive's roster, whichever way it is solved."""
    problem = found_problem(6, 14)
    search, master = diving(problem, interior_rows)
    bounds: list[int] = []
    value = search.relax(master, stop=never, bounded=bounds.append)
    assert bounds == sorted(bounds)
    assert bounds[-1] == master.bound
    scale = problem.duties.scale
    assert value - 0.5 <= master.bound / scale <= value + 1e-6
    taken = search.dive(master, seconds=1e9, stop=never, cutoff=float("inf"))
    assert taken is not None
    headcounts = np.zeros(len(problem.duties.first_price) - 1, np.int32)
    for column in taken.values():
        np.add.at(headcounts, column.duties, 1)
    cost = sum(column.cost for column in taken.values()) + problem.duties.cost(headcounts)
    assert bounds[-1] <= cost


@pytest.mark.parametrize("guess", [-300, 0, 20])
def test_a_guess_of_the_duals_changes_no_value(guess: int) -> None:
    """It is the first thing that is asked, and proves what it can."""
    problem = found_problem(6, 14)
    search, master = diving(problem)
    value = search.relax(master, stop=never)
    again, guessed = diving(problem)
    bounds: list[int] = []
    duals = np.full(len(problem.duties.first_price) - 1, guess * problem.duties.scale, np.int32)
    same = again.relax(guessed, stop=never, bounded=bounds.append, guess=duals)
    assert abs(value - same) < 0.5 + 1e-6
    assert bounds == sorted(bounds)
    assert bounds[-1] <= (value + 1e-6) * problem.duties.scale


def test_eased_musts_are_never_dearer_and_cost_nothing_where_they_are_kept() -> None:
    """So what is proved with them holds."""
    duties = covered_club(6, 14).duties
    eased = duties.eased
    assert eased is not duties
    assert eased.eased is eased
    assert (eased.price <= duties.price).all()
    assert ((eased.price == duties.price) == (duties.price == 0)).all()
    soft = found_problem(6, 14).duties
    assert soft.eased is soft


def test_musts_that_are_too_cheap_are_priced_as_they_hold() -> None:
    """The optimum over everybody then breaks some, and is sought again."""
    bounds = []
    for eased in (0, 3, 40):
        problem = covered_club(8, 14, eased)
        found = Incumbent(
            problem.networks,
            problem.duties,
            found=lambda paths, cost: None,
            bounded=lambda bound: None,
        )
        found.left = lambda: 600.0
        annealing = RosterAnnealing(problem.networks, problem.duties, 1)
        assert annealing.begin(never)
        for n in range(300):
            annealing.move(n % 8, 5.0 if n < 200 else 0.0)
        assert annealing.roster.best is not None
        found.offer(annealing.roster.best, annealing.roster.best_cost)
        assert (found.guide is problem.duties) == (eased == 40)
        assert solve_root(found, found.diving(found.pricer(1)), never) is not None
        bounds.append(-(-found.bound // problem.duties.scale))
    assert bounds[0] == bounds[1] == bounds[2]


def test_a_pool_forgets_its_oldest_columns() -> None:
    """However long a search lasts, it keeps a fixed number; those found last stay."""
    problem = found_problem(6, 14)
    pool = ColumnPool(problem.networks)
    pool.most = 8
    pricer = pricer_of(problem)
    rng = np.random.default_rng(1)
    found: list[bytes] = []
    for _ in range(60):
        duals = rng.integers(-40, 40, len(problem.duties.first_price) - 1).astype(np.int32)
        _, _, path = priced_path(pricer, 0, duals * problem.duties.scale)
        known = [column.path.tobytes() for column in pool.columns[0].values()]
        if pool.add(0, path).path.tobytes() not in known:
            found.append(path.tobytes())
        assert len(pool.columns[0]) <= 8
        assert pool.recent(0, 1)[0].path.tobytes() == found[-1]
    assert len(found) > 20


def test_both_ways_of_solving_agree() -> None:
    """Once no column is missing, the LP has the same value."""
    values = []
    for interior_rows in (0, 10_000):
        search, master = diving(found_problem(6, 14), interior_rows, gap=0.001)
        values.append(search.relax(master, stop=never))
    assert values[0] == pytest.approx(values[1], abs=0.01)


def test_a_copy_shares_nothing_and_pruning_loses_nothing() -> None:
    """A pruned master and its copy have the same value; fixing in the copy binds no other."""
    search, master = diving(found_problem(6, 14))
    value = search.relax(master, stop=never)
    columns = len(master.columns)
    master.prune(1)
    assert len(master.columns) < columns
    assert master.solve() == pytest.approx(value)
    other = master.copy()
    assert other.solve() == pytest.approx(value)
    assert search.dive(other, seconds=1e9, stop=never, cutoff=float("inf")) is not None
    assert not other.active
    assert len(master.active) == 6
    assert not master.fixed
    assert master.solve() == pytest.approx(value)


def test_others_count_in_what_a_group_is_worth() -> None:
    """With everybody else as they are, the value of a group's master is of the whole roster."""
    problem = found_problem(6, 14)
    search, master = diving(problem)
    search.relax(master, stop=never)
    taken = search.dive(master, seconds=1e9, stop=never, cutoff=float("inf"))
    assert taken is not None
    headcounts = np.zeros(len(problem.duties.first_price) - 1, np.int32)
    for column in taken.values():
        np.add.at(headcounts, column.duties, 1)
    cost = sum(column.cost for column in taken.values()) + problem.duties.cost(headcounts)
    np.subtract.at(headcounts, taken[0].duties, 1)
    own = sum(column.cost for person, column in taken.items() if person)
    group = RestrictedMaster(
        problem.networks, [0], problem.duties, headcounts, Meter(), lambda: 60.0, own=own
    )
    group.add(0, taken[0])
    assert group.solve() == pytest.approx(cost / problem.duties.scale)


def test_surcharges_prove_bounds() -> None:
    """A bound with surcharges is at most the least cost of all paths, and no path found costs less;
    it is higher than the bound without the totals."""
    facts, rules = club(6, 14, limit=7)
    paid = path_problem(facts, rules, roster=most_index(1))
    exact = path_problem(facts, rules, roster=most_index(1000))
    without = path_problem(facts, [rule for rule in rules if not counts(rule, "shifts")])
    assert isinstance(paid, PathProblem)
    assert isinstance(exact, PathProblem)
    assert isinstance(without, PathProblem)
    assert not any(network.exact for network in paid.networks)
    assert all(network.exact for network in exact.networks)
    pricers = [pricer_of(problem) for problem in (paid, exact, without)]
    rng = np.random.default_rng(1)
    nearer = 0
    for _ in range(30):
        duals = -rng.integers(0, 40, len(paid.duties.first_price) - 1).astype(np.int32)
        duals *= paid.duties.scale
        (bound, found, _), (_, least, _), (_, loose, _) = (
            priced_path(pricer, 0, duals) for pricer in pricers
        )
        assert bound <= least <= found
        nearer += bound > loose
    assert nearer > 20
