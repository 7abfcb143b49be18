"""Faults: what is wrong with something that was sent, where, and what to do about it.

What the caller sent is never repeated: a fault names only fields that the models know, and places
in arrays.
"""

import difflib
import re
import types
import typing
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from models.value import Value
from scheduler.rules import RULES
from scheduler.upgrade import renamed_field, renamed_kind

Path = tuple[str | int, ...]
"""Field names and places in arrays, from the outside in."""

Found = tuple[Path, str]
"""Where, and what is wrong, perhaps with what to do."""

MOST_FAULTS = 200
"""Faults that are listed; more are counted."""


class Fault(Value):
    """One thing that is wrong with what was sent."""

    pointer: str
    """Where: a JSON pointer (RFC 6901)."""
    message: str
    hint: str = ""


class InvalidRequest(ValueError):
    """What was sent cannot be understood; every fault that was found."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        found = tuple(dict.fromkeys(faults))
        self.faults = found[:MOST_FAULTS]
        if len(found) > MOST_FAULTS:
            self.faults += (more_faults(len(found) - MOST_FAULTS),)
        super().__init__(
            "; ".join(f"{f.pointer or 'the document'}: {f.message}" for f in found[:3])
        )


def more_faults(number: int) -> Fault:
    """Stands for faults that are not listed."""
    return Fault(
        pointer="",
        message=f"has {number} more faults, which are not listed.",
        hint="Maybe mend the faults above and send it again.",
    )


def fault(path: Path, said: str) -> Fault:
    """A fault from a sentence whose second part, from "Maybe" on, is the hint."""
    message, maybe, hint = said.partition("Maybe ")
    message = message.rstrip(" .") + "."
    return Fault(pointer=pointer(path), message=message, hint=maybe + hint.strip())


def pointer(path: Path) -> str:
    """A path as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


# ------------------------------------------------------------------ what pydantic found

_SAID = {
    "missing": "is missing.",
    "date_from_datetime_inexact": "must be a date without a time, such as 2026-04-20.",
    "date_from_datetime_parsing": "must be a date, such as 2026-04-20.",
    "date_parsing": "must be a date, such as 2026-04-20.",
    "date_type": "must be a date, such as 2026-04-20.",
    "datetime_from_date_parsing": "must be a date and time, such as 2026-04-20T08:30.",
    "datetime_parsing": "must be a date and time, such as 2026-04-20T08:30.",
    "datetime_type": "must be a date and time, such as 2026-04-20T08:30.",
    "time_parsing": "must be a time, such as 08:30.",
    "time_type": "must be a time, such as 08:30.",
    "string_type": "must be a string.",
    "string_unicode": "must be a string of valid Unicode.",
    "string_too_short": "is empty.",
    "string_too_long": "is too long: {max_length} characters are the most.",
    "string_pattern_mismatch": "must be letters, digits, dots, dashes and underscores, and begin "
    "with a letter or digit.",
    "bool_type": "must be true or false.",
    "bool_parsing": "must be true or false.",
    "int_type": "must be a whole number.",
    "int_parsing": "must be a whole number.",
    "int_parsing_size": "is a number with too many digits.",
    "int_from_float": "must be a whole number.",
    "decimal_type": "must be a number, such as 12.50.",
    "decimal_parsing": "must be a number, such as 12.50.",
    "decimal_max_places": "has too many decimal places: {decimal_places} are the most.",
    "float_type": "must be a number.",
    "float_parsing": "must be a number.",
    "finite_number": "must be a finite number.",
    "greater_than": "must be more than {gt}.",
    "greater_than_equal": "must be {ge} or more.",
    "less_than": "must be less than {lt}.",
    "less_than_equal": "must be {le} or less.",
    "literal_error": "must be {expected}.",
    "enum": "must be {expected}.",
    "tuple_type": "must be an array.",
    "list_type": "must be an array.",
    "dict_type": "must be an object.",
    "model_type": "must be an object.",
    "model_attributes_type": "must be an object.",
    "too_short": "needs {min_length} or more.",
    "too_long": "has too many: {max_length} are the most.",
    "recursion_depth_exceeded": "is nested too deeply.",
    "recursion_loop": "is nested too deeply.",
}

REWRITE = "Maybe rewrite the file by `schoolrota upgrade`?"
"""The hint where something is called as in an earlier release."""


class Worded(NamedTuple):
    """A thing that pydantic found, put into words."""

    path: Path
    said: str
    unknown: str | None = None
    """The caller's own name of a field that is not known; never to be shown."""


