"""Checking and improving a rota that somebody brings: a sheet, an export of ours, or JSON."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from api.cli.files import (
    IMPOSSIBLE,
    INVALID,
    NOTHING_FOUND,
    SOLVED,
    must_be_writable,
    put,
    read_bytes,
    read_file,
    refused,
    say,
    tell,
)
from api.cli.solving import limited, solved
from models.answer.report import Report
from models.answer.result import Level, Result, ResultStatus
from scheduler.exchange.grid.documents import GridMapping, GridQuestion
from scheduler.exchange.plain_text import one_line
from scheduler.exchange.render import table
from scheduler.exchange.render.formats import FORMATS, Format, render
from scheduler.exchange.render.report_text import Section, consequences, headline, judgement
from scheduler.exchange.workbook.sheet_lines import InvalidSheets
from scheduler.intake.case import Case
from scheduler.intake.parse import read_value
from scheduler.intake.validation_errors import InvalidRequest
from scheduler.report.answer import fingerprint
from scheduler.report.law_notes import law_notes
from scheduler.report.summary import summarise
from scheduler.wording import counted

if TYPE_CHECKING:
    from scheduler.exchange.brought.comparison import RotaComparison
    from scheduler.exchange.brought.judging import CellMark, SchoolFigures
    from scheduler.exchange.brought.reading import BroughtRota

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

WayOption = Literal["fill", "near", "new"]

MappingOption = Annotated[
    Path | None, typer.Option(help="What the codes and names of a sheet mean; see import --grid.")
]

SHEET_SECONDS = 30.0
"""How long a rota without a request is thought about, if nothing else is asked."""

MOST_CHANGES = 30
"""The most people whose changes are listed; all are in the JSON."""

MOST_MARKS = 40
"""The most breaches that are listed with their cells; the rest are in the JSON."""


@app.command()
def check(
    file: Annotated[
        Path,
        typer.Argument(help="A request as JSON or as a workbook of one; or a rota, without one."),
    ],
    schedule: Annotated[
        Path | None,
        typer.Argument(
            help="The rota: .xlsx, .xls, .ods or .csv of your own, an export of ours, or JSON. "
            "Left out, the first file is the rota, and the law is what it is judged by."
        ),
    ] = None,
    mapping: MappingOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Check a rota against every rule, without solving; of a sheet, each breach has its cell."""
    from scheduler.exchange.brought.judging import CheckedRota, figures, marks

    brought = _brought(file, mapping) if schedule is None else _brought(schedule, mapping, file)
    case = brought.case
    facts, plan = case.facts, case.plan(brought.schedule)
    report = case.judge(plan)
    marked = marks(facts, plan, report, brought.cells)
    schools = figures(facts, plan, report)
    if as_json:
        given = CheckedRota(**dict(report), marks=marked, schools=schools)
        say(given.model_dump_json(indent=2) + "\n")
    else:
        number = sum(mark.priority == "must" for mark in marked)
        broken = counted(number, "breach", "breaches")
        said = f"{broken} of what must hold." if report.broken_musts else "All that must hold does."
        law = Section("The law", tuple((said, ()) for said in law_notes(case.request)))
        sections = [_in_the_sheet(marked)] if brought.cells else []
        sections += [_by_school(schools)] if len(schools) > 1 else []
        proofs = _proofs(case, report, schedule or file)
        sections += [
            *judgement(report, proofs),
            *consequences(summarise(facts, plan, case.rules, case.titles)),
            law,
        ]
        sections = [section for section in sections if section.lines]
        say(f"{table.rota(facts, plan)}\n{said}\n\n{table.report(sections)}")
    raise typer.Exit(IMPOSSIBLE if report.broken_musts else SOLVED)


@app.command()
def improve(
    rota: Annotated[
        Path,
        typer.Argument(help="A rota: a sheet of your own, an export of ours, or JSON."),
    ],
    request: Annotated[
        Path | None,
        typer.Option(help="The request that it is for; without one, the law and the sheet count."),
    ] = None,
    way: Annotated[
        WayOption,
        typer.Option(
            help="fill: keep what stands and fill the gaps; near: mend what is wrong and change as "
            "little as possible; new: begin again."
        ),
    ] = "near",
    mapping: MappingOption = None,
    seconds: Annotated[float | None, typer.Option(help="Time limit of the search.")] = None,
    workers: Annotated[int | None, typer.Option(help="Number of cores to use.")] = None,
    seed: Annotated[int | None, typer.Option(help="Random seed.")] = None,
    format: Annotated[
        Format | None, typer.Option(help="Output format; by default that of --out, or text.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the better rota to this file.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The comparison as JSON, and no rota without --out.")
    ] = False,
) -> None:
    """Find a better rota than the one you have, and say what each school gains by it."""
    from scheduler.exchange.brought.comparison import comparison
    from scheduler.exchange.brought.ways import way_on

    must_be_writable(out)
    written = format or _format_of(out)
    if written == "xlsx" and out is None:
        raise typer.BadParameter("a workbook needs a file. Maybe --out better.xlsx?")
    brought = _brought(rota, mapping, request)
    sheet_only = request is None
    on = way_on(brought.case, brought.schedule, way, sheet_only=sheet_only)
    if sheet_only and seconds is None:
        seconds = SHEET_SECONDS
    case = limited(Case(on.request), seconds, workers, seed, reproducible=False)
    for note in on.notes:
        tell(note)
    result = solved(case, rota, start=on.start)
    if result.schedule is None:
        _say_nothing_found(result)
    else:
        gained = comparison(brought.case, brought.schedule, result.schedule)
        if as_json:
            say(gained.model_dump_json(indent=2) + "\n")
        else:
            say(_compared(gained, result))
        if out is not None or not as_json:
            plan = case.plan(result.schedule)
            content, _ = render(written, case.facts, plan, result, rules=case.rules)
            put(content, out)
    ends = {ResultStatus.IMPOSSIBLE: IMPOSSIBLE, ResultStatus.UNKNOWN: NOTHING_FOUND}
    raise typer.Exit(ends.get(result.status, SOLVED))


