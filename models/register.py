"""The register: what a collaboration knows between requests, each value with source and date.

A source (an MIS, a workbook, a person typing) makes a `Statement`. It is compared with the
register, which gives a `ChangeList`; what is applied of it makes the next version.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, JsonValue, StringConstraints, model_validator

from models.calendar import BankHoliday, DateRange, LocalTime, Nation, TimeZone, Weekday, Window
from models.people import Held
from models.value import Id, Text, Value

Key = Annotated[str, StringConstraints(min_length=1, max_length=255, strip_whitespace=True)]
"""How a source names a thing: anything on one line, such as an MIS id, a UUID or a staff code."""

Kind = Literal["school", "calendar", "code", "person", "contract", "absence", "travel", "agreement"]
"""The kinds of entry; one that is referred to stands before those that refer to it."""


class RefersTo:
    """Marks a field that names an entry: by the source's key in a statement, by our id here."""

    def __init__(self, kind: Kind) -> None:
        self.kind: Kind = kind


class Ours:
    """Marks a field that no MIS gives: only a person changes it (source of the kind `people`)."""


SchoolRef = Annotated[Key, RefersTo("school")]
PersonRef = Annotated[Key, RefersTo("person")]

# ---------------------------------------------------------------------- what there is to know
# A field that is left out is not known, or not said; one that is null is said to be empty.


class SchoolRecord(Value):
    """A school, and its day."""

    kind: Literal["school"] = "school"
    name: Text | None = None
    urn: Text | None = Field(None, description="Six digits, England.")
    laestab: Text | None = Field(None, description="Local authority code and number.")
    nation: Nation | None = None
    time_zone: TimeZone | None = None
    weekdays: Annotated[tuple[Weekday, ...] | None, Ours()] = None
    day_start: Annotated[LocalTime | None, Ours()] = None
    day_end: Annotated[LocalTime | None, Ours()] = None


class CalendarRecord(Value):
    """When a school is open; each school has one."""

    kind: Literal["calendar"] = "calendar"
    school: SchoolRef | None = None
    terms: tuple[DateRange, ...] | None = None
    closed: Annotated[tuple[DateRange, ...] | None, Ours()] = None
    inset: Annotated[tuple[date, ...] | None, Ours()] = None
    extra_bank_holidays: Annotated[tuple[BankHoliday, ...] | None, Ours()] = None
    open_bank_holidays: Annotated[tuple[date, ...] | None, Ours()] = None


class CodeRecord(Value):
    """What a word of a source means: its role "HLTA" is our role `hlta`."""

    kind: Literal["code"] = "code"
    list: Literal["role", "skill"] | None = None
    code: Key | None = Field(None, description="As sources write it.")
    means: Id | None = Field(None, description="The role or skill of rotas.")
    name: Text | None = None


class PersonRecord(Value):
    """A member of staff; no address, no date of birth, nothing about health."""

    kind: Literal["person"] = "person"
    name: Text | None = None
    home: SchoolRef | None = None
    staff_code: Text | None = None
    qualified_teacher: bool | None = Field(None, description="Gives the skill `qts` in rotas.")
    hlta: bool | None = Field(None, description="Gives the skill `hlta` in rotas.")
    skills: Annotated[tuple[Held, ...] | None, Ours()] = None
    tags: Annotated[tuple[Id, ...] | None, Ours()] = None
    works: Annotated[tuple[Window, ...] | None, Ours()] = None
    agreed_to: Annotated[tuple[Window, ...] | None, Ours()] = None


class ContractRecord(Value):
    """One post of one person; without what it pays."""

    kind: Literal["contract"] = "contract"
    person: PersonRef | None = None
    school: SchoolRef | None = Field(None, description="The place of work.")
    role: Key | None = Field(None, description="In the source's words; codes say what it means.")
    employment: Text | None = Field(None, description="Permanent, fixed term, in their words.")
    employer: Annotated[Text | None, Ours()] = None
    payer: Annotated[Text | None, Ours()] = None
    fte_percent: int | None = Field(None, ge=1, le=100)
    minutes_per_week: int | None = Field(None, ge=0, le=7 * 24 * 60)
    full_time_minutes: int | None = Field(None, ge=1, le=7 * 24 * 60)
    hundredths_of_weeks: int | None = Field(
        None, ge=0, le=5300, description="Weeks worked in a year, in hundredths: 3900 is 39."
    )
    all_year: bool | None = None
    first: date | None = None
    last: date | None = None


class AbsenceRecord(Value):
    """When a person cannot come. There is no field for why, and a source's reason is not kept."""

    kind: Literal["absence"] = "absence"
    person: PersonRef | None = None
    first: date | None = None
    last: date | None = Field(None, description="None is open: nobody knows yet when they return.")
    start: LocalTime | None = Field(None, description="On the first day only from this time on.")
    end: LocalTime | None = Field(None, description="On the last day only until this time.")


