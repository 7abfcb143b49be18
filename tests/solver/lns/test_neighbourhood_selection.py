"""Neighbourhood selection: sizes are chosen by their gain, and windows go round the horizon."""

from collections import Counter

import numpy as np
import pytest

from solver.colgen.incumbent import Incumbent
from solver.lns.annealing import RosterAnnealing
from solver.lns.neighbourhood_selection import NeighbourhoodSelection
from solver.lns.params import SelectionParams
from solver.network.params import WorkspaceParams
from tests.solver.club import found_problem


@pytest.fixture
def selection() -> NeighbourhoodSelection:
    """Windows of 4 and 7 days, in a roster of four weeks."""
    problem = found_problem(4, 27)
    shared = Incumbent(
        problem.networks,
        problem.duties,
        found=lambda roster, cost: None,
        bounded=lambda bound: None,
    )
    annealing = RosterAnnealing(problem.networks, problem.duties, 1)
    assert annealing.begin(lambda: False)
    assert annealing.roster.best is not None
    shared.offer(annealing.roster.best, annealing.roster.best_cost)
    params = SelectionParams(people=(), spans=(4, 7))
    return NeighbourhoodSelection(shared, 1e6, params, WorkspaceParams())


def test_what_gains_more_is_chosen_more_often(selection: NeighbourhoodSelection) -> None:
    """And what gained nothing for long is not forgotten altogether."""
    for _ in range(20):
        selection.learn((4, 4), 10.0, 1.0)
        selection.learn((4, 7), 3.0, 1.0)
    rng = np.random.default_rng(1)
    chosen = Counter(selection.choose(rng) for _ in range(400))
    assert chosen[4, 4] > 3 * chosen[4, 7] > 0


def test_windows_of_a_round_do_not_overlap(selection: NeighbourhoodSelection) -> None:
    """Half of those that cover the horizon come before any comes again."""
    rng = np.random.default_rng(1)
    spans = [selection.place(rng, (4, 7))[1] for _ in range(2)]
    assert all(first >= 0 and last == first + 7 <= 27 for first, last in spans)
    (a, b), (c, d) = sorted(spans)
    assert b <= c or d - a < 14


def test_everybody_is_a_size_once_there_is_a_bound(selection: NeighbourhoodSelection) -> None:
    """With all days."""
    assert selection.has_windows
    selection.add_everybody()
    rng = np.random.default_rng(1)
    assert selection.place(rng, (4, 27)) == ([0, 1, 2, 3], (0, 27))
    assert (4, 27) in {selection.choose(rng) for _ in range(2000)}
