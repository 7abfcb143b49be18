"""The facts of a request, expanded: what runs when, who may come, who meets a need."""

from datetime import date
from typing import Any

import pytest

from models.facts.facts import Facts
from models.problem.calendar import DayKind, School
from models.problem.people import Who
from models.problem.problem import Problem


def facts(**more: Any) -> Facts:
    """Two people and a school in the fortnight of Mon 30 March 2026, with Easter in it."""
    document: dict[str, Any] = {
        "name": "A fortnight",
        "horizon": {"first": "2026-03-30", "last": "2026-04-12"},
        "skills": {"pfa": "paediatric first aid"},
        "roles": {"ta": "Teaching assistant", "cook": "Cook"},
        "schools": [{"id": "S", "name": "School", "nation": "ENG"}],
        "people": [{"id": "ann", "name": "Ann", "home": "S"}],
        "shifts": [shift()],
        **more,
    }
    return Facts(Problem.model_validate(document))


def shift(**more: Any) -> dict[str, Any]:
    """A shift for one person, on every day of term."""
    return {
        "id": "d",
        "name": "Day",
        "school": "S",
        "start": "09:00",
        "end": "15:00",
        "needs": [{"count": 1}],
        **more,
    }


def days(found: Facts) -> list[str]:
    """The dates on which a duty runs, as month-day."""
    return [f"{found.date(duty.day):%m-%d}" for duty in found.duties]


def may(found: Facts, person: str = "ann") -> list[str]:
    """The dates on which somebody may be placed."""
    number = found.person_number[person]
    return [f"{found.date(d.day):%m-%d}" for d in found.duties if found.can(number, d)]


# ------------------------------------------------------------------ calendars


@pytest.mark.parametrize(
    ("nation", "kept"),
    [
        ("ENG", {"01-01", "04-03", "04-06", "08-31"}),
        ("WLS", {"01-01", "04-03", "04-06", "08-31"}),
        ("SCT", {"01-01", "01-02", "04-03", "08-03"}),
        ("NIR", {"01-01", "03-17", "04-03", "04-06", "08-31"}),
        (None, set()),
    ],
)
def test_bank_holidays_are_those_of_the_nation(nation: str | None, kept: set[str]) -> None:
    """Easter Monday is none in Scotland, whose summer one is earlier; of some days of 2026."""
    school = School.model_validate({"id": "S", "name": "School", "nation": nation})
    asked = ["01-01", "01-02", "03-17", "04-03", "04-06", "08-03", "08-31"]
    found = {d for d in asked if school.kind_of(date.fromisoformat(f"2026-{d}")) != DayKind.TERM}
    assert found == kept


def test_a_school_overrides_bank_holidays_and_has_days_of_its_own() -> None:
    """The stricter word wins."""
    school = School.model_validate(
        {
            "id": "S",
            "name": "School",
            "nation": "ENG",
            "terms": [{"first": "2026-04-01", "last": "2026-06-30"}],
            "closed": [{"first": "2026-06-01", "last": "2026-06-02"}],
            "inset": ["2026-06-01", "2026-06-03"],
            "extra_bank_holidays": [{"date": "2026-06-15", "name": "A coronation"}],
            "open_bank_holidays": ["2026-04-06"],
        }
    )
    said = {
        "2026-03-31": DayKind.HOLIDAY,
        "2026-04-03": DayKind.BANK_HOLIDAY,
        "2026-04-04": DayKind.WEEKEND,
        "2026-04-06": DayKind.TERM,
        "2026-06-01": DayKind.CLOSED,
        "2026-06-03": DayKind.INSET,
        "2026-06-15": DayKind.BANK_HOLIDAY,
    }
    assert {day: school.kind_of(date.fromisoformat(day)) for day in said} == said


# ------------------------------------------------------------------ what runs when


def test_a_pattern_leaves_out_bank_holidays_and_weekends() -> None:
    """Good Friday and Easter Monday of 2026 lie in the fortnight."""
    expected = ["03-30", "03-31", "04-01", "04-02", "04-07", "04-08", "04-09", "04-10"]
    assert days(facts()) == expected


def test_weeks_of_a_cycle_count_from_its_start() -> None:
    """Week A of two, and the same counted from the week before."""
    week_a = shift(when={"weekdays": ["tue"], "weeks": {"of": 2, "on": [1]}})
    assert days(facts(shifts=[week_a])) == ["03-31"]
    assert days(facts(shifts=[week_a], cycle_start="2026-03-25")) == ["04-07"]


def test_exceptions_change_a_day_and_dates_add_one() -> None:
    """Cancelled, other times, other needs; and a Saturday outside the pattern."""
    found = facts(
        shifts=[
            shift(
                when={"weekdays": ["wed"]},
                dates=["2026-04-04"],
                exceptions=[
                    {"date": "2026-04-01", "cancelled": True},
                    {"date": "2026-04-08", "start": "10:00", "needs": [{"count": 3}]},
                ],
            )
        ]
    )
    assert days(found) == ["04-04", "04-08"]
    assert [(duty.count, duty.stints[0].minutes) for duty in found.duties] == [(1, 360), (3, 300)]


def test_a_shift_past_midnight_belongs_to_the_date_of_its_start() -> None:
    """With its unpaid break taken off."""
    found = facts(shifts=[shift(start="22:00", end="06:00", unpaid_minutes=30)])
    first = found.duties[0]
    assert (first.day, first.stints[0].minutes) == (0, 450)


