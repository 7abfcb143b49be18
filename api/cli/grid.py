"""Reading a school's own spreadsheet: the request to a file, the questions to the person."""

from datetime import UTC, datetime
from pathlib import Path

import typer

from api.cli.files import INVALID, put, read_bytes, refused, tell
from scheduler.exchange.grid.documents import GridMapping, GridReading
from scheduler.exchange.plain_text import one_line
from scheduler.exchange.workbook.sheet_lines import InvalidSheets
from scheduler.intake.parse import read_value
from scheduler.intake.validation_errors import InvalidRequest
from scheduler.wording import counted


def import_grid(
    file: Path, mapping: Path | None, *, out: Path | None, keep: Path | None, schedule: Path | None
) -> None:
    """Read a sheet, write what was made of it, and say what is unclear.

    Raises:
        typer.Exit: it cannot be used; every fault has been printed, with its sheet and cell.
    """
    from scheduler.exchange.grid.build import read_grid

    known = GridMapping()
    if mapping is not None:
        try:
            known = read_value(read_bytes(mapping), GridMapping)
        except InvalidRequest as invalid:
            raise refused(mapping, invalid.faults) from None
    try:
        reading = read_grid(read_bytes(file), known, datetime.now(UTC).date())
    except InvalidSheets as invalid:
        number = counted(len(invalid.faults), "thing is", "things are")
        tell(f"{file} cannot be used; {number} wrong:")
        for fault in invalid.faults:
            tell(one_line(f"  {fault}"))
        raise typer.Exit(INVALID) from None
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
    if not reading.questions:
        return
    tell("Unclear; each answer has a place in the mapping (--keep writes one, --mapping reads it):")
    for asked in reading.questions:
        more = f" and {asked.cells - 1} more" if asked.cells > 1 else ""
        tell(one_line(f"  {asked.at}{more}: {asked.says} [{asked.answer}]"))
