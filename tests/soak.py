"""How much is tried: a share of it in `make test`, all of it in `make soak`.

A test that tries more in `make soak` bears the mark `more`, by which `make soak` finds it.
"""

import os
from collections.abc import Sequence
from typing import TypeVar

import pytest

T = TypeVar("T")

SOAK = bool(os.environ.get("SOAK"))
"""Whether everything is tried."""

more = pytest.mark.more


def tries(usual: int, soak: int) -> int:
    """How many examples, schedules or steps: the usual number, or that of `make soak`."""
    return soak if SOAK else usual


def some(rows: Sequence[T], one_in: int, first: int = 0) -> Sequence[T]:
    """One row in `one_in`, beginning with that numbered `first`; in `make soak` all rows."""
    return rows if SOAK else rows[first::one_in]
