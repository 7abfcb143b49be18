"""A rota as CSV, one row for each placement, for payroll and spreadsheets."""

from collections.abc import Iterator

from models.facts.facts import Facts, Occasion
from models.facts.plan import Plan
from scheduler.exchange.render.render_input import RenderInput

COLUMNS = (
    "date",
    "start",
    "end",
    "school",
    "group",
    "duty",
    "need",
    "person_id",
    "person",
    "things",
)


def rows(facts: Facts, plan: Plan) -> Iterator[tuple[str, ...]]:
    """One row for each placement, by date, start, duty and person; times are local, in ISO 8601.

    An activity that needs only things has a row without a person for each of its days; one without
    a time has an empty date, start and end. Texts are as they were sent: pass them through
    `harmless` before a spreadsheet opens them.
    """
    groups = facts.labels.groups
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
            things_of(facts, plan, facts.occasions[duty.occasion]),
        )
        found.append(((row[0], row[1], number, person), row))
    for occasion, school, start_at, end_at in without_people(facts, plan):
        start, end = facts.local(start_at), facts.local(end_at)
        row = (
            start.date().isoformat(),
            start.isoformat(timespec="minutes"),
            end.isoformat(timespec="minutes"),
            facts.school_name(school),
            groups.get(occasion.group or "", ""),
            occasion.name,
            "",
            "",
            "",
            things_of(facts, plan, occasion),
        )
        found.append(((row[0], row[1], len(facts.duties), occasion.number), row))
    return (row for _, row in sorted(found))


def things_of(facts: Facts, plan: Plan, occasion: Occasion) -> str:
    """The names of the things that an occasion uses."""
    return ", ".join(facts.things[t].name for t in plan.has(occasion) if plan.happens(occasion))


def is_approved(facts: Facts, plan: Plan, occasion: Occasion) -> bool:
    """Whether the owners have approved everything that an occasion uses."""
    place = plan.place(occasion)
    return place is None or all(
        facts.approval(occasion, place, thing) == "granted" for thing in plan.has(occasion)
    )


def without_people(facts: Facts, plan: Plan) -> Iterator[tuple[Occasion, int, int, int]]:
    """(activity, school, start, end) for each day of activities that need only things."""
    for occasion in facts.activities():
        place = None if occasion.duties else plan.place(occasion)
        for start, end, _ in () if place is None else occasion.spans[place]:
            yield occasion, occasion.schools[place or 0], start, end


def written(given: RenderInput) -> bytes:
    """The rows under a header, as CSV by RFC 4180."""
    from scheduler.exchange.frame_columns import as_csv
    from scheduler.exchange.render.frames import placements

    return as_csv(placements(given.facts, given.plan))
