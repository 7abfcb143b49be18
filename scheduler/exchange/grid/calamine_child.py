"""Reads an .xls or .ods file in a process of its own, whose memory and time are limited.

The reader builds a sheet from its first cell to its last, so that two cells far apart can ask for
any amount of memory. The file comes on standard input; the sheets leave as JSON.
"""

import json
import subprocess
import sys
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

MOST_MEMORY = 1024 * 1024 * 1024
MOST_SECONDS = 20

TOO_LARGE = 3
"""The exit code for a file whose sheets are larger than allowed."""


def sheets_apart(raw: bytes, rows: int, columns: int, sheets: int, cells: int) -> list[Any] | str:
    """The sheets of a file, each with title, rows, merged blocks and whether it is hidden.

    Returns:
        The sheets, or why there are none.
    """
    limits = [str(limit) for limit in (rows, columns, sheets, cells)]
    try:
        done = subprocess.run(
            [sys.executable, "-P", str(Path(__file__)), *limits],
            input=raw,
            capture_output=True,
            timeout=MOST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "is larger than a rota."
    if done.returncode == TOO_LARGE:
        return f"has more than {rows} rows, {columns} columns or {sheets} sheets."
    if done.returncode != 0:
        return "is damaged, or protected by a password."
    found: list[Any] = json.loads(done.stdout, object_hook=_value)
    return found


def _value(sent: dict[str, Any]) -> Any:
    if "date" in sent:
        return date.fromisoformat(sent["date"])
    if "time" in sent:
        return time.fromisoformat(sent["time"])
    return sent


def _sent(value: Any) -> Any:
    if value == "":
        return None
    if isinstance(value, datetime):
        return {"date": value.date().isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, time):
        return {"time": value.isoformat()}
    if isinstance(value, timedelta):
        return {"time": f"{value.seconds // 3600:02}:{value.seconds // 60 % 60:02}"}
    return value


def _read(raw: bytes, rows: int, columns: int, sheets: int, cells: int) -> list[Any]:
    from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    book = CalamineWorkbook.from_filelike(BytesIO(raw))
    kept = [m for m in book.sheets_metadata if m.typ == SheetTypeEnum.WorkSheet]
    if len(kept) > sheets:
        raise OverflowError
    found = []
    for one in kept:
        sheet = book.get_sheet_by_name(one.name)
        height, width = sheet.total_height, sheet.total_width
        cells -= height * width
        if height > rows or width > columns or cells < 0:
            raise OverflowError
        merged = [block for block in sheet.merged_cell_ranges or () if block[1][0] < rows]
        found.append(
            {
                "title": one.name,
                "hidden": one.visible != SheetVisibleEnum.Visible,
                "rows": [
                    [_sent(value) for value in row]
                    for row in sheet.to_python(skip_empty_area=False)
                ],
                "merged": merged,
            }
        )
    return found


def main() -> int:
    """Read standard input within the limits that the arguments give."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    try:
        found = _read(sys.stdin.buffer.read(), *map(int, sys.argv[1:5]))
    except OverflowError:
        return TOO_LARGE
    except Exception:
        return 1
    sys.stdout.write(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
