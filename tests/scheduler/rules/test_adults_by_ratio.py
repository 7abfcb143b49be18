"""Adults by ratio: of the children there at the fullest moment, in the group chosen for them."""

from typing import Any

import pytest

from models.answer.result import ResultStatus
from models.facts.facts import Facts
from models.problem.problem import Problem
from scheduler.engine import schedule
from scheduler.intake.parse import read_request
from scheduler.rulebook.example import Example, activity
from scheduler.rules.cover.cover import Cover
from scheduler.rules.cover.surplus import Surplus
from tests.agreement import disagreements

MONDAY, TUESDAY = "2026-01-05", "2026-01-06"
GROUPS = [{"id": id, "name": id, "school": "S"} for id in ("club", "list")]
RATIO = {"id": "r", "bands": ["ks1"], "children_per_adult": 2, "source": "Drawn"}


def child(id: str | None, count: int, *groups: str, **more: Any) -> dict[str, Any]:
    """Children of a row, with groups to choose from or none."""
    return {
        "id": id,
        "band": "ks1",
        "count": count,
        "at": "S",
        "groups": groups or None,
        "dates": {"first": MONDAY, "last": TUESDAY},
        **more,
    }


def drawn(rule: Any, *children: Any, rota: str, group: Any = "club", **more: Any) -> Example:
    """A shift whose adults are counted by ratio."""
    facts = {"groups": GROUPS, "ratios": [RATIO], "children": list(children), **more}
    shifts = {"D": {"group": group, "needs": [{"ratio": "r"}]}}
    return Example(rule, rota, [], shifts=shifts, facts=facts)


COME_AND_GO = (
    child("A", 1, "club", "list", end="12:00"),
    child("B", 3, "club", "list", start="12:00"),
    child(None, 1, group="club", start="11:00", end="13:00"),
)

TRIP = {
    "activities": [
        activity("P", "Trip", optional=True, group="club", step=120, needs=[{"ratio": "r"}])
    ]
}


@pytest.mark.parametrize(
    "rule",
    [Cover(), Cover(measure="minutes"), Surplus()],
    ids=["cover", "cover in minutes", "surplus"],
)
@pytest.mark.parametrize(
    "example",
    [
        drawn(None, *COME_AND_GO, rota="Ann D\nBob D"),
        drawn(
            None,
            child("A", 2, "club", "list"),
            child("B", 1, "club", "list", weekdays=["tue"]),
            rota="Ann P .\nBob . .",
            **TRIP,
        ),
        drawn(
            None,
            child("A", 3, "club", "list"),
            rota="Ann D\nBob .",
            activities=[activity("P", "Out", optional=True, needs=[{"count": 1}], frees=["club"])],
        ),
        drawn(
            None,
            child("A", 2, "club", "list"),
            child("B", 1, "club"),
            rota="Ann D\nBob .",
            group=None,
            groups=[GROUPS[0], {**GROUPS[1], "waiting": True}],
        ),
        drawn(
            None,
            child("A", 2, "club", "list", brought_by="D"),
            child("B", 1, brought_by="D", start="15:00"),
            child("C", 4, "club", "list"),
            rota="Ann D .\nBob . D",
        ),
    ],
    ids=["who come and go", "on another day", "whose group is out", "who wait", "who are brought"],
)
def test_model_and_checker_agree(rule: Any, example: Example) -> None:
    """Every schedule with every choice of groups, four ways, and as a must."""
    one = Example(rule, example.rota, [], shifts=example.shifts, facts=example.facts)
    assert list(disagreements(one)) == []


def counts(group: str | None, *children: Any, **more: Any) -> list[tuple[int, bool]]:
    """Of each duty of two days the number of adults, and whether it is settled."""
    example = drawn(Cover(), *children, rota="Ann . .", group=group, **more)
    return [(d.count, d.by_ratio is None) for d in Facts(example.problem).duties]


def test_the_fullest_moment_counts() -> None:
    """Not everybody who comes on the day, and nobody who comes at another time."""
    morning, noon = child(None, 4, end="12:00"), child(None, 5, start="12:00")
    assert counts(None, morning, noon) == [(3, True)] * 2
    assert counts(None, morning, child(None, 5, start="11:30")) == [(5, True)] * 2
    assert counts(None, morning, child(None, 9, start="15:00", end="17:00")) == [(2, True)] * 2


def test_a_row_without_times_is_there_all_the_time() -> None:
    """Also at a club after the school's day."""
    example = drawn(Cover(), child(None, 4), rota="Ann .")
    club = {"start": "15:30", "end": "17:30"}
    problem = example.problem.model_dump(mode="json")
    problem["shifts"][0] |= {**club, "group": None}
    assert [d.count for d in Facts(Problem.model_validate(problem)).duties] == [2]


