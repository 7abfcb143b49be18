"""The examples: figures worked out from the scenario's own words, and what a solved hub keeps.

Everything here reads plain JSON; neither the facts' index nor a rule's checker is asked.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest

from models.answer.result import Result, ResultStatus
from models.answer.schedule import Schedule
from scheduler.intake.parse import read_request
from scheduler.intake.request import RotaRequest
from tests.examples.answers import answer, document

NAMES = ("tiny", "easter-hub", "summer-hub")
PLACES = 10

EASTER_DAYS = [date(2020, 4, n) for n in (6, 7, 8, 9, 14, 15, 16, 17)]
SUMMER_DAYS = [
    date(2020, 4, 20) + timedelta(days=7 * week + day)
    for week in range(5)
    for day in range(5)
    if (week, day) != (2, 4)  # Friday 8 May: the bank holiday that was moved from Monday.
]
EVERY_DAY = {"lead": 1, "support": 1, "leader": 1, "clean": 2, "site": 1}
EASTER_ADULT_DAYS = {"lead": 16, "support": 16, "1:1": 12, "leader": 8, "clean": 16, "site": 8}
SUMMER_ADULT_DAYS = {
    "lead": 72,
    "support": 72,
    "1:1": 72,
    "leader": 24,
    "office": 24,
    "kitchen": 48,
    "clean": 48,
    "site": 24,
}

WEEKS = {
    date(2020, 4, 6): (3, 4, 4, 3, 3),
    date(2020, 4, 13): (3, 5, 4, 4, 3),
    date(2020, 4, 20): (4, 6, 6, 4, 4),
    date(2020, 4, 27): (4, 7, 6, 5, 4),
    date(2020, 5, 4): (4, 8, 7, 5, 5),
    date(2020, 5, 11): (5, 9, 8, 6, 6),
    date(2020, 5, 18): (5, 10, 8, 7, 6),
}
"""Monday to Reception, KS1, Y3-4, Y5-6, and how many of all these are Fellside's."""


def ids(words: str) -> set[str]:
    """Ids as the scenario lists them."""
    return set(words.split())


AWAY = ids("T03 T06 T09 SEN BT2 TA05 TA08 TA11 BTA4 CK3 MD2 MD4 OF3 CL2 J1b")
LEADS = ids("T01 T02 T04 T05 T07 T08 T10 J1a J2a J2b TP HL1 HL2 BT1 BT3")
SUPPORTS = ids("TA01 TA03 TA04 TA06 TA09 TA10 TA12 TA13 EY1 EY2 BTA1 BTA2")
LEADERS = ids("EHT DHT AHT1 AHT2 BAHT1 BAHT2")
ONE_TO_ONE = {"K1": {"TA14", "TA02"}, "K2": {"TA15", "TA07"}, "K3": {"TA16", "BTA3"}}
DSL = ids("EHT DHT AHT1 FW BAHT1 BAHT2")
PFA = ids("T01 T02 EY1 EY2 TA01 TA03 TA09 BT1 BTA1 BTA2")
FAW = ids("SITE OF1 TA06 BTA3")
FELLSIDE = ids("BAHT1 BAHT2 BT1 BT3 BTA1 BTA2 BTA3")
VOLUNTEERS = ids(
    "EHT DHT AHT2 BAHT1 T02 T04 T07 T10 HL1 BT1 TA01 TA02 TA04 TA09 TA13 TA14 TA16 EY1 BTA1 BTA3 FW"
)
KEYS = ids("SITE SBM OF1")
WORKDAYS = {
    "J1a": "012",
    "J2a": "01",
    "J2b": "34",
    "TP": "0123",
    "BT3": "0123",
    "TA12": "01",
    "TA13": "012",
    "BAHT1": "012",
    "BAHT2": "234",
}
"""Weekdays, from 0 on Monday, of those who do not come all week; half-days are no use to it."""


@pytest.fixture(scope="module")
def easter() -> Result:
    """The Easter hub, solved."""
    return answer(document("easter-hub"))


@pytest.fixture(scope="module")
def summer() -> Result:
    """The summer hub with every place filled; what more there is to wish takes its time."""
    return answer(document("summer-hub"), {1: 0})


@pytest.fixture(scope="module", params=["easter", "summer"])
def hub(request: pytest.FixtureRequest) -> tuple[str, Schedule]:
    """Each hub and its schedule."""
    result: Result = request.getfixturevalue(request.param)
    assert result.schedule is not None
    return request.param, result.schedule


