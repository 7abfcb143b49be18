"""The search plan: each part can be switched off, and the rest still finds and proves."""

import pytest

from solver.search.params import RosterParams, Switches
from solver.search.roster_search import RosterSearch
from tests.solver.club import found_problem


@pytest.mark.parametrize("part", ["annealing", "neighbourhoods", "columns", "dives"])
def test_a_search_goes_without_any_part(part: str) -> None:
    """A bound needs the columns, and nothing else."""
    problem = found_problem(6, 14)
    bounds: list[int] = []
    search = RosterSearch(
        problem.networks,
        problem.duties,
        found=lambda roster, cost: None,
        bounded=bounds.append,
        params=RosterParams(switches=Switches(**{part: False})),
    )
    assert search.run(0.3, workers=1, seed=1, stop=lambda: False, left=lambda: 60.0, counted=True)
    assert search.incumbent.best is not None
    assert bool(bounds) == (part != "columns")
