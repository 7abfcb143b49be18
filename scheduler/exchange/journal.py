"""The recharge ledger on paper: a journal as CSV, a workbook, and a few lines of text."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Literal

from models.facts import Facts
from models.recharge import Ledger, Line
from scheduler.exchange.placements import harmless

COLUMNS = (
    "period",
    "payer",
    "supplier",
    "agreement",
    "person_id",
    "basis",
    "tax_code",
    "order",
    "budget",
    "planned_minutes",
    "delivered_minutes",
    "amount",
)

Format = Literal["text", "json", "csv", "xlsx"]

MEDIA_TYPES: dict[Format, str] = {
    "text": "text/plain; charset=utf-8",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

Cell = str | int | Decimal


def render(format: Format, facts: Facts, ledger: Ledger) -> bytes:
    """A ledger in one of the formats."""
    if format == "json":
        return (ledger.model_dump_json(indent=2) + "\n").encode()
    if format == "csv":
        return as_csv(ledger).encode()
    if format == "xlsx":
        return workbook(facts, ledger)
    return as_text(facts, ledger).encode()


def rows(ledger: Ledger) -> Iterator[tuple[Cell, ...]]:
    """One row for each instalment, by payer and period; amounts in pounds."""
    lines = {line.agreement.id: line for line in ledger.lines}
    for one in sorted(ledger.journal, key=lambda i: (i.payer, i.period, i.agreement)):
        line = lines[one.agreement]
        agreement = line.agreement
        yield (
            one.period,
            one.payer,
            one.supplier,
            agreement.id,
            agreement.person,
            basis(line),
            line.tax,
            agreement.order or "",
            agreement.budget or "",
            one.planned_minutes,
            one.delivered_minutes,
            one.amount,
        )


def basis(line: Line) -> str:
    """How a line is reckoned, without any pay: "40 % of the employer's cost"."""
    how = line.agreement.basis
    if how.kind == "share":
        return f"{how.percent.normalize():f} % of the employer's cost"
    if how.kind == "per_pupil":
        return f"{how.pupils} of {how.of} pupils' part of the employer's cost"
    if how.kind == "hourly":
        return f"{how.hours.normalize():f} hours"
    return "fixed sum"


def as_csv(ledger: Ledger) -> str:
    """The rows under a header, by RFC 4180."""
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows(ledger):
        writer.writerow([harmless(cell) if isinstance(cell, str) else str(cell) for cell in row])
    return out.getvalue()


def workbook(facts: Facts, ledger: Ledger) -> bytes:
    """A sheet for the journal, its sums, the year's lines, the employers' costs and the minutes."""
    from xlsxwriter import Workbook

    from scheduler.exchange.workbook import sheet

    out = BytesIO()
    book = Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    sheet(book, "Journal", [COLUMNS, *rows(ledger)])
    sheet(book, "Periods", _periods(ledger))
    sheet(book, "Year", _year(facts, ledger))
    sheet(book, "Employers' costs", _costs(ledger))
    sheet(book, "Minutes", _minutes(ledger))
    book.close()
    return out.getvalue()


def sums(ledger: Ledger) -> dict[tuple[str, str, str], Decimal]:
    """(payer, supplier, period) to what is owed."""
    found: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for one in ledger.journal:
        found[one.payer, one.supplier, one.period] += one.amount
    return dict(sorted(found.items()))


def as_text(facts: Facts, ledger: Ledger) -> str:
    """What each school owes each other, period by period, and what each line comes to."""
    said = ["Recharge", "========", ""]
    for line in ledger.lines:
        person = facts.name(facts.person_number[line.agreement.person])
        payer = facts.school_name(facts.school_number(line.agreement.payer))
        early = f" ({line.proration}; {line.full} for all of it)" if line.proration else ""
        said.append(f"- {person} for {payer}, {basis(line)}: {line.charge}{early}. {line.tax}.")
        if line.true_up:
            verb = "goes back to" if line.true_up > 0 else "is owed besides by"
            said.append(f"    . At the year's end {abs(line.true_up)} {verb} {payer}.")
    said.append("")
    for (payer, supplier, period), amount in sums(ledger).items():
        said.append(f"{period:10}  {payer} to {supplier}  {amount:>12}")
    return "\n".join(said) + "\n"


Row = tuple[Cell, ...]


def _periods(ledger: Ledger) -> Iterable[Row]:
    yield "payer", "supplier", "period", "amount"
    yield from ((*key, amount) for key, amount in sums(ledger).items())


def _year(facts: Facts, ledger: Ledger) -> Iterable[Row]:
    yield (
        "agreement",
        "person",
        "payer",
        "first",
        "last",
        "basis",
        "charge",
        "proration",
        "unit",
        "planned",
        "delivered",
        "true-up",
        "tax",
        "minutes planned on this rota",
        "minutes delivered",
    )
    for line in ledger.lines:
        agreement, counted = line.agreement, line.agreement.counted
        yield (
            agreement.id,
            facts.name(facts.person_number[agreement.person]),
            agreement.payer,
            agreement.dates.first.isoformat(),
            agreement.until.isoformat(),
            basis(line),
            line.charge,
            line.proration,
            "" if counted is None else counted.unit,
            "" if counted is None else counted.planned,
            "" if counted is None else counted.delivered,
            line.true_up,
            line.tax,
            line.planned_minutes,
            line.delivered_minutes,
        )


def _costs(ledger: Ledger) -> Iterable[Row]:
    yield "agreement", "what", "amount"
    for line in ledger.lines:
        if line.cost is not None:
            yield line.agreement.id, "pay", line.cost.pay
            yield from ((line.agreement.id, p.on_cost, p.amount) for p in line.cost.on_costs)
            yield line.agreement.id, "whole", line.cost.total


def _minutes(ledger: Ledger) -> Iterable[Row]:
    yield (
        "date",
        "person_id",
        "duty",
        "employer",
        "home",
        "place",
        "payer",
        "agreement",
        "planned",
        "delivered",
    )
    for row in ledger.minutes:
        yield (
            row.date.isoformat(),
            row.person,
            f"travel before {row.duty}" if row.travel else row.duty,
            row.employer,
            row.home,
            row.place,
            row.payer,
            row.agreement or "",
            row.planned,
            row.delivered,
        )
