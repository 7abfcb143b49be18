"""Reads the rows of sheets by their headings, and collects faults with sheet and cell."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.value import Value
from scheduler.exchange.workbook.cells import Cell, from_cell
from scheduler.exchange.workbook.field_types import Shape
from scheduler.exchange.workbook.notation import Misread
from scheduler.exchange.workbook.request_rows import letters
from scheduler.intake.validation_errors import MOST_FAULTS


class SheetFault(Value):
    """One fault, with its sheet and cell."""

    sheet: str
    cell: str
    """A cell such as C4; empty if the fault is about the sheet or workbook as a whole."""
    message: str
    hint: str = ""

    def __str__(self) -> str:
        """As a line to print."""
        place = f"{self.sheet}!{self.cell}" if self.cell else self.sheet or "the workbook"
        return f"{place}: {self.message} {self.hint}".rstrip()


class InvalidSheets(ValueError):
    """The sheets do not hold a valid request; with every fault that was found."""

    def __init__(self, faults: Sequence[SheetFault]) -> None:
        self.faults = tuple(faults[:MOST_FAULTS])
        if len(faults) > MOST_FAULTS:
            more = f"There are {len(faults) - MOST_FAULTS} more faults, which are not listed."
            self.faults += (SheetFault(sheet="", cell="", message=more),)
        super().__init__("; ".join(map(str, self.faults[:3])))


@dataclass(frozen=True)
class SheetLine:
    """One row with its place."""

    sheet: str
    number: int
    cells: Mapping[str, Cell]
    letters: Mapping[str, str]

    def at(self, column: str | None = None) -> tuple[str, str]:
        """The sheet and cell of a column; without one, of the row's first cell."""
        letter = self.letters.get(column, "A") if column else "A"
        return self.sheet, f"{letter}{self.number}"


class Sheets:
    """Sheets while they are read, with the faults found so far."""

    def __init__(self, rows: Mapping[str, Sequence[Sequence[Cell]]]) -> None:
        self._rows = rows
        self.faults: list[SheetFault] = []

    @property
    def titles(self) -> Iterator[str]:
        """The names of all sheets."""
        return iter(self._rows)

    def lines(
        self, title: str, columns: tuple[str, ...], *, pairs: bool = False
    ) -> Iterator[SheetLine]:
        rows = self._rows.get(title, ())
        if not rows:
            return
        heading: dict[str, str] = {}
        order: list[str | None] = []
        for place, cell in enumerate(rows[0]):
            name = cell.strip().lower() if isinstance(cell, str) else cell
            at = (title, f"{letters(place)}1")
            if blank(name):
                order.append(None)
            elif name in columns or (pairs and _is_pair(name)):
                if name in heading:
                    self.fault(at, "is also the heading of an earlier column.")
                heading[str(name)] = letters(place)
                order.append(str(name))
            else:
                near = difflib.get_close_matches(str(name), columns, 1)
                maybe = f"`{near[0]}`?" if near else f"one of: {', '.join(columns)}."
                self.fault(at, f"is the heading of a column that is not known. Maybe {maybe}")
                order.append(None)
        for number, row in enumerate(rows[1:], 2):
            if all(map(blank, row)):
                continue
            for place, cell in enumerate(row):
                lost = place >= len(order) or order[place] is None
                if lost and not blank(cell):
                    at = (title, f"{letters(place)}{number}")
                    self.fault(at, "stands under no known heading.")
                    break
            cells = {name: cell for name, cell in zip(order, row, strict=False) if name}
            yield SheetLine(title, number, cells, heading)

    def read(self, line: SheetLine, column: str, of: Shape) -> tuple[bool, Any]:
        """(whether the cell holds something readable, its value)."""
        cell = line.cells.get(column)
        if blank(cell):
            return False, None
        try:
            return True, from_cell(cell, of)
        except Misread as error:
            self.fault(line.at(column), str(error))
            return False, None

    def fault(self, at: tuple[str, str], said: str) -> None:
        message, maybe, hint = said.partition(" Maybe ")
        hint = f"Maybe {hint}" if maybe else ""
        self.faults.append(SheetFault(sheet=at[0], cell=at[1], message=message, hint=hint))


def blank(cell: object) -> bool:
    """Whether a cell is empty."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _is_pair(name: object) -> bool:
    word, _, number = str(name).partition(" ")
    return word in ("parameter", "value") and number.isdecimal() and len(number) < 3
