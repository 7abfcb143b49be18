"""Times that cannot be meant are refused with what to do; midnight is an end like any other."""

from datetime import date
from typing import Any

import pytest

from models.facts.facts import Facts
from models.problem.problem import Problem
from scheduler.intake.parse import Fault, InvalidRequest, read_request

EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def sent(first: str, last: str, **problem: Any) -> dict[str, Any]:
    """A school that opens every day, one person and one shift a day."""
    return {
        "problem": {
            "name": "One school",
            "horizon": {"first": first, "last": last},
            "schools": [{"id": "s", "name": "Oakfield", "weekdays": EVERY_DAY}],
            "people": [{"id": "ann", "name": "Ann", "home": "s"}],
            "shifts": [shift()],
            **problem,
        },
        "rules": [{"kind": "cover"}],
    }


def shift(start: str = "08:30", end: str = "15:30", **more: Any) -> dict[str, Any]:
    """A shift for one person."""
    fixed = {"id": "d", "name": "Day", "school": "s", "needs": [{"count": 1}]}
    return {**fixed, "start": start, "end": end, **more}


def ann(**more: Any) -> list[dict[str, Any]]:
    """The only person."""
    return [{"id": "ann", "name": "Ann", "home": "s", **more}]


def faults(document: dict[str, Any]) -> list[Fault]:
    """What is wrong with a request."""
    with pytest.raises(InvalidRequest) as refused:
        read_request(document)
    return list(refused.value.faults)


# ------------------------------------------------------------------ clock changes


def test_a_time_that_the_clocks_leave_out_is_refused() -> None:
    """At its field, with the date; both ends of a shift, also after midnight."""
    night = sent("2026-03-28", "2026-03-29", shifts=[shift("01:30", "02:15")])
    assert [f.pointer for f in faults(night)] == ["/problem/shifts/0/start"]
    assert "2026-03-29" in faults(night)[0].message
    late = sent("2026-03-28", "2026-03-28", shifts=[shift("22:00", "01:00")])
    assert [f.pointer for f in faults(late)] == ["/problem/shifts/0/end"]


def test_an_exception_mends_a_time_that_the_clocks_leave_out() -> None:
    """And is refused at its own place if it names such a time."""
    changed = {"date": "2026-03-29", "start": "02:00"}
    night = sent("2026-03-28", "2026-03-29", shifts=[shift("01:30", "04:00", exceptions=[changed])])
    read_request(night)
    changed["start"] = "01:15"
    assert [f.pointer for f in faults(night)] == ["/problem/shifts/0/exceptions/0/start"]


def test_past_work_has_times_that_exist() -> None:
    """And so have bookings."""
    row = {"person": "ann", "school": "s", "start": "2026-03-29T01:30", "end": "2026-03-29T04:00"}
    assert [f.pointer for f in faults(sent("2026-03-30", "2026-03-30", history=[row]))] == [
        "/problem/history/0/start"
    ]


def test_an_activity_does_not_begin_in_an_hour_that_is_left_out() -> None:
    """The engine has no such start to choose."""
    activity = {
        "id": "a",
        "name": "Count",
        "school": "s",
        "needs": [{"count": 1}],
        "minutes": 30,
        "step": 30,
        "windows": [{"start": "00:00", "end": "03:30"}],
    }
    document = sent("2026-03-29", "2026-03-29", shifts=[], activities=[activity])
    facts = Facts(Problem.model_validate(document["problem"]))
    assert [facts.says_time(start) for start in facts.occasions[0].starts] == [
        "00:00",
        "00:30",
        "02:00",
        "02:30",
        "03:00",
    ]


# ------------------------------------------------------------------ midnight


def test_a_window_may_end_at_midnight() -> None:
    """Away from 18:00 to 00:00 is away in the evening, and at no other time."""
    away = [{"start": "18:00", "end": "00:00"}]
    shifts = [shift("17:00", "18:00"), shift("22:00", "23:00", id="late")]
    request = read_request(sent("2026-07-06", "2026-07-06", people=ann(away=away), shifts=shifts))
    facts = Facts(request.problem)
    assert [facts.why_away(0, stint) for stint in facts.stints] == [None, "is away"]


def test_a_night_in_one_window_says_what_to_do() -> None:
    """Two windows, or no end; never that the times are swapped."""
    night = sent("2026-07-06", "2026-07-06", people=ann(away=[{"start": "22:00", "end": "06:00"}]))
    (found,) = faults(night)
    assert found.pointer == "/problem/people/0/away/0"
    assert "two" in found.hint
    assert "swapped" not in found.message + found.hint
    two = [{"start": "22:00", "end": "00:00"}, {"start": "00:00", "end": "06:00"}]
    read_request(sent("2026-07-06", "2026-07-06", people=ann(away=two)))


def test_twenty_four_hours_is_written_as_midnight() -> None:
    """The hint says 00:00."""
    (found,) = faults(sent("2026-07-06", "2026-07-06", shifts=[shift("18:00", "24:00")]))
    assert (found.pointer, "00:00" in found.hint) == ("/problem/shifts/0/end", True)
    facts = Facts(
        read_request(sent("2026-07-06", "2026-07-06", shifts=[shift("18:00", "00:00")])).problem
    )
    assert facts.stints[0].end - facts.stints[0].start == 6 * 60


