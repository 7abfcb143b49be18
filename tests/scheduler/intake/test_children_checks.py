"""A ratio never counts nobody in silence: rows and dates that do not meet are found."""

from typing import Any

import pytest

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


GROUPS = [{"id": id, "name": id, "school": "s"} for id in ("club", "list")]
OVER = {"id": "q", "bands": ["over-8"]}
"""What a second ratio changes."""


def ratio(**changed: Any) -> dict[str, Any]:
    """A row of the ratio."""
    return {"id": "r", "bands": ["to-8"], "children_per_adult": 8, "source": "Test", **changed}


def club(**changed: Any) -> list[dict[str, Any]]:
    """The shifts of a request, of which the club differs."""
    return [{**sent()["problem"]["shifts"][0], **changed}]


def row(**changed: Any) -> dict[str, Any]:
    """A row of children."""
    return {"band": "to-8", "count": 16, "at": "s", "dates": WEEK, **changed}


def faults(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Where faults are, what they are and what to do."""
    try:
        read_request(document)
    except InvalidRequest as refused:
        return [(fault.pointer, fault.message, fault.hint or "") for fault in refused.faults]
    return []


def places(document: dict[str, Any]) -> list[str]:
    """Where faults are."""
    return [pointer for pointer, _, _ in faults(document)]


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


def test_a_misspelt_band_names_the_nearest_word() -> None:
    """Of a row of children, of a ratio, and of a need that names the ratio."""
    child = sent(children=[row(band="to8")])
    assert [hint for _, _, hint in faults(child)] == ["Maybe `to-8`?"]
    band = sent(ratios=[ratio(bands=["to-9"]), ratio(id="q")])
    assert [hint for _, _, hint in faults(band)] == ["Maybe `to-8`?"]
    misspelt = sent(shifts=club(needs=[{"ratio": "rr"}]))
    assert [(p, hint) for p, _, hint in faults(misspelt)] == [
        ("/problem/shifts/0/needs/0/ratio", "Maybe `r`?")
    ]


@pytest.mark.parametrize("bands", [["to8"], ["infants"]], ids=["near", "another word"])
def test_a_ratio_of_no_child_is_refused_though_another_has_the_band(bands: list[str]) -> None:
    """The children are counted by a ratio that no need asks for: nobody would look after them."""
    ratios = [ratio(bands=bands), ratio(id="q")]
    ((pointer, message, hint),) = faults(sent(ratios=ratios))
    assert pointer == "/problem/ratios/0/bands/0"
    assert "no ratio counts" in message
    assert hint == "Maybe `to-8`?"


def test_a_band_that_is_only_unused_is_no_fault() -> None:
    """Where every child is counted: a ratio may list the bands of other years."""
    assert places(sent(ratios=[ratio(bands=["to-8", "nursery"])])) == []
    assert places(sent(ratios=[ratio(), ratio(**OVER)])) == []


def test_a_group_without_adults_is_refused() -> None:
    """Children are in the group of the club, whose ratio is that of others; settled or chosen."""
    for row_ in (
        row(band="over-8", group="club"),
        row(band="over-8", id="c1", groups=["club", "list"]),
    ):
        document = sent(
            groups=GROUPS,
            shifts=club(group="club"),
            ratios=[ratio(), ratio(**OVER)],
            children=[row(), row_],
        )
        ((pointer, message, hint),) = faults(document)
        assert pointer == "/problem/shifts/0/needs/0/ratio"
        assert "in its group on 2026-01-05" in message
        assert hint == "Maybe `q`?"


def test_nobody_is_missed_on_a_waiting_list() -> None:
    """A club of those who have places is no fault for those who wait."""
    groups = [GROUPS[0], {**GROUPS[1], "waiting": True}]
    waits = [row(group="club"), row(band="over-8", group="list")]
    document = sent(groups=groups, shifts=club(), ratios=[ratio(), ratio(**OVER)], children=waits)
    assert (places(document), notes(document)) == ([], [])


def test_children_beside_those_who_are_counted_are_noted() -> None:
    """Others may look after them; the note names their band and the duty, once a duty."""
    ratios = [ratio(), ratio(**OVER)]
    (note,) = notes(sent(ratios=ratios, children=[row(), row(band="over-8", count=4)]))
    assert note.startswith("Children of over-8 are there during Club")
    both = club(needs=[{"id": "a", "ratio": "r"}, {"id": "b", "ratio": "q"}])
    assert notes(sent(ratios=ratios, shifts=both, children=[row(), row(band="over-8")])) == []


def test_a_need_of_nobody_is_noted() -> None:
    """Twenty past three, written as if at night: the children have gone when the club begins."""
    (note,) = notes(sent(children=[row(start="03:20", end="05:30")]))
    assert "Club counts its adults by the ratio r, and needs nobody" in note
    assert notes(sent(children=[row(start="15:20", end="17:30")])) == []


def test_a_ratio_ends_for_a_chosen_group_too() -> None:
    """The date is named; and a row that follows is in force."""
    chosen = [row(id="c1", groups=["club", "list"])]
    ended = {"groups": GROUPS, "shifts": club(group="club"), "children": chosen}
    ((pointer, message, hint),) = faults(sent(ratios=[ratio(last="2026-01-06")], **ended))
    assert pointer == "/problem/shifts/0/needs/0/ratio"
    assert "no row in force on 2026-01-07" in message
    assert "end later" in hint
    follows = [ratio(last="2026-01-06"), ratio(first="2026-01-07", children_per_adult=5)]
    assert places(sent(ratios=follows, **ended)) == []


def test_an_exception_has_a_place_of_its_own() -> None:
    """What it needs instead is named where it stands."""
    change = {"date": "2026-01-08", "needs": [{"ratio": "q"}]}
    document = sent(
        groups=GROUPS,
        shifts=club(group="club", exceptions=[change]),
        ratios=[ratio(), ratio(**OVER)],
        children=[row(group="club")],
    )
    assert "/problem/shifts/0/exceptions/0/needs/0/ratio" in places(document)


RIDE = {"id": "bus", "name": "Minibus", "school": "s", "start": "15:00", "end": "15:20"}


def ride(**changed: Any) -> list[dict[str, Any]]:
    """The club, and a ride to it."""
    return [*club(), {**RIDE, "needs": [{"count": 1}], **changed}]


def test_a_ride_is_a_shift() -> None:
    """An activity has no time yet, and a misspelt id has a likely one."""
    meeting = {"id": "m", "name": "M", "school": "s", "minutes": 30, "needs": [{"count": 1}]}
    document = sent(shifts=ride(), activities=[meeting], children=[row(brought_by="m")])
    assert places(document) == ["/problem/children/0/brought_by"]
    ((pointer, _, _),) = faults(sent(shifts=ride(), children=[row(brought_by="buss")]))
    assert pointer == "/problem/children/0/brought_by"


def test_a_ride_that_does_not_run_is_noted() -> None:
    """With the first of its days and the number of children, and nothing where it runs."""
    come = [row(brought_by="bus"), row(brought_by="bus", weekdays=["mon", "tue"], count=1)]
    assert notes(sent(shifts=ride(), children=come)) == []
    two = {"weekdays": ["mon", "wed", "thu"]}
    (note,) = notes(sent(shifts=ride(when=two), children=come))
    assert note.startswith("Minibus does not run on Tue 6 Jan, and on 1 further day, though 17")
    gone = sent(shifts=ride(exceptions=[{"date": "2026-01-09", "cancelled": True}]), children=come)
    (note,) = notes(gone)
    assert note.startswith("Minibus does not run on Fri 9 Jan, though 16 children")
