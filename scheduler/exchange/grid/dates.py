"""Dates as schools write them in headings: day first, often without a year, or only weekdays."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

from scheduler.exchange.grid.sheet import GridSheet, half_of

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_DAY = r"(?P<wd>mon|tues?|wed(?:nes|s)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?s?\.?"
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_ORDINAL = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4}|'?\d{2})"

_FORMS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:{_DAY}[\s,]*)?{_ORDINAL}(?:\s*of)?[\s-]*{_MONTH}(?:[\s,-]*{_YEAR})?",
        rf"(?:{_DAY}[\s,]*)?{_MONTH}\s*{_ORDINAL}(?:[\s,]+{_YEAR})?",
        rf"(?:{_DAY}[\s,]*)?(?P<day>\d{{1,2}})[/.-](?P<number>\d{{1,2}})(?:[/.-]{_YEAR})?",
        r"(?P<year>\d{4})-(?P<number>\d\d)-(?P<day>\d\d)",
        rf"{_DAY}[\s,]*{_ORDINAL}",
        rf"{_DAY}",
    )
]
_PLAIN_DAY = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?", re.IGNORECASE)
_MONTH_TITLE = re.compile(rf"\b{_MONTH}(?:\s+{_YEAR})?(?!\w)", re.IGNORECASE)
_CLOSED = re.compile(
    r"[\s(;,:-]*\b(bank\s*hol(?:iday)?s?|b\.?/?h\.?|inset(?:\s*day)?|closed|half[\s-]*term)\b[)\s.]*$",
    re.IGNORECASE,
)

LEAST_DATES = 2
"""Fewer dates are no line of dates."""

FIRST_YEAR, LAST_YEAR = 2000, 2099


@dataclass(frozen=True)
class WrittenDate:
    """A heading as far as it says a date."""

    weekday: int | None = None
    day: int | None = None
    month: int | None = None
    year: int | None = None
    kind: str = ""
    """`bank`, `inset` or `closed`, where the heading says it of the day."""

    @property
    def whole(self) -> bool:
        """Whether it names a day and a month."""
        return self.day is not None and self.month is not None


def closing(text: str) -> str:
    """What a heading says of a day on which nobody works as usual; empty without it."""
    found = _CLOSED.search(text)
    if found is None:
        return ""
    word = re.sub(r"[^a-z]", "", found[1].lower())
    return "inset" if word.startswith("inset") else "bank" if word[0] == "b" else "closed"


def written_date(value: Any, text: str) -> WrittenDate | None:
    """The date in a cell that says a date and nothing else; None for any other cell."""
    if isinstance(value, datetime | date):
        return WrittenDate(None, value.day, value.month, value.year)
    kind = closing(text)
    if kind:
        text = _CLOSED.sub("", text)
    text = text.replace(";", " ").strip(" :,()")
    for form in _FORMS:
        if found := form.fullmatch(" ".join(text.split())):
            part = found.groupdict()
            if part.get("number") and not part.get("year"):
                far = int(part["number"]) not in range(1, 13)
                if "-" in text or ("." in text and far):
                    return None  # times, such as 8-4, or one, such as 8.30
            return WrittenDate(
                weekday=None if not part.get("wd") else DAYS.index(part["wd"][:3].lower()),
                day=int(part["day"]) if part.get("day") else None,
                month=_month(part.get("month"), part.get("number")),
                year=_year(part.get("year")),
                kind=kind,
            )
    return None


def plain_day(value: Any, text: str) -> int | None:
    """A day of the month that stands alone, as in a row of 1 to 31."""
    if isinstance(value, bool | datetime | date) or not (found := _PLAIN_DAY.fullmatch(text)):
        return None
    day = int(found[1])
    return day if 1 <= day <= 31 else None


def date_inside(text: str) -> WrittenDate | None:
    """A day and a month somewhere in a title: "Rota, week commencing 6th April"."""
    for form in _FORMS[:4]:
        loose = re.compile(rf"(?<![\w/]){form.pattern}(?![\w/])", re.IGNORECASE)
        if found := loose.search(text):
            part = found.groupdict()
            month = _month(part.get("month"), part.get("number"))
            if month is not None and 1 <= month <= 12:
                return WrittenDate(None, int(part["day"]), month, _year(part.get("year")))
    return None


def month_inside(text: str) -> tuple[int, int | None] | None:
    """A month, and perhaps its year, somewhere in a title."""
    found = _MONTH_TITLE.search(text)
    if found is None:
        return None
    return MONTHS.index(found["month"][:3].lower()) + 1, _year(found["year"])


def _month(name: str | None, number: str | None) -> int | None:
    if name:
        return MONTHS.index(name[:3].lower()) + 1
    return int(number) if number else None


def _year(text: str | None) -> int | None:
    if not text:
        return None
    number = int(text.lstrip("'"))
    return number + 2000 if number < 100 else number


def made(year: int, month: int, day: int) -> date | None:
    """A date, if the calendar has it and rotas reach it."""
    try:
        return date(year, month, day) if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None


def nearest(month: int, day: int, near: date) -> date | None:
    """The date of a day and month that is nearest to another date."""
    found = (made(near.year + n, month, day) for n in range(-4, 5))
    return min((d for d in found if d), key=lambda d: (abs((d - near).days), d), default=None)


def with_years(written: Sequence[WrittenDate], near: date) -> list[date | None]:
    """The dates of a heading, in order; None where the calendar has no such date.

    A year that is missing is that in which the first date is nearest to another date, of years in
    which the weekdays that are given are right; later dates are near the ones before them.
    """
    tried = []
    for away in range(-4, 5):
        found: list[date | None] = []
        last = near.replace(year=near.year + away, month=near.month, day=min(near.day, 28))
        for one in written:
            if one.day is None or one.month is None:
                found.append(None)
                continue
            day = (
                made(one.year, one.month, one.day)
                if one.year is not None
                else nearest(one.month, one.day, last)
            )
            last = day or last
            found.append(day)
        wrong = sum(
            one.weekday is not None and day is not None and day.weekday() != one.weekday
            for one, day in zip(written, found, strict=True)
        )
        missing = sum(day is None for day in found)
        first = next((day for day in found if day), near)
        tried.append((wrong, missing, abs((first - near).days), first, found))
    return min(tried, key=lambda one: one[:4])[4]


def monday(day: date) -> date:
    """The Monday of a date's week."""
    return day - timedelta(days=day.weekday())


