"""The recharge ledger: what each school owes for shared people, to the penny, and why.

Every line of the year is rounded to the penny. The instalments of a period are rounded together and
then shared out over the lines; each line's last instalment takes up its rounding differences.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

from models.facts.contracts import paid_weeks_of
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.calendar import DateRange
from models.register.recharge import (
    Agreement,
    AgreementLine,
    CostPerPupil,
    EmployerCost,
    FixedSum,
    HourlyRate,
    Instalment,
    Ledger,
    OnCost,
    OnCostAmount,
    Pay,
    Recharge,
    ShareOfCost,
    WorkMinutes,
)
from scheduler.exchange.recharge.worked_minutes import minutes_of

PENNY = Decimal("0.01")
NOTHING = Decimal("0.00")
MONTHS = 12
WEEKS_OF_YEAR = Decimal("52.143")
"""The divisor for salaries of term-time staff: 365 days divided by 7."""
YEAR_END = "year end"
"""The period of settlements at the end of the year."""


def pence(amount: Decimal) -> Decimal:
    """An amount to the penny; half a penny is rounded up."""
    return amount.quantize(PENNY, ROUND_HALF_UP)


# ------------------------------------------------------------------ the year


def ledger(recharge: Recharge, planned: Plan, delivered: Plan | None = None) -> Ledger:
    """The amounts owed, in instalments, with the minutes of a rota.

    Args:
        recharge: agreements in which `faults` finds nothing, given the facts of `planned`.
        planned: the published plan.
        delivered: the plan as worked, perhaps by other facts; by default, as planned.
    """
    minutes = tuple(minutes_of(recharge, planned, planned if delivered is None else delivered))
    by_agreement: dict[str, list[WorkMinutes]] = defaultdict(list)
    for row in minutes:
        if row.agreement is not None:
            by_agreement[row.agreement].append(row)
    lines = tuple(
        _line(recharge, planned.facts, agreement, by_agreement[agreement.id])
        for agreement in recharge.agreements
    )
    journal = tuple(_journal(recharge, lines, by_agreement))
    return Ledger(lines=lines, journal=journal, minutes=minutes)


def for_payer(ledger: Ledger, payer: str, period: str | None = None) -> Ledger:
    """A ledger as the paying school receives it: its own lines, without the employer's costs.

    Args:
        ledger: the ledger of all schools.
        payer: the id of the paying school.
        period: if given, only this month ("2025-09"), term (its first date), or "year end".
    """
    periods: dict[str, list[str]] = defaultdict(list)
    for one in ledger.journal:
        if one.period != YEAR_END:
            periods[one.agreement].append(one.period)
    journal = [i for i in ledger.journal if i.payer == payer and period in (None, i.period)]
    kept = {one.agreement for one in journal}
    minutes = (m for m in ledger.minutes if m.agreement in kept)
    return Ledger(
        lines=tuple(
            line.model_copy(update={"cost": None})
            for line in ledger.lines
            if line.agreement.id in kept
        ),
        journal=tuple(journal),
        minutes=tuple(
            m
            for m in minutes
            if period in (None, _period_of(m.date, sorted(periods[m.agreement or ""])))
        ),
    )


def cost(recharge: Recharge, facts: Facts, agreement: Agreement) -> EmployerCost:
    """The employer's cost of a contract over an agreement's dates, month by month."""
    months = list(agreement.dates.months())
    pay = Decimal(0)
    parts: dict[str, Decimal] = {}
    for month in months:
        salary = salary_in(recharge, agreement, month)
        assert salary is not None
        yearly = yearly_of(facts, salary, month)
        assert yearly is not None
        pay += yearly
        for id in salary.on_costs:
            rate = _rate(recharge, id, month)
            above = Decimal(0) if rate is None else max(Decimal(0), yearly - rate.above)
            parts[id] = parts.get(id, Decimal(0)) + (
                Decimal(0) if rate is None else above * rate.percent / 100
            )
    # A month costs a twelfth of a year at its salary and rates.
    rounded = tuple(
        OnCostAmount(on_cost=id, amount=pence(part / MONTHS)) for id, part in parts.items()
    )
    paid = pence(pay / MONTHS)
    total = paid + sum((part.amount for part in rounded), NOTHING)
    return EmployerCost(pay=paid, on_costs=rounded, total=total)


def _line(
    recharge: Recharge, facts: Facts, agreement: Agreement, mine: Sequence[WorkMinutes]
) -> AgreementLine:
    basis, whole = agreement.basis, None
    if isinstance(basis, ShareOfCost | CostPerPupil):
        whole = cost(recharge, facts, agreement)
    if isinstance(basis, ShareOfCost):
        assert whole is not None
        full = pence(whole.total * basis.percent / 100)
    elif isinstance(basis, CostPerPupil):
        assert whole is not None
        full = pence(whole.total * basis.pupils / basis.of)
    elif isinstance(basis, HourlyRate):
        full = pence(basis.hours * basis.rate)
    else:
        full = pence(basis.amount)
    if agreement.cap is not None:
        full = min(full, agreement.cap)
    part, of, said = _proration(agreement)
    charge = pence(full * part / of)
    counted = agreement.counted
    true_up = NOTHING
    if counted is not None and not isinstance(basis, FixedSum):
        true_up = pence(charge * (counted.planned - counted.delivered) / counted.planned)
        if agreement.cap is not None:
            true_up = max(true_up, charge - agreement.cap)
    supplier = _supplier(facts, agreement)
    return AgreementLine(
        agreement=agreement,
        supplier=supplier,
        cost=whole,
        full=full,
        charge=charge,
        proration=said,
        true_up=true_up,
        tax=_tax(recharge, agreement, supplier),
        planned_minutes=sum(m.planned for m in mine),
        delivered_minutes=sum(m.delivered for m in mine),
    )


def _supplier(facts: Facts, agreement: Agreement) -> str:
    return facts.contract(agreement.person, agreement.contract).school


def _proration(agreement: Agreement) -> tuple[int, int, str]:
    """(numerator, denominator, explanation) of the part that is charged."""
    if agreement.ended is None:
        return 1, 1, ""
    until = DateRange(first=agreement.dates.first, last=agreement.ended)
    if agreement.prorate == "months":
        part, of = len(list(until.months())), len(list(agreement.dates.months()))
        return part, of, f"{part} of {of} months, a month begun counts whole"
    part, of = ((r.last - r.first).days + 1 for r in (until, agreement.dates))
    return part, of, f"{part} of {of} days"


def _tax(recharge: Recharge, agreement: Agreement, supplier: str) -> str:
    """A remark on tax; it decides nothing, since that is for the schools' advisers."""
    bodies = {body.school: body.vat_body for body in recharge.bodies}
    code = agreement.tax_code or "no code"
    if supplier in bodies and bodies[supplier] == bodies.get(agreement.payer):
        return f"{code}; one VAT registration: check whether any tax is due"
    return f"{code}; to be checked"


