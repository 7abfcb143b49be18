"""The recharge ledger on paper: a journal as CSV, a workbook, and a few lines of text."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from io import BytesIO
from typing import TYPE_CHECKING, Literal, get_args

from models.facts.facts import Facts
from models.register.recharge import AgreementLine, Ledger
from scheduler.exchange.render import formats
from scheduler.report.hours import says

if TYPE_CHECKING:
    import pandas as pd

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

FORMATS: tuple[Format, ...] = get_args(Format)

MEDIA_TYPES = {format: formats.MEDIA_TYPES[format] for format in FORMATS}

Cell = str | int | Decimal


def render(format: Format, facts: Facts, ledger: Ledger) -> bytes:
    """A ledger in one of the formats."""
    if format == "json":
        return (ledger.model_dump_json(indent=2) + "\n").encode()
    if format == "csv":
        return journal_csv(ledger)
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


def basis(line: AgreementLine) -> str:
    """How a line is calculated, without any pay: "40 % of the employer's cost"."""
    how = line.agreement.basis
    if how.kind == "share":
        return f"{how.percent.normalize():f} % of the employer's cost"
    if how.kind == "per_pupil":
        return f"{how.pupils} of {how.of} pupils' part of the employer's cost"
    if how.kind == "hourly":
        return f"{how.hours.normalize():f} hours"
    return "fixed sum"


def frame(ledger: Ledger) -> "pd.DataFrame":
    """The rows as a pandas frame: texts, minutes as `Int64`, pounds as `Decimal`."""
    from scheduler.exchange import frame_columns

    kinds = dict.fromkeys(COLUMNS, frame_columns.TEXT)
    kinds |= dict.fromkeys(("planned_minutes", "delivered_minutes"), frame_columns.COUNT)
    return frame_columns.frame(kinds | {"amount": frame_columns.POUNDS}, rows(ledger))


def journal_csv(ledger: Ledger) -> bytes:
    """The rows under a header, by RFC 4180."""
    from scheduler.exchange.frame_columns import as_csv

    return as_csv(frame(ledger))


def workbook(facts: Facts, ledger: Ledger) -> bytes:
    """Sheets for the journal, its sums, the year's lines and the minutes, and for the employers'
    costs if the ledger has them."""
    from xlsxwriter import Workbook

    from scheduler.exchange.render.rota_workbook import sheet

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
    if any(line.cost is not None for line in ledger.lines):
        sheet(book, "Employers' costs", _costs(ledger))
    sheet(book, "Minutes", _minutes(ledger))
    book.close()
    return out.getvalue()


def sums(ledger: Ledger) -> dict[tuple[str, str, str], Decimal]:
    """(payer, supplier, period) to the amount owed."""
    found: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for one in ledger.journal:
        found[one.payer, one.supplier, one.period] += one.amount
    return dict(sorted(found.items()))


def as_text(facts: Facts, ledger: Ledger) -> str:
    """Each line's amount with its reasons, and what each school owes each other, by period."""

    def school(id: str) -> str:
        return facts.school_name(facts.school_number(id))

    said = ["Recharge", "========", ""]
    for line in ledger.lines:
        person = facts.name(facts.person_number[line.agreement.person])
        payer = school(line.agreement.payer)
        said.append(f"- {person} for {payer}, {basis(line)}: {pounds(line.charge)}.")
        said += [f"    . {remark}" for remark in _remarks(line, payer)]
    owed = sums(ledger)
    for payer, supplier in sorted({(payer, supplier) for payer, supplier, _ in owed}):
        mine = {
            period: owed[key] for key in owed if key[:2] == (payer, supplier) for period in key[2:]
        }
        said += ["", f"{school(payer)} to {school(supplier)}"]
        said += [f"  {period:10} {pounds(amount):>14}" for period, amount in mine.items()]
        said.append(f"  {'together':10} {pounds(sum(mine.values(), Decimal(0))):>14}")
    return "\n".join(said) + "\n"


def pounds(amount: Decimal) -> str:
    """As people write it: "£1,234.50"."""
    return f"{'-' if amount < 0 else ''}£{abs(amount):,.2f}"


def _remarks(line: AgreementLine, payer: str) -> Iterator[str]:
    """Sentences that explain a charge."""
    if line.proration:
        yield f"It ends early: {line.proration}. The whole was agreed at {pounds(line.full)}."
    counted = line.agreement.counted
    if counted is not None and line.true_up:
        done, planned = (f"{n.normalize():f}" for n in (counted.delivered, counted.planned))
        what = f"{done} of {planned} planned {counted.unit} were delivered"
        how = "is refunded to" if line.true_up > 0 else "is also owed by"
        yield f"{what}, so {pounds(abs(line.true_up))} {how} {payer} at the end of the year."
    if line.planned_minutes or line.delivered_minutes:
        planned, done = map(says, (line.planned_minutes, line.delivered_minutes))
        yield f"On this rota: {planned} planned, {done} delivered."
    yield f"Tax code: {line.tax}."


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
