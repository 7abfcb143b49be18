"""What every value of the house is: immutable, and closed to unknown fields."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

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
