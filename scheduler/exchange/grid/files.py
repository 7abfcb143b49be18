"""The sheets of a file, whatever it is: .xlsx, .xls, .ods, .csv, or text that was pasted."""

import csv
import re
import warnings
from io import BytesIO, StringIO
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell.cell import MergedCell

from scheduler.exchange.archive import ArchiveTooLarge, members
from scheduler.exchange.grid.calamine_child import sheets_apart
from scheduler.exchange.grid.sheet import GridSheet, Spot, framed
from scheduler.exchange.workbook.sheet_lines import InvalidSheets, SheetFault

MOST_BYTES = 8 * 1024 * 1024
"""The size of the largest file, packed."""

PASTED = "Pasted"
"""The title of a sheet that came as text."""

MOST_UNPACKED = 48 * 1024 * 1024

MOST_SHEETS = 60

MOST_ROWS = 2_000
"""The most rows of a sheet: a rota is a page, not a register."""

MOST_COLUMNS = 800
"""The most columns of a sheet: two years of days."""

MOST_CELLS = 200_000
"""The most cells of all sheets together, empty ones with a format too."""

MOST_MERGED = 20_000
"""The most cells in merged blocks."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ROW = re.compile(rb'<(?:\w+:)?row[^>]{0,200}?\sr="(\d{1,20})"')
_CELL = re.compile(rb"<(?:\w+:)?c[\s>/]")
_MERGED = re.compile(
    rb'<(?:\w+:)?mergeCell[^>]{0,200}?\sref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"'
)
_AT = re.compile(rb'<(?:\w+:)?c[^>]{0,200}?\sr="([A-Z]{1,3})\d{1,7}"')
_NO_COLOURS = {"00000000", "FFFFFFFF", "00FFFFFF"}


def refused(said: str, sheet: str = "", hint: str = "") -> InvalidSheets:
    """A file, or a sheet, that cannot be read at all."""
    return InvalidSheets([SheetFault(sheet=sheet, cell="", message=said, hint=hint)])


def sheets_of(raw: bytes) -> list[GridSheet]:
    """The sheets of a file.

    Raises:
        InvalidSheets: it is no spreadsheet, damaged, or larger than a rota.
    """
    if len(raw) > MOST_BYTES:
        raise refused(f"is larger than {MOST_BYTES // 2**20} MB.", hint="Maybe keep one term?")
    if raw.startswith(_OLE):
        return _by_calamine(raw)
    if raw.startswith(b"PK"):
        try:
            parts = members(raw, MOST_UNPACKED)
        except ArchiveTooLarge as error:
            raise refused(str(error)) from None
        if "xl/workbook.xml" in parts:
            return _xlsx(raw, parts)
        if parts.get("mimetype", b"").startswith(b"application/vnd.oasis.opendocument.spreadsheet"):
            if any(b"<!DOCTYPE" in p or b"<!ENTITY" in p for n, p in parts.items() if ".xml" in n):
                raise refused("contains XML declarations that no spreadsheet needs.")
            return _by_calamine(raw)
        raise refused("is no spreadsheet.", hint="Maybe save it as .xlsx, .xls, .ods or .csv?")
    return [_text(raw)]


def _by_calamine(raw: bytes) -> list[GridSheet]:
    found = sheets_apart(raw, MOST_ROWS, MOST_COLUMNS, MOST_SHEETS, MOST_CELLS)
    if isinstance(found, str):
        raise refused(found, hint="Maybe save it as .xlsx, without a password?")
    return [
        GridSheet(
            title=one["title"],
            frame=framed(one["rows"]),
            hidden=one["hidden"],
            merged=_merged(one["merged"]),
        )
        for one in found
    ]


def _merged(blocks: list[Any]) -> dict[tuple[int, int], tuple[int, int]]:
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for (top, left), (bottom, right) in blocks:
        if len(found) + (bottom - top + 1) * (right - left + 1) > MOST_MERGED:
            raise refused("has very large merged blocks.", hint="Maybe undo the merge?")
        for r in range(top, bottom + 1):
            found.update({(r, c): (top, left) for c in range(left, right + 1)})
    return found


def _text(raw: bytes) -> GridSheet:
    """A sheet from CSV, or from cells that were copied out of a spreadsheet."""
    text = _decoded(raw)
    if any(ord(sign) < 9 or 13 < ord(sign) < 32 for sign in text):
        raise refused("is no spreadsheet.", hint="Maybe save it as .xlsx, .xls, .ods or .csv?")
    lines = [line for line in text.splitlines() if line.strip()][:50]
    sign = max("\t,;|", key=lambda mark: sum(line.count(mark) for line in lines))
    if not any(sign in line for line in lines):
        hint = "Maybe save it as .xlsx, .xls, .ods or .csv, or copy the cells themselves?"
        raise refused("is no spreadsheet: its lines have no cells.", hint=hint)
    rows: list[list[str | None]] = []
    cells = 0
    try:
        for row in csv.reader(StringIO(text, newline=""), delimiter=sign):
            cells += len(row)
            if len(rows) >= MOST_ROWS or len(row) > MOST_COLUMNS or cells > MOST_CELLS:
                raise refused(f"has more than {MOST_ROWS} rows, or {MOST_COLUMNS} columns.")
            rows.append([cell.removeprefix("'") or None for cell in row])
    except csv.Error:
        raise refused("is not CSV (RFC 4180).") from None
    return GridSheet(title=PASTED, frame=framed(rows))


def _decoded(raw: bytes) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")  # what a spreadsheet in Britain saves as CSV


# ------------------------------------------------------------------ .xlsx


def _xlsx(raw: bytes, parts: dict[str, bytes]) -> list[GridSheet]:
    _bounded(parts)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(BytesIO(raw), keep_links=False)
            saved = load_workbook(BytesIO(raw), keep_links=False, data_only=True)
            sheets = [_sheet(sheet, saved[sheet.title]) for sheet in book.worksheets]
            book.close()
            saved.close()
    except InvalidSheets:
        raise
    except Exception:
        # A damaged part makes the library fail in many ways, none of which tells the reader why.
        hint = "Maybe open it in a spreadsheet and save it again?"
        raise refused("is damaged.", hint=hint) from None
    return sheets


def _bounded(parts: dict[str, bytes]) -> None:
    """Refuse what would need far more memory than a rota, before anything is built of it."""
    cells = merged = sheets = 0
    for name, part in parts.items():
        if not name.lower().endswith((".xml", ".rels", ".vml")):
            continue
        if b"<!DOCTYPE" in part or b"<!ENTITY" in part or part[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise refused("contains XML declarations that no workbook needs.")
        if not name.startswith("xl/worksheets/") or not name.endswith(".xml"):
            continue
        sheets += 1
        cells += sum(1 for _ in _CELL.finditer(part))
        if sheets > MOST_SHEETS:
            raise refused(f"has more than {MOST_SHEETS} sheets.")
        if cells > MOST_CELLS:
            raise refused(f"has more than {MOST_CELLS} cells. Maybe delete unused columns?")
        if any(int(found[1]) > MOST_ROWS for found in _ROW.finditer(part)):
            raise refused(f"has a sheet with more than {MOST_ROWS} rows. Maybe delete some?")
        if any(_column(found[1]) > MOST_COLUMNS for found in _AT.finditer(part)):
            raise refused(f"has a sheet with more than {MOST_COLUMNS} columns. Maybe delete some?")
        for found in _MERGED.finditer(part):
            wide = abs(_column(found[3]) - _column(found[1])) + 1
            high = abs(int(found[4]) - int(found[2])) + 1
            merged += wide * high
            if (
                merged > MOST_MERGED
                or _column(found[3]) > MOST_COLUMNS
                or int(found[4]) > MOST_ROWS
            ):
                raise refused("has very large merged blocks. Maybe undo the merge?")


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _sheet(sheet: Any, saved: Any) -> GridSheet:
    values: dict[Spot, Any] = {}
    colours: dict[Spot, str] = {}
    formulas: set[Spot] = set()
    for row in sheet.iter_rows():
        for cell in row:
            spot = (cell.row - 1, cell.column - 1)
            value = cell.value
            if cell.data_type == "f":
                value = saved.cell(cell.row, cell.column).value
                if value is None:
                    formulas.add(spot)
            if cell.data_type == "e" or (
                isinstance(value, str) and value.startswith("#") and value.rstrip("!?").isupper()
            ):
                formulas.add(spot)
                value = None
            if value is not None:
                values[spot] = value
            if not isinstance(cell, MergedCell) and (colour := _colour(cell)):
                colours[spot] = colour
    height = max((r for r, _ in (*values, *colours)), default=-1) + 1
    width = max((c for _, c in (*values, *colours)), default=-1) + 1
    merged = {
        (r - 1, c - 1): (block.min_row - 1, block.min_col - 1)
        for block in sheet.merged_cells.ranges
        for r in range(block.min_row, block.max_row + 1)
        for c in range(block.min_col, block.max_col + 1)
    }
    height = max([height, *(r + 1 for r, _ in merged)])
    width = max([width, *(c + 1 for _, c in merged)])
    rows = ([values.get((r, c)) for c in range(width)] for r in range(height))
    return GridSheet(
        title=sheet.title,
        frame=framed(rows),
        hidden=sheet.sheet_state != "visible",
        hidden_rows=frozenset(n - 1 for n, d in sheet.row_dimensions.items() if d.hidden),
        hidden_columns=frozenset(_hidden_columns(sheet)),
        colours=colours,
        formulas=frozenset(formulas),
        merged=merged,
    )


def _hidden_columns(sheet: Any) -> set[int]:
    found: set[int] = set()
    for dimension in sheet.column_dimensions.values():
        if dimension.hidden:
            first = dimension.min or 1
            found.update(range(first - 1, min(dimension.max or first, MOST_COLUMNS)))
    return found


def _colour(cell: Any) -> str:
    """A cell's own colour, as a spreadsheet calls it; empty where it has none."""
    if not cell.has_style or cell.fill.fill_type != "solid":
        return ""
    colour = cell.fill.fgColor
    if colour.type == "rgb":
        return "" if colour.rgb in _NO_COLOURS else str(colour.rgb)[-6:]
    if colour.type == "theme":
        return "" if colour.theme == 0 and not colour.tint else f"theme-{colour.theme}"
    return "" if colour.indexed in (9, 64, 65) else f"indexed-{colour.indexed}"
