"""What is said where no schedule was found in time: as much as where none can be."""

from typing import Any

import pytest

from models.answer.result import Progress, Result, ResultStatus
from models.problem.limits import Limits
from scheduler.diagnose import conflict, fact_changes, relaxations
from scheduler.diagnose.explanation import explain_no_schedule
from scheduler.engine import schedule
from scheduler.exchange.render.report_text import account, headline
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.report.answer import nothing_found, unsolved
from scheduler.rulebook.example import Example
from scheduler.rulebook.rule import Rule
from scheduler.rules.cover.cover import Cover
from scheduler.rules.working_time.consecutive_days import ConsecutiveDays
from scheduler.search import cpsat_search
from scheduler.search.params import SearchParams, TimeBudgetParams
from solver.cpsat.solve import Solution, SolveStatus, minimise

ONE_EACH_DAY: dict[str, dict[str, Any]] = {"D": {"needs": [{"count": 1}]}}
BOB_AWAY = {"Bob": {"away": [{"first": "2026-01-06", "last": "2026-01-08"}]}}
HURRIED = SearchParams(budget=TimeBudgetParams(nothing_found=0.0))
"""A search that ends at once where it has found nothing."""


def asked(*rules: Rule, **more: Any) -> RotaRequest:
    """A request in which every day needs one person."""
    example = Example(Cover(), "Ann . . . .\nBob . . . .", [], shifts=ONE_EACH_DAY, **more)
    return RotaRequest(problem=example.problem, rules=rules, limits=Limits(seconds=200, workers=1))


IMPOSSIBLE = asked(Cover(priority="must"), ConsecutiveDays(most=2), people=BOB_AWAY)
POSSIBLE = asked(Cover(priority="must"), ConsecutiveDays(most=2))


def out_of_time(*args: Any, **more: Any) -> Solution:
    """A solver that never has enough time."""
    del args, more
    return Solution(SolveStatus.UNKNOWN, None, 0, None)


def test_a_part_that_is_impossible_proves_the_whole_impossible(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The search had only run out of time; the clash is found and confirmed all the same."""
    monkeypatch.setattr(cpsat_search, "minimise", out_of_time)
    heard: list[Progress] = []
    result = schedule(IMPOSSIBLE, params=HURRIED, listen=heard.append)
    assert result.status is ResultStatus.IMPOSSIBLE
    assert result.clash is not None
    assert result.clash.confirmed
    assert result.clash.minimal
    assert len(result.clash.ways) >= 2
    assert result.draft is not None
    stages = list(dict.fromkeys(news.stage for news in heard))
    # Where there was no time to make the model, nothing was solved.
    assert [stage for stage in stages if stage != "solving"] == [
        "reading",
        "compiling",
        "explaining",
    ]
    assert any(news.draft for news in heard)
    assert any(news.clash for news in heard)


def test_a_draft_that_keeps_all_musts_is_the_answer() -> None:
    """Where the search had only run out of time; where it had proved too much it is loud."""
    found = explain_no_schedule(Case(POSSIBLE), seconds=200, stop=lambda: False, proved=False)
    assert found.clash is None
    assert found.plan is not None
    assert not Case(POSSIBLE).check(found.plan.schedule()).broken_musts


def test_the_search_goes_on_from_such_a_draft() -> None:
    """And proves what it can."""
    heard: list[Progress] = []
    request = POSSIBLE.model_copy(update={"rules": (*POSSIBLE.rules, Cover(priority=1))})
    result = schedule(request, params=HURRIED, listen=heard.append)
    assert result.status is ResultStatus.OPTIMAL
    stages = [news.stage for news in heard]
    assert "solving" in stages[stages.index("explaining") :]


def said(result: Result) -> str:
    """The account in one piece."""
    lines = [
        f"{s.title} {line} {' '.join(more)}"
        for s in account(result, None)
        for line, more in s.lines
    ]
    return " ".join([headline(result), *lines])


def test_what_is_not_confirmed_is_suspected(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was proved, but the second run ran out of time, so it is not called impossible."""

    def never_again(model: Any, objective: Any, effort: Any, **more: Any) -> Solution:
        second = effort.seed != IMPOSSIBLE.limits.seed
        return out_of_time() if second else minimise(model, objective, effort, **more)

    monkeypatch.setattr(conflict, "minimise", never_again)
    result = schedule(IMPOSSIBLE)
    assert result.status is ResultStatus.UNKNOWN
    assert result.clash is not None
    assert not result.clash.confirmed
    assert result.draft is not None
    assert "Suspected, not proved" in said(result)
    assert "mpossible" not in said(result)


def test_where_no_question_is_answered_the_draft_says_what_is_suspected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What it breaks, those who could mend it, and at least its own exceptions as a way out."""
    monkeypatch.setattr(conflict, "minimise", out_of_time)
    explained = explain_no_schedule(Case(IMPOSSIBLE), seconds=200, stop=lambda: False, proved=False)
    clash = explained.clash
    assert clash is not None
    assert not clash.confirmed
    assert not clash.minimal
    assert clash.sentence.startswith("Suspected, not proved")
    assert {m.kind for m in clash.members} & {"cover", "consecutive_days"}
    assert "Bob is away from Tue 6 Jan to Thu 8 Jan." in [m.sentence for m in clash.members]
    assert clash.ways
    assert explained.draft.report.broken_musts == 1


def test_a_draft_alone_is_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no time for any other."""
    first = explain_no_schedule(Case(IMPOSSIBLE), seconds=200, stop=lambda: False).draft
    assert first is not None
    for module in (conflict, relaxations, fact_changes):
        monkeypatch.setattr(module, "minimise", out_of_time)
    explained = explain_no_schedule(
        Case(IMPOSSIBLE),
        seconds=200,
        stop=lambda: False,
        proved=False,
        nearest=Case(IMPOSSIBLE).plan(first.schedule),
    )
    assert explained.draft == first
    assert explained.clash is not None
    (way,) = explained.clash.ways
    assert way.startswith("Allow 1 exception")


def test_never_only_more_seconds() -> None:
    """Also where not even a draft was made, and with the notes of the request."""
    result = nothing_found(IMPOSSIBLE, seconds=1, note="The search did not end in time.")
    assert result.status is ResultStatus.UNKNOWN
    assert "make some musts priorities" in said(result)


def test_notes_of_the_request_come_with_every_answer() -> None:
    """Impossible and unknown alike."""
    lonely: dict[str, Any] = {
        "schools": [{"id": n, "name": n} for n in "STU"],
        "travel": [{"between": ["S", "T"], "minutes": 5}],
    }
    shifts = {**ONE_EACH_DAY, "E": {"school": "U"}}
    example = Example(Cover(), "Ann .", [], shifts=shifts, facts=lonely)
    request = RotaRequest(problem=example.problem, rules=(), limits=Limits(seconds=200))
    made = nothing_found(request, seconds=1, note="Late.")
    for result in (made, unsolved(Case(request), None, None, made.receipt)):
        assert any("No way between S and U is given" in note for note in result.notes)


def test_ways_are_ranked_together() -> None:
    """A wish bends before a policy, whatever its kind; then what fewest people notice."""
    request = asked(
        Cover(priority="must", authority="policy"),
        ConsecutiveDays(most=2, authority="wish"),
        people=BOB_AWAY,
    )
    clash = explain_no_schedule(Case(request), seconds=200, stop=lambda: False).clash
    assert clash is not None
    begun = [way.split("“")[-1].split(" ")[0] for way in clash.ways]
    assert begun[:3] == ["People", "People", "Every"]
    assert clash.ways[-1] == "With one more person who can do what Ann does."
