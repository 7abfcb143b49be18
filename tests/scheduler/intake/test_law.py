"""The law is on unless a request sets it aside, or has said itself how it is meant."""

from typing import Any

import pytest

from models.answer.result import Result, ResultStatus
from models.answer.schedule import Schedule
from models.problem.problem import Placement
from scheduler.engine import schedule
from scheduler.intake.case import Case
from scheduler.intake.parse import read_case, read_request
from scheduler.intake.request import RotaRequest
from scheduler.intake.validation_errors import InvalidRequest
from scheduler.report.law_notes import law_notes
from scheduler.rules import LAW, RULES

ALL_WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def asked(
    shifts: dict[str, tuple[str, str]],
    *,
    last: str = "2026-01-11",
    rules: tuple[dict[str, Any], ...] = ({"kind": "cover", "priority": "must"},),
    without: tuple[dict[str, Any], ...] = (),
    people: tuple[str, ...] = ("ann",),
    **problem: Any,
) -> dict[str, Any]:
    """A school that is open on all days, from Monday 5 January, and shifts by name."""
    return {
        "problem": {
            "name": "Camp",
            "horizon": {"first": "2026-01-05", "last": last},
            "schools": [{"id": "oak", "name": "Oakfield", "weekdays": ALL_WEEK}],
            "people": [{"id": id, "name": id.title(), "home": "oak"} for id in people],
            "shifts": [
                {
                    "id": id,
                    "name": id.title(),
                    "school": "oak",
                    "start": start,
                    "end": end,
                    "needs": [{"count": 1}],
                }
                for id, (start, end) in shifts.items()
            ],
            **problem,
        },
        "rules": list(rules),
        "without": list(without),
        "limits": {"seconds": 20, "workers": 1},
    }


def solved(document: dict[str, Any]) -> Result:
    """The answer to a request."""
    return schedule(read_request(document))


def clashing(result: Result) -> set[str]:
    """The kinds that take part in the clash."""
    assert result.status is ResultStatus.IMPOSSIBLE
    assert result.clash is not None
    return {member.kind for member in result.clash.members}


BROKEN = {
    "min_rest": asked({"late": ("14:00", "22:00"), "early": ("06:00", "09:00")}, last="2026-01-06"),
    "weekly_rest": asked({"day": ("09:00", "11:00")}),
    "breaks": asked({"am": ("09:00", "12:30"), "pm": ("12:30", "16:00")}, last="2026-01-05"),
    "working_week": asked({"day": ("08:00", "20:00")}, last="2026-01-09"),
}
"""For each rule a request in which one person must do all, and breaks only this rule."""


def test_each_law_is_tried() -> None:
    """So that a new one gets a request too."""
    assert BROKEN.keys() == LAW.keys()


@pytest.mark.parametrize("kind", BROKEN)
def test_the_law_is_on(kind: str) -> None:
    """Nobody asked for it, and nothing else is in the way."""
    result = solved(BROKEN[kind])
    assert kind in clashing(result)
    assert result.clash is not None
    (member,) = (m for m in result.clash.members if m.kind == kind)
    assert member.authority == "law"
    assert member.sentence.startswith("By law, ")
    assert all(m.kind != kind for way in result.clash.relaxations for m in way.gives_up)


@pytest.mark.parametrize("kind", BROKEN)
def test_the_law_is_set_aside_with_a_reason(kind: str) -> None:
    """Which the answer repeats; the other rules stay in force."""
    why = "the camp is run by volunteers"
    result = solved({**BROKEN[kind], "without": [{"rule": kind, "why": why}]})
    assert result.status is ResultStatus.OPTIMAL
    said = [note for note in result.notes if note.startswith("Set aside: ")]
    assert [note.endswith(f", because {why}.") for note in said] == [True]
    assert result.report is not None
    in_force = {finding.kind for finding in result.report.findings if finding.by_law}
    assert in_force == LAW.keys() - {kind}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_request_that_wishes_for_it_keeps_its_wish(kind: str) -> None:
    """A rule for everybody takes the place of the law, whatever its priority."""
    rules = ({"kind": "cover", "priority": "must"}, {"kind": kind, "priority": 2})
    result = solved({**BROKEN[kind], "rules": list(rules)})
    assert result.status is not ResultStatus.IMPOSSIBLE
    assert any("It is a wish at priority 2 here" in note for note in result.notes)
    assert result.report is not None
    assert [f.priority for f in result.report.findings if f.kind == kind] == [2]


