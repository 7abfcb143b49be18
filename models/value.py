"""What every value is: immutable, and closed to unknown fields; a number must be sent as one.

Pydantic would take `true` and `"1"` for 1. Its own strictness is no way out. As a setting of the
class it would refuse what a document in Python is made of: lists for tuples, text for dates and
for decimals; and 2.0, which some JSON writers make of 2. As a type of its own it would have to
stand at every number of every rule, inside dictionaries and unions too, and the one that lacks it
would not be noticed. So the schema of each class is made strict about numbers, and nothing else.
"""

import re
from typing import Annotated, Any, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StringConstraints,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticKnownError
from pydantic_core.core_schema import no_info_before_validator_function

ID = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
"""What an id looks like."""

Id = Annotated[str, StringConstraints(pattern=ID, min_length=1, max_length=64)]
"""How the caller names a thing: letters, digits, dot, dash and underscore."""


NOT_FOR_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters and halves of pairs: nobody types them, databases, calendars and terminals
stumble over them."""


def one_line(text: str) -> str:
    """A text that is one line, of characters that can be shown.

    Raises:
        ValueError: says what is wrong with it.
    """
    if len(text.splitlines()) > 1:
        raise ValueError("must be one line.")
    if NOT_FOR_TEXT.search(text):
        raise ValueError("has a control character in it.")
    if not text.strip():
        raise ValueError("is empty: there is only space.")
    return text


Text = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(one_line)]
"""One line for people to read."""


def _whole(sent: Any) -> Any:
    """A number as it was sent: words, and yes or no, are none, though Python would take them."""
    if isinstance(sent, bool | str | bytes):
        raise PydanticKnownError("int_type")
    return sent


def _decimal(sent: Any) -> Any:
    """The same, if it may have a fraction."""
    if isinstance(sent, bool | str | bytes):
        raise PydanticKnownError("float_type")
    return sent


_NUMBERS = {"int": _whole, "float": _decimal}

_NO_SCHEMAS = {
    "metadata",
    "serialization",
    "default",
    "expected",
    "cls",
    "config",
    "function",
    "keys_schema",  # in JSON all of them are words
}
"""Parts of a schema that are none."""

_NAMED = {"fields", "choices"}
"""Parts in which schemas have names."""


def _strict(schema: Any, of: Any) -> Any:
    """What the schema of a class says, but that a number must be sent as one."""
    if isinstance(schema, list | tuple):
        return type(schema)(_strict(part, of) for part in schema)
    if not isinstance(schema, dict) or _is_strict(schema):
        return schema
    if (
        schema.get("type") == "model"
        and schema["cls"] is not of
        and issubclass(schema["cls"], Value)
    ):
        return schema  # it has seen to that itself
    inner = {name: _part(name, part, of) for name, part in schema.items()}
    check = _NUMBERS.get(inner.get("type", ""))
    return inner if check is None else no_info_before_validator_function(check, inner)


def _part(name: str, part: Any, of: Any) -> Any:
    if name in _NAMED and isinstance(part, dict):
        return {field: _strict(schema, of) for field, schema in part.items()}
    return part if name in _NO_SCHEMAS else _strict(part, of)


def _is_strict(schema: dict[str, Any]) -> bool:
    before = schema.get("type") == "function-before"
    return before and schema["function"]["function"] in _NUMBERS.values()


class Value(BaseModel):
    """An immutable value that refuses fields it does not know."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True
    )

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """As pydantic makes it, and a copy each time.

        A value that may hold others of its kind is referred to by one and the same object in all
        that has a field of it, and what one field says of itself (its description) would be
        written into that for all (pydantic 2.14; its issue 11757 is of the same kind).
        """
        schema: dict[str, Any] = _strict({**handler(source)}, cls)
        schema["metadata"] = {**schema.get("metadata", {})}
        return cast("CoreSchema", schema)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """As pydantic makes it, but that a `kind` must be given: readers tell values of several
        kinds apart by it, so its default is for Python only."""
        schema = handler(core_schema)
        found = handler.resolve_ref_schema(schema)
        kind = found.get("properties", {}).get("kind", {})
        if "const" in kind:
            kind.pop("default", None)
            kind.setdefault("description", "Says which kind this is.")
            required = found.get("required", [])
            found["required"] = ["kind", *(name for name in required if name != "kind")]
        return schema
