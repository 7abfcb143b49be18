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
    record: Record
    place: str = Field("", description="Where it was said: a JSON pointer, or a sheet and cell.")


class WithdrawnItem(Value):
    """Something that a source no longer has: deleted, left, an absence taken back."""

    kind: Kind
    id: Key
    school: Key | None = None
    place: str = ""


class UnreadItem(Value):
    """Something that was said but cannot be used; it never holds up the rest."""

    place: str
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
    items: tuple[StatementItem, ...] = ()
    withdrawn: tuple[WithdrawnItem, ...] = ()
    unread: tuple[UnreadItem, ...] = ()


# ---------------------------------------------------------------------- what the register holds


# An import of 20,000 people has half a million of these: they have slots, not dictionaries, and
# are checked where they are read, not where the house makes them.


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceKey:
    """How a source knows an entry."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    school: Key | None = None
    source: Id
    id: Key


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownValue:
    """A value, who said so, and when."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    value: JsonValue
    source: Id
    school: Annotated[Key | None, Field(description="At which school's system.")] = None
    at: AwareDatetime
    people: Annotated[bool, Field(description="A person said it; no MIS overwrites it.")] = False


class KnownEntry(Value):
    """One thing that the register knows."""

    kind: Kind
    id: Id
    keys: tuple[SourceKey, ...] = ()
    fields: dict[str, KnownValue] = {}
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

    field: str
    before: KnownValue | None = None
    after: KnownValue | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterChange:
    """One thing that a statement would do, or cannot."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    number: Annotated[
        int, Field(description="Its place in the list, from 1: what a decision names.")
    ]
    sort: ChangeSort
    kind: Kind | None = None
    id: Annotated[
        Id | None, Field(description="The entry, or the id that a new one would have.")
    ] = None
    key: SourceKey | None = None
    place: str = ""
    fields: tuple[FieldChange, ...] = ()
    candidates: Annotated[
        tuple[Id, ...], Field(description="Entries that it may be, likeliest first.")
    ] = ()
    by_itself: Annotated[bool, Field(description="The owner lets this source do it unasked.")] = (
        False
    )
    sentence: str


class ChangeList(Value):
    """What a statement would do to a version of the register: the answer of a dry run."""

    source: Id
    at: AwareDatetime
    version: int = Field(description="The register's version that was compared with.")
    changes: tuple[RegisterChange, ...] = ()
    unchanged: int = Field(0, description="Items that say what the register knows.")

    @property
    def quiet(self) -> bool:
        """Whether nothing would change."""
        return not self.changes


class ChangeDecision(Value):
    """What a person decided about one change."""

    change: int = Field(ge=1)
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
    """What came of an apply."""

    version: int = Field(description="The register's version now.")
    applied: tuple[int, ...] = ()
    waiting: tuple[int, ...] = Field((), description="Changes that a person has yet to decide.")
    left: tuple[int, ...] = Field((), description="Changes that a person decided against.")
