"""What every value of the house is: immutable, and closed to unknown fields."""

from typing import Annotated, Any, cast

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, StringConstraints
from pydantic_core import CoreSchema

ID = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
"""What an id looks like."""

Id = Annotated[str, StringConstraints(pattern=ID, min_length=1, max_length=64)]
"""How the caller names a thing: letters, digits, dot, dash and underscore."""

Text = Annotated[str, StringConstraints(min_length=1, max_length=200)]
"""One line for people to read."""


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
        schema: dict[str, Any] = {**handler(source)}
        schema["metadata"] = {**schema.get("metadata", {})}
        return cast("CoreSchema", schema)