class TravelRecord(Value):
    """The way between two schools."""

    kind: Literal["travel"] = "travel"
    one: Annotated[SchoolRef | None, Ours()] = None
    other: Annotated[SchoolRef | None, Ours()] = None
    minutes: Annotated[int | None, Field(ge=0, le=24 * 60), Ours()] = None


class AgreementRecord(Value):
    """What schools agreed: who gives whose time to whom; without money."""

    kind: Literal["agreement"] = "agreement"
    title: Annotated[Text | None, Ours()] = None
    giver: Annotated[SchoolRef | None, Ours()] = None
    taker: Annotated[SchoolRef | None, Ours()] = None
    person: Annotated[PersonRef | None, Ours()] = None
    share_percent: Annotated[int | None, Field(ge=0, le=100), Ours()] = None
    minutes_per_week: Annotated[int | None, Field(ge=0, le=7 * 24 * 60), Ours()] = None
    first: Annotated[date | None, Ours()] = None
    last: Annotated[date | None, Ours()] = None
    notice_days: Annotated[int | None, Field(ge=0, le=1000), Ours()] = None


Record = Annotated[
    SchoolRecord
    | CalendarRecord
    | CodeRecord
    | PersonRecord
    | ContractRecord
    | AbsenceRecord
    | TravelRecord
    | AgreementRecord,
    Field(discriminator="kind"),
]

RECORDS: dict[Kind, type[Value]] = {
    "school": SchoolRecord,
    "calendar": CalendarRecord,
    "code": CodeRecord,
    "person": PersonRecord,
    "contract": ContractRecord,
    "absence": AbsenceRecord,
    "travel": TravelRecord,
    "agreement": AgreementRecord,
}

# ---------------------------------------------------------------------- what a source says


class Item(Value):
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


class Withdrawn(Value):
    """Something that a source no longer has: deleted, left, an absence taken back."""

    kind: Kind
    id: Key
    school: Key | None = None
    place: str = ""


class Unread(Value):
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
    items: tuple[Item, ...] = ()
    withdrawn: tuple[Withdrawn, ...] = ()
    unread: tuple[Unread, ...] = ()


# ---------------------------------------------------------------------- what the register holds


class SourceKey(Value):
    """How a source knows an entry."""

    school: Key | None = None
    source: Id
    id: Key


class Known(Value):
    """A value, who said so, and when."""

    value: JsonValue
    source: Id
    at: AwareDatetime
    people: bool = Field(False, description="A person said it; no MIS overwrites it.")


class Entry(Value):
    """One thing that the register knows."""

    kind: Kind
    id: Id
    keys: tuple[SourceKey, ...] = ()
    fields: dict[str, Known] = {}
    gone: bool = Field(False, description="No source has it any more; kept until it is erased.")

    @property
    def record(self) -> Value:
        """Its values, typed."""
        return RECORDS[self.kind].model_validate(
            {"kind": self.kind, **{name: known.value for name, known in self.fields.items()}}
        )


# ---------------------------------------------------------------------- comparing and applying


class Sort(StrEnum):
    """What a statement would do to the register."""

    NEW = "new"
    CHANGED = "changed"
    GONE = "gone"
    UNMATCHED = "unmatched"
    """It may be somebody whom the register knows from another school: a person must say."""
    REFUSED = "refused"
    """It cannot be used, or would overwrite what only people say."""


class FieldChange(Value):
    """One value before and after."""

    field: str
    before: Known | None = None
    after: Known | None = None


class Change(Value):
    """One thing that a statement would do, or cannot."""

    number: int = Field(description="Its place in the list, from 1: what a decision names.")
    sort: Sort
    kind: Kind | None = None
    id: Id | None = Field(None, description="The entry, or the id that a new one would have.")
    key: SourceKey | None = None
    place: str = ""
    fields: tuple[FieldChange, ...] = ()
    candidates: tuple[Id, ...] = Field((), description="Entries that it may be, likeliest first.")
    by_itself: bool = Field(False, description="The owner lets this source do it unasked.")
    sentence: str


class ChangeList(Value):
    """What a statement would do to a version of the register: the answer of a dry run."""

    source: Id
    at: AwareDatetime
    version: int = Field(description="The register's version that was compared with.")
    changes: tuple[Change, ...] = ()
    unchanged: int = Field(0, description="Items that say what the register knows.")

    @property
    def quiet(self) -> bool:
        """Whether nothing would change."""
        return not self.changes


class Decision(Value):
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


class Applied(Value):
    """What came of an apply."""

    version: int = Field(description="The register's version now.")
    applied: tuple[int, ...] = ()
    waiting: tuple[int, ...] = Field((), description="Changes that a person has yet to decide.")
    left: tuple[int, ...] = Field((), description="Changes that a person decided against.")
