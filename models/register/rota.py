"""A living rota: a query on the register plus duties and rules of its own, and how it changes."""

from datetime import date, datetime
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from models.problem.calendar import LocalDateTime
from models.problem.people import Who
from models.problem.problem import Placement
from models.value import Id, Text, Value


class RegisterQuery(Value):
    """What a rota asks of the register; all of it where nothing is said."""

    schools: tuple[Id, ...] | None = Field(None, min_length=1, description="These schools.")
    people: Who | None = Field(
        None, description="Of the people who belong to these schools, or work there: these."
    )


class Nightly(Value):
    """What happens at night."""

    notice_days: int = Field(
        1,
        ge=0,
        le=365,
        description="Days after the coming one on which nothing changes but what has to.",
    )
    seconds: float = Field(60, gt=0, le=3600, description="How long to think.")
    rules: tuple[dict[str, Any], ...] | None = Field(
        None,
        max_length=50,
        description="Rules of the night besides the rota's own; the usual ones where left out. "
        "People who lost a duty because they cannot come carry the label `hole`.",
    )
    publish_by_itself: bool = Field(
        False, description="Publish what is worse in nothing; without it, a person does."
    )


class RotaDefinition(Value):
    """What a living rota is made of."""

    name: Text
    query: RegisterQuery = RegisterQuery()
    request: dict[str, Any] = Field(
        description="A request of which the register gives schools, people, skills, roles and "
        "travel; what stands here goes before what the register says."
    )
    nightly: Nightly | None = Field(None, description="None: nothing happens at night.")

    @model_validator(mode="after")
    def _has_a_horizon(self) -> Self:
        problem = self.request.get("problem")
        if not isinstance(problem, dict) or "horizon" not in problem:
            raise ValueError("request must have a problem with a horizon")
        return self


Origin = Literal["solved", "derived", "night", "swap"]


class PlacementChange(Value):
    """One placement that differs between two schedules."""

    duty: str
    name: str = Field(description="The duty as a person says it.")
    date: date
    school: str
    minutes: int
    change: Literal["added", "removed", "moved"]
    why: str


class PersonChange(Value):
    """What changes for one person."""

    person: str
    name: str
    changes: tuple[PlacementChange, ...]
    minutes: int = Field(description="Working minutes more (or, below zero, less) than before.")


class ScheduleDifference(Value):
    """Who changes, when and why, and what moves to which school."""

    people: tuple[PersonChange, ...]
    minutes_by_school: dict[str, int] = Field(
        description="Working minutes more or less at each school at which something changes."
    )
    sentences: tuple[str, ...] = Field(description="Duty by duty, the earliest first.")
    first: bool = Field(False, description="There is nothing to compare with.")


class Swap(Value):
    """Placements that people exchange after publishing."""

    take: tuple[Placement, ...] = Field((), description="Placements that end.")
    give: tuple[Placement, ...] = Field((), description="Placements that begin.")
    reason: Text | None = Field(
        None, description="For the record; say nothing about health or family."
    )

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.take and not self.give:
            raise ValueError("changes nothing. Maybe fill take or give?")
        return self


class DiaryStretch(Value):
    """When one person is where, as far as whoever asks may see it."""

    person: str
    name: str
    start: LocalDateTime = Field(description="Local.")
    end: LocalDateTime
    school: str | None = Field(None, description="None: busy elsewhere.")
    duty: str | None = None
    what: str = Field(description="The duty as a person says it, or that they are busy elsewhere.")
    tentative: bool = Field(False, description="They are away for an unknown time; to be seen.")


class RotaView(Value):
    """A living rota."""

    id: str
    revision: int = Field(description="Of its definition; it goes up with each change.")
    definition: RotaDefinition
    published: int | None = Field(description="The version that holds.")
    versions: int = Field(description="The number of its newest version.")
    created_at: datetime
    changed_at: datetime


class RotaLine(Value):
    """A rota in a list."""

    id: str
    name: str
    first: date
    last: date
    revision: int
    published: int | None
    versions: int
    nightly: bool


class RevisionView(Value):
    """A definition that a rota had from then on."""

    revision: int
    at: datetime
    key: str | None
    definition: RotaDefinition
