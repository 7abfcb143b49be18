"""Reading and writing the files of a command, and the exit codes of all commands."""

import os
import sys
from pathlib import Path

import typer

from scheduler.intake.case import Case
from scheduler.intake.parse import read_case
from scheduler.intake.validation_errors import Fault, InvalidRequest
from scheduler.wording import counted

SOLVED, OUR_FAULT, INVALID, IMPOSSIBLE, NOTHING_FOUND = 0, 1, 2, 3, 4
"""Exit codes, the same for all commands."""


def read_bytes(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}.") from None


def must_be_writable(place: Path | None) -> None:
    """Refuse a place that cannot be written, before a search whose answer would be lost."""
    if place is None:
        return
    held = place if place.exists() else place.parent
    if place.is_dir() or not os.access(held, os.W_OK):
        raise typer.BadParameter(f"{place} cannot be written. Maybe in another directory?")


def read_file(file: Path) -> Case:
    raw = read_bytes(file)
    if raw.startswith(b"PK"):
        from scheduler.exchange.workbook.commands import read_workbook

        return Case(read_workbook(file, raw))
    try:
        return read_case(raw)
    except InvalidRequest as invalid:
        raise refused(file, invalid.faults) from None


def refused(file: Path, faults: tuple[Fault, ...]) -> typer.Exit:
    """Write every fault with its place to standard error; returns the exit to raise."""
    tell(f"{file} cannot be used; {counted(len(faults), 'thing is', 'things are')} wrong:")
    for fault in faults:
        place = fault.pointer or "the document"
        tell(f"  {place}: {fault.message} {fault.hint}".rstrip())
    return typer.Exit(INVALID)


def put(content: bytes, out: Path | None) -> None:
    if out is None:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
    else:
        out.write_bytes(content)


def say(text: str) -> None:
    sys.stdout.write(text)


def tell(sentence: str) -> None:
    """Write to standard error, so that standard output holds the rota and nothing else."""
    sys.stderr.write(sentence + "\n")
