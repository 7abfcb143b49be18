"""No two things that share a name are called the same, and each is called the same everywhere."""

from typing import Any

import pytest

from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.facts.labels import labels
from models.problem.problem import Problem
from scheduler.engine import schedule
from scheduler.intake.case import Case
from scheduler.intake.parse import read_case
from scheduler.report.cover_candidates import cover
from scheduler.rotas.differences import difference


def _school(id: str, name: str) -> dict[str, Any]:
    return {"id": id, "name": name}


def _shift(id: str, school: str, start: str = "09:00", **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "name": "Office",
        "school": school,
        "start": start,
        "end": "15:00",
        "needs": [{"count": 1}],
        **more,
    }


def _problem(**more: Any) -> dict[str, Any]:
    return {
        "name": "Two schools",
        "horizon": {"first": "2026-07-06", "last": "2026-07-07"},
        "schools": [_school("oak", "Oak"), _school("elm", "Elm")],
        "people": [
            {"id": "p1", "name": "Sam Jones", "home": "oak"},
            {"id": "p2", "name": "sam  jones", "home": "elm"},
            {"id": "p3", "name": "Kim Lee", "home": "elm"},
        ],
        **more,
    }


def _case(**more: Any) -> Case:
    return read_case(
        {
            "problem": _problem(**more),
            "rules": [{"kind": "cover", "priority": 1}],
            "limits": {"seconds": 10, "workers": 1},
        }
    )


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Ann", "Bob"], ("Ann", "Bob")),
        (["Ann", "Ann"], ("Ann (1)", "Ann (2)")),
        (["Ann Lee", "ann  lee", "Bob"], ("Ann Lee (1)", "ann  lee (2)", "Bob")),
    ],
)
def test_only_names_that_are_shared_get_an_id(names: list[str], expected: tuple[str, ...]) -> None:
    """Capitals and spaces make no difference, since a reader sees none."""
    assert labels((str(n), name) for n, name in enumerate(names, 1)) == expected


def test_duties_of_one_name_get_their_school() -> None:
    """A duty whose name no other school has is said without it."""
    only = {**_shift("hall", "oak"), "name": "Hall"}
    problem = _problem(shifts=[_shift("a", "oak"), _shift("b", "elm"), only])
    facts = Facts(Problem.model_validate(problem))
    said = [facts.says_duty(duty) for duty in facts.duties if duty.day == 0]
    assert said == ["Office at Oak on Mon 6 Jul", "Office at Elm on Mon 6 Jul", "Hall on Mon 6 Jul"]
    assert [facts.says_work(o) for o in facts.occasions if o.days[0] == 0] == [
        "Office at Oak",
        "Office at Elm",
        "Hall",
    ]


def test_duties_of_one_name_at_one_school_get_their_time() -> None:
    """On a day that has only one of them, the time is left out."""
    late = _shift("b", "oak", "11:00", when={"weekdays": ["mon"]})
    facts = Facts(Problem.model_validate(_problem(shifts=[_shift("a", "oak"), late])))
    assert sorted(facts.says_duty(duty) for duty in facts.duties) == [
        "Office at 09:00 on Mon 6 Jul",
        "Office at 11:00 on Mon 6 Jul",
        "Office on Tue 7 Jul",
    ]


def test_groups_and_schools_of_one_name_get_more_to_their_name() -> None:
    """Each trust has a Reception at every school, and often two St Mary's."""
    schools = [_school("n", "St Mary's"), _school("s", "St Mary's"), _school("elm", "Elm")]
    groups = [
        {"id": "g1", "name": "Reception", "school": "n"},
        {"id": "g2", "name": "Reception", "school": "elm"},
        {"id": "g3", "name": "Year 1", "school": "elm"},
    ]
    people = [{"id": "p1", "name": "Sam", "home": "n"}]
    problem = _problem(schools=schools, groups=groups, people=people)
    facts = Facts(Problem.model_validate(problem))
    assert [facts.school_name(n) for n in range(3)] == ["St Mary's (n)", "St Mary's (s)", "Elm"]
    assert facts.labels.groups == {
        "g1": "Reception at St Mary's (n)",
        "g2": "Reception at Elm",
        "g3": "Year 1",
    }


def _away(person: dict[str, Any], day: str) -> dict[str, Any]:
    return {**person, "away": [{"first": day, "last": day}]}


def test_clash_report_and_empty_places_tell_people_of_one_name_apart() -> None:
    """Two are away on different days, and each sentence says which of them it means."""
    people = [
        _away({"id": "p1", "name": "Sam Jones", "home": "oak"}, "2026-07-06"),
        _away({"id": "p2", "name": "Sam Jones", "home": "oak"}, "2026-07-07"),
    ]
    result = schedule(
        read_case(
            {
                "problem": _problem(
                    people=people, shifts=[_shift("a", "oak", needs=[{"count": 2}])]
                ),
                "rules": [{"kind": "cover", "priority": "must"}],
                "limits": {"seconds": 10, "workers": 1},
            }
        )
    )
    assert result.status == "impossible"
    text = result.model_dump_json()
    assert "Sam Jones (p1) is away" in text
    assert text.count("Sam Jones") == text.count("Sam Jones (p")


def test_cover_and_differences_tell_people_of_one_name_apart() -> None:
    """Those who are asked, and those who change."""
    case = _case(shifts=[_shift("a", "oak")])
    monday, tuesday = ({"person": "p3", "duty": f"a@2026-07-0{day}"} for day in (6, 7))
    told = Schedule.model_validate({"placements": [monday, tuesday]})
    (hole,) = cover(case, told, "p3", case.facts.date(0), case.facts.date(0))
    assert {one.name for one in hole.candidates} == {"Sam Jones (p1)", "sam  jones (p2)"}
    for one in hole.candidates:
        assert one.sentence.startswith(f"{one.name} ")
    changed = Schedule.model_validate({"placements": [{**monday, "person": "p1"}, tuesday]})
    found = difference((case, told), (case, changed))
    assert found.sentences == (
        "Office on Mon 6 Jul: Sam Jones (p1) for Kim Lee (no rule is better served by it).",
    )
    assert [one.name for one in found.people] == ["Sam Jones (p1)", "Kim Lee"]
