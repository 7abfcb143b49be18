"""Changes by hand cost what the whole check says; why somebody is where they are, in sentences."""

from typing import Any

import pytest

from models.answer.result import Level
from models.answer.schedule import Schedule
from models.answer.what_if import CandidatesRequest, ExplainRequest, HandMove
from scheduler.answers.trial import moved, tried
from scheduler.answers.why import AskedSchedule, candidates, explained
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.intake.validation_errors import InvalidRequest
from tests.service.requests import small

RULES: list[dict[str, Any]] = [
    {"kind": "cover", "priority": 1},
    {"kind": "consecutive_days", "most": 2, "priority": "must"},
    {"kind": "fewest_for_worst_off", "priority": 3},
]


def _asked(*lines: str, levels: tuple[Level, ...] = (), **problem: Any) -> AskedSchedule:
    """A week drawn as text: a line for each person, an H for the hub of a day, a dot for none."""
    sent = small(people=len(lines))
    sent["rules"] = RULES
    sent["problem"] |= problem
    sent["problem"]["people"][-1]["away"] = [{"weekdays": ["mon"]}]
    case = Case(RotaRequest.model_validate(sent))
    schedule = Schedule.model_validate(
        {
            "placements": [
                {"person": f"p{n}", "duty": _hub(day)}
                for n, line in enumerate(lines)
                for day, cell in enumerate(line)
                if cell == "H"
            ]
        }
    )
    plan = case.plan(schedule)
    return AskedSchedule(case, schedule, plan, case.judge(plan), levels)


def _hub(day: int) -> str:
    return f"hub@2026-01-{5 + day:02}"


def _move(
    do: str, day: int, person: str | None = None, to: str | None = None, **more: Any
) -> HandMove:
    sent = {"do": do, "duty": _hub(day), "person": person, "to": to, **more}
    return HandMove.model_validate({name: value for name, value in sent.items() if value})


@pytest.mark.parametrize(
    "moves",
    [
        [_move("pin", 2, "p2")],
        [_move("leave_empty", 0)],
        [_move("leave_empty", 0, "p0")],
        [_move("give", 0, "p0", "p2")],
        [_move("give", 4, None, "p1")],
        [_move("swap", 0, "p0", "p2", other=_hub(3))],
        [_move("give", 2, None, "p0"), _move("leave_empty", 3), _move("pin", 3, "p1")],
    ],
)
def test_a_trial_says_what_the_whole_check_says(moves: list[HandMove]) -> None:
    """Only what the moves touch is judged; the sums are those of judging everything."""
    given = _asked("HH..H", "HH...", "..HHH", ".....")
    found = tried(given.case, given.plan, moves, report=given.report)
    after = given.case.judge(given.plan.on(moved(given.case.facts, given.plan, moves)))
    assert given.report is not None
    assert {c.priority: c.change for c in found.costs} == {
        p: cost - given.report.costs[p] for p, cost in after.costs.items()
    }
    assert {c.priority: c.before for c in found.costs} == given.report.costs
    assert len(found.breaks) - len(found.mends) == after.broken_musts - given.report.broken_musts
    assert len(found.moves) == len(moves)


def test_a_trial_is_better_worse_or_neither() -> None:
    """By musts first, then priority by priority."""
    given = _asked("HH...", "HH...", "..HHH", "..HH.")
    filled = tried(given.case, given.plan, [_move("pin", 4, "p0")])
    assert (filled.better, filled.breaks) == (True, ())
    mended = tried(given.case, given.plan, [_move("leave_empty", 3, "p2")])
    assert mended.better is True
    assert len(mended.mends) == 1
    broken = tried(given.case, given.plan, [_move("pin", 2, "p0")])
    assert broken.better is False
    assert "Person 0" in broken.breaks[0]
    same = tried(given.case, given.plan, [_move("pin", 0, "p0")])
    assert same.better is None
    assert same.sentence.startswith("It breaks nothing")


def test_moves_that_cannot_be_made_are_refused_together() -> None:
    """Each at its place, with the nearest known id, and nothing that was sent is repeated."""
    given = _asked("HH...", "HH...", ".....")
    wrong = [
        _move("pin", 0, "p9"),
        HandMove.model_validate({"do": "leave_empty", "duty": "hubb@2026-01-05"}),
        _move("give", 2, "p0", "p1"),
        _move("give", 0, None, "p1"),
    ]
    with pytest.raises(InvalidRequest) as refused:
        tried(given.case, given.plan, wrong)
    found = [(f.pointer, f.hint) for f in refused.value.faults]
    assert [place for place, _ in found] == [
        "/moves/0/person",
        "/moves/1/duty",
        "/moves/2",
        "/moves/3",
    ]
    assert found[1][1] == "Maybe `hub@2026-01-05`?"
    assert "hubb" not in str(refused.value.faults)


def test_who_else_could_and_who_cannot() -> None:
    """The candidates carry a swap; of the others it is said why they cannot."""
    given = _asked("HH...", "HH...", ".....", ".....")
    asked = CandidatesRequest(duty=_hub(0), instead_of="p0")
    found = candidates(given, asked)
    assert [one.person for one in found.candidates] == ["p2"]
    assert [p.person for p in found.candidates[0].swap.take] == ["p0"]
    assert found.missing == 1
    assert {one.person: one.why for one in found.unable if one.person == "p3"} == {
        "p3": "unavailable"
    }
    with pytest.raises(InvalidRequest):
        candidates(given, CandidatesRequest(duty=_hub(0), instead_of="p2"))


def test_why_somebody_is_there() -> None:
    """What it would cost without them, and who could be there instead."""
    given = _asked("HH...", "HH...", ".....", levels=(Level(priority=1, value=6, bound=2),))
    found = explained(given, ExplainRequest(person="p0", duty=_hub(1)))
    [why] = found.duties
    assert (why.there, why.why) == (True, "placed")
    assert why.otherwise is not None
    assert [c.change for c in why.otherwise.costs if c.priority == 1] == [1]
    assert [one.person for one in why.instead] == ["p2"]
    assert "never below 2 in all" in " ".join(found.sentences)


def test_why_somebody_is_not_there() -> None:
    """Away, on another duty, or not chosen, at a price; a pin is named as what it is."""
    given = _asked("HH...", "HH...", ".....", pinned=[{"person": "p0", "duty": _hub(0)}])

    def why(person: str, day: int) -> str:
        return explained(given, ExplainRequest(person=person, duty=_hub(day))).duties[0].why

    assert why("p0", 0) == "pinned"
    assert why("p2", 0) == "unavailable"
    assert why("p2", 1) == "not_chosen"
    found = explained(given, ExplainRequest(person="p2", duty=_hub(1)))
    assert any(said.startswith("Instead of Person 0: ") for said in found.sentences)


def test_a_day() -> None:
    """Their duties of the day; or that they are away; or what they could have done."""
    given = _asked("HH...", "HH...", ".....")

    def day(person: str, number: int) -> tuple[list[str], str]:
        asked = ExplainRequest.model_validate({"person": person, "day": f"2026-01-{5 + number:02}"})
        found = explained(given, asked)
        return [why.duty for why in found.duties], found.sentences[0]

    assert day("p0", 1)[0] == [_hub(1)]
    assert day("p2", 0) == ([], "Person 2 is away on Mon 5 Jan.")
    assert day("p2", 2) == ([_hub(2)], "Person 2 has no duty on Wed 7 Jan.")
    with pytest.raises(InvalidRequest):
        day("p2", 20)
