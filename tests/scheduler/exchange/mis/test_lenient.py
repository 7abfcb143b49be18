"""Values of other systems: every shape that was seen, and whatever else may come."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.exchange.mis import lenient
from scheduler.exchange.mis.lenient import Unreadable

LONDON = "Europe/London"

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["date", "timezone", "data", "id", "x"]), inner)
    ),
    max_leaves=8,
)
"""Any JSON, with names that mean something."""


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (None, None),
        ("", None),
        ("0000-00-00", None),
        ({"date": None, "timezone": LONDON}, None),
        ("2026-04-05", "2026-04-05T00:00:00"),
        ("2026-04-05 08:30:00", "2026-04-05T08:30:00"),
        ("2026-07-05T23:30:00Z", "2026-07-06T00:30:00"),
        ("2026-07-05T23:30:00.1234567Z", "2026-07-06T00:30:00.123456"),
        (
            {"date": "2016-04-05 00:00:00.000000", "timezone_type": 3, "timezone": LONDON},
            "2016-04-05T00:00:00",
        ),
        ({"date": "2026-07-05 00:00:00.000000", "timezone": "UTC"}, "2026-07-05T00:00:00"),
        ({"date": "2026-07-05 23:30:00.000000", "timezone": "UTC"}, "2026-07-06T00:30:00"),
        ({"date": "2026-07-05 23:30:00.000000", "timezone": "-01:00"}, "2026-07-06T01:30:00"),
        ({"date": "2026-07-05 23:30:00.000000", "timezone": "BST"}, "2026-07-05T23:30:00"),
    ],
)
def test_both_shapes_of_date_are_read(written: Any, read: str | None) -> None:
    """And a day without a time is that day in every zone."""
    moment, day = lenient.moment(written, LONDON), lenient.day(written, LONDON)
    assert (moment and moment.isoformat()) == read
    assert (day and day.isoformat()) == (read and read[:10])


def test_an_exclusive_end_is_the_day_before() -> None:
    """A term that ends on Saturday by the standard is over on Friday."""
    assert lenient.day_before("2026-05-23", LONDON) == date(2026, 5, 22)


def test_numbers_come_as_texts() -> None:
    """And hours become whole minutes."""
    assert lenient.number(" 32.5 ") == Decimal("32.5")
    assert lenient.hundredths("32.5", 60) == 1950
    assert lenient.hundredths("39") == 3900
    assert lenient.number("") is None


@pytest.mark.parametrize("value", ["32,5", "NaN", "Infinity", "1e999999", True, [], "ten"])
def test_what_is_no_number_is_refused(value: Any) -> None:
    """And not taken for nought."""
    with pytest.raises(Unreadable):
        lenient.number(value)


@pytest.mark.parametrize(
    ("written", "read"), [("true", True), ("False", False), (1, True), ("", None), (None, None)]
)
def test_booleans_come_as_texts(written: Any, read: bool | None) -> None:
    """Or as numbers."""
    assert lenient.truth(written) is read


@settings(deadline=None)
@given(anything)
def test_any_value_is_read_or_refused(value: Any) -> None:
    """No other error escapes, and a refusal does not repeat what was sent."""
    readers = (
        lambda v: lenient.moment(v, LONDON),
        lambda v: lenient.day_before(v, LONDON),
        lenient.number,
        lenient.truth,
        lenient.text,
        lenient.many,
        lenient.one,
        lenient.id_of,
    )
    for reader in readers:
        said = ""
        try:
            reader(value)
        except Unreadable as error:
            said = str(error)
        assert len(said) < 100
        assert "'" not in said
