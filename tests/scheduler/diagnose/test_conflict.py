"""What clashes in an impossible request, and what would mend it."""

from typing import Any

from models.answer.report import Authority
from models.answer.result import Clash, Result, ResultStatus
from models.facts.plan import Plan
from models.problem.limits import Limits
from scheduler.engine import schedule
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.rulebook.check import check
from scheduler.rulebook.example import Example
from scheduler.rulebook.rule import Rule
from scheduler.rules.cover.cover import Cover
from scheduler.rules.working_time.breaks import Breaks
from scheduler.rules.working_time.consecutive_days import ConsecutiveDays

ONE_EACH_DAY: dict[str, dict[str, Any]] = {"D": {"needs": [{"count": 1}]}}

BOB_AWAY = {"Bob": {"away": [{"first": "2026-01-06", "last": "2026-01-08"}]}}

FOUR_DAYS = "Ann . . . .\nBob . . . ."


def asked(*rules: Rule, rota: str = FOUR_DAYS, **more: Any) -> RotaRequest:
    """A request in which every day needs one person."""
    example = Example(Cover(), rota, [], shifts=ONE_EACH_DAY, **more)
    return RotaRequest(problem=example.problem, rules=rules, limits=Limits(seconds=200, workers=1))


def clash_of(result: Result) -> Clash:
    """The clash of an impossible request."""
    assert result.status is ResultStatus.IMPOSSIBLE
    assert result.clash is not None
    return result.clash


def test_a_clash_names_rules_places_and_the_absence() -> None:
    """Each is needed; what has no part in it is not named."""
    must_cover = Cover(priority="must")
    request = asked(
        must_cover,
        ConsecutiveDays(most=2),
        ConsecutiveDays(least=1),
        Cover(priority=1),
        people=BOB_AWAY,
    )
    clash = clash_of(schedule(request))
    assert clash.minimal
    assert clash.confirmed
    assert [(m.rule, m.kind, m.where) for m in clash.members] == [
        (0, "cover", ("D@2026-01-06",)),
        (0, "cover", ("D@2026-01-07",)),
        (0, "cover", ("D@2026-01-08",)),
        (1, "consecutive_days", ("Ann", "2026-01-08")),
        (None, "away", ("Bob",)),
    ]
    assert clash.sentence == (
        "These cannot all hold: Every duty has the people it needs (Day on Tue 6 Jan; Day on Wed "
        "7 Jan; Day on Thu 8 Jan); People work at most 2 days in a row (Ann, Thu 8 Jan); "
        "Bob is away from Tue 6 Jan to Thu 8 Jan."
    )


def test_a_pin_can_take_part() -> None:
    """The rules alone would be possible."""
    pinned = [{"person": "Ann", "duty": f"D@2026-01-0{n}"} for n in (5, 6, 7)]
    clash = clash_of(schedule(asked(ConsecutiveDays(most=2), facts={"pinned": pinned})))
    assert [m.kind for m in clash.members] == ["consecutive_days", *["pinned"] * 3]
    assert clash.members[1].sentence == "Ann is pinned on Day on Mon 5 Jan."


def test_facts_can_clash_without_any_rule_of_the_request() -> None:
    """Somebody pinned to a day on which they are away."""
    pinned = [{"person": "Bob", "duty": "D@2026-01-06"}]
    result = schedule(asked(people=BOB_AWAY, facts={"pinned": pinned}))
    clash = clash_of(result)
    assert [m.kind for m in clash.members] == ["away", "pinned"]
    assert clash.relaxations == ()
    assert result.draft is not None


def test_relaxations_bend_wishes_before_policies_and_never_the_law() -> None:
    """Each is solved, and breaks what it says and nothing else."""

    def authorities(cover: Authority, days: Authority) -> list[set[str]]:
        request = asked(
            Cover(priority="must", authority=cover),
            ConsecutiveDays(most=2, authority=days),
            people=BOB_AWAY,
        )
        ways = clash_of(schedule(request)).relaxations
        facts = Example(Cover(), FOUR_DAYS, [], shifts=ONE_EACH_DAY, people=BOB_AWAY).indexed
        for way in ways:
            again = check(facts, request.all_rules, Plan.of(facts, way.schedule))
            assert again == way.report
            assert again.broken_musts == len(way.gives_up) == 1
        return [{m.authority for m in way.gives_up} for way in ways]

    assert authorities("wish", "law") == [{"wish"}]
    assert authorities("policy", "wish") == [{"wish"}, {"policy"}]
    assert authorities("agreement", "policy") == [{"policy"}, {"agreement"}]
    assert authorities("law", "law") == []


