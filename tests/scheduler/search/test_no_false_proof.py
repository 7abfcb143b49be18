"""No false proof: large costs are counted or refused, and a solver that lies is contradicted."""

import dataclasses
from typing import Any

import pytest

from models.answer.result import ResultStatus
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.problem import Problem
from scheduler.diagnose import conflict, explanation, first_draft, relaxations
from scheduler.engine import schedule
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.intake.validation_errors import InvalidRequest
from scheduler.rules import ALWAYS_ON
from scheduler.rules.cover.cover import Cover
from scheduler.rules.fairness.fair_share import FairShare
from scheduler.search import cpsat_search
from scheduler.search.compile import Compiled, compile_model
from scheduler.search.params import PathParams
from scheduler.search.path_problem import path_problem
from scheduler.search.search_state import Disagreement
from solver.cpsat.solve import COUNTABLE, Solution, SolveStatus, minimise
from solver.network.shortest_path import IMPOSSIBLE
from tests.service.planted import Forbidding, NeverBending, Planted, planted
from tests.service.requests import small


def problem(*, people: int = 2, **more: Any) -> Problem:
    """A school with one shift on one day."""
    return Problem.model_validate(
        {
            "name": "A day",
            "horizon": {"first": "2026-07-06", "last": "2026-07-06"},
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


def request(*rules: dict[str, Any], seconds: float = 60, **more: Any) -> RotaRequest:
    """One with that problem."""
    return RotaRequest.model_validate(
        {
            "problem": problem(**more).model_dump(mode="json"),
            "rules": [{"kind": "cover", "priority": "must"}, *rules],
            "limits": {"seconds": seconds, "workers": 1},
        }
    )


def owed(amount: int) -> dict[str, Any]:
    """Balances far apart."""
    return {
        "balances": [{"person": "p0", "amount": amount}, {"person": "p1", "amount": -amount}],
    }


@pytest.mark.parametrize(("weight", "amount"), [(1_000_000, 20_000), (1_000_000, 400_000)])
def test_a_large_cost_is_counted(weight: int, amount: int) -> None:
    """It is proved, whatever its size, and it is the checker's."""
    fair = {"kind": "fair_share", "priority": 1, "weight": weight}
    result = schedule(request(fair, **owed(amount)))
    assert result.status is ResultStatus.OPTIMAL
    assert result.schedule is not None
    assert [p.person for p in result.schedule.placements] == ["p1"]
    (level,) = result.levels
    assert level.value == level.bound == 2 * weight * (100 * amount - 50)


def test_a_cost_beyond_counting_is_refused_at_its_weight() -> None:
    """Not solved wrongly, and not called impossible."""
    fair = {"kind": "fair_share", "priority": 1, "weight": 1_000_000}
    spread = {"kind": "fair_share", "priority": 2, "weight": 3}
    with pytest.raises(InvalidRequest) as caught:
        schedule(request(spread, fair, people=60, **owed(1_000_000)))
    (fault,) = caught.value.faults
    assert fault.pointer == "/rules/2/weight"
    assert "smaller weight" in fault.hint


def test_what_can_be_counted_is_exact_in_floating_point() -> None:
    """Every whole number up to the limit is a number of its own."""
    assert float(COUNTABLE - 1) != float(COUNTABLE)


def test_no_limit_is_below_what_a_priority_can_cost() -> None:
    """The most that a priority can cost is taken from the model, not from a constant."""
    facts = Facts(problem(**owed(1_000_000)))
    rules = [FairShare(priority=1, weight=1_000), *ALWAYS_ON]
    compiled = compile_model(facts, rules)
    rooms = [room for slack in compiled.slacks for _, room in slack.priced]
    assert compiled.largest(1) == 1_000 * sum(list(room.proto.domain)[-1] for room in rooms)


def test_a_limit_that_is_too_low_is_never_called_impossible(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A planted fault: the draft keeps all musts, so the search contradicts itself aloud."""
    monkeypatch.setattr(Compiled, "largest", lambda self, priority: 1)
    fair = {"kind": "fair_share", "priority": 1}
    with pytest.raises(Disagreement) as caught:
        schedule(request(fair, **owed(20)))
    assert caught.value.schedule is not None
    assert [p.person for p in caught.value.schedule.placements] != []


def lying(*args: Any, **more: Any) -> Solution:
    """A solver that calls everything impossible."""
    del args, more
    return Solution(SolveStatus.IMPOSSIBLE, None, 0, None)


def test_a_lying_solver_is_contradicted_by_the_draft(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least-broken draft keeps all musts."""
    monkeypatch.setattr(cpsat_search, "minimise", lying)
    with pytest.raises(Disagreement, match="what the checker accepts") as caught:
        schedule(request())
    assert caught.value.schedule is not None


def test_a_lying_solver_is_contradicted_by_the_second_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where no draft was found."""
    monkeypatch.setattr(cpsat_search, "minimise", lying)
    monkeypatch.setattr("scheduler.diagnose.relaxations.minimise", lying)
    monkeypatch.setattr(first_draft, "first_draft", lambda facts: Plan(facts, (), {}))

    def lying_at_first(model: Any, objective: Any, effort: Any, **more: Any) -> Solution:
        if effort.presolve:
            return lying()
        return minimise(model, objective, effort, **more)

    monkeypatch.setattr(conflict, "minimise", lying_at_first)
    with pytest.raises(Disagreement, match="other parameters") as caught:
        schedule(request())
    assert caught.value.schedule is not None


def test_paths_bound_nothing_by_what_they_take_for_impossible() -> None:
    """A path as dear as that is left out, so no bound goes above it."""
    facts = Facts(problem())
    found = path_problem(facts, [Cover(priority=1), *ALWAYS_ON])
    assert not isinstance(found, str)
    scale = found.duties.scale
    assert found.least(10 * IMPOSSIBLE, {1: 0}) == -(-IMPOSSIBLE // scale)


def test_costs_too_large_for_a_path_are_left_to_another_search() -> None:
    """A coarser scale where that is enough, else no paths."""
    rules = [Cover(priority=1, weight=1_000_000), *ALWAYS_ON]
    few = path_problem(Facts(problem()), rules)
    assert not isinstance(few, str)
    assert few.duties.scale < PathParams().largest_scale
    params = dataclasses.replace(PathParams(), largest_cost=2**62)
    many = path_problem(Facts(problem(people=60)), rules, params=params)
    assert isinstance(many, str) or int(many.duties.price.max()) < 2**30


def test_the_explanation_is_the_second_net() -> None:
    """Asked about a request that is possible, it refuses to explain."""
    with pytest.raises(Disagreement):
        explanation.explain_no_schedule(Case(request()), seconds=60, stop=lambda: False)


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")  # the rule is not one of ours
@pytest.mark.parametrize("fault", [Forbidding(), NeverBending()])
@pytest.mark.parametrize("is_silent", [False, True])
def test_an_encoding_that_forbids_too_much_is_contradicted(
    fault: Planted, is_silent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is never called impossible: a draft keeps all musts by the checker, also where the last
    net says nothing."""
    if is_silent:
        monkeypatch.setattr(relaxations, "refuse_contradiction", lambda *args: None)
    with pytest.raises(Disagreement, match="what the checker accepts"):
        schedule(planted(small(people=4), fault))


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")  # the rule is not one of ours
def test_the_last_net_alone_contradicts_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """No draft bends the rule that forbids too much; what the model alone objects to is found."""
    monkeypatch.setattr(first_draft, "first_draft", lambda facts: Plan(facts, (), {}))
    monkeypatch.setattr(relaxations, "least_broken", lambda *args, **more: None)
    monkeypatch.setattr(relaxations, "relaxations", lambda *args: iter(()))
    with pytest.raises(Disagreement, match="what the checker accepts"):
        schedule(planted(needing_cover(), NeverBending()))


def needing_cover() -> dict[str, Any]:
    """A request whose empty rota breaks a must."""
    sent = small(people=4)
    sent["rules"] = [
        {"kind": "cover", "priority": "must"},
        *(rule for rule in sent["rules"] if rule["kind"] != "cover"),
    ]
    return sent
