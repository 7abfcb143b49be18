"""Shared things and activities: figures from the scenarios' own words, and what plans keep.

Plans are read as plain JSON; neither the facts' index nor a rule's checker is asked.
"""

import json
from collections import Counter
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import combinations, pairwise
from typing import Any

import pytest

from models.answer.result import Result, ResultStatus
from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.intake.parse import read_request
from scheduler.report.summary import summarise
from tests.examples.answers import answer, document

ENOUGH = {"partnership": {1: 0}}
"""All heads come; how little they can travel is not proved soon."""


@cache
def solved(name: str) -> Result:
    """The answer to an example."""
    return answer(document(name), ENOUGH.get(name))


def times(name: str) -> dict[str, dict[str, Any]]:
    """Activity to its time, place and things."""
    result = solved(name)
    assert result.schedule is not None
    return {t.activity: t.model_dump() for t in result.schedule.times}


def people(name: str) -> dict[str, set[str]]:
    """Duty to the people on it."""
    result = solved(name)
    assert result.schedule is not None
    found: dict[str, set[str]] = {}
    for placement in result.schedule.placements:
        found.setdefault(placement.duty, set()).add(placement.person)
    return found


def terms(name: str, school: str) -> list[tuple[date, date]]:
    """The terms of a school."""
    row = next(s for s in document(name)["problem"]["schools"] if s["id"] == school)
    return [(date.fromisoformat(t["first"]), date.fromisoformat(t["last"])) for t in row["terms"]]


def monday(day: date) -> date:
    """The Monday of a date's week."""
    return day - timedelta(days=day.weekday())


# ------------------------------------------------------------------ E: the catering manager

PER_SCHOOL = {"P": 14, "Q": 11, "R": 8, "S": 4}
SATS = date(2026, 5, 11)
BANK_HOLIDAY = date(2026, 5, 4)
DOUBLES = {date(2025, 10, 13), date(2025, 12, 8), date(2026, 7, 6)}


def lessons() -> dict[str, datetime]:
    """Each of the activities that take place, by its id without "-am" or "-pm"."""
    found = {}
    for id, timed in times("catering").items():
        if not id.startswith("service"):
            assert id[:-3] not in found
            found[id[:-3]] = timed["start"]
    return found


def test_the_year_has_no_spare_week() -> None:
    """38 pupil weeks less the week of the SATs are 37, as many as there are activities."""
    mondays = {
        monday(first + timedelta(days=n))
        for first, last in terms("catering", "P")
        for n in range((last - first).days + 1)
    }
    assert len(mondays) == 38
    assert SATS in mondays
    assert len(mondays - {SATS}) == sum(PER_SCHOOL.values()) == 37


def test_each_activity_takes_place_once_and_no_week_has_two() -> None:
    """37 dated ones, 14, 11, 8 and 4 at the schools; with no lost week no double is needed."""
    assert Counter(id.split("-")[1] for id in lessons()) == PER_SCHOOL
    weeks = Counter(monday(start.date()) for start in lessons().values())
    assert set(weeks.values()) == {1}
    assert SATS not in weeks


def test_no_class_has_two_in_a_half_term_and_dishes_keep_their_season() -> None:
    """Bread before the autumn ends, soup in October, pudding by 12 December."""
    rows = {a["id"][:-3]: a for a in document("catering")["problem"]["activities"]}
    seen: Counter[tuple[str, date]] = Counter()
    dated: Counter[str] = Counter()
    for id, start in lessons().items():
        half = next(f for f, last in terms("catering", "P") if f <= start.date() <= last)
        seen[rows[id]["group"], half] += 1
        dish = rows[id]["name"].split(",")[0]
        dated[dish] += 1
        if dish == "Bread":
            assert start.date() <= date(2025, 12, 19)
        elif dish == "Harvest soup":
            assert (start.year, start.month) == (2025, 10)
        elif dish == "Christmas pudding":
            assert date(2025, 11, 3) <= start.date() <= date(2025, 12, 12)
    assert max(seen.values()) == 1
    assert (dated["Bread"], dated["Harvest soup"], dated["Christmas pudding"]) == (2, 3, 2)


