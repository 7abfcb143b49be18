"""The command line: solve, check, upgrade, read the rulebook, and run the service."""

import json
import sys
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import typer

from api.cli.brought import app as checking
from api.cli.demo import app as demo
from api.cli.files import (
    IMPOSSIBLE,
    INVALID,
    NOTHING_FOUND,
    OUR_FAULT,
    SOLVED,
    must_be_writable,
    put,
    read_bytes,
    read_file,
    refused,
    say,
    tell,
)
from api.cli.service import app as service
from api.cli.solving import limited, solved
from api.cli.upgrade import app as upgrading
from api.cli.what_if import app as asking
from models.answer.result import Result, ResultStatus
from models.answer.summary import ScheduleAnswer
from models.facts.plan import Plan
from scheduler.child import preload
from scheduler.exchange.render import table
from scheduler.exchange.render.formats import Format, render
from scheduler.exchange.render.report_text import (
    account,
    headline,
    in_brief,
)
from scheduler.intake.case import Case
from scheduler.intake.parse import read_schedule
from scheduler.intake.validation_errors import Fault, InvalidRequest
from scheduler.report.summary import summarise
from scheduler.rules import RULES

__all__ = ["IMPOSSIBLE", "INVALID", "NOTHING_FOUND", "OUR_FAULT", "SOLVED", "app"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Rules in, a checked schedule out. Exit codes: 0 solved, 1 our fault, 2 invalid request, "
    "3 impossible (or a must is broken), 4 nothing found in time.",
)

app.add_typer(checking)
app.add_typer(service)
app.add_typer(demo)
app.add_typer(upgrading)
app.add_typer(asking)

preload(__name__)

WORDING = 1.0
"""Seconds in which an answer is put into words in full, after the search."""

File = Annotated[
    Path, typer.Argument(help="A request as JSON, or a workbook of one; - reads standard input.")
]


# ------------------------------------------------------------------ solve


@app.command()
def solve(
    file: File,
    seconds: Annotated[float | None, typer.Option(help="Time limit of the search.")] = None,
    workers: Annotated[int | None, typer.Option(help="Number of cores to use.")] = None,
    seed: Annotated[int | None, typer.Option(help="Random seed.")] = None,
    reproducible: Annotated[
        bool, typer.Option("--reproducible", help="The same input gives the same schedule.")
    ] = False,
    format: Annotated[Format, typer.Option(help="Output format.")] = "text",
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    brief: Annotated[
        bool, typer.Option("--brief", help="As text, only the report, on less than a page.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Write to this file.")] = None,
    html: Annotated[
        Path | None, typer.Option(help="Also write the printable page, to this file.")
    ] = None,
) -> None:
    """Find the best schedule, and say what was met, what was not and why, and what was proved.

    The rota goes to standard output, progress to standard error. Ctrl-C stops and keeps the best.
    """
    case = limited(read_file(file), seconds, workers, seed, reproducible)
    written: Format = "json" if as_json else format
    if written == "xlsx" and out is None and sys.stdout.isatty():
        raise typer.BadParameter("a workbook is not for a terminal. Maybe --out rota.xlsx?")
    for place in (out, html):
        must_be_writable(place)
    result = solved(case, file)
    over = _over(case)
    if brief and written == "text":
        put(_brief(case, result, over), out)
    else:
        _write(written, case, result, out, over)
    if html is not None:
        _write("html", case, result, html, over)
    if written != "text" or out is not None:
        tell(headline(result))
    raise typer.Exit(
        {ResultStatus.IMPOSSIBLE: IMPOSSIBLE, ResultStatus.UNKNOWN: NOTHING_FOUND}.get(
            result.status, SOLVED
        )
    )


