"""The roster search: path tables agree with the checkers, and no bound is above a roster."""

import subprocess
import sys

import numpy as np
import pytest

from models.facts.plan import Plan
from scheduler.rulebook.check import check
from scheduler.rulebook.example import Example
from scheduler.rulebook.rule import Rule
from scheduler.rules import ALWAYS_ON, EXAMPLES
from scheduler.search.path_problem import PathProblem, path_problem
from solver.lns.annealing import RosterAnnealing
from solver.lns.params import AnnealingParams, FirstPathParams
from solver.network.networks import RosterNetwork
from solver.network.params import WorkspaceParams
from solver.network.shortest_path import IMPOSSIBLE, own_cost
from solver.network.workspace import window_days
from tests.agreement import plans, soft
from tests.solver.club import club, counts, found_problem, most_index

SHOWN = {
    f"{kind}-{number}": example
    for kind, shown in EXAMPLES.items()
    for number, example in enumerate(shown)
}


def cost(problem: PathProblem, plan: Plan) -> int | None:
    """What a plan costs by the tables, in the priority's units; None where it is no path."""
    chosen = problem.roster(plan)
    if chosen is None:
        return None
    whole = 0
    headcounts = np.zeros(len(problem.duties.first_price) - 1, np.int32)
    for network, mine in zip(problem.tracks, chosen, strict=True):
        if outside(network, mine):
            return None
        own = own_cost(network.tables, mine)
        if own >= IMPOSSIBLE:
            return None
        whole += own
        for option in mine:
            t = network.tables
            headcounts[t.duty[t.first_duty[option] : t.first_duty[option + 1]]] += 1
    return (whole + problem.duties.cost(headcounts)) // problem.duties.scale


def outside(network: RosterNetwork, chosen: np.ndarray) -> bool:
    """Whether an extra total is outside of its limits."""
    sums = [0] * len(network.extra.most)
    for option in chosen:
        for i in range(network.extra.first[option], network.extra.first[option + 1]):
            sums[network.extra.total[i]] += int(network.extra.amount[i])
    return any(
        not least <= there <= most
        for there, least, most in zip(sums, network.extra.least, network.extra.most, strict=True)
    )


@pytest.mark.parametrize("example", SHOWN.values(), ids=SHOWN)
def test_tables_cost_what_the_checker_says(example: Example) -> None:
    """As a wish, on every schedule that breaks nothing else."""
    facts = example.indexed
    rules: list[Rule] = [*ALWAYS_ON, soft(example.rule)]
    problem = path_problem(facts, rules)
    if isinstance(problem, str):
        assert problem
        return
    for plan in plans(facts, example.plan):
        report = check(facts, rules, plan)
        found = cost(problem, plan)
        if report.broken_musts:
            assert found is None
        else:
            assert found == report.costs[1], sorted(plan.cells)


@pytest.mark.parametrize("example", SHOWN.values(), ids=SHOWN)
def test_tables_allow_what_the_checker_allows(example: Example) -> None:
    """As a must: the checker refuses what is no path, or breaks a must between people."""
    facts = example.indexed
    rules: list[Rule] = [*ALWAYS_ON, example.rule.model_copy(update={"priority": "must"})]
    problem = path_problem(facts, rules)
    if isinstance(problem, str):
        # Where nobody has a path, that is the reason; else the rule has none.
        assert problem
        return
    for plan in plans(facts, example.plan):
        allowed = not check(facts, rules, plan).broken_musts
        chosen = problem.roster(plan)
        found = cost(problem, plan) is not None and problem.keeps_musts(chosen or [])
        assert found == allowed, sorted(plan.cells)


def test_many_rules_have_shapes() -> None:
    """So that the two tests above do not pass on nothing."""
    shaped = {
        example.rule.name
        for example in SHOWN.values()
        if not isinstance(path_problem(example.indexed, [*ALWAYS_ON, soft(example.rule)]), str)
    }
    assert {
        "consecutive_days",
        "consecutive_days_off",
        "min_rest",
        "weekends",
        "requests",
    } <= shaped
    assert {"cover", "surplus", "workload", "shift_sequence"} <= shaped


def test_annealing_keeps_headcounts_and_costs_up_to_date() -> None:
    """They are those counted again from the paths, and the checker's."""
    problem = found_problem(5, 14)
    facts, rules = club(5, 14)
    search = RosterAnnealing(problem.tracks, problem.duties, 1)
    assert search.begin(lambda: False)
    for n in range(200):
        search.move(n % 5, 5.0 if n % 2 else 0.0)
        headcounts, kept = search.roster.headcounts.copy(), search.roster.cost
        search.roster.take(search.roster.paths)
        assert (headcounts == search.roster.headcounts).all()
        assert kept == search.roster.cost
    report = check(facts, rules, problem.plan(search.roster.paths))
    assert not report.broken_musts
    assert report.costs[1] * problem.duties.scale == search.roster.cost


def test_surcharges_keep_extra_totals() -> None:
    """A limit that is outside of a path's state holds all the same."""
    facts, rules = club(6, 14, limit=7)
    problem = path_problem(facts, rules, roster=most_index(1))
    assert isinstance(problem, PathProblem)
    assert not all(network.exact for network in problem.tracks)
    search = RosterAnnealing(problem.tracks, problem.duties, 1)
    assert search.begin(lambda: False)
    for n in range(300):
        search.move(n % 6, 3.0)
    assert search.roster.best is not None
    assert not check(facts, rules, problem.plan(search.roster.best)).broken_musts


