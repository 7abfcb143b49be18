"""The workbook of two schools that docs/spreadsheets.md shows, as a reader would type it."""

import csv
import re
from io import BytesIO, StringIO
from pathlib import Path

from openpyxl import Workbook

DOCUMENT = Path(__file__).parent.parent / "docs" / "spreadsheets.md"
_SHEET = re.compile(r"sheet `([^`]+)` of `last-term\.xlsx`[^`]*```csv\n(.*?)```", re.DOTALL)


def last_term() -> bytes:
    """The sheets that stand in the document, as one workbook."""
    book = Workbook()
    first = book.active
    for title, rows in _SHEET.findall(DOCUMENT.read_text(encoding="utf-8")):
        sheet = book.create_sheet(title)
        for row in csv.reader(StringIO(rows)):
            sheet.append([cell or None for cell in row])
    assert first is not None
    book.remove(first)
    out = BytesIO()
    book.save(out)
    return out.getvalue()
