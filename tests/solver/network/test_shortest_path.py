"""Shortest paths: what they cost, against all paths of a short horizon."""

import itertools

import numpy as np
import pytest

from scheduler.search.path_problem import PathProblem
from solver.arrays import Ints
from solver.network.networks import RosterNetwork
from solver.network.shortest_path import (
    IMPOSSIBLE,
    DayWindow,
    EndCosts,
    amounts_along,
    extend,
    own_cost,
    price_options,
)
from solver.network.window_path import Coupling, Perturbation, Surcharges, WindowProblem, replan
from solver.network.workspace import ThreadWorkspace
from tests.solver.club import found_problem

DAYS = 7


@pytest.fixture(scope="module")
def problem() -> PathProblem:
    """Three people in one week."""
    return found_problem(3, DAYS)


def all_paths(network: RosterNetwork) -> list[Ints]:
    """Every way to spend the days."""
    t = network.tables
    days = [range(t.first_option[day], t.first_option[day + 1]) for day in range(DAYS)]
    return [np.array(path, np.int32) for path in itertools.product(*days)]


def whole_cost(network: RosterNetwork, path: Ints, option_costs: Ints) -> int:
    """What a path costs where its options have some costs, and not their own."""
    own = int(own_cost(network.tables, path))
    if own >= IMPOSSIBLE:
        return IMPOSSIBLE
    return own + int((option_costs - network.tables.option_cost)[path].sum())


def test_a_path_over_all_days_is_the_cheapest(problem: PathProblem) -> None:
    """At the prices of duties that nobody is on yet."""
    network, duties = problem.networks[0], problem.duties
    thread = ThreadWorkspace([network], 1, DAYS)
    price_options(
        network.tables, duties.nobody(), duties.first_price, duties.price, thread.workspace.cost
    )
    costs = thread.workspace.cost[: len(network.tables.option_cost)].copy()
    path = np.zeros(DAYS, np.int32)
    ends = EndCosts(network.tables.final_count, 0, 0)
    found = extend(network.tables, thread.workspace, path, DayWindow(0, DAYS), ends, thread.rng)
    assert found < IMPOSSIBLE
    assert own_cost(network.tables, path) < IMPOSSIBLE
    best = min(whole_cost(network, other, costs) for other in all_paths(network))
    assert best < IMPOSSIBLE
    assert whole_cost(network, path, costs) == best


def test_a_position_is_that_of_the_path(problem: PathProblem) -> None:
    """The long total before a day is what the days before it add."""
    t = problem.networks[0].tables
    path = t.first_option[:-1].copy()
    _, totals = amounts_along(t, path)
    assert totals.tolist() == [0, *np.cumsum(t.amount[t.option_class[path]]).tolist()]


@pytest.mark.parametrize("window", [DayWindow(0, DAYS), DayWindow(2, 5), DayWindow(4, DAYS)])
def test_a_window_is_replanned_to_the_best(problem: PathProblem, window: DayWindow) -> None:
    """Against everybody else, without a perturbation; the days outside of it stay."""
    network, duties = problem.networks[0], problem.duties
    thread = ThreadWorkspace([network], 1, DAYS)
    rng = np.random.default_rng(1)
    allowed = [p for p in all_paths(network) if own_cost(network.tables, p) < IMPOSSIBLE]
    before = allowed[int(rng.integers(len(allowed)))]
    headcounts = duties.nobody()
    t = network.tables

    def cost(path: Ints) -> int:
        counts = duties.nobody()
        for option in path:
            counts[t.duty[t.first_duty[option] : t.first_duty[option + 1]]] += 1
        return int(own_cost(t, path)) + duties.cost(counts)

    for option in before:
        headcounts[t.duty[t.first_duty[option] : t.first_duty[option + 1]]] += 1
    path = before.copy()
    change = replan(
        WindowProblem(t, network.extra, thread.context),
        thread.workspace,
        Surcharges(np.zeros(0, np.int64), 14, 4),
        path,
        window,
        Coupling(headcounts, duties.first_price, duties.price),
        Perturbation(0.0, np.zeros(1, np.float32)),
        False,
        thread.rng,
    )
    outside = [*range(window.first), *range(window.last, DAYS)]
    rivals = [p for p in allowed if (p[outside] == before[outside]).all()]
    assert (path[outside] == before[outside]).all()
    assert cost(path) == min(map(cost, rivals))
    own = int(own_cost(t, path)) - int(own_cost(t, before))
    assert cost(path) - cost(before) == change + own
