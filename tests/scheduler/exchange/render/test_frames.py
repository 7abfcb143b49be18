"""Results as frames: columns and types as documented, the same figures as the answer has."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from models.answer.result import Receipt, Result, ResultStatus
from models.answer.schedule import Schedule
from scheduler.exchange.frame_columns import as_csv
from scheduler.exchange.render import frames
from scheduler.intake.case import Case
from scheduler.intake.parse import read_case
from scheduler.rulebook.check import check

DOCS = Path(__file__).parents[4] / "docs"

CLUB: dict[str, Any] = {
    "problem": {
        "name": "Club",
        "horizon": {"first": "2026-03-02", "last": "2026-03-06"},
        "schools": [{"id": "oak", "name": "Oak"}],
        "people": [
            {
                "id": "ann",
                "name": "=Ann",
                "home": "oak",
                "contracts": [{"id": "c1", "school": "oak", "role": "ta", "minutes_per_week": 600}],
            },
            {"id": "bob", "name": "Bob", "home": "oak"},
        ],
        "roles": {"ta": "Teaching assistant"},
        "shifts": [
            {
                "id": "club",
                "name": "Club",
                "school": "oak",
                "start": "15:30",
                "end": "17:30",
                "needs": [{"count": 1}],
            }
        ],
    },
    "rules": [
        {"kind": "cover", "priority": 1},
        {"kind": "workload", "measure": "days", "most": 1, "priority": 2},
    ],
}


@pytest.fixture(scope="module")
def case() -> Case:
    """Five evenings of a club."""
    return read_case(json.dumps(CLUB))


@pytest.fixture(scope="module")
def result(case: Case) -> Result:
    """Ann on Monday and Tuesday, Bob on Wednesday, nobody after."""
    days = {"ann": (2, 3), "bob": (4,)}
    placements = [
        {"person": person, "duty": f"club@2026-03-{day:02}"}
        for person in days
        for day in days[person]
    ]
    schedule = Schedule.model_validate({"placements": placements})
    report = check(case.facts, case.request.all_rules, case.plan(schedule))
    return Result(
        status=ResultStatus.FEASIBLE, schedule=schedule, report=report, levels=(), receipt=RECEIPT
    )


@pytest.fixture(scope="module")
def made(case: Case, result: Result) -> dict[str, pd.DataFrame]:
    """All of its frames."""
    return frames.frames(case, result)


RECEIPT = Receipt(
    input_hash="0" * 64,
    version="0",
    ortools="0",
    python="3",
    seed=1,
    workers=1,
    seconds=1.0,
    first_schedule_seconds=1.0,
    reproducible=False,
    fuse_blown=False,
    strategy="by hand",
)

COLUMNS = {
    "placements": frames.PLACEMENTS,
    "coverage": frames.COVERAGE,
    "hours": frames.HOURS_OF_WEEKS,
    "costs": frames.COSTS,
    "priorities": frames.PRIORITIES,
    "payroll": frames.PAYROLL,
}


def test_columns_and_types_are_as_documented(
    made: dict[str, pd.DataFrame], case: Case, result: Result
) -> None:
    """Also where a frame has no row."""
    nothing = result.model_copy(update={"schedule": Schedule()})
    for found in (made, frames.frames(case, nothing)):
        assert found.keys() == COLUMNS.keys()
        for name, columns in COLUMNS.items():
            assert {c: str(t) for c, t in found[name].dtypes.items()} == columns, name


def test_figures_are_those_of_the_answer(made: dict[str, pd.DataFrame], result: Result) -> None:
    """People, hours, gaps and costs."""
    placed = made["placements"]
    assert placed["person_id"].tolist() == ["ann", "ann", "bob"]
    assert placed["start"].iloc[0] == pd.Timestamp("2026-03-02 15:30")
    assert made["coverage"]["missing"].sum() == 2
    ann = made["hours"].set_index("person_id").loc["ann"]
    assert (ann["contracted_minutes"], ann["planned_minutes"]) == (600, 240)
    assert ann["left_minutes"] == 360
    assert result.report is not None
    costs = made["costs"].groupby("priority")["cost"].sum()
    assert costs.to_dict() == result.report.costs
    assert made["payroll"].set_index("person_id").loc["ann", "hours"] == 4.0


def test_csv_is_harmless_and_plain(made: dict[str, pd.DataFrame]) -> None:
    """No text is a formula; dates and times are those of ISO 8601; what is missing is empty."""
    first = as_csv(made["placements"]).decode().split("\r\n")[1]
    assert first == "2026-03-02,2026-03-02T15:30,2026-03-02T17:30,Oak,,Club,,ann,'=Ann,"
    bob = next(line for line in as_csv(made["hours"]).decode().split("\r\n") if "bob" in line)
    assert bob == "bob,Bob,2026-03-02,,120,0,"


def test_an_answer_without_a_schedule_has_no_frames(case: Case) -> None:
    """It says so."""
    with pytest.raises(ValueError, match="no schedule"):
        frames.frames(case, Result(status=ResultStatus.UNKNOWN, levels=(), receipt=RECEIPT))


def test_the_notebook_runs() -> None:
    """Every cell, in order, as a reader would run it."""
    notebook = json.loads((DOCS / "frames.ipynb").read_text())
    cells = ["".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"]
    assert len(cells) >= 4
    names: dict[str, Any] = {}
    for number, cell in enumerate(cells):
        exec(compile(cell, f"cell {number}", "exec"), names)
    assert names["busiest"].iloc[0] > 0