class Grid:
    """A schedule as a head reads it: (date, shift, role, person), and nothing more."""

    def __init__(self, found: Schedule) -> None:
        self.rows: list[tuple[date, str, str, str]] = []
        for placement in found.placements:
            duty, _, day = placement.duty.partition("@")
            shift, _, need = duty.partition("/")
            self.rows.append((date.fromisoformat(day), shift, need or shift, placement.person))
        self.rows.sort()

    def on_site(self) -> dict[date, set[str]]:
        """Who is in while the children are, cleaners not included."""
        found: dict[date, set[str]] = defaultdict(set)
        for day, shift, _, person in self.rows:
            if shift != "clean":
                found[day].add(person)
        return found

    def pods(self) -> Iterator[tuple[date, str, str, str]]:
        """(date, pod, role, person)."""
        return ((d, s, r, p) for d, s, r, p in self.rows if s.startswith("pod"))

    def adult_days(self) -> Counter[str]:
        """How often each kind of work is done."""
        names = {"cook": "kitchen", "assistant": "kitchen", "K1": "1:1", "K2": "1:1", "K3": "1:1"}
        return Counter(names.get(r, r) for _, s, r, _ in self.rows if s != "safe")


def monday(day: date) -> date:
    """The Monday of a date's week."""
    return day - timedelta(days=day.weekday())


@pytest.mark.parametrize("name", NAMES)
def test_an_example_can_be_sent_today(name: str) -> None:
    """It is read without a fault, and comes back the same from JSON."""
    request = read_request(document(name))
    assert RotaRequest.model_validate_json(request.model_dump_json()) == request
    assert read_request(request.model_dump(mode="json")) == request


@pytest.mark.parametrize("name", NAMES[1:])
def test_the_hub_has_everybody(name: str) -> None:
    """60 people of Oakfield and 12 of Fellside, with 73 contracts, skills as the scenario has."""
    people = document(name)["problem"]["people"]
    assert Counter(p["home"] for p in people) == {"OAK": 60, "FEL": 12}
    assert sum(len(p["contracts"]) for p in people) == 73
    assert len({c["id"] for p in people for c in p["contracts"]}) == 73
    holders: dict[str, set[str]] = defaultdict(set)
    for person in people:
        for held in person.get("skills", ()):
            holders[held["skill"]].add(person["id"])
    assert holders["dsl"] - {"SEN"} == DSL
    assert holders["pfa"] == PFA
    assert holders["faw"] == FAW
    assert holders["key"] == KEYS


@pytest.mark.parametrize("name", NAMES[1:])
def test_only_dates_are_kept_of_those_who_cannot_come(name: str) -> None:
    """The fifteen are away for the whole horizon; nobody's absence says more than dates."""
    problem = document(name)["problem"]
    away = {p["id"]: p["away"] for p in problem["people"] if "away" in p}
    assert {who for who, windows in away.items() if problem["horizon"] in windows} == AWAY
    assert all(set(window) == {"first", "last"} for windows in away.values() for window in windows)
    others = set(away) - AWAY
    assert others == ({"SITE"} if name == "easter-hub" else set())


def test_only_volunteers_have_agreed_to_the_holiday() -> None:
    """B3's list, word by word; cleaners are contracted, so they agreed without volunteering."""
    people = document("easter-hub")["problem"]["people"]
    assert {p["id"] for p in people if "volunteer" in p.get("tags", ())} == VOLUNTEERS
    assert {p["id"] for p in people if "agreed_to" in p} == VOLUNTEERS | {"CL1", "CL3"}


@pytest.mark.parametrize(
    ("name", "days"), [("easter-hub", EASTER_DAYS), ("summer-hub", SUMMER_DAYS)]
)
def test_children_are_expected_as_the_table_says(name: str, days: list[date]) -> None:
    """By band, and Fellside's among them, on each day of each week."""
    children = document(name)["problem"]["children"]
    for day in days:
        here = [c for c in children if c["dates"]["first"] <= day.isoformat() <= c["dates"]["last"]]
        bands: Counter[str] = Counter()
        for unit in here:
            bands[unit["band"]] += unit["count"]
        fellside = sum(c["count"] for c in here if c["home"] == "FEL")
        expected = (bands["rec"], bands["ks1"], bands["y3-4"], bands["y5-6"], fellside)
        assert expected == WEEKS[monday(day)], day


def test_children_are_opaque() -> None:
    """B12: an id of a letter and digits, and no field that could hold a name."""
    for unit in document("summer-hub")["problem"]["children"]:
        assert unit["id"][0] in "CK"
        assert unit["id"][1:].isdigit()
        assert "name" not in unit


def test_easter_is_proved(easter: Result) -> None:
    """No place is unfilled, no volunteer needs a fourth day, and no day on site is wasted.

    K1's and K3's adults share six days each, so somebody comes three times; the adult-days of the
    table are 76, and nobody can do two of its duties on one day.
    """
    assert easter.status == ResultStatus.OPTIMAL
    assert easter.report is not None
    assert easter.report.broken_musts == 0
    assert [easter.report.costs[p] for p in (1, 2, 3, 4)] == [0, 0, 3, 76]
    assert all(level.proved for level in easter.levels)


