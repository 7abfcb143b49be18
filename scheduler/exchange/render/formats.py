"""The registry of formats in which a schedule is written.

A new format is one module below this package with a function `written(given) -> bytes`, and one
entry here. The options of the command line, `?format=`, the Accept header, OpenAPI and the tests
follow from the registry.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal

from models.answer.result import Result
from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.exchange.render.render_input import RenderInput
from scheduler.rulebook.rule import Rule


@dataclass(frozen=True)
class RenderFormat:
    """One format."""

    media_type: str
    module: str
    """The module below this package; imported when first used, so that the API starts quickly."""
    without_banner: str = ""
    """Why a draft does not say that it breaks musts; empty if it does."""


_FOR_PROGRAMS = "programs read it: a line above the heading would be taken for data"

_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

REGISTRY: dict[str, RenderFormat] = {
    "text": RenderFormat("text/plain; charset=utf-8", "table"),
    "json": RenderFormat(
        "application/json", "answer_json", "its status is impossible, and it has a draft"
    ),
    "payroll": RenderFormat("text/csv; charset=utf-8", "payroll", _FOR_PROGRAMS),
    "csv": RenderFormat("text/csv; charset=utf-8", "placements", _FOR_PROGRAMS),
    "html": RenderFormat("text/html; charset=utf-8", "page"),
    "xlsx": RenderFormat(_SHEET, "rota_workbook"),
    "ics": RenderFormat("text/calendar; charset=utf-8", "icalendar_file"),
}
"""All formats by name; of two with one media type, an Accept header means the later one."""

if TYPE_CHECKING:
    Format = str
else:
    Format = Literal[tuple(REGISTRY)]

FORMATS: tuple[str, ...] = tuple(REGISTRY)

MEDIA_TYPES: dict[str, str] = {name: format.media_type for name, format in REGISTRY.items()}


def render(
    format: Format,
    facts: Facts,
    plan: Plan,
    result: Result,
    *,
    rules: Sequence[Rule] = (),
    person: str | None = None,
    over: Callable[[], bool] = lambda: False,
) -> tuple[bytes, str]:
    """A schedule in a format, and its media type.

    Args:
        format: one of FORMATS.
        facts: the facts of the request.
        plan: the result's schedule, or its draft's.
        result: the result, with its report and what was proved.
        rules: the request's rules; they say why a free person does not fill an unfilled place.
        person: the id of the person whose calendar is wanted; everybody's if left out. Only for
            "ics".
        over: whether time is over, so that nobody more is tried on unfilled places.

    Raises:
        KeyError: nobody has this id.
    """
    chosen = REGISTRY[format]
    module = import_module(f"{__package__}.{chosen.module}")
    content: bytes = module.written(RenderInput(facts, plan, result, rules, person, over))
    return content, chosen.media_type
