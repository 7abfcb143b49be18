"""A living rota: a query on the register plus duties and rules of its own, and how it changes."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

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
        description="Rules of the night in addition to the rota's own; the usual ones if left out. "
        "People who lost a duty because they cannot come carry the label `hole`.",
    )
    publish_by_itself: bool = Field(
        False, description="Publish what is worse in nothing; without it, a person does."
    )


class RotaDefinition(Value):
    """What a living rota is made of."""

    name: Text = Field(description="What the rota is called.")
    query: RegisterQuery = Field(RegisterQuery(), description="What it takes from the register.")
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

    duty: str = Field(description="The id of the duty.")
    name: str = Field(description="The duty as a person says it.")
    date: Annotated[date, Field(description="The date of the duty.")]
    school: str = Field(description="The id of the school where it is.")
    minutes: int = Field(description="Working minutes of the duty.")
    change: Literal["added", "removed", "moved"] = Field(
        description="What happens to the placement."
    )
    why: str = Field(description="The reason in words.")


class PersonChange(Value):
    """What changes for one person."""

    person: str = Field(description="The id of the person.")
    name: str = Field(description="The name of the person.")
    changes: tuple[PlacementChange, ...] = Field(description="Their placements that differ.")
    minutes: int = Field(description="Working minutes more (or, below zero, less) than before.")


class ScheduleDifference(Value):
    """Who changes, when and why, and what moves to which school."""

    people: tuple[PersonChange, ...] = Field(description="What changes for each person.")
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
    """When one person is where, as far as the caller may see it."""

    person: str = Field(description="The id of the person.")
    name: str = Field(description="The name of the person.")
    start: LocalDateTime = Field(description="Local.")
    end: LocalDateTime = Field(description="The end, local.")
    school: str | None = Field(None, description="None: busy elsewhere.")
    duty: str | None = Field(
        None, description="The id of the duty; null where they are busy elsewhere."
    )
    what: str = Field(description="The duty as a person says it, or that they are busy elsewhere.")
    tentative: bool = Field(False, description="They are away for an unknown time; to be seen.")


class RotaView(Value):
    """A living rota."""

    id: str = Field(description="The id of the rota.")
    revision: int = Field(description="Of its definition; it goes up with each change.")
    definition: RotaDefinition = Field(description="What it is made of.")
    published: int | None = Field(description="The version that holds.")
    versions: int = Field(description="The number of its newest version.")
    created_at: datetime = Field(description="When it was made.")
    changed_at: datetime = Field(description="When its definition last changed.")


class RotaLine(Value):
    """A rota in a list."""

    id: str = Field(description="The id of the rota.")
    name: str = Field(description="What it is called.")
    first: date = Field(description="The first date of its horizon.")
    last: date = Field(description="The last date of its horizon.")
    revision: int = Field(description="The number of its definition; it goes up with each change.")
    published: int | None = Field(
        description="The number of the published version; null where there is none."
    )
    versions: int = Field(description="The number of its newest version.")
    nightly: bool = Field(description="Whether it is solved again at night.")


class RevisionView(Value):
    """A definition that a rota had from then on."""

    revision: int = Field(description="The number of the definition, from 1.")
    at: datetime = Field(description="When it was made.")
    key: str | None = Field(description="The key that it was made with.")
    definition: RotaDefinition = Field(description="The definition.")