def test_two_pins_that_clash_have_ways_out() -> None:
    """Either may go; nobody has to bend a rule that never bends."""
    shifts = {**ONE_EACH_DAY, "E": {"needs": [{"count": 1}]}}
    pinned = [{"person": "Ann", "duty": f"{shift}@2026-01-06"} for shift in "DE"]
    example = Example(Cover(), FOUR_DAYS, [], shifts=shifts, facts={"pinned": pinned})
    request = RotaRequest(problem=example.problem, rules=(), limits=Limits(seconds=200, workers=1))
    clash = clash_of(schedule(request))
    assert [m.kind for m in clash.members] == ["pinned", "pinned"]
    assert clash.minimal
    assert [way for way in clash.ways if way.startswith("If Ann were not pinned on")] == list(
        clash.ways
    )
    assert len(clash.ways) == 2


def test_a_skill_that_ends_is_named_with_its_date() -> None:
    """And it would do if it did not end, or if there were somebody more."""
    needs = [{"count": 1, "who": {"skill": "aid"}}]
    people = {"Ann": {"skills": [{"skill": "aid", "last": "2026-01-07"}]}}
    example = Example(
        Cover(),
        FOUR_DAYS,
        [],
        shifts={"D": {"needs": needs}},
        people=people,
        facts={"skills": {"aid": "First aid"}},
    )
    request = RotaRequest(
        problem=example.problem,
        rules=(Cover(priority="must"),),
        limits=Limits(seconds=200, workers=1),
    )
    clash = clash_of(schedule(request))
    assert "Ann's First aid ends on Wed 7 Jan." in [m.sentence for m in clash.members]
    assert "If Ann's First aid did not end on Wed 7 Jan." in clash.ways
    assert "With one more person who can do what Ann does." in clash.ways


def test_a_number_is_loosened_by_the_least_that_works() -> None:
    """And an absence is lifted on no more days than needed."""
    request = asked(
        Cover(priority="must", authority="law"), ConsecutiveDays(most=1), people=BOB_AWAY
    )
    clash = clash_of(schedule(request))
    rule = "If the rule “People work at most 1 day in a row.” had 3 in place of 1 as its most."
    assert rule in clash.ways
    assert "If Bob could come on Wed 7 Jan." in clash.ways


def test_a_long_shift_wants_a_break() -> None:
    """The law on breaks is kept by an unpaid break inside the shift."""
    example = Example(
        Cover(),
        FOUR_DAYS,
        [],
        shifts={"D": {"needs": [{"count": 1}], "start": "08:00", "end": "16:00"}},
    )
    request = RotaRequest(
        problem=example.problem,
        rules=(Cover(priority="must"), Breaks(priority="must")),
        limits=Limits(seconds=200, workers=1),
    )
    clash = clash_of(schedule(request))
    assert "With an unpaid break of 20 minutes in Day." in clash.ways


def test_a_relaxation_is_said_in_words() -> None:
    """The rule, and what is allowed."""
    request = asked(
        Cover(priority="must", authority="law"), ConsecutiveDays(most=2), people=BOB_AWAY
    )
    (way,) = clash_of(schedule(request)).relaxations
    assert way.sentence == (
        "Allow 1 exception to the rule “People work at most 2 days in a row.” "
        "Ann works on Thu 8 Jan, day 3 in a row; 2 is the most."
    )


def test_the_draft_breaks_as_little_as_can_be_and_still_honours_wishes() -> None:
    """Cover is only wished for here, and the draft fills what it can."""
    pinned = [{"person": "Ann", "duty": f"D@2026-01-0{n}"} for n in (5, 6, 7)]
    request = asked(Cover(priority=1), ConsecutiveDays(most=2), facts={"pinned": pinned})
    draft = schedule(request).draft
    assert draft is not None
    assert draft.report.broken_musts == 1
    assert draft.report.costs == {1: 0}


def test_out_of_time_nothing_is_claimed() -> None:
    """A clash that was not looked into is neither minimal nor confirmed."""
    from scheduler.diagnose.explanation import explain_no_schedule

    request = asked(Cover(priority="must"), ConsecutiveDays(most=2), people=BOB_AWAY)
    explained = explain_no_schedule(Case(request), seconds=0, stop=lambda: False)
    clash = explained.clash
    assert clash is not None
    assert not clash.minimal
    assert not clash.confirmed
    assert [way.report.broken_musts for way in clash.relaxations] == [1]
    assert explained.draft.report.broken_musts
    assert {m.rule for m in clash.members if m.rule is not None} >= {0, 1}
    assert clash.sentence.endswith("Not all of them need to take part.")
