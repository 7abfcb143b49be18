"""Shared time, solved: weekdays that stay the same, shares with a memory, a child's next adult."""

from typing import Any

from models.answer.report import Finding
from models.answer.result import Result, ResultStatus
from scheduler.engine import schedule
from scheduler.intake.parse import read_request

SCHOOLS = [{"id": "OAK", "name": "Oakfield"}, {"id": "FEL", "name": "Fellside"}]


def solved(people: Any, shifts: Any, rules: Any, *, last: str, **facts: Any) -> Result:
    """The answer to a small request that begins on Monday 5 January 2026."""
    problem = {
        "name": "Shared time",
        "horizon": {"first": "2026-01-05", "last": last},
        "schools": SCHOOLS,
        "people": people,
        "shifts": shifts,
        **facts,
    }
    return schedule(read_request({"problem": problem, "rules": rules, "limits": {"seconds": 200}}))


def finding(result: Result, kind: str) -> Finding:
    """What the report says of a rule."""
    assert result.status is ResultStatus.OPTIMAL
    assert result.report is not None
    (found,) = [f for f in result.report.findings if f.kind == kind]
    return found


def visit(school: str) -> dict[str, Any]:
    """A day of the family worker at a school, if she comes."""
    return {
        "id": f"at-{school}",
        "name": f"Family worker at {school}",
        "school": school,
        "start": "08:30",
        "end": "15:30",
        "needs": [{"count": 0, "most": 1}],
    }


def a_day_a_week(**rule: Any) -> list[dict[str, Any]]:
    """One day a week at Fellside, on a weekday that stays the same if it can."""
    there = {"schools": ["FEL"]}
    once = {
        "kind": "workload",
        "measure": "days",
        "duties": there,
        "period": "week",
        "least": 1,
        "most": 1,
    }
    return [once, {"kind": "same_weekdays", "duties": there, "priority": 1, **rule}]


def test_the_weekday_is_chosen_such_that_absences_disturb_it_least() -> None:
    """Away on two Mondays, a Tuesday, a Wednesday and a Friday: Thursday is kept four weeks."""
    worker = {
        "id": "fw",
        "name": "Flo",
        "home": "OAK",
        "away": [
            {"first": day, "last": day}
            for day in ("2026-01-05", "2026-01-12", "2026-01-13", "2026-01-21", "2026-01-30")
        ],
    }
    result = solved([worker], [visit("FEL")], a_day_a_week(), last="2026-02-01")
    assert finding(result, "same_weekdays").kept
    assert result.schedule is not None
    assert [p.duty for p in result.schedule.placements] == [
        f"at-FEL@2026-01-{day:02}" for day in (8, 15, 22, 29)
    ]


def test_dated_exceptions_are_as_few_as_can_be_and_listed() -> None:
    """Never free on one weekday in all four weeks: one exception to each of two weekdays."""
    days = ("05", "13", "21", "29", "16")  # one of each weekday
    worker = {
        "id": "fw",
        "name": "Flo",
        "home": "OAK",
        "works": [{"weekdays": ["mon", "tue"]}],
        "away": [{"first": f"2026-01-{d}", "last": f"2026-01-{d}"} for d in days],
    }
    result = solved([worker], [visit("FEL")], a_day_a_week(), last="2026-02-01")
    said = finding(result, "same_weekdays")
    assert said.amount == 1
    assert [b.sentence for b in said.breaches] in (
        ["Flo does not work on Tuesdays, except Tue 6 Jan."],
        ["Flo does not work on Mondays, except Mon 12 Jan."],
    )


def test_week_about_needs_no_exception() -> None:
    """A fortnight's pattern may be one thing in week A and another in week B."""
    worker = {
        "id": "fw",
        "name": "Flo",
        "home": "OAK",
        "works": [
            {"weekdays": ["mon"], "weeks": {"of": 2, "on": [1]}},
            {"weekdays": ["thu"], "weeks": {"of": 2, "on": [2]}},
        ],
    }
    result = solved([worker], [visit("FEL")], a_day_a_week(weeks=2), last="2026-02-01")
    assert finding(result, "same_weekdays").kept


