"""What is suspected where nothing was searched: only what counting proves."""

from scheduler.diagnose.explanation import explain_no_schedule
from scheduler.diagnose.suspicion import at_a_glance, beyond_hope
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from tests.service.requests import small

MONDAY = "hub@2026-01-05"


def case_of(*, away: int) -> Case:
    """Five days that need people as a must, with some people away on the Monday."""
    sent = small(people=4)
    for rule in sent["rules"]:
        if rule["kind"] == "cover":
            rule["priority"] = "must"
    if not any(rule["kind"] == "cover" for rule in sent["rules"]):
        sent["rules"].append({"kind": "cover", "priority": "must"})
    for person in sent["problem"]["people"][:away]:
        person["away"] = [{"first": "2026-01-05", "last": "2026-01-05"}]
    return Case(RotaRequest.model_validate(sent))


def test_a_duty_with_too_few_able_people_is_suspected_by_counting() -> None:
    """And those who are away on its day with it."""
    draft, clash = at_a_glance(case_of(away=4))
    assert draft.report.broken_musts
    assert clash is not None
    assert not clash.confirmed
    assert clash.members[0].where == (MONDAY,)


def test_what_a_draft_breaks_for_no_reason_is_not_suspected() -> None:
    """There are people enough, so a place that nobody searched for says nothing."""
    case = case_of(away=0)
    cover = next(n for n, rule in enumerate(case.rules) if rule.name == "cover")
    assert beyond_hope(case.facts, [(cover, (MONDAY,)), (cover, ("p1", "2026-01-05"))]) == []
    assert beyond_hope(case_of(away=4).facts, [(cover, (MONDAY,))]) == [(cover, (MONDAY,))]


def test_without_time_only_a_count_is_said() -> None:
    """The explanation of a search that left nothing, with no time at all."""
    found = explain_no_schedule(case_of(away=4), seconds=0, stop=lambda: True, proved=False)
    assert found.clash is not None
    assert {m.where for m in found.clash.members if m.kind == "cover"} == {(MONDAY,)}
