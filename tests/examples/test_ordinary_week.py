"""An ordinary week of two schools that share people: figures from the scenario's own words.

Figures are written down here and not computed from the example. What the schedule keeps is read
off its placements, without a checker and without the solver.
"""

import copy
import re
from collections import Counter, defaultdict
from datetime import date, time, timedelta
from typing import Any

import pytest

from models.answer.result import Result, ResultStatus
from models.answer.schedule import Schedule
from models.answer.summary import Summary
from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.exchange.render.table import rota as written
from scheduler.intake.parse import read_request
from scheduler.intake.request import RotaRequest
from scheduler.report.summary import summarise
from scheduler.rulebook.check import check
from tests.examples.answers import answer, document

MONDAY = date(2026, 1, 12)

LESSONS = {
    "am1": 90,
    "am2": 75,
    "pm": 125,
    "am": 165,
}
"""Lesson minutes of 09:00-10:30, 11:00-12:15, 13:15-15:20, and of a morning."""

TEACHERS = {f"T{n:02}" for n in range(1, 11)} | {"J1a", "J1b", "J2a", "J2b", "TP", "BT1", "BT2"}
"""Those who get PPA in full or nearly so; BT3 does not."""


WEEK = document("ordinary-week")
"""The example as it is sent."""


@pytest.fixture(scope="module")
def request_() -> RotaRequest:
    """The example, read."""
    return read_request(WEEK)


@pytest.fixture(scope="module")
def result() -> Result:
    """Its answer."""
    return answer(WEEK)


@pytest.fixture(scope="module")
def rota(result: Result) -> Schedule:
    """The schedule of the answer."""
    assert result.schedule is not None
    return result.schedule


@pytest.fixture(scope="module")
def summary(request_: RotaRequest, rota: Schedule) -> Summary:
    """What it amounts to."""
    facts = Facts(request_.problem)
    return summarise(facts, Plan.of(facts, rota), request_.all_rules)


def grid(rota: Schedule) -> list[tuple[int, str, str]]:
    """(weekday from 0, shift, person) of all that is not an activity."""
    found = []
    for placement in rota.placements:
        shift, at, day = placement.duty.partition("@")
        if at:
            found.append((date.fromisoformat(day).weekday(), shift, placement.person))
    return sorted(found)


def who(rota: Schedule, *shifts: str) -> dict[int, set[str]]:
    """Weekday to the people on some shifts."""
    found: dict[int, set[str]] = defaultdict(set)
    for day, shift, person in grid(rota):
        if shift in shifts:
            found[day].add(person)
    return found


def days(rota: Schedule, person: str, *shifts: str) -> set[int]:
    """The weekdays on which somebody is on some shifts."""
    return {day for day, shift, p in grid(rota) if p == person and shift in shifts}


def classes(rota: Schedule) -> list[tuple[int, str, str, str]]:
    """(weekday, class, part of the day, who teaches)."""
    names = {s["id"] for s in WEEK["problem"]["shifts"] if "teaching" in s["tags"]}
    return [(d, *s.rsplit("-", 1), p) for d, s, p in grid(rota) if s in names]  # type: ignore[misc]


def test_there_are_72_people_with_73_contracts() -> None:
    """60 of Oakfield and 12 of Fellside; employers differ; BMC has two contracts of one body."""
    people = WEEK["problem"]["people"]
    assert Counter(p["home"] for p in people) == {"OAK": 60, "FEL": 12}
    assert sum(len(p["contracts"]) for p in people) == 73
    employers = {p["home"]: {c["employer"] for c in p["contracts"]} for p in people}
    assert employers["OAK"] != employers["FEL"]
    (twice,) = [p for p in people if len(p["contracts"]) == 2]
    assert [(c["minutes_per_week"], c["weeks_per_year"]) for c in twice["contracts"]] == [
        (375, 38),
        (600, 44),
    ]


def test_it_is_solved_with_priority_1_proved(result: Result) -> None:
    """Nothing is missing, no must is broken, and every other gap is stated."""
    assert result.status in (ResultStatus.OPTIMAL, ResultStatus.FEASIBLE)
    assert result.report is not None
    assert result.report.broken_musts == 0
    assert result.report.costs[1] == 0
    assert result.levels[0].proved
    assert [level.priority for level in result.levels] == [1, 2, 3, 4, 5, 6]
    assert all(level.bound <= level.value and level.sentence for level in result.levels)