def salary_in(recharge: Recharge, agreement: Agreement, month: date) -> Pay | None:
    """The salary of an agreement's contract in a month."""
    key = (agreement.person, agreement.contract)
    for row in recharge.pay:
        if (row.person, row.contract) == key and row.runs_on(month):
            return row
    return None


def yearly_of(facts: Facts, salary: Pay, month: date) -> Decimal | None:
    """The yearly salary if every month were like this one.

    None if it is given for a full-time post, but the contract's weekly hours or paid weeks are
    unknown.
    """
    if salary.full_time is None:
        return salary.yearly
    contract = facts.contract(salary.person, salary.contract)
    if contract.minutes_per_week is None:
        return None
    weeks = paid_weeks_of(facts, contract, month)
    if weeks is None and contract.paid_weeks is None and contract.all_year:
        part = Decimal(1)
    elif weeks is None:
        return None
    else:
        part = Decimal(weeks) / 100 / WEEKS_OF_YEAR
    return salary.full_time * contract.minutes_per_week / contract.full_time_minutes * part


def _rate(recharge: Recharge, id: str, month: date) -> OnCost | None:
    return next((r for r in recharge.on_costs if r.id == id and r.runs_on(month)), None)


# ------------------------------------------------------------------ instalments


def _journal(
    recharge: Recharge, lines: Sequence[AgreementLine], minutes: Mapping[str, Sequence[WorkMinutes]]
) -> Iterator[Instalment]:
    """Instalments by pair of schools and period; a period's sum is rounded before its lines."""
    by_pair: dict[tuple[str, str], list[AgreementLine]] = defaultdict(list)
    for line in lines:
        by_pair[line.supplier, line.agreement.payer].append(line)
    for _, together in sorted(by_pair.items()):
        yield from _instalments(recharge, together, minutes)
    for line in lines:
        if line.true_up:
            yield _instalment(line, YEAR_END, -line.true_up, ())


def _instalments(
    recharge: Recharge, lines: Sequence[AgreementLine], minutes: Mapping[str, Sequence[WorkMinutes]]
) -> Iterator[Instalment]:
    periods = {line.agreement.id: _periods(recharge, line) for line in lines}
    left = {line.agreement.id: line.charge for line in lines}
    for period in sorted({p for mine in periods.values() for p in mine}):
        due = [line for line in lines if period in periods[line.agreement.id]]
        going_on = [line for line in due if periods[line.agreement.id][-1] != period]
        amounts = _shared(
            {x.agreement.id: x.charge / len(periods[x.agreement.id]) for x in going_on}
        )
        for line in due:
            id = line.agreement.id
            amount = amounts.get(id, left[id])
            left[id] -= amount
            worked = [m for m in minutes[id] if _period_of(m.date, periods[id]) == period]
            yield _instalment(line, period, amount, worked)


def _period_of(day: date, periods: Sequence[str]) -> str:
    """The latest of an agreement's periods that has begun by a day; before all, the first."""
    begun = [period for period in periods if period <= day.isoformat()]
    return begun[-1] if begun else periods[0]


def _instalment(
    line: AgreementLine, period: str, amount: Decimal, worked: Sequence[WorkMinutes]
) -> Instalment:
    return Instalment(
        agreement=line.agreement.id,
        supplier=line.supplier,
        payer=line.agreement.payer,
        period=period,
        planned_minutes=sum(m.planned for m in worked),
        delivered_minutes=sum(m.delivered for m in worked),
        amount=amount,
    )


def _periods(recharge: Recharge, line: AgreementLine) -> list[str]:
    """The months or terms over which a line is paid, in order."""
    until = DateRange(first=line.agreement.dates.first, last=line.agreement.until)
    if not recharge.terms:
        return [f"{month:%Y-%m}" for month in until.months()]
    terms = [t for t in recharge.terms if t.first <= until.last and until.first <= t.last]
    return sorted(t.first.isoformat() for t in terms) or [until.first.isoformat()]


def _shared(exact: dict[str, Decimal]) -> dict[str, Decimal]:
    """Amounts to the penny that add up to the rounded sum; the largest fractions round up first."""
    down = {id: amount.quantize(PENNY, ROUND_DOWN) for id, amount in exact.items()}
    missing = pence(sum(exact.values(), Decimal(0))) - sum(down.values(), Decimal(0))
    by_fraction = sorted(exact, key=lambda id: (down[id] - exact[id], id))
    for id in by_fraction[: int(missing / PENNY)]:
        down[id] += PENNY
    return down