def _proofs(case: Case, report: Report, file: Path) -> tuple[Level, ...]:
    """What an answer says to be proved, if it is an answer to this request and costs the same."""
    try:
        document = json.loads(read_bytes(file))
        found = Result.model_validate(document.get("result", document))
    except (AttributeError, ValueError, RecursionError):
        return ()
    costs = {level.priority: level.value for level in found.levels}
    same = found.receipt.input_hash == fingerprint(case.request) and costs == report.costs
    return found.levels if same else ()


def _say_nothing_found(result: Result) -> None:
    from scheduler.exchange.render.report_text import account

    say(f"{headline(result)}\n\n{table.report(account(result, None))}")
    tell("The rota that was brought stays as it is.")


# ------------------------------------------------------------------ in


def _brought(rota: Path, mapping: Path | None, request: Path | None = None) -> "BroughtRota":
    """The rota of a file, with its request if there is one.

    Raises:
        typer.Exit: one of them cannot be used; every fault has been printed.
    """
    from scheduler.exchange.brought.reading import read_rota

    known = read_mapping(mapping)
    case = None if request is None else read_file(request)
    try:
        brought = read_rota(read_bytes(rota), case, known, datetime.now(UTC).date())
    except InvalidRequest as invalid:
        raise refused(rota, invalid.faults) from None
    except InvalidSheets as invalid:
        raise refused_sheets(rota, invalid) from None
    say_unclear(brought.questions)
    if brought.questions:
        tell("A cell that was not read counts as empty.")
    return brought


def read_mapping(mapping: Path | None) -> GridMapping:
    """The mapping of a file; the usual one without a file.

    Raises:
        typer.Exit: it cannot be used; every fault has been printed.
    """
    if mapping is None:
        return GridMapping()
    try:
        return read_value(read_bytes(mapping), GridMapping)
    except InvalidRequest as invalid:
        raise refused(mapping, invalid.faults) from None


def refused_sheets(file: Path, invalid: InvalidSheets) -> typer.Exit:
    """Write every fault with its cell to standard error; returns the exit to raise."""
    tell(f"{file} cannot be used; {counted(len(invalid.faults), 'thing is', 'things are')} wrong:")
    for fault in invalid.faults:
        tell(one_line(f"  {fault}"))
    return typer.Exit(INVALID)


def say_unclear(questions: Sequence[GridQuestion]) -> None:
    """What is unclear, with the cell and the place of the answer."""
    if questions:
        said = "Unclear; each answer has a place in the mapping (import --grid --keep writes one, "
        tell(f"{said}--mapping reads it):")
    for asked in questions:
        more = f" and {asked.cells - 1} more" if asked.cells > 1 else ""
        answer = f" [{asked.answer}]" if asked.answer.startswith("/") else ""
        tell(one_line(f"  {asked.at}{more}: {asked.says}{answer}"))


# ------------------------------------------------------------------ out


def _format_of(out: Path | None) -> Format:
    suffix = "" if out is None else out.suffix.removeprefix(".").lower()
    return suffix if suffix in FORMATS else "text"


def _in_the_sheet(marked: "Sequence[CellMark]") -> Section:
    lines = []
    for mark in marked[:MOST_MARKS]:
        where = ", ".join(mark.at) or "No cell"
        rank = "must" if mark.priority == "must" else f"priority {mark.priority}"
        lines.append((f"{where}: {mark.sentence} ({rank})", ()))
    if len(marked) > MOST_MARKS:
        rest = counted(len(marked) - MOST_MARKS, "more breach", "more breaches")
        lines.append((f"And {rest} (all are in the JSON).", ()))
    return Section("In your sheet", tuple(lines))


def _by_school(schools: "Sequence[SchoolFigures]") -> Section:
    lines = []
    for one in schools:
        costs = "".join(f"; priority {p} costs {cost}" for p, cost in one.costs.items() if cost)
        borrowed = f", {_hours(one.borrowed)} by people of others" if one.borrowed else ""
        lent = f"; it lends {_hours(one.lent)}" if one.lent else ""
        broken = counted(one.broken, "breach", "breaches")
        said = f"{one.name}: {broken} of musts, {one.unfilled} unfilled{costs}; "
        lines.append((f"{said}{_hours(one.minutes)} worked{borrowed}{lent}.", ()))
    return Section("What each school pays", tuple(lines))


def _hours(minutes: int) -> str:
    return f"{minutes / 60:.1f}".removesuffix(".0") + " h"


def _compared(gained: "RotaComparison", result: Result) -> str:
    title = "Better than what you have" if gained.better else "No better than what you have"
    sections = [Section(title, tuple((sentence, ()) for sentence in gained.sentences))]
    changes = [(sentence, ()) for sentence in gained.changes[:MOST_CHANGES]]
    if (rest := len(gained.changes) - MOST_CHANGES) > 0:
        changes.append((f"And {counted(rest, 'more person', 'more people')}.", ()))
    sections += [Section("What changes", tuple(changes))] if changes else []
    return f"{headline(result)}\n\n{table.report(sections)}\n"
