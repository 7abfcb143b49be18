"""A solve in a child process: whatever happens to the child, the best schedule stays."""

import multiprocessing
import os
import signal
from collections.abc import Iterator

import pytest

from models.answer.result import Progress, Result, ResultStatus
from models.answer.schedule import Schedule
from models.problem.problem import Placement
from scheduler.child import ChildDied, ChildLost, solve_in_child
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.search.search_state import Disagreement
from scheduler.search.superfluous import pruned
from tests.service.planted import Contradicting, Dying, Greedy, Hanging, Stumbling, planted
from tests.service.requests import endless, small


@pytest.fixture(autouse=True)
def _no_child_is_left() -> Iterator[None]:
    yield
    assert multiprocessing.active_children() == []


def _request(sent: dict[str, object]) -> RotaRequest:
    return RotaRequest.model_validate(sent)


def _child() -> int:
    pid = multiprocessing.active_children()[0].pid
    assert pid is not None
    return pid


def _verified(request: RotaRequest, result: Result) -> None:
    """The result is what the checkers say of its schedule."""
    assert result.schedule is not None
    report = Case(request).check(result.schedule)
    assert report == result.report
    assert report.broken_musts == 0
    assert {level.priority: level.value for level in result.levels} == report.costs


def test_the_answer_of_a_child_is_the_engines() -> None:
    """Proved, checked, and with the incumbents on the way."""
    heard: list[Progress] = []
    request = _request(small())
    result = solve_in_child(request, listen=heard.append)
    assert result.status is ResultStatus.OPTIMAL
    _verified(request, result)
    assert [p.schedule for p in heard if p.schedule][-1] == result.schedule
    assert result.receipt.input_hash


def test_a_stop_keeps_the_best() -> None:
    """Stopped once there is something, the last incumbent or better comes back."""
    heard: list[Progress] = []
    request = _request(endless())
    result = solve_in_child(
        request, listen=heard.append, stop=lambda: any(p.schedule for p in heard)
    )
    assert result.status is ResultStatus.FEASIBLE
    _verified(request, result)


def test_a_child_begins_from_the_schedule_it_is_given() -> None:
    """The first incumbent is the one to start from."""
    found: list[Progress] = []
    request = _request(endless())
    before = solve_in_child(
        request, listen=found.append, stop=lambda: any(p.schedule for p in found)
    )
    heard: list[Progress] = []
    solve_in_child(
        request,
        listen=heard.append,
        stop=lambda: any(p.schedule for p in heard),
        start=before.schedule,
    )
    first = next(p.schedule for p in heard if p.schedule)
    assert first == before.schedule


@pytest.mark.parametrize(
    ("blow", "said"),
    [
        (signal.SIGKILL, "ended unexpectedly"),
        (signal.SIGSTOP, "did not end in time"),
    ],
)
def test_a_child_that_is_lost_leaves_its_last_incumbent(blow: signal.Signals, said: str) -> None:
    """Killed by somebody else, or frozen when asked to stop."""
    best: list[Progress] = []

    def strike(progress: Progress) -> None:
        if progress.schedule and not best:
            best.append(progress)
            os.kill(_child(), blow)

    def told() -> bool:
        return bool(best) and blow is signal.SIGSTOP

    request = _request(endless())
    result = solve_in_child(request, listen=strike, stop=told, grace=0.2)
    assert result.status is ResultStatus.FEASIBLE
    assert result.schedule is not None
    assert best[-1].schedule is not None
    assert set(result.schedule.placements) <= set(best[-1].schedule.placements)
    assert said in result.notes[0]
    _verified(request, result)


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")  # the rule is not one of ours
def test_a_child_that_hears_no_stop_is_killed() -> None:
    """Before it can have found anything: nothing is made up."""
    request = planted(small(seconds=60), Hanging())
    result = solve_in_child(request, stop=lambda: True, grace=0)
    assert (result.status, result.schedule) == (ResultStatus.UNKNOWN, None)
    assert "did not end in time" in result.notes[0]


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")  # the rule is not one of ours
def test_a_child_that_never_comes_to_an_end_leaves_a_draft_without_a_search() -> None:
    """At the limit, with nothing said: what can be made and counted without a solver."""
    request = planted(small(seconds=0.2), Hanging())
    result = solve_in_child(request, grace=0.1)
    assert "did not end in time" in result.notes[0]
    draft = result.draft
    assert draft is not None or result.schedule is not None
    made = result.schedule or (draft.schedule if draft else None)
    assert made is not None
    assert made.placements
    assert result.report or (draft and draft.report.titles)


def test_what_a_search_left_is_pruned() -> None:
    """Somebody too many in the last schedule of a child that was killed is taken out."""
    request = _request(small(people=4))
    case = Case(request)
    day = "hub@2026-01-05"
    crowd = Schedule(placements=tuple(Placement(person=f"p{n}", duty=day) for n in range(4)))
    left = pruned(case, crowd, lambda: False)
    asked = case.facts.duties[case.facts.duty_number[day]].count
    assert len(left.placements) == asked < 4
    assert pruned(case, crowd, lambda: True) == case.plan(crowd).schedule()


def test_a_death_is_told_to_who_wants_to_try_again() -> None:
    """Also if there is a schedule, which has been heard of."""
    heard: list[Progress] = []

    def strike(progress: Progress) -> None:
        if progress.schedule and not heard:
            heard.append(progress)
            os.kill(_child(), signal.SIGKILL)

    with pytest.raises(ChildDied, match="Maybe"):
        solve_in_child(_request(endless()), listen=strike, tell_death=True)
    assert heard


def test_a_child_that_takes_too_much_memory_is_killed() -> None:
    """Long before the machine is in trouble, and with a word on what to do."""
    sent = small(seconds=60)
    sent["limits"]["memory_mb"] = 256
    with pytest.raises(ChildLost, match=r"more memory.*Maybe"):
        solve_in_child(planted(sent, Greedy()))


def test_a_child_that_dies_with_nothing_is_a_clear_error() -> None:
    """It says that nothing was found, and what to do."""
    with pytest.raises(ChildLost, match=r"ended unexpectedly, before.*Maybe"):
        solve_in_child(planted(small(), Dying()))


def test_a_disagreement_arrives_as_one_with_its_evidence() -> None:
    """The type and the schedule come through the pipe."""
    with pytest.raises(Disagreement, match="contradicting") as raised:
        solve_in_child(planted(small(), Contradicting()))
    assert raised.value.schedule is not None


def test_a_fault_of_ours_is_told_without_what_the_request_holds() -> None:
    """The message is kept apart."""
    with pytest.raises(ChildLost) as raised:
        solve_in_child(planted(small(), Stumbling()))
    assert "KeyError" in str(raised.value)
    assert "Person 1" not in str(raised.value)
    assert "Person 1" in raised.value.detail
