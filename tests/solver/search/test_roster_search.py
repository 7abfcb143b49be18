"""The roster search: path tables agree with the checkers, and no bound is above a roster."""

import numpy as np
import pytest

from models.facts.plan import Plan
from scheduler.rulebook.check import check
from scheduler.rulebook.example import Example
from scheduler.rulebook.rule import Rule
from scheduler.rules import ALWAYS_ON, EXAMPLES
from scheduler.search.path_problem import PathProblem, path_problem
from solver.lns.annealing import RosterAnnealing
from solver.network.networks import RosterNetwork
from solver.network.shortest_path import IMPOSSIBLE, own_cost
from tests.agreement import plans, soft
from tests.soak import more
from tests.solver.club import club, found_problem

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
    for network, mine in zip(problem.networks, chosen, strict=True):
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


@more
@pytest.mark.parametrize("example", SHOWN.values(), ids=SHOWN)
def test_tables_cost_what_the_checker_says(example: Example) -> None:
    """As a wish, on every schedule that breaks nothing else."""
    facts = example.indexed
    kind = example.rule.name
    always = [r for r in ALWAYS_ON if r.name != kind or r.goes_without_saying]
    rules: list[Rule] = [*always, soft(example.rule)]
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


@more
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
        "least_change",
        "min_rest",
        "weekends",
        "requests",
    } <= shaped
    assert {"cover", "surplus", "workload", "shift_sequence"} <= shaped


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("counted", [False, True])
def test_a_bound_is_never_above_a_roster(workers: int, counted: bool) -> None:
    """Whatever is found while the search runs, its proved bound is not above it."""
    problem = found_problem(6, 14)
    costs: list[int] = []
    bounds: list[int] = []
    search = problem.search(lambda chosen, cost: costs.append(cost), bounds.append)
    assert search.run(
        1.0 if counted else 60.0,  # it ends by its proof, long before
        workers=workers,
        seed=3,
        stop=lambda: False,
        left=lambda: 60.0,
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
    rosters = RosterAnnealing(problem.networks, problem.duties, 1)
    assert rosters.begin(lambda: False)
    for n in range(100):
        rosters.move(n % 3, 5.0 if n < 50 else 0.0)
        costs = check(facts, rules, problem.plan(rosters.roster.paths)).costs
        assert problem.least(bounds[2], costs) <= costs[2]
        assert 0 < alone.least(bounds[1], costs) <= costs[1]
