"""A rota as CSV, one row for each placement, for payroll and spreadsheets."""

import csv
from collections.abc import Iterator
from io import StringIO

from models.facts import Facts
from models.plan import Plan

COLUMNS = ("date", "start", "end", "school", "group", "duty", "need", "person_id", "person")

_BEGINS_A_FORMULA = (*"=+-@\t\r\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def harmless(text: str) -> str:
    """Text that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.lstrip(" ").startswith(_BEGINS_A_FORMULA) else text


def rows(facts: Facts, plan: Plan) -> Iterator[tuple[str, ...]]:
    """One row for each placement by date, start, duty and person; times are local, ISO 8601.

    An activity without a time has an empty date, start and end. Texts are as they were sent: pass
    them through `harmless` before a spreadsheet sees them.
    """
    groups = {group.id: group.name for group in facts.problem.groups}
    found = []
    for person, number in plan.cells:
        duty = facts.duties[number]
        stint = plan.stint(duty)
        start = None if stint is None else facts.local(stint.start)
        end = None if stint is None else facts.local(stint.end)
        row = (
            "" if start is None else start.date().isoformat(),
            "" if start is None else start.isoformat(timespec="minutes"),
            "" if end is None else end.isoformat(timespec="minutes"),
            facts.school_name(duty.school if stint is None else stint.school),
            groups.get(duty.group or "", ""),
            duty.name,
            duty.need or "",
            facts.staff[person].id,
            facts.name(person),
        )
        found.append(((row[0], row[1], number, person), row))
    return (row for _, row in sorted(found))


def as_csv(facts: Facts, plan: Plan) -> str:
    """The rows under a header, by RFC 4180."""
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows([harmless(text) for text in row] for row in rows(facts, plan))
    return out.getvalue()
