"""Children in groups: which group is chosen, what the rules weigh, and that it survives."""

from collections import Counter
from typing import Any

import pytest

from models.answer.result import Result, ResultStatus
from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.engine import schedule
from scheduler.exchange.render.report_text import account
from scheduler.intake.parse import InvalidRequest, read_request
from scheduler.intake.request import RotaRequest
from scheduler.report.summary import summarise


def child(name: str, /, **more: Any) -> dict[str, Any]:
    """A child for whom one of two pods is chosen."""
    return {
        "id": name,
        "band": "ks1",
        "count": 1,
        "at": "S",
        "groups": ["pod1", "pod2"],
        "dates": {"first": "2026-01-05", "last": "2026-01-06"},
        **more,
    }


def document(children: list[dict[str, Any]], *rules: dict[str, Any], places: int = 2) -> Any:
    """Two pods, a lead for each, two days."""
    pods = [{"id": f"pod{n}", "name": f"Pod {n}", "school": "S", "places": places} for n in (1, 2)]
    return {
        "problem": {
            "name": "Two pods",
            "horizon": {"first": "2026-01-05", "last": "2026-01-06"},
            "schools": [{"id": "S", "name": "School"}],
            "groups": pods,
            "people": [{"id": who, "name": who, "home": "S"} for who in ("Ann", "Bob")],
            "children": children,
            "shifts": [
                {
                    "id": pod["id"],
                    "name": pod["name"],
                    "school": "S",
                    "group": pod["id"],
                    "start": "09:00",
                    "end": "15:00",
                    "needs": [{"count": 1, "most": 1}],
                }
                for pod in pods
            ],
        },
        "rules": [{"kind": "cover", "priority": 1}, *rules],
        "limits": {"seconds": 200},
    }


PLACES = {"kind": "group_places"}
SIBLINGS = {"kind": "siblings_together", "priority": 2}
TEACHER = {"kind": "own_teacher", "priority": 3}


def solved(asked: Any) -> tuple[Result, dict[str, str]]:
    """The answer, and the group of each child."""
    result = schedule(read_request(asked))
    assert result.schedule is not None
    return result, {g.children: g.group for g in result.schedule.groups}


def test_every_child_is_in_one_of_its_groups() -> None:
    """Also where no rule asks which."""
    _, group = solved(document([child("C1"), child("C2", groups=["pod2"])]))
    assert set(group) == {"C1", "C2"}
    assert group["C1"] in ("pod1", "pod2")
    assert group["C2"] == "pod2"


def test_the_answer_says_who_is_in_which_group() -> None:
    """By the ids that were given, also where no rule asks."""
    asked = read_request(document([child("C1", groups=["pod1"]), child("C2", groups=["pod1"])]))
    result = schedule(asked)
    assert result.schedule is not None
    facts = Facts(asked.problem)
    summary = summarise(facts, Plan.of(facts, result.schedule))
    assert [(row.group, row.children) for row in summary.together] == [("pod1", ("C1", "C2"))]
    (section,) = (s for s in account(result, summary) if s.title == "Children by group")
    assert section.lines == (("Pod 1: C1, C2.", ()),)


def test_no_group_is_over_full() -> None:
    """Four children fill two pods of two exactly."""
    result, group = solved(document([child(f"C{n}") for n in range(4)], PLACES))
    assert result.status == ResultStatus.OPTIMAL
    assert Counter(group.values()) == {"pod1": 2, "pod2": 2}


def test_a_row_of_several_children_takes_as_many_places() -> None:
    """Two together fill a pod, so the third is in the other."""
    _, group = solved(document([child("C1", count=2), child("C2")], PLACES))
    assert group["C1"] != group["C2"]


def test_one_child_too_many_is_impossible() -> None:
    """Five children, four places."""
    result = schedule(read_request(document([child(f"C{n}") for n in range(5)], PLACES)))
    assert result.status == ResultStatus.IMPOSSIBLE


