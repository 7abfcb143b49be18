"""Text that stays on its own line of a terminal, in the order in which it was written."""

import re

_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")

_DIRECTIONS = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Marks that change the direction of the text after them (Unicode TR 9)."""


def one_line(text: str) -> str:
    """A text without line breaks, control characters and marks of direction."""
    return _DIRECTIONS.sub("", _BREAKS.sub(" ", text))