@pytest.mark.parametrize("kind", BROKEN)
def test_a_rule_for_some_leaves_the_law_on_for_all(kind: str) -> None:
    """To state a rule for one person says nothing of the others."""
    rule = {"kind": kind, "priority": 2, "people": {"people": ["ann"]}}
    assert kind in clashing(
        solved({**BROKEN[kind], "rules": [{"kind": "cover", "priority": "must"}, rule]})
    )


def test_somebody_may_opt_out_alone() -> None:
    """Of two people who work sixty hours, the law is on for the one who did not opt out."""
    document = asked({"a": ("08:00", "20:00"), "b": ("08:00", "20:00")}, last="2026-01-09")
    document["problem"]["people"] = [
        {"id": id, "name": id.title(), "home": "oak", "tags": [id]} for id in ("ann", "bob")
    ]
    both = [{"rule": "working_week", "why": "in writing", "people": {"people": ["ann", "bob"]}}]
    assert solved({**document, "without": both}).status is ResultStatus.OPTIMAL
    one = [{"rule": "working_week", "why": "in writing", "people": {"tag": "ann"}}]
    assert "working_week" in clashing(solved({**document, "without": one}))
    case = read_case({**document, "without": one})
    assert list(law_notes(case.request)) == [
        "Set aside for some people: nobody works more than 48 hours a week on average over 17 "
        "weeks, because in writing."
    ]


def test_an_impossible_request_says_what_it_set_aside() -> None:
    """The other rules of the law clash, and the note is there all the same."""
    document = {**BROKEN["breaks"], "without": [{"rule": "min_rest", "why": "of the tide"}]}
    result = solved(document)
    assert "breaks" in clashing(result)
    assert any(note.endswith("because of the tide.") for note in result.notes)


def test_two_posts_count_together() -> None:
    """Thirty hours at one school and twenty-five at another are too many together."""
    document = asked({"am": ("07:00", "13:00")}, last="2026-01-09")
    document["problem"]["schools"].append({"id": "elm", "name": "Elm", "weekdays": ALL_WEEK})
    document["problem"]["travel"] = [{"between": ["oak", "elm"], "minutes": 30}]
    pm = {"id": "pm", "name": "Pm", "school": "elm", "start": "14:00", "end": "19:00"}
    document["problem"]["shifts"].append({**pm, "needs": [{"count": 1}]})
    assert "working_week" in clashing(solved(document))
    document["problem"]["history_from"] = "2025-12-29"
    assert solved(document).status is ResultStatus.OPTIMAL


def test_a_single_long_shift_is_taken_to_have_its_break_inside() -> None:
    """A note asks about it, and the rota is made."""
    result = solved(asked({"club": ("08:30", "15:30")}, last="2026-01-06"))
    assert result.status is ResultStatus.OPTIMAL
    assert any(
        "Club lasts 7 hours with no unpaid break; the law asks for 20 minutes." in note
        for note in result.notes
    )
    kept = solved(asked({"club": ("08:30", "14:30")}, last="2026-01-06"))
    assert not any("unpaid" in note for note in kept.notes)


def test_a_day_made_long_by_chosen_times_is_named_and_not_judged() -> None:
    """A meeting between two shifts leaves no break; the rota is made, and says so."""
    document = asked({"am": ("09:00", "12:30"), "pm": ("13:30", "17:00")}, last="2026-01-05")
    document["problem"]["activities"] = [
        {
            "id": "meeting",
            "name": "Meeting",
            "school": "oak",
            "minutes": 60,
            "windows": [{"start": "09:00", "end": "17:00"}],
            "needs": [{"count": 1}],
        }
    ]
    result = solved(document)
    assert result.status is ResultStatus.OPTIMAL
    assert (
        "Ann works 8 hours on Mon 5 Jan without a break of 20 minutes. It was not judged, because "
        "times of it were chosen." in result.notes
    )
    rules = [*document["rules"], {"kind": "breaks"}]
    assert clashing(solved({**document, "rules": rules})) >= {"breaks"}


