"""What there is to know of schools and people between requests: a record for each noun.

A field that is left out is not known, or not said; one that is null is said to be empty.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from models.problem.calendar import (
    BankHoliday,
    DateRange,
    LocalTime,
    Nation,
    TimeZone,
    Weekday,
    Window,
)
from models.problem.people import HeldSkill
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


class FirstSaid:
    """Marks a field that an MIS only says first: with two schools' systems each would say its
    own, night after night. A person changes it."""


SchoolRef = Annotated[Key, RefersTo("school")]
PersonRef = Annotated[Key, RefersTo("person")]


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
    means: Annotated[Id | None, FirstSaid()] = Field(
        None, description="The role or skill of rotas."
    )
    name: Annotated[Text | None, FirstSaid()] = None


class PersonRecord(Value):
    """A member of staff; no address, no date of birth, nothing about health."""

    kind: Literal["person"] = "person"
    name: Text | None = None
    home: Annotated[SchoolRef | None, FirstSaid()] = None
    staff_code: Text | None = None
    qualified_teacher: bool | None = Field(None, description="Gives the skill `qts` in rotas.")
    hlta: bool | None = Field(None, description="Gives the skill `hlta` in rotas.")
    skills: Annotated[tuple[HeldSkill, ...] | None, Ours()] = None
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
    allowance: Annotated[Id | None, Ours()] = Field(
        None, description="One of the `allowances` of rotas; those without it leave it out."
    )
    paid_weeks: Annotated[Id | None, Ours()] = Field(
        None, description="One of the tables in `paid_weeks` of rotas, likewise."
    )
    service_since: Annotated[date | None, Ours()] = None
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
