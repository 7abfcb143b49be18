"""Being at work at a school without a duty: by pattern, on open days, until a duty elsewhere."""

from typing import Any

import pytest

from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.problem import Problem

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
OAK, ELM = range(2)
ANN = 0

TERM = [{"first": "2026-03-02", "last": "2026-04-30"}]


def facts(*works: dict[str, Any], person: dict[str, Any] | None = None, **problem: Any) -> Facts:
    """Ann of Oak in the week of Mon 23 March 2026, in which the clocks go forward; Elm is half an
    hour away and has a duty from 10:00 to 11:00 each weekday."""
    document = {
        "name": "A week",
        "horizon": {"first": "2026-03-23", "last": "2026-03-29"},
        "roles": {"ta": "TA"},
        "schools": [{"id": "oak", "name": "Oak"}, {"id": "elm", "name": "Elm"}],
        "travel": [{"between": ["oak", "elm"], "minutes": 30}],
        "people": [
            {"id": "ann", "name": "Ann", "home": "oak", "works": list(works), **(person or {})}
        ],
        "shifts": [shift()],
        **problem,
    }
    return Facts(Problem.model_validate(document))


def shift(**more: Any) -> dict[str, Any]:
    """A duty at Elm."""
    fixed = {"id": "d", "name": "Duty", "school": "elm", "start": "10:00", "end": "11:00"}
    return {**fixed, "needs": [{"count": 0}], **more}


def shown(found: Facts, stretches: Any) -> list[str]:
    """Stretches of minutes as people read them."""
    return [f"{found.local(a):%a %H:%M}-{found.local(b):%H:%M}" for a, b in sorted(stretches)]


def attends(found: Facts, school: int = OAK) -> list[str]:
    """When Ann is at work at a school by her pattern, day by day."""
    rows = [row for day in range(7) for row in found.attendance.by_pattern(ANN, school, day)]
    return shown(found, rows)


def at_elm(found: Facts, *days: int) -> Plan:
    """Ann on Elm's duty on some days."""
    return Plan(found, [(ANN, d.number) for d in found.duties if d.day in days], {})


# ------------------------------------------------------------------ by pattern


def test_a_window_with_a_school_is_attendance_there_and_nowhere_else() -> None:
    """Mon to Wed at Oak, Thu and Fri at Elm; without a time, all through the school's day."""
    found = facts(
        {"at": "oak", "weekdays": ["mon", "tue", "wed"]}, {"at": "elm", "weekdays": ["thu", "fri"]}
    )
    assert attends(found, OAK) == [f"{day} 08:50-15:20" for day in ("Mon", "Tue", "Wed")]
    assert attends(found, ELM) == [f"{day} 08:50-15:20" for day in ("Thu", "Fri")]


def test_a_window_without_a_school_says_only_when_somebody_can_be_asked() -> None:
    """As before: available, and not at work."""
    found = facts({"weekdays": ["mon"]})
    assert not found.attendance.people
    assert attends(found) == []
    assert [d.day for d in found.possible[ANN]] == [MON]


def test_they_can_be_asked_for_another_school_as_before() -> None:
    """A window is when they can be asked, whatever school it names."""
    assert [d.day for d in facts({"at": "oak", "weekdays": ["mon"]}).possible[ANN]] == [MON]


@pytest.mark.parametrize(
    ("window", "said"),
    [
        ({"start": "10:00"}, "Mon 10:00-15:20"),
        ({"end": "10:00"}, "Mon 08:50-10:00"),
        ({"end": "00:00"}, "Mon 08:50-00:00"),
        ({"start": "07:00", "end": "18:00"}, "Mon 07:00-18:00"),
        ({"sessions": ["am"]}, "Mon 08:50-12:30"),
        ({"sessions": ["pm"]}, "Mon 12:30-15:20"),
        ({"sessions": ["pm"], "end": "17:00"}, "Mon 12:30-17:00"),
    ],
)
def test_what_a_window_leaves_out_the_school_day_says(window: dict[str, Any], said: str) -> None:
    """Nobody is at work all night because their pattern names no end."""
    assert attends(facts({"at": "oak", "weekdays": ["mon"], **window})) == [said]


