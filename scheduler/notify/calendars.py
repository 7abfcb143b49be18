"""Calendars of people, places and things: what was published, stored event by event.

An event keeps its UID for as long as the same person, place or thing has the same duty. Its
SEQUENCE increases only when something about it changes. A removed event stays as CANCELLED, since
not every calendar program drops events that are missing (RFC 5545, RFC 5546).
"""

import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.facts.facts import Facts, Occasion
from models.facts.plan import Plan
from models.problem.resources import Resource
from models.value import Value
from scheduler.storage.clock import now
from scheduler.storage.integration_tables import CalendarEventRow, FeedRow

SHOWN_BEFORE, SHOWN_AFTER = timedelta(days=30), timedelta(days=180)
"""How far a calendar reaches back and ahead."""

MOST_TITLE = 500


class _Wanted(Value):
    """An event as it should be."""

    subject: str
    title: str
    place: str
    zone: str
    starts: datetime
    ends: datetime


def record(session: Session, tenant: str, rota: str, facts: Facts, plan: Plan) -> int:
    """Bring the events of a rota up to date with its published plan; returns how many changed.

    It belongs in the transaction that publishes the plan.
    """
    wanted = dict(_events(rota, facts, plan))
    query = sa.select(CalendarEventRow).where(
        CalendarEventRow.tenant == tenant, CalendarEventRow.rota == rota
    )
    known = {row.uid: row for row in session.scalars(query)}
    at, changed = now().replace(microsecond=0), 0
    for uid, event in wanted.items():
        row = known.get(uid)
        if row is None:
            said = event.model_dump()
            session.add(
                CalendarEventRow(
                    tenant=tenant,
                    uid=uid,
                    rota=rota,
                    sequence=0,
                    cancelled=False,
                    changed_at=at,
                    **said,
                )
            )
            changed += 1
        elif row.cancelled or _wanted(row) != event:
            for name, value in event:
                setattr(row, name, value)
            row.cancelled = False
            row.sequence += 1
            row.changed_at = at
            changed += 1
    for uid, row in known.items():
        if uid not in wanted and not row.cancelled:
            row.cancelled = True
            row.sequence += 1
            row.changed_at = at
            changed += 1
    return changed


def _wanted(row: CalendarEventRow) -> _Wanted:
    return _Wanted(**{name: getattr(row, name) for name in _Wanted.model_fields})


def _events(rota: str, facts: Facts, plan: Plan) -> Iterator[tuple[str, _Wanted]]:
    """(UID, event) for every person, school, group and thing; no children and no reasons."""
    zone = facts.problem.time_zone

    def event(
        subject: str, key: str, title: str, school: int, starts: int, ends: int
    ) -> tuple[str, _Wanted]:
        local = [facts.local(m).replace(tzinfo=ZoneInfo(zone)) for m in (starts, ends)]
        said = _Wanted(
            subject=subject,
            title=title[:MOST_TITLE],
            place=facts.school_name(school),
            zone=zone,
            starts=local[0].astimezone(UTC),
            ends=local[1].astimezone(UTC),
        )
        return _uid(rota, subject, key), said

    for person, number in sorted(plan.cells):
        duty = facts.duties[number]
        stint = plan.stint(duty)
        if stint is not None:
            title = f"{duty.name}, {duty.need}" if duty.need else duty.name
            subject = f"person:{facts.staff[person].id}"
            yield event(subject, duty.id, title, stint.school, stint.start, stint.end)
    for occasion in facts.occasions:
        place = plan.place(occasion)
        if place is None:
            continue
        people = sorted({p for number in occasion.duties for p in plan.people(number)})
        at, several = occasion.schools[place], occasion.parts > 1
        names = ", ".join(facts.name(person) for person in people)
        title = f"{occasion.name}: {names}" if names else occasion.name
        taken = _taken(facts, plan, occasion)
        for part, (start, end, _) in enumerate(occasion.spans[place]):
            key = f"{occasion.id}/{part}" if several else occasion.id
            if people:
                yield event(f"school:{facts.schools[at].id}", key, title, at, start, end)
            if people and occasion.group:
                yield event(f"group:{occasion.group}", key, title, at, start, end)
            for subject, thing in taken.items():
                # For as long as nobody else can have it: with setting up and clearing away.
                first, last = start - thing.setup_minutes, end + thing.clear_minutes
                yield event(subject, key, title, at, first, last)


def _taken(facts: Facts, plan: Plan, occasion: Occasion) -> dict[str, Resource]:
    """The things of an occasion by subject; one of several alike has its own id and the shared
    one."""
    found = (facts.things[number] for number in plan.has(occasion))
    return {
        f"resource:{id}": thing.resource for thing in found for id in (thing.id, thing.resource.id)
    }


def _uid(rota: str, subject: str, key: str) -> str:
    said = "\n".join((rota, subject, key))
    return hashlib.sha256(said.encode()).hexdigest()[:40]


def forget_person(session: Session, person: str, without: Callable[[str], str]) -> None:
    """Remove a person's calendar and its addresses, and their name from other calendars."""
    subject = f"person:{person}"
    for table in (FeedRow, CalendarEventRow):
        session.execute(sa.delete(table).where(table.subject == subject))
    for row in session.scalars(sa.select(CalendarEventRow)):
        title = without(row.title)
        if title != row.title:
            row.title = title
            row.sequence += 1
            row.changed_at = now().replace(microsecond=0)


def forget_past(session: Session, before: datetime) -> None:
    """Remove events that are too old to be shown in any calendar."""
    past = sa.delete(CalendarEventRow).where(CalendarEventRow.ends < before - SHOWN_BEFORE)
    session.execute(past.execution_options(synchronize_session=False))
