"""The time of a search: the clock's, or counted work with the clock as a fuse."""

import pytest
from ortools.sat.python import cp_model

from models.problem.limits import Limits
from scheduler.diagnose import question_budget
from scheduler.diagnose.question_budget import QuestionBudget
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.search import time_budget
from scheduler.search.compile import compile_model
from scheduler.search.time_budget import TimeBudget
from solver.cpsat.slack import PLACES_BETWEEN, CpSatSlack, OutOfTime
from tests.service.requests import small


class Watch:
    """Seconds that pass when a test says so."""

    now = 0.0

    def monotonic(self) -> float:
        """The present time."""
        return self.now


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """The clock of budgets, in our hands."""
    mine = Watch()
    monkeypatch.setattr(time_budget, "time", mine)
    monkeypatch.setattr(question_budget, "time", mine)
    return mine


def test_timed_work_ends_with_the_clock(watch: Watch) -> None:
    """What is counted says nothing, and no fuse blows."""
    budget = TimeBudget(Limits(seconds=10), lambda: False)
    budget.count(1000, fuse_blown=True)
    watch.now = 9.0
    assert (budget.seconds_left(), budget.work_left(), budget.over()) == (1.0, 1.0, False)
    watch.now = 10.0
    assert budget.over()
    assert not budget.fuse_blown


def test_counted_work_ends_by_itself(watch: Watch) -> None:
    """Long before the clock; if the clock is first all the same, the fuse has blown."""
    limits = Limits(seconds=10, reproducible=True)
    budget = TimeBudget(limits, lambda: False)
    budget.count(6.9)
    assert not budget.over()
    budget.count(0.1)
    assert budget.over()
    assert not budget.fuse_blown
    slow = TimeBudget(limits, lambda: False)
    watch.now = 10.0
    assert slow.over()
    assert slow.fuse_blown


def test_a_stop_ends_it() -> None:
    """However much time is left."""
    assert TimeBudget(Limits(), lambda: True).over()


def test_a_question_gets_a_share_of_what_is_left(watch: Watch) -> None:
    """A part begins when it is made; a second opinion has another seed and one worker."""
    budget = QuestionBudget(Limits(seed=4, workers=3), lambda: False, seconds=40)
    watch.now = 20.0
    part = budget.part(0.5)
    assert part.seconds_left() == 10
    assert part.question().seconds == 2.5
    assert part.minimisation().seconds == 6
    opinion = part.second_opinion(0.6, presolve=False)
    assert opinion.seconds == 6
    assert (opinion.workers, opinion.seed, opinion.presolve) == (1, 5, False)


def test_nothing_is_compiled_that_would_not_be_ready_in_time(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All parts of a budget know how long the longest compilation took."""
    budget = QuestionBudget(Limits(), lambda: False, seconds=10)
    part = budget.part(0.5)

    def slow(*_: object, **__: object) -> None:
        watch.now += 4

    monkeypatch.setattr(question_budget, "compile_model", slow)
    case = Case(RotaRequest.model_validate(small()))
    part.compile(case.facts, case.rules)
    assert not budget.over()
    watch.now += 3
    assert budget.over()


def test_a_model_is_given_up_once_time_is_over(watch: Watch) -> None:
    """Between rules, and at the places of one rule: what is not begun cannot last."""
    case = Case(RotaRequest.model_validate(small(people=5)))
    budget = QuestionBudget(Limits(), lambda: False, seconds=10)
    assert budget.compile(case.facts, case.rules) is not None
    asked = 0

    def over() -> bool:
        nonlocal asked
        asked += 1
        return asked > 2

    with pytest.raises(OutOfTime):
        compile_model(case.facts, case.rules, over=over)
    assert asked == 3
    watch.now = 11
    assert budget.compile(case.facts, case.rules) is None


def test_a_rule_of_many_places_looks_at_the_clock() -> None:
    """Not only once it is done."""
    slack = CpSatSlack(cp_model.CpModel(), hard=True, over=lambda: True)
    slack.asked = PLACES_BETWEEN - 2
    assert slack("first", most=1) == 0
    with pytest.raises(OutOfTime):
        slack("second", most=1)