def test_a_school_that_had_too_little_is_given_more() -> None:
    """Ten days of seven hours, shared evenly; Fellside is owed two from last term: six to four."""
    worker = {"id": "fw", "name": "Flo", "home": "OAK"}
    day = 7 * 60
    rules = [
        {"kind": "workload", "measure": "days", "least": 10},
        {
            "kind": "fair_between_schools",
            "schools": [
                {"school": "OAK", "share": 1},
                {"school": "FEL", "share": 1, "carried": -2 * day},
            ],
        },
    ]
    result = solved([worker], [visit("OAK"), visit("FEL")], rules, last="2026-01-18")
    assert finding(result, "fair_between_schools").kept
    assert result.schedule is not None
    at = [p.duty.partition("@")[0] for p in result.schedule.placements]
    assert (at.count("at-OAK"), at.count("at-FEL")) == (4, 6)


def test_the_next_adult_takes_over_and_nobody_else() -> None:
    """Ann is away on Tuesday: Bob, whom the child knows, leaves his class; Cat takes the class."""
    people = [
        {"id": "ann", "name": "Ann", "home": "OAK", "away": [{"weekdays": ["tue"]}]},
        {"id": "bob", "name": "Bob", "home": "FEL"},
        {"id": "cat", "name": "Cat", "home": "FEL"},
    ]

    def shift(id: str) -> dict[str, Any]:
        times = {"start": "08:45", "end": "15:15"}
        return {"id": id, "name": id, "school": "FEL", "needs": [{"count": 1}], **times}

    with_k3 = {"child": "K3", "duties": {"shifts": ["K3"]}, "adults": ["ann", "bob"]}
    rules = [
        {"kind": "cover", "priority": 1},
        {"kind": "familiar_adults", **with_k3},
        {"kind": "familiar_adults", **with_k3, "within": 1, "priority": 2},
        {"kind": "reserved_for", "people": {"people": ["ann"]}, "duties": {"shifts": ["K3"]}},
    ]
    child = {
        "id": "K3",
        "band": "ks2",
        "count": 1,
        "at": "FEL",
        "dates": {"first": "2026-01-05", "last": "2026-01-09"},
    }
    shifts = [shift("K3"), shift("class")]
    result = solved(people, shifts, rules, last="2026-01-07", children=[child])
    assert result.report is not None
    assert result.report.costs == {1: 0, 2: 1}
    assert result.schedule is not None
    on = {p.duty: p.person for p in result.schedule.placements}
    assert [on[f"K3@2026-01-{d:02}"] for d in (5, 6, 7)] == ["ann", "bob", "ann"]
    assert on["class@2026-01-06"] == "cat"


def test_a_secondee_stays_at_the_host_until_an_early_end() -> None:
    """Seconded in full until Tuesday: Oakfield has them back on Wednesday, and not before."""
    contract = {"id": "c", "role": "ta", "school": "OAK"}
    person = {"id": "ann", "name": "Ann", "home": "OAK", "contracts": [contract]}
    secondment = {
        "id": "s",
        "person": "ann",
        "contract": "c",
        "host": "FEL",
        "first": "2025-09-01",
        "last": "2026-08-31",
        "ended": "2026-01-06",
    }

    def shift(school: str) -> dict[str, Any]:
        times = {"start": "09:00", "end": "12:00"}
        return {"id": school, "name": school, "school": school, "needs": [{"count": 1}], **times}

    result = solved(
        [person],
        [shift("OAK"), shift("FEL")],
        [{"kind": "cover", "duties": {"schools": ["OAK"]}}],
        last="2026-01-08",
        roles={"ta": "Teaching assistant"},
        secondments=[secondment],
    )
    assert result.schedule is not None
    oakfield = [p.duty for p in result.schedule.placements if p.duty.startswith("OAK")]
    assert oakfield == ["OAK@2026-01-07", "OAK@2026-01-08"]
    assert result.report is not None
    assert result.report.costs == {1: 2}