@app.command()
def show(
    file: File,
    answer: Annotated[Path, typer.Argument(help="An answer of `solve --json`.")],
    format: Annotated[Format, typer.Option(help="Output format.")] = "text",
    out: Annotated[Path | None, typer.Option(help="Write to this file.")] = None,
) -> None:
    """Show an answer that was found before, in any format, without solving."""
    case = read_file(file)
    if format == "xlsx" and out is None and sys.stdout.isatty():
        raise typer.BadParameter("a workbook is not for a terminal. Maybe --out rota.xlsx?")
    must_be_writable(out)
    try:
        document = json.loads(read_bytes(answer))
        result = Result.model_validate(document.get("result", document))
    except (AttributeError, ValueError, RecursionError):
        hint = "Maybe keep one with `solve --json --out`, or use `check` for a schedule?"
        fault = Fault(pointer="", message="is no answer.", hint=hint)
        raise refused(answer, (fault,)) from None
    schedule = result.schedule or (result.draft and result.draft.schedule)
    if schedule is not None:
        try:
            read_schedule(schedule.model_dump(mode="json"), case.facts)
        except InvalidRequest as invalid:
            raise refused(answer, invalid.faults) from None
    _write(format, case, result, out, lambda: False)


@app.command()
def recharge(
    file: File,
    schedule: Annotated[Path, typer.Argument(help="The published rota: a schedule or an answer.")],
    agreements: Annotated[
        Path, typer.Argument(help="Pay and agreements; see `example shared-staff`.")
    ],
    delivered: Annotated[
        Path | None, typer.Option(help="What was worked; by default as published.")
    ] = None,
    payer: Annotated[
        str | None, typer.Option(help="Only what this school pays, without anybody's pay.")
    ] = None,
    period: Annotated[
        str | None,
        typer.Option(
            help="With --payer: only a month, such as 2025-09, or a term by its first day."
        ),
    ] = None,
    format: Annotated[
        Literal["text", "json", "csv", "xlsx"], typer.Option(help="Output format.")
    ] = "text",
    out: Annotated[Path | None, typer.Option(help="Write to this file.")] = None,
) -> None:
    """What schools owe each other for shared people, to the penny.

    Pay enters here and nowhere else: keep the file of agreements, and the result, from all
    who may not see it.
    """
    from scheduler.exchange.recharge import ledger_output
    from scheduler.exchange.recharge.ledger import for_payer, ledger
    from scheduler.exchange.recharge.ledger_checks import read_recharge

    if format == "xlsx" and out is None and sys.stdout.isatty():
        raise typer.BadParameter("a workbook is not for a terminal. Maybe --out recharge.xlsx?")
    case = read_file(file)
    facts = case.facts
    planned = _plan(case, schedule)
    worked = None if delivered is None else _plan(case, delivered)
    try:
        found = read_recharge(read_bytes(agreements), facts)
    except InvalidRequest as invalid:
        raise refused(agreements, invalid.faults) from None
    owed = ledger(found, planned, worked)
    if period is not None and payer is None:
        raise typer.BadParameter("--period needs a --payer.")
    if payer is not None:
        owed = for_payer(owed, payer, period)
        if not owed.journal:
            raise typer.BadParameter("this school pays nothing then. Maybe another --payer?")
    put(ledger_output.render(format, facts, owed), out)


def _plan(case: Case, file: Path) -> Plan:
    from scheduler.exchange.brought.reading import schedule_in

    try:
        return case.plan(read_schedule(schedule_in(read_bytes(file)), case.facts))
    except InvalidRequest as invalid:
        raise refused(file, invalid.faults) from None


# ------------------------------------------------------------------ to read


@app.command()
def rules(
    kind: Annotated[
        str | None, typer.Argument(help="The kind of one rule, to show in full.")
    ] = None,
) -> None:
    """List the rulebook by topic, or show one rule with its fields and drawings."""
    from scheduler.intake import rulebook_page

    if kind is None:
        say(rulebook_page.listing())
    elif kind in RULES:
        say(rulebook_page.chapter(kind))
    else:
        raise typer.BadParameter("there is no such rule. Maybe `schoolrota rules` for a list?")