def test_children_who_do_not_come_on_the_same_day_share_a_place() -> None:
    """Places are counted day by day."""
    days = [{"first": day, "last": day} for day in ("2026-01-05", "2026-01-06")]
    children = [child(f"C{n}", groups=["pod1"], dates=days[n % 2]) for n in range(4)]
    result, _ = solved(document(children, PLACES))
    assert result.status == ResultStatus.OPTIMAL


def test_siblings_are_together_where_there_is_room() -> None:
    """Two families of two fill the two pods."""
    children = [child(f"C{n}", family=f"F{n % 2}") for n in range(4)]
    result, group = solved(document(children, PLACES, SIBLINGS))
    assert result.report is not None
    assert result.report.costs[2] == 0
    assert group["C0"] == group["C2"] != group["C1"] == group["C3"]


def test_siblings_are_apart_where_there_is_none() -> None:
    """A family of three cannot be in a pod of two: one group more than one, and said."""
    children = [child(f"C{n}", family="F") for n in range(3)]
    result, _ = solved(document(children, PLACES, SIBLINGS))
    assert result.report is not None
    (found,) = [f for f in result.report.findings if f.kind == "siblings_together"]
    assert (found.amount, len(found.breaches)) == (1, 1)
    assert "are apart, in Pod 1 and Pod 2." in found.breaches[0].sentence
    assert all(level.proved for level in result.levels)


def test_the_teacher_goes_where_the_child_is_and_the_child_where_the_teacher_is() -> None:
    """The child has only one pod, so the rota of the adults gives way."""
    children = [child("C1", groups=["pod2"], teacher="Ann"), child("C2", teacher="Bob")]
    only_one = {"kind": "one_group_a_week"}
    result, group = solved(document(children, PLACES, only_one, TEACHER))
    assert result.schedule is not None
    assert result.report is not None
    assert result.report.costs[3] == 0
    with_group = {p.person: p.duty.partition("@")[0] for p in result.schedule.placements}
    assert group["C2"] == with_group["Bob"]
    assert with_group["Ann"] == "pod2"


def test_an_earlier_wish_goes_before_a_later_one() -> None:
    """Siblings with two teachers in two pods: together, so one misses the teacher for a week."""
    children = [
        child("C1", family="F", teacher="Ann"),
        child("C2", family="F", teacher="Bob"),
    ]
    only_one = {"kind": "one_group_a_week"}
    result, group = solved(document(children, only_one, SIBLINGS, TEACHER))
    assert result.report is not None
    assert group["C1"] == group["C2"]
    assert result.report.costs == {1: 0, 2: 0, 3: 1}


def test_groups_survive_json_and_come_back_as_a_hint() -> None:
    """Request, schedule, plan: each the same after there and back."""
    asked = document([child("C1", family="F"), child("C2", teacher="Ann")], PLACES, SIBLINGS)
    request = read_request(asked)
    assert RotaRequest.model_validate_json(request.model_dump_json()) == request
    result = schedule(request)
    assert result.schedule is not None
    assert Schedule.model_validate_json(result.schedule.model_dump_json()) == result.schedule
    plan = Plan.of(Facts(request.problem), result.schedule)
    assert plan.schedule() == result.schedule
    again = schedule(request, start=result.schedule)
    assert again.report is not None
    assert result.report is not None
    assert again.report.vector == result.report.vector


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"groups": ["pod9"]}, "/problem/children/0/groups/0"),
        ({"teacher": "nobody"}, "/problem/children/0/teacher"),
        ({"id": None}, "/problem/children/0"),
        ({"group": "pod1"}, "/problem/children/0"),
        ({"name": "x"}, "/problem/children/0"),
    ],
)
def test_children_that_cannot_be_placed_are_refused(more: dict[str, Any], pointer: str) -> None:
    """Unknown groups and teachers, no id, a group and a choice, a name. A field that is not
    ours is pointed at from outside, since what it is called is the sender's."""
    with pytest.raises(InvalidRequest) as caught:
        read_request(document([child("C1", **more)]))
    assert [fault.pointer for fault in caught.value.faults] == [pointer]
