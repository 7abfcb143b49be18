"""Among equals: the request and the seed decide, whatever the searches happened on first."""

import time
from typing import Any

import pytest

from models.answer.result import Result
from models.facts.plan import Plan
from models.problem.limits import Limits
from scheduler.engine import schedule
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.search.params import DEFAULTS, SearchParams, TieParams
from scheduler.search.search_state import Disagreement, SearchState
from scheduler.search.ties import settle_ties
from tests.scheduler.search.test_superfluous import COVER, case

FAIR = {"kind": "fewest_for_worst_off", "priority": 2}

TIMES = 20
"""How often the same request is solved."""


def club(seed: int = 1, **more: Any) -> Case:
    """Five days, four people, two a day: many rotas are as good as each other."""
    made = case(COVER, FAIR, count=2, days=5, **more).request
    return Case(made.model_copy(update={"limits": Limits(seconds=30, seed=seed)}))


def told(result: Result) -> str:
    """An answer without what the clock said."""
    assert result.receipt is not None
    timeless = {"seconds": 0.0, "first_schedule_seconds": 0.0}
    receipt = result.receipt.model_copy(update=timeless)
    return result.model_copy(update={"receipt": receipt}).model_dump_json()


def state_of(of: Case, cells: set[tuple[int, int]], *, params: SearchParams) -> SearchState:
    """A search that has ended with a schedule, and proved that none is better."""
    limits = of.request.limits
    state = SearchState(
        of.facts,
        of.rules,
        limits,
        began=time.monotonic(),
        listen=lambda progress: None,
        stop=lambda: False,
        params=params,
    )
    report = state.offer(Plan(of.facts, cells, {}), shown=True)
    for priority, cost in report.costs.items():
        state.raise_bound(priority, cost)
    return state


def settled(of: Case, cells: set[tuple[int, int]], params: SearchParams = DEFAULTS) -> SearchState:
    """The same after the choice among schedules that are as good."""
    state = state_of(of, cells, params=params)
    settle_ties(state, None)
    return state


def one_each() -> tuple[Case, list[set[tuple[int, int]]]]:
    """Two days, two people, one a day and person: both ways to do it."""
    return case(COVER, FAIR, people=2, days=2), [{(0, 0), (1, 1)}, {(0, 1), (1, 0)}]


def test_solved_again_and_again_it_is_one_answer() -> None:
    """Rows, findings, notes and the receipt's words."""
    of = club()
    assert len({told(schedule(of)) for _ in range(TIMES)}) == 1


def test_another_seed_gives_another_rota_as_good() -> None:
    """Where there are several."""
    found = [schedule(club(seed)) for seed in range(1, 5)]
    assert len({result.schedule for result in found}) > 1
    assert len({tuple(level.value for level in result.levels) for result in found}) == 1


def test_the_order_of_people_in_the_request_decides_nothing() -> None:
    """Names in a list are no claim to a duty."""
    of = club()
    problem = of.request.problem
    turned = problem.model_copy(update={"people": problem.people[::-1]})
    other = RotaRequest.model_validate(of.request.model_copy(update={"problem": turned}))
    assert schedule(of).schedule == schedule(other).schedule


@pytest.mark.parametrize("found", [0, 1])
def test_what_was_found_first_decides_nothing(found: int) -> None:
    """Whichever the search ended with, one is chosen."""
    of, both = one_each()
    chosen = settled(of, both[found]).best
    other = settled(of, both[1 - found]).best
    assert chosen is not None
    assert other is not None
    assert chosen[0].cells == other[0].cells


@pytest.mark.parametrize("kept", [0, 1])
def test_what_people_have_been_told_is_preferred(kept: int) -> None:
    """Nothing moves for the sake of the choice."""
    of, both = one_each()
    rota = Plan(of.facts, both[kept], {}).schedule()
    published = {"placements": [p.model_dump() for p in rota.placements]}
    later = case(COVER, FAIR, people=2, days=2, published=published)
    for cells in both:
        state = settled(later, cells)
        assert state.best is not None
        assert state.best[0].cells == both[kept]


@pytest.mark.parametrize("kept", [0, 1])
def test_what_it_began_from_is_preferred_where_nothing_is_told(kept: int) -> None:
    """A rota that comes of another stays near it."""
    of, both = one_each()
    start = Plan(of.facts, both[kept], {}).schedule()
    assert schedule(of, start=start).schedule == start


def test_among_equals_the_fewest_placements_are_chosen() -> None:
    """Before anything is taken out one by one."""
    of, _ = one_each()
    everybody = {(0, 0), (1, 1), (0, 1), (1, 0)}
    only_covered = case(COVER, people=2, days=2)
    state = settled(only_covered, everybody)
    assert state.best is not None
    assert len(state.best[0].cells) == 2
    assert len(of.facts.duties) == 2


def test_what_is_not_proved_is_left_as_it_is() -> None:
    """Nothing is promised of it."""
    of, both = one_each()
    state = SearchState(
        of.facts,
        of.rules,
        of.request.limits,
        began=time.monotonic(),
        listen=lambda progress: None,
        stop=lambda: False,
    )
    for cells in both:
        state.offer(Plan(of.facts, cells, {}), shown=True)
    before = state.best
    settle_ties(state, None)
    assert state.best is before
    assert state.strategy == ""


@pytest.mark.parametrize(
    ("params", "said"),
    [
        (TieParams(most_cells=3), "the request is large"),
        (TieParams(seconds=1000), "time was over"),
        (TieParams(seconds=0, seconds_per_choice=0), "none was chosen in time"),
    ],
)
def test_where_none_is_chosen_the_receipt_says_why(params: TieParams, said: str) -> None:
    """And the schedule stays."""
    of, both = one_each()
    for cells in both:
        state = settled(of, cells, SearchParams(ties=params))
        assert state.best is not None
        assert state.best[0].cells == cells
        assert said in state.strategy


def test_a_choice_that_does_worse_is_not_shown() -> None:
    """What was called proved, and is not: a schedule that costs less is a disagreement."""
    of, _ = one_each()
    state = state_of(of, {(0, 0), (0, 1)}, params=DEFAULTS)
    assert [level.value for level in state.levels()] == [0, 2]
    with pytest.raises(Disagreement, match="where 2 to 2 was proved"):
        state.exchange(Plan(of.facts, {(0, 0), (1, 1)}, {}), "a choice")
    with pytest.raises(Disagreement, match="costs 1"):
        state.exchange(Plan(of.facts, {(0, 0)}, {}), "a choice")
