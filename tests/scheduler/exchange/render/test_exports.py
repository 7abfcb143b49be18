"""What other programs read: JSON by its committed schema, and hours for payroll."""

import csv
import json
from collections import Counter
from io import StringIO
from typing import Any

import jsonschema_rs
import pytest

from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.problem import Problem
from scheduler.exchange.render.formats import render
from scheduler.exchange.schemas.writing import DOCUMENTS, place, written
from tests.scheduler.exchange.render.test_formats import (
    FACTS,
    PLAN,
    PROBLEM,
    REPORT,
    RESULT,
    RULE,
    SCHEDULE,
)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_committed_schema_is_that_of_the_code(name: str) -> None:
    """After a change to a model: `make docs`."""
    assert place(name).read_text(encoding="utf-8") == written(name)


def valid(name: str, document: Any) -> bool:
    """Whether a document is as its committed schema says."""
    schema = json.loads(place(name).read_text(encoding="utf-8"))
    return bool(jsonschema_rs.validator_for(schema).is_valid(document))


def test_what_is_written_keeps_to_its_schema() -> None:
    """The answer, the schedule, the report and the request; and what is not does not."""
    answer = json.loads(render("json", FACTS, PLAN, RESULT, rules=[RULE])[0])
    assert valid("answer", answer)
    assert valid("schedule", json.loads(SCHEDULE.model_dump_json()))
    assert valid("report", json.loads(REPORT.model_dump_json()))
    assert valid("request", {"problem": json.loads(FACTS.problem.model_dump_json())})
    assert not valid("answer", {**answer, "result": 7})
    assert not valid("schedule", {"placements": [{"person": "ann"}]})


# ------------------------------------------------------------------ payroll

CONTRACTS: list[dict[str, Any]] = [
    {"id": "c1", "role": "ta", "school": "OAK", "last": "2026-03-27", "payer": "=Trust"},
    {"id": "c2", "role": "ta", "school": "OAK", "first": "2026-03-28", "employer": "LA"},
    {"id": "c3", "role": "ta", "school": "FEL"},
]


def hours(**changes: Any) -> list[dict[str, str]]:
    """The rows for payroll of the rota with hostile names, into April."""
    people = [{**PROBLEM["people"][0], "contracts": CONTRACTS}, *PROBLEM["people"][1:]]
    shift = {**PROBLEM["shifts"][0], "unpaid_minutes": 30}
    document = {
        **PROBLEM,
        "horizon": {"first": "2026-03-27", "last": "2026-04-02"},
        "roles": {"ta": "Teaching assistant"},
        "schools": [*PROBLEM["schools"], {"id": "FEL", "name": "Fellside"}],
        "people": people,
        "shifts": [shift],
        **changes,
    }
    facts = Facts(Problem.model_validate(document))
    placed = [("p1", "27"), ("p1", "30"), ("p1", "31"), ("p2", "27")]
    duties = [{"person": p, "duty": f"day/lead@2026-03-{day}"} for p, day in placed]
    duties.append({"person": "p1", "duty": "day/lead@2026-04-01"})
    plan = Plan.of(facts, Schedule.model_validate({"placements": duties}))
    content = render("payroll", facts, plan, RESULT)[0].decode()
    return list(csv.DictReader(StringIO(content, newline="")))


def test_hours_go_to_the_contract_that_ran_on_the_day() -> None:
    """By month; unpaid breaks do not count; nobody without hours is listed."""
    said = [
        (r["month"], r["person_id"], r["contract"], r["duties"], r["minutes"], r["hours"])
        for r in hours()
    ]
    assert said == [
        ("2026-03", "p1", "c1", "1", "360", "6.00"),
        ("2026-03", "p1", "c2", "2", "720", "12.00"),
        ("2026-03", "p2", "", "1", "360", "6.00"),
        ("2026-04", "p1", "c2", "1", "360", "6.00"),
    ]
    row = hours()[1]
    assert (row["role"], row["employer"], row["school"]) == (
        "Teaching assistant",
        "LA",
        "Oakfield",
    )


def test_the_way_between_schools_is_paid() -> None:
    """For the contract of the duty after it; two jobs at one school differ by the role that
    each duty asks for."""
    schools = [*PROBLEM["schools"], {"id": "FEL", "name": "Fellside"}]
    jobs = [
        {"id": "c1", "role": "midday", "school": "OAK"},
        {"id": "c2", "role": "cleaner", "school": "OAK"},
        {"id": "c3", "role": "midday", "school": "FEL"},
    ]

    def shift(id: str, school: str, role: str, start: str, end: str) -> dict[str, Any]:
        need = {"count": 1, "who": {"role": role}}
        times = {"start": start, "end": end}
        return {"id": id, "name": id, "school": school, **times, "needs": [need]}

    document = {
        "name": "Two jobs and a way",
        "horizon": {"first": "2026-03-30", "last": "2026-03-30"},
        "roles": {"midday": "Midday supervisor", "cleaner": "Cleaner"},
        "schools": schools,
        "travel": [{"between": ["OAK", "FEL"], "minutes": 25}],
        "people": [{"id": "m", "name": "M", "home": "OAK", "contracts": jobs}],
        "shifts": [
            shift("lunch", "OAK", "midday", "11:30", "12:30"),
            shift("play", "FEL", "midday", "13:00", "14:00"),
            shift("clean", "OAK", "cleaner", "15:30", "17:30"),
        ],
    }
    facts = Facts(Problem.model_validate(document))
    plan = Plan(facts, [(0, duty.number) for duty in facts.duties], {})
    content = render("payroll", facts, plan, RESULT)[0].decode()
    rows = list(csv.DictReader(StringIO(content, newline="")))
    said = [(r["contract"], r["minutes"], r["travel_minutes"], r["hours"]) for r in rows]
    assert said == [
        ("c1", "60", "0", "1.00"),
        ("c2", "120", "25", "2.42"),
        ("c3", "60", "25", "1.42"),
    ]


def test_where_two_contracts_fit_payroll_decides() -> None:
    """None is guessed, and no minute is lost."""
    twice = [CONTRACTS[1], {**CONTRACTS[1], "id": "c9"}]
    people = [{**PROBLEM["people"][0], "contracts": twice}, *PROBLEM["people"][1:]]
    rows = hours(people=people)
    assert {row["contract"] for row in rows} == {""}
    minutes: Counter[str] = Counter()
    for row in rows:
        minutes[row["person_id"]] += int(row["minutes"])
    assert minutes == {"p1": 4 * 360, "p2": 360}


def test_no_cell_for_payroll_is_a_formula() -> None:
    """Names and payers are texts; there is no pay."""
    rows = hours()
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert rows[0]["payer"] == "'=Trust"
