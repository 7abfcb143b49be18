"""The types of fields of a request, as cells of a sheet need them."""

import types
import typing
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum
from functools import cache
from typing import Any, Literal

from models.value import Value

Scalar = Literal["text", "whole", "number", "yes", "date", "time", "moment"]


@dataclass(frozen=True)
class Shape:
    """The type of a field."""

    of: Literal[
        "text", "whole", "number", "yes", "date", "time", "moment", "choice", "thing", "list"
    ]
    choices: tuple[str | int, ...] = ()
    """The words to choose from; for a thing, words that may stand instead of it."""
    model: type[Value] | None = None
    item: "Shape | None" = None
    """Of a list; of a thing, where several in square brackets may stand instead of one."""
    open: bool = False
    """Whether whole numbers are allowed in addition to the choices."""


def shape(annotation: Any) -> Shape:
    """The shape of a field with this annotation; None as an alternative is ignored."""
    return _shape(annotation)


@cache
def _shape(annotation: Any) -> Shape:
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return shape(args[0])
    if origin in (typing.Union, types.UnionType):
        options = [shape(option) for option in args if option is not type(None)]
        if len(options) == 1:
            return options[0]
        choices = tuple(choice for option in options for choice in option.choices)
        things = [option.model for option in options if option.of == "thing"]
        if things:
            several = next((option.item for option in options if option.of == "list"), None)
            return Shape("thing", choices, things[0], several)
        return Shape("choice", choices, open=any(option.of == "whole" for option in options))
    if origin is Literal:
        return Shape("choice", args)
    if origin is tuple:
        return Shape("list", item=shape(args[0]))
    if isinstance(annotation, type):
        if issubclass(annotation, Value):
            return Shape("thing", model=annotation)
        if issubclass(annotation, Enum):
            return Shape("choice", tuple(member.value for member in annotation))
        for kind, of in _SCALARS:
            if issubclass(annotation, kind):
                return Shape(of)
    return Shape("text")


_SCALARS: tuple[tuple[type, Scalar], ...] = (
    (bool, "yes"),
    (int, "whole"),
    (float, "number"),
    (datetime, "moment"),
    (date, "date"),
    (time, "time"),
    (str, "text"),
)
"""Subtypes stand before their supertypes."""
