"""Whom to ask when somebody is away: judged by the checkers, in an order that can be explained."""

from datetime import date
from typing import Any

from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.problem import Placement
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.report.cover_candidates import cover
from scheduler.rulebook.check import check
from tests.service.requests import small

MONDAY, TUESDAY, FRIDAY = date(2026, 1, 5), date(2026, 1, 6), date(2026, 1, 9)


def _week(*lines: str, rules: list[dict[str, Any]] | None = None) -> tuple[RotaRequest, Schedule]:
    """A week drawn as text: a line for each person, a letter for a duty, a dot for none."""
    sent = small(people=len(lines))
    if rules is not None:
        sent["rules"] = rules
    request = RotaRequest.model_validate(sent)
    placements = tuple(
        Placement(person=f"p{person}", duty=f"hub@2026-01-{5 + day:02}")
        for person, line in enumerate(lines)
        for day, cell in enumerate(line)
        if cell != "."
    )
    return request, Schedule(placements=placements)


def test_who_breaks_nothing_comes_first() -> None:
    """Then those who are there in that week anyway, with fewest days so far."""
    request, schedule = _week("HHH..", "HHH..", "...HH", "...H.", ".....")
    [hole] = cover(Case(request), schedule, "p0", MONDAY, MONDAY)
    assert (hole.duty, hole.missing) == ("hub@2026-01-05", 1)
    assert [c.person for c in hole.candidates] == ["p3", "p2", "p4"]
    assert [(c.in_team, c.days) for c in hole.candidates] == [(True, 1), (True, 2), (False, 0)]
    assert hole.candidates[0].sentence.startswith("Person 3 works there that week")
    [late] = cover(Case(request), schedule, "p2", FRIDAY, FRIDAY)
    assert late.candidates[0].person == "p3"


def test_what_would_be_broken_is_told() -> None:
    """A fourth day in a row breaks a must; the candidate is last, and says so."""
    request, schedule = _week("H....", ".HHH.", "HHHH.", ".....")
    [hole] = cover(Case(request), schedule, "p0", MONDAY, MONDAY)
    assert [c.person for c in hole.candidates] == ["p3", "p1"]
    assert hole.candidates[0].breaks == ()
    assert len(hole.candidates[1].breaks) == 1
    assert (
        "but that would break \N{LEFT DOUBLE QUOTATION MARK}People work at most 3 days in a row"
        in (hole.candidates[1].sentence)
    )


def test_it_says_what_the_whole_check_says() -> None:
    """Only what a placement touches is judged; the sums are those of judging everything."""
    rules: list[dict[str, Any]] = [
        {"kind": "cover"},
        {"kind": "consecutive_days", "most": 1, "priority": 2},
        {"kind": "fewest_for_worst_off", "priority": 3},
    ]
    request, schedule = _week("HH...", "HH.H.", "..HHH", "..H.H", ".....", rules=rules)
    facts = Facts(request.problem)
    for hole in cover(Case(request), schedule, "p1", MONDAY, FRIDAY):
        gone = {p for p in schedule.placements if p.person == "p1"}
        rest = Schedule(placements=tuple(set(schedule.placements) - gone))
        before = check(facts, request.all_rules, Plan.of(facts, rest))
        for one in hole.candidates:
            more = Schedule(placements=(*rest.placements, *one.swap.give))
            after = check(facts, request.all_rules, Plan.of(facts, more))
            assert one.costs == {p: after.costs[p] - before.costs[p] for p in after.costs}
            assert len(one.breaks) == after.broken_musts - before.broken_musts


def test_nobody_who_cannot_come_is_named() -> None:
    """Nor anybody who is there already, nor who is away themselves; what is left out is counted."""
    sent = small(people=4)
    sent["problem"]["people"][3]["away"] = [{"weekdays": ["mon"]}]
    request = RotaRequest.model_validate(sent)
    there = Schedule(
        placements=tuple(Placement(person=p, duty="hub@2026-01-05") for p in ("p0", "p1"))
    )
    [hole] = cover(Case(request), there, "p0", MONDAY, TUESDAY)
    assert [c.person for c in hole.candidates] == ["p2"]
    [cut] = cover(Case(request), there, "p0", MONDAY, TUESDAY, most=1)
    assert (len(cut.candidates), cut.more) == (1, 0)
    assert list(cover(Case(request), there, "p2", MONDAY, FRIDAY)) == []
