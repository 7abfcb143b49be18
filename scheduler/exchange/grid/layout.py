"""Finds the grids of a sheet: the line of dates, the column of names, and where they end."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from scheduler.exchange.grid.codes import legend, times_in
from scheduler.exchange.grid.dates import (
    WrittenDate,
    closing,
    date_inside,
    date_lines,
    made,
    monday,
    month_inside,
    second_line,
    with_years,
    written_date,
)
from scheduler.exchange.grid.names import (
    DUTY_HEADING,
    KEY_HEADING,
    NAME_HEADING,
    SCHOOL_HEADING,
    SURNAME_HEADING,
    TIME_HEADING,
    is_remark,
    is_total,
    looks_like_a_name,
)
from scheduler.exchange.grid.sheet import GridBlock, GridSheet, half_of, is_number
from scheduler.exchange.workbook.sheet_lines import SheetFault


@dataclass
class Layout:
    """The grids of one sheet, or why there are none."""

    blocks: list[GridBlock] = field(default_factory=list)
    faults: list[SheetFault] = field(default_factory=list)
    needs_week: str = ""
    """The first heading of weekdays whose week nothing says."""


def layout(sheet: GridSheet, near: date, week: date | None) -> Layout:
    """The grids of a sheet; of one whose dates go down, with rows and columns exchanged."""
    across = date_lines(sheet)
    exchanged = sheet.exchanged()
    down = date_lines(exchanged)
    if not across and not down:
        return Layout()
    if _side_by_side(down) > _side_by_side(across):
        sheet, across = exchanged, down
    found = Layout()
    starts = sorted(across)
    for number, header in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else sheet.rows
        block = GridBlock(sheet, header)
        if not _dated(block, across[header], near, week, number, found):
            continue
        _labelled(block, end)
        start = header + 1 + second_line(sheet, header, across[header])
        _rows(block, start + _parts_of_days(block, start), end)
        found.blocks.append(block)
    return found


def _side_by_side(lines: dict[int, dict[int, WrittenDate]]) -> tuple[int, int]:
    """How far dates stand beside each other, and how many the longest line has.

    Weeks below each other make lines in both directions; across, their days are neighbours.
    """
    near = [sum(b == a + 1 for a, b in pairwise(sorted(line))) for line in lines.values()]
    return sum(n * n for n in near), max((len(line) for line in lines.values()), default=0)


# ------------------------------------------------------------------ the line of dates


def _dated(
    block: GridBlock,
    line: dict[int, WrittenDate],
    near: date,
    week: date | None,
    number: int,
    found: Layout,
) -> bool:
    """Give each column of a grid its date; False where nothing says which week it is."""
    sheet = block.sheet
    columns = sorted(line)
    if all(line[c].day is not None for c in columns):
        written = [_with_month(sheet, block.header, c, line, near) for c in columns]
        days = with_years(written, near)
        for c, one, day in zip(columns, written, days, strict=True):
            title, _, cell = sheet.at(block.header, c).rpartition("!")
            if day is None:
                said, hint = "is a date that the calendar does not have.", ""
                if one.month is not None and one.month > 12:
                    hint = "Maybe write the day first, then the month?"
            elif one.weekday is not None and day.weekday() != one.weekday:
                said = f"has a weekday that {day:%d %B %Y} is not; that is a {day:%A}."
                hint = "Maybe correct one of the two?"
            else:
                block.dates[c] = day
                continue
            found.faults.append(SheetFault(sheet=title, cell=cell, message=said, hint=hint))
    else:
        _by_weekday(block, line, near, None if week is None else week + timedelta(7 * number))
        if not block.dates:
            found.needs_week = found.needs_week or sheet.at(block.header, columns[0])
            return False
    for c in block.dates:
        kind = line[c].kind or closed_near(sheet, block.header, c)
        if kind:
            block.closed[c] = kind
    return bool(block.dates)


def _with_month(
    sheet: GridSheet, header: int, column: int, line: dict[int, WrittenDate], near: date
) -> WrittenDate:
    one = line[column]
    if one.month is not None:
        return one
    month, year = next(_months(sheet, header, column), (near.month, None))
    before = [line[c].day or 0 for c in sorted(line) if c <= column]
    turns = sum(b < a for a, b in pairwise(before))
    months = month - 1 + turns
    return WrittenDate(
        one.weekday,
        one.day,
        months % 12 + 1,
        None if year is None else year + months // 12,
        one.kind,
    )


def _months(sheet: GridSheet, header: int, column: int) -> Iterator[tuple[int, int | None]]:
    """Months in titles, the nearest first."""
    for row in range(header - 1, -1, -1):
        for c in (column, *range(column - 1, -1, -1), *range(column + 1, sheet.columns)):
            if found := month_inside(sheet.text(row, c)):
                yield found
    if found := month_inside(sheet.title):
        yield found


def _by_weekday(
    block: GridBlock, line: dict[int, WrittenDate], near: date, week: date | None
) -> None:
    """Dates from weekdays alone: by the week that stands above them, or in the sheet's title."""
    sheet = block.sheet
    columns = sorted(line)
    above = {c: _week_above(sheet, block.header, c, near) for c in columns}
    titled = _day(date_inside(sheet.title), near)
    start = week or next((day for day in above.values() if day), titled)
    if start is None:
        return
    own = len({day for day in above.values() if day}) > 1
    at, last = monday(start), -1
    for c in columns:
        weekday = line[c].weekday
        if weekday is None:
            continue
        if own and (mine := above[c]) is not None:
            at = monday(mine)
        elif weekday <= last:
            at += timedelta(days=7)
        last = weekday
        block.dates[c] = at + timedelta(days=weekday)