@pytest.mark.parametrize("labels", [1, 8_000_000])
def test_paths_made_window_by_window_are_allowed(labels: int) -> None:
    """And re-planning windows of them keeps headcounts and costs up to date."""
    params = AnnealingParams(
        workspace=WorkspaceParams(most_labels=1, shortest_window=14),
        first_paths=FirstPathParams(corridor_labels=labels, overlap=3),
    )
    facts, rules = club(5, 27)
    problem = path_problem(facts, [r for r in rules if not counts(r, "minutes")])
    assert isinstance(problem, PathProblem)
    search = RosterAnnealing(problem.tracks, problem.duties, 1, params=params)
    assert search.begin(lambda: False)
    for n in range(100):
        search.move(n % 5, 1.0)
    kept = search.roster.cost
    search.roster.take(search.roster.paths)
    assert kept == search.roster.cost
    rest = [r for r in rules if not counts(r, "minutes")]
    assert not check(facts, rest, problem.plan(search.roster.paths)).broken_musts


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("counted", [False, True])
def test_a_bound_is_never_above_a_roster(workers: int, counted: bool) -> None:
    """Whatever is found while the search runs, its proved bound is not above it."""
    problem = found_problem(6, 14)
    costs: list[int] = []
    bounds: list[int] = []
    search = problem.search(lambda chosen, cost: costs.append(cost), bounds.append)
    assert search.run(
        1.0 if counted else 4.0,
        workers=workers,
        seed=3,
        stop=lambda: False,
        left=lambda: 20.0,
        counted=counted,
    )
    assert costs == sorted(costs, reverse=True)
    assert bounds == sorted(bounds)
    assert bounds
    assert bounds[-1] <= costs[-1]


def test_counted_work_is_repeated() -> None:
    """The same seed gives the same roster, however long the clock takes."""
    rosters = []
    for _ in range(2):
        problem = found_problem(6, 14)
        search = problem.search(lambda chosen, cost: None, lambda bound: None)
        search.run(0.5, workers=2, seed=5, stop=lambda: False, left=lambda: 60.0, counted=True)
        assert search.incumbent.best is not None
        rosters.append(np.concatenate(search.incumbent.best).tolist())
    assert rosters[0] == rosters[1]


def test_paths_in_a_corridor_keep_all_rules() -> None:
    """First paths near their pace, and moves near what a person has."""
    space = WorkspaceParams(most_labels=40_000, shortest_window=14)
    params = AnnealingParams(
        workspace=space,
        first_paths=FirstPathParams(window_press=(), window_wanting=(), window_ahead=()),
        near=1.0,
    )
    facts, rules = club(5, 27)
    problem = path_problem(facts, rules)
    assert isinstance(problem, PathProblem)
    search = RosterAnnealing(problem.tracks, problem.duties, 1, params=params)
    assert window_days(problem.tracks, space) < 27
    assert search.begin(lambda: False)
    began = search.roster.cost
    for n in range(50):
        search.move(n % 5, 0.0)
    assert search.roster.cost <= began
    kept = search.roster.cost
    search.roster.take(search.roster.paths)
    assert kept == search.roster.cost
    assert not check(facts, rules, problem.plan(search.roster.paths)).broken_musts


def test_each_priority_has_a_bound() -> None:
    """Whole rosters bound the last priority, and an earlier one if later rules are left out; no
    roster does better at either."""
    facts, rules = club(3, 14)
    rules = [
        rule.model_copy(update={"priority": 2}) if rule.name == "requests" else rule
        for rule in rules
    ]
    earlier = [rule for rule in rules if rule.priority != 2]
    problem, alone = path_problem(facts, rules), path_problem(facts, earlier)
    assert isinstance(problem, PathProblem)
    assert isinstance(alone, PathProblem)
    assert problem.priorities == (1, 2)
    bounds: dict[int, int] = {}
    for known in (problem, alone):
        search = known.search(
            lambda chosen, cost: None,
            lambda bound, place=known.priorities[-1]: bounds.update({place: bound}),  # type: ignore[misc]
        )
        search.prove(10.0, seed=1, stop=lambda: False, left=lambda: 60.0)
    rosters = RosterAnnealing(problem.tracks, problem.duties, 1)
    assert rosters.begin(lambda: False)
    for n in range(100):
        rosters.move(n % 3, 5.0 if n < 50 else 0.0)
        costs = check(facts, rules, problem.plan(rosters.roster.paths)).costs
        assert problem.least(bounds[2], costs) <= costs[2]
        assert 0 < alone.least(bounds[1], costs) <= costs[1]


def test_all_that_is_compiled_is_compiled_beforehand() -> None:
    """After `python -m solver.search.warm_up` no first rota waits for the compiler."""
    script = """
import pkgutil, importlib, solver
from solver.search.warm_up import warm
warm()
KERNELS = {"solver.network.packed_tables", "solver.network.shortest_path",
           "solver.network.window_path", "solver.rcpsp.list_kernel"}
for module in pkgutil.walk_packages(solver.__path__, "solver."):
    if module.name not in KERNELS:
        for name, value in vars(importlib.import_module(module.name)).items():
            if hasattr(value, "signatures"):
                print(module.name, name, len(value.signatures))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=300
    )
    compiled = [line.split() for line in done.stdout.splitlines()]
    assert len(compiled) > 8
    assert [name for _, name, signatures in compiled if signatures == "0"] == []
