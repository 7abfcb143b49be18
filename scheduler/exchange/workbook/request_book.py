"""Writes a request as an Excel workbook to fill in, with drop-downs and notes, or as zipped CSV."""

import csv
from datetime import date, datetime, time
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from scheduler.exchange.spreadsheet_text import harmless
from scheduler.exchange.workbook.cells import Cell
from scheduler.exchange.workbook.field_types import Shape, shape
from scheduler.exchange.workbook.request_rows import OWN, RULE_COLUMNS, Rows, letters, rows_of
from scheduler.exchange.workbook.sheets import (
    READ_ME,
    RULEBOOK,
    RULES,
    SETTINGS,
    SheetColumn,
    dictionaries,
    settings,
    tables,
)
from scheduler.intake.request import RotaRequest
from scheduler.intake.rulebook_page import first_sentence
from scheduler.rulebook.rule import Rule
from scheduler.rules import RULES as KINDS

MOST_IN_A_CELL = 32_767
"""The most characters in a cell, by the file format."""

MOST_IN_A_LIST = 255
"""The most characters in a drop-down's own list, by the file format."""

SPARE_ROWS = 500
"""The number of empty rows below the last that also have drop-downs."""

MOST_NOTE = 250

INTRODUCTION = (
    "A rota as a workbook: fill in or change the sheets, then give it back to schoolrota.",
    "",
    "The sheet Rota holds the settings. Every other sheet has a row for each thing.",
    "An empty cell means the default. Rows and sheets may be left empty; headings must stay.",
    "The note on a heading says what its column takes. Drop-downs show the choices.",
    "Rules stand in any order; priority 1 comes before 2. The column sentence is only for you.",
    "A rule's own fields are pairs of a parameter and its value; the sheet Rulebook lists them.",
    "",
    "Separate several things in one cell by commas: mon, tue",
    "Write things with parts by the names of the parts: skill: first-aid; home: oak",
    "Put things inside other things in parentheses: any: (role: teacher), (people: ann, bob)",
    "A range of dates is written: 2026-04-06 to 2026-04-09",
    "",
    "Formulas are not read: paste values. Say when people are away, never why.",
    "Children are counted and never named.",
)


class TooLong(ValueError):
    """A value is longer than a cell takes."""


def as_workbook(request: RotaRequest) -> bytes:
    """The request as a workbook, with drop-downs and notes for changing it.

    Raises:
        TooLong: a value does not fit into a cell; CSV has no such limit.
    """
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
    book.set_properties({"created": datetime(2000, 1, 1)})  # noqa: DTZ001  # the format has no zone
    _Book(book, rows_of(request)).write()
    book.close()
    return out.getvalue()


