"""OneRoster's bulk files: a zip of CSV with a manifest, converted to rows as in its JSON."""

import csv
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

from scheduler.exchange.archive import ArchiveTooLarge, members
from scheduler.exchange.mis.lenient import Unreadable

VERSIONS = ("1.1", "1.2", "1.2.0", "1.2.1")

MOST_ROWS = 500_000

FILES = ("orgs", "academicSessions", "classes", "users", "roles")
"""The files that are read; demographics and enrollments are not even opened."""

MOST_CELL = 100_000


def read_files(raw: bytes) -> tuple[dict[str, object], bool]:
    """The rows of each file with the names of the JSON, and whether all files are complete (bulk).

    Raises:
        Unreadable: it is not such an archive, or too large; the message names the file and line.
    """
    try:
        found = members(raw)
    except ArchiveTooLarge as error:
        raise Unreadable(str(error)) from None
    if "manifest.csv" not in found:
        raise Unreadable("has no manifest.csv at its root.")
    manifest = {
        row.get("propertyName", ""): row.get("value", "")
        for row in _lines(found["manifest.csv"], "manifest.csv")
    }
    if manifest.get("oneroster.version") not in VERSIONS:
        raise Unreadable("has a version that is not supported; 1.1 and 1.2 are.")
    feed: dict[str, object] = {}
    bulk = True
    for name in FILES:
        mode = manifest.get(f"file.{name}", "absent").strip().lower()
        if mode == "absent":
            continue
        if mode not in ("bulk", "delta"):
            raise Unreadable(f"{name}.csv is not absent, bulk or delta in the manifest.")
        if f"{name}.csv" not in found:
            raise Unreadable(f"{name}.csv is missing, though the manifest names it.")
        bulk = bulk and mode == "bulk"
        feed[name] = [_as_json(row) for row in _lines(found[f"{name}.csv"], f"{name}.csv")]
    return feed, bulk


def _lines(raw: bytes, name: str) -> Iterator[dict[str, str]]:
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(f"{name} is not UTF-8.") from None
    before = csv.field_size_limit(MOST_CELL)
    try:
        rows = csv.reader(StringIO(text, newline=""), strict=True)
        header = next(rows, [])
        if len(set(header)) < len(header) or not header:
            raise Unreadable(f"{name} has no header, or has a column twice.")
        for number, row in enumerate(rows, 2):
            if number > MOST_ROWS:
                raise Unreadable(f"{name} has more than {MOST_ROWS} lines.")
            if not row:
                continue
            if len(row) != len(header):
                raise Unreadable(f"{name} has a wrong number of cells in row {number}.")
            yield dict(zip(header, row, strict=True))
    except csv.Error:
        raise Unreadable(f"{name} is not CSV by RFC 4180.") from None
    finally:
        csv.field_size_limit(before)


def _as_json(row: dict[str, str]) -> dict[str, Any]:
    """A row with the names of the JSON: "schoolSourcedId" is `school`, and lists are lists."""
    return {
        _NAMES.get(name, name): _LISTS[name](value) if name in _LISTS else value
        for name, value in row.items()
    }


def _several(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


_NAMES = {
    "schoolSourcedId": "school",
    "termSourcedIds": "terms",
    "orgSourcedIds": "orgs",
    "orgSourcedId": "org",
    "userSourcedId": "user",
    "primaryOrgSourcedId": "primaryOrg",
}

_LISTS: dict[str, Callable[[str], list[str]]] = {
    "termSourcedIds": _several,
    "orgSourcedIds": _several,
}
