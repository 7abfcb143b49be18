"""The weeks of the two UK clock changes: rest and work are elapsed minutes, days are local."""

from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest

from models.problem.calendar import Clock, Window
from scheduler.rulebook.example import Example
from scheduler.rules.contracts.protected_time import ProtectedTime
from scheduler.rules.cover.in_charge import InCharge
from scheduler.rules.working_time.lunch_and_travel import LunchAndTravel
from scheduler.rules.working_time.min_rest import MinRest
from scheduler.rules.working_time.weekly_rest import WeeklyRest
from scheduler.rules.working_time.workload import Workload
from tests.agreement import Trial, disagreements, plans
from tests.drawings import SHOWN
from tests.soak import more, tries

SPRING, AUTUMN = date(2026, 3, 23), date(2026, 10, 19)
"""Mondays of the weeks whose Sunday is 23 and 25 hours long."""

MOST_PLANS = tries(3, 12)
"""Schedules of each drawing that are tried in each of the two weeks."""

UNDATED = {
    name: example
    for name, example in SHOWN.items()
    if not any(
        year in repr((example.shifts, example.people, example.facts, example.rule, example.times))
        for year in ("2025", "2026")
    )
    and len(example.lines[0][1]) <= 7
}
"""Drawings that can be drawn again in another week."""


@pytest.mark.parametrize(("monday", "hours"), [(SPRING, 23), (AUTUMN, 25)])
def test_a_day_has_23_or_25_hours(monday: date, hours: int) -> None:
    """And local times go there and back."""
    clock = Clock("Europe/London", monday)
    sunday, after = date.fromordinal(monday.toordinal() + 6), monday.toordinal() + 7
    begins, ends = (clock.minute(d, time()) for d in (sunday, date.fromordinal(after)))
    assert begins == 6 * 24 * 60
    assert ends - begins == hours * 60
    for at in (time(0, 30), time(3), time(9), time(23, 59)):
        local = clock.local(clock.minute(sunday, at))
        assert (local.date(), local.time()) == (sunday, at)


@pytest.mark.parametrize(("monday", "minutes"), [(SPRING, 420), (AUTUMN, 540)])
def test_a_night_over_the_change_is_an_hour_shorter_or_longer(monday: date, minutes: int) -> None:
    """From 22:00 on Saturday to 06:00 on Sunday; other nights have eight hours."""
    drawn = "Ann . . . . N N ."
    kept = Example(Workload(measure="minutes", most=480 + minutes), drawn, [], first=monday)
    broken = Example(Workload(measure="minutes", most=480 + minutes - 1), drawn, [], first=monday)
    assert not kept.found()
    assert [breach.amount for breach in broken.found()] == [1]
    night = next(s for s in kept.indexed.stints if s.day == 5)
    assert kept.indexed.says_time(night.end) == "06:00"


@pytest.mark.parametrize(("monday", "hours"), [(SPRING, 10), (AUTUMN, 12)])
def test_rest_over_the_change_is_elapsed_time(monday: date, hours: int) -> None:
    """A late ends at 22:00 on Saturday, and a day begins at 09:00 on Sunday."""
    drawn = "Ann . . . . . L D"
    kept = Example(MinRest(minutes=hours * 60), drawn, [], first=monday)
    broken = Example(MinRest(minutes=hours * 60 + 1), drawn, [], first=monday)
    assert not kept.found()
    assert [breach.amount for breach in broken.found()] == [1]
    for example in (kept, broken):
        assert list(disagreements(example)) == []


@pytest.mark.parametrize(("monday", "hours"), [(SPRING, 32), (AUTUMN, 34)])
def test_a_weekly_rest_may_lie_over_the_change(monday: date, hours: int) -> None:
    """From 15:00 on Saturday until the week ends."""
    drawn = "Ann D D D D D D ."
    assert not Example(WeeklyRest(minutes=hours * 60), drawn, [], first=monday).found()
    assert Example(WeeklyRest(minutes=hours * 60 + 1), drawn, [], first=monday).found()


_TWO_SCHOOLS: dict[str, Any] = {
    "schools": [{"id": "S", "name": "Oakfield"}, {"id": "T", "name": "Fellside"}],
    "travel": [{"between": ["S", "T"], "minutes": 25}],
}


def _afternoon(start: str) -> dict[str, dict[str, Any]]:
    return {"A": {"school": "T", "start": start}}


def _children(sunday: date) -> dict[str, Any]:
    row = {"band": "rec", "count": 3, "at": "S", "start": "09:00", "end": "15:00"}
    return {"children": [{**row, "dates": {"first": str(sunday), "last": str(sunday)}}]}


@pytest.mark.parametrize("monday", [SPRING, AUTUMN], ids=["spring", "autumn"])
def test_rules_read_the_clock_on_the_wall(monday: date) -> None:
    """On the Sunday itself, in words that are written here: encodings and checkers may share a
    fault about local time, which no agreement between them shows."""
    sunday = date.fromordinal(monday.toordinal() + 6)
    day = f"Sun {sunday.day} {sunday:%b}"
    lunch = (
        f"Ann has 29 minutes for lunch on {day} between Oakfield and Fellside, plus 25 for travel; "
        "30 is the least."
    )
    protected = ProtectedTime(
        window=Window(weekdays=("sun",), start=time(11, 30), end=time(13, 30))
    )
    in_charge = InCharge(school="S", order=("Ann", "Bob"))
    alone = f"Nobody of the named order is at School on {day} at 12:00."
    drawings = [
        Example(LunchAndTravel(), "Ann MA", [lunch], _afternoon("12:54"), facts=_TWO_SCHOOLS),
        Example(LunchAndTravel(), "Ann MA", [], _afternoon("12:55"), facts=_TWO_SCHOOLS),
        Example(protected, "Ann M", ["Ann has 30 minutes of other duties in the protected time."]),
        Example(protected, "Ann A", [], {"A": {"start": "13:30"}}),
        Example(in_charge, "Ann M\nBob D", [], facts=_children(sunday)),
        Example(in_charge, "Ann M\nBob A", [alone], facts=_children(sunday)),
    ]
    for drawing in drawings:
        there = replace(drawing, first=sunday)
        assert [breach.sentence for breach in there.found()] == drawing.breaches
        assert list(disagreements(there)) == []


@more
@pytest.mark.parametrize("monday", [SPRING, AUTUMN], ids=["spring", "autumn"])
@pytest.mark.parametrize("example", UNDATED.values(), ids=UNDATED)
def test_encodings_and_checkers_agree_in_both_weeks(example: Example, monday: date) -> None:
    """Each drawing laid so that it ends on the Sunday of the change."""
    days = len(example.lines[0][1])
    moved = replace(example, first=date.fromordinal(monday.toordinal() + 7 - days))
    trial = Trial(moved.rule, moved.indexed)
    for plan in plans(moved.indexed, moved.plan, MOST_PLANS):
        said = trial.said(plan)
        assert trial.with_equalities(plan) == said
        assert trial.with_constants(plan) == said
        assert trial.as_must(plan) == (not said)
