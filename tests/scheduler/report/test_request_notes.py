"""What is no fault of a request is still said in its answer: empty weeks, missing ways, leavers."""

from typing import Any

from models.answer.result import Result, ResultStatus
from scheduler.engine import schedule
from scheduler.intake.parse import read_case

MONDAY = {"first": "2026-07-06", "last": "2026-07-06"}


def shift(id: str = "d", school: str = "a", **more: Any) -> dict[str, Any]:
    """A morning for one person."""
    fixed = {"name": f"Shift {id}", "start": "09:00", "end": "12:00", "needs": [{"count": 1}]}
    return {"id": id, "school": school, **fixed, **more}


def answer(rules: list[dict[str, Any]] | None = None, **problem: Any) -> Result:
    """The answer of a small request."""
    document = {
        "problem": {
            "name": "Three schools",
            "horizon": MONDAY,
            "schools": [{"id": id, "name": f"School {id.upper()}"} for id in "abc"],
            "people": [{"id": "bob", "name": "Bob", "home": "a"}],
            "shifts": [shift()],
            **problem,
        },
        "rules": rules or [{"kind": "cover"}],
        "limits": {"seconds": 5, "workers": 1},
    }
    return schedule(read_case(document))


def test_who_has_left_is_no_fault_of_the_request() -> None:
    """Their published placement is gone, the rest is planned near it."""
    told = [
        {"person": "ann", "duty": "d@2026-07-06"},
        {"person": "bob", "duty": "closed-club@2026-07-06"},
    ]
    rules: list[dict[str, Any]] = [
        {"kind": "cover"},
        {"kind": "least_change", "priority": 2},
        {"kind": "change_budget", "most": 1, "priority": 3},
    ]
    result = answer(
        rules, published={"placements": told, "groups": [{"children": "x", "group": "y"}]}
    )
    assert result.status is ResultStatus.OPTIMAL
    assert result.schedule is not None
    assert [p.person for p in result.schedule.placements] == ["bob"]
    (note,) = [note for note in result.notes if "published" in note]
    assert "2 placements" in note
    assert "ann" in note
    assert "closed-club@2026-07-06" in note


def test_a_week_without_a_school_day_is_an_empty_rota() -> None:
    """Also where rules name its shifts, and where there are only activities; the note says what
    the days are."""
    rules: list[dict[str, Any]] = [
        {"kind": "cover"},
        {"kind": "fair_share", "duties": {"shifts": ["d"], "schools": ["a"]}, "priority": 2},
    ]
    holiday = {
        "id": "a",
        "name": "School A",
        "terms": [{"first": "2026-09-01", "last": "2026-12-18"}],
    }
    activity = {"id": "m", "name": "Meeting", "school": "a", "minutes": 30}
    activity["needs"] = [{"count": 1}]
    result = answer(rules, schools=[holiday], activities=[activity])
    assert result.status is ResultStatus.OPTIMAL
    assert result.schedule is not None
    assert result.schedule.placements == ()
    (note,) = result.notes
    assert "at School A they are holiday" in note
    assert "(`on`): term" in note


def test_a_cancelled_shift_leaves_an_empty_rota() -> None:
    """It is said that exceptions may be why."""
    result = answer(shifts=[shift(exceptions=[{"date": "2026-07-06", "cancelled": True}])])
    assert result.status is ResultStatus.OPTIMAL
    assert any("an exception cancels" in note for note in result.notes)


def test_a_missing_way_is_named_where_others_are_given() -> None:
    """With both schools; nothing is said where no ways are given, or nobody works at one."""
    shifts = [shift("x", "a"), shift("y", "c", start="12:00", end="15:00")]
    travel = [{"between": [one, other], "minutes": 30} for one, other in (("a", "b"), ("b", "c"))]
    (note,) = [n for n in answer(shifts=shifts, travel=travel).notes if "No way" in n]
    assert "between School A and School C" in note
    whole = [*travel, {"between": ["c", "a"], "minutes": 0}]
    for ways, work in ((whole, shifts), ([], shifts), (travel, shifts[:1])):
        assert not [n for n in answer(shifts=work, travel=ways).notes if "No way" in n]
