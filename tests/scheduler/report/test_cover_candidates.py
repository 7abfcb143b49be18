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


def test_nobody_counts_on_the_pattern_of_somebody_who_is_away() -> None:
    """Two first-aiders are at work at one school without a duty. While one of them is away, the
    other may not go to the other school; while both are there, either may."""
    works = [{"at": "oak"}]
    aider = {"home": "oak", "skills": [{"skill": "pfa"}], "works": works}
    sent: dict[str, Any] = {
        "problem": {
            "name": "Two schools",
            "horizon": {"first": "2026-01-05", "last": "2026-01-05"},
            "skills": {"pfa": "first aid"},
            "schools": [{"id": "oak", "name": "Oak"}, {"id": "elm", "name": "Elm"}],
            "people": [
                {"id": "ann", "name": "Ann", **aider},
                {"id": "bob", "name": "Bob", **aider},
                {"id": "cat", "name": "Cat", "home": "elm"},
            ],
            "children": [
                {
                    "band": "all",
                    "count": 9,
                    "at": "oak",
                    "dates": {"first": "2026-01-05", "last": "2026-01-05"},
                }
            ],
            "shifts": [
                {
                    "id": id,
                    "name": id,
                    "school": school,
                    "start": "09:00",
                    "end": "12:00",
                    "needs": [{"count": 1}],
                }
                for id, school in (("lunch", "oak"), ("trip", "elm"))
            ],
        },
        "rules": [
            {"kind": "cover"},
            {
                "kind": "presence",
                "who": {"skill": "pfa"},
                "called": "first-aider",
                "whenever": {"children": {}},
            },
        ],
    }
    request = RotaRequest.model_validate(sent)

    def asked(away: str, *placed: tuple[str, str]) -> dict[str, dict[str, tuple[str, ...]]]:
        placements = tuple(Placement(person=p, duty=f"{d}@2026-01-05") for p, d in placed)
        found = cover(Case(request), Schedule(placements=placements), away, MONDAY, MONDAY)
        return {hole.duty: {c.person: c.breaks for c in hole.candidates} for hole in found}

    with_both = asked("cat", ("cat", "trip"))["trip@2026-01-05"]
    assert with_both["bob"] == () == with_both["ann"]
    with_one = asked("ann", ("ann", "trip"))["trip@2026-01-05"]
    assert with_one["cat"] == ()
    (broken,) = with_one["bob"]
    assert "None of those called first-aider is at work at Oak on Mon 5 Jan at 09:00." in broken


def test_who_is_at_work_there_by_their_pattern_is_of_the_team() -> None:
    """Without a duty in that week."""
    sent = small(people=2)
    school = sent["problem"]["schools"][0]["id"]
    sent["problem"]["people"][1]["works"] = [{"at": school, "weekdays": ["tue"]}, {}]
    request = RotaRequest.model_validate(sent)
    told = Schedule(placements=(Placement(person="p0", duty="hub@2026-01-05"),))
    [hole] = cover(Case(request), told, "p0", MONDAY, MONDAY)
    assert [(c.person, c.in_team) for c in hole.candidates] == [("p1", True)]
