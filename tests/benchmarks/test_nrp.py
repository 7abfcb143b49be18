"""The public instances as requests: the judge of rosters, the translation, and the plain model."""

import csv
from itertools import product
from pathlib import Path

import pytest

from benchmarks import nrp, peer_nrp
from benchmarks.instance import Instance, read
from benchmarks.roster import broken, penalty
from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.problem import Placement
from scheduler.rulebook.check import check

SMALL = """\
# two people, four days, two shifts
SECTION_HORIZON
4

SECTION_SHIFTS
D,480,
N,600,D

SECTION_STAFF
A,D=4|N=1,1560,480,2,1,1,0
B,D=0|N=4,2400,0,3,2,1,1

SECTION_DAYS_OFF
A,3

SECTION_SHIFT_ON_REQUESTS
A,0,D,2

SECTION_SHIFT_OFF_REQUESTS
B,1,N,3

SECTION_COVER
0,D,1,100,1
0,N,0,100,1
1,D,1,100,1
1,N,1,100,1
2,D,0,100,1
2,N,1,100,1
3,D,0,100,1
3,N,1,100,1
"""


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    """A small instance of our own."""
    (tmp_path / "Small.txt").write_text(SMALL)
    return read(tmp_path / "Small.txt")


def rosters(instance: Instance) -> list[dict[str, list[str]]]:
    """Every roster in which people have shifts that they may work at all."""
    ways = {
        one.id: list(
            product(
                *[["", *(s.id for s in instance.shifts if one.most_of.get(s.id))]] * instance.days
            )
        )
        for one in instance.staff
    }
    return [
        {"A": list(a), "B": list(b)}
        for a, b in product(ways["A"], ways["B"])
        if not any(a[day] for day in instance.staff[0].days_off)
    ]


def test_the_request_means_what_the_instance_says(instance: Instance) -> None:
    """On every roster: what breaks a must breaks the format's rules, and costs are its penalty."""
    request = nrp.request_of(instance, seconds=5, workers=1, seed=1)
    facts = Facts(request.problem)
    allowed = 0
    for rows in rosters(instance):
        placed = tuple(
            Placement(person=person, duty=f"{shift}@{facts.date(day).isoformat()}")
            for person, days in rows.items()
            for day, shift in enumerate(days)
            if shift
        )
        report = check(facts, request.all_rules, Plan.of(facts, Schedule(placements=placed)))
        assert bool(report.broken_musts) == bool(broken(instance, rows)), rows
        if not report.broken_musts:
            allowed += 1
            assert report.costs[1] == penalty(instance, rows)
    assert allowed > 10


def test_a_run_writes_the_best_roster(instance: Instance, tmp_path: Path) -> None:
    """A line for each person; the peer's plain model finds the same penalty."""
    least = min(penalty(instance, r) for r in rosters(instance) if not broken(instance, r))
    (tmp_path / "best_known.csv").write_text(
        f"# best\ninstance,best_known_solution\nSmall,{least}\n"
    )
    one = nrp.run(tmp_path / "Small.txt", seconds=100, workers=2, seed=1, out=tmp_path, peer=True)
    assert one.penalty == one.bound == one.peer == one.best_known == least
    assert one.ratio == 1
    with (tmp_path / "Small.csv").open(newline="") as file:
        rows = {person: days for person, *days in csv.reader(file)}
    assert rows.keys() == {"A", "B"}
    assert not broken(instance, rows)
    assert penalty(instance, rows) == least


def test_the_peer_refuses_what_is_too_large(instance: Instance) -> None:
    """It would only run out of memory."""
    large = Instance(
        instance.name,
        peer_nrp.MOST_CELLS,
        instance.shifts,
        instance.staff,
        instance.wishes,
        instance.cover,
    )
    with pytest.raises(ValueError, match="cells"):
        peer_nrp.solve(large, seconds=1, workers=1, seed=1)
