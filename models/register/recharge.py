"""What schools charge each other for shared people: pay, rates and agreements, kept out of rotas.

Money is Decimal and in pounds; a document of this kind is read by those who may see pay, and by
nobody else.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from models.problem.calendar import DateRange
from models.value import Id, Text, Value

Money = Annotated[Decimal, Field(ge=0, le=10_000_000, decimal_places=2)]
Percent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=4)]
Quantity = Annotated[Decimal, Field(ge=0, le=100_000, decimal_places=4)]

Prorate = Literal["months", "days"]

LONGEST_AGREEMENT = 5 * 366
"""Days."""

MOST_ROWS = 2000
"""Agreements, or salaries, of one document."""


class OnCost(Value):
    """What an employer pays on top of a salary: a percentage of the part above a yearly threshold.

    In force from one date to another, as published: for England 28.68 percent for teachers'
    pensions since April 2024, 15 percent of national insurance above 5,000 pounds since April 2025;
    the local government scheme's differs by employer.
    """

    id: Id = Field(
        description="The id that pay calls it by; rows of one id are in force at different times."
    )
    first: date | None = Field(
        None,
        description="The first date on which the rate applies; from the beginning if left out.",
    )
    last: date | None = Field(
        None, description="The last date on which the rate applies; without end if left out."
    )
    percent: Percent = Field(description="Per cent of the salary above the threshold.")
    above: Money = Field(Decimal(0), description="The yearly threshold in pounds.")
    source: Text = Field(description="Where the rate is published.")

    def runs_on(self, day: date) -> bool:
        """Whether the rate is in force on a date."""
        return (self.first or day) <= day <= (self.last or day)


class Pay(Value):
    """A yearly salary of one contract, in force from one date to another.

    Either as it is paid, or that of a full-time post all year: then the contract's part of it is
    its weekly hours by those of full-time, times its paid weeks by the weeks of a year.
    """

    person: Id = Field(description="The id of the person.")
    contract: Id = Field(description="The id of the contract.")
    yearly: Money | None = Field(None, description="As it is paid.")
    full_time: Money | None = Field(
        None, description="Of a full-time post; paid weeks come from the rota's `paid_weeks`."
    )
    on_costs: tuple[Id, ...] = Field((), description="The rates that are paid on top.")
    first: date | None = Field(
        None, description="The first date on which it is paid; from the beginning if left out."
    )
    last: date | None = Field(
        None, description="The last date on which it is paid; without end if left out."
    )

    @model_validator(mode="after")
    def _is_said_once(self) -> Self:
        if (self.yearly is None) == (self.full_time is None):
            raise ValueError("yearly or full_time must be given, and not both")
        return self

    def runs_on(self, day: date) -> bool:
        """Whether the salary is paid on a date."""
        return (self.first or day) <= day <= (self.last or day)


class ShareOfCost(Value):
    """A percentage of the employer's whole cost."""

    kind: Literal["share"] = "share"
    percent: Percent = Field(description="Per cent of the cost.")


class CostPerPupil(Value):
    """The employer's whole cost, divided by pupils on roll."""

    kind: Literal["per_pupil"] = "per_pupil"
    pupils: int = Field(ge=0, le=100_000, description="Of the school that pays.")
    of: int = Field(ge=1, le=1_000_000, description="Of all the schools together.")

    @model_validator(mode="after")
    def _is_a_part(self) -> Self:
        if self.pupils > self.of:
            raise ValueError("pupils are more than of")
        return self


class HourlyRate(Value):
    """Hours at an all-in rate: planned ones are charged, delivered ones settled at the end."""

    kind: Literal["hourly"] = "hourly"
    rate: Money = Field(description="Pounds an hour, on-costs included.")
    hours: Quantity = Field(description="Planned in the agreement's dates.")


class FixedSum(Value):
    """A sum for the whole of the agreement's dates."""

    kind: Literal["fixed"] = "fixed"
    amount: Money = Field(description="Pounds for all the dates.")


Basis = Annotated[ShareOfCost | CostPerPupil | HourlyRate | FixedSum, Field(discriminator="kind")]


class CountedTime(Value):
    """What was planned and what was delivered, as the two schools counted it."""

    unit: Literal["hours", "days", "sessions"] = Field(description="What was counted.")
    planned: Quantity = Field(description="How much was planned.")
    delivered: Quantity = Field(description="How much was delivered.")

    @model_validator(mode="after")
    def _was_planned(self) -> Self:
        if self.planned == 0:
            raise ValueError("planned must be more than nothing")
        return self


