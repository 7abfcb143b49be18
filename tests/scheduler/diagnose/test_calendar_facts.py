"""Calendars and secondments in a clash: named with dates, shown needed, and with a way out."""

from typing import Any

import pytest

from models.answer.result import Clash
from models.facts.facts import Facts
from models.problem.limits import Limits
from scheduler.diagnose.calendar_facts import calendar_facts, without_calendar_facts
from scheduler.diagnose.explanation import explain_no_schedule
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest


def request(
    *, home: dict[str, Any] | None = None, rules: list[dict[str, Any]] | None = None, **more: Any
) -> RotaRequest:
    """A shift on each of three days at Oakfield, and one person, who belongs to Fellside."""
    return RotaRequest.model_validate(
        {
            "problem": {
                "name": "Three days",
                "horizon": {"first": "2026-01-05", "last": "2026-01-07"},
                "schools": [
                    {"id": "OAK", "name": "Oakfield"},
                    {"id": "FEL", "name": "Fellside", **(home or {})},
                ],
                "people": [{"id": "ann", "name": "Ann", "home": "FEL"}],
                "shifts": [
                    {
                        "id": "D",
                        "name": "Day",
                        "school": "OAK",
                        "start": "09:00",
                        "end": "12:00",
                        "needs": [{"count": 1}],
                    }
                ],
                **more,
            },
            "rules": rules or [{"kind": "cover", "priority": "must"}],
            "limits": Limits(seconds=200, workers=1).model_dump(),
        }
    )


def clash_of(request: RotaRequest) -> Clash:
    """Its clash, which is confirmed and minimal."""
    clash = explain_no_schedule(Case(request), seconds=200, stop=lambda: False).clash
    assert clash is not None
    assert clash.confirmed
    assert clash.minimal
    return clash


@pytest.mark.parametrize(
    ("home", "fact", "way"),
    [
        (
            {"closed": [{"first": "2026-01-06", "last": "2026-01-06"}]},
            "Fellside is closed on Tue 6 Jan.",
            "If Fellside were open on Tue 6 Jan.",
        ),
        (
            {"extra_bank_holidays": [{"date": "2026-01-07", "name": "Snow day"}]},
            "Fellside has a bank holiday on Wed 7 Jan.",
            "If Fellside had no bank holiday on Wed 7 Jan.",
        ),
        (
            {"terms": [{"first": "2026-01-07", "last": "2026-02-13"}]},
            "Fellside has its holidays from Mon 5 Jan to Tue 6 Jan.",
            "If Fellside were in term from Mon 5 Jan to Tue 6 Jan.",
        ),
    ],
)
def test_the_calendar_of_a_school_is_named(home: dict[str, Any], fact: str, way: str) -> None:
    """A closure, a bank holiday and the holidays between terms, each needed for the clash."""
    clash = clash_of(request(home=home))
    assert fact in [m.sentence for m in clash.members]
    assert {m.where for m in clash.members if m.rule is None} == {("FEL",)}
    assert way in clash.ways


def test_an_inset_day_is_named() -> None:
    """Children come on it who otherwise would not."""
    children = {
        "band": "rec",
        "count": 4,
        "at": "OAK",
        "on": ["inset"],
        "start": "09:00",
        "end": "12:00",
        "dates": {"first": "2026-01-05", "last": "2026-01-07"},
    }
    aider = {
        "kind": "presence",
        "who": {"skill": "aid"},
        "called": "first-aider",
        "priority": "must",
        "whenever": {"children": {}},
        "schools": ["OAK"],
    }
    schools = [
        {"id": "OAK", "name": "Oakfield", "inset": ["2026-01-06"]},
        {"id": "FEL", "name": "Fellside"},
    ]
    clash = clash_of(
        request(schools=schools, skills={"aid": "First aid"}, children=[children], rules=[aider])
    )
    assert [m.kind for m in clash.members] == ["presence", "children", "inset"]
    assert clash.members[-1].sentence == "Oakfield has an INSET day on Tue 6 Jan."
    assert "If Oakfield had no INSET day on Tue 6 Jan." in clash.ways


def seconded(**more: Any) -> RotaRequest:
    """Ann, lent by Fellside to Oakfield."""
    person = {
        "id": "ann",
        "name": "Ann",
        "home": "FEL",
        "contracts": [{"id": "c", "role": "ta", "school": "FEL"}],
    }
    secondment = {
        "id": "s",
        "person": "ann",
        "contract": "c",
        "host": "OAK",
        "first": "2025-09-01",
        "last": "2026-07-31",
    }
    return request(
        people=[person],
        roles={"ta": "teaching assistant"},
        secondments=[{**secondment, **more}],
    )


def test_a_secondment_that_ends_is_named_with_its_date() -> None:
    """After it she may do no shift of the host."""
    clash = clash_of(seconded(ended="2026-01-06"))
    assert "Ann's secondment to Oakfield ends on Tue 6 Jan." in [m.sentence for m in clash.members]
    assert "If Ann's secondment to Oakfield did not end on Tue 6 Jan." in clash.ways


def test_a_secondment_can_be_in_the_way() -> None:
    """Somebody who is at another school by agreement is not at their own."""
    away = seconded(host="ELM")
    schools = [*away.problem.schools, away.problem.schools[0].model_copy(update={"id": "ELM"})]
    schools[2] = schools[2].model_copy(update={"name": "Elmtree"})
    problem = away.problem.model_copy(update={"schools": tuple(schools)})
    clash = clash_of(away.model_copy(update={"problem": problem}))
    said = "Ann is seconded to Elmtree from Mon 5 Jan to Wed 7 Jan."
    assert said in [m.sentence for m in clash.members]
    assert "If Ann were not seconded to Elmtree from Mon 5 Jan to Wed 7 Jan." in clash.ways


def test_a_calendar_without_its_facts_is_open_on_every_weekday() -> None:
    """Nothing is left, and what the school keeps of itself is made again."""
    facts = Facts(
        request(
            home={
                "nation": "ENG",
                "inset": ["2026-01-05"],
                "closed": [{"first": "2026-01-06", "last": "2026-01-06"}],
                "extra_bank_holidays": [{"date": "2026-01-07", "name": "Snow day"}],
            }
        ).problem
    )
    found = list(calendar_facts(facts, 1))
    assert found == [("closed", 0, [1]), ("inset", 0, [0]), ("bank_holidays", 0, [2])]
    bare = without_calendar_facts(facts, 1, {(kind, place) for kind, place, _ in found})
    assert [bare.kind_of(day).value for day in facts.days] == ["term"] * 3
    assert without_calendar_facts(facts, 1, ()) is facts.problem.schools[1]
