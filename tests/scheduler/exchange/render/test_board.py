"""A week as a board: who is where, what is marked, what adds up, and what a partner sees of it."""

from datetime import date
from typing import Any

import pytest

from models.answer.board import Board, BoardCell, BoardPerson, BoardPlace
from models.answer.result import Result, ResultStatus
from models.answer.schedule import Schedule
from scheduler.exchange.render.board import BoardInput, board, stretch
from scheduler.exchange.render.grid import Grid
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.report.answer import receipt

MONDAY, SUNDAY = date(2026, 1, 5), date(2026, 1, 11)

PROBLEM: dict[str, Any] = {
    "name": "Two schools",
    "horizon": {"first": "2026-01-05", "last": "2026-01-18"},
    "schools": [
        {"id": "oak", "name": "Oak", "inset": ["2026-01-09"]},
        {"id": "elm", "name": "Elm"},
    ],
    "people": [
        {
            "id": "ann",
            "name": "Ann",
            "home": "oak",
            "away": [
                {"first": "2026-01-06", "last": "2026-01-06"},
                {"first": "2026-01-07", "last": "2026-01-07", "end": "12:00"},
            ],
            "works": [{"weekdays": ["mon", "tue", "wed", "thu"], "start": "08:00", "end": "16:00"}],
        },
        {"id": "bob", "name": "Bob", "home": "elm", "contracts": [
            {"id": "b1", "role": "ta", "school": "elm"}, {"id": "b2", "role": "ta", "school": "oak"}
        ]},
        {"id": "cat", "name": "Cat", "home": "elm"},
    ],
    "roles": {"ta": "Assistant"},
    "shifts": [
        {"id": "am", "name": "Breakfast", "school": "oak", "start": "08:00", "end": "09:00",
         "needs": [{"count": 2}],
         "when": {"weekdays": ["mon", "tue"]}},
        {"id": "pm", "name": "Club", "school": "elm", "start": "15:00", "end": "17:30",
         "needs": [{"count": 1}],
         "when": {"weekdays": ["mon", "tue"], "last": "2026-01-06"}},
    ],
    "pinned": [{"person": "ann", "duty": "am@2026-01-05"}],
    "published": {"placements": [
        {"person": "ann", "duty": "am@2026-01-05"},
        {"person": "cat", "duty": "pm@2026-01-06"},
    ]},
}  # fmt: skip

PLACED = [("ann", "am@2026-01-05"), ("bob", "am@2026-01-05"), ("bob", "pm@2026-01-05")]


def _board(
    schools: set[str] | None = None, school: str | None = None, draft: bool = False, **unsure: date
) -> Board:
    case = Case(RotaRequest.model_validate({"problem": PROBLEM}))
    schedule = Schedule.model_validate(
        {"placements": [{"person": person, "duty": duty} for person, duty in PLACED]}
    )
    result = Result(
        status=ResultStatus.FEASIBLE,
        schedule=None if draft else schedule,
        receipt=receipt(case.request, seconds=0, strategy="none"),
    )
    grid = Grid(case.facts, case.plan(schedule))
    return board(BoardInput(grid, result, schools, unsure), MONDAY, SUNDAY, school)


def _person(shown: Board, id: str) -> BoardPerson:
    return next(row for row in shown.people if row.person == id)


def _place(shown: Board, duty: str) -> BoardPlace:
    return next(p for row in shown.duties for day in row.cells for p in day if p.duty == duty)


def test_everybody_has_a_row_and_every_day_a_column() -> None:
    """Each row has a cell for each column, and the totals of rows and columns agree."""
    shown = _board()
    assert [row.person for row in shown.people] == ["ann", "bob", "cat"]
    assert [day.date.day for day in shown.days] == [5, 6, 7, 8, 9]
    assert {len(row.cells) for row in shown.people} == {5}
    assert {len(row.cells) for row in shown.duties} == {5}
    assert [(row.days, row.minutes) for row in shown.people] == [(1, 60), (1, 210), (0, 0)]
    assert shown.minutes == sum(row.minutes for row in shown.people)
    assert [(day.people, day.places, day.missing) for day in shown.days][:2] == [
        (2, 3, 0),
        (0, 0, 3),
    ]
    assert shown.missing == 3 == sum(row.missing for row in shown.duties)
    assert shown.days[4].kinds == {"oak": "INSET day"}
    assert [turn.what for turn in _person(shown, "bob").cells[0].turns] == ["B", "C"]
    assert shown.codes == {"B": "Breakfast", "C": "Club"}
    assert [(w.first, w.last.day) for w in shown.weeks] == [(MONDAY, 9), (date(2026, 1, 12), 16)]


