"""Activities of several days, series, reserve dates, and things that are distinguished."""

from datetime import date
from typing import Any

import pytest

from models.facts.facts import Facts
from models.problem.problem import Problem
from scheduler.intake.parse import InvalidRequest, read_request

TERMS = [("2026-01-05", "2026-01-15"), ("2026-01-20", "2026-01-30")]


def problem(activity: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Four weeks at two schools, one of which has an INSET day and other half-terms."""

    def school(id: str, terms: list[tuple[str, str]], **rest: Any) -> dict[str, Any]:
        rows = [{"first": first, "last": last} for first, last in terms]
        return {"id": id, "name": id.capitalize(), "terms": rows, **rest}

    return {
        "name": "Four weeks",
        "horizon": {"first": "2026-01-05", "last": "2026-01-30"},
        "schools": [
            school("oak", TERMS, inset=["2026-01-12"]),
            school("elm", [("2026-01-05", "2026-01-22"), ("2026-01-23", "2026-01-30")]),
        ],
        "people": [],
        "activities": [{"id": "a", "name": "A", "school": "oak", "lasts": "session", **activity}],
        **more,
    }


def facts(activity: dict[str, Any], **more: Any) -> Facts:
    """The facts, numbered."""
    return Facts(Problem.model_validate(problem(activity, **more)))


def days(found: Facts, at: str) -> dict[date, list[date]]:
    """The first day of each possible start at a school to all its days."""
    (occasion,) = found.occasions
    return {
        found.date(spans[0][2]): [found.date(day) for _, _, day in spans]
        for spans, school in zip(occasion.spans, occasion.schools, strict=True)
        if found.schools[school].id == at
    }


def test_days_step_over_what_is_closed_as_the_venue_says() -> None:
    """A weekend and an INSET day at Oak, the weekend alone at Elm, the holiday at Oak."""
    found = facts({"days": 3, "venues": ["oak", "elm"], "lasts": None})
    oak, elm = days(found, "oak"), days(found, "elm")
    thursday = date(2026, 1, 8)
    assert oak[thursday] == [thursday, date(2026, 1, 9), date(2026, 1, 13)]
    assert elm[thursday] == [thursday, date(2026, 1, 9), date(2026, 1, 12)]
    assert oak[date(2026, 1, 15)] == [date(2026, 1, 15), date(2026, 1, 20), date(2026, 1, 21)]
    assert max(oak) == max(elm) == date(2026, 1, 28)


def test_each_of_the_days_is_one_of_its_dates() -> None:
    """No visit that runs into a period which is left out."""
    sats = {"sats": [{"first": "2026-01-08", "last": "2026-01-09"}]}
    found = facts({"days": 2, "dates": {"none": [{"in_period": "sats"}]}}, periods=sats)
    assert {date(2026, 1, 7), date(2026, 1, 8), date(2026, 1, 9)}.isdisjoint(days(found, "oak"))
    assert date(2026, 1, 6) in days(found, "oak")


def test_a_series_is_one_in_each_term_as_the_venue_counts_them() -> None:
    """The second may be at Elm from the 23rd on, at Oak from the 20th."""
    found = facts({"series": {"times": 2}, "venues": ["oak", "elm"]})
    first, second = found.named(["a"])
    assert [o.id for o in (first, second)] == ["a.1", "a.2"]
    assert [o.name for o in (first, second)] == ["A 1", "A 2"]
    for occasion, most, least in ((first, [10, 17], [0, 0]), (second, [25, 25], [15, 18])):
        for school in (0, 1):
            on = [d for d, s in zip(occasion.days, occasion.schools, strict=True) if s == school]
            assert (min(on), max(on)) == (least[school], most[school])


@pytest.mark.parametrize(("each", "times"), [("week", 4), ("month", 1)])
def test_a_series_has_no_more_than_there_are_weeks_or_months(each: str, times: int) -> None:
    """One more is a fault that names the series."""
    series = {"times": max(2, times), "each": each}
    found = facts({"series": series})
    assert len(found.occasions) == times
    asked = problem({"series": {"times": times + 1, "each": each}})
    with pytest.raises(InvalidRequest) as raised:
        read_request({"problem": asked, "rules": []})
    assert [f.pointer for f in raised.value.faults] == ["/problem/activities/0/series"]


def test_what_is_told_apart_must_not_have_anothers_id() -> None:
    """A reserve date, one of a series, one of two buses; and no owner is asked for nothing."""
    asked = problem(
        {"series": {"times": 2}, "reserve": {"most": 3}},
        resources=[
            {"id": "bus", "name": "Bus", "capacity": 2, "travels": True},
            {"id": "bus.2", "name": "Bus", "approvals": [{"activity": "a", "status": "asked"}]},
        ],
    )
    asked["activities"].append({**asked["activities"][0], "id": "a.1.reserve"})
    with pytest.raises(InvalidRequest) as raised:
        read_request({"problem": asked, "rules": []})
    assert "/problem/resources/1" in {f.pointer for f in raised.value.faults}
    del asked["resources"][1]["approvals"]
    with pytest.raises(InvalidRequest) as raised:
        read_request({"problem": asked, "rules": []})
    pointers = {f.pointer for f in raised.value.faults}
    assert pointers == {"/problem/activities/0/id", "/problem/resources/0/id"}


def test_a_booking_of_several_alike_takes_the_one_it_names_or_any() -> None:
    """A named one is taken; any counts as each, once for each that is booked. In the week in which
    there is one, the second is missing."""
    week = {"first": "2026-01-12", "last": "2026-01-18"}
    bus = {
        "id": "bus",
        "name": "Bus",
        "capacity": 2,
        "travels": True,
        "stock": [{"when": week, "capacity": 1}],
        "bookings": [
            {"start": "2026-01-05T09:00", "end": "2026-01-05T10:00", "unit": "bus.1"},
            {"start": "2026-01-05T10:00", "end": "2026-01-05T11:00", "amount": 2},
        ],
    }
    found = facts({"uses": [{"one_of": ["bus"]}]}, resources=[bus])
    one, two = found.things
    assert (one.id, two.name) == ("bus.1", "Bus 2")
    assert [(t.start, t.end) for t in one.taken] == [(540, 600)]
    assert one.booked_of_any == two.booked_of_any
    assert [(t.start, t.end, t.amount) for t in one.booked_of_any] == [(600, 660, 1)] * 2
    assert [(t.start // 1440, t.end // 1440) for t in two.taken] == [(7, 14)]