def test_summer_is_filled(summer: Result) -> None:
    """Every place is filled, no must is broken, and no bound is above its value.

    The table's adult-days are 384, so there are no fewer days on site.
    """
    assert summer.status in (ResultStatus.OPTIMAL, ResultStatus.FEASIBLE)
    assert summer.report is not None
    assert summer.report.broken_musts == 0
    assert summer.report.costs[1] == 0
    assert summer.report.costs[4] >= 384
    assert all(level.bound <= level.value for level in summer.levels)


def test_every_need_of_the_table_is_met(hub: tuple[str, Schedule]) -> None:
    """The number of adult-days of each kind, on these days and no others, and of each day."""
    name, found = hub
    days, adult_days = (
        (EASTER_DAYS, EASTER_ADULT_DAYS) if name == "easter" else (SUMMER_DAYS, SUMMER_ADULT_DAYS)
    )
    grid = Grid(found)
    assert sorted({day for day, *_ in grid.rows}) == days
    assert grid.adult_days() == adult_days
    pods = 2 if name == "easter" else 3
    for day in days:
        today = Counter(role for when, _, role, _ in grid.rows if when == day)
        for role, count in EVERY_DAY.items():
            assert today[role] == count * (pods if role in ("lead", "support") else 1), (day, role)


def test_each_place_is_filled_from_its_pool(hub: tuple[str, Schedule]) -> None:
    """B1: pools, weekdays and absences; everybody has one duty at a time."""
    name, found = hub
    pools = {"lead": LEADS, "support": SUPPORTS, "leader": LEADERS, "site": KEYS, **ONE_TO_ONE}
    pools |= {"clean": {"CL1", "CL3", "CL4", "BMC"}, "office": {"OF1", "OF2", "BOF"}}
    pools |= {"cook": {"CK1", "BCK"}, "assistant": {"CK1", "CK2", "CK4", "BCK"}, "safe": {"FW"}}
    grid = Grid(found)
    for day, _, role, person in grid.rows:
        assert person in pools[role], (day, role, person)
        assert str(day.weekday()) in WORKDAYS.get(person, "01234"), (day, person)
        assert person not in AWAY
        if name == "easter":
            assert person in VOLUNTEERS | KEYS | {"CL1", "CL3"}
            assert person != "SITE" or day.day not in (14, 15)
    twice = Counter((day, person) for day, _, _, person in grid.rows)
    assert set(twice.values()) == {1}


def test_who_must_be_there_is_there(hub: tuple[str, Schedule]) -> None:
    """A safeguarding lead, both kinds of first-aider and somebody of Fellside, every day (B2);
    a paediatric first-aider among the two adults of the Reception children's pod (B9)."""
    _, found = hub
    grid = Grid(found)
    for day, people in grid.on_site().items():
        for wanted in (DSL, PFA, FAW, FELLSIDE):
            assert people & wanted, day
        assert {p for d, pod, _, p in grid.pods() if (d, pod) == (day, "pod1")} & PFA, day


def test_pods_keep_their_adults(hub: tuple[str, Schedule]) -> None:
    """B11: one pod per person per week, at most two faces per role, pod and week."""
    _, found = hub
    pods: dict[tuple[date, str], set[str]] = defaultdict(set)
    faces: dict[tuple[date, str, str], set[str]] = defaultdict(set)
    for day, pod, role, person in Grid(found).pods():
        pods[monday(day), person].add(pod)
        faces[monday(day), pod, role].add(person)
    assert {len(of) for of in pods.values()} == {1}
    assert max(len(of) for of in faces.values()) <= 2


def test_cleaners_are_not_pod_adults(hub: tuple[str, Schedule]) -> None:
    """B10: two at the end of each day, other people than those of the pods."""
    _, found = hub
    grid = Grid(found)
    for day in {day for day, *_ in grid.rows}:
        cleaners = {p for d, s, _, p in grid.rows if (d, s) == (day, "clean")}
        assert len(cleaners) == 2
        assert cleaners.isdisjoint(p for d, _, _, p in grid.pods() if d == day)


def test_volunteers_come_three_times_at_most(easter: Result) -> None:
    """B3, counted by hand."""
    assert easter.schedule is not None
    days = Counter(person for _, _, _, person in Grid(easter.schedule).rows)
    assert max(days[person] for person in VOLUNTEERS) == 3


