"""Reads an export of ours back: the rows of placements, from CSV or from a workbook."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from scheduler.exchange.grid.build import reading_from
from scheduler.exchange.grid.cells import Entry, Found
from scheduler.exchange.grid.codes import Said
from scheduler.exchange.grid.documents import GridMapping, GridReading, GridSheetRead
from scheduler.exchange.grid.sheet import GridSheet
from scheduler.exchange.render.placements import COLUMNS
from scheduler.exchange.workbook.sheet_lines import InvalidSheets, SheetFault


@dataclass(frozen=True)
class ExportRow:
    """One placement as it was exported."""

    start: datetime
    end: datetime
    school: str
    group: str
    duty: str
    need: str
    person_id: str
    person: str
    at: str
    """The cell of the person."""


def export_in(sheets: Sequence[GridSheet]) -> list[ExportRow] | None:
    """The placements of an export of ours; None if the sheets are something else.

    Raises:
        InvalidSheets: rows have lost their times.
    """
    for sheet in sheets:
        for top in range(min(2, sheet.rows)):  # a draft has a line above the heading
            if tuple(sheet.text(top, c) for c in range(len(COLUMNS))) == COLUMNS:
                return _rows(sheet, top + 1)
    return None


def _rows(sheet: GridSheet, first: int) -> list[ExportRow]:
    found, faults = [], []
    for r in range(first, sheet.rows):
        row = {name: sheet.text(r, c) for c, name in enumerate(COLUMNS)}
        if not row["person_id"]:
            continue
        times = []
        for column in ("start", "end"):
            try:
                times.append(datetime.fromisoformat(row[column]).replace(tzinfo=None))
            except ValueError:
                title, _, cell = sheet.at(r, COLUMNS.index(column)).rpartition("!")
                said = "is no date and time such as 2026-04-13T08:30."
                hint = "Maybe a spreadsheet changed it? Export it again."
                faults.append(SheetFault(sheet=title, cell=cell, message=said, hint=hint))
        if len(times) == 2:
            found.append(
                ExportRow(
                    start=times[0],
                    end=times[1],
                    school=row["school"],
                    group=row["group"],
                    duty=row["duty"],
                    need=row["need"],
                    person_id=row["person_id"],
                    person=row["person"],
                    at=sheet.at(r, COLUMNS.index("person")),
                )
            )
    if faults:
        raise InvalidSheets(faults)
    return found


def reading_of_rows(rows: Sequence[ExportRow], mapping: GridMapping) -> GridReading:
    """An export as a request and a schedule, where the request itself is not at hand."""
    found = Found()
    names = _names(rows)
    places: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        name, day = names[row.person_id], row.start.date()
        parts = [part for part in (row.duty, row.need, row.group) if part]
        said = Said("duty", ", ".join(parts), row.start.time(), row.end.time())
        found.entries.append(Entry(name, day, said, row.at, school=row.school))
        found.forms.setdefault(name, row.at)
        found.dates.add(day)
        places[name][row.school] += 1
    found.homes = {name: count.most_common(1)[0][0] for name, count in places.items()}
    found.apart.append(frozenset(names.values()))
    if rows:
        title, _, cell = rows[0].at.rpartition("!")
        first, last = min(found.dates), max(found.dates)
        found.sheets.append(
            GridSheetRead(
                sheet=title, rows="people", turned=False, heading=cell, first=first, last=last
            )
        )
    known = {**{name: name for name in names.values()}, **mapping.people}
    reading = reading_from(found, mapping.model_copy(update={"people": known}))
    return reading.model_copy(update={"mapping": mapping})


def _names(rows: Sequence[ExportRow]) -> dict[str, str]:
    """A name for each id; two people of one name have their id beside it."""
    name_of = {row.person_id: row.person for row in rows}
    alike = Counter(name_of.values())
    return {id_: name if alike[name] == 1 else f"{name} ({id_})" for id_, name in name_of.items()}
