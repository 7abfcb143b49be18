"""Reading and writing workbooks for the command line, with faults printed to standard error."""

import sys
from pathlib import Path

import typer

from scheduler.exchange.workbook.read_book import read_book
from scheduler.exchange.workbook.request_book import TooLong, as_csv_zip, as_workbook
from scheduler.exchange.workbook.sheet_lines import InvalidSheets, SheetFault
from scheduler.intake.request import RotaRequest
from scheduler.wording import counted

INVALID = 2
"""The exit code for invalid input."""


def write_workbook(request: RotaRequest, out: Path, *, csv: bool) -> None:
    """Write a request to a file.

    Raises:
        typer.Exit: a value does not fit into a cell; a message has been printed.
    """
    try:
        out.write_bytes(as_csv_zip(request) if csv else as_workbook(request))
    except TooLong as error:
        _tell(str(error))
        raise typer.Exit(INVALID) from None


def read_workbook(file: Path, raw: bytes, changes: list[SheetFault] | None = None) -> RotaRequest:
    """The request in a workbook.

    Args:
        file: its name, for messages.
        raw: what is in it.
        changes: if given, rules of an earlier release are read too, and each change is added.

    Raises:
        typer.Exit: it is not valid; every fault has been printed, with its sheet and cell.
    """
    try:
        return read_book(raw, changes)
    except InvalidSheets as invalid:
        number = counted(len(invalid.faults), "thing is", "things are")
        _tell(f"{file} cannot be used; {number} wrong:")
        for fault in invalid.faults:
            _tell(f"  {fault}")
        raise typer.Exit(INVALID) from None


def _tell(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")
