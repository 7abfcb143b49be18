"""Lenient readers for values from other systems: various dates, numbers as text, nulls."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ValidationError

from models.register.records import Kind
from models.register.register import Statement, StatementItem, UnreadItem, WithdrawnItem
from scheduler.intake.validation_errors import worded

MOST_NOTES = 500
"""The most unusable things that are listed; the rest are counted."""

NO_DATES = ("", "null", "none", "0000-00-00", "0000-00-00 00:00:00")
"""Texts that stand for a missing date."""


class Unreadable(ValueError):
    """A value cannot be understood; the message says what is expected, and never the value."""


def parsed(raw: bytes) -> Any:
    """JSON.

    Raises:
        Unreadable: it is none.
    """
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        raise Unreadable("is not JSON.") from None


def text(value: object) -> str | None:
    """A text, or a number as a text; None if there are only spaces.

    Raises:
        Unreadable: it is neither.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        raise Unreadable("must be a text.")
    found = "" if value is None else " ".join(str(value).split())
    return found or None


def short(value: object, most: int = 200) -> str | None:
    """A text of one line, cut to what the register keeps."""
    found = text(value)
    return None if found is None else found[:most]


def truth(value: object) -> bool | None:
    """True or false, also as a text or a number; None if it is missing.

    Raises:
        Unreadable: it is something else.
    """
    if value is None or isinstance(value, bool):
        return value
    word = str(value).strip().lower() if isinstance(value, str | int) else "?"
    if word in ("true", "1", "yes", "y", "t"):
        return True
    if word in ("false", "0", "no", "n", "f"):
        return False
    if word in ("", "null", "none"):
        return None
    raise Unreadable("must be true or false.")


def number(value: object) -> Decimal | None:
    """A number, also as a text; None if it is missing.

    Raises:
        Unreadable: it is not a number, or not a finite one of reasonable size.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        raise Unreadable("must be a number.")
    written = "" if value is None else str(value).strip()
    if not written or written.lower() in ("null", "none"):
        return None
    try:
        found = Decimal(written)
    except InvalidOperation:
        raise Unreadable("must be a number, such as 32.5.") from None
    if not found.is_finite() or abs(found) > 10**9:
        raise Unreadable("must be a number of reasonable size.")
    return found


def hundredths(value: object, times: int = 100) -> int | None:
    """A number times something, as a whole number."""
    found = number(value)
    return None if found is None else int((found * times).to_integral_value())


def moment(value: object, zone: str) -> datetime | None:
    """A local date and time from any of the forms in use; None if it is missing.

    The forms are an object with date, timezone_type and timezone, and a text with or without a
    time, a fraction and an offset.

    Raises:
        Unreadable: it is something else.
    """
    written, theirs = value, None
    if isinstance(value, Mapping):
        written, theirs = value.get("date"), value.get("timezone")
    if written is None:
        return None
    if not isinstance(written, str):
        raise Unreadable("must be a date.")
    if written.strip().lower() in NO_DATES:
        return None
    try:
        found = datetime.fromisoformat(_six_digits(written.strip()))
        local = found
        if found.tzinfo is not None:
            local = found.astimezone(ZoneInfo(zone))
        elif isinstance(theirs, str) and theirs != zone and (found.hour, found.minute) != (0, 0):
            # A date without a time is the same date in every zone.
            local = found.replace(tzinfo=_zone(theirs, zone)).astimezone(ZoneInfo(zone))
        return local.replace(tzinfo=None)
    except (ValueError, OverflowError, ZoneInfoNotFoundError, OSError):
        raise Unreadable("must be a date, such as 2026-04-20.") from None


def day(value: object, zone: str) -> date | None:
    """A date; None if it is missing.

    Raises:
        Unreadable: it is something else.
    """
    found = moment(value, zone)
    return None if found is None else found.date()


def day_before(value: object, zone: str) -> date | None:
    """The last day of something whose end date is the first day after it."""
    found = day(value, zone)
    return None if found is None or found == date.min else found - timedelta(days=1)


def _zone(theirs: str, ours: str) -> tzinfo:
    """A zone or an offset by its name; ours if the name is an abbreviation, such as BST."""
    offset = _OFFSET.fullmatch(theirs.strip())
    if offset is not None:
        minutes = int(offset[2]) * 60 + int(offset[3])
        return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))
    with suppress(ValueError, ZoneInfoNotFoundError, OSError):
        return ZoneInfo(theirs)
    return ZoneInfo(ours)


_OFFSET = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})")


def _six_digits(written: str) -> str:
    """A time with a fraction of six digits, as Python reads it; others write any number of them."""
    head, dot, tail = written.partition(".")
    digits = tail[: len(tail) - len(tail.lstrip("0123456789"))]
    return head + dot + digits[:6].ljust(6, "0") + tail[len(digits) :] if digits else written


def many(value: object) -> list[Any]:
    """The items of a relation, which may be a list, one thing, a wrapper of either, or nothing."""
    if isinstance(value, Mapping) and "data" in value:
        value = value["data"]
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def one(value: object) -> Mapping[str, Any]:
    """The item of a relation to one; empty if it is missing or null."""
    found = many(value)
    return found[0] if found and isinstance(found[0], Mapping) else {}


def id_of(value: object) -> str | None:
    """The id of something that is given by its id, or as an object with an id."""
    if isinstance(value, Mapping):
        value = one(value).get("id") if "data" in value else value.get("id")
    return text(value)


def as_id(word: str | None) -> str | None:
    """A source's word as an id: "Teaching Assistant" becomes `teaching-assistant`."""
    return re.sub(r"[^A-Za-z0-9]+", "-", word or "").strip("-").lower()[:64].strip("-") or None


