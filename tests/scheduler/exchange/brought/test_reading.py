"""A rota from a sheet, from an export of ours and from JSON, with and without its request."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from importlib.resources import files

import pytest

from models.answer.schedule import Schedule
from models.problem.problem import Placement
from scheduler.exchange.brought.exports import export_in
from scheduler.exchange.brought.reading import BroughtRota, read_for, read_rota, read_sheets
from scheduler.exchange.grid.documents import GridMapping
from scheduler.exchange.grid.files import sheets_of
from scheduler.exchange.render.formats import render
from scheduler.exchange.workbook.sheet_lines import InvalidSheets
from scheduler.intake.case import Case
from scheduler.intake.parse import read_case
from scheduler.report.answer import answered, receipt

TODAY = date(2026, 3, 2)

PLACED = [
    ("ann", "oak-club/first-aider@2026-01-05"),
    ("bob", "oak-club/second@2026-01-05"),
    ("eve", "fell-club@2026-01-05"),
    ("dan", "oak-club/first-aider@2026-01-06"),
]


@cache
def tiny() -> Case:
    """Clubs of two schools, one of whose needs asks for a first-aider."""
    return read_case((files("examples") / "tiny.json").read_bytes())


def of(pairs: Sequence[tuple[str, str]]) -> Schedule:
    """A schedule."""
    return Schedule(placements=tuple(Placement(person=p, duty=d) for p, d in sorted(pairs)))


def exported(schedule: Schedule, format: str) -> bytes:
    """A schedule as the service writes it."""
    case = tiny()
    plan = case.plan(schedule)
    made = receipt(case.request, seconds=0, strategy="test")
    result = answered(case, plan, case.check(schedule), (), made)
    content, _ = render(format, case.facts, plan, result, rules=case.rules)
    return content


def pairs(schedule: Schedule) -> list[tuple[str, str]]:
    """Who is on what."""
    return [(placement.person, placement.duty) for placement in schedule.placements]


def brought(text: str, **mapping: object) -> BroughtRota:
    """A pasted sheet against the clubs."""
    known = GridMapping.model_validate(mapping)
    return read_rota(text.encode(), tiny(), known, TODAY)


# ------------------------------------------------------------------ exports of ours


@pytest.mark.parametrize("format", ["csv", "xlsx", "json"])
def test_an_export_of_ours_comes_back_as_the_schedule(format: str) -> None:
    """Whatever the format, with nothing lost and nothing asked."""
    raw = exported(of(PLACED), format)
    found = read_rota(raw, tiny(), GridMapping(), TODAY)
    assert pairs(found.schedule) == sorted(PLACED)
    assert found.questions == ()
    if format != "json":
        assert {cell.person: cell.at for cell in found.cells}["eve"].endswith("I4")


def test_a_time_that_the_engine_chose_comes_back() -> None:
    """An activity has its start in the export, and nowhere else."""
    chosen = tiny().facts.activities()[0]
    start = tiny().facts.local(chosen.starts[0])
    schedule = Schedule.model_validate(
        {
            "placements": [{"person": "ann", "duty": tiny().facts.duties[chosen.duties[0]].id}],
            "times": [{"activity": chosen.id, "start": start.isoformat(timespec="minutes")}],
        }
    )
    found = read_rota(exported(schedule, "csv"), tiny(), GridMapping(), TODAY)
    assert found.schedule.times[0].start == start.replace(tzinfo=None)
    assert found.schedule.placements == schedule.placements


def test_an_export_that_was_changed_by_hand_is_asked_about_cell_by_cell() -> None:
    """A person and a duty that the request does not have; a time that a spreadsheet broke."""
    raw = exported(of(PLACED), "csv").decode()
    changed = raw.replace("bob,Bob", "zed,Zed").replace("Club at Fellside", "Chess")
    found = read_rota(changed.encode(), tiny(), GridMapping(), TODAY)
    assert [asked.at for asked in found.questions] == ["Pasted!I3", "Pasted!I4"]
    assert "Zed" not in str(found.questions)
    broken = raw.replace("2026-01-05T15:30", "05/01/2026 15:30")
    with pytest.raises(InvalidSheets) as refused:
        read_rota(broken.encode(), tiny(), GridMapping(), TODAY)
    assert [fault.cell for fault in refused.value.faults] == ["B2", "B3"]


def test_an_export_without_its_request_makes_one() -> None:
    """Schools, people and duties are those of the rows; two people of one name stay two."""
    raw = exported(of(PLACED), "csv").replace(b"bob,Bob", b"ann2,Ann")
    reading = read_sheets(raw, GridMapping(), TODAY)
    assert reading.request is not None
    problem = reading.request.problem
    assert [school.name for school in problem.schools] == ["Oakfield", "Fellside"]
    assert [person.name for person in problem.people][:2] == ["Ann (ann)", "Ann (ann2)"]
    assert len(problem.shifts) == 3
    assert reading.questions == ()
    assert reading.mapping == GridMapping()


def test_a_sheet_of_ones_own_is_no_export() -> None:
    """Also where its first cells are alike."""
    assert export_in(sheets_of(b"date,start,end\n2026-01-05,8,9\n")) is None


def test_json_needs_its_request() -> None:
    """It says so, and repeats nothing."""
    with pytest.raises(InvalidSheets, match="without its request"):
        read_rota(b'{"placements": []}', None, GridMapping(), TODAY)


# ------------------------------------------------------------------ sheets against a request


def test_a_sheet_is_read_in_the_words_of_a_request() -> None:
    """By name, by id, by the printed code, by times, by words that one duty has."""
    found = brought(
        "Name,Mon 5 Jan,Tue 6 Jan,Wed 7 Jan\n"
        "Ann,COfa,oak-club,Oak first aider\n"
        "Bob,15.30-17.30,,sick\n"
        '"Eve",Fellside,Club at Oakfield,\n'
    )
    assert pairs(found.schedule) == [
        ("ann", "oak-club/first-aider@2026-01-05"),
        ("ann", "oak-club/first-aider@2026-01-06"),
        ("ann", "oak-club/first-aider@2026-01-07"),
        ("bob", "oak-club/second@2026-01-05"),
        ("eve", "fell-club@2026-01-05"),
        ("eve", "oak-club/second@2026-01-06"),
    ]
    assert found.questions == ()
    away = next(p.away for p in found.case.request.problem.people if p.id == "bob")
    assert date(2026, 1, 7) in {window.first for window in away}


def test_what_a_request_does_not_know_is_asked_about_with_the_nearest() -> None:
    """People, codes, and dates outside; a code that may be a reason is not repeated."""
    found = brought(
        "Name,Mon 5 Jan,Tue 6 Jan,Mon 2 Feb\n"
        "Catt,CF,,\n"
        "Dan,Club at Oakfeld,Chess club,COs\n"
        "Bob,Club,Blood test,\n"
    )
    asked = {question.answer: question for question in found.questions}
    assert "Maybe Cat?" in asked["/people/Catt"].says
    assert "Club at Oakfield" in asked["/codes/Club at Oakfeld"].says
    assert asked["/codes/Chess club"].at == "Pasted!C3"
    assert asked["/near"].at == "Pasted!D3"
    assert "Club at Fellside and Club at Oakfield" in asked["/codes/Club"].says
    assert asked["/codes"].at == "Pasted!C4"
    assert "Blood" not in str(found.questions)
    answered = brought(
        "Name,Mon 5 Jan,Tue 6 Jan\nCatt,CF,\nDan,Club,\n",
        people={"Catt": "Cat"},
        codes={"Club": {"means": "duty", "name": "COs"}},
    )
    assert answered.questions == ()
    assert ("dan", "oak-club/second@2026-01-05") in pairs(answered.schedule)


def test_needs_are_shared_out_so_that_all_are_met() -> None:
    """The one first-aider is on the need that asks for one, in either order."""
    for first, second in (("Ann", "Bob"), ("Bob", "Ann")):
        found = brought(
            f"Name,Mon 5 Jan,Tue 6 Jan\n{first},Club at Oakfield,\n{second},Club at Oakfield,\n"
        )
        assert dict(pairs(found.schedule)) == {
            "ann": "oak-club/first-aider@2026-01-05",
            "bob": "oak-club/second@2026-01-05",
        }


def test_a_reading_for_a_request_holds_its_words() -> None:
    """Its request with the absences, its ids, and the cells of both."""
    sheet = b"Name,Mon 5 Jan,Tue 6 Jan\nAnn,COfa,off\n"
    reading = read_for(tiny(), sheet, GridMapping(), TODAY)
    assert reading.request is not None
    assert reading.request.rules == tiny().request.rules
    assert pairs(reading.schedule or Schedule()) == [("ann", "oak-club/first-aider@2026-01-05")]
    assert {(c.at, c.duty) for c in reading.cells if c.duty} == {
        ("Pasted!B2", "oak-club/first-aider@2026-01-05")
    }