def test_what_is_marked() -> None:
    """Short, pinned, changed since what was published, and away without why."""
    shown = _board()
    ann, bob, cat = (_person(shown, id).cells for id in ("ann", "bob", "cat"))
    assert ann[0].turns[0].marks == ("pinned",)
    assert [cell.marks for cell in ann] == [(), ("away",), ("partly_away",), (), ()]
    assert bob[0].turns[0].marks == ("changed",)
    assert cat[1].marks == ("changed",)
    assert [turn.duty for turn in cat[1].gone] == ["pm@2026-01-06"]
    assert _place(shown, "am@2026-01-05").marks == ("pinned", "changed")
    assert _place(shown, "am@2026-01-06").marks == ("short",)
    assert _place(shown, "pm@2026-01-06").marks == ("short", "changed")


def test_what_is_tentative() -> None:
    """Duties after the last certain day of somebody who is away for an unknown time."""
    shown = _board(bob=date(2026, 1, 4))
    assert "tentative" in _person(shown, "bob").cells[0].turns[0].marks
    assert "tentative" in _place(shown, "pm@2026-01-05").marks
    assert "tentative" not in _place(_board(bob=MONDAY), "pm@2026-01-05").marks


def test_one_school() -> None:
    """Its duties, its people and those who work there, who keep their time elsewhere in words."""
    shown = _board(school="oak")
    assert [row.code for row in shown.duties] == ["B"]
    assert [row.person for row in shown.people] == ["ann", "bob"]
    assert [t.school for t in _person(shown, "bob").cells[0].turns] == ["oak", "elm"]
    assert shown.missing == 2


def test_a_partner_sees_its_own() -> None:
    """Of the rest it sees when somebody is busy elsewhere, and neither where nor with what."""
    shown = _board({"oak"})
    assert [row.person for row in shown.people] == ["ann", "bob"]
    here, elsewhere = _person(shown, "bob").cells[0].turns
    assert here.school == "oak"
    assert (elsewhere.duty, elsewhere.school, elsewhere.what) == (None, None, "busy elsewhere")
    assert (elsewhere.start, elsewhere.end) == ("15:00", "17:30")
    assert shown.schools == {"oak": "Oak"}
    text = shown.model_dump_json()
    assert "pm@" not in text
    assert "Club" not in text
    assert "Cat" not in text


def test_a_partner_does_not_see_whether_somebody_of_another_school_is_away() -> None:
    """Only their own school knows; what another lost stays with it, too."""
    shown = _board({"elm"})
    assert [row.person for row in shown.people] == ["bob", "cat"]
    assert _person(shown, "cat").cells[1].marks == ("changed",)
    borrowed = _board({"oak"})
    assert all(cell == BoardCell() for cell in _person(borrowed, "bob").cells[1:])


@pytest.mark.parametrize(
    ("first", "last", "today", "expected"),
    [
        (None, None, None, (5, 11)),
        (None, None, date(2026, 1, 14), (12, 18)),
        (None, None, date(2027, 1, 14), (5, 11)),
        (date(2026, 1, 13), None, None, (13, 18)),
        (None, date(2026, 1, 14), None, (12, 14)),
        (date(2026, 1, 6), date(2026, 1, 14), date(2026, 1, 5), (6, 14)),
    ],
)
def test_which_dates(
    first: date | None, last: date | None, today: date | None, expected: tuple[int, int]
) -> None:
    """A whole week unless both dates are said."""
    case = Case(RotaRequest.model_validate({"problem": PROBLEM}))
    found = stretch(Grid(case.facts, case.plan(Schedule())), first, last, today)
    assert tuple(day.day for day in found) == expected


def test_a_draft_says_so() -> None:
    """What breaks musts is never shown without a word."""
    assert _board(draft=True).draft
    assert not _board().draft
