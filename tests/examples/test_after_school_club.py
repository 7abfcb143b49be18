"""The after-school club: forty places, who waits for one, and adults by ratio."""

from collections import Counter, defaultdict
from datetime import date, timedelta

import pytest

from models.answer.result import Result, ResultStatus
from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.exchange.render.formats import render
from scheduler.intake.case import Case
from scheduler.intake.parse import read_request
from scheduler.report.answer import best_so_far
from tests.examples.answers import answer, document

MONDAY = date(2026, 1, 12)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")

BOOKED = {"mon": (31, 6), "tue": (33, 8), "wed": (30, 7), "thu": (32, 10), "fri": (29, 6)}
"""Children of Oakfield (31 on average) and of Fellside (6 to 10) who asked for a place."""

PLACES, SEATS = 40, 15


CLUB = document("after-school-club")
"""The example as it is sent."""


@pytest.fixture(scope="module")
def result() -> Result:
    """Its answer."""
    return answer(CLUB)


@pytest.fixture(scope="module")
def rota(result: Result) -> Schedule:
    """The schedule of the answer."""
    assert result.schedule is not None
    return result.schedule


def test_so_many_children_ask_for_a_place() -> None:
    """Opaque ids and no field for a name; those of Fellside fit into the minibus."""
    children = CLUB["problem"]["children"]
    found = Counter((c["weekdays"][0], c["home"]) for c in children)
    for day, (oakfield, fellside) in BOOKED.items():
        assert (found[day, "OAK"], found[day, "FEL"]) == (oakfield, fellside)
        assert fellside <= SEATS
    assert sum(oakfield for oakfield, _ in BOOKED.values()) == 31 * 5
    assert all(c["id"][0] == "B" and c["id"][1:].isdigit() for c in children)
    assert not any("name" in c for c in children)


def test_six_children_wait(result: Result, rota: Schedule) -> None:
    """One of Tuesday's 41 and two of Thursday's 42, for want of places; three of Friday's 35, since
    without CS5 there are adults for ten over eight years, and 24 others."""
    assert result.status is ResultStatus.OPTIMAL
    assert result.report is not None
    assert result.report.broken_musts == 0
    assert [result.report.costs[p] for p in (1, 2, 3)] == [0, 6, 0]
    children = {c["id"]: c for c in CLUB["problem"]["children"]}
    waiting: dict[str, list[str]] = defaultdict(list)
    there: Counter[str] = Counter()
    for chosen in rota.groups:
        day = children[chosen.children]["weekdays"][0]
        if chosen.group == "club":
            there[day] += 1
        else:
            waiting[day].append(chosen.children)
    asked = {day: min(PLACES, sum(booked)) for day, booked in BOOKED.items()}
    assert there == {**asked, "fri": 32}
    assert {day: len(ids) for day, ids in waiting.items()} == {"tue": 1, "thu": 2, "fri": 3}


def test_they_are_the_last_who_booked(rota: Schedule) -> None:
    """Tuesday's last date is one child's; on Thursday's, three booked, and one is a sibling. On
    Friday two under eight years wait, though there are adults for them: they booked later."""
    children = {c["id"]: c for c in CLUB["problem"]["children"]}
    waits = {g.children for g in rota.groups if g.group == "waiting"}
    for day in ("tue", "thu"):
        mine = [c for c in children.values() if c["weekdays"] == [day]]
        latest = max(c["booked"] for c in mine)
        last = {c["id"] for c in mine if c["booked"] == latest}
        siblings = {c["id"] for c in mine if c["id"] in last and "family" in c}
        assert waits & {c["id"] for c in mine} == last - siblings
        assert len(last) == {"tue": 1, "thu": 3}[day]
        assert len(siblings) == {"tue": 0, "thu": 1}[day]
    friday = sorted((c["booked"], c["id"]) for c in children.values() if c["weekdays"] == ["fri"])
    assert waits & {id for _, id in friday} == {id for _, id in friday[-3:]}
    assert [children[id]["band"] for _, id in friday[-3:]] == ["over-8", "to-8", "to-8"]


def test_five_adults_of_the_operator(rota: Schedule) -> None:
    """24 to eight years need three, the others two; a driver and a lead of the schools each day.
    On Friday four are enough: ten over eight years have places."""
    for n, _ in enumerate(WEEKDAYS):
        day = (MONDAY + timedelta(days=n)).isoformat()
        today = Counter(p.duty for p in rota.placements if p.duty.endswith(day))
        assert today == {
            f"club/to-8@{day}": 3,
            f"club/over-8@{day}": 1 if n == 4 else 2,
            f"minibus/driver@{day}": 1,
            f"lead/lead@{day}": 1,
        }
    club = {p.person for p in rota.placements if p.duty.startswith("club/")}
    assert club == {f"CS{n}" for n in range(1, 6)}


def changed(**problem: object) -> Result:
    """The answer of Friday alone, with other facts, and children without a place ranked first."""
    rules = {"fewest_waiting": {"priority": 1}, "cover": {"priority": 2}}
    friday = {"first": "2026-01-16", "last": "2026-01-16"}
    children = [c for c in CLUB["problem"]["children"] if c["weekdays"] == ["fri"]]
    given = {"horizon": friday, "as_of": "2026-01-16", "children": children}
    return answer(
        {
            **CLUB,
            "problem": {**CLUB["problem"], **given, **problem},
            "rules": [{**rule, **rules.get(rule["kind"], {})} for rule in CLUB["rules"]],
        }
    )


def test_a_place_for_everybody_is_one_adult_short() -> None:
    """The same Friday, with the waiting list before the adults."""
    result = changed()
    assert result.report is not None
    assert (result.report.costs[1], result.report.costs[2]) == (0, 1)
    (short,) = [b for f in result.report.findings if f.priority == 2 for b in f.breaches]
    assert short.where[0].startswith("club/")


def test_a_smaller_minibus_leaves_children_waiting() -> None:
    """Four seats, one of them the driver's, for the six of Fellside: three wait, and the last who
    has a place books before all who wait; without a driver nobody of Fellside has one."""
    (minibus,) = CLUB["problem"]["resources"]
    small = changed(resources=[{**minibus, "seats": 4}])
    people = [p for p in CLUB["problem"]["people"] if p["id"] != "BTA4"]
    for result, most in ((small, 3), (changed(people=people), 0)):
        assert result.report is not None
        assert result.report.broken_musts == 0
        assert result.schedule is not None
        children = {c["id"]: c for c in CLUB["problem"]["children"]}
        placed = [g.children for g in result.schedule.groups if g.group == "club"]
        riders = [id for id in placed if children[id]["home"] == "FEL"]
        assert len(riders) == most
        assert len(placed) == [n for n, _ in enumerate(_by_booking()) if _riders(n) <= most][-1]


def _by_booking() -> list[str]:
    friday = [c for c in CLUB["problem"]["children"] if c["weekdays"] == ["fri"]]
    return [c["home"] for c in sorted(friday, key=lambda c: c["booked"])]


def _riders(number: int) -> int:
    """Those of Fellside among the first who booked."""
    return _by_booking()[:number].count("FEL")


def test_the_operator_learns_of_no_child(rota: Schedule) -> None:
    """Neither the rows nor the calendar that it is sent name one."""
    facts = Facts(read_request(CLUB).problem)
    plan = Plan.of(facts, rota)
    result = best_so_far(Case(read_request(CLUB)), rota, (), seconds=0, note="By hand.")
    sent = "".join(render(f, facts, plan, result)[0].decode() for f in ("csv", "ics"))
    assert not [c["id"] for c in CLUB["problem"]["children"] if c["id"] in sent]
