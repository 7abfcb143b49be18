"""What there is to know of schools and people between requests: a record for each noun.

A field that is left out is not known, or not said; one that is null is said to be empty.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from models.problem.calendar import (
    BankHoliday,
    DateRange,
    LocalTime,
    Nation,
    TimeZone,
    WeekCount,
    Weekday,
    Window,
)
from models.problem.people import HeldSkill, WorkingWindow
from models.value import Id, Text, Value, one_line

Key = Annotated[
    str,
    StringConstraints(min_length=1, max_length=255, strip_whitespace=True),
    AfterValidator(one_line),
]
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
    name: Text | None = Field(None, description="The name of the school.")
    urn: Text | None = Field(None, description="Six digits, England.")
    laestab: Text | None = Field(None, description="Local authority code and number.")
    nation: Nation | None = Field(None, description="Whose bank holidays it keeps.")
    time_zone: TimeZone | None = Field(None, description="The IANA zone of its local times.")
    weekdays: Annotated[tuple[Weekday, ...] | None, Ours()] = Field(
        None, description="The weekdays on which it opens."
    )
    day_start: Annotated[LocalTime | None, Ours()] = Field(
        None, description="When the school day begins."
    )
    day_end: Annotated[LocalTime | None, Ours()] = Field(
        None, description="When the school day ends."
    )


class CalendarRecord(Value):
    """When a school is open; each school has one."""

    kind: Literal["calendar"] = "calendar"
    school: SchoolRef | None = Field(None, description="Whose calendar it is.")
    terms: tuple[DateRange, ...] | None = Field(
        None, description="The terms; open weekdays outside them are holidays."
    )
    closed: Annotated[tuple[DateRange, ...] | None, Ours()] = Field(
        None, description="Dates on which it is closed."
    )
    inset: Annotated[tuple[date, ...] | None, Ours()] = Field(
        None, description="INSET days: staff come, pupils do not."
    )
    extra_bank_holidays: Annotated[tuple[BankHoliday, ...] | None, Ours()] = Field(
        None, description="Bank holidays that the public list lacks."
    )
    open_bank_holidays: Annotated[tuple[date, ...] | None, Ours()] = Field(
        None, description="Bank holidays on which it opens all the same."
    )
    cycle: Annotated[WeekCount | None, Ours()] = Field(
        None, description="How it counts the weeks of repeating cycles, such as weeks A and B."
    )


class CodeRecord(Value):
    """What a word of a source means: its role "HLTA" is our role `hlta`."""

    kind: Literal["code"] = "code"
    list: Literal["role", "skill"] | None = Field(None, description="Which list the word is of.")
    code: Key | None = Field(None, description="As sources write it.")
    means: Annotated[Id | None, FirstSaid()] = Field(
        None, description="The role or skill of rotas."
    )
    name: Annotated[Text | None, FirstSaid()] = Field(None, description="What people read for it.")


class PersonRecord(Value):
    """A member of staff; no address, no date of birth, nothing about health."""

    kind: Literal["person"] = "person"
    name: Text | None = Field(None, description="The name that people read.")
    home: Annotated[SchoolRef | None, FirstSaid()] = Field(None, description="Their home school.")
    staff_code: Text | None = Field(None, description="The code that timetables know them by.")
    qualified_teacher: bool | None = Field(None, description="Gives the skill `qts` in rotas.")
    hlta: bool | None = Field(None, description="Gives the skill `hlta` in rotas.")
    skills: Annotated[tuple[HeldSkill, ...] | None, Ours()] = Field(
        None, description="What they are qualified for, as rotas use it."
    )
    tags: Annotated[tuple[Id, ...] | None, Ours()] = Field(
        None, description="Labels that rules can choose them by."
    )
    works: Annotated[tuple[WorkingWindow, ...] | None, Ours()] = Field(
        None, description="When they work, and at which school they are then without a duty."
    )
    agreed_to: Annotated[tuple[Window, ...] | None, Ours()] = Field(
        None, description="Times outside their pattern that they have agreed to work."
    )


class ContractRecord(Value):
    """One post of one person; without what it pays."""

    kind: Literal["contract"] = "contract"
    person: PersonRef | None = Field(None, description="Who holds the post.")
    school: SchoolRef | None = Field(None, description="The place of work.")
    role: Key | None = Field(None, description="In the source's words; codes say what it means.")
    employment: Text | None = Field(None, description="Permanent, fixed term, in their words.")
    employer: Annotated[Text | None, Ours()] = Field(None, description="Who employs them.")
    payer: Annotated[Text | None, Ours()] = Field(None, description="Who pays for the post.")
    fte_percent: int | None = Field(
        None, ge=1, le=100, description="The share of a full-time post, in per cent."
    )
    minutes_per_week: int | None = Field(
        None, ge=0, le=7 * 24 * 60, description="Contracted minutes a week."
    )
    full_time_minutes: int | None = Field(
        None, ge=1, le=7 * 24 * 60, description="Minutes a week of a full-time post of this kind."
    )
    hundredths_of_weeks: int | None = Field(
        None, ge=0, le=5300, description="Weeks worked in a year, in hundredths: 3900 is 39."
    )
    all_year: bool | None = Field(
        None, description="Whether it is worked all year, not in term time only."
    )
    allowance: Annotated[Id | None, Ours()] = Field(
        None, description="One of the `allowances` of rotas; those without it leave it out."
    )
    paid_weeks: Annotated[Id | None, Ours()] = Field(
        None, description="One of the tables in `paid_weeks` of rotas, likewise."
    )
    service_since: Annotated[date | None, Ours()] = Field(
        None, description="The date from which length of service counts."
    )
    first: date | None = Field(None, description="The first day of the contract.")
    last: date | None = Field(None, description="The last day of the contract.")


class AbsenceRecord(Value):
    """When a person cannot come. There is no field for why, and a source's reason is not kept."""

    kind: Literal["absence"] = "absence"
    person: PersonRef | None = Field(None, description="Who is away.")
    first: date | None = Field(None, description="The first day of the absence.")
    last: date | None = Field(None, description="None is open: nobody knows yet when they return.")
    start: LocalTime | None = Field(None, description="On the first day only from this time on.")
    end: LocalTime | None = Field(None, description="On the last day only until this time.")