def test_a_schedule_made_by_hand_is_judged_by_the_law() -> None:
    """`check` counts the breach as one of a must."""
    case = read_case(BROKEN["breaks"])
    placed = tuple(Placement(person="ann", duty=duty.id) for duty in case.facts.duties)
    report = case.check(Schedule(placements=placed))
    assert report.broken_musts == 1
    (found,) = (f for f in report.findings if f.breaches)
    assert (found.kind, found.by_law, found.authority) == ("breaks", True, "law")
    assert found.rule == len(case.request.rules)


def faults(without: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """What is wrong with setting something aside: (pointer, message and hint)."""
    with pytest.raises(InvalidRequest) as refused:
        read_request({**BROKEN["breaks"], "without": without})
    return [(f.pointer, f"{f.message} {f.hint}") for f in refused.value.faults]


def test_only_the_law_can_be_set_aside() -> None:
    """With the nearest rule that can."""
    [(pointer, said)] = faults([{"rule": "weekly_rset", "why": "x"}])
    assert (pointer, "Maybe `weekly_rest`?" in said) == ("/without/0/rule", True)
    [(pointer, said)] = faults([{"rule": "cover", "why": "x"}])
    assert pointer == "/without/0/rule"
    assert "only where it stands under `rules`" in said
    assert all(kind in said for kind in LAW)


@pytest.mark.parametrize("why", ["", "  ", "one\ntwo", None])
def test_a_reason_is_one_line(why: str | None) -> None:
    """Without one nothing is set aside."""
    entry = {"rule": "breaks"} if why is None else {"rule": "breaks", "why": why}
    [(pointer, _)] = faults([entry])
    assert pointer == "/without/0/why"


def test_a_rule_is_set_aside_once() -> None:
    """And for people who are there."""
    entry = {"rule": "breaks", "why": "x"}
    [(pointer, said)] = faults([entry, {**entry, "why": "y"}])
    assert (pointer, "already" in said) == ("/without/1", True)
    some = {**entry, "people": {"people": ["ann"]}}
    assert [pointer for pointer, _ in faults([some, entry])] == ["/without/1"]
    [(pointer, _)] = faults([{**entry, "people": {"people": ["zoe"]}}])
    assert pointer == "/without/0/people/people/0"
    [(pointer, _)] = faults([{**entry, "people": {"none": [{"home": "oak"}]}}])
    assert pointer == "/without/0/people"


def test_what_cannot_be_broken_is_compiled_to_nothing() -> None:
    """A school week of short days: the law adds neither a constraint nor a variable."""
    from scheduler.search.compile import compile_model

    document = asked({"day": ("09:00", "15:00"), "late": ("15:30", "17:00")}, people=("ann", "bob"))
    document["problem"]["schools"] = [{"id": "oak", "name": "Oakfield"}]
    aside = [{"rule": kind, "why": "to compare"} for kind in LAW]
    with_law, bare = (
        compile_model(case.facts, case.rules).model.cp.proto
        for case in (read_case(document), read_case({**document, "without": aside}))
    )
    assert len(with_law.variables) == len(bare.variables)
    assert len(with_law.constraints) == len(bare.constraints)


def test_the_law_has_shapes() -> None:
    """Where it can be broken, the path search keeps it."""
    from scheduler.search.path_problem import path_problem

    for document in BROKEN.values():
        case = Case(RotaRequest.model_validate({**document, "rules": []}))
        assert not isinstance(path_problem(case.facts, case.rules), str)


def test_law_is_what_the_rulebook_marks() -> None:
    """Each is a must for everybody, of the law's authority."""
    for kind, rule in LAW.items():
        assert rule == RULES[kind].by_law()
        assert (rule.priority, rule.effective_authority) == ("must", "law")
        assert rule.stands_by_law
        assert not RULES[kind](**(rule.law or {})).stands_by_law
