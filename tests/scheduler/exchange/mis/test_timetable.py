"""Rooms, classes, periods and lessons of an MIS: who teaches when and where, and no pupil."""

from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.exchange.mis.timetable import (
    Timetable,
    TimetableClass,
    TimetableRoom,
    oneroster_timetable,
    wonde_timetable,
)
from tests.scheduler.exchange.mis.test_lenient import anything

WONDE: dict[str, list[dict[str, Any]]] = {
    "rooms": [{"id": "R1", "code": "H", "name": "Hall"}, {"id": "R2", "code": "LIB", "name": None}],
    "classes": [
        {
            "id": "C1",
            "name": "Year 4",
            "year_group": {"data": {"name": "4", "code": "4"}},
            "employees": {"data": [{"id": "A1", "forename": "Sam"}, "A2"]},
            "students": {"data": [{"id": "P1", "surname": "Secret"}]},
        }
    ],
    "periods": [
        {
            "id": "D1",
            "name": "Mon:1",
            "day": "monday",
            "start_time": "09:00:00",
            "end_time": "10:00",
        }
    ],
    "lessons": [
        {
            "id": "L1",
            "room": "R1",
            "period": {"data": {"id": "D1"}},
            "employee": {"data": {"id": "A1"}},
            "class": "C1",
            "start_at": {"date": "2026-05-11 09:00:00.000000", "timezone": "Europe/London"},
            "end_at": "2026-05-11T09:00:00Z",
        }
    ],
}


def test_wonde_says_who_teaches_when_and_where() -> None:
    """In both shapes of date, with relations as ids and as objects."""
    said = wonde_timetable(WONDE)
    assert said.unread == ()
    assert said.rooms == (TimetableRoom(id="R1", name="Hall"), TimetableRoom(id="R2", name="LIB"))
    assert said.classes == (
        TimetableClass(id="C1", name="Year 4", year_group="4", teachers=("A1", "A2")),
    )
    (period,), (lesson,) = said.periods, said.lessons
    assert (str(period.start), str(period.end)) == ("09:00:00", "10:00:00")
    assert (lesson.start.hour, lesson.end.hour) == (9, 10)
    assert (lesson.teacher, lesson.room, lesson.period, lesson.of) == ("A1", "R1", "D1", "C1")
    assert "Secret" not in said.model_dump_json()


def test_one_bad_row_holds_up_nothing() -> None:
    """It is named with its place."""
    late = {**WONDE["lessons"][0], "id": "L2", "end_at": "2026-05-11 08:00:00"}
    odd = {**WONDE["lessons"][0], "id": "L3", "start_at": "soon"}
    said = wonde_timetable({"lessons": [late, odd, *WONDE["lessons"]], "rooms": [7, {"id": "R"}]})
    assert [lesson.id for lesson in said.lessons] == ["L1"]
    assert {u.place for u in said.unread} == {"/lessons/0", "/lessons/1", "/rooms/0", "/rooms/1"}
    assert "soon" not in said.model_dump_json()


def test_oneroster_says_who_teaches_which_class() -> None:
    """By enrollments that run today: an end date is the first day after."""
    taught = {"sourcedId": "c1", "title": "Year 4", "school": {"sourcedId": "oak"}, "grades": ["4"]}
    gone = {"sourcedId": "c2", "title": "Old", "status": "tobedeleted"}

    def enrolled(user: str, role: str = "teacher", **more: Any) -> dict[str, Any]:
        return {"class": {"sourcedId": "c1"}, "user": {"sourcedId": user}, "role": role, **more}

    enrollments = [
        enrolled("t1"),
        enrolled("t2", endDate="2026-05-11"),
        enrolled("t3", endDate="2026-05-12", primary="true"),
        enrolled("p1", "student"),
    ]
    feed = {"classes": [taught, gone], "enrollments": enrollments}
    said = oneroster_timetable(feed, date(2026, 5, 11))
    assert said.classes == (
        TimetableClass(id="c1", name="Year 4", school="oak", year_group="4", teachers=("t1", "t3")),
    )
    assert "p1" not in said.model_dump_json()


names = [*WONDE, "enrollments", "x"]
fields = [*{field for rows in WONDE.values() for row in rows for field in row}, "user", "endDate"]
rows = st.lists(st.dictionaries(st.sampled_from(fields), anything) | anything, max_size=3)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(names), rows | anything))
def test_any_feed_is_read(feed: dict[str, Any]) -> None:
    """Whatever comes, there is a timetable."""
    for said in (wonde_timetable(feed), oneroster_timetable(feed, date(2026, 5, 11))):
        assert Timetable.model_validate_json(said.model_dump_json()) == said