# ------------------------------------------------------------------ exceptions


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"end": "08:15"}, "end"),
        ({"start": "16:00"}, "start"),
    ],
)
def test_a_change_of_one_time_that_makes_a_day_of_a_shift_is_refused(
    change: dict[str, str], pointer: str
) -> None:
    """It was meant for another time: nobody works 24 hours by a slip."""
    exceptions = [{"date": "2026-07-06", **change}]
    (found,) = faults(sent("2026-07-06", "2026-07-07", shifts=[shift(exceptions=exceptions)]))
    assert found.pointer == f"/problem/shifts/0/exceptions/0/{pointer}"
    assert "23 hours" in found.message


def test_an_overnight_exception_is_taken() -> None:
    """With both of its times it may run into the next day."""
    exceptions = [{"date": "2026-07-06", "start": "22:00", "end": "06:00"}]
    request = read_request(sent("2026-07-06", "2026-07-06", shifts=[shift(exceptions=exceptions)]))
    facts = Facts(request.problem)
    assert facts.stints[0].end - facts.stints[0].start == 8 * 60
    assert facts.days == (date(2026, 7, 6),)


# ------------------------------------------------------------------ children, names


def test_children_do_not_leave_before_they_come() -> None:
    """Whether or not the school's day fills in the other time."""
    row = {
        "band": "R",
        "count": 3,
        "at": "s",
        "dates": {"first": "2026-07-06", "last": "2026-07-06"},
    }
    document = sent("2026-07-06", "2026-07-06", children=[{**row, "start": "15:45"}])
    assert [f.pointer for f in faults(document)] == ["/problem/children/0/start"]


@pytest.mark.parametrize(
    ("name", "said"),
    [("Sam\nJones", "must be one line."), (" ", "is empty: there is only space.")],
)
def test_a_name_is_one_line_and_not_blank(name: str, said: str) -> None:
    """A name with a line break would cut the printed rota in two."""
    people = [{"id": "p", "name": name, "home": "s"}]
    (found,) = faults(sent("2026-07-06", "2026-07-06", people=people))
    assert (found.pointer, found.message) == ("/problem/people/0/name", said)


def test_a_booking_that_ends_at_midnight_says_what_to_do() -> None:
    """Midnight begins a date, so that the end is on the next; nothing is swapped."""

    def hall(start: str, end: str) -> dict[str, Any]:
        at = [{"start": f"2026-07-06T{start}", "end": f"2026-07-06T{end}"}]
        hall = [{"id": "hall", "name": "Hall", "bookings": at}]
        return sent("2026-07-06", "2026-07-06", resources=hall)

    (found,) = faults(hall("18:00", "00:00"))
    assert "date after" in found.hint
    assert "swapped" not in found.message + found.hint
    (found,) = faults(hall("18:00", "08:00"))
    assert "date after" in found.hint
    assert "swapped" in found.hint


def test_a_lesson_may_end_at_midnight_and_lies_within_a_day() -> None:
    """An evening class until 00:00; one into the morning is to be given as two."""

    def school(start: str, end: str) -> dict[str, Any]:
        lessons = [{"start": start, "end": end}]
        schools = [{"id": "s", "name": "Oakfield", "weekdays": EVERY_DAY, "lessons": lessons}]
        return sent("2026-07-06", "2026-07-06", schools=schools)

    (lesson,) = read_request(school("22:00", "00:00")).problem.schools[0].lessons
    assert lesson.stretch == (22 * 60, 24 * 60)
    (found,) = faults(school("22:00", "06:00"))
    assert "swapped" not in found.message + found.hint
    assert "another" in found.hint


# ------------------------------------------------------------------ at work without a duty


def at(school: str, **more: Any) -> dict[str, Any]:
    """A window of a pattern that names a school."""
    return {"at": school, **more}


def test_a_pattern_that_names_a_school_at_no_time_of_its_day_is_refused() -> None:
    """It begins after the school's day and gives no end; with an end it is fine."""
    late = sent("2026-03-02", "2026-03-06", people=ann(works=[{}, at("s", start="15:20")]))
    (fault,) = faults(late)
    assert fault.pointer == "/problem/people/0/works/1"
    assert "from 08:50 to 15:20" in fault.message
    read_request(sent("2026-03-02", "2026-03-06", people=ann(works=[{}, at("s", start="15:19")])))
    club = at("s", start="15:20", end="18:00")
    read_request(sent("2026-03-02", "2026-03-06", people=ann(works=[{}, club])))


def test_a_pattern_that_names_two_schools_at_one_time_is_refused() -> None:
    """With the day and the time; where one begins as the other ends it is fine."""
    schools = [{"id": s, "name": name} for s, name in (("s", "Oakfield"), ("t", "Fellside"))]
    week: dict[str, Any] = {"schools": schools, "shifts": [shift(end="12:00")]}
    works = [at("s", weekdays=["tue"], end="12:00"), at("t", weekdays=["tue"], start="11:59")]
    (fault,) = faults(sent("2026-03-02", "2026-03-06", people=ann(works=works), **week))
    assert fault.pointer == "/problem/people/0/works"
    assert "at Oakfield and at Fellside at 11:59 on Tue 3 Mar" in fault.message
    works[1]["start"] = "12:00"
    read_request(sent("2026-03-02", "2026-03-06", people=ann(works=works), **week))


def test_a_pattern_names_a_known_school_and_only_patterns_do() -> None:
    """An absence is from everywhere."""
    (fault,) = faults(sent("2026-03-02", "2026-03-06", people=ann(works=[at("x")])))
    assert fault.pointer == "/problem/people/0/works/0/at"
    (fault,) = faults(sent("2026-03-02", "2026-03-06", people=ann(away=[at("s")])))
    assert fault.pointer == "/problem/people/0/away/0"
