"""What schools that share people have agreed: years of working time, and secondments."""

from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator

from models.problem.calendar import LAST_BEFORE_FIRST, Window
from models.value import Id, Text, Value

MOST_MINUTES = 1_000_000


class Allowance(Value):
    """A year's working time of a full-time post, in force from one date to another.

    In England 1,265 hours on 195 days for teachers outside the leadership group (School Teachers'
    Pay and Conditions Document); the figures differ in jubilee years, so that each year is a row.
    """

    id: Id = Field(description="Contracts name it; the rows of one id are its years.")
    first: date = Field(description="The first day of the year.")
    last: date = Field(description="The last day of the year.")
    minutes: int = Field(
        ge=1, le=MOST_MINUTES, description="Minutes of a full-time post in the year."
    )
    source: Text = Field(description="Where the figure is published.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError(LAST_BEFORE_FIRST)
        return self


class PaidWeeks(Value):
    """Weeks that an employer pays for, leave included, for a number of weeks worked in the year.

    A row of the employer's table for term-time staff. In England the formula differs by authority,
    and with length of service (Green Book, part 4.12), so that each band of each year is a row.
    """

    id: Id = Field(description="Contracts name it; the rows of one id are a table.")
    first: date | None = Field(
        None, description="The first date on which the row applies; from the beginning if left out."
    )
    last: date | None = Field(
        None, description="The last date on which the row applies; without end if left out."
    )
    weeks: int = Field(ge=1, le=53, description="Worked in a year, such as 38 or 39.")
    service_years: int = Field(
        0, ge=0, le=60, description="The row applies from this number of years of service."
    )
    hundredths: int = Field(ge=100, le=5300, description="Weeks that are paid: 4300 is 43.")
    source: Text = Field(description="Where the figure is published.")

    @model_validator(mode="after")
    def _pays_what_is_worked(self) -> Self:
        if self.first and self.last and self.last < self.first:
            raise ValueError(LAST_BEFORE_FIRST)
        if self.hundredths < 100 * self.weeks:
            raise ValueError("hundredths are fewer than the weeks worked. Is 43 meant as 4300?")
        return self

    def runs_on(self, day: date) -> bool:
        """Whether the row is in force on a date."""
        return (self.first or day) <= day <= (self.last or day)


class BookedTime(Value):
    """Minutes of a contract's year that are spoken for outside this rota's duties."""

    person: Id = Field(description="The id of the person.")
    contract: Id = Field(description="One of the person's contracts.")
    what: Text = Field(description='Such as "INSET" or "parents\' evenings".')
    minutes: int = Field(ge=0, le=MOST_MINUTES, description="Of one time.")
    times: int = Field(1, ge=1, le=1000, description="How often it happens.")
    state: Literal["delivered", "promised", "reserved"] = Field(
        "promised",
        description="Worked already, still to be worked, or kept back for the unforeseen.",
    )
    within: date | None = Field(
        None, description="A date of the year that it belongs to; the horizon's first if left out."
    )

    @property
    def total(self) -> int:
        """Minutes of all its times."""
        return self.minutes * self.times


class Secondment(Value):
    """A person works for a host school for a time, in full or on some days; the employer stays."""

    id: Id = Field(description="The id of the secondment.")
    person: Id = Field(description="The id of the person.")
    contract: Id = Field(description="Which of the person's contracts is worked at the host.")
    host: Id = Field(description="The school that directs the daily work.")
    first: date = Field(description="The first day at the host.")
    last: date = Field(description="The agreed last day at the host.")
    ended: date | None = Field(None, description="The last day, where it ends early.")
    pattern: tuple[Window, ...] | None = Field(
        None, description="When they are at the host; all of their time if left out."
    )
    notice_by: date | None = Field(
        None, description="Until when the host must say that it is not to end with the last day."
    )
    checks_confirmed: bool = Field(
        False, description="The host holds the written confirmation of safer-recruitment checks."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError(LAST_BEFORE_FIRST)
        if self.ended is not None and not self.first <= self.ended <= self.last:
            raise ValueError("ended is not between first and last")
        if self.notice_by is not None and self.notice_by > self.last:
            raise ValueError("notice_by is after last. Maybe the year is wrong?")
        return self

    @property
    def until(self) -> date:
        """Its last day, early end included."""
        return self.ended or self.last

    def runs_on(self, day: date) -> bool:
        """Whether it is in force on a date, whatever its pattern."""
        return self.first <= day <= self.until
