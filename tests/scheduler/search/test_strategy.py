"""Which searches a request gets, by its size and by name."""

import pytest

from models.facts.facts import Facts
from scheduler.intake.parse import read_case
from scheduler.search.params import StrategyParams
from scheduler.search.strategy import Strategy, cells, choose
from tests.service.requests import small


@pytest.fixture
def known() -> Facts:
    """Twenty-five cells."""
    return read_case(small()).facts


@pytest.mark.parametrize(
    ("params", "share", "alone"),
    [
        (StrategyParams(), 0.0, False),
        (StrategyParams(fewest_cells=25), 0.1, False),
        (StrategyParams(paths_alone_cells=25), 1.0, True),
        (StrategyParams(paths_alone_cells=25, paths=False), 0.0, True),
    ],
)
def test_paths_get_a_share_by_size(
    known: Facts, params: StrategyParams, share: float, alone: bool
) -> None:
    """None below the fewest cells, all from where CP-SAT adds nothing."""
    assert cells(known) == 25
    choice = choose(known, "auto", params)
    assert (choice.paths_share, choice.paths_alone) == (share, alone)


@pytest.mark.parametrize(
    ("strategy", "paths", "first", "at_all"),
    [
        ("auto", False, False, True),
        ("cpsat", False, False, False),
        ("paths", True, False, False),
        ("lns", False, True, True),
    ],
)
def test_a_search_can_be_asked_for_by_name(
    known: Facts, strategy: Strategy, paths: bool, first: bool, at_all: bool
) -> None:
    """However small the request is."""
    choice = choose(known, strategy, StrategyParams(large_cells=0))
    assert bool(choice.paths_share) == paths
    assert (choice.lns_first, choice.lns, choice.large) == (first, at_all, True)


def test_a_model_must_fit_into_memory_and_time(known: Facts) -> None:
    """Memory by its cells, time by what making it takes."""
    choice = choose(known, "auto", StrategyParams(model_seconds_per_cell=0.1))
    assert choice.model_fits()
    assert choice.model_fits(3.6)
    assert not choice.model_fits(3.5)
    assert not choose(known, "auto", StrategyParams(most_cells=25)).model_fits()
