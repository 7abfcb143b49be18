"""Pagination: a cursor stands for the last item of a page, and callers send it back."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from pydantic import Field

from models.value import Value

T = TypeVar("T")


class BadCursor(ValueError):
    """The cursor is not one that a list returned."""


class Page(Value):
    """What every list answers with, beside its `items`."""

    next: str | None = Field(
        None, description="Send it as `cursor` to get the next page; null on the last page."
    )


def cut(found: Sequence[T], limit: int) -> tuple[Sequence[T], T | None]:
    """A page of what was found, and its last item if there is more; None if there is not.

    The caller must have looked for one item more than the page holds.
    """
    page = found[:limit]
    return page, page[-1] if len(found) > limit else None


def number_of(cursor: str | None) -> int | None:
    """The number that a cursor of a numbered list stands for.

    Raises:
        BadCursor: it is none of ours.
    """
    if cursor is None:
        return None
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 10):
        raise BadCursor
    return int(cursor)


def cut_after(
    found: Sequence[T], key: Callable[[T], object], cursor: str | None, limit: int
) -> tuple[tuple[T, ...], str | None]:
    """A page of a list that is at hand whole, and the cursor of the next page if there is one.

    Args:
        found: the whole list, in order.
        key: what an item is known by, unique in the list; its text is the cursor.
        cursor: the key of the last item of the page before; None for the first page.
        limit: the most items of a page.

    Raises:
        BadCursor: no item has the key.
    """
    first = 0
    if cursor is not None:
        keys = [str(key(item)) for item in found]
        if cursor not in keys:
            raise BadCursor
        first = keys.index(cursor) + 1
    page, last = cut(found[first : first + limit + 1], limit)
    return tuple(page), None if last is None else str(key(last))


def cursor_after(moment: datetime, row_id: str) -> str:
    """The cursor for the page after a row."""
    return base64.urlsafe_b64encode(f"{moment.isoformat()} {row_id}".encode()).decode()


def place_of(cursor: str) -> tuple[datetime, str]:
    """The row that a cursor stands for.

    Raises:
        BadCursor: the cursor is not one of ours.
    """
    try:
        at, row_id = base64.urlsafe_b64decode(cursor.encode()).decode().split(" ")
        moment = datetime.fromisoformat(at)
    except (binascii.Error, ValueError):
        raise BadCursor from None
    if moment.tzinfo is None:
        raise BadCursor
    return moment, row_id