def test_the_manager_serves_every_day_and_is_in_one_place() -> None:
    """Twice a week at Park, once at Quarry and Riverside, once a fortnight at Stone; a morning
    activity is where she serves, and so is an afternoon one, since ten minutes are no way."""
    services = {
        timed["start"].date(): timed["at"]
        for id, timed in times("catering").items()
        if id.startswith("service")
    }
    assert len(services) == 38 * 5 - 1
    assert BANK_HOLIDAY not in services
    weeks: dict[date, Counter[str]] = {}
    for day, school in services.items():
        weeks.setdefault(monday(day), Counter())[school] += 1
    assert all(w["P"] >= 2 and w["Q"] >= 1 and w["R"] >= 1 for w in weeks.values())
    first = min(weeks)
    fortnights = Counter({(week - first).days // 14: 0 for week in weeks})
    for week, at in weeks.items():
        fortnights[(week - first).days // 14] += at["S"]
    assert min(fortnights.values()) >= 1
    for id, start in lessons().items():
        assert services[start.date()] == id.split("-")[1]
        assert start.time() in (time(8, 45), time(13, 40))


def test_only_the_week_with_four_days_leaves_stone_out_and_that_is_proved() -> None:
    """Two days at Park, one at Quarry and one at Riverside fill the week of the bank holiday."""
    result = solved("catering")
    assert result.status is ResultStatus.OPTIMAL
    assert [level.value for level in result.levels] == [0, 0, 1]
    assert result.report is not None
    broken = [b.where for f in result.report.findings for b in f.breaches]
    assert broken == [(BANK_HOLIDAY.isoformat(),)]


# ------------------------------------------------------------------ F: the partnership


@pytest.mark.parametrize("name", ["heads-meetings", "partnership"])
def test_six_meetings_rotate_and_all_heads_can_come(name: str) -> None:
    """Each in its half-term, in weeks 3 to 5 as the host counts them, open at all eleven schools,
    in no INSET, SATs or moderation time."""
    meetings = {id: t for id, t in times(name).items() if id.startswith("heads.")}
    assert len(meetings) == 6
    assert len({t["at"] for t in meetings.values()}) == 6
    rows = document(name)["problem"]["schools"]
    halves = terms(name, "ashdown")
    for (id, timed), (first, last) in zip(sorted(meetings.items()), halves, strict=True):
        day = timed["start"].date()
        assert first <= day <= last
        began = next(a for a, b in terms(name, timed["at"]) if a <= day <= b)
        assert (monday(day) - monday(began)).days // 7 + 1 in (3, 4, 5)
        assert timed["start"].time() == time(13, 30)
        assert not date(2026, 5, 11) <= day <= date(2026, 5, 14)
        assert not date(2026, 6, 8) <= day <= date(2026, 6, 26)
        assert all(day.isoformat() not in row["inset"] for row in rows)
        assert all(any(a <= day <= b for a, b in terms(name, row["id"])) for row in rows)
        assert len(people(name)[f"{id}/head"]) == 11


def test_the_meetings_are_proved() -> None:
    """All heads come, and no other plan travels less."""
    result = solved("heads-meetings")
    assert result.status is ResultStatus.OPTIMAL
    assert result.levels[0].value == 0


def test_each_school_visits_one_and_hosts_one() -> None:
    """Nobody their own, none of their trust, no pair both ways; a standardised moderator of the
    one and the Year 6 teacher of the other."""
    rows = {s["id"]: s for s in document("partnership")["problem"]["schools"]}
    visits = {
        id.removeprefix("moderation-"): t["at"]
        for id, t in times("partnership").items()
        if id.startswith("moderation-")
    }
    assert sorted(visits) == sorted(rows)
    assert sorted(visits.values()) == sorted(rows)
    for visitor, host in visits.items():
        assert visits[host] != visitor
        trusts = {rows[visitor].get("trust"), rows[host].get("trust")}
        assert len(trusts) == 2 or trusts == {None}
        on = people("partnership")
        assert on[f"moderation-{visitor}/visitor"] == {f"mod-{visitor}"}
        assert on[f"moderation-{visitor}/host"] == {f"y6-{host}"}


def test_the_challenge_visit_is_two_days_in_a_row_and_noted_within_ten() -> None:
    """At a school that is not near an inspection, and that was not visited in three years."""
    plan, on = times("partnership"), people("partnership")
    visit = plan["challenge"]
    assert on["challenge@1"] == on["challenge@2"] == {"head-ferndown"}
    assert visit["at"] not in {"ferndown", "ashdown", "grange"}
    # Fifteen school days before and after 23 February to 6 March reach from 26 January to 27 March.
    assert visit["at"] != "dale"
    days = [visit["start"].date() + timedelta(days=n) for n in range(1, 60)]
    open_: list[list[date]] = [
        [
            d
            for d in days
            if d.weekday() < 5 and any(a <= d <= b for a, b in terms("partnership", s))
        ]
        for s in (visit["at"], "ferndown")
    ]
    second = open_[0][0]
    written = [day for day in open_[1] if day > second]
    assert plan["feedback"]["start"].date() in written[:10]


def test_moderators_are_held_for_the_authority() -> None:
    """Two of them, on three days each in its time in June."""
    plan = times("partnership")
    for school in ("ashdown", "dale"):
        days = {plan[f"la-{school}-{n}"]["start"].date() for n in (1, 2, 3)}
        assert len(days) == 3
        assert all(date(2026, 6, 8) <= day <= date(2026, 6, 26) for day in days)


# ------------------------------------------------------------------ G: three trusts


def open_days(school: str, after: date, until: date) -> int:
    """School days after one date up to another."""
    halves = terms("three-trusts", school)
    days = [after + timedelta(days=n) for n in range(1, (until - after).days + 1)]
    holidays = {date(2026, 4, 3), date(2026, 4, 6), date(2026, 5, 4), date(2026, 5, 25)}
    return sum(
        d.weekday() < 5 and d not in holidays and any(a <= d <= b for a, b in halves) for d in days
    )


def test_three_meetings_with_nine_reviews_and_their_deadlines() -> None:
    """Shared ten school days before, rated again within ten, a reserve date for each, each trust
    hosts once, and nobody leads the review of their own trust."""
    assert solved("three-trusts").status is ResultStatus.OPTIMAL
    plan, on = times("three-trusts"), people("three-trusts")
    hosts = set()
    for area in ("SI", "GR", "FR"):
        meeting, reserve = plan[f"{area}-meeting"], plan[f"{area}-meeting.reserve"]
        day = meeting["start"].date()
        hosts.add(meeting["at"])
        assert reserve["at"] == meeting["at"]
        assert 5 <= open_days("v1", day, reserve["start"].date()) <= 15
        assert on[f"{area}-meeting/leads-V"] == on[f"{area}-meeting.reserve/leads-V"]
        for trust in "VWX":
            shared = plan[f"{area}-self-{trust}"]["start"].date()
            again = plan[f"{area}-rerate-{trust}"]["start"].date()
            school = f"{trust.lower()}1"
            assert open_days("v1", shared, day) >= 10
            assert 1 <= open_days(school, day, again) <= 10
            (lead,) = on[f"{area}-meeting/leads-{trust}"]
            assert lead.startswith("ceo-")
            assert lead != f"ceo-{trust}"
        assert day.month not in (7, 8, 11, 12)
        assert not date(2026, 5, 11) <= day <= date(2026, 5, 14)
    assert hosts == {"v1", "w1", "x1"}
    assert on["GR-meeting/chair"] == {"chair-V", "chair-W", "chair-X"}
    assert plan["GR-meeting"]["start"].time() >= time(16, 0)


def test_nobody_is_at_two_things_at_once() -> None:
    """Every two activities of one person lie apart."""
    rows = {a["id"]: a for a in document("three-trusts")["problem"]["activities"]}
    diary: dict[str, list[tuple[datetime, datetime]]] = {}
    for duty, some in people("three-trusts").items():
        activity = duty.split("/")[0]
        row = rows[activity.removesuffix(".reserve")]
        start = times("three-trusts")[activity]["start"]
        for person in some:
            end = start + timedelta(minutes=row["minutes"])
            diary.setdefault(person, []).append((start, end))
    for turns in diary.values():
        assert all(a[1] <= b[0] for a, b in pairwise(sorted(turns)))


def test_what_changed_in_the_ratings_is_told_with_its_reason() -> None:
    """Last year's finance questions: one fell, one rose, one stands."""
    request = read_request(document("three-trusts"))
    facts = Facts(request.problem)
    said = {row.question + row.of: row for row in summarise(facts, Plan(facts, [], {})).ratings}
    assert [row.changed for row in said.values()] == [False, True, True]
    assert said["FR-4W"].sentence == (
        "Trust W, FR-4: amber (Tue 6 May 2025, Business manager of trust W) -> red (Tue 20 May "
        "2025, Business manager of trust W: Reserves are below five per cent of income)."
    )
    assert (said["FR-7X"].first, said["FR-7X"].now) == ("red", "amber")


# ------------------------------------------------------------------ H1: the trip


def test_the_trip_is_one_seat_short_and_the_nearest_ways_are_named() -> None:
    """29 and 18 pupils, 2 + 4 adults by the ratios and one to one: 54 people for 53 seats."""
    problem = document("trip")["problem"]
    pupils: Counter[str] = Counter()
    for row in problem["children"]:
        pupils[row["band"]] += row["count"]
    assert pupils == {"Y4": 38, "Y3": 9}
    adults = -(-9 // 6) + -(-38 // 10) + 1
    assert (sum(pupils.values()), adults) == (47, 7)
    result = solved("trip")
    assert result.status is ResultStatus.OPTIMAL
    assert [level.value for level in result.levels] == [0, 1]
    assert any(
        "54 people for 53 seats: 1 seat short" in note
        and "57-seat coach" in note
        and "Fellside minibus as well, for up to 15" in note
        and "1 pupil fewer" in note
        for note in result.notes
    )


def test_both_class_teachers_go_and_both_classes_are_covered() -> None:
    """The HLTA at Oakfield, the assistant head at Fellside, while the trip lasts."""
    on, plan = people("trip"), times("trip")
    out = {p for duty, some in on.items() if duty.startswith("trip/") for p in some}
    assert len(out) == 7
    assert {"T07", "BT2", "TA16"} <= out
    assert on["cover-oak"] == {"HL1"}
    assert on["cover-fel"] == {"BAHT2"}
    assert len({timed["start"] for timed in plan.values()}) == 1


def test_a_larger_coach_leaves_nobody_behind() -> None:
    """With the 57-seat coach to choose from it is chosen."""
    problem = json.loads(json.dumps(document("trip")))
    problem["problem"]["activities"][0]["uses"] = [{"one_of": ["coach-53", "coach-57"]}]
    result = answer(problem)
    assert result.status is ResultStatus.OPTIMAL
    assert result.levels[1].value == 0
    assert result.schedule is not None
    trip = next(t for t in result.schedule.times if t.activity == "trip")
    assert trip.things == ("coach-57",)


def test_no_two_pairs_of_meetings_share_a_day() -> None:
    """The reserve dates do not meet the meetings of another area."""
    plan = times("three-trusts")
    days = [
        plan[f"{a}-meeting{k}"]["start"].date()
        for a in ("SI", "GR", "FR")
        for k in ("", ".reserve")
    ]
    assert all(one != other for one, other in combinations(days, 2))
