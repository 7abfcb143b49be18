"""Encodings: for every schedule, the least slack of a shape is what its walk charges, place by
place."""

from collections import Counter
from itertools import product

import pytest
from ortools.sat.python import cp_model

from models.facts.plan import Plan
from solver.cpsat.model import CpSatModel
from solver.cpsat.slack import CpSatSlack
from solver.language.shapes import (
    CellCost,
    Follow,
    Headcount,
    Personal,
    Run,
    Succession,
    Total,
    Touched,
    walk,
)
from tests.solver.tiny import tiny

DAYS = (0, 1, 2, 3)
NAMES = ("mon", "tue", "wed", "thu")
AT = ("Ann",)

SHAPES: list[Personal] = [
    Total(0, AT, {0: 3, 1: 2, 2: 3, 3: 2}, {0: 1, 3: 1}, base=1, least=5, most=8),
    Run(0, AT, DAYS, NAMES, before=1, most=2, least=2),
    Run(0, AT, DAYS, NAMES, open_start=True, least=3),
    Run(0, AT, DAYS, NAMES, rest=True, most=2, least=2),
    Run(0, AT, DAYS, NAMES, stints=frozenset({0, 1, 3}), most=1),
    Follow(0, AT, {(0, 1): 4, (1, 3): 2, (-1, 0): 1}, 2, frozenset({-1}), dict(enumerate(NAMES))),
    Succession(0, AT, (frozenset({0, 2}), None), NAMES),
    Succession(0, AT, (frozenset({0, 1}), frozenset({1, 2}), None), NAMES, wanted=True),
    Succession(0, AT, (None, None), NAMES, begun=frozenset({1})),
    Touched(0, AT, (frozenset({0, 1}), frozenset({2, 3})), base=1, least=2, most=2),
    CellCost(0, AT, frozenset({1, 2}), 5),
    CellCost(0, AT, frozenset({1, 2}), 5, wanted=True),
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
