"""Large neighbourhood search over CP-SAT: what is freed, what stays, and what is joined."""

import random
import time
from typing import Any

import pytest

from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.limits import Limits
from models.problem.problem import Problem
from scheduler.rulebook.check import check
from scheduler.rulebook.rule import Rule
from scheduler.rules import ALWAYS_ON
from scheduler.rules.cover.cover import Cover
from scheduler.rules.working_time.consecutive_days import ConsecutiveDays
from scheduler.search.compile import compile_model
from scheduler.search.cpsat_lns import CpSatLns, join
from scheduler.search.neighbourhoods import Neighbourhood, NeighbourhoodChooser
from scheduler.search.params import CpSatLnsParams, SearchParams
from scheduler.search.repair import RepairByFixing, Repairer, RepairInParts
from scheduler.search.search_state import SearchState
from solver.cpsat.solve import Effort

PARAMS = CpSatLnsParams()
KINDS = ("by fixing", "in parts")


def facts(people: int = 4, **more: Any) -> Facts:
    """A school with one shift a day in two weeks, and whatever else is given."""
    return Facts(
        Problem.model_validate(
            {
                "name": "A fortnight",
                "horizon": {"first": "2026-01-05", "last": "2026-01-16"},
                "schools": [{"id": "S", "name": "School"}],
                "people": [{"id": f"p{n}", "name": f"P{n}", "home": "S"} for n in range(people)],
                "shifts": [
                    {
                        "id": "D",
                        "name": "Day",
                        "school": "S",
                        "start": "09:00",
                        "end": "15:00",
                        "needs": [{"count": 1}],
                    }
                ],
                **more,
            }
        )
    )


def repairer(kind: str, known: Facts, rules: tuple[Rule, ...]) -> Repairer:
    """One of the two ways to solve a neighbourhood."""
    if kind == "in parts":
        return RepairInParts(known, rules, SearchParams())
    compiled = compile_model(known, rules)
    limits = {
        priority: compiled.model.cp.add(compiled.cost(priority) <= compiled.largest(priority))
        for priority in compiled.prices
    }
    return RepairByFixing(compiled, limits, PARAMS)