def test_exactly_two_gaps_of_ppa_remain(result: Result, rota: Schedule) -> None:
    """A5 and A6: an afternoon leaves BT2 7.5 of 132.5 short; BT3 would need 106 from somebody."""
    assert result.report is not None
    (ppa,) = [f for f in result.report.findings if f.kind == "ppa"]
    said = {breach.where[0]: breach for breach in ppa.breaches}
    assert set(said) == {"BT2", "BT3"}
    assert said["BT2"].amount == 8
    assert "has 125 of the 132.5 minutes" in said["BT2"].sentence
    assert "7.5 short" in said["BT2"].sentence
    assert said["BT3"].amount == 116
    assert "a block of 106 in which somebody else teaches would do" in said["BT3"].sentence
    for breach in said.values():
        assert "BAHT1 (" in breach.sentence
        assert "BAHT2 (" in breach.sentence
    assert ppa.amount == 124
    # A6: one day of HL2 is BT1's morning and BT2's afternoon.
    (day,) = days(rota, "HL2", "infants-am", "middle-pm")
    fellside = [(s, p) for d, s, _, p in classes(rota) if p == "HL2" and s in ("infants", "middle")]
    assert sorted(fellside) == [("infants", "HL2"), ("middle", "HL2")]
    assert "BT1" in who(rota, "ppa-fel-am")[day]
    assert "BT2" in who(rota, "ppa-fel-pm")[day]


def test_every_other_teacher_has_a_tenth(rota: Schedule, summary: Summary) -> None:
    """Counted from the placements: minutes planned in lessons, against minutes taught."""
    taught: Counter[str] = Counter()
    planned: Counter[str] = Counter()
    for _, _, part, person in classes(rota):
        taught[person] += LESSONS[part]
    for _, shift, person in grid(rota):
        if shift.startswith("ppa"):
            planned[person] += LESSONS[shift.rsplit("-", 1)[1]]
    for person in (TEACHERS | {"AHT1", "AHT2", "BAHT2"}) - {"BT2"}:
        assert 10 * planned[person] >= taught[person] > 0, person
    assert (taught["BT2"], planned["BT2"]) == (1325, 125)
    assert (taught["BT3"], planned["BT3"]) == (1160, 0)
    assert {week.person for week in summary.weeks if "ppa" in week.by_tag} == set(planned)


def test_somebody_senior_is_always_in_charge(request_: RotaRequest, rota: Schedule) -> None:
    """A1: at Fellside the executive head or an assistant head, whose patterns have them there on
    their days without any duty; never the class teacher who comes fourth."""
    facts = Facts(request_.problem)
    plan = Plan.of(facts, rota)
    fellside = [school.id for school in facts.schools].index("FEL")
    senior = [facts.person_number[name] for name in ("EHT", "BAHT1", "BAHT2")]
    for day in range(5):
        for hour in (9, 12, 15):
            minute = facts.clock.minute(facts.date(day), time(hour, 0))
            assert any(
                a <= minute < b for person in senior for a, b in plan.at_work(person, fellside, day)
            ), (day, hour)


def test_nobody_needs_a_duty_to_be_at_work() -> None:
    """The deputy, the SENCO, the office and class support are there by their patterns: the week
    has no shift that only says where somebody is."""
    problem = WEEK["problem"]
    shifts = {shift["id"] for shift in problem["shifts"]}
    assert not shifts & {"deputy", "senco", "office", "business", "site", "ta-am", "lead-am"}
    there = {p["id"] for p in problem["people"] if any("at" in w for w in p.get("works", ()))}
    assert {"DHT", "BAHT1", "BAHT2", "SEN", "SBM", "SITE", "TA01"} <= there


def test_the_table_says_who_is_at_work_without_a_duty(request_: RotaRequest) -> None:
    """A day at work is no day off: BAHT1 is in on Monday to Wednesday, BAHT2 teaches on Friday."""
    facts = Facts(request_.problem)
    pinned = Schedule(placements=request_.problem.pinned)
    said = written(facts, Plan.of(facts, pinned))
    (row,) = [line.split() for line in said.splitlines() if line.startswith("BAHT2")]
    assert row == ["BAHT2", ".", ".", "in", "in", "CY56", "CY562"]
    (at_work,) = re.findall(r"At work this week without a duty on the rota: ([^.]*)\.", said)
    assert {"DHT", "BAHT1", "SEN"} <= set(at_work.replace("\n", " ").split(", "))


def test_nobody_at_work_is_called_unused(summary: Summary) -> None:
    """Not the deputy, nor class support, though no shift names them."""
    idle = {person.person for person in summary.not_used}
    assert not idle & {"DHT", "SEN", "SBM", "SITE", "EY1", "TA01"}


def test_a_safeguarding_lead_is_on_site(summary: Summary) -> None:
    """A2: in each of the twenty sessions, read off the matrix of schools and sessions."""
    matrix = {(s.school, s.date, s.session): s.skills["dsl"] for s in summary.sessions}
    assert len(matrix) == 20
    assert all(matrix.values())
    assert all(
        set(ids) <= {"EHT", "DHT", "AHT1", "SEN", "FW", "BAHT1", "BAHT2"} for ids in matrix.values()
    )