def _week_above(sheet: GridSheet, header: int, column: int, near: date) -> date | None:
    """The date in the nearest title above a column, or to the left of that."""
    for row in range(header - 1, max(header - 8, -1), -1):
        for c in range(column, -1, -1):
            text = sheet.text(row, c)
            if not text:
                continue
            said = written_date(sheet.value(row, c), text)
            said = said if said and said.whole else date_inside(text)
            if day := _day(said, near):
                return day
    return _day(date_inside(sheet.text(header, 0)), near)


def _day(said: WrittenDate | None, near: date) -> date | None:
    if said is None or said.day is None or said.month is None:
        return None
    if said.year is not None:
        return made(said.year, said.month, said.day)
    return with_years([said], near)[0]


def _parts_of_days(block: GridBlock, row: int) -> int:
    """Read a row of AM and PM, or of Start and Finish, under the dates; 1 if there is one."""
    parts = {c: half for c in block.dates if (half := half_of(block.sheet.text(row, c)))}
    block.halves = {c: half for c, half in parts.items() if half in ("am", "pm")}
    for c, part in parts.items():
        if part == "start" and parts.get(c + 1) == "end":
            block.ends[c] = c + 1
            del block.dates[c + 1]
    return int(bool(block.halves or block.ends))


# ------------------------------------------------------------------ the names


def _labelled(block: GridBlock, end: int) -> None:
    """Choose the column of names among those that hold no dates."""
    sheet, first = block.sheet, min(block.dates)
    left = range(first) if first else range(max(block.dates) + 1, sheet.columns)
    best = (-1, 0)
    for c in left:
        heading = sheet.text(block.header, c) or sheet.text(block.header - 1, c)
        if SURNAME_HEADING.fullmatch(heading):
            block.surname = c
            continue
        if SCHOOL_HEADING.fullmatch(heading):
            block.home = c
            continue
        if TIME_HEADING.fullmatch(heading):
            block.times = c
            continue
        halves = [sheet.text(r, c) for r in range(block.header + 1, end) if sheet.text(r, c)]
        if halves and 2 * sum(half_of(text) in ("am", "pm") for text in halves) > len(halves):
            block.half = c
            continue
        texts = {t for r in range(block.header + 1, end) if (t := sheet.text(r, c))}
        words = sum(any(sign.isalpha() for sign in text) for text in texts)
        score = words + sum(times_in(text)[1] is not None for text in texts)
        if NAME_HEADING.fullmatch(heading):
            score += 1000
        elif DUTY_HEADING.fullmatch(heading):
            score += 100
        if score > best[0]:
            best = (score, c)
            block.heading = heading
    block.label = best[1]
    if block.surname is not None and best[0] < 1000:
        block.label, block.surname = block.surname, None


def _rows(block: GridBlock, start: int, end: int) -> None:
    """The rows that are read: until the totals and the key, and without blank ones."""
    sheet = block.sheet
    blank = 0
    for row in range(start, end):
        label = block.label_of(row)
        body = [block.text(row, c) for c in block.dates]
        said = [text for text in body if text]
        if not label and not said:
            if not any((row, c) in sheet.colours for c in block.dates):
                blank += 1
            continue
        if KEY_HEADING.fullmatch(label) or (not said and legend(label)):
            break
        counts = len(said) > 1 and all(re.fullmatch(r"\d{1,3}", text) for text in said)
        if is_total(label) or (said and not label and all(map(is_number, said))):
            block.passed.append((row, "is a row of totals, and was not read."))
            continue
        if not label:
            why = "has no name, and was not read. Maybe write one in, or merge the cells?"
            block.passed.append((row, why))
            continue
        if blank and not said and (len(label) > 40 or is_remark(label)):
            break
        if counts and not looks_like_a_name(label):
            block.passed.append((row, "holds numbers only, and was not read."))
            continue
        block.rows.append(row)
        blank = 0


def duty_headed(block: GridBlock) -> bool | None:
    """Whether the heading above the labels says duties, or people; None if neither."""
    if NAME_HEADING.fullmatch(block.heading):
        return False
    return True if block.times is not None or DUTY_HEADING.fullmatch(block.heading) else None


def closed_near(sheet: GridSheet, header: int, column: int) -> str:
    """What the rows around a date say of it: a bank holiday written under the date."""
    for row in (header - 1, header + 1):
        text = sheet.text(row, column)
        if 0 < len(text) < 30 and (row, column) not in sheet.merged:
            kind = closing(text)
            if kind and (row < header or not sheet.text(row, 0)):
                return kind
    return ""