def date_lines(sheet: GridSheet) -> dict[int, dict[int, WrittenDate]]:
    """Rows that are lines of dates; a line of weekdays above or below one belongs to it."""
    found: dict[int, dict[int, WrittenDate]] = {}
    for row in range(sheet.rows):
        line = {}
        others = 0
        for column in range(sheet.columns):
            if (row, column) in sheet.merged and sheet.merged[row, column][0] != row:
                continue
            text = sheet.text(row, column)
            if not text:
                continue
            said = written_date(sheet.value(row, column), text)
            if said is None:
                others += 1
            else:
                line[column] = said
        if len(line) < LEAST_DATES:
            line, others = _days_of_month(sheet, row)
        distinct = len({(d.weekday, d.day, d.month, d.year) for d in line.values()})
        if len(line) >= LEAST_DATES and distinct >= LEAST_DATES and others <= len(line) + 3:
            found[row] = line
    return _joined(_by_halves(sheet, found))


def _by_halves(
    sheet: GridSheet, found: dict[int, dict[int, WrittenDate]]
) -> dict[int, dict[int, WrittenDate]]:
    """A date that stands over two columns, one of them its afternoon, is the date of both."""
    for row, line in found.items():
        for column in range(min(line) + 1, sheet.columns):
            blank = not sheet.text(row, column) and column - 1 in line
            if blank and any(half_of(sheet.text(row + n, column)) in ("pm", "end") for n in (1, 2)):
                line[column] = line[column - 1]
    return found


def _days_of_month(sheet: GridSheet, row: int) -> tuple[dict[int, WrittenDate], int]:
    """A row of 1, 2, 3 and so on under a month, or under weekdays."""
    line: dict[int, WrittenDate] = {}
    others = 0
    for column in range(sheet.columns):
        text = sheet.text(row, column)
        day = plain_day(sheet.value(row, column), text)
        if day is not None:
            line[column] = WrittenDate(day=day)
        elif text:
            others += 1
    days = [one.day or 0 for one in line.values()]
    steps = sum(0 < b - a <= 3 or b < a - 20 for a, b in pairwise(days))
    sure = len(days) > LEAST_DATES and steps == len(days) - 1
    return (line, others) if sure else ({}, others)


def _joined(
    found: dict[int, dict[int, WrittenDate]],
) -> dict[int, dict[int, WrittenDate]]:
    """Two lines that follow each other, one of weekdays and one of dates, as one."""
    joined = dict(found)
    for row in sorted(found):
        below = found.get(row + 1)
        if row not in joined or below is None:
            continue
        upper = found[row]
        both = [c for c in below if c in upper]
        over = [upper[a] == upper[b] for a, b in pairwise(sorted(both)) if below[a] != below[b]]
        weekdays = all(below[c].day is None for c in below)
        if weekdays and (any(over) or len(upper) * 2 <= len(below)):
            del joined[row]  # the dates of weeks, over their days
            continue
        one_says = all((upper[c].day is None) != (below[c].day is None) for c in both)
        if len(both) < LEAST_DATES or not one_says:
            continue
        joined[row] = {
            c: WrittenDate(
                weekday=_first(upper[c].weekday, below[c].weekday),
                day=_first(upper[c].day, below[c].day),
                month=_first(upper[c].month, below[c].month),
                year=_first(upper[c].year, below[c].year),
                kind=upper[c].kind or below[c].kind,
            )
            for c in both
        }
        del joined[row + 1]
    return joined


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)


def second_line(sheet: GridSheet, header: int, line: dict[int, WrittenDate]) -> int:
    """1 if the row below the header belongs to it."""
    row = header + 1
    texts = {c: sheet.text(row, c) for c in line}
    said = [c for c, text in texts.items() if text]
    dates = [
        c
        for c in said
        if written_date(sheet.value(row, c), texts[c]) or plain_day(sheet.value(row, c), texts[c])
    ]
    return int(bool(said) and len(dates) == len(said) and len(dates) >= LEAST_DATES)
