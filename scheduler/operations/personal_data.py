"""Personal data in rows and documents: whose they are, and putting a pseudonym into them."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.register.register import KnownEntry
from scheduler.intake.references import NAMED_IN
from scheduler.storage.integration_tables import FeedRow
from scheduler.storage.tables import Job, JobRequestRow
from scheduler.storage.tenant_tables import (
    Import,
    KeyRow,
    RegisterEntry,
    RotaRevision,
    RotaRow,
    RotaVersion,
)

MEANS_PEOPLE = {field for field, what in NAMED_IN.items() if what == "people"} | {"where"}
"""Fields in which an id means a person; elsewhere the same id may mean a school."""

Change = Callable[[str], str]
"""Makes a JSON document without the person who is erased."""

SOMEBODY = "Former colleague"
"""The name that stands for everybody who was erased."""


def requests_of_jobs() -> sa.Select[JobRequestRow]:
    """The requests of the tenant's jobs."""
    return sa.select(JobRequestRow).join(Job, Job.id == JobRequestRow.job_id)


def is_known(session: Session, person: str) -> bool:
    """Whether any record means this person."""
    texts = (
        sa.select(RotaRow.definition),
        sa.select(RotaRevision.definition),
        sa.select(RotaVersion.request),
        sa.select(JobRequestRow.request).join(Job, Job.id == JobRequestRow.job_id),
    )
    rows = (
        sa.select(KeyRow.id).where(KeyRow.person == person),
        sa.select(FeedRow.id).where(FeedRow.subject == f"person:{person}"),
    )
    return (
        any(is_about(row, person) for row in session.scalars(sa.select(RegisterEntry)))
        or any(names_person(text, person) for query in texts for text in session.scalars(query))
        or any(session.scalars(query).first() is not None for query in rows)
    )


def known_as(session: Session, person: str) -> tuple[set[str], set[str]]:
    """The names that a person has had, and the ids that sources know them by."""
    names = set(session.scalars(sa.select(KeyRow.name).where(KeyRow.person == person)))
    keys: set[str] = set()
    query = sa.select(RegisterEntry).where(
        RegisterEntry.kind == "person", RegisterEntry.id == person
    )
    for row in session.scalars(query):
        entry = KnownEntry.model_validate(row.body)
        names |= {
            known.value
            for field, known in entry.fields.items()
            if field == "name" and isinstance(known.value, str)
        }
        keys |= {key.id for key in entry.keys}
    for text in (
        *session.scalars(sa.select(RotaVersion.request)),
        *session.scalars(
            sa.select(JobRequestRow.request).join(Job, Job.id == JobRequestRow.job_id)
        ),
        *session.scalars(sa.select(RotaRow.definition)),
        *session.scalars(sa.select(RotaRevision.definition)),
    ):
        if names_person(text, person):
            names |= set(names_beside(json.loads(text), person))
    return names, keys


def is_about(row: RegisterEntry, person: str) -> bool:
    if row.kind == "person":
        return row.id == person
    known = row.body.get("fields", {}).get("person")
    return isinstance(known, dict) and known.get("value") == person


def duties_of(row: RotaVersion, person: str) -> list[str]:
    if not names_person(row.result, person):
        return []
    schedule = json.loads(row.result).get("schedule") or {}
    return [p["duty"] for p in schedule.get("placements", ()) if p["person"] == person]


def mentions(row: Import, words: set[str]) -> bool:
    text = row.statement + row.changes
    return any(json.dumps(word, ensure_ascii=False)[1:-1] in text for word in words)


def names_person(text: str, person: str) -> bool:
    """Whether a document has an id that means a person, not a school with the same id."""
    if json.dumps(person) not in text:
        return False
    return bool(json.loads(pseudonymiser(person, "", set())(text)) != json.loads(text))


def changed_text(change: Change, text: str) -> str:
    """A sentence, which is not a document itself, changed."""
    changed: str = json.loads(change(json.dumps(text)))
    return changed


def names_beside(value: Any, person: str, of_people: bool = False) -> Iterator[str]:
    """The names that stand next to a person's id."""
    if isinstance(value, dict):
        if of_people and value.get("id") == person and isinstance(value.get("name"), str):
            yield value["name"]
        for name, one in value.items():
            yield from names_beside(one, person, name == "people")
    elif isinstance(value, list):
        for one in value:
            yield from names_beside(one, person, of_people)


def names_pattern(names: set[str]) -> re.Pattern[str] | None:
    """A pattern that finds names in sentences, longest first: one may be part of another."""
    ordered = sorted((re.escape(n) for n in names if n.strip()), key=lambda n: (-len(n), n))
    return re.compile(rf"(?<!\w)(?:{'|'.join(ordered)})(?!\w)") if ordered else None


def pseudonymiser(person: str, pseudonym: str, names: set[str]) -> Change:
    """Makes a function that replaces an id by the pseudonym where it means the person, and the
    person's names in sentences by `SOMEBODY`; other people's names stay."""
    called = names_pattern(names)

    def changed(value: Any, field: str = "", of_people: bool = False) -> Any:
        if isinstance(value, dict):
            other = of_people and value.get("id") != person
            return {
                name: one
                if other and name == "name"
                else changed(one, field if name == "value" else name, of_people and name == "id")
                for name, one in value.items()
            }
        if isinstance(value, list):
            return [changed(one, field, field == "people") for one in value]
        if not isinstance(value, str):
            return value
        if value == person and (of_people or field in MEANS_PEOPLE):
            return pseudonym
        return value if called is None else called.sub(SOMEBODY, value)

    return lambda text: json.dumps(changed(json.loads(text)), ensure_ascii=False)
