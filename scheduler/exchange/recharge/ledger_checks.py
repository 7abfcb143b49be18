"""Finds faults in recharge agreements: unknown names, and charges of more than the whole."""

from collections.abc import Iterator
from decimal import Decimal

from models.facts.facts import Facts
from models.register.recharge import Agreement, CostPerPupil, Recharge, ShareOfCost
from scheduler.exchange.recharge.ledger import salary_in, yearly_of
from scheduler.intake.parse import read_value
from scheduler.intake.validation_errors import Found, InvalidRequest, fault


def read_recharge(raw: object, facts: Facts) -> Recharge:
    """Pay and agreements for a rota, from JSON text or bytes, or from a parsed document.

    Raises:
        InvalidRequest: with every fault that was found.
    """
    found = read_value(raw, Recharge)
    wrong = [fault(path, said) for path, said in faults(found, facts)]
    if wrong:
        raise InvalidRequest(wrong)
    return found


def faults(recharge: Recharge, facts: Facts) -> Iterator[Found]:
    """Agreements that name nobody, run beyond a contract, or charge more than the whole cost."""
    people = {p.id: p for p in facts.problem.people}
    schools = {school.id for school in facts.schools}
    rates = {rate.id for rate in recharge.on_costs}
    named = [(("pay", n), row.person, row.contract) for n, row in enumerate(recharge.pay)]
    named += [
        (("agreements", n), row.person, row.contract) for n, row in enumerate(recharge.agreements)
    ]
    for path, id, contract in named:
        person = people.get(id)
        if person is None:
            yield (*path, "person"), "names none of the people of the rota. Maybe it is misspelt?"
        elif contract not in {c.id for c in person.contracts}:
            yield (*path, "contract"), "is not one of this person's contracts. Maybe another's?"
    for number, salary in enumerate(recharge.pay):
        if not rates.issuperset(salary.on_costs):
            yield (
                ("pay", number, "on_costs"),
                "names none of the rates in on_costs. Maybe one is missing there?",
            )
    seen: set[str] = set()
    for number, agreement in enumerate(recharge.agreements):
        here = ("agreements", number)
        if agreement.id in seen:
            yield (*here, "id"), "is given twice. Maybe one of them should have another id?"
        seen.add(agreement.id)
        if agreement.payer not in schools:
            yield (*here, "payer"), "names none of the schools. Maybe it is misspelt?"
        held = people[agreement.person].contracts if agreement.person in people else ()
        for post in held:
            if post.id == agreement.contract and not (
                post.runs_on(agreement.dates.first) and post.runs_on(agreement.until)
            ):
                said = "run beyond the contract. Maybe the agreement ended with it?"
                yield (*here, "dates"), said
        if isinstance(agreement.basis, ShareOfCost | CostPerPupil):
            paid = {
                month: salary_in(recharge, agreement, month) for month in agreement.dates.months()
            }
            if None in paid.values():
                said = "lack a salary of this contract in some month. Maybe a row of pay ends?"
                yield (*here, "dates"), said
            elif any(post.id == agreement.contract for post in held) and any(
                row is not None and yearly_of(facts, row, month) is None
                for month, row in paid.items()
            ):
                said = (
                    "have a full-time salary, and the contract has no weekly hours, or no paid "
                    "weeks in some month. Maybe its employer's table in paid_weeks lacks a row?"
                )
                yield (*here, "dates"), said
    yield from _more_than_there_is(recharge)


def _more_than_there_is(recharge: Recharge) -> Iterator[Found]:
    """Shares of one contract that run at once come to at most 100 percent."""
    for number, agreement in enumerate(recharge.agreements):
        together = sum(
            (
                _percent(other)
                for n, other in enumerate(recharge.agreements)
                if (other.person, other.contract) == (agreement.person, agreement.contract)
                and other.dates.first <= agreement.dates.first <= other.until
                and (n <= number or other.dates.first != agreement.dates.first)
            ),
            Decimal(0),
        )
        if together > 100:
            said = "makes more than 100 percent of this contract's cost with those before it."
            yield ("agreements", number, "basis"), said + " Maybe an earlier one has ended?"


def _percent(agreement: Agreement) -> Decimal:
    if isinstance(agreement.basis, ShareOfCost):
        return agreement.basis.percent
    if isinstance(agreement.basis, CostPerPupil):
        return Decimal(100 * agreement.basis.pupils) / agreement.basis.of
    return Decimal(0)