def test_two_clear_weeks_off(summer: Result) -> None:
    """B4: the weeks of a lead or support are three apart; a child's two adults take turns."""
    assert summer.schedule is not None
    weeks: dict[str, set[int]] = defaultdict(set)
    for day, _, _, person in Grid(summer.schedule).rows:
        weeks[person].add((day - SUMMER_DAYS[0]).days // 7)
    for person in LEADS | SUPPORTS:
        assert all(b - a >= 3 for a in weeks[person] for b in weeks[person] if b > a), person
    for pair in ONE_TO_ONE.values():
        assert sorted(week for person in pair for week in weeks[person]) == [0, 1, 2, 3, 4]
        assert all(week + 1 not in weeks[person] for person in pair for week in weeks[person])


def test_children_have_places(summer: Result) -> None:
    """B9: each child in one pod, Reception in the first, and no more than ten in any on any day."""
    assert summer.schedule is not None
    children = {c["id"]: c for c in document("summer-hub")["problem"]["children"]}
    group = {g.children: g.group for g in summer.schedule.groups}
    assert len(summer.schedule.groups) == len(group) == len(children)
    assert {group[c] for c, unit in children.items() if unit["band"] == "rec"} == {"pod1"}
    for day in SUMMER_DAYS:
        here = Counter(
            group[c]
            for c, unit in children.items()
            if unit["dates"]["first"] <= day.isoformat() <= unit["dates"]["last"]
        )
        assert sum(here.values()) == sum(WEEKS[monday(day)][:4])
        assert max(here.values()) <= PLACES, day


def test_wishes_are_counted_right(summer: Result) -> None:
    """B6 and B7: the worst-off support and lead, days on site, families apart, counted by hand."""
    assert summer.schedule is not None
    assert summer.report is not None
    grid = Grid(summer.schedule)
    days = Counter(person for _, _, _, person in grid.pods())
    assert summer.report.costs[2] == max(days[person] for person in SUPPORTS)
    assert summer.report.costs[3] == max(days[person] for person in LEADS)
    assert summer.report.costs[4] == len({(day, person) for day, _, _, person in grid.rows})
    group = {g.children: g.group for g in summer.schedule.groups}
    families: dict[str, set[str]] = defaultdict(set)
    for unit in document("summer-hub")["problem"]["children"]:
        if "family" in unit:
            families[unit["family"]].add(group[unit["id"]])
    apart = sum(len(groups) - 1 for groups in families.values())
    siblings = [f for f in summer.report.findings if f.kind == "siblings_together"]
    assert [f.amount for f in siblings] == [apart]


def test_others_share_their_days_out_too(summer: Result) -> None:
    """B5 for leaders, cleaners, the office and the kitchen: how far each is from their part of the
    days by contract, and how many days they do beyond that, rounded up, and one; by hand."""
    assert summer.schedule is not None
    assert summer.report is not None
    days: dict[str, Counter[str]] = defaultdict(Counter)
    for _, shift, _, person in Grid(summer.schedule).rows:
        days[shift][person] += 1
    kitchen = {"CK1": 30, "BCK": 20, "CK2": 15, "CK4": 15}
    shares = {
        "leader": {"EHT": 100, "DHT": 100, "AHT1": 100, "AHT2": 100, "BAHT1": 60, "BAHT2": 60},
        "kitchen": {person: round(100 * hours / 37) for person, hours in kitchen.items()},
    }
    for shift, share in shares.items():
        assert set(days[shift]) <= set(share)
        whole, total = sum(share.values()), sum(days[shift].values())
        apart = beyond = 0
        for person, part in share.items():
            fair = Fraction(total * part, whole)
            apart += math.floor(100 * abs(days[shift][person] - fair))
            beyond += max(0, days[shift][person] - math.ceil(fair) - 1)
        rules = {r["says"]: r["kind"] for r in document("summer-hub")["rules"] if _is_of(r, shift)}
        found = [f for f in summer.report.findings if f.sentence in rules]
        said = {rules[f.sentence]: f.amount for f in found}
        assert said == {"fair_share": apart, "fair_share_cap": beyond}


def _is_of(rule: dict[str, Any], shift: str) -> bool:
    return bool(rule["kind"].startswith("fair_share") and rule["duties"] == {"shifts": [shift]})


def test_the_handover_is_on_the_day_both_work() -> None:
    """Ann ends her week on the Wednesday on which Cat begins hers."""
    result = answer(document("tiny"))
    assert result.status == ResultStatus.OPTIMAL
    assert result.schedule is not None
    assert result.report is not None
    assert [result.report.costs[p] for p in (1, 2, 3)] == [0, 3, 13]
    (handover,) = result.schedule.times
    assert handover.start.date() == date(2026, 1, 7)
    assert {p.person for p in result.schedule.placements if p.duty == "handover"} == {"ann", "cat"}


def test_a_schedule_comes_back_the_same(hub: tuple[str, Schedule]) -> None:
    """Through JSON and back, groups included."""
    _, found = hub
    assert Schedule.model_validate_json(found.model_dump_json()) == found