@app.command()
def example(name: Annotated[str | None, typer.Argument(help="Its name.")] = None) -> None:
    """List the example requests, or print one of them as JSON."""
    folder = files("examples")
    found = sorted(f.name.removesuffix(".json") for f in folder.iterdir() if ".json" in f.name)
    if name is None:
        for one in found:
            title = json.loads((folder / f"{one}.json").read_bytes())["problem"]["name"]
            say(f"{one:13}  {title}\n")
    elif name in found:
        say((folder / f"{name}.json").read_text(encoding="utf-8"))
    elif (other := folder / "recharge" / f"{name}.json").is_file():
        say(other.read_text(encoding="utf-8"))
    else:
        raise typer.BadParameter(f"there is no such example. Maybe one of {', '.join(found)}?")


# ------------------------------------------------------------------ workbooks


@app.command()
def export(
    what: Annotated[str, typer.Argument(help="`workbook`; nothing else can be exported yet.")],
    file: File,
    out: Annotated[Path, typer.Option(help="The file to write.")],
    csv: Annotated[bool, typer.Option("--csv", help="A zip of CSV instead of .xlsx.")] = False,
) -> None:
    """Write a request as a workbook to fill in, with drop-downs, notes, a sheet per noun."""
    from scheduler.exchange.workbook.commands import write_workbook

    if what != "workbook":
        raise typer.BadParameter("there is nothing of this name to export. Maybe `workbook`?")
    write_workbook(read_file(file).request, out, csv=csv)


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A workbook, or a zip of CSV.")],
    out: Annotated[Path | None, typer.Option(help="Write to this file.")] = None,
    grid: Annotated[
        bool,
        typer.Option(
            "--grid", help="A sheet of your own: .xlsx, .xls, .ods, .csv, or pasted cells."
        ),
    ] = False,
    mapping: Annotated[
        Path | None, typer.Option(help="With --grid: what your codes and names mean.")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(help="With --grid: write the mapping, to fill in and keep.")
    ] = None,
    schedule: Annotated[
        Path | None, typer.Option(help="With --grid: write the rota itself to this file.")
    ] = None,
) -> None:
    """Read a filled-in workbook as JSON; each fault is given with its sheet and cell.

    With --grid it reads a rota as you keep it, and asks on standard error about what is unclear.
    """
    if grid:
        from api.cli.grid import import_grid

        for place in (out, keep, schedule):
            must_be_writable(place)
        import_grid(file, mapping, out=out, keep=keep, schedule=schedule)
        return
    if mapping or keep or schedule:
        raise typer.BadParameter("--mapping, --keep and --schedule need --grid.")
    from scheduler.exchange.workbook.commands import read_workbook

    found = read_workbook(file, read_bytes(file)).model_dump_json(indent=2, exclude_unset=True)
    put((found + "\n").encode(), out)


# ------------------------------------------------------------------ in and out


def _over(case: Case) -> Callable[[], bool]:
    """Whether the answer has been put into words for as long as it may take after the limit."""
    until = time.monotonic() + WORDING
    return lambda: not case.request.limits.reproducible and time.monotonic() > until


def _write(
    format: Format, case: Case, result: Result, out: Path | None, over: Callable[[], bool]
) -> None:
    schedule = result.schedule or (result.draft.schedule if result.draft else None)
    if schedule is None:
        answer = ScheduleAnswer(result=result, summary=None)
        said = f"{headline(result)}\n\n{table.report(account(result, None))}"
        content = (answer.model_dump_json(indent=2) if format == "json" else said).encode() + b"\n"
        out = out if format in ("json", "text") else None
    else:
        plan = case.plan(schedule)
        content, _ = render(format, case.facts, plan, result, rules=case.rules, over=over)
    put(content, out)


def _brief(case: Case, result: Result, over: Callable[[], bool]) -> bytes:
    """The report without the rota and without places, short enough for a terminal."""
    schedule = result.schedule or (result.draft.schedule if result.draft else None)
    sections = account(result, None)
    if schedule is not None:
        summary = summarise(case.facts, case.plan(schedule), case.rules, case.titles, over)
        sections = in_brief(result, summary)
    said = f"{case.facts.problem.name}\n\n{headline(result)}\n\n{table.report(sections)}"
    return said.encode()
