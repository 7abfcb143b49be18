"""The answers to the examples: each is looked for until what its tests say of it must hold."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from models.answer.result import Progress, Result
from scheduler.engine import schedule
from scheduler.intake.parse import read_request

FOLDER = Path(__file__).parents[2] / "examples"

PATIENCE = 900
"""Seconds: many times what is needed, so that a busy machine fails no test."""


@cache
def document(name: str) -> dict[str, Any]:
    """An example as it is sent."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


def answer(asked: dict[str, Any], enough: Mapping[int, int] | None = None, **more: Any) -> Result:
    """The proved answer to a request; or, where values are given, the first that is as good.

    Args:
        asked: the request.
        enough: priority to a value at which nothing better is looked for; what is tested of the
            answer must hold for every schedule that is as good as that.
        more: for the engine.
    """
    request = read_request({**asked, "limits": {**asked["limits"], "seconds": PATIENCE}})
    done = False

    def listen(progress: Progress) -> None:
        nonlocal done
        if enough is not None and progress.schedule is not None:
            values = {level.priority: level.value for level in progress.levels}
            done = done or all(values[priority] <= most for priority, most in enough.items())

    return schedule(request, listen=listen, stop=lambda: done, **more)