class Heard:
    """A statement while it is read: what cannot be used is noted, and the rest is read all the
    same."""

    def __init__(self) -> None:
        self.items: list[StatementItem] = []
        self.withdrawn: list[WithdrawnItem] = []
        self._unread: list[UnreadItem] = []
        self._more = 0

    @contextmanager
    def at(self, place: str) -> Iterator[None]:
        """Note faults inside the block as unread, with this place."""
        try:
            yield
        except Unreadable as error:
            self.note(place, str(error))
        except ValidationError as error:
            for found in worded(error.errors(include_url=False), StatementItem):
                self.note(place, found.said)

    def note(self, place: str, sentence: str) -> None:
        """Note that something cannot be used."""
        if len(self._unread) < MOST_NOTES:
            self._unread.append(UnreadItem(place=place[:200], sentence=sentence[:500]))
        else:
            self._more += 1

    def say(
        self,
        kind: Kind,
        id: str,
        place: str,
        fields: Mapping[str, object],
        **about: Any,
    ) -> None:
        """Add an item; a field that is None is stated to be empty."""
        self.items.append(
            StatementItem.model_validate(
                {"id": id, "place": place, "record": {"kind": kind, **fields}, **about}
            )
        )

    def take_back(self, kind: Kind, id: str, place: str, school: str | None = None) -> None:
        """Withdraw something, even if an earlier page had it."""
        self.withdrawn.append(WithdrawnItem(kind=kind, id=id, school=school, place=place))

    @property
    def unread(self) -> tuple[UnreadItem, ...]:
        """What cannot be used."""
        if not self._more:
            return tuple(self._unread)
        said = f"There are {self._more} more things that cannot be used."
        return (*self._unread, UnreadItem(place="", sentence=said))

    def statement(self, **about: Any) -> Statement:
        """Everything that was read, as a statement."""
        gone = {(one.kind, one.school, one.id) for one in self.withdrawn}
        return Statement(
            **about,
            items=tuple(
                item
                for item in _last_of_each(self.items)
                if (item.record.kind, item.school, item.id) not in gone
            ),
            withdrawn=tuple(self.withdrawn),
            unread=self.unread,
        )


def given(**fields: object) -> dict[str, object]:
    """The fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


def _last_of_each(items: Iterable[StatementItem]) -> Iterator[StatementItem]:
    """Each item once: if pages shift while they are read, the later of two is the newer."""
    found = {(item.record.kind, item.school, item.id): item for item in items}
    return iter(found.values())
