"""What a rota must do, and the way from a request to its answer.

From Python, without the service:

    from scheduler import read_request, schedule

    request = read_request(open("request.json", "rb").read())
    result = schedule(request)
    print(result.status, [(level.value, level.bound) for level in result.levels])

The names are imported when they are first used, since `schedule` brings the solver with it and
reading or checking needs none.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from models.answer.result import Result
    from models.problem.limits import Limits
    from scheduler.engine import schedule
    from scheduler.intake.case import Case
    from scheduler.intake.parse import read_request, read_schedule
    from scheduler.intake.request import RotaRequest
    from scheduler.rulebook.check import check

__all__ = [
    "Case",
    "Limits",
    "Result",
    "RotaRequest",
    "check",
    "read_request",
    "read_schedule",
    "schedule",
]

_STANDS_IN = {
    "Case": "scheduler.intake.case",
    "Limits": "models.problem.limits",
    "Result": "models.answer.result",
    "RotaRequest": "scheduler.intake.request",
    "check": "scheduler.rulebook.check",
    "read_request": "scheduler.intake.parse",
    "read_schedule": "scheduler.intake.parse",
    "schedule": "scheduler.engine",
}


def __getattr__(name: str) -> Any:
    """A name of `__all__`, imported when it is first asked for (PEP 562)."""
    if name not in _STANDS_IN:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_STANDS_IN[name]), name)