# ------------------------------------------------------------------ who may come when


def person(**more: Any) -> dict[str, Any]:
    """Ann, in the list of people."""
    return {"people": [{"id": "ann", "name": "Ann", "home": "S", **more}]}


def test_people_work_by_weekday_session_and_date() -> None:
    """A morning is not a whole day."""
    mornings = [{"weekdays": ["mon", "tue"], "sessions": ["am"]}, {"weekdays": ["wed"]}]
    assert may(facts(**person(works=mornings))) == ["04-01", "04-08"]
    short = shift(end="12:00")
    assert may(facts(**person(works=mornings), shifts=[short])) == [
        "03-30", "03-31", "04-01", "04-07", "04-08",
    ]  # fmt: skip


def test_an_absence_of_one_session_keeps_from_what_touches_it() -> None:
    """Also from what reaches into it."""
    away = [{"first": "2026-03-31", "last": "2026-03-31", "sessions": ["pm"]}]
    assert "03-31" not in may(facts(**person(away=away)))
    assert "03-31" in may(facts(**person(away=away), shifts=[shift(end="12:30")]))


def test_what_is_agreed_opens_days_that_are_not_worked() -> None:
    """A bank holiday and a day outside the pattern; an absence is stronger."""
    monday = [{"first": "2026-04-06", "last": "2026-04-06"}]
    open_monday = shift(dates=["2026-04-06"], when={"weekdays": ["tue"]})
    tuesdays = {"works": [{"weekdays": ["tue"]}]}
    assert may(facts(**person(**tuesdays), shifts=[open_monday])) == ["03-31", "04-07"]
    agreed = person(**tuesdays, agreed_to=monday)
    assert may(facts(**agreed, shifts=[open_monday])) == ["03-31", "04-06", "04-07"]
    both = person(**tuesdays, agreed_to=monday, away=monday)
    assert may(facts(**both, shifts=[open_monday])) == ["03-31", "04-07"]


@pytest.mark.parametrize(("all_year", "comes"), [(False, []), (True, ["03-30", "03-31"])])
def test_holidays_are_worked_by_those_with_a_contract_for_all_the_year(
    all_year: bool, comes: list[str]
) -> None:
    """Until it ends."""
    school = {"id": "S", "name": "S", "terms": [{"first": "2026-05-01", "last": "2026-06-01"}]}
    contract = {"id": "1", "role": "ta", "school": "S", "all_year": all_year, "last": "2026-03-31"}
    found = facts(schools=[school], **person(contracts=[contract]), shifts=[shift(on=["holiday"])])
    assert may(found) == comes


def test_two_contracts_are_one_share() -> None:
    """By percent, or by minutes of a full-time week."""
    contracts = [
        {"id": "1", "role": "ta", "school": "S", "fte_percent": 40},
        {"id": "2", "role": "cook", "school": "S", "minutes_per_week": 555},
    ]
    found = facts(**person(contracts=contracts))
    assert found.staff[0].share == found.employment.share(0, 0) == 65


# ------------------------------------------------------------------ who meets a need


def test_a_certificate_counts_to_its_last_day() -> None:
    """And not after it."""
    ann = person(skills=[{"skill": "pfa", "first": "2026-03-31", "last": "2026-04-07"}])
    found = facts(**ann, shifts=[shift(needs=[{"count": 1, "who": {"skill": "pfa"}}])])
    assert may(found) == ["03-31", "04-01", "04-02", "04-07"]


@pytest.mark.parametrize(
    ("who", "meant"),
    [
        ({"all": [{"skill": "pfa"}, {"tag": "x"}]}, {"ann"}),
        ({"any": [{"skill": "pfa"}, {"tag": "x"}]}, {"ann", "bob", "cat"}),
        ({"none": [{"skill": "pfa"}]}, {"cat"}),
        ({"any": [{"all": [{"tag": "x"}, {"none": [{"skill": "pfa"}]}]}, {"people": ["bob"]}]},
         {"bob", "cat"}),
        ({"skill": "pfa", "tag": "x"}, {"ann"}),
    ],
)  # fmt: skip
def test_choices_are_put_together(who: dict[str, Any], meant: set[str]) -> None:
    """All, any and none, inside each other too."""
    held = [{"skill": "pfa"}]
    people = [
        {"id": "ann", "name": "A", "home": "S", "skills": held, "tags": ["x"]},
        {"id": "bob", "name": "B", "home": "S", "skills": held},
        {"id": "cat", "name": "C", "home": "S", "tags": ["x"]},
    ]
    found = facts(people=people).everyone(Who.model_validate(who))
    assert {one.id for one in found} == meant


def test_ratios_turn_children_into_adults_by_date() -> None:
    """The row in force counts, and a part of a group needs a whole adult."""
    ratios = [
        {"id": "r", "bands": ["rec"], "children_per_adult": n, "source": "A law", **dates}
        for n, dates in ((8, {"last": "2026-03-30"}), (4, {"first": "2026-03-31"}))
    ]
    children = [
        {
            "band": "rec",
            "count": 9,
            "at": "S",
            "dates": {"first": "2026-03-30", "last": "2026-04-12"},
            "weekdays": ["mon", "tue"],
        }
    ]
    found = facts(ratios=ratios, children=children, shifts=[shift(needs=[{"ratio": "r"}])])
    assert {f"{found.date(d.day):%m-%d}": d.count for d in found.duties[:3]} == {
        "03-30": 2,
        "03-31": 3,
        "04-01": 0,
    }
