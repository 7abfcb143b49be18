"""Everything known about one person, collected from every table."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy.orm import Session

from models.value import Value
from scheduler.operations.personal_data import (
    duties_of,
    is_about,
    known_as,
    mentions,
    names_pattern,
    names_person,
    requests_of_jobs,
)
from scheduler.storage.audit import AuditLine
from scheduler.storage.integration_tables import CalendarEventRow, FeedRow
from scheduler.storage.tenant_tables import (
    Acknowledgement,
    AuditRow,
    Import,
    KeyRow,
    Night,
    RegisterEntry,
    RotaRevision,
    RotaRow,
    RotaVersion,
)


class PersonExport(Value):
    """Everything known about one person."""

    person: str = Field(description="The person's id.")
    at: datetime = Field(description="When this was put together.")
    entries: tuple[dict[str, Any], ...] = Field(
        description="Entries of the register about them in all versions: the person, contracts, "
        "absences, agreements."
    )
    rotas: tuple[dict[str, Any], ...] = Field(description="Their duties, by version of a rota.")
    own_rotas: tuple[str, ...] = Field(description="Rotas whose present definition names them.")
    definitions: tuple[dict[str, Any], ...] = Field(
        description="Definitions of rotas, present or past, that name them."
    )
    jobs: tuple[str, ...] = Field(description="Jobs whose request names them.")
    imports: tuple[str, ...] = Field(description="Imports that name them.")
    notes: tuple[str, ...] = Field(description="Sentences about them in notes of changes.")
    calendar: tuple[dict[str, Any], ...] = Field(description="Events of their calendar.")
    feeds: tuple[str, ...] = Field(description="The feeds of their calendar, by id.")
    acknowledged: tuple[dict[str, Any], ...] = Field(
        description="Versions that they have acknowledged."
    )
    decided: tuple[dict[str, Any], ...] = Field(
        description="Versions that were made or published in their name."
    )
    keys: tuple[str, ...] = Field(description="Keys that are theirs, without secrets.")
    audit: tuple[AuditLine, ...] = Field(
        description="Lines of the audit log about them, or written with their keys."
    )


def found(session: Session, person: str, mark: str) -> dict[str, Any]:
    """The fields of an export beside the person and the time, table by table."""
    names, sources = known_as(session, person)
    keys = list(session.scalars(sa.select(KeyRow.id).where(KeyRow.person == person)))
    return {
        "entries": tuple(
            {"since": row.since, "until": row.until, **row.body}
            for row in session.scalars(sa.select(RegisterEntry))
            if is_about(row, person)
        ),
        "jobs": tuple(
            sent.job_id
            for sent in session.scalars(requests_of_jobs())
            if names_person(sent.request, person)
        ),
        "imports": tuple(
            row.id
            for row in session.scalars(sa.select(Import))
            if mentions(row, {person, *sources, *names})
        ),
        "keys": tuple(keys),
        "audit": _audit_lines(session, mark, keys),
        **_in_rotas(session, person, names),
        **_in_calendars(session, person),
    }


def _in_rotas(session: Session, person: str, names: set[str]) -> dict[str, Any]:
    """What living rotas, their versions and their notes say about a person."""
    pattern = names_pattern(names)
    versions = session.scalars(sa.select(RotaVersion)).all()
    nights = session.scalars(sa.select(Night.note))
    notes = [line for note in (*(row.note for row in versions), *nights) for line in note]
    seen = sa.select(Acknowledgement).where(Acknowledgement.person == person)
    return {
        "rotas": tuple(
            {"rota": row.rota, "version": row.number, "state": row.state, "duties": duties}
            for row in versions
            if (duties := duties_of(row, person))
        ),
        "own_rotas": tuple(
            row.id
            for row in session.scalars(sa.select(RotaRow))
            if names_person(row.definition, person)
        ),
        "definitions": tuple(
            {"rota": row.rota, "revision": row.revision}
            for row in session.scalars(sa.select(RotaRevision))
            if names_person(row.definition, person)
        ),
        "notes": tuple(line for line in notes if pattern is not None and pattern.search(line)),
        "acknowledged": tuple(
            {"rota": row.rota, "version": row.number, "at": row.at.isoformat()}
            for row in session.scalars(seen)
        ),
        "decided": tuple(
            {"rota": row.rota, "version": row.number}
            for row in versions
            if {row.author, row.published_by} & names
        ),
    }


def _in_calendars(session: Session, person: str) -> dict[str, Any]:
    """The events of a person's calendar, and the addresses under which it is read."""
    subject = f"person:{person}"
    events = sa.select(CalendarEventRow).where(CalendarEventRow.subject == subject)
    feeds = sa.select(FeedRow.id).where(FeedRow.subject == subject)
    return {
        "calendar": tuple(
            {
                "title": row.title,
                "place": row.place,
                "starts": row.starts.isoformat(),
                "ends": row.ends.isoformat(),
                "cancelled": row.cancelled,
            }
            for row in session.scalars(events.order_by(CalendarEventRow.starts))
        ),
        "feeds": tuple(session.scalars(feeds)),
    }


def _audit_lines(session: Session, mark: str, keys: list[str]) -> tuple[AuditLine, ...]:
    """What was done with a person's data, and with their keys."""
    lines = sa.select(AuditRow).where(sa.or_(AuditRow.object == mark, AuditRow.key.in_(keys)))
    return tuple(
        AuditLine(
            number=row.number,
            at=row.at,
            key=row.key,
            action=row.action,
            object=row.object,
            hash=row.hash,
        )
        for row in session.scalars(lines.order_by(AuditRow.number))
    )
