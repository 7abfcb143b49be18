"""Reads a request from a workbook or from zipped CSV, within limits."""

import csv
import re
import warnings
from collections.abc import Iterator
from io import BytesIO, StringIO
from typing import Any

from openpyxl import load_workbook

from scheduler.exchange.archive import ArchiveTooLarge, members
from scheduler.exchange.workbook.cells import Cell
from scheduler.exchange.workbook.request_rows import Rows, letters
from scheduler.exchange.workbook.request_sheets import request_of
from scheduler.exchange.workbook.sheet_lines import InvalidSheets, SheetFault
from scheduler.exchange.workbook.sheets import READ_ME, RULEBOOK
from scheduler.intake.request import RotaRequest

MOST_BYTES = 16 * 1024 * 1024
"""The size of the largest file, packed."""

MOST_UNPACKED = 96 * 1024 * 1024

MOST_SHEETS = 60

MOST_ROWS = 20_000
"""The most rows of a sheet."""

MOST_COLUMNS = 100

MOST_CELLS = 1_000_000
"""The most cells of all sheets together."""

_ROW = re.compile(rb'<(?:\w+:)?row[^>]{0,200}?\sr="(\d{1,20})"')
_CELL = re.compile(rb"<(?:\w+:)?c[\s>/]")

_FAR = re.compile(
    rb'<(?:\w+:)?c[^>]{0,200}?\sr="((?:[A-Z]{3}|C[W-Z]|[D-Z][A-Z])\d{1,7})"[^>]{0,200}(?<!/)>'
    rb"\s{0,200}<(?:\w+:)?(?:v|is|f)\b"
)
"""Matches a non-empty cell to the right of CV, the last column that is read."""

SKIPPED = (READ_ME, RULEBOOK)


def read_book(raw: bytes, changes: list[SheetFault] | None = None) -> RotaRequest:
    """The request in a workbook, or in zipped CSV.

    Args:
        raw: the file.
        changes: if given, rules of an earlier release are read too, and each change is added.

    Raises:
        InvalidSheets: with every fault that was found, each with its sheet and cell.
    """
    if len(raw) > MOST_BYTES:
        raise _refused(f"is larger than {MOST_BYTES // 2**20} MB.")
    try:
        parts = members(raw, MOST_UNPACKED)
    except ArchiveTooLarge as error:
        raise _refused(str(error)) from None
    if "xl/workbook.xml" in parts:
        rows, faults = _workbook(raw, parts)
    elif any(name.endswith(".csv") for name in parts):
        rows, faults = _csv(parts)
    else:
        raise _refused("is neither a workbook (.xlsx) nor a zip of CSV.")
    if not faults:
        return request_of(rows, changes)
    try:
        request_of(rows, changes)
    except InvalidSheets as invalid:
        told = {(f.sheet, f.cell) for f in faults}
        faults += [f for f in invalid.faults if (f.sheet, f.cell) not in told]
    raise InvalidSheets(faults)


def _refused(said: str, sheet: str = "") -> InvalidSheets:
    return InvalidSheets([SheetFault(sheet=sheet, cell="", message=said)])


# ------------------------------------------------------------------ XLSX


def _workbook(raw: bytes, parts: dict[str, bytes]) -> tuple[Rows, list[SheetFault]]:
    cells = 0
    for name, part in parts.items():
        if not name.lower().endswith((".xml", ".rels", ".vml")):
            continue
        if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
            raise _refused("contains XML declarations that no workbook needs.")
        if name.startswith("xl/worksheets/"):
            cells += sum(1 for _ in _CELL.finditer(part))
            if cells > MOST_CELLS:
                raise _refused(f"has more than {MOST_CELLS} cells.")
            if any(int(found[1]) > MOST_ROWS for found in _ROW.finditer(part)):
                raise _refused(f"has a sheet with more than {MOST_ROWS} rows.")
            if far := _FAR.search(part):
                said = f"has something in {far[1].decode()} of a sheet: {MOST_COLUMNS} columns"
                raise _refused(f"{said} are read. Maybe clear it?")
    rows: Rows = {}
    faults: list[SheetFault] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(BytesIO(raw), read_only=True, keep_links=False)
            for number, sheet in enumerate(book.worksheets):
                if number >= MOST_SHEETS:
                    raise _refused(f"has more than {MOST_SHEETS} sheets.")
                if sheet.title not in SKIPPED:
                    rows[sheet.title] = list(_sheet(sheet, faults))
            book.close()
    except InvalidSheets:
        raise
    except Exception:
        # A damaged part makes the library fail in many ways, none of which tells the reader why.
        raise _refused("is damaged. Maybe open it in a spreadsheet and save it again?") from None
    return rows, faults


def _sheet(sheet: Any, faults: list[SheetFault]) -> Iterator[list[Cell]]:
    sheet.reset_dimensions()
    bounded = sheet.iter_rows(max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS + 1)
    for number, row in enumerate(bounded, 1):
        found: list[Cell] = []
        for place, cell in enumerate(row):
            value = cell.value
            if value is None:
                found.append(None)
                continue
            if number > MOST_ROWS or place >= MOST_COLUMNS:
                said = f"has more than {MOST_ROWS} rows, or {MOST_COLUMNS} columns."
                raise _refused(said, sheet.title[:31])
            if cell.data_type in ("f", "e"):
                what = "a formula" if cell.data_type == "f" else "an error"
                said = f"holds {what}, which is not read."
                at = f"{letters(place)}{number}"
                hint = "Maybe paste its value?"
                fault = SheetFault(sheet=sheet.title, cell=at, message=said, hint=hint)
                faults.append(fault)
                value = None
            found.append(value)
        while found and found[-1] is None:
            found.pop()
        yield found


# ------------------------------------------------------------------ CSV


def _csv(parts: dict[str, bytes]) -> tuple[Rows, list[SheetFault]]:
    rows: Rows = {}
    cells = 0
    for name, part in parts.items():
        title, _, ending = name.rpartition("/")[2].rpartition(".")
        if ending != "csv" or title in SKIPPED:
            continue
        if title in rows or len(rows) >= MOST_SHEETS:
            raise _refused(f"holds a sheet twice, or more than {MOST_SHEETS}.")
        rows[title] = []
        try:
            text = part.decode("utf-8-sig")
            for row in csv.reader(StringIO(text, newline=""), strict=True):
                cells += len(row)
                if len(rows[title]) >= MOST_ROWS or cells > MOST_CELLS or len(row) > MOST_COLUMNS:
                    raise _refused("has more rows, columns or cells than are read.", title[:31])
                rows[title].append([_cell(text) for text in row])
        except (UnicodeDecodeError, csv.Error):
            raise _refused("is not CSV in UTF-8 (RFC 4180).", title[:31]) from None
    return rows, []


def _cell(text: str) -> Cell:
    """A cell's text, without the apostrophe that marks it as no formula."""
    return text.removeprefix("'") or None