class _Book:
    """A workbook while it is written."""

    def __init__(self, book: Workbook, rows: Rows) -> None:
        self._book = book
        self._rows = rows
        self._heading = book.add_format({"bold": True, "bottom": 1})
        self._title = book.add_format({"bold": True, "font_size": 14})
        self._wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        text = {"num_format": "@"}
        self._text = book.add_format(text)
        self._sentence = book.add_format({**text, "italic": True, "font_color": "#595959"})
        self._date = book.add_format({"num_format": "yyyy-mm-dd"})
        self._time = book.add_format({"num_format": "hh:mm"})
        self._moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})

    def write(self) -> None:
        """Write all sheets, beginning with the one to read first."""
        self._read_me()
        self._settings()
        for dictionary in dictionaries().values():
            self._table(dictionary.title, dictionary.columns)
        for table in tables():
            sheet = self._table(table.title, table.columns)
            if table.note:
                sheet.write_comment(0, len(table.columns), table.note)
        self._rules()
        self._rulebook()

    def _read_me(self) -> None:
        sheet = self._book.add_worksheet(READ_ME)
        sheet.set_column(0, 0, 100)
        for row, line in enumerate(INTRODUCTION):
            sheet.write_string(row, 0, line, self._wrapped if row else self._title)

    def _settings(self) -> None:
        sheet = self._sheet(SETTINGS)
        sheet.set_column(0, 1, 28)
        sheet.set_column(2, 2, 70)
        for row, setting in enumerate(settings(), 1):
            column = SheetColumn(setting.name, setting.shape)
            if setting.note:
                sheet.write_comment(row, 0, setting.note[:MOST_NOTE])
            self._choices(sheet, column, 1, row, row)

    def _table(self, title: str, columns: tuple[SheetColumn, ...]) -> Worksheet:
        sheet = self._sheet(title)
        last = len(self._rows[title]) + SPARE_ROWS
        for place, column in enumerate(columns):
            if note := _note(column):
                sheet.write_comment(0, place, note)
            if column.shape.of not in ("date", "time", "moment", "whole", "number"):
                sheet.set_column(place, place, max(12, len(column.name) + 2), self._text)
            else:
                sheet.set_column(place, place, 12, self._format(column.shape))
            self._choices(sheet, column, place, 1, last)
        return sheet

    def _rules(self) -> None:
        fields = Rule.model_fields
        own = [
            SheetColumn(name, shape(fields[name].annotation), fields[name].description or "")
            for name in RULE_COLUMNS[2:]
        ]
        kinds = SheetColumn("kind", Shape("choice", tuple(KINDS)), "Which rule; see the Rulebook.")
        said = SheetColumn(
            "sentence", Shape("text"), "The rule in words. It is for you, and is not read."
        )
        columns = [kinds, said, *own]
        for heading in self._rows[RULES][0][len(columns) :]:
            note = "A field of this kind of rule, or its value; see the Rulebook."
            columns.append(SheetColumn(str(heading), Shape("text"), note))
        sheet = self._table(RULES, tuple(columns))
        sheet.set_column(0, 0, 24, self._text)
        sheet.set_column(1, 1, 60, self._sentence)

    def _rulebook(self) -> None:
        sheet = self._book.add_worksheet(RULEBOOK)
        for place, (name, wide) in enumerate((("kind", 26), ("asks", 60), ("parameters", 90))):
            sheet.set_column(place, place, wide)
            sheet.write_string(0, place, name, self._heading)
        for row, (kind, rule) in enumerate(KINDS.items(), 1):
            own = [(n, f) for n, f in rule.model_fields.items() if n not in OWN]
            lines = [f"{name}: {field.description or _note_of(field)}" for name, field in own]
            sheet.write_string(row, 0, kind, self._wrapped)
            sheet.write_string(row, 1, first_sentence(rule), self._wrapped)
            sheet.write_string(row, 2, "\n".join(lines), self._wrapped)
        sheet.freeze_panes(1, 1)

    # -------------------------------------------------------------- cells

    def _sheet(self, title: str) -> Worksheet:
        sheet = self._book.add_worksheet(title)
        for row, line in enumerate(self._rows[title]):
            for place, cell in enumerate(line):
                self._write(sheet, row, place, cell)
        sheet.freeze_panes(1, 1)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        return sheet

    def _write(self, sheet: Worksheet, row: int, place: int, cell: Cell) -> None:
        if cell is None:
            return
        if isinstance(cell, str):
            if len(cell) > MOST_IN_A_CELL:
                where = f"{sheet.get_name()}!{letters(place)}{row + 1}"
                raise TooLong(f"{where} would be longer than a cell takes. Maybe use CSV?")
            sheet.write_string(row, place, cell, self._text if row else self._heading)
        elif isinstance(cell, bool):
            sheet.write_string(row, place, _words(cell), self._text)
        elif isinstance(cell, int | float):
            sheet.write_number(row, place, cell)
        elif isinstance(cell, datetime):
            sheet.write_datetime(row, place, cell, self._moment)
        elif isinstance(cell, date):
            sheet.write_datetime(row, place, cell, self._date)
        else:
            sheet.write_datetime(row, place, cell, self._time)

    def _format(self, of: Shape) -> Any:
        return {"date": self._date, "time": self._time, "moment": self._moment}.get(of.of)

    def _choices(
        self, sheet: Worksheet, column: SheetColumn, place: int, first: int, last: int
    ) -> None:
        offered: list[str | int] | str | None = None
        kind = "stop"
        if column.shape.of == "yes":
            offered = ["yes", "no"]
        elif column.shape.of == "choice":
            offered = list(column.shape.choices)
            if column.shape.open:
                offered, kind = [*offered, 1, 2, 3, 4, 5], "warning"
            if len(",".join(map(str, offered))) > MOST_IN_A_LIST:
                offered = f"='{RULEBOOK}'!$A$2:$A${len(KINDS) + 1}"
        elif column.names is not None:
            offered, kind = self._column_of(column.names), "warning"
        if offered is None:
            return
        options = {"validate": "list", "source": offered, "error_type": kind}
        sheet.data_validation(first, place, last, place, options)

    def _column_of(self, names: str) -> str | None:
        """The range of cells with the ids of a list of the problem."""
        if names in dictionaries():
            title, letter = dictionaries()[names].title, "A"
        else:
            found = [
                (table.title, letters([c.name for c in table.columns].index("id")))
                for table in tables()
                for slot in table.slots.values()
                if slot.field == names and not slot.owners and "id" in slot.fields
            ]
            if not found:
                return None
            title, letter = found[0]
        return f"='{title}'!${letter}$2:${letter}${len(self._rows[title]) + SPARE_ROWS}"


def _note(column: SheetColumn) -> str:
    said = [column.note] if column.note else []
    if column.shape.of == "list":
        said.append("Several, separated by commas.")
        item = column.shape.item
        if item is not None and item.choices:
            said.append("Of: " + ", ".join(map(str, item.choices)) + ".")
    if column.shape.of == "thing" and column.shape.model is not None:
        said.append("Parts: " + ", ".join(column.shape.model.model_fields) + ".")
    return " ".join(said)[:MOST_NOTE]


def _note_of(field: Any) -> str:
    of = shape(field.annotation)
    kinds = {"yes": "yes or no", "whole": "a whole number", "thing": "a choice, by its parts"}
    if of.choices:
        return "one of " + ", ".join(map(str, of.choices))
    return "several, separated by commas" if of.of == "list" else kinds.get(of.of, of.of)


def _words(cell: bool) -> str:
    return "yes" if cell else "no"


# ------------------------------------------------------------------ CSV


def as_csv_zip(request: RotaRequest) -> bytes:
    """The sheets as CSV files in a zip; spreadsheets interpret no text in them as a formula."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for title, lines in rows_of(request).items():
            text = StringIO(newline="")
            csv.writer(text).writerows([_as_text(cell) for cell in line] for line in lines)
            # A fixed time, so that the same request gives the same bytes.
            entry = ZipInfo(f"{title}.csv", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = ZIP_DEFLATED
            archive.writestr(entry, text.getvalue().encode("utf-8-sig"))
    return out.getvalue()


def _as_text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return _words(cell)
    if isinstance(cell, time):
        return cell.isoformat("minutes")
    return harmless(cell.isoformat() if isinstance(cell, date) else str(cell))
