"""Encodings: for every schedule, the least slack of a shape is what its walk charges, place by
place."""

from collections import Counter
from itertools import product
from typing import Any

import pytest
from ortools.sat.python import cp_model

from models.facts.plan import Plan
from solver.cpsat.model import CpSatModel
from solver.cpsat.slack import CpSatSlack
from solver.language.runs import PeriodRun, Run, WholePeriods
from solver.language.shapes import (
    CellCost,
    DayStep,
    Follow,
    Headcount,
    Personal,
    Succession,
    Total,
    Touched,
    walk,
)
from tests.solver.tiny import tiny

DAYS = (0, 1, 2, 3)
NAMES = ("mon", "tue", "wed", "thu")
AT = ("Ann",)
OFF = DayStep(off=True)


def on(*stints: int) -> DayStep:
    """A step of a day with one of some stints."""
    return DayStep(frozenset(stints))


PAIRS = (frozenset({0}), frozenset({1, 2}), frozenset({3}))
"""Periods of which the first and the last are cut by the horizon."""


def periods_in_a_row(**limits: Any) -> Run:
    """A run over PAIRS."""
    return Run(0, AT, (0, 1, 2), ("mon", "tue", "thu"), **limits)


SHAPES: list[Personal] = [
    Total(0, AT, dict.fromkeys(DAYS, 1), {}, least=2, most=3, over=2, under=5),
    Touched(0, AT, (frozenset({0, 1}), frozenset({2, 3})), least=1, most=1, over=2, under=3),
    Run(0, AT, DAYS, NAMES, most=1, least=2, over=3, under=2),
    Run(0, AT, DAYS, NAMES, before=1, least=3, closed_end=True),
    Run(0, AT, DAYS, NAMES, rest=True, open_start=True, least=3, closed_end=True),
    PeriodRun(periods_in_a_row(before=1, most=2, least=2), PAIRS),
    PeriodRun(periods_in_a_row(least=2), PAIRS, begun=True, open_end=True),
    PeriodRun(periods_in_a_row(least=3, open_start=True), PAIRS, open_end=True),
    PeriodRun(periods_in_a_row(least=2, under=4, closed_end=True), PAIRS, open_end=True),
    WholePeriods(0, AT, ((0, 1), (2, 3)), ("mon", "wed"), dict.fromkeys(DAYS, 0)),
    WholePeriods(0, AT, ((0, 1, 2),), ("mon",), {0: 0, 1: 1, 2: 0}, alike=True, amount=2),
    WholePeriods(0, AT, ((-1, 0, 1),), ("mon",), dict.fromkeys(DAYS, 0), before=(frozenset({0}),)),
    WholePeriods(0, AT, ((0, 1, 2, 3),), ("mon",), dict.fromkeys(DAYS, 0)),
    Succession(0, AT, (on(0, 1), DayStep(free=True), on(2, 3)), NAMES),
    Succession(0, AT, (on(0), DayStep(frozenset({1}), off=True)), NAMES, wanted=True),
    Total(0, AT, {0: 3, 1: 2, 2: 3, 3: 2}, {0: 1, 3: 1}, base=1, least=5, most=8),
    Run(0, AT, DAYS, NAMES, before=1, most=2, least=2),
    Run(0, AT, DAYS, NAMES, open_start=True, least=3),
    Run(0, AT, DAYS, NAMES, rest=True, most=2, least=2),
    Run(0, AT, DAYS, NAMES, stints=frozenset({0, 1, 3}), most=1),
    Follow(0, AT, {(0, 1): 4, (1, 3): 2, (-1, 0): 1}, 2, frozenset({-1}), dict(enumerate(NAMES))),
    Follow(0, AT, {(0, 2): 4, (1, 2): 2, (1, 3): 3}, 3, frozenset(), dict(enumerate(NAMES)), True),
    Follow(0, AT, {(-1, 1): 4, (0, 1): 5}, 3, frozenset({-1}), dict(enumerate(NAMES)), worst=True),
    Succession(0, AT, (on(0, 2), OFF), NAMES),
    Succession(
        0,
        AT,
        (on(0, 1), on(1, 2), OFF),
        NAMES,
        wanted=True,
    ),
    Succession(0, AT, (OFF, OFF), NAMES, begun=frozenset({1})),
    Touched(0, AT, (frozenset({0, 1}), frozenset({2, 3})), base=1, least=2, most=2),
    CellCost(0, AT, frozenset({1, 2}), 5),
    CellCost(0, AT, frozenset({1, 2}), 5, wanted=True),
    CellCost(0, AT, frozenset(), 5, wanted=True),
]


def least_slack(model: CpSatModel, slack: CpSatSlack) -> Counter[tuple[str, ...]] | None:
    """The least slack by place; None if there is no solution."""
    model.cp.minimize(sum(room for _, room in slack.priced))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.cp_model_presolve = False
    if solver.solve(model.cp) == cp_model.INFEASIBLE:
        return None
    found: Counter[tuple[str, ...]] = Counter()
    for where, room in slack.priced:
        found[where] += solver.value(room)
    return +found


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_means_the_same_as_its_walk(shape: Personal) -> None:
    """All schedules of four days, as a wish and as a must."""
    facts = tiny(days=4)
    wish, must = CpSatModel(facts), CpSatModel(facts)
    slack, none = CpSatSlack(wish.cp, hard=False), CpSatSlack(must.cp, hard=True)
    for model, room in ((wish, slack), (must, none)):
        for day in DAYS:
            model.works(0, day)
        model.declare(shape, room)
    for bits in product((0, 1), repeat=4):
        plan = Plan(facts, [(0, day) for day in DAYS if bits[day]], {})
        charged: Counter[tuple[str, ...]] = Counter()
        for where, amount in walk(shape, range(4), plan.stints(0)):
            charged[where] += amount
        with wish.held(plan), must.held(plan):
            assert least_slack(wish, slack) == charged
            assert (least_slack(must, none) is not None) == (not charged)


def test_a_headcount_means_the_same_as_its_amounts() -> None:
    """Nobody to three people on one duty."""
    facts = tiny(people=3, days=1)
    model = CpSatModel(facts)
    slack = CpSatSlack(model.cp, hard=False)
    shape = Headcount(0, AT, amount=10, least=1, most=2)
    model.declare(shape, slack)
    for there in range(4):
        with model.held(Plan(facts, [(person, 0) for person in range(there)], {})):
            found = least_slack(model, slack)
        assert found == +Counter({AT: shape.broken(there)})
