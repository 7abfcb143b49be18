"""The OpenAPI document as it is committed, in openapi.json."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from api.app import create_app

PLACE = Path(__file__).parents[2] / "openapi.json"

LINE = 1500
"""Characters of a value that is written on one line."""


def document() -> str:
    """The OpenAPI document as it is committed: small values on one line, so that it is short and
    a change shows where it is."""
    return "".join(_written(create_app().openapi(), "")) + "\n"


def _written(value: Any, indent: str) -> Iterator[str]:
    flat = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if not isinstance(value, dict | list) or len(flat) + len(indent) <= LINE:
        yield flat
        return
    opened, closed = "{}" if isinstance(value, dict) else "[]"
    items = value.items() if isinstance(value, dict) else ((None, item) for item in value)
    yield opened
    for number, (name, item) in enumerate(items):
        yield f"{',' if number else ''}\n{indent} "
        if name is not None:
            yield json.dumps(name, ensure_ascii=False) + ":"
        yield from _written(item, indent + " ")
    yield f"\n{indent}{closed}"