def test_windows_that_meet_are_one_stretch() -> None:
    """So that a moment between two of them is no gap."""
    found = facts({"at": "oak", "end": "12:00"}, {"at": "oak", "start": "11:00", "end": "14:00"})
    assert attends(found)[0] == "Mon 08:50-14:00"


def test_absences_are_taken_out() -> None:
    """A whole day, and the middle of another."""
    away: list[dict[str, Any]] = [{"first": "2026-03-24", "last": "2026-03-24"}]
    away += [{"weekdays": ["wed"], "start": "10:00", "end": "11:00"}]
    found = facts({"at": "oak", "weekdays": ["tue", "wed"]}, person={"away": away})
    assert attends(found) == ["Wed 08:50-10:00", "Wed 11:00-15:20"]


def test_only_open_days_count_of_the_school_where_they_work() -> None:
    """Closed on Monday, INSET on Tuesday, the weekend never; Elm is on holiday and has no post."""
    closed: dict[str, Any] = {
        "closed": [{"first": "2026-03-23", "last": "2026-03-23"}],
        "inset": ["2026-03-24"],
    }
    schools: list[dict[str, Any]] = [
        {"id": "oak", "name": "Oak", "terms": TERM, **closed},
        {"id": "elm", "name": "Elm", "terms": [{"first": "2026-04-13", "last": "2026-06-30"}]},
    ]
    found = facts({"at": "oak"}, schools=schools)
    assert [row[:3] for row in attends(found)] == ["Tue", "Wed", "Thu", "Fri"]
    assert attends(facts({"at": "elm"}, schools=schools), ELM) == []


def test_a_contract_must_be_in_force() -> None:
    """It ends on Tuesday; nobody is at work without one if they have any."""
    contract = {"id": "c", "role": "ta", "school": "oak", "last": "2026-03-24"}
    found = facts({"at": "oak"}, person={"contracts": [contract]})
    assert [row[:3] for row in attends(found)] == ["Mon", "Tue"]


def test_a_secondment_to_another_school_takes_its_time() -> None:
    """Lent to Elm on Tuesday mornings: at Oak from noon; and at Elm where the pattern says so."""
    contract = {"id": "c", "role": "ta", "school": "oak"}
    lent = {
        "id": "s",
        "person": "ann",
        "contract": "c",
        "host": "elm",
        "first": "2026-03-01",
        "last": "2026-03-31",
        "pattern": [{"weekdays": ["tue"], "end": "12:00"}],
    }
    more: dict[str, Any] = {"person": {"contracts": [contract]}, "secondments": [lent]}
    found = facts({"at": "oak", "weekdays": ["mon", "tue"]}, **more)
    assert attends(found) == ["Mon 08:50-15:20", "Tue 12:00-15:20"]
    assert attends(facts({"at": "elm", "weekdays": ["tue"]}, **more), ELM) == ["Tue 08:50-15:20"]


def test_a_day_of_23_hours_has_its_local_times() -> None:
    """The clocks go forward at one on Sunday."""
    schools = [{"id": "oak", "name": "Oak", "weekdays": ["sun"]}]
    found = facts(
        {"at": "oak", "start": "09:00", "end": "10:00"}, schools=schools, shifts=[], travel=[]
    )
    assert attends(found) == ["Sun 09:00-10:00"]
    ((start, _),) = found.attendance.by_pattern(ANN, OAK, SUN)
    assert start == 6 * 24 * 60 + 8 * 60


def test_weeks_of_a_cycle_count() -> None:
    """At Oak in every second week only."""
    found = facts({"at": "oak", "weeks": {"of": 2, "on": [2]}}, cycle_start="2026-03-23")
    assert attends(found) == []


