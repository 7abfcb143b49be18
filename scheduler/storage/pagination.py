"""Where a page of a list begins: after a moment and an id, as a text that callers give back."""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

T = TypeVar("T")


class BadCursor(ValueError):
    """The cursor is not one that a list gave."""


def cut(found: Sequence[T], limit: int) -> tuple[Sequence[T], T | None]:
    """A page of what was found, and the last on it if there is more; to be told, one more than
    the page holds must be looked for."""
    page = found[:limit]
    return page, page[-1] if len(found) > limit else None


def cursor_after(moment: datetime, row_id: str) -> str:
    """The cursor of what comes after a row."""
    return base64.urlsafe_b64encode(f"{moment.isoformat()} {row_id}".encode()).decode()


def place_of(cursor: str) -> tuple[datetime, str]:
    """The row that a cursor stands for.

    Raises:
        BadCursor: it is none of ours.
    """
    try:
        at, row_id = base64.urlsafe_b64decode(cursor.encode()).decode().split(" ")
        moment = datetime.fromisoformat(at)
    except (binascii.Error, ValueError):
        raise BadCursor from None
    if moment.tzinfo is None:
        raise BadCursor
    return moment, row_id
