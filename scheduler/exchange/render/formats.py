"""What goes out: a schedule as text, JSON, CSV, payroll hours, a page, a workbook, a calendar."""

from collections.abc import Sequence
from typing import Literal, get_args

from models.answer.result import Result, ResultStatus
from models.answer.summary import ScheduleAnswer
from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.exchange.render import table
from scheduler.exchange.render.report_text import account, headline
from scheduler.report.summary import summarise
from scheduler.rulebook.rule import Rule

Format = Literal["text", "json", "payroll", "csv", "html", "xlsx", "ics"]

FORMATS: tuple[Format, ...] = get_args(Format)

MEDIA_TYPES: dict[Format, str] = {
    "text": "text/plain; charset=utf-8",
    "json": "application/json",
    "payroll": "text/csv; charset=utf-8",
    "csv": "text/csv; charset=utf-8",  # whoever accepts CSV means this one
    "html": "text/html; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ics": "text/calendar; charset=utf-8",
}


def render(
    format: Format,
    facts: Facts,
    plan: Plan,
    result: Result,
    *,
    rules: Sequence[Rule] = (),
    person: str | None = None,
) -> tuple[bytes, str]:
    """A schedule in a format, and its media type.

    Args:
        format: one of FORMATS.
        facts: the request's problem.
        plan: the result's schedule, or its draft's.
        result: what it came from; its report and what was proved go along.
        rules: the request's; they say why a free person is not on an unfilled place.
        person: whose calendar, by id; everybody's if left out. Only for "ics".

    Raises:
        KeyError: nobody has this id.
    """
    return _written(format, facts, plan, result, rules, person), MEDIA_TYPES[format]


def _written(
    format: Format,
    facts: Facts,
    plan: Plan,
    result: Result,
    rules: Sequence[Rule],
    person: str | None,
) -> bytes:
    # What only one format needs is imported for that format: the API starts quicker.
    if format == "csv":
        from scheduler.exchange.render.placements import as_csv

        return as_csv(facts, plan).encode()
    if format == "payroll":
        from scheduler.exchange.render.payroll import as_csv as payroll

        return payroll(facts, plan).encode()
    if format == "ics":
        from scheduler.exchange.render.icalendar_file import feed

        return feed(facts, plan, person)
    summary = summarise(facts, plan, rules)
    if format == "json":
        return (
            ScheduleAnswer(result=result, summary=summary).model_dump_json(indent=2).encode()
            + b"\n"
        )
    if format == "html":
        from scheduler.exchange.render.page import page

        return page(facts, plan, result, summary).encode()
    if format == "xlsx":
        from scheduler.exchange.render.rota_workbook import workbook

        return workbook(facts, plan, result, summary)
    draft = "DRAFT: BREAKS MUSTS\n\n" if result.status is ResultStatus.IMPOSSIBLE else ""
    said = table.report(account(result, summary))
    return f"{draft}{table.rota(facts, plan)}\n{headline(result)}\n\n{said}".encode()
