"""A model read as a project: its tables, the way back, and what is no project."""

from typing import Any

import numpy as np
import pytest

from models.facts.facts import Facts
from solver.cpsat.model import CpSatModel
from solver.cpsat.params import CpSatParams
from solver.rcpsp.params import ActivityListParams
from solver.rcpsp.project_tables import NoProject
from solver.rcpsp.project_view import project
from tests.solver.tiny import tiny

FEW = ActivityListParams(fewest_jobs=2)


def hall(jobs: int = 3, **changes: Any) -> Facts:
    """Activities of half an hour in one hall, each at any quarter of an hour from 9 to 12."""
    activity = {
        "school": "S",
        "minutes": 30,
        "step": 15,
        "windows": [{"start": "09:00", "end": "12:00"}],
        "uses": [{"one_of": ["hall"]}],
    }
    return tiny(
        days=1,
        shifts="",
        resources=[{"id": "hall", "name": "Hall", "setup_minutes": 15}],
        activities=[activity | {"id": f"a{n}", "name": f"A{n}"} | changes for n in range(jobs)],
    )


def model_of(facts: Facts, lags: dict[tuple[int, int], int] | None = None) -> CpSatModel:
    """The hall's model, with least minutes from start to start; the last end is to be early."""
    model = CpSatModel(facts, params=CpSatParams(few_starts=0, few_starts_a_day=0))
    model.stays_within(0, {o.number: {0: 1} for o in facts.occasions})
    last = model.cp.new_int_var(0, 24 * 60, "")
    for o in facts.occasions:
        model.cp.add(model.times.end(o.number) <= last)
    for (one, other), least in (lags or {}).items():
        model.cp.add(model.times.start(other) - model.times.start(one) >= least)
    model.cp.minimize(last)
    return model


def test_the_tables_say_what_the_model_says() -> None:
    """In units of a quarter of an hour: one to get ready, two of use, and a lag of four."""
    view = project(model_of(hall(), {(0, 1): 60}), FEW)
    tables = view.tables
    assert tables.unit == 15
    assert (tables.use_until - tables.use_from).tolist() == [3, 3, 3]
    assert tables.use_amount.tolist() == [1, 1, 1]
    assert tables.predecessor_lag.tolist() == [4]
    assert tables.successor_lag.tolist() == [4]
    assert sorted(tables.tail.tolist()) == [3, 3, 7]
    assert tables.capacity.max() == 1
    # The lag alone, without the hall: 9:00 to 10:30.
    assert view.least == 10 * 60 + 30


def test_a_schedule_goes_to_a_plan_and_back() -> None:
    """And a plan that leaves a job out has no schedule."""
    facts = hall()
    view = project(model_of(facts), FEW)
    starts = np.array([0, 3, 6], np.int32)
    plan = view.plan(starts)
    assert sorted(plan.starts.values()) == [540, 585, 630]
    back = view.starts(plan)
    assert back is not None
    assert back.tolist() == starts.tolist()


def test_few_jobs_and_many_moments_are_left_to_the_model() -> None:
    """Where activity lists would gain nothing, or take too much memory."""
    with pytest.raises(NoProject, match="few jobs"):
        project(model_of(hall()))
    with pytest.raises(NoProject, match="too many moments"):
        project(model_of(hall()), ActivityListParams(fewest_jobs=2, most_moments=5))


def test_a_circle_of_lags_is_no_project() -> None:
    """Each after the other: with a gap of none they could start together, in no order."""
    with pytest.raises(NoProject, match="circle"):
        project(model_of(hall(), {(0, 1): 0, (1, 0): 0}), FEW)


def test_an_objective_that_falls_when_things_are_later_is_no_project() -> None:
    """Serial schedule generation starts each job as early as it fits."""
    model = model_of(hall())
    model.cp.maximize(model.times.start(0))
    with pytest.raises(NoProject, match="later"):
        project(model, FEW)


def test_a_choice_of_whether_is_no_project() -> None:
    """Optional activities are the model's."""
    with pytest.raises(NoProject, match="whether something happens"):
        project(model_of(hall(optional=True)), FEW)
