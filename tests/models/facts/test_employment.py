"""Who is employed where on a day: by contract, by secondment, day by day."""

from typing import Any

import pytest

from models.facts.facts import Facts
from models.problem.problem import Problem

MON, TUE, WED, THU, FRI = range(5)
NEXT_MON = 7

OAK = {"id": "oak", "name": "Oak"}
ELM = {"id": "elm", "name": "Elm"}
HALF_TERM = [
    {"first": "2026-07-01", "last": "2026-07-07"},
    {"first": "2026-07-09", "last": "2026-07-31"},
]


def facts(
    *contracts: dict[str, Any],
    schools: tuple[dict[str, Any], ...] = (OAK, ELM),
    **problem: Any,
) -> Facts:
    """Ann of Oak in the fortnight of Mon 6 July 2026, with a duty at each school each weekday."""
    person = problem.pop("person", {})
    held = [{"id": f"c{n}", "role": "ta", "school": "oak", **c} for n, c in enumerate(contracts)]
    document = {
        "name": "Fortnight",
        "horizon": {"first": "2026-07-06", "last": "2026-07-19"},
        "roles": {"ta": "TA"},
        "schools": list(schools),
        "people": [{"id": "ann", "name": "Ann", "home": "oak", "contracts": held, **person}],
        "shifts": [
            {
                "id": school,
                "name": school,
                "school": school,
                "start": "09:00",
                "end": "15:00",
                "on": ["term", "inset", "holiday", "bank_holiday", "closed"],
                "needs": [{"count": 1}],
            }
            for school in ("oak", "elm")
        ],
        **problem,
    }
    return Facts(Problem.model_validate(document))


def comes(found: Facts, school: str) -> list[int]:
    """The days of the first week on which Ann can be on the duty of a school."""
    return [
        duty.day
        for duty in found.duties
        if duty.shift == school and duty.day < NEXT_MON and found.can(0, duty)
    ]


def test_the_place_of_work_decides_which_calendar_counts() -> None:
    """Oak, her home, is closed on Wednesday, and so is her post there, but not the one at Elm."""
    closed = {**OAK, "closed": [{"first": "2026-07-08", "last": "2026-07-08"}]}
    found = facts({}, {"school": "elm"}, schools=(closed, ELM))
    assert comes(found, "oak") == [MON, TUE, THU, FRI]
    assert comes(found, "elm") == [MON, TUE, WED, THU, FRI]


def test_without_a_post_at_the_place_of_work_the_own_schools_decide() -> None:
    """Somebody lent to Elm comes on the days on which Oak, where the post is, is open."""
    closed = {**OAK, "closed": [{"first": "2026-07-08", "last": "2026-07-08"}]}
    assert comes(facts({}, schools=(closed, ELM)), "elm") == [MON, TUE, THU, FRI]
    assert comes(facts(schools=(closed, ELM)), "elm") == [MON, TUE, THU, FRI]


def test_a_term_time_post_rests_in_its_own_half_term_only() -> None:
    """Elm has a day off in the middle of the week, Oak has none."""
    elm = {**ELM, "terms": HALF_TERM}
    found = facts({}, {"school": "elm"}, schools=(OAK, elm))
    assert comes(found, "elm") == [MON, TUE, THU, FRI]
    assert comes(found, "oak") == [MON, TUE, WED, THU, FRI]
    all_year = facts({}, {"school": "elm", "all_year": True}, schools=(OAK, elm))
    assert comes(all_year, "elm") == [MON, TUE, WED, THU, FRI]


def test_a_secondment_is_a_post_at_its_host() -> None:
    """While Oak is closed she works at Elm, to which she is seconded until Wednesday."""
    closed = {**OAK, "closed": [{"first": "2026-07-06", "last": "2026-07-10"}]}
    seconded = {
        "id": "s",
        "person": "ann",
        "contract": "c0",
        "host": "elm",
        "first": "2026-07-01",
        "last": "2026-07-08",
    }
    found = facts({}, schools=(closed, ELM), secondments=[seconded])
    assert comes(found, "elm") == [MON, TUE, WED]
    assert found.employment.schools(0, WED) == (0, 1)
    assert found.employment.schools(0, THU) == (0,)


def test_shares_follow_the_contracts_in_force() -> None:
    """One that ended counts no more, one that is renewed counts once, one that begins in part."""
    ended = facts({"last": "2026-03-31"}, {"fte_percent": 50, "first": "2026-04-01"})
    renewed = facts(
        {"fte_percent": 50, "last": "2026-07-10"}, {"fte_percent": 50, "first": "2026-07-11"}
    )
    begun = facts({"fte_percent": 50, "first": "2026-07-13"})
    assert [f.staff[0].share for f in (ended, renewed, begun)] == [50, 50, 25]
    assert facts().staff[0].share == 100


@pytest.mark.parametrize(
    ("contracts", "asked"),
    [
        (({"minutes_per_week": 1000},), 1000),
        (({"minutes_per_week": 600}, {"minutes_per_week": 400, "school": "elm"}), 1000),
        (({"minutes_per_week": 1000, "first": "2026-07-07"},), 800),
        (
            (
                {"minutes_per_week": 1000, "last": "2026-07-06"},
                {"minutes_per_week": 500, "first": "2026-07-07"},
            ),
            600,
        ),
        (({"minutes_per_week": 1000, "last": "2026-07-05"},), None),
        (({"fte_percent": 50},), None),
    ],
)
def test_weekly_minutes_are_pro_rata_by_working_days(
    contracts: tuple[dict[str, Any], ...], asked: int | None
) -> None:
    """A fifth for each day from Monday to Friday on which a contract is in force."""
    week = range(7)
    assert facts(*contracts).employment.contracted(0, week, lambda day: True) == asked


def test_the_pattern_says_what_a_working_day_is() -> None:
    """Who works two days a week has half of the minutes on each."""
    pattern = {"works": [{"weekdays": ["mon", "tue"]}]}
    found = facts({"minutes_per_week": 1000, "last": "2026-07-06"}, person=pattern)
    assert found.employment.contracted(0, range(7), lambda day: True) == 500


@pytest.mark.parametrize(
    ("first", "last", "past", "whole"),
    [
        ("2026-07-06", "2026-07-10", None, [True]),
        ("2026-07-08", "2026-07-10", None, [False]),
        ("2026-07-08", "2026-07-10", "2026-07-06", [True]),
        ("2026-07-08", "2026-07-10", "2026-07-07", [False]),
        ("2026-07-06", "2026-07-15", None, [True, False]),
    ],
)
def test_a_week_is_whole_from_monday_to_friday(
    first: str, last: str, past: str | None, whole: list[bool]
) -> None:
    """With what is known of the days before the horizon."""
    found = facts(horizon={"first": first, "last": last}, history_from=past)
    assert [week.whole for week in found.calendar_weeks] == whole
    assert [found.why_unjudged(week) is None for week in found.calendar_weeks] == whole


def test_a_week_in_which_somebody_could_not_work_is_not_judged() -> None:
    """It is a week of leave, and the reason is said without giving hers."""
    away = {"away": [{"first": "2026-07-13", "last": "2026-07-17"}]}
    found = facts({}, person=away)
    here, gone = found.calendar_weeks
    assert found.why_unjudged(here, 0) is None
    assert found.why_unjudged(gone, 0) == "Ann could not work in the week of Mon 13 Jul"
    assert found.why_unjudged(gone) is None
