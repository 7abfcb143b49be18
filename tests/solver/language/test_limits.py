"""Limits and clashes: the slack used is the amount of breach, and none where a rule must hold."""

import pytest
from ortools.sat.python import cp_model

from solver.cpsat.model import CpSatModel
from solver.cpsat.slack import CpSatSlack
from solver.language.limits import between, clash
from tests.solver.tiny import tiny


def least(model: CpSatModel, slack: CpSatSlack) -> int | None:
    """The least slack of a model; None if it has no solution."""
    model.cp.minimize(sum(room for _, room in slack.priced))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    status = solver.solve(model.cp)
    return None if status == cp_model.INFEASIBLE else round(solver.objective_value)


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize(("worked", "amount"), [(0, 1), (1, 0), (2, 0), (3, 1), (4, 2)])
def test_a_total_between_two_limits(worked: int, amount: int, hard: bool) -> None:
    """At least one day and at most two."""
    model = CpSatModel(tiny())
    slack = CpSatSlack(model.cp, hard)
    cells = [model.works(0, duty) for duty in range(4)]
    between(model, slack, ("Ann",), model.sum(cells), most=2, least=1, highest=4)
    for n, cell in enumerate(cells):
        model.cp.add(cell == int(n < worked))
    assert least(model, slack) == (None if hard and amount else 0 if hard else amount)


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("known", [0, 1])
@pytest.mark.parametrize("worked", [0, 1])
def test_a_clash_of_what_is_known_and_what_is_open(worked: int, known: int, hard: bool) -> None:
    """An answer that is known to be no rules the clash out."""
    model = CpSatModel(tiny())
    slack = CpSatSlack(model.cp, hard)
    cell = model.works(0, 0)
    clash(model, [cell, known], 3, slack("Ann", most=3))
    model.cp.add(cell == worked)
    amount = 3 * worked * known
    assert least(model, slack) == (None if hard and amount else amount)
