"""Hours worked by month, person, contract and place of work, as CSV for payroll; no pay."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from io import StringIO

from models.facts.contracts import paid_ways, posts_of
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.people import Contract
from scheduler.exchange.render.render_input import RenderInput
from scheduler.exchange.spreadsheet_text import harmless

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
    """A row for each month, person, contract and school, in that order, as CSV by RFC 4180.

    Minutes are working minutes: unpaid breaks do not count. A duty belongs to the month of the
    local date of its start, and to the contract whose role its need names, else to the one at its
    school, else to the only one; if two fit, the contract is empty and payroll must decide. Paid
    travel between schools belongs to the duty after it; `hours` is both together.
    """
    facts, plan = given.facts, given.plan
    found: dict[Key, list[int]] = defaultdict(lambda: [0, 0, 0])
    contracts: dict[tuple[int, str], Contract] = {}
    for key, contract, spent in _spent(facts, plan):
        if contract is not None:
            contracts[key[1], contract.id] = contract
        found[key] = [a + b for a, b in zip(found[key], spent, strict=True)]
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for (month, person, named, school), (duties, minutes, travel) in sorted(found.items()):
        contract = contracts.get((person, named))
        said = ("", "", "")
        if contract is not None:
            role = facts.problem.roles.get(contract.role, contract.role)
            said = (role, contract.employer or "", contract.payer or "")
        texts = (
            month,
            facts.staff[person].id,
            facts.name(person),
            named,
            *said,
            facts.school_name(school),
        )
        hours = f"{(minutes + travel) / 60:.2f}"
        writer.writerow([*map(harmless, texts), duties, minutes, travel, hours])
    return out.getvalue().encode()


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