# ------------------------------------------------------------------ given a plan


def test_a_duty_elsewhere_takes_them_away_with_the_way_there_and_back() -> None:
    """Half an hour before and after; on the other day nothing changes."""
    found = facts({"at": "oak", "weekdays": ["mon", "tue"]})
    plan = at_elm(found, MON)
    assert shown(found, plan.without_duty(ANN, OAK, MON)) == ["Mon 08:50-09:30", "Mon 11:30-15:20"]
    assert shown(found, plan.without_duty(ANN, OAK, TUE)) == ["Tue 08:50-15:20"]
    assert shown(found, plan.at_work(ANN, ELM, MON)) == ["Mon 10:00-11:00"]


def test_a_duty_at_the_same_school_takes_nobody_away() -> None:
    """They are at work there by both."""
    found = facts({"at": "oak", "weekdays": ["mon"]}, shifts=[shift(school="oak")])
    plan = at_elm(found, MON)
    assert shown(found, plan.without_duty(ANN, OAK, MON)) == ["Mon 08:50-15:20"]
    assert len(plan.at_work(ANN, OAK, MON)) == 2


def test_a_night_elsewhere_reaches_into_the_morning_after() -> None:
    """Elm's night ends at 09:00: Ann is back at Oak at 09:30."""
    found = facts({"at": "oak", "weekdays": ["tue"]}, shifts=[shift(start="22:00", end="09:00")])
    assert shown(found, at_elm(found, MON).without_duty(ANN, OAK, TUE)) == ["Tue 09:30-15:20"]


def test_work_before_the_horizon_takes_them_away_too() -> None:
    """A night at Elm that began on the day before."""
    row = {"person": "ann", "school": "elm", "start": "2026-03-22T22:00", "end": "2026-03-23T09:00"}
    found = facts({"at": "oak", "weekdays": ["mon"]}, history=[row])
    assert shown(found, at_elm(found).without_duty(ANN, OAK, MON)) == ["Mon 09:30-15:20"]


# ------------------------------------------------------------------ what a change can affect


def test_a_change_affects_the_school_that_somebody_may_leave() -> None:
    """Ann at Elm on Monday is looked at in Elm and in Oak; without a pattern in Elm only."""
    found = facts({"at": "oak"})
    monday = next(d.number for d in found.duties if d.day == MON)
    assert found.touch([(ANN, monday)]).school_days == {(ELM, MON), (OAK, MON)}
    plain = facts({})
    assert plain.touch([(ANN, monday)]).school_days == {(ELM, MON)}


def test_a_night_affects_the_day_after_and_none_beyond_the_horizon() -> None:
    """A duty of Friday that ends on Saturday; Oak opens on that day, too."""
    week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    schools = [{"id": "oak", "name": "Oak", "weekdays": week}]
    schools += [{"id": "elm", "name": "Elm", "weekdays": week}]
    found = facts({"at": "oak"}, schools=schools, shifts=[shift(start="22:00", end="09:00")])
    by_day = {d.day: d.number for d in found.duties}
    assert found.touch([(ANN, by_day[FRI])]).school_days == {(ELM, FRI), (OAK, SAT)}
    assert found.touch([(ANN, by_day[SUN])]).school_days == {(ELM, SUN)}


def test_a_moved_activity_affects_the_school_that_its_people_leave() -> None:
    """At each of its possible starts, since its people may be any."""
    activity = {
        "id": "a",
        "name": "Visit",
        "school": "elm",
        "minutes": 60,
        "windows": [{"weekdays": ["mon", "thu"], "start": "10:00", "end": "11:00"}],
        "needs": [{"count": 1}],
    }
    found = facts({"at": "oak"}, shifts=[], activities=[activity])
    touched = found.touch([], [0]).school_days
    assert touched == {(ELM, MON), (ELM, THU), (OAK, MON), (OAK, THU)}
