"""A rota's results as pandas frames, for spreadsheets, payroll, notebooks and benchmarks.

Every frame has the columns that are written here, in this order, with the types that
`scheduler.exchange.frame_columns` explains, also where it has no row. Texts are as they were sent:
`as_csv` makes them harmless for spreadsheets. Times are local, without an offset; minutes are
whole.
"""

from typing import TYPE_CHECKING

import pandas as pd

from models.answer.report import Report
from models.answer.result import Result
from models.answer.summary import Summary
from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.exchange.frame_columns import COUNT, HOURS, TEXT, TIME, YES_NO, frame
from scheduler.exchange.render import payroll as payroll_rows
from scheduler.exchange.render import placements as placement_rows
from scheduler.report.summary import summarise

if TYPE_CHECKING:
    from scheduler.intake.case import Case

PLACEMENTS: dict[str, str] = {
    name: TIME if name in ("date", "start", "end") else TEXT for name in placement_rows.COLUMNS
}
"""A row for each placement, by date, start, duty and person. An activity that needs only things has
one without a person for each of its days."""

COVERAGE: dict[str, str] = {
    "date": TIME,
    "start": TIME,
    "end": TIME,
    "school": TEXT,
    "duty": TEXT,
    "need": TEXT,
    "needed": COUNT,
    "there": COUNT,
    "missing": COUNT,
    "spare": COUNT,
    "reserve": COUNT,
    "people": TEXT,
}
"""A row for each duty: people needed, there, missing, beyond those needed, and how many more could
step in."""

HOURS_OF_WEEKS: dict[str, str] = {
    "person_id": TEXT,
    "person": TEXT,
    "week": TIME,
    "contracted_minutes": COUNT,
    "planned_minutes": COUNT,
    "travel_minutes": COUNT,
    "left_minutes": COUNT,
}
"""A row for each person and week; nothing is contracted or left where no contract gives hours."""

COSTS: dict[str, str] = {
    "rule": COUNT,
    "kind": TEXT,
    "sentence": TEXT,
    "must": YES_NO,
    "priority": COUNT,
    "authority": TEXT,
    "by_law": YES_NO,
    "unit": TEXT,
    "weight": COUNT,
    "amount": COUNT,
    "cost": COUNT,
    "places": COUNT,
}
"""A row for each rule, as the report lists them: by how much it is broken, in its unit, at what
cost and in how many places. `priority` is empty where the rule must hold."""

PRIORITIES: dict[str, str] = {
    "priority": COUNT,
    "title": TEXT,
    "value": COUNT,
    "bound": COUNT,
    "proved": YES_NO,
    "sentence": TEXT,
}
"""A row for each priority: the cost reached, and what was proved about how low it can be."""

PAYROLL: dict[str, str] = {
    **dict.fromkeys(payroll_rows.COLUMNS, TEXT),
    **dict.fromkeys(("duties", "minutes", "travel_minutes"), COUNT),
    "hours": HOURS,
}
"""A row for each month, person, contract and place of work; `scheduler.exchange.render.payroll`
says to which a duty belongs."""


def frames(case: "Case", result: Result) -> dict[str, pd.DataFrame]:
    """Every frame of an answer, by name: placements, coverage, hours, costs, priorities, payroll.

    Args:
        case: the request with its facts.
        result: its answer; of one that is impossible, the draft is shown.

    Raises:
        ValueError: the answer has neither a schedule nor a draft.
    """
    schedule, report = result.schedule, result.report
    if schedule is None and result.draft is not None:
        schedule, report = result.draft.schedule, result.draft.report
    if schedule is None or report is None:
        raise ValueError("the answer has no schedule: there is nothing to show.")
    plan = case.plan(schedule)
    summary = summarise(case.facts, plan, case.request.all_rules)
    return {
        "placements": placements(case.facts, plan),
        "coverage": coverage(case.facts, summary),
        "hours": hours(case.facts, summary),
        "costs": costs(report),
        "priorities": priorities(result),
        "payroll": payroll(case.facts, plan),
    }


def placements(facts: Facts, plan: Plan) -> pd.DataFrame:
    """Who is on which duty, when and where: PLACEMENTS."""
    return frame(PLACEMENTS, placement_rows.rows(facts, plan))


def coverage(facts: Facts, summary: Summary) -> pd.DataFrame:
    """Every duty, and whether it has its people: COVERAGE."""
    return frame(
        COVERAGE,
        (
            (
                None if row.start is None else row.start.replace(hour=0, minute=0, second=0),
                row.start,
                row.end,
                facts.school_name(facts.school_number(row.school)),
                row.name,
                row.need or "",
                row.needed,
                row.there,
                row.missing,
                row.spare,
                row.reserve,
                ", ".join(facts.name(facts.person_number[person]) for person in row.people),
            )
            for row in summary.coverage
        ),
    )


def hours(facts: Facts, summary: Summary) -> pd.DataFrame:
    """What each week of each person holds: HOURS_OF_WEEKS."""
    return frame(
        HOURS_OF_WEEKS,
        (
            (
                week.person,
                facts.name(facts.person_number[week.person]),
                week.week,
                week.contracted,
                week.planned,
                week.travel,
                None if week.contracted is None else week.contracted - week.planned - week.travel,
            )
            for week in summary.weeks
        ),
    )


def costs(report: Report) -> pd.DataFrame:
    """How each rule fared: COSTS."""
    return frame(
        COSTS,
        (
            (
                found.rule,
                found.kind,
                found.sentence,
                found.priority == "must",
                None if found.priority == "must" else found.priority,
                found.authority,
                found.by_law,
                found.unit,
                found.weight,
                found.amount,
                found.cost,
                len(found.breaches),
            )
            for found in report.findings
        ),
    )


def priorities(result: Result) -> pd.DataFrame:
    """What was reached and proved: PRIORITIES."""
    return frame(
        PRIORITIES,
        (
            (one.priority, one.title, one.value, one.bound, one.proved, one.sentence)
            for one in result.levels
        ),
    )


def payroll(facts: Facts, plan: Plan) -> pd.DataFrame:
    """Hours worked, to be paid: PAYROLL."""
    return frame(PAYROLL, payroll_rows.rows(facts, plan))
