"""A ratio never counts nobody in silence: rows and dates that do not meet are found."""

from typing import Any

from models.facts.facts import Facts
from scheduler.intake.parse import InvalidRequest, read_request
from scheduler.report.children_notes import children_notes

WEEK = {"first": "2026-01-05", "last": "2026-01-09"}


def sent(**changed: Any) -> dict[str, Any]:
    """A club of a week with sixteen children, and a ratio."""
    need = {"ratio": "r"}
    club = {"id": "club", "name": "Club", "school": "s", "start": "15:20", "end": "17:30"}
    return {
        "problem": {
            "name": "Club",
            "horizon": WEEK,
            "schools": [{"id": "s", "name": "Oakfield"}],
            "people": [{"id": "ann", "name": "Ann", "home": "s"}],
            "shifts": [{**club, "needs": [need]}],
            "ratios": [ratio()],
            "children": [row()],
            **changed,
        },
        "rules": [{"kind": "cover"}],
    }


def ratio(**changed: Any) -> dict[str, Any]:
    """A row of the ratio."""
    return {"id": "r", "bands": ["to-8"], "children_per_adult": 8, "source": "Test", **changed}


def row(**changed: Any) -> dict[str, Any]:
    """A row of children."""
    return {"band": "to-8", "count": 16, "at": "s", "dates": WEEK, **changed}


def places(document: dict[str, Any]) -> list[str]:
    """Where faults are."""
    try:
        read_request(document)
    except InvalidRequest as refused:
        return [fault.pointer for fault in refused.faults]
    return []


def notes(document: dict[str, Any]) -> list[str]:
    """What is said of a request that is taken."""
    return list(children_notes(Facts(read_request(document).problem)))


def test_a_sound_request_has_nothing_to_say() -> None:
    """No fault and no note."""
    assert (places(sent()), notes(sent())) == ([], [])


def test_a_band_that_no_ratio_has_is_refused() -> None:
    """So that a slip does not leave children with nobody."""
    assert places(sent(children=[row(band="to8")])) == ["/problem/children/0/band"]


def test_a_ratio_that_has_ended_is_refused_where_children_come() -> None:
    """And not where none are expected after its end."""
    ended = [ratio(last="2026-01-06")]
    assert places(sent(ratios=ended)) == ["/problem/shifts/0/needs/0/ratio"]
    early = [row(dates={"first": "2026-01-05", "last": "2026-01-06"})]
    assert places(sent(ratios=ended, children=early)) == []


def test_children_who_never_come_are_found() -> None:
    """A fault where the row itself rules its dates out, a note where the calendar does."""
    assert places(sent(children=[row(), row(on=["holiday"])])) == ["/problem/children/1"]
    schools = [
        {"id": "s", "name": "Oakfield", "closed": [{"first": "2026-01-09", "last": "2026-01-09"}]}
    ]
    friday = row(dates={"first": "2026-01-09", "last": "2026-01-09"})
    (note,) = notes(sent(schools=schools, children=[row(), friday]))
    assert "row 2" in note
