"""Reading a school's own spreadsheet: the request to a file, the questions to the person."""

from datetime import UTC, datetime
from pathlib import Path

import typer

from api.cli.brought import read_mapping, refused_sheets, say_unclear
from api.cli.files import INVALID, put, read_bytes, tell
from scheduler.exchange.grid.documents import GridReading
from scheduler.exchange.plain_text import one_line
from scheduler.exchange.workbook.sheet_lines import InvalidSheets
from scheduler.wording import counted


def import_grid(
    file: Path, mapping: Path | None, *, out: Path | None, keep: Path | None, schedule: Path | None
) -> None:
    """Read a sheet, write what was made of it, and say what is unclear.

    Raises:
        typer.Exit: it cannot be used; every fault has been printed, with its sheet and cell.
    """
    from scheduler.exchange.brought.reading import read_sheets

    known = read_mapping(mapping)
    try:
        reading = read_sheets(read_bytes(file), known, datetime.now(UTC).date())
    except InvalidSheets as invalid:
        raise refused_sheets(file, invalid) from None
    _say(reading)
    if keep is not None:
        kept = reading.mapping.model_dump_json(indent=2, exclude_defaults=True)
        put((kept + "\n").encode(), keep)
    if reading.request is None or reading.schedule is None:
        tell("No duty was found, so there is no request yet.")
        raise typer.Exit(INVALID)
    if schedule is not None:
        put((reading.schedule.model_dump_json(indent=2) + "\n").encode(), schedule)
    put((reading.request.model_dump_json(indent=2, exclude_unset=True) + "\n").encode(), out)


def _say(reading: GridReading) -> None:
    """What was read, and what is unclear."""
    for sheet in reading.sheets:
        turned = ", turned" if sheet.turned else ""
        dates = f"{sheet.first:%d %b %Y} to {sheet.last:%d %b %Y}"
        tell(one_line(f"{sheet.sheet}: {sheet.rows} down{turned}, {dates}."))
    tell(f"{counted(len(reading.people), 'person', 'people')} found.")
    for code in reading.codes:
        times = f", {code.start:%H:%M} to {code.end:%H:%M}" if code.start and code.end else ""
        cells = counted(code.cells, "cell")
        name = code.code or "(words for it)"
        tell(one_line(f"  {name}: {code.means}{times}; {cells}, first at {code.first_at}"))
    if reading.notes:
        tell("Notes:")
    for note in reading.notes:
        tell(one_line(f"  {note.at} {note.says}"))
    say_unclear(reading.questions)
