"""The register: what a collaboration knows between requests, each value with source and date.

A source (an MIS, a workbook, a person typing) makes a `Statement`. It is compared with the
register, which gives a `ChangeList`; what is applied of it makes the next version.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, ConfigDict, Field, JsonValue, model_validator

from models.register.records import RECORDS, Key, Kind, Record
from models.value import Id, Value

# ---------------------------------------------------------------------- what a source says


class StatementItem(Value):
    """What a source says of one thing."""

    id: Key = Field(description="Their id: unique within school, source and kind.")
    school: Key | None = Field(None, description="Whose it is, where not the statement's school.")
    ours: Id | None = Field(
        None, description="Our id, where the source knows it (a workbook that we wrote)."
    )
    same_as: Key | None = Field(
        None, description="At another school of this source it goes by this id: a link to confirm."
    )
    same_at: Key | None = Field(None, description="That other school.")
    record: Record = Field(description="What is said of it.")
    place: str = Field("", description="Where it was said: a JSON pointer, or a sheet and cell.")


class WithdrawnItem(Value):
    """Something that a source no longer has: deleted, left, an absence taken back."""

    kind: Kind = Field(description="The kind of the entry.")
    id: Key = Field(description="The source's own id.")
    school: Key | None = Field(None, description="Whose it is, where not the statement's school.")
    place: str = Field("", description="Where it was said: a JSON pointer, or a sheet and cell.")


class UnreadItem(Value):
    """Something that was said but cannot be used; it never holds up the rest."""

    place: str = Field(description="Where it stands in what was sent.")
    sentence: str = Field(description="What is wrong and what to do; not what was said.")


class Statement(Value):
    """All that one source says at one time: the one form that every parser gives."""

    source: Id = Field(description="Such as `wonde`, `oneroster`, `workbook`, `typed`.")
    kind: Literal["mis", "people"] = Field(
        description="A system, or people who say it themselves (a workbook, a form)."
    )
    school: Key | None = Field(None, description="Whose MIS it is: our id, or the source's key.")
    at: AwareDatetime = Field(description="When it was so, as the source says, or was fetched.")
    complete: tuple[Kind, ...] = Field(
        (), description="Kinds of which this is everything: what is not here is gone at the source."
    )
    items: tuple[StatementItem, ...] = Field(
        (), description="What the source says, thing by thing."
    )
    withdrawn: tuple[WithdrawnItem, ...] = Field((), description="What the source no longer has.")
    unread: tuple[UnreadItem, ...] = Field((), description="What was sent but cannot be used.")


# ---------------------------------------------------------------------- what the register holds


# An import of 20,000 people has half a million of these: they have slots, not dictionaries, and
# are checked where they are read, not where our own code makes them.


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceKey:
    """How a source knows an entry."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    school: Annotated[Key | None, Field(description="The school at whose system it is known.")] = (
        None
    )
    source: Annotated[Id, Field(description="The source.")]
    id: Annotated[Key, Field(description="The source's own id.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownValue:
    """A value, who said so, and when."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    value: Annotated[JsonValue, Field(description="The value.")]
    source: Annotated[Id, Field(description="The source that gave it.")]
    school: Annotated[Key | None, Field(description="At which school's system.")] = None
    at: Annotated[AwareDatetime, Field(description="When it was true, by its source.")]
    people: Annotated[bool, Field(description="A person said it; no MIS overwrites it.")] = False


class KnownEntry(Value):
    """One thing that the register knows."""

    kind: Kind = Field(description="What the entry is.")
    id: Id = Field(description="Its id in the register.")
    keys: tuple[SourceKey, ...] = Field((), description="What sources call it.")
    fields: dict[str, KnownValue] = Field(
        {}, description="Name of a field to its value, with source and date."
    )
    gone: bool = Field(False, description="No source has it any more; kept until it is erased.")

    @property
    def record(self) -> Value:
        """Its values, typed."""
        return RECORDS[self.kind].model_validate(
            {"kind": self.kind, **{name: known.value for name, known in self.fields.items()}}
        )


# ---------------------------------------------------------------------- comparing and applying


class ChangeSort(StrEnum):
    """What a statement would do to the register."""

    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"
    UNMATCHED = "unmatched"
    """It may be somebody whom the register knows from another school: a person must say."""
    REFUSED = "refused"
    """It cannot be used, or would overwrite what only people say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldChange:
    """One value before and after."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    field: Annotated[str, Field(description="The name of the field.")]
    before: Annotated[
        KnownValue | None, Field(description="The value before; null where there was none.")
    ] = None
    after: Annotated[
        KnownValue | None, Field(description="The value after; null where there is none.")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterChange:
    """One thing that a statement would do, or cannot."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    number: Annotated[
        int, Field(description="Its place in the list, from 1: what a decision names.")
    ]
    sort: Annotated[ChangeSort, Field(description="What would be done.")]
    kind: Annotated[Kind | None, Field(description="The kind of the entry.")] = None
    id: Annotated[
        Id | None, Field(description="The entry, or the id that a new one would have.")
    ] = None
    key: Annotated[SourceKey | None, Field(description="What the source calls it.")] = None
    place: Annotated[str, Field(description="Where in the statement it stands.")] = ""
    fields: Annotated[tuple[FieldChange, ...], Field(description="Values before and after.")] = ()
    candidates: Annotated[
        tuple[Id, ...], Field(description="Entries that it may be, likeliest first.")
    ] = ()
    by_itself: Annotated[bool, Field(description="The owner lets this source do it unasked.")] = (
        False
    )
    sentence: Annotated[str, Field(description="The change in words.")]


class ChangeList(Value):
    """What a statement would do to a version of the register: the answer of a dry run."""

    source: Id = Field(description="The source of the statement.")
    at: AwareDatetime = Field(description="When the statement was true.")
    version: int = Field(description="The register's version that was compared with.")
    changes: tuple[RegisterChange, ...] = Field((), description="What would change, or cannot.")
    unchanged: int = Field(0, description="Items that say what the register knows.")

    @property
    def quiet(self) -> bool:
        """Whether nothing would change."""
        return not self.changes


class ChangeDecision(Value):
    """What a person decided about one change."""

    change: int = Field(ge=1, description="The number of the change in the list.")
    do: Literal["apply", "link", "leave"] = Field(
        description="Do it; it is this known entry (link); or do not."
    )
    to: Id | None = Field(None, description="For `link`: the entry that it is.")

    @model_validator(mode="after")
    def _links_to_something(self) -> Self:
        if (self.do == "link") != (self.to is not None):
            raise ValueError("to is given with link, and only with it")
        return self


class ImportOutcome(Value):
    """What applying an import changed."""

    version: int = Field(description="The register's version now.")
    applied: tuple[int, ...] = Field((), description="Numbers of the changes that were made.")
    waiting: tuple[int, ...] = Field((), description="Changes that a person has yet to decide.")
    left: tuple[int, ...] = Field((), description="Changes that a person decided against.")