def test_the_executive_head_shares_her_week(rota: Schedule) -> None:
    """A3: three days and two, and the meeting on the Wednesday on which both assistant heads are
    in."""
    assert len(days(rota, "EHT", "head-oak")) == 3
    assert len(days(rota, "EHT", "head-fel")) == 2
    (meeting,) = [t for t in rota.times if t.activity == "leaders"]
    assert meeting.start.date() == MONDAY + timedelta(days=2)
    assert {p.person for p in rota.placements if p.duty.startswith("leaders/")} == {
        "EHT",
        "BAHT1",
        "BAHT2",
    }


def test_ways_between_schools_take_25_minutes_and_no_lunch(summary: Summary) -> None:
    """A4: at most one a day, on top of 30 minutes for lunch; the cleaner goes three times."""
    seen = Counter((leg.person, leg.earliest.date()) for leg in summary.legs)
    assert set(seen.values()) == {1}
    for leg in summary.legs:
        between = (leg.latest - leg.earliest).total_seconds() / 60
        at_midday = 12 <= leg.earliest.hour < 14
        assert between >= (55 if at_midday else 25)
        assert leg.minutes == 25
    cleaning = [leg for leg in summary.legs if leg.person == "CL4"]
    assert [leg.earliest.weekday() for leg in cleaning] == [0, 2, 4]
    assert not any(leg.paid for leg in cleaning), "she is at home between"
    (ict,) = [leg for leg in summary.legs if leg.person == "ICT"][:1]
    assert ict.paid
    paid = {week.person: week.travel for week in summary.weeks if week.travel}
    assert paid["ICT"] == 25 * sum(leg.person == "ICT" for leg in summary.legs)
    assert "CL4" not in paid
    assert all(
        week.planned + week.travel <= week.contracted
        for week in summary.weeks
        if week.contracted is not None
    )


def test_shared_people_are_where_they_were_promised(rota: Schedule) -> None:
    """A7: a Tuesday or Thursday; A8: half a day, not Friday afternoon; A9: Mon, Wed, Fri."""
    assert len(days(rota, "FW", "family-fel")) == 1
    assert days(rota, "FW", "family-fel") <= {1, 3}
    assert days(rota, "FW", "family-fel") | days(rota, "FW", "family-oak") == set(range(5))
    halves = [(d, s) for d, s, p in grid(rota) if p == "ICT" and s.startswith("ict-fel")]
    assert len(halves) == 1
    assert halves != [(4, "ict-fel-pm")]
    assert days(rota, "CL4", "clean-fel-2") == {0, 2, 4}
    assert days(rota, "CL4", "clean-oak-am") == set(range(5))


def test_children_have_their_adults(rota: Schedule, summary: Summary) -> None:
    """A10: each with the first of theirs all week, K3 for 27.5 hours without lunch; TA16 and the
    other two do nothing else."""
    for child, adult in (("K1", "TA14"), ("K2", "TA15"), ("K3", "TA16")):
        assert who(rota, f"{child}-am", f"{child}-pm") == {day: {adult} for day in range(5)}
        assert {s.partition("-")[0] for _, s, p in grid(rota) if p == adult} == {child}
    assert set().union(*who(rota, "K3-lunch").values()) <= {"TA16", "BTA3", "BTA2"}
    (hours,) = [week for week in summary.weeks if week.person == "TA16"]
    assert hours.planned == 27.5 * 60 == hours.contracted


def test_job_shares_take_turns(rota: Schedule) -> None:
    """A11: never both in one lesson, each on their own days; J1 hands over on Wednesday."""
    for pair, room, days_of in (
        (("J1a", "J1b"), "Y5b", ({0, 1, 2}, {2, 3, 4})),
        (("J2a", "J2b"), "Y6b", ({0, 1, 2}, {2, 3, 4})),
    ):
        taught: dict[tuple[int, str], set[str]] = defaultdict(set)
        for day, name, part, person in classes(rota):
            if name == room:
                taught[day, part].add(person)
        assert len(taught) == 15
        assert all(len(people) == 1 for people in taught.values())
        for person, allowed in zip(pair, days_of, strict=True):
            mine = {day for (day, _), people in taught.items() if person in people}
            assert mine <= allowed
            assert mine
    (handover,) = [t for t in rota.times if t.activity == "handover-J1"]
    assert handover.start.date() == MONDAY + timedelta(days=2)
    assert {p.person for p in rota.placements if p.duty.startswith("handover-J1/")} == {
        "J1a",
        "J1b",
    }


