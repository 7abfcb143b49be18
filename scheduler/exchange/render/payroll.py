"""Hours worked by month, person, contract and place of work, as CSV for payroll; no pay."""

from collections import defaultdict
from collections.abc import Iterator

from models.facts.contracts import paid_ways, posts_of
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.people import Contract
from scheduler.exchange.render.render_input import RenderInput

COLUMNS = (
    "month",
    "person_id",
    "person",
    "contract",
    "role",
    "employer",
    "payer",
    "school",
    "duties",
    "minutes",
    "travel_minutes",
    "hours",
)

Key = tuple[str, int, str, int]
"""Month, person, contract, school."""


def written(given: RenderInput) -> bytes:
    """The rows under a header, as CSV by RFC 4180."""
    from scheduler.exchange.frame_columns import as_csv
    from scheduler.exchange.render.frames import payroll

    return as_csv(payroll(given.facts, given.plan), {"hours": 2})


def rows(facts: Facts, plan: Plan) -> Iterator[tuple[str | int | float, ...]]:
    """A row for each month, person, contract and school, in that order.

    Minutes are working minutes: unpaid breaks do not count. A duty belongs to the month of the
    local date of its start, and to the contract whose role its need names, else to the one at its
    school, else to the only one; if two fit, the contract is empty and payroll must decide. Paid
    travel between schools belongs to the duty after it; `hours` is both together.
    """
    found: dict[Key, list[int]] = defaultdict(lambda: [0, 0, 0])
    contracts: dict[tuple[int, str], Contract] = {}
    for key, contract, spent in _spent(facts, plan):
        if contract is not None:
            contracts[key[1], contract.id] = contract
        found[key] = [a + b for a, b in zip(found[key], spent, strict=True)]
    for (month, person, named, school), (duties, minutes, travel) in sorted(found.items()):
        contract = contracts.get((person, named))
        said = ("", "", "")
        if contract is not None:
            role = facts.problem.roles.get(contract.role, contract.role)
            said = (role, contract.employer or "", contract.payer or "")
        staff = facts.staff[person]
        place = facts.school_name(school)
        hours = round((minutes + travel) / 60, 2)
        yield (month, staff.id, staff.name, named, *said, place, duties, minutes, travel, hours)


def _spent(facts: Facts, plan: Plan) -> Iterator[tuple[Key, Contract | None, tuple[int, int, int]]]:
    """(key, contract, (duties, working minutes, travel minutes)) for each piece of work."""
    for person in facts.staff:
        stints = [s for s in plan.stints(person.number) if s.duty >= 0]
        for stint, spent in (
            *((s, (1, s.minutes, 0)) for s in stints),
            *((s, (0, 0, way)) for s, way in paid_ways(facts, stints)),
        ):
            fits = posts_of(facts, person.number, stint.duty, stint.day)
            contract = fits[0] if len(fits) == 1 else None
            named = "" if contract is None else contract.id
            month = f"{facts.date(stint.day):%Y-%m}"
            yield (month, person.number, named, stint.school), contract, spent
