"""Dates chosen by school calendars, and what there is of a resource at a moment."""

from datetime import date, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from pydantic import ValidationError

from models.facts.facts import Facts
from models.problem.dates import Dates
from models.problem.problem import Problem

SCHOOLS = [
    {
        "id": "oak",
        "name": "Oak",
        "terms": [
            {"first": "2026-01-05", "last": "2026-02-13"},
            {"first": "2026-02-23", "last": "2026-03-27"},
        ],
        "inset": ["2026-01-05"],
    },
    {"id": "fell", "name": "Fell", "terms": [{"first": "2026-01-07", "last": "2026-03-27"}]},
]


def days(dates: dict[str, Any] | None, **more: Any) -> list[date]:
    """The dates on which an activity of an hour may be."""
    activity = {
        "id": "a",
        "name": "A",
        "school": "oak",
        "minutes": 60,
        "step": 60,
        "windows": [{"start": "09:00", "end": "10:00"}],
        "dates": dates,
        **more,
    }
    problem = Problem.model_validate(
        {
            "name": "Dates",
            "horizon": {"first": "2026-01-01", "last": "2026-03-31"},
            "schools": SCHOOLS,
            "people": [],
            "periods": {"sats": [{"first": "2026-03-02", "last": "2026-03-05"}]},
            "activities": [activity],
        }
    )
    facts = Facts(problem)
    return [facts.date(day) for occasion in facts.occasions for day in occasion.days]


def weekdays(first: date, number: int) -> list[date]:
    """A number of weekdays in a row."""
    return [d for n in range(2 * number + 2) if (d := first + timedelta(days=n)).weekday() < 5][
        :number
    ]


def test_the_third_week_of_each_half_term() -> None:
    """Weeks count from the Monday of the week in which a half-term begins."""
    expected = weekdays(date(2026, 1, 19), 5) + weekdays(date(2026, 3, 9), 5)
    assert days({"weeks": [3]}) == expected
    assert days({"weeks": [-1]}) == weekdays(date(2026, 2, 9), 5) + weekdays(date(2026, 3, 23), 5)


def test_not_an_inset_day_at_either_school() -> None:
    """The visiting school's calendar is named; the other is that of the place itself."""
    inset = {"any": [{"at": "oak", "kinds": ["inset"]}, {"at": "fell", "kinds": ["holiday"]}]}
    found = days({"none": [inset], "last": "2026-01-09"}, on=["term", "inset"])
    assert found == [date(2026, 1, 7), date(2026, 1, 8), date(2026, 1, 9)]
    assert days({"last": "2026-01-06"}, on=["term", "inset"])[0] == date(2026, 1, 5)


def test_not_within_some_school_days_of_a_period() -> None:
    """Days between count with them: two school days before Monday reach back over a weekend."""
    near = {"around": "sats", "before": 2, "after": 1}
    found = days({"near": near})
    assert found == [
        date(2026, 2, 26),
        date(2026, 2, 27),
        *weekdays(date(2026, 3, 2), 4),
        date(2026, 3, 6),
    ]
    assert date(2026, 3, 3) not in days({"none": [{"in_period": "sats"}]})


def test_a_part_may_be_about_one_venue_only() -> None:
    """An inspection at one school leaves the others free."""
    at_fell = {"schools": ["fell"], "in_period": "sats"}
    found = days({"none": [at_fell], "first": "2026-03-02", "last": "2026-03-02"}, venues=["oak"])
    assert found == [date(2026, 3, 2)]
    both = days(
        {"none": [at_fell], "first": "2026-03-02", "last": "2026-03-02"}, venues=["oak", "fell"]
    )
    assert both == [date(2026, 3, 2)]


@pytest.mark.parametrize("empty", [{}, {"at": "oak"}, {"weeks": [0]}])
def test_a_choice_says_something(empty: dict[str, Any]) -> None:
    """Nothing said is everything meant, which is said by leaving it out."""
    with pytest.raises(ValidationError):
        Dates.model_validate(empty)


def test_a_session_and_a_day_last_as_long_as_the_school_says() -> None:
    """From the start of the day to midday, from there to its end, or the whole."""
    for lasts, expected in (("session", [(530, 750), (750, 920)]), ("day", [(530, 920)])):
        problem = {
            "name": "Lasts",
            "horizon": {"first": "2026-01-12", "last": "2026-01-12"},
            "schools": SCHOOLS,
            "people": [],
            "activities": [{"id": "a", "name": "A", "school": "oak", "lasts": lasts}],
        }
        (occasion,) = Facts(Problem.model_validate(problem)).occasions
        assert list(zip(occasion.starts, occasion.ends, strict=True)) == expected


def test_what_there_is_of_a_thing_changes_over_the_day() -> None:
    """Three, on Mondays two; none before eight or after six; one is booked over a clock change."""
    problem = {
        "name": "Things",
        "horizon": {"first": "2026-03-28", "last": "2026-03-30"},
        "schools": SCHOOLS,
        "people": [],
        "resources": [
            {
                "id": "bus",
                "name": "Bus",
                "capacity": 3,
                "open": [{"start": "08:00", "end": "18:00"}],
                "stock": [{"when": {"weekdays": ["mon"]}, "capacity": 2}],
                "bookings": [{"start": "2026-03-29T12:00", "end": "2026-03-30T12:00"}],
            }
        ],
    }
    facts = Facts(Problem.model_validate(problem))
    (bus,) = facts.things

    def left(day: int, hour: int) -> int:
        local = facts.clock.minute(facts.date(day), time(hour))
        return bus.left(local)

    assert [left(0, h) for h in (7, 8, 17, 18)] == [0, 3, 3, 0]
    assert [left(1, h) for h in (11, 12)] == [3, 2]
    assert [left(2, h) for h in (11, 12)] == [1, 2]
    first, last = facts.clock.minute(facts.date(1), time(9)), 3 * 24 * 60
    stretches = list(bus.missing(first, last))
    assert stretches[0][2] == 1
    assert all(a[1] <= b[0] for a, b in pairwise(stretches))
