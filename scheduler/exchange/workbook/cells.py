"""One value in one cell: plain dates and numbers, and a small notation for values with parts.

A choice of people is written `skill: first-aid; home: oak`, a list `mon, tue`, nested things in
parentheses: `any: (tag: lead), (people: ann, bob)`, a range of dates `2026-04-06 to 2026-04-09`. An
ambiguous text is put in double quotes, as in JSON. `[]` is an empty list, `null` no value.
"""

import json
import re
from datetime import date, datetime, time
from enum import Enum
from typing import Any

from models.problem.calendar import DateRange
from models.value import Value
from scheduler.exchange.workbook.field_types import Shape, shape
from scheduler.exchange.workbook.notation import DELIMITERS, EMPTY, NOTHING, Notation, scalar

Cell = str | int | float | bool | date | time | datetime | None
"""The content of a cell."""

FIRST_DATE = date(1900, 3, 1)
"""Before this date, spreadsheets count a day that never existed (29 February 1900)."""

SURE_NUMBER = 10**15
"""Below this, a spreadsheet keeps every digit of a whole number."""

_PLAIN = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u2028\u2029]+")
_ESCAPED = re.compile(r"_x[0-9A-Fa-f]{4}_")


# ------------------------------------------------------------------ from a value to a cell


def to_cell(value: Any, of: Shape) -> Cell:
    """A value as a cell; `from_cell` reads the same value from it."""
    if value is None:
        return NOTHING
    if of.of == "list":
        return _list(value, of) if len(value) else EMPTY
    if of.of == "thing" and isinstance(value, Value):
        return _thing(value) or "()"
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):
        return _quoted(value) if _mistakable(value) else value
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < SURE_NUMBER else str(value)
    if isinstance(value, float):
        return value if float(f"{value:.15g}") == value else repr(value)
    if isinstance(value, datetime):
        sure = value.date() > FIRST_DATE and not value.second and not value.microsecond
        return value if sure else value.isoformat()
    if isinstance(value, date):
        return value if value > FIRST_DATE else value.isoformat()
    sure = not value.second and not value.microsecond
    return value if sure else value.isoformat()  # type: ignore[no-any-return]


def _mistakable(text: str) -> bool:
    return (
        text != text.strip()
        or text in ("", NOTHING, EMPTY)
        or text[0] in "\"'"
        or not _PLAIN.fullmatch(text)
        or bool(_ESCAPED.search(text))
    )


def _quoted(text: str) -> str:
    # In a workbook _x0041_ stands for a character; with an escaped underscore it does not.
    return json.dumps(text).replace("_x", "\\u005fx")


def _list(value: Any, of: Shape) -> str:
    return ", ".join(_inner(item, of.item) for item in value)


def _inner(value: Any, of: Shape | None) -> str:
    """A value inside another."""
    if value is None:
        return NOTHING
    if of is not None and of.of == "thing" and isinstance(value, Value):
        return f"({_thing(value)})"
    if of is not None and of.of == "thing" and isinstance(value, tuple):
        return f"[{_list(value, of)}]"
    if of is not None and of.of == "list":
        return _list(value, of) if len(value) else EMPTY
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):
        risky = _mistakable(value) or any(sign in value for sign in DELIMITERS)
        return _quoted(value) if risky else value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, time) and not value.second and not value.microsecond:
        return value.isoformat("minutes")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _thing(value: Value) -> str:
    if isinstance(value, DateRange):
        return f"{value.first.isoformat()} to {value.last.isoformat()}"
    fields = type(value).model_fields
    said = [name for name in fields if getattr(value, name) != fields[name].get_default()]
    return "; ".join(
        f"{name}: {_inner(getattr(value, name), shape(fields[name].annotation))}" for name in said
    )


# ------------------------------------------------------------------ from a cell to JSON


def from_cell(cell: Cell, of: Shape) -> Any:
    """The content of a cell as JSON; whether it is valid for the field is judged elsewhere.

    Raises:
        Misread: the notation is wrong.
    """
    if isinstance(cell, str):
        text = cell.strip()
        if text == NOTHING:
            return None
        if of.of in ("list", "thing"):
            return Notation(text).whole(of)
        if text.startswith('"'):
            return Notation(text).quoted_alone()
        return scalar(text, of)
    if of.of == "list":
        return [from_cell(cell, of.item)] if of.item and of.item.of != "thing" else str(cell)
    if isinstance(cell, bool):
        # TRUE is not 1, although Python treats it so.
        return str(cell) if of.of in ("whole", "number") else cell
    if isinstance(cell, datetime):
        midnight = (cell.hour, cell.minute, cell.second) == (0, 0, 0)
        return cell.date().isoformat() if midnight and of.of != "moment" else cell.isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, float) and of.of == "time" and 0 <= cell < 1:
        minutes = round(cell * 24 * 60)
        return time(minutes // 60 % 24, minutes % 60).isoformat()
    if isinstance(cell, float) and cell.is_integer() and of.of != "number":
        cell = int(cell)
    return str(cell) if of.of == "text" and cell is not None else cell
