"""One sheet of a school: a frame of cells, and what no frame holds, such as colours."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from functools import cached_property
from typing import Any

import pandas as pd

from scheduler.exchange.plain_text import one_line
from scheduler.exchange.workbook.request_rows import letters

Spot = tuple[int, int]
"""A row and a column of a frame, counted from 0."""


@dataclass(frozen=True)
class GridSheet:
    """A sheet as it was read; every value is text, a number, a date, a time or None."""

    title: str
    frame: pd.DataFrame
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()
    colours: Mapping[Spot, str] = field(default_factory=dict)
    formulas: frozenset[Spot] = frozenset()
    """Formulas without a saved value, and cells that hold an error."""
    merged: Mapping[Spot, Spot] = field(default_factory=dict)
    """From each cell of a merged block to its first."""
    turned: bool = False
    """Whether rows and columns have been exchanged since it was read."""

    @property
    def rows(self) -> int:
        return self.frame.shape[0]

    @property
    def columns(self) -> int:
        return self.frame.shape[1]

    def at(self, row: int, column: int) -> str:
        """The sheet and cell of a spot, as a spreadsheet calls it."""
        if self.turned:
            row, column = column, row
        return f"{one_line(self.title)}!{self.cell(row, column)}"

    @staticmethod
    def cell(row: int, column: int) -> str:
        """A cell such as C4."""
        return f"{letters(column)}{row + 1}"

    def value(self, row: int, column: int) -> Any:
        """A cell's value; of a merged block each cell has that of the first."""
        if not (0 <= row < self.rows and 0 <= column < self.columns):
            return None
        row, column = self.merged.get((row, column), (row, column))
        return self._values[row][column]

    def text(self, row: int, column: int) -> str:
        """A cell as one line of text; empty without one."""
        if not (0 <= row < self.rows and 0 <= column < self.columns):
            return ""
        row, column = self.merged.get((row, column), (row, column))
        return self._texts[row][column]

    @cached_property
    def _values(self) -> list[list[Any]]:
        return [list(row) for row in self.frame.to_numpy()]

    @cached_property
    def _texts(self) -> list[list[str]]:
        return [[as_text(value) for value in row] for row in self._values]

    def exchanged(self) -> "GridSheet":
        """The same sheet with its rows as columns."""
        return replace(
            self,
            frame=self.frame.T.reset_index(drop=True),
            hidden_rows=self.hidden_columns,
            hidden_columns=self.hidden_rows,
            colours={(c, r): colour for (r, c), colour in self.colours.items()},
            formulas=frozenset((c, r) for r, c in self.formulas),
            merged={(c, r): (b, a) for (r, c), (a, b) in self.merged.items()},
            turned=not self.turned,
        )


_PARTS_OF_A_DAY = {
    **dict.fromkeys(("am", "a.m", "morning", "mornings"), "am"),
    **dict.fromkeys(("pm", "p.m", "afternoon", "afternoons"), "pm"),
    **dict.fromkeys(("start", "starts", "in", "from", "begin"), "start"),
    **dict.fromkeys(("finish", "end", "ends", "out", "to", "until"), "end"),
}


@dataclass
class GridBlock:
    """One grid: a line of dates with rows below it."""

    sheet: GridSheet
    header: int
    dates: dict[int, date] = field(default_factory=dict)
    """From a column to its date."""
    halves: dict[int, str] = field(default_factory=dict)
    """Columns that are a morning or an afternoon, and which."""
    closed: dict[int, str] = field(default_factory=dict)
    """Columns of days on which the school is closed, or only staff come, and which of these."""
    label: int = 0
    surname: int | None = None
    times: int | None = None
    home: int | None = None
    """A column that says somebody's school."""
    half: int | None = None
    """A column that says morning or afternoon of its row."""
    ends: dict[int, int] = field(default_factory=dict)
    """From a column of when somebody begins to that of when they end."""
    rows: list[int] = field(default_factory=list)
    heading: str = ""
    """What stands above the labels."""
    passed: list[tuple[int, str]] = field(default_factory=list)
    """Rows that are not read, and why."""

    @property
    def first_cell(self) -> str:
        return self.sheet.at(self.header, min(self.dates))

    def label_of(self, row: int) -> str:
        """The name of a row; an afternoon without one has that of its morning above."""
        said = self.sheet.text(row, self.label)
        if not said and self.half is not None and self.sheet.text(row, self.half):
            above = range(row - 1, max(row - 3, self.header), -1)
            said = next((text for r in above if (text := self.sheet.text(r, self.label))), "")
        if self.surname is not None:
            said = f"{said} {self.sheet.text(row, self.surname)}".strip()
        return said

    def bands(self) -> set[Spot]:
        """Cells of rows and columns that are coloured from one end to the other."""
        colours = self.sheet.colours
        found: set[Spot] = set()
        for r in self.rows:
            if len(self.dates) > 1 and len({colours.get((r, c)) for c in self.dates}) == 1:
                found |= {(r, c) for c in self.dates}
        for c in self.dates:
            if len(self.rows) > 1 and len({colours.get((r, c)) for r in self.rows}) == 1:
                found |= {(r, c) for r in self.rows}
        return found

    def session(self, row: int, column: int) -> str | None:
        """`am` or `pm`, where the row or the column says it."""
        if self.half is None:
            return self.halves.get(column)
        said = self.sheet.text(row, self.half).lower()
        return "pm" if said.startswith(("p", "aft")) else "am" if said else None

    def text(self, row: int, column: int) -> str:
        """A cell; of two columns, with the times from and to, both."""
        text = self.sheet.text(row, column)
        if column not in self.ends:
            return text
        both = [text, self.sheet.text(row, self.ends[column])]
        hours = [re.sub(r"(\d\.\d)$", r"\g<1>0", part) for part in both]  # 8.30, typed as a number
        return " - ".join(hours) if all(map(is_clock, hours)) else " ".join(filter(None, both))


def as_text(value: Any) -> str:
    """A cell's value as one line without needless space."""
    if value is None or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    lines = (one_line(line) for line in str(value).splitlines())
    return " ; ".join(kept for line in lines if (kept := " ".join(line.split())))


def framed(rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
    """Rows of different lengths as a frame."""
    found = [list(row) for row in rows]
    width = max((len(row) for row in found), default=0)
    filled = [row + [None] * (width - len(row)) for row in found]
    return pd.DataFrame(filled, dtype=object).reindex(columns=range(width))


def is_number(text: str) -> bool:
    """Whether a cell holds a number, or a share, and nothing else."""
    return re.fullmatch(r"[-\d.,:%/]+", text) is not None


def is_clock(text: str) -> bool:
    """Whether a cell holds a time of day and nothing else: 8.30, 08:30, 9am, 15:15."""
    return re.fullmatch(r"\d{1,2}(?:[:.]\d{2})?\s*(?:am|pm)?", text, re.IGNORECASE) is not None


def half_of(text: str) -> str | None:
    """`am`, `pm`, `start` or `end`, where a heading is one of them and nothing else."""
    return _PARTS_OF_A_DAY.get(text.casefold().strip(" ."))