def state_of(
    known: Facts, *rules: Rule, workers: int = 2, reproducible: bool = False
) -> SearchState:
    """A search that has just begun."""
    return SearchState(
        known,
        (*rules, *ALWAYS_ON),
        Limits(seconds=200, workers=workers, reproducible=reproducible),
        began=time.monotonic(),
        listen=lambda progress: None,
        stop=lambda: False,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_freed_stays(kind: str) -> None:
    """Of ten empty duties two are freed, and these two are covered."""
    known = facts()
    rules = (Cover(priority=1), *ALWAYS_ON)
    plan = Plan(known, set(), {})
    free = frozenset({(0, 3), (1, 7)})
    found = repairer(kind, known, rules).repair(
        plan, check(known, rules, plan), Neighbourhood("days", 1, free), Effort(10, 10), _never
    )
    assert found is not None
    assert found.plan is not None
    assert found.plan.cells == free
    assert found.settled


@pytest.mark.parametrize("kind", KINDS)
def test_an_earlier_priority_is_kept(kind: str) -> None:
    """Nobody is taken off a duty for the sake of a rule that comes later."""
    known = facts(people=1)
    rules = (Cover(priority=1), ConsecutiveDays(most=1, priority=2), *ALWAYS_ON)
    plan = Plan(known, {(0, duty) for duty in range(10)}, {})
    report = check(known, rules, plan)
    everything = Neighbourhood("days", 2, frozenset(plan.cells))
    found = repairer(kind, known, rules).repair(plan, report, everything, Effort(10, 10), _never)
    assert found is not None
    assert found.plan is not None
    assert check(known, rules, found.plan).vector == report.vector


@pytest.mark.parametrize(("workers", "reproducible"), [(1, False), (3, False), (2, True)])
@pytest.mark.parametrize("kind", KINDS)
def test_a_poor_schedule_becomes_the_best(kind: str, workers: int, reproducible: bool) -> None:
    """One person does everything, with runs of five days; in the end nobody has a run of two."""
    known = facts()
    rules = (Cover(priority=1), ConsecutiveDays(most=1, priority=2))
    state = state_of(known, *rules, workers=workers, reproducible=reproducible)
    state.offer(Plan(known, {(0, duty) for duty in range(10)}, {}), shown=True)
    lns = CpSatLns(state, repairer(kind, known, state.rules), CpSatLnsParams(share=1.0), 8)
    lns.improve()
    assert state.best is not None
    assert state.best[1].vector == (0, 0, 0)


def test_a_counted_search_takes_the_same_way_twice() -> None:
    """Threads, the clock and the order of sets decide nothing."""
    found = []
    for _ in range(2):
        known = facts(people=6)
        state = state_of(
            known, Cover(priority=1), ConsecutiveDays(most=1, priority=2), reproducible=True
        )
        state.offer(Plan(known, {(0, duty) for duty in range(10)}, {}), shown=True)
        lns = CpSatLns(state, repairer("by fixing", known, state.rules), PARAMS, 8)
        lns.improve()
        assert state.best is not None
        found.append(state.best[0].cells)
    assert found[0] == found[1]


def test_every_kind_of_neighbourhood_frees_something_and_not_too_much() -> None:
    """Children's groups too, where there are some to choose."""
    dates = {"first": "2026-01-05", "last": "2026-01-16"}
    child = {"id": "c", "band": "y1", "count": 1, "at": "S", "groups": ["a", "b"], "dates": dates}
    known = facts(
        groups=[{"id": g, "name": g, "school": "S", "places": 9} for g in "ab"], children=[child]
    )
    rules = (Cover(priority=1), ConsecutiveDays(most=1, priority=2), *ALWAYS_ON)
    plan = Plan(known, {(0, duty) for duty in range(10)}, {}, {0: "a"})
    report = check(known, rules, plan)
    chooser, rng, seen = NeighbourhoodChooser(known, PARAMS, 8), random.Random(1), set()
    for _ in range(200):
        found = chooser.choose(plan, report, [2], rng)
        assert found is not None
        assert found.cells or found.pupils
        if found.kind in ("days", "people", "breaches"):
            assert len(found.cells) <= PARAMS.overshoot * 8
        assert bool(found.pupils) == (found.kind == "children")
        seen.add(found.kind)
    assert seen == {"days", "people", "posts", "weeks", "breaches", "children"}


def test_what_gains_is_drawn_more_often_and_what_settles_grows() -> None:
    """Of two priorities, and of all kinds."""
    known = facts()
    rules = (Cover(priority=1), ConsecutiveDays(most=1, priority=2), *ALWAYS_ON)
    plan = Plan(known, {(0, duty) for duty in range(10)}, {})
    report = check(known, rules, plan)
    chooser, rng = NeighbourhoodChooser(known, PARAMS, 8), random.Random(1)
    drawn = []
    for _ in range(400):
        found = chooser.choose(plan, report, [1, 2], rng)
        assert found is not None
        drawn.append(found)
        gained = found.target == 2 and found.kind == "posts"
        chooser.learn(found, gained=gained, settled=gained, seconds=1.0)
    late = drawn[200:]
    assert sum(n.target == 2 for n in late) > len(late) * 0.6
    assert sum(n.kind == "posts" for n in late) > len(late) * 0.4
    assert len(next(n for n in late if n.kind == "posts").cells) > 8


def test_nothing_is_drawn_where_nobody_can_do_anything() -> None:
    """And the search ends."""
    known = facts(people=0)
    state = state_of(known, Cover(priority=1))
    state.offer(Plan(known, set(), {}), shown=True)
    assert state.best is not None
    assert NeighbourhoodChooser(known, PARAMS, 8).choose(*state.best, [1], random.Random(1)) is None
    CpSatLns(state, repairer("in parts", known, state.rules), PARAMS, 8).improve()


def test_changes_of_two_threads_are_joined() -> None:
    """Each is kept within its neighbourhood."""
    known = facts()
    one = Plan(known, {(0, 0), (0, 1)}, {})
    other = Plan(known, {(1, 1), (2, 5)}, {})
    joined = join(one, other, Neighbourhood("days", 1, frozenset({(0, 1), (1, 1), (3, 3)})))
    assert joined.cells == {(0, 0), (1, 1)}


class _Broken:
    def repair(self, *_: object) -> None:
        raise RuntimeError("a defect")


def test_a_defect_in_a_thread_is_raised_where_it_is_waited_for() -> None:
    """It does not end as a search that found nothing."""
    state = state_of(facts(), Cover(priority=1))
    state.offer(Plan(state.facts, set(), {}), shown=True)
    lns = CpSatLns(state, _Broken(), PARAMS, 8)
    with pytest.raises(RuntimeError, match="a defect"):
        lns.improve()
    with pytest.raises(RuntimeError, match="a defect"), lns.beside():
        pass


def _never() -> bool:
    return False
