"""People as a rota needs them: contracts, skills, availability; and how to say which people."""

from datetime import date
from typing import Self

from pydantic import Field, model_validator

from models.problem.calendar import LAST_BEFORE_FIRST, Window
from models.value import Id, Text, Value

FULL_TIME_MINUTES = 37 * 60
"""A full-time week of support staff (NJC Green Book, outside London); only a default."""


class Contract(Value):
    """One post that a person holds; employer, place of work and payer may be three bodies."""

    id: Id = Field(description="The id of the contract.")
    role: Id = Field(description="The post, one of the request's roles.")
    school: Id = Field(description="The place of work.")
    employer: Text | None = Field(None, description="Who employs the person.")
    payer: Text | None = Field(
        None, description="Who pays for the post, where that is not the employer."
    )
    fte_percent: int | None = Field(None, ge=1, le=100, description="Share of a full-time post.")
    minutes_per_week: int | None = Field(
        None, ge=0, le=7 * 24 * 60, description="Contracted minutes a week."
    )
    full_time_minutes: int = Field(
        FULL_TIME_MINUTES,
        ge=1,
        le=7 * 24 * 60,
        description="Minutes a week of a full-time post of this kind.",
    )
    weeks_per_year: int | None = Field(
        None, ge=1, le=53, description="Weeks worked: 38 with pupils, 39 with INSET, 52 all year."
    )
    allowance: Id | None = Field(
        None, description="The yearly working time it falls under; none for the leadership group."
    )
    paid_weeks: Id | None = Field(
        None, description="The employer's table of weeks that are paid, leave included."
    )
    service_since: date | None = Field(
        None, description="The begin of continuous service; of the contract if left out."
    )
    all_year: bool = Field(False, description="Works in school holidays too; else term time only.")
    first: date | None = Field(
        None, description="The first day of the contract; before the horizon if left out."
    )
    last: date | None = Field(
        None, description="The last day of the contract; after the horizon if left out."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.first and self.last and self.last < self.first:
            raise ValueError(LAST_BEFORE_FIRST)
        return self

    @property
    def share(self) -> int:
        """The share of a full-time post, in hundredths."""
        if self.fte_percent is not None:
            return self.fte_percent
        if self.minutes_per_week is not None:
            return max(1, round(100 * self.minutes_per_week / self.full_time_minutes))
        return 100

    def runs_on(self, day: date) -> bool:
        """Whether the contract is in force on a date."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


class HeldSkill(Value):
    """A skill that a person holds, perhaps only for a time."""

    skill: Id = Field(description="The id of the skill.")
    first: date | None = Field(
        None, description="The first day on which it is held; always if left out."
    )
    last: date | None = Field(None, description="The last valid day of the certificate.")

    def valid_on(self, day: date) -> bool:
        """Whether the skill counts on a date."""
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


class WorkingWindow(Window):
    """When somebody works; with `at`, they are then at work at that school, on a duty or not."""

    at: Id | None = Field(
        None,
        description="The school where they are at work then, whether or not they have a duty: they "
        "count among those who are there, and a duty at another school takes them away. Where "
        "`start` or `end` is left out, the school's day begins or ends it. Left out: only when "
        "they can be asked.",
    )


class Person(Value):
    """A member of staff. No reason for an absence is ever given here."""

    id: Id = Field(description="The id that the rest of the request calls them by.")
    name: Text = Field(description="The name that people read.")
    home: Id = Field(description="The home school.")
    contracts: tuple[Contract, ...] = Field((), description="Posts that the person holds.")
    skills: tuple[HeldSkill, ...] = Field((), description="What the person is qualified for.")
    tags: tuple[Id, ...] = Field((), description="Free labels for choosing people in rules.")
    works: tuple[WorkingWindow, ...] | None = Field(
        None,
        description="When they work on open days, and where they then are at work without a duty; "
        "at any time where left out.",
    )
    away: tuple[Window, ...] = Field(
        (), description="When they cannot come; the reason is not kept."
    )
    agreed_to: tuple[Window, ...] = Field(
        (), description="Times outside their pattern that they have agreed to work."
    )


class Who(Value):
    """A choice of people; every field that is given must hold."""

    people: tuple[Id, ...] | None = Field(None, description="One of these people.")
    skill: Id | None = Field(None, description="Holds this skill on the day.")
    role: Id | None = Field(None, description="Has a contract in this role.")
    home: Id | None = Field(None, description="Has this home school.")
    tag: Id | None = Field(None, description="Carries this label.")
    all: tuple["Who", ...] | None = Field(None, description="All of these hold.")
    any: tuple["Who", ...] | None = Field(None, description="At least one of these holds.")
    none: tuple["Who", ...] | None = Field(None, description="None of these holds.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if all(value is None for _, value in self):
            raise ValueError("says nothing. Maybe leave it out, which means everybody?")
        return self

    def matches(self, person: Person, day: date | None) -> bool:
        """Whether a person is meant on a date; with no date, whether ever."""
        if self.people is not None and person.id not in self.people:
            return False
        if self.home is not None and person.home != self.home:
            return False
        if self.tag is not None and self.tag not in person.tags:
            return False
        if self.role is not None and not any(
            c.role == self.role and (day is None or c.runs_on(day)) for c in person.contracts
        ):
            return False
        if self.skill is not None and not any(
            h.skill == self.skill and (day is None or h.valid_on(day)) for h in person.skills
        ):
            return False
        if self.all is not None and not all(who.matches(person, day) for who in self.all):
            return False
        if self.any is not None and not any(who.matches(person, day) for who in self.any):
            return False
        return self.none is None or not any(who.matches(person, day) for who in self.none)