def test_what_needs_no_choice_stays_a_number() -> None:
    """A single group to choose from, and a group that is settled."""
    assert counts("club", child("A", 3, "club"), child(None, 2, group="club")) == [(3, True)] * 2
    assert counts("club", child("A", 3, "club", "list")) == [(2, False)] * 2
    assert counts("club", child("A", 3, "list")) == [(0, True)] * 2


def test_a_group_is_counted_wherever_its_children_come_from() -> None:
    """A trip's children are looked after on the trip."""
    schools = [{"id": id, "name": id} for id in ("S", "T")]
    elsewhere = child(None, 4, group="club", at="T")
    assert counts("club", elsewhere, schools=schools) == [(2, True)] * 2
    assert counts(None, elsewhere, schools=schools) == [(0, True)] * 2


def test_a_ride_counts_those_aboard() -> None:
    """Before they are where it brings them; not its school's other children."""
    aboard = child(None, 5, brought_by="D", start="15:00")
    assert counts(None, aboard, child(None, 8)) == [(3, True)] * 2
    assert counts("club", aboard, child(None, 8, group="club")) == [(3, True)] * 2
    waits = child("W", 5, "list", brought_by="D")
    groups = [GROUPS[0], {**GROUPS[1], "waiting": True}]
    assert counts(None, waits, groups=groups) == [(0, True)] * 2


def test_what_a_choice_of_group_decides_is_compiled_with_it() -> None:
    """A neighbourhood that frees children looks at the duties that count them, and no others."""
    example = drawn(
        Cover(),
        child("A", 2, "club", "list"),
        child("B", 2, "list", brought_by="E"),
        child("C", 2, "club", "list", brought_by="E"),
        rota="Ann D .",
        groups=[GROUPS[0], {**GROUPS[1], "waiting": True}],
        activities=[activity("P", "Other", needs=[{"count": 1}])],
        shifts=[
            {
                "id": "E",
                "name": "Ride",
                "school": "S",
                "start": "08:00",
                "end": "08:30",
                "needs": [{"count": 1}],
            }
        ],
    )
    facts = example.indexed
    counted = [
        {facts.duties[n].shift for n in facts.touch((), (), [pupils]).duties} for pupils in (0, 2)
    ]
    assert counted == [{"D"}, {"D", "E"}]


def club(adults: int, *, cover: int, waiting: int) -> dict[str, Any]:
    """Nine children ask for a place on one day; eight to an adult."""
    nine = [
        child(f"c{n}", 1, "club", "list", booked=f"2025-12-0{n + 1}", weekdays=["mon"])
        for n in range(9)
    ]
    return {
        "problem": {
            "name": "Club",
            "horizon": {"first": MONDAY, "last": TUESDAY},
            "schools": [{"id": "S", "name": "School"}],
            "groups": GROUPS,
            "people": [{"id": f"p{n}", "name": f"P{n}", "home": "S"} for n in range(adults)],
            "ratios": [{**RATIO, "children_per_adult": 8}],
            "children": nine,
            "shifts": [
                {
                    "id": "club",
                    "name": "Club",
                    "school": "S",
                    "group": "club",
                    "start": "15:20",
                    "end": "17:30",
                    "needs": [{"ratio": "r"}],
                }
            ],
        },
        "rules": [
            {"kind": "cover", "priority": cover},
            {"kind": "surplus"},
            {"kind": "booking_order", "group": "club", "waiting": "list"},
            {"kind": "fewest_waiting", "group": "list", "priority": waiting},
        ],
        "limits": {"seconds": 200},
    }


@pytest.mark.parametrize(
    ("adults", "cover", "waiting", "short", "wait"),
    [(2, 1, 2, 0, 0), (1, 1, 2, 0, 1), (1, 2, 1, 1, 0), (0, 1, 2, 0, 9)],
)
def test_places_are_traded_against_adults(
    adults: int, cover: int, waiting: int, short: int, wait: int
) -> None:
    """By priority: too few adults, or a child who waits; and nobody is there for a waiting list."""
    result = schedule(read_request(club(adults, cover=cover, waiting=waiting)))
    assert result.status is ResultStatus.OPTIMAL
    assert result.report is not None
    assert result.schedule is not None
    assert (result.report.costs[cover], result.report.costs[waiting]) == (short, wait)
    placed = [g.children for g in result.schedule.groups if g.group == "club"]
    assert placed == [f"c{n}" for n in range(9 - wait)]
    assert len(result.schedule.placements) == min(adults, -(-len(placed) // 8))