class Agreement(Value):
    """One person's time that one school pays another for."""

    id: Id = Field(description="The id of the agreement.")
    person: Id = Field(description="The id of the person.")
    contract: Id = Field(description="The id of the contract whose time is shared.")
    payer: Id = Field(description="The school that is charged.")
    dates: DateRange = Field(description="What the charge is for, usually a school year.")
    basis: Basis = Field(description="How the charge is worked out.")
    ended: date | None = Field(None, description="The last day, where it ends early.")
    prorate: Prorate = Field(
        "months", description="An early end charges whole months begun, or days, of the dates."
    )
    travel: Literal["payer", "employer"] = Field(
        "employer", description="On whom the time between schools is counted."
    )
    cap: Money | None = Field(None, description="The most that is charged, true-up included.")
    counted: CountedTime | None = Field(None, description="Settles the year's end.")
    tax_code: Text | None = Field(None, description="As the schools agreed; never decided here.")
    order: Text | None = Field(None, description="The payer's purchase order.")
    budget: Text | None = Field(None, description="The payer's budget code.")

    @model_validator(mode="after")
    def _ends_inside(self) -> Self:
        if (self.dates.last - self.dates.first).days > LONGEST_AGREEMENT:
            raise ValueError("dates are more than five years. Maybe make an agreement for each?")
        if self.ended is not None and self.ended not in self.dates:
            raise ValueError("ended is not inside dates")
        return self

    @property
    def until(self) -> date:
        """Its last day, early end included."""
        return self.ended or self.dates.last


class TaxBody(Value):
    """Who is behind a school for tax: two schools of one registration do not charge tax."""

    school: Id = Field(description="The id of the school.")
    vat_body: Text = Field(description="The registration, in your own word.")


class Recharge(Value):
    """Rates, pay and agreements; instalments are months, or terms as dates."""

    name: Text = Field(description="What the document is called.")
    on_costs: tuple[OnCost, ...] = Field(
        (), description="Rates that employers pay on top of salaries."
    )
    pay: tuple[Pay, ...] = Field(
        (), max_length=MOST_ROWS, description="Salaries, where an agreement is charged by cost."
    )
    agreements: tuple[Agreement, ...] = Field(
        min_length=1, max_length=MOST_ROWS, description="Whose time which school pays for."
    )
    bodies: tuple[TaxBody, ...] = Field(
        (), description="Which schools share a registration for VAT."
    )
    terms: tuple[DateRange, ...] = Field(
        (), description="Instalments; the months of each agreement where left out."
    )


# ------------------------------------------------------------------ what comes out


class OnCostAmount(Value):
    """One on-cost of a year."""

    on_cost: Id = Field(description="The id of the on-cost.")
    amount: Decimal = Field(description="Pounds.")


class EmployerCost(Value):
    """What an employer pays for a contract over an agreement's dates; to the penny."""

    pay: Decimal = Field(description="Salary in pounds.")
    on_costs: tuple[OnCostAmount, ...] = Field(description="On-costs, one by one.")
    total: Decimal = Field(description="Salary and on-costs in pounds.")


class AgreementLine(Value):
    """One agreement over its dates."""

    agreement: Agreement = Field(description="The agreement as it was sent.")
    supplier: Id = Field(description="The school of the contract.")
    cost: EmployerCost | None = Field(
        None, description="None where the employer's cost does not matter."
    )
    full: Decimal = Field(description="The charge for all of its dates.")
    charge: Decimal = Field(description="The charge until its end.")
    proration: str = Field(description="How an early end is reckoned; empty without one.")
    true_up: Decimal = Field(
        description="Pounds back to the payer at the year's end; below zero, owed in addition."
    )
    tax: str = Field(description="The tax code, and that it is to be checked.")
    planned_minutes: int = Field(description="On this rota.")
    delivered_minutes: int = Field(description="Minutes worked.")


class Instalment(Value):
    """What one line costs in one month or term."""

    agreement: Id = Field(description="The id of the agreement.")
    supplier: Id = Field(description="The id of the school of the contract.")
    payer: Id = Field(description="The id of the school that is charged.")
    period: str = Field(description='"2025-09", the first date of a term, or "year end".')
    planned_minutes: int = Field(description="On this rota, in the period.")
    delivered_minutes: int = Field(description="Minutes worked in the period.")
    amount: Decimal = Field(
        description="Pounds that are charged for the period; below zero for money back."
    )


class WorkMinutes(Value):
    """Working time of one person at one school on one date: employer, home, place and payer."""

    date: Annotated[date, Field(description="The date.")]
    person: Id = Field(description="The id of the person.")
    duty: str = Field(description="The id of the duty.")
    travel: bool = Field(description="The way to the duty.")
    employer: str = Field(description="Who employs the person.")
    home: Id = Field(description="The id of their home school.")
    place: Id = Field(description="The id of the school where they worked.")
    payer: str = Field(description="Who pays for the time.")
    agreement: Id | None = Field(
        description="The id of the agreement that covers it; null where none does."
    )
    rate: Decimal | None = Field(None, description="By the hour, where the agreement has one.")
    planned: int = Field(description="Minutes planned.")
    delivered: int = Field(description="Minutes worked.")


class Ledger(Value):
    """The lines of all agreements, their instalments, and every minute of the rota."""

    lines: tuple[AgreementLine, ...] = Field(description="One line for each agreement.")
    journal: tuple[Instalment, ...] = Field(description="What is charged in each period.")
    minutes: tuple[WorkMinutes, ...] = Field(
        description="Working time, person by person and day by day."
    )
