"""The shape collector answers a rule as a model does, or refuses."""

from collections.abc import Callable
from typing import Any

import pytest

from solver.language.model import Model
from solver.language.shapes import CellCost, Headcount, Shape
from solver.network.shape_collector import Assignment, NoShape, PricedBreach, ShapeCollector
from tests.solver.tiny import tiny

REFUSED: dict[str, Callable[[Model], Any]] = {
    "cp": lambda model: model.cp.add(True),
    "times": lambda model: model.times.start(0),
    "any_of": lambda model: model.any_of([model.works(0, 0)]),
    "sum": lambda model: model.sum(60 * model.works(0, d) for d in range(2)),
    "no": lambda model: model.no(model.works(0, 0)),
    "holds_if": lambda model: model.holds_if([], True),
    "on_site": lambda model: model.on_site(0, 0, 0),
    "slack": lambda model: PricedBreach(0, 1)("somewhere", most=1),
}


@pytest.mark.parametrize("asked", REFUSED)
def test_what_needs_a_solver_is_refused(asked: str) -> None:
    """With the reason, which the strategy passes on."""
    with pytest.raises(NoShape, match=r"of its own|put together|engine chooses"):
        REFUSED[asked](ShapeCollector(tiny()))


def test_what_is_declared_is_kept_by_person_and_duty() -> None:
    """With the price of its rule."""
    collector = ShapeCollector(tiny(people=2))
    price = PricedBreach(0, 3)
    wish, cover = CellCost(1, ("P1",), frozenset({0}), 1), Headcount(0, ("D",), least=1)
    shapes: tuple[Shape, ...] = (wish, cover)
    for shape in shapes:
        collector.declare(shape, price)
    assert collector.personal == {1: [(wish, price)]}
    assert collector.headcounts == [(cover, price)]
    assert not price.never_bends
    assert PricedBreach(0, None).never_bends


def test_overlapping_stints_exclude_each_other() -> None:
    """Day and Overlapping do, Evening meets neither; each day for itself."""
    collector = ShapeCollector(tiny(days=2, shifts="DOE"))
    stints = collector.stints_of(0)
    collector.keep_apart(0, stints, {})
    by_number = {s.number: s for s in stints}
    found = {
        tuple((by_number[n].day, collector.facts.local(by_number[n].start).hour) for n in sorted(c))
        for c in collector.exclusive_stints[0]
    }
    assert found == {((0, 9), (0, 14)), ((1, 9), (1, 14))}


def test_a_day_whose_stints_all_meet_is_one_clique() -> None:
    """Whatever stints of it the rule names."""
    collector = ShapeCollector(tiny(days=2, shifts="DO"))
    collector.keep_apart(0, collector.stints_of(0), {})
    assert sorted(map(len, collector.exclusive_stints[0])) == [2, 2]


def test_work_beside_what_is_done_already_is_settled() -> None:
    """At most one of something that is known to be worked and others: the others are not."""
    collector = ShapeCollector(tiny())
    collector.exclusive([1, collector.works(0, 2)])
    assert collector.settled == {(0, 2): 0}
    with pytest.raises(NoShape, match="cannot be"):
        collector.settle(0, 2, 1)


def test_answers_are_questions_without_a_variable() -> None:
    """The past is known; all else is remembered as who and what."""
    collector = ShapeCollector(tiny(people=2))
    assert collector.works(1, 2) == Assignment(1, 2)
    assert [s.number for s in collector.stints_of(0, among=[3, 1, 9])] == [1, 3]
    assert [s.number for s in collector.stints_on(0, 2)] == [2]
    assert list(collector.people_for(collector.facts.duties[0])) == [0, 1]