def worded(errors: Sequence[ErrorDetails], root: type[BaseModel]) -> list[Worded]:
    """What pydantic found, in order; the branches of a union are one fault."""
    found: dict[tuple[Path, int], list[str]] = {}
    unknown: dict[tuple[Path, int], str] = {}
    for number, error in enumerate(errors):
        path, model = locate(error["loc"], root)
        extra = error["type"] == "extra_forbidden"
        branch = len(path) < len(error["loc"]) and not extra
        key = (path, -1 if branch else number)
        said = found.setdefault(key, [])
        sentence = plainly(error, model)
        if sentence not in said:
            said.append(sentence)
        if extra:
            unknown[key] = str(error["loc"][-1])
    return [Worded(key[0], _either(said), unknown.get(key)) for key, said in found.items()]


def _either(said: list[str]) -> str:
    if len(said) == 1:
        return said[0]
    return ", or ".join(part.rstrip(".") for part in said) + "."


def plainly(error: ErrorDetails, model: type[BaseModel] | None = None) -> str:
    """What pydantic found, in our words; of a field of a model, if one is given."""
    kind, context = error["type"], error.get("ctx", {})
    of_rules = "rules" in error["loc"]
    if kind == "value_error":
        return str(context["error"])
    if kind == "extra_forbidden":
        return _unknown_field(str(error["loc"][-1]), model)
    if kind == "union_tag_not_found":
        return "has no kind" + (f". Maybe one of: {', '.join(RULES)}." if of_rules else ".")
    if kind == "union_tag_invalid":
        now = renamed_kind(str(context.get("tag"))) if of_rules else None
        if now is not None:
            return f"{now}. {REWRITE}"
        tags = list(RULES) if of_rules else re.findall(r"'([^']*)'", str(context["expected_tags"]))
        near = difflib.get_close_matches(str(context.get("tag")), tags, 1)
        maybe = f"`{near[0]}`?" if near else f"one of: {', '.join(tags)}."
        return f"is of a kind{' of rule' if of_rules else ''} that is not known. Maybe {maybe}"
    said = _SAID.get(kind, "is not valid.").format(**context)
    return f"has a key that {said}" if error["loc"][-1:] == ("[key]",) else said


def _unknown_field(name: str, model: type[BaseModel] | None) -> str:
    now = None if model is None else renamed_field(str(_kind(model)), name)
    if now is not None:
        return f"has a field `{name}`, which is called `{now}` since this release. {REWRITE}"
    known = list(model.model_fields) if model is not None else []
    near = difflib.get_close_matches(name, known, 1)
    maybe = f"`{near[0]}`?" if near else f"one of: {', '.join(known)}."
    return f"has a field that is not known. Maybe {maybe}"


def locate(loc: Sequence[str | int], root: type[BaseModel]) -> tuple[Path, type[BaseModel] | None]:
    """The path of an error in the document, and the model of the object that it ends in.

    Parts that are not in the document (the kind of a rule, the branch of a union) and names that
    are the caller's own (the keys of a dictionary, unknown fields) are left out.
    """
    path: list[str | int] = []
    options: list[Any] = [root]
    model: type[BaseModel] | None = root
    for part in loc:
        models = [o for o in options if isinstance(o, type) and issubclass(o, BaseModel)]
        if isinstance(part, int):
            path.append(part)
            options = [i for o in options for i in _items(o)]
        elif holder := next(
            (m for m in models if len(models) == 1 and part in m.model_fields), None
        ):
            path.append(part)
            options = list(_options(holder.model_fields[part].annotation))
        elif tagged := [m for m in models if _kind(m) == part]:
            options = list(tagged)
        else:
            break
        ends = [o for o in options if isinstance(o, type) and issubclass(o, BaseModel)]
        model = ends[0] if len(ends) == 1 else None
    return tuple(path), model


def _kind(model: type[BaseModel]) -> object:
    """What tells a model apart in a union, if anything does."""
    field = model.model_fields.get("kind")
    return None if field is None else field.default


def _options(annotation: Any) -> Iterator[Any]:
    """The types that a value may have."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        yield from _options(typing.get_args(annotation)[0])
    elif origin in (typing.Union, types.UnionType):
        for option in typing.get_args(annotation):
            yield from _options(option)
    else:
        yield annotation


def _items(annotation: Any) -> Iterator[Any]:
    if typing.get_origin(annotation) in (tuple, list, frozenset):
        for item in typing.get_args(annotation):
            if item is not ...:
                yield from _options(item)
