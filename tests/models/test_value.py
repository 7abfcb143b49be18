"""What every value of the house has."""

from typing import Annotated

from pydantic import Field, TypeAdapter

from models.people import Who
from models.value import Value


class _Plain(Value):
    who: Who


class _Described(Value):
    who: Who = Field(description="Only of this field.")


def test_a_field_says_nothing_of_other_fields() -> None:
    """Also of a kind that holds itself, whoever has asked for a schema of it before."""
    TypeAdapter(Annotated[Who, Field(description="Of a parameter.")])
    found = [
        model.model_json_schema()["properties"]["who"].get("description")
        for model in (_Plain, _Described, _Plain)
    ]
    assert found == [None, "Only of this field.", None]
