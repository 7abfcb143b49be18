"""Lists of activities: what they schedule is allowed, counted as the checker counts, and good."""

from typing import Any

import pytest

from models.facts.facts import Facts
from scheduler.engine import schedule
from scheduler.intake.parse import read_request
from scheduler.intake.request import RotaRequest
from scheduler.rulebook.check import check
from scheduler.search.compile import Compiled, compile_model
from scheduler.search.params import SearchParams, TimeBudgetParams
from solver.arrays import Ints
from solver.rcpsp.activity_lists import ActivityListGA
from solver.rcpsp.project_tables import NoProject
from solver.rcpsp.project_view import project

LENGTHS = (30, 45, 60, 75, 45, 30, 90, 60, 45)


def crowded(**changes: Any) -> RotaRequest:
    """A day of nine sessions: a hall that is booked for a while, got ready and cleared away, three
    kits that are to be had from nine on, and a head who speaks at three of them."""
    activities = [
        {
            "id": f"a{n}",
            "name": f"Session {n}",
            "school": "S",
            "minutes": minutes,
            "step": 15,
            "windows": [{"start": "08:00", "end": "12:00"}, {"start": "13:00", "end": "18:00"}],
            "uses": [{"one_of": ["hall"]}] if n % 2 else [{"one_of": ["kit"], "amount": 1 + n % 3}],
            "needs": [{"count": 1, "who": {"people": ["H"]}}] if n < 3 else [],
        }
        for n, minutes in enumerate(LENGTHS)
    ]
    activities[0] |= changes
    problem = {
        "name": "Crowded",
        "horizon": {"first": "2026-01-05", "last": "2026-01-05"},
        "schools": [{"id": "S", "name": "School"}],
        "people": [
            {"id": "H", "name": "Head", "home": "S"},
            {"id": "D", "name": "Deputy", "home": "S"},
        ],
        "resources": [
            {
                "id": "hall",
                "name": "Hall",
                "setup_minutes": 15,
                "clear_minutes": 30,
                "bookings": [{"start": "2026-01-05T14:10", "end": "2026-01-05T14:50"}],
            },
            {
                "id": "kit",
                "name": "Kit",
                "capacity": 3,
                "open": [{"start": "09:00", "end": "18:00"}],
            },
            {"id": "gym", "name": "Gym"},
        ],
        "activities": activities,
    }
    steps = [
        # The second begins while the first goes on, and ends before it.
        {"activity": "a5", "after": "a6", "least": 15},
        {"activity": "a7", "after": "a4", "least": 30},
    ]
    rules = [
        {"kind": "cover", "priority": "must"},
        {"kind": "stages", "relation": "start_to_start", "steps": steps},
        {"kind": "ends_early", "priority": 1},
    ]
    return read_request({"problem": problem, "rules": rules, "limits": {"seconds": 20}})


def compiled(request: RotaRequest) -> tuple[Facts, Compiled]:
    """A request's facts and its model, with the first priority to be minimised."""
    facts = Facts(request.problem)
    made = compile_model(facts, request.all_rules)
    made.model.cp.minimize(made.cost(1))
    return facts, made


def test_lists_alone_reach_what_the_whole_search_proves() -> None:
    """Each schedule on the way keeps every must, costs what was said, and can be bred from."""
    request = crowded()
    facts, made = compiled(request)
    read = project(made.model)
    assert read.tables.unit == 15
    told: list[int] = []

    def found(starts: Ints, cost: int) -> None:
        plan = read.plan(starts)
        report = check(facts, request.all_rules, plan)
        assert report.vector == (0, cost)
        back = read.starts(plan)
        assert back is not None
        assert back.tolist() == starts.tolist()
        told.append(cost)

    lists = ActivityListGA(read, seed=1)
    lists.run(lambda: lists.counted_seconds > 1, found)
    assert told == sorted(told, reverse=True)
    result = schedule(request)
    assert [level.bound for level in result.levels] == [told[-1]]
    assert "lists" in result.receipt.strategy


def test_what_is_offered_is_bred_from() -> None:
    """The best of another search is never lost, and nothing that does not fit is taken."""
    _, made = compiled(crowded())
    read = project(made.model)
    best: list[tuple[Ints, int]] = []
    lists = ActivityListGA(read, seed=1)
    lists.run(lambda: lists.counted_seconds > 1, lambda starts, cost: best.append((starts, cost)))
    other = ActivityListGA(read, seed=2)
    other.offer(read.plan(best[-1][0]))
    other.run(lambda: other.counted_seconds > 0, lambda starts, cost: best.append((starts, cost)))
    assert other.cost + read.offset == best[-1][1] == min(cost for _, cost in best)


@pytest.mark.parametrize(
    "changes",
    [
        {"optional": True},
        {"uses": [{"one_of": ["hall", "gym"]}]},
        {"needs": [{"count": 1}]},
    ],
)
def test_where_more_than_times_is_open_lists_say_nothing(changes: dict[str, Any]) -> None:
    """They choose neither a person nor a thing, nor whether an activity takes place."""
    request = crowded(**changes)
    with pytest.raises(NoProject):
        project(compiled(request)[1].model)


def test_a_time_that_must_not_pass_is_not_for_lists() -> None:
    """A list knows no latest moment after another activity."""
    request = crowded()
    late = {"kind": "stages", "steps": [{"activity": "a3", "after": "a1", "most": 30}]}
    document = request.model_dump(mode="json")
    document["rules"].append(late)
    with pytest.raises(NoProject, match="limited"):
        project(compiled(read_request(document))[1].model)


def test_counted_lists_give_the_same_schedule_again() -> None:
    """Their work is counted, as all is where a search must be reproducible; here little of it, so
    that the clock does not end it first."""
    document = crowded().model_dump(mode="json")
    document["limits"] |= {"reproducible": True, "seconds": 4}
    little = SearchParams(budget=TimeBudgetParams(counted_share=0.1))
    once, again = (schedule(read_request(document), params=little) for _ in range(2))
    assert "lists" in once.receipt.strategy
    assert once.schedule == again.schedule
    assert not once.receipt.fuse_blown
