"""The state of a search: changed by its own methods only; time, bounds, and what is kept."""

import ast
import time
from pathlib import Path

import pytest

from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.limits import Limits
from scheduler.intake.parse import read_case
from scheduler.rules import ALWAYS_ON
from scheduler.rules.cover.cover import Cover
from scheduler.rules.working_time.consecutive_days import ConsecutiveDays
from scheduler.search import search_state
from scheduler.search.search_state import Disagreement, SearchState, keeps_musts
from tests.service.requests import small

SEARCHES = sorted(Path(search_state.__file__).parent.glob("*.py"))


@pytest.fixture
def known() -> Facts:
    """Five people and a duty for two of them on each of five days."""
    return read_case(small()).facts


def _state(known: Facts) -> SearchState:
    return SearchState(
        known,
        (Cover(priority=1), *ALWAYS_ON),
        Limits(),
        began=time.monotonic(),
        listen=lambda progress: None,
        stop=lambda: False,
    )


@pytest.mark.parametrize("module", SEARCHES, ids=lambda path: path.stem)
def test_nothing_is_assigned_to_the_attributes_of_another_object(module: Path) -> None:
    """A search changes the state, and whatever else it is given, by methods."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets = [node.target] if isinstance(node, ast.AnnAssign | ast.AugAssign) else targets
        for target in targets:
            if isinstance(target, ast.Attribute):
                assert isinstance(target.value, ast.Name), ast.unparse(node)
                assert target.value.id == "self", ast.unparse(node)


@pytest.mark.parametrize("name", ["best", "impossible", "strategy", "first_seconds", "time"])
def test_what_is_read_cannot_be_written(known: Facts, name: str) -> None:
    """Not even by mistake."""
    with pytest.raises(AttributeError):
        setattr(_state(known), name, None)


def test_the_better_plan_is_kept(known: Facts) -> None:
    """And a worse one, offered later, changes nothing."""
    state = _state(known)
    state.offer(Plan(known, {(0, 0)}, {}), shown=True)
    better = Plan(known, {(0, 0), (1, 0)}, {})
    state.offer(better, shown=True)
    state.offer(Plan(known, set(), {}), shown=True)
    assert state.best is not None
    assert state.best[0].cells == better.cells
    assert state.levels()[0].value == 8


def test_what_the_checker_accepts_is_not_called_impossible(known: Facts) -> None:
    """The claim is a disagreement, and the schedule its evidence."""
    state = _state(known)
    state.prove_impossible()
    assert state.impossible
    other = _state(known)
    other.offer(Plan(known, set(), {}), shown=True)
    with pytest.raises(Disagreement) as caught:
        other.prove_impossible()
    assert caught.value.schedule == Schedule()
    assert not other.impossible


def test_a_broken_must_is_a_disagreement(known: Facts) -> None:
    """It names the kinds of the rules that are broken."""
    plan = Plan(known, set(), {})
    state = SearchState(
        known,
        (Cover(priority="must"),),
        Limits(),
        began=0,
        listen=lambda progress: None,
        stop=lambda: False,
    )
    report = state.offer(plan, shown=True)
    assert state.best is None
    with pytest.raises(Disagreement, match="a roster breaks musts: cover"):
        keeps_musts(plan, report, "a roster")


def test_a_bound_that_was_proved_for_other_limits_is_not_noted(known: Facts) -> None:
    """A better schedule that costs more at a priority in between is not what it speaks of."""
    state = SearchState(
        known,
        (Cover(priority=1), ConsecutiveDays(most=1, priority=2), *ALWAYS_ON),
        Limits(),
        began=time.monotonic(),
        listen=lambda progress: None,
        stop=lambda: False,
    )
    state.offer(Plan(known, {(0, duty.number) for duty in known.duties}, {}), shown=True)
    first, second = (level.value for level in state.levels())
    state.raise_bound(2, second, {1: first - 1})
    assert state.levels()[1].bound == 0
    state.raise_bound(2, second, {1: first})
    assert state.levels()[1].bound == second
