"""Breaches at their cells, what each school pays, three ways on, and what is gained."""

from datetime import date
from functools import cache

import pytest

from models.answer.schedule import Schedule
from scheduler.engine import schedule as solve
from scheduler.exchange.brought.comparison import comparison
from scheduler.exchange.brought.judging import CellMark, SchoolFigures, figures, marks
from scheduler.exchange.brought.reading import BroughtRota, read_rota
from scheduler.exchange.brought.ways import Way, differs, way_on
from scheduler.exchange.grid.documents import GridMapping
from scheduler.intake.case import Case
from scheduler.intake.parse import read_case
from tests.last_term import last_term


@cache
def rota() -> BroughtRota:
    """Last term's rota, without any request."""
    return read_rota(last_term(), None, GridMapping(), date(2026, 3, 2))


def judged(brought: BroughtRota) -> tuple[CellMark, ...]:
    """Its breaches."""
    case = brought.case
    plan, report = case.plan(brought.schedule), case.check(brought.schedule)
    return marks(case.facts, plan, report, brought.cells)


def of_schools(case: Case, schedule: Schedule) -> dict[str, SchoolFigures]:
    """What it means for each school, by name."""
    found = figures(case.facts, case.plan(schedule), case.check(schedule))
    return {one.name: one for one in found}


def test_each_breach_stands_at_its_cell() -> None:
    """A rest, two places at once, work on a day off, and a vacancy; musts first."""
    assert [(mark.priority, mark.at) for mark in judged(rota())] == [
        ("must", ("Oak Primary!E6",)),
        ("must", ("Oak Primary!C4",)),
        ("must", ("Elm Primary!E3",)),
        (1, ("Oak Primary!F7",)),
    ]


def test_what_is_about_a_row_or_a_column_stands_there() -> None:
    """A whole person, a date on which nobody is found, and nothing at all."""
    brought = rota()
    rules = [
        {"kind": "cover", "priority": 1},
        {"kind": "workload", "period": "horizon", "measure": "days", "most": 2, "priority": 2},
        {"kind": "fewest_for_worst_off", "priority": 3},
    ]
    document = {**brought.case.request.model_dump(mode="json"), "rules": rules}
    case = read_case(document)
    changed = BroughtRota(case, brought.schedule, brought.cells)
    found = {mark.priority: mark.at for mark in judged(changed) if "Flo" in mark.sentence}
    assert found[2] == ("Elm Primary!A5",)
    assert [mark.at for mark in judged(changed) if mark.priority == 3] == [()]


def test_each_school_pays_for_its_own() -> None:
    """Breaches, vacancies and hours, and who works for whom."""
    found = of_schools(rota().case, rota().schedule)
    oak, elm = found["Oak Primary"], found["Elm Primary"]
    assert (oak.broken, oak.unfilled, oak.costs) == (2, 1, {1: 1})
    assert (elm.broken, elm.unfilled, elm.costs) == (1, 0, {1: 0})
    assert (oak.lent, elm.borrowed, elm.lent) == (480, 480, 0)
    assert oak.minutes + elm.minutes == 102 * 60 + 30


@pytest.mark.parametrize("way", ["fill", "near", "new"])
def test_three_ways_on_break_nothing_and_are_proved(way: Way) -> None:
    """And say which school gains what."""
    case, before = rota().case, rota().schedule
    on = way_on(case, before, way, sheet_only=True)
    assert on.start is not None
    assert case.check(on.start).broken_musts == 0
    result = solve(on.request, start=on.start)
    assert result.schedule is not None
    assert all(level.proved for level in result.levels)
    gained = comparison(case, before, result.schedule)
    assert gained.better
    assert gained.broken == (3, 0)
    assert gained.changed == differs(before, result.schedule)[0]
    assert [one.before.broken - one.after.broken for one in gained.schools] == [2, 1]
    if way == "fill":
        kept = {(p.person, p.duty) for p in before.placements}
        now = {(p.person, p.duty) for p in result.schedule.placements}
        assert len(kept - now) <= 4
        assert "4 placements are part of a breach" in on.notes[0]
    if way == "near":
        assert gained.changed == 7
        assert gained.unfilled == (1, 0)


def test_nothing_is_gained_from_a_rota_to_itself() -> None:
    """And nothing changes for anybody."""
    gained = comparison(rota().case, rota().schedule, rota().schedule)
    assert not gained.better
    assert (gained.changed, gained.people, gained.changes) == (0, 0, ())
    assert "Nothing changes for anybody." in gained.sentences
    assert "Elm Primary: as before." in gained.sentences


def test_changes_come_after_the_first_priority() -> None:
    """The other wishes follow; a request with rules of its own about changes keeps them."""
    case = rota().case
    rules = [
        {"kind": "cover", "priority": 1},
        {"kind": "fewest_for_worst_off", "priority": 2},
        {"kind": "weekly_rest"},
    ]
    wished = read_case({**case.request.model_dump(mode="json"), "rules": rules})
    request = way_on(wished, rota().schedule, "near").request
    assert [(r.name, r.priority) for r in request.rules] == [
        ("cover", 1),
        ("fewest_for_worst_off", 3),
        ("weekly_rest", "must"),
        ("least_change", 2),
    ]
    own = [*rules, {"kind": "least_change", "priority": 4}]
    wished = read_case({**case.request.model_dump(mode="json"), "rules": own})
    assert way_on(wished, rota().schedule, "near").request.rules == wished.request.rules
    plain = way_on(wished, rota().schedule, "new")
    assert plain.request == wished.request


def test_only_those_who_do_a_duty_are_put_on_it() -> None:
    """Unless the mapping says that anybody may."""
    shifts = {s.name: s for s in rota().case.request.problem.shifts}
    who = shifts["Kitchen"].needs[0].who
    assert who is not None
    assert who.people == ("flo-hay", "gus-ray")
    free = read_rota(last_term(), None, GridMapping(may_do="anyone"), date(2026, 3, 2))
    assert all(s.needs[0].who is None for s in free.case.request.problem.shifts)
