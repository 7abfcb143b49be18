"""The command that rewrites requests of an earlier release in today's form."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.files import INVALID, must_be_writable, put, read_bytes, refused, tell
from scheduler.intake.parse import read_json, read_request
from scheduler.intake.request import RotaRequest
from scheduler.intake.validation_errors import InvalidRequest, pointer
from scheduler.upgrade import upgraded
from scheduler.wording import counted

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def upgrade(
    file: Annotated[
        Path,
        typer.Argument(
            help="A request or a rota's definition as JSON, or a workbook; - reads standard input."
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(help="Write to this file, which may be the same one.")
    ] = None,
) -> None:
    """Rewrite a request of an earlier release in today's form, and report each change.

    A file in today's form is written unchanged. The exit code is 2 if the result still has faults.
    """
    must_be_writable(out)
    raw = read_bytes(file)
    if raw.startswith(b"PK"):
        _workbook(file, raw, out)
        return
    try:
        document = read_json(raw, RotaRequest)
    except InvalidRequest as invalid:
        raise refused(file, invalid.faults) from None
    if not isinstance(document, dict):
        tell(f"{file} holds neither a request nor the definition of a rota.")
        raise typer.Exit(INVALID)
    made, changes = upgraded(document)
    put(_written(made) if changes else raw, out)
    _account(file, [f"{pointer(change.path)}: {change.said}" for change in changes])
    if "problem" in made:
        try:
            read_request(made)
        except InvalidRequest as invalid:
            raise refused(out or file, invalid.faults) from None


def _workbook(file: Path, raw: bytes, out: Path | None) -> None:
    from scheduler.exchange.workbook.commands import read_workbook, write_workbook
    from scheduler.exchange.workbook.sheet_lines import SheetFault

    if out is None:
        raise typer.BadParameter("a workbook is not for a terminal. Maybe --out rota.xlsx?")
    changes: list[SheetFault] = []
    request = read_workbook(file, raw, changes)
    if changes:
        write_workbook(request, out, csv=out.suffix == ".zip")
    else:
        put(raw, out)
    _account(file, [str(change) for change in changes])


def _written(document: dict[str, Any]) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def _account(file: Path, changes: list[str]) -> None:
    """Say what was changed, to standard error."""
    if not changes:
        tell(f"{file} is in today's form already; nothing was changed.")
        return
    tell(f"{file}: {counted(len(changes), 'thing was', 'things were')} rewritten in today's form:")
    for change in changes:
        tell(f"  {change}")
