"""Somebody is away: whom to ask, in which order, and what each would break and cost."""

from datetime import date
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from models.problem.calendar import LAST_BEFORE_FIRST
from models.register.rota import Swap
from models.value import Id, Value


class CoverRequest(Value):
    """Who is away, and when; on a living rota, or on a request and a schedule that are sent."""

    rota: Id | None = Field(
        None, description="A living rota: its published version, and the register as it is now."
    )
    request: dict[str, Any] | None = Field(None, description="Or a request ...")
    schedule: dict[str, Any] | None = Field(None, description="... and the schedule of it.")
    person: Id = Field(description="The person who is away.")
    first: date = Field(description="The first day of the absence.")
    last: date = Field(description="The last day of the absence.")
    most: int = Field(10, ge=1, le=100, description="The most candidates for each duty.")

    @model_validator(mode="after")
    def _is_about_one_thing(self) -> Self:
        if (self.rota is None) == (self.request is None):
            raise ValueError("must have exactly one of rota and request")
        if (self.request is None) != (self.schedule is None):
            raise ValueError("must have a schedule with a request, and only with it")
        if self.last < self.first:
            raise ValueError(LAST_BEFORE_FIRST)
        return self


class Replacement(Value):
    """Somebody who could come instead."""

    person: str = Field(description="The id of the candidate.")
    name: str = Field(description="The name of the candidate.")
    breaks: tuple[str, ...] = Field(description="Musts that would be broken, in sentences.")
    costs: dict[int, int] = Field(description="What each priority would cost more, or less.")
    in_team: bool = Field(
        description="Works there in that week anyway, on a duty or by their pattern."
    )
    same_group: bool = Field(description="Is with the same group in that week.")
    days: int = Field(description="Days that they work in the horizon already.")
    share: int = Field(description="Of a full-time post, in hundredths.")
    sentence: str = Field(description="The candidate's case in one sentence.")
    swap: Swap = Field(description="What to send to the rota's swaps to have it so.")


class DutyToCover(Value):
    """A duty that somebody leaves, and who could fill it, the best first."""

    duty: str = Field(description="The id of the duty.")
    name: str = Field(description="The duty as a person says it.")
    date: Annotated[date, Field(description="The date of the duty.")]
    missing: int = Field(description="People that the duty lacks without them.")
    candidates: tuple[Replacement, ...] = Field(
        description="Who could come instead, the best first."
    )
    more: int = Field(0, description="Candidates that were left out.")


class CoverAnswer(Value):
    """Every duty of somebody who is away, with those who could come instead."""

    over: int | None = Field(None, description="The rota's version that holds.")
    holes: tuple[DutyToCover, ...] = Field(
        description="Every duty that the person leaves, the earliest first."
    )