def test_what_could_not_be_is_said_with_its_reason(result: Result, rota: Schedule) -> None:
    """J2's partners never work at one time: their handover is the one wish of priority 4 unmet, by
    all of its 30 minutes, and nobody is asked to come for half a meeting."""
    assert result.report is not None
    assert result.report.costs[4] == 30
    (unmet,) = [f for f in result.report.findings if f.kind == "handover" and f.amount]
    assert unmet.breaches[0].sentence == (
        "J2a and J2b have 0 of 30 minutes to hand over in the week of Mon 12 Jan. They never work "
        "at one time."
    )
    assert not [p for p in rota.placements if p.duty.startswith("handover-J2/")]


def test_who_is_with_a_child_hands_over(rota: Schedule) -> None:
    """A10: over lunch K3's adults change twice a day, with five minutes together each time; at
    quarter past, as the shifts of the others end, there would be none."""
    assert changed(rota=rota, shift="K3-lunch") == []
    said = changed(rota=rota, shift="K3-lunch", start="12:20", end="13:15")
    assert len(said) == 5
    assert all("with 0 of 5 minutes together" in sentence for sentence in said)


def test_nobody_works_on_a_day_off(rota: Schedule) -> None:
    """A12: BT3 not on Friday, when BAHT2 takes Y5/6; part-timers on their days only."""
    assert days(rota, "BT3", "juniors-am", "juniors-pm") == {0, 1, 2, 3}
    assert {p for d, s, _, p in classes(rota) if (d, s) == (4, "juniors")} == {"BAHT2"}
    works = {"TP": {0, 1, 2, 3}, "SEN": {0, 1, 2}, "TA12": {0, 1}, "TA13": {0, 1, 2}}
    works |= {"BAHT1": {0, 1, 2}, "BAHT2": {2, 3, 4}}
    for person, allowed in works.items():
        assert {d for d, _, p in grid(rota) if p == person} <= allowed


def changed(*, rota: Schedule, shift: str, **fields: Any) -> list[str]:
    """What the checker says of the same schedule where a shift is otherwise."""
    changed_ = copy.deepcopy(WEEK)
    for one in changed_["problem"]["shifts"]:
        if one["id"] == shift:
            one.update(fields)
    request = read_request(changed_)
    facts = Facts(request.problem)
    report = check(facts, request.all_rules, Plan.of(facts, rota))
    return [b.sentence for f in report.findings if f.priority == "must" for b in f.breaches]


def test_cleaning_until_half_past_seven_is_refused(rota: Schedule) -> None:
    """A9: 17:45 to 06:00 is 12 h 15 of rest; 19:30 to 06:00 is 10 h 30, which is too little.

    A day from 06:00 to 19:30 leaves no more than that of its 24 hours either, whatever comes next.
    """
    assert changed(rota=rota, shift="clean-fel-2") == []
    said = changed(rota=rota, shift="clean-fel-2", start="17:30", end="19:30")
    head, tail = "CL4 has 10 hours 30 minutes of rest", "; 11 hours is the least."
    assert {
        *(f"{head} before 06:00 on {day}{tail}" for day in ("Tue 13 Jan", "Thu 15 Jan")),
        f"{head} in the 24 hours from 06:00 on Mon 12 Jan{tail}",
    } <= set(said)
    assert all(sentence.startswith(head) for sentence in said)


def test_a_stranger_is_refused(request_: RotaRequest, rota: Schedule) -> None:
    """A10: TA16 away on Tuesday; a TA of Oakfield is nobody that K3 knows."""
    facts = Facts(request_.problem)
    moved = tuple(
        p.model_copy(update={"person": "BTA3"})
        if p.person == "TA16" and p.duty == "K3-am@2026-01-13"
        else p
        for p in rota.placements
    )
    report = check(
        facts, request_.all_rules, Plan.of(facts, rota.model_copy(update={"placements": moved}))
    )
    familiar = [f for f in report.findings if f.kind == "familiar_adults" and f.amount]
    assert [(f.priority, f.amount) for f in familiar] == [(5, 1)]
    assert "number 2 of its adults" in familiar[0].breaches[0].sentence


def test_a_call_brings_the_leaders_back_with_least_change(
    request_: RotaRequest, rota: Schedule
) -> None:
    """One rule more: Fellside's leaders are there on Thursday and Friday; nobody else moves."""
    call = {
        "kind": "inspection_recall",
        "school": "FEL",
        "first": "2026-01-15",
        "people": {"people": ["EHT", "BAHT1", "BAHT2"]},
    }
    sent = request_.model_dump(mode="json")
    sent["problem"]["published"] = rota.model_dump(mode="json")
    kept = [rule for rule in sent["rules"] if rule["priority"] in ("must", 1)]
    sent["rules"] = [*kept, call, {"kind": "least_change", "priority": 2}]
    found = answer(sent, start=rota)
    assert found.schedule is not None
    assert {3, 4} <= days(found.schedule, "EHT", "head-fel")
    before, after = set(rota.placements), set(found.schedule.placements)
    assert {p.person for p in before ^ after} <= {"EHT"}
