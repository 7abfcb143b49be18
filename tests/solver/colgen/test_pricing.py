"""Pricing: many people are priced in one call, each as if alone."""

import numpy as np
import pytest

from scheduler.search.path_problem import PathProblem, path_problem
from solver.colgen.column_pool import Span, duties_of
from solver.lns.annealing import RosterAnnealing
from solver.network.shortest_path import IMPOSSIBLE
from tests.solver.club import club, most_index, priced_path, pricer_of


def club_of_six(limit: int | None) -> PathProblem:
    """With a limit on shifts, there is an extra total that surcharges keep."""
    facts, rules = club(6, 27, limit)
    problem = path_problem(facts, rules, roster=most_index(1 if limit else 1000))
    assert isinstance(problem, PathProblem)
    return problem


@pytest.mark.parametrize("limit", [None, 12])
@pytest.mark.parametrize("span", [(0, 27), (0, 7), (9, 16), (20, 27)])
def test_everybody_together_is_priced_as_each_alone(span: Span, limit: int | None) -> None:
    """Proofs do not depend on who else is asked, paths cost what is said, and at the LP duals they
    cost what their duties do."""
    problem = club_of_six(limit)
    assert all(network.exact == (limit is None) for network in problem.networks)
    search = RosterAnnealing(problem.networks, problem.duties, 1)
    assert search.begin(lambda: False)
    assert search.roster.best is not None
    roster = dict(enumerate(search.roster.best))
    days = span[1] - span[0]
    together, alone = pricer_of(problem, days), pricer_of(problem, days)
    if days < 27:
        together.open(span, roster)
        alone.open(span, roster)
    rng = np.random.default_rng(1)
    duties = [d.number for d in problem.facts.duties if span[0] <= d.day < span[1]]
    found = 0
    for _ in range(10):
        query_duals, lp_duals = np.zeros((2, len(problem.duties.first_price) - 1), np.int32)
        query_duals[duties] = rng.integers(-9000, 1000, len(duties))
        lp_duals[duties] = rng.integers(-9000, 1000, len(duties))
        priced = together(range(6), query_duals, lp_duals)
        for person in range(6):
            bound, _, _ = priced_path(alone, person, query_duals)
            assert priced.people[person] == person
            if limit is None:
                assert priced.bounds[person] == bound
            if priced.costs[person] >= IMPOSSIBLE:
                continue
            found += 1
            network, path = problem.networks[person], priced.paths[person]
            mine = duties_of(network.tables, path[slice(*span)])
            assert not network.outside(path)
            assert priced.worths[person] == priced.costs[person] + lp_duals[mine].sum()
            assert priced.bounds[person] <= priced.costs[person] + query_duals[mine].sum()
    assert found > 20
