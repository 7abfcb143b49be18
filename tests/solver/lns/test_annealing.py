"""Annealing: first paths are allowed, and headcounts and costs stay those of the paths."""

import pytest

from scheduler.rulebook.check import check
from scheduler.search.path_problem import PathProblem, path_problem
from solver.lns.annealing import RosterAnnealing
from solver.lns.params import AnnealingParams, FirstPathParams
from solver.network.params import WorkspaceParams
from solver.network.workspace import window_days
from tests.solver.club import club, counts, covered_club, found_problem, most_index


def test_annealing_keeps_headcounts_and_costs_up_to_date() -> None:
    """They are those counted again from the paths, and the checker's."""
    problem = found_problem(5, 14)
    facts, rules = club(5, 14)
    search = RosterAnnealing(problem.networks, problem.duties, 1)
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


def test_the_best_roster_is_judged_by_what_holds() -> None:
    """While people are re-planned at eased costs, a roster that breaks musts is not the best."""
    problem = covered_club(6, 14)
    search = RosterAnnealing(problem.networks, problem.duties, 1)
    assert search.begin(lambda: False)
    roster = search.roster
    roster.lead_by(problem.duties.eased)
    dearer = 0
    for n in range(300):
        search.move(n % 6, 40.0)
        headcounts = roster.headcounts
        held = roster.cost - roster.guide.cost(headcounts) + problem.duties.cost(headcounts)
        dearer += held > roster.cost
        assert roster.best_cost <= held
    assert dearer
    kept = roster.best_cost
    assert roster.best is not None
    roster.lead_by(problem.duties)
    roster.take(roster.best)
    assert roster.cost == kept


def test_surcharges_keep_extra_totals() -> None:
    """A limit that is outside of a path's state holds all the same."""
    facts, rules = club(6, 14, limit=7)
    problem = path_problem(facts, rules, roster=most_index(1))
    assert isinstance(problem, PathProblem)
    assert not all(network.exact for network in problem.networks)
    search = RosterAnnealing(problem.networks, problem.duties, 1)
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
    search = RosterAnnealing(problem.networks, problem.duties, 1, params=params)
    assert search.begin(lambda: False)
    for n in range(100):
        search.move(n % 5, 1.0)
    kept = search.roster.cost
    search.roster.take(search.roster.paths)
    assert kept == search.roster.cost
    rest = [r for r in rules if not counts(r, "minutes")]
    assert not check(facts, rest, problem.plan(search.roster.paths)).broken_musts


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
    search = RosterAnnealing(problem.networks, problem.duties, 1, params=params)
    assert window_days(problem.networks, space) < 27
    assert search.begin(lambda: False)
    began = search.roster.cost
    for n in range(50):
        search.move(n % 5, 0.0)
    assert search.roster.cost <= began
    kept = search.roster.cost
    search.roster.take(search.roster.paths)
    assert kept == search.roster.cost
    assert not check(facts, rules, problem.plan(search.roster.paths)).broken_musts


def test_longer_horizons_begin_cooler() -> None:
    """Since every day adds its own perturbation; the last temperature is the same."""
    short, long = (
        RosterAnnealing(problem.networks, problem.duties, 1, params=AnnealingParams(hot_days=7))
        for problem in (found_problem(3, 7), found_problem(3, 14))
    )
    assert long.temperatures()[0] < short.temperatures()[0]
    assert long.temperatures()[1] == short.temperatures()[1]
