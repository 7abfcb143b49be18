"""Public instances as requests: small ones made by hand, with their optimum worked out."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.activities import measure, planned, request
from benchmarks.projects import Planned, ProjectInstance, faults, load, makespan, read
from models.answer.result import ResultStatus
from scheduler.engine import schedule

TWO_AT_A_TIME = """3 1 0 0
0 1 3 1 2 3 [0] [0] [0]
1 1 1 4 [3]
2 1 2 4 1 [2] [-4]
3 1 1 4 [2]
4 1 0
0 1 0 0
1 1 3 1
2 1 2 1
3 1 2 2
4 1 0 0
2
"""
"""Tasks of 3, 2 and 2 units; two share the resource and the third needs all of it. 2 starts at
most 4 after 1. Best: 1 and 2 together, then 3: 5 units."""

SKILLS = """n_skills = 2;
n_workers = 3;
has_skills = [{1}, {1, 2}, {2}];
n_tasks = 4;
d = [2, 3, 0, 1];
rr = [| 1, 1, 1, 1
      | 1, 0, 0, 1 |];
suc = [{3}, {3}, {4}, {}];
"""
"""Task 1 takes two of the three for 2 units, task 2 the third for 3 units. The moment 3 and task 4
come after both: 4 units."""


def instance(folder: Path, name: str, text: str) -> Path:
    """A file with an instance."""
    path = folder / name
    path.write_text(text.replace(" ", "\t") if name.endswith(".sch") else text, encoding="ascii")
    return path


def test_lags_and_capacity_are_kept_and_the_best_is_found(tmp_path: Path) -> None:
    """The plan is written, read back and judged without the engine."""
    path = instance(tmp_path, "small.sch", TWO_AT_A_TIME)
    outcome = measure(path, tmp_path, seconds=200, workers=1)
    assert (outcome.status, outcome.value, outcome.bound) == ("optimal", 5, 5)
    assert outcome.faults == ()
    plan = load(tmp_path / "small.csv")
    assert plan.starts.keys() == {0, 1, 2, 3, 4}
    assert makespan(read(path), plan) == 5


def test_skills_need_a_worker_each(tmp_path: Path) -> None:
    """And a moment, which takes no time, comes between its neighbours."""
    path = instance(tmp_path, "small.dzn", SKILLS)
    outcome = measure(path, tmp_path, seconds=200, workers=1)
    assert (outcome.status, outcome.value, outcome.faults) == ("optimal", 4, ())
    plan = load(tmp_path / "small.csv")
    assert {*plan.workers[1], *plan.workers[2]} == {1, 2, 3}
    assert len(plan.workers[1]) == 2
    assert plan.starts[3] == plan.starts[4] == 3


def test_an_impossible_instance_is_proved_and_its_stages_are_named(tmp_path: Path) -> None:
    """The third task must begin with the first, and needs all that there is."""
    together = TWO_AT_A_TIME.replace("1 1 1 4 [3]", "1 1 2 4 3 [3] [0]").replace(
        "3 1 1 4 [2]", "3 1 2 4 1 [2] [0]"
    )
    project = read(instance(tmp_path, "tight.sch", together))
    result = schedule(request(project, seconds=200, workers=1))
    assert result.status is ResultStatus.IMPOSSIBLE
    assert planned(project, result) is None
    assert result.clash is not None
    places = {member.where for member in result.clash.members}
    assert {where for where in places if "r1" not in where} == {("a1", "a3"), ("a3", "a1")}
    assert any("r1" in where for where in places)


GOOD = Planned({0: 0, 1: 0, 2: 0, 3: 3, 4: 5}, {})


@pytest.fixture
def small(tmp_path: Path) -> ProjectInstance:
    """The first of the instances."""
    return read(instance(tmp_path, "small.sch", TWO_AT_A_TIME))


@pytest.mark.parametrize(
    ("starts", "said"),
    [
        ({}, ""),
        ({3: 2}, "resource 1 is used 3 times at once"),
        ({2: 5, 3: 3}, "1 starts -5 after 2"),
        ({1: -1}, "before time 0"),
        ({4: 4}, "4 starts 1 after 3"),
    ],
)
def test_the_checker_finds_every_fault(
    small: ProjectInstance, starts: dict[int, int], said: str
) -> None:
    """A plan that is good, and the same with one start moved."""
    found = list(faults(small, replace(GOOD, starts={**GOOD.starts, **starts})))
    assert any(said in one for one in found) if said else not found


def test_the_checker_knows_who_is_busy_and_able(tmp_path: Path) -> None:
    """A worker on two tasks at once, and one without the skill."""
    project = read(instance(tmp_path, "small.dzn", SKILLS))
    starts = {1: 0, 2: 0, 3: 3, 4: 3}
    good = {1: (2, 3), 2: (1,), 3: (1,), 4: (1, 2)}
    assert list(faults(project, Planned(starts, good))) == []
    busy = list(faults(project, Planned(starts, {**good, 2: (2,)})))
    assert any("worker 2 is on 2 tasks" in one for one in busy)
    assert "2 lacks workers with its skills" in list(
        faults(project, Planned(starts, {**good, 2: (3,)}))
    )
