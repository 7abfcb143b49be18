"""Hours worked by month, person, contract and place of work, as CSV for payroll; without pay."""

import csv
from collections import defaultdict
from datetime import date
from io import StringIO

from models.facts import Facts
from models.people import Contract
from models.plan import Plan
from scheduler.exchange.placements import harmless

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
    "hours",
)


def as_csv(facts: Facts, plan: Plan) -> str:
    """A row for each month, person, contract and school, in that order, by RFC 4180.

    Minutes are working minutes: unpaid breaks do not count. A duty belongs to the month of the
    local date of its start, and to the contract that the person has at its school on that date, or
    to their only one; where neither is certain the contract is empty and payroll must decide.
    """
    found: dict[tuple[str, int, str, int], list[int]] = defaultdict(lambda: [0, 0])
    contracts: dict[tuple[int, str], Contract] = {}
    for person, number in plan.cells:
        duty = facts.duties[number]
        stint = plan.stint(duty)
        if stint is None:
            continue
        day = facts.date(stint.day)
        contract = _contract(facts, person, facts.schools[duty.school].id, day)
        named = "" if contract is None else contract.id
        if contract is not None:
            contracts[person, named] = contract
        counted = found[f"{day:%Y-%m}", person, named, duty.school]
        counted[0] += 1
        counted[1] += stint.minutes
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for (month, person, named, school), (duties, minutes) in sorted(found.items()):
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
        writer.writerow([*map(harmless, texts), duties, minutes, f"{minutes / 60:.2f}"])
    return out.getvalue()


def _contract(facts: Facts, person: int, school: str, day: date) -> Contract | None:
    staff = facts.problem.people[person]
    running = [contract for contract in staff.contracts if contract.runs_on(day)]
    here = [contract for contract in running if contract.school == school]
    for certain in (here, running):
        if len(certain) == 1:
            return certain[0]
    return None
