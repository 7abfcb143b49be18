"""What every value of the project has."""

import json
from pathlib import Path
from typing import Annotated, Self

import pytest
from pydantic import Field, TypeAdapter, ValidationError, model_validator

from models.problem.people import Who
from models.value import Value
from scheduler.intake.parse import read_request
from scheduler.intake.validation_errors import InvalidRequest

EXAMPLES = Path(__file__).parents[2] / "examples"


class _Plain(Value):
    who: Who


class _Described(Value):
    who: Who = Field(description="Only of this field.")


def test_a_field_says_nothing_of_other_fields() -> None:
    """Also of a kind that holds itself, even if its schema was built before."""
    TypeAdapter(Annotated[Who, Field(description="Of a parameter.")])
    found = [
        model.model_json_schema()["properties"]["who"].get("description")
        for model in (_Plain, _Described, _Plain)
    ]
    assert found == [None, "Only of this field.", None]


class Counted(Value):
    """Numbers in all the places where they may stand."""

    one: int = 1
    maybe: Annotated[int, Field(ge=0)] | None = None
    many: tuple[int, ...] = ()
    by_number: dict[int, int] = Field(default_factory=dict)
    seconds: float = 1.5
    sure: bool = False


class Checked(Value):
    """Numbers behind a check of the whole, and in other values."""

    one: int = 1
    inner: tuple["Counted | Checked", ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        return self


@pytest.mark.parametrize("sent", [True, "1"])
def test_a_number_is_one_wherever_it_stands(sent: object) -> None:
    """Also where a value is checked as a whole, holds others, or holds its own kind."""
    for said in (
        {"one": sent},
        {"inner": [{"one": sent}]},
        {"inner": [{"inner": [{"one": sent}]}]},
    ):
        with pytest.raises(ValidationError, match="int_type"):
            Checked.model_validate(said)
    document = json.loads((EXAMPLES / "tiny.json").read_text())
    document["problem"]["shifts"][0]["needs"] = [{"count": sent}]
    document["rules"] = [{"kind": "consecutive_days", "most": sent}]
    document["limits"] = {"seconds": sent, "workers": sent}
    with pytest.raises(InvalidRequest) as refused:
        read_request(document)
    assert {fault.pointer for fault in refused.value.faults} == {
        "/problem/shifts/0/needs/0/count",
        "/rules/0/most",
        "/limits/seconds",
        "/limits/workers",
    }


@pytest.mark.parametrize("field", ["one", "maybe", "many", "by_number", "seconds"])
@pytest.mark.parametrize("sent", [True, "1"])
def test_a_number_is_sent_as_one(field: str, sent: object) -> None:
    """Neither a word nor yes, though Python would have it so; in Python as in JSON."""
    whole = {"many": [sent], "by_number": {"7": sent}}.get(field, sent)
    wanted = "float_type" if field == "seconds" else "int_type"
    with pytest.raises(ValidationError, match=wanted):
        Counted.model_validate({field: whole})
    with pytest.raises(ValidationError, match=wanted):
        Counted.model_validate_json(json.dumps({field: whole}))


def test_numbers_that_are_sent_as_such() -> None:
    """Also where JSON writes a whole number with a point, and where it can only have words."""
    sent = {"one": 2.0, "maybe": 3, "many": [4], "by_number": {"5": 6}, "seconds": 7, "sure": True}
    assert Counted.model_validate_json(json.dumps(sent)) == Counted(
        one=2, maybe=3, many=(4,), by_number={5: 6}, seconds=7.0, sure=True
    )