class TravelRecord(Value):
    """The way between two schools."""

    kind: Literal["travel"] = "travel"
    one: Annotated[SchoolRef | None, Ours()] = Field(None, description="The one school.")
    other: Annotated[SchoolRef | None, Ours()] = Field(None, description="The other school.")
    minutes: Annotated[int | None, Field(ge=0, le=24 * 60), Ours()] = Field(
        None, description="Minutes that the way takes."
    )


class AgreementRecord(Value):
    """What schools agreed: who gives whose time to whom; without money."""

    kind: Literal["agreement"] = "agreement"
    title: Annotated[Text | None, Ours()] = Field(None, description="What the agreement is called.")
    giver: Annotated[SchoolRef | None, Ours()] = Field(
        None, description="The school that gives the time."
    )
    taker: Annotated[SchoolRef | None, Ours()] = Field(
        None, description="The school that receives it."
    )
    person: Annotated[PersonRef | None, Ours()] = Field(None, description="Whose time it is.")
    share_percent: Annotated[int | None, Field(ge=0, le=100), Ours()] = Field(
        None, description="The share of their time, in per cent."
    )
    minutes_per_week: Annotated[int | None, Field(ge=0, le=7 * 24 * 60), Ours()] = Field(
        None, description="Minutes a week."
    )
    first: Annotated[date | None, Ours()] = Field(
        None, description="The first day of the agreement."
    )
    last: Annotated[date | None, Ours()] = Field(None, description="The last day of the agreement.")
    notice_days: Annotated[int | None, Field(ge=0, le=1000), Ours()] = Field(
        None, description="Days of notice to end it."
    )


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
