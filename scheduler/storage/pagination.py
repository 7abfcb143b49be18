"""Keyset pagination: a cursor stands for a moment and an id, and callers send it back."""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

T = TypeVar("T")


class BadCursor(ValueError):
    """The cursor is not one that a list returned."""


def cut(found: Sequence[T], limit: int) -> tuple[Sequence[T], T | None]:
    """A page of what was found, and its last item if there is more; None if there is not.

    The caller must have looked for one item more than the page holds.
    """
    page = found[:limit]
    return page, page[-1] if len(found) > limit else None


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
