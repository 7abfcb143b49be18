"""Data protection: all that is known of one person given out, or made nobody's."""

import json
import re
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy.orm import Session

from models.register.register import KnownEntry
from models.value import Value
from scheduler.intake.references import NAMED_IN
from scheduler.notify.calendars import forget_person
from scheduler.register.store import UnknownEntry
from scheduler.storage import audit
from scheduler.storage.audit import AuditLine, mark_of
from scheduler.storage.clock import now
from scheduler.storage.integration_tables import CalendarEventRow, FeedRow
from scheduler.storage.tables import IS_OPEN, Checkpoint, Job, JobAnswer, JobEventRow, JobRequestRow
from scheduler.storage.tenant_scope import of_tenant
from scheduler.storage.tenant_tables import (
    Acknowledgement,
    AuditRow,
    Import,
    KeyRow,
    Night,
    RegisterEntry,
    RegisterVersion,
    RotaRevision,
    RotaRow,
    RotaVersion,
    RotaWork,
    TenantRow,
)

MEANS_PEOPLE = {field for field, what in NAMED_IN.items() if what == "people"} | {"where"}
"""Fields in which an id means a person; the same id may be a school's elsewhere."""

Change = Callable[[str], str]
"""What becomes of a JSON document when somebody is erased from it."""

SOMEBODY = "Former colleague"
"""The name of everybody who was erased."""


class StillBusy(Exception):
    """A job that names the person is not over; it must end, or be cancelled, first."""


class PersonExport(Value):
    """All that is known of one person."""

    person: str
    at: datetime
    entries: tuple[dict[str, Any], ...] = Field(
        description="Entries in all versions: themselves, contracts, absences, agreements."
    )
    rotas: tuple[dict[str, Any], ...] = Field(description="What they were told, by version.")
    own_rotas: tuple[str, ...] = Field(description="Rotas whose own part names them.")
    definitions: tuple[dict[str, Any], ...] = Field(
        description="What own parts of rotas once were, where that names them."
    )
    jobs: tuple[str, ...] = Field(description="Jobs whose request names them.")
    imports: tuple[str, ...] = Field(description="Imports that name them.")
    notes: tuple[str, ...] = Field(description="Sentences about them in notes of changes.")
    calendar: tuple[dict[str, Any], ...] = Field(description="Events of their calendar.")
    feeds: tuple[str, ...] = Field(description="Secret addresses of it, by id.")
    acknowledged: tuple[dict[str, Any], ...]
    decided: tuple[dict[str, Any], ...] = Field(
        description="Versions that were asked for, or published, in their name."
    )
    keys: tuple[str, ...]
    audit: tuple[AuditLine, ...] = Field(
        description="What was done with their data, and with their keys."
    )


class Erasure(Value):
    """What an erasure touched."""

    pseudonym: str = Field(description="What stands in the place of their id.")
    entries: int
    versions: int
    jobs: int
    imports: int
    backups: str = "Backups made before now hold it until they expire; erase again after a restore."


class Protection:
    """What people may ask of a tenant about their data."""

    def __init__(self, engine: sa.Engine, tenant: str) -> None:
        self._engine = of_tenant(engine, tenant)
        self._tenant = tenant

    # ------------------------------------------------------------------ export

    def export(self, person: str, by: str | None = None) -> PersonExport:
        """All that is known of a person; that it was given out is written down.

        Raises:
            UnknownEntry: nothing is known of them.
        """
        with Session(self._engine) as session, session.begin():
            if not self._is_known(session, person):
                raise UnknownEntry
            mark = mark_of(session, self._tenant, person)
            held = PersonExport(person=person, at=now(), **self._found(session, person, mark))
            audit.add(session, self._tenant, by, "person exported", mark)
            return held

    def _found(self, session: Session, person: str, mark: str) -> dict[str, Any]:
        names, sources = self._known_as(session, person)
        called = _calls(names)
        keys = list(session.scalars(sa.select(KeyRow.id).where(KeyRow.person == person)))
        versions = session.scalars(sa.select(RotaVersion)).all()
        nights = session.scalars(sa.select(Night.note))
        notes = [line for note in (*(row.note for row in versions), *nights) for line in note]
        subject = f"person:{person}"
        events = sa.select(CalendarEventRow).where(CalendarEventRow.subject == subject)
        seen = sa.select(Acknowledgement).where(Acknowledgement.person == person)
        lines = sa.select(AuditRow).where(sa.or_(AuditRow.object == mark, AuditRow.key.in_(keys)))
        return {
            "entries": tuple(
                {"since": row.since, "until": row.until, **row.body}
                for row in session.scalars(sa.select(RegisterEntry))
                if _is_about(row, person)
            ),
            "rotas": tuple(
                {"rota": row.rota, "version": row.number, "state": row.state, "duties": duties}
                for row in versions
                if (duties := _duties(row, person))
            ),
            "own_rotas": tuple(
                row.id
                for row in session.scalars(sa.select(RotaRow))
                if _names(row.definition, person)
            ),
            "definitions": tuple(
                {"rota": row.rota, "revision": row.revision}
                for row in session.scalars(sa.select(RotaRevision))
                if _names(row.definition, person)
            ),
            "jobs": tuple(
                sent.job_id
                for sent in session.scalars(
                    sa.select(JobRequestRow).join(Job, Job.id == JobRequestRow.job_id)
                )
                if _names(sent.request, person)
            ),
            "imports": tuple(
                row.id
                for row in session.scalars(sa.select(Import))
                if _tells_of(row, {person, *sources, *names})
            ),
            "notes": tuple(line for line in notes if called is not None and called.search(line)),
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
            "feeds": tuple(
                session.scalars(sa.select(FeedRow.id).where(FeedRow.subject == subject))
            ),
            "acknowledged": tuple(
                {"rota": row.rota, "version": row.number, "at": row.at.isoformat()}
                for row in session.scalars(seen)
            ),
            "decided": tuple(
                {"rota": row.rota, "version": row.number}
                for row in versions
                if {row.author, row.published_by} & names
            ),
            "keys": tuple(keys),
            "audit": tuple(
                AuditLine(
                    number=r.number,
                    at=r.at,
                    key=r.key,
                    action=r.action,
                    object=r.object,
                    hash=r.hash,
                )
                for r in session.scalars(lines.order_by(AuditRow.number))
            ),
        }

    # ------------------------------------------------------------------ erasure

    def erase(self, person: str, by: str | None = None) -> Erasure:
        """Make a person nobody: the name and the id go from the register in all its versions,
        from rotas, jobs, calendars, keys and imports; who worked when stays, under a pseudonym.

        Raises:
            UnknownEntry: nothing is known of them.
            StillBusy: a job that names them is not over.
        """
        pseudonym = f"gone-{secrets.token_hex(6)}"
        with Session(self._engine) as session, session.begin():
            self._lock(session)
            if not self._is_known(session, person):
                raise UnknownEntry
            busy = sa.select(JobRequestRow).join(Job, Job.id == JobRequestRow.job_id).where(IS_OPEN)
            if any(_names(sent.request, person) for sent in session.scalars(busy)):
                raise StillBusy
            names, sources = self._known_as(session, person)
            change = _changer(person, pseudonym, names)
            erased = Erasure(
                pseudonym=pseudonym,
                entries=self._erase_entries(session, person, change),
                versions=self._erase_versions(session, person, change),
                jobs=self._erase_jobs(session, person, change),
                imports=self._erase_imports(session, {person, *sources, *names}),
            )
            self._erase_rotas(session, person, pseudonym, change)
            self._erase_keys(session, person, pseudonym, names)
            forget_person(session, person, lambda text: _plain(change, text))
            self._begin_version(session, by)
            mark = mark_of(session, self._tenant, person)
            audit.add(session, self._tenant, by, "person erased", mark)
        return erased

    def _lock(self, session: Session) -> None:
        """Nobody composes a request from what is being erased, or writes to the register: rotas
        first and then the tenant, as everybody does who needs both."""
        for taken in (
            sa.update(RotaRow).values(revision=RotaRow.revision),
            sa.update(TenantRow).values(register_version=TenantRow.register_version),
        ):
            session.execute(taken.execution_options(synchronize_session=False))

    def _begin_version(self, session: Session, by: str | None) -> None:
        """So that whoever holds what the register was at a version looks again."""
        tenant = session.get_one(TenantRow, self._tenant, populate_existing=True)
        tenant.register_version += 1
        session.add(
            RegisterVersion(
                tenant=self._tenant,
                number=tenant.register_version,
                at=now(),
                key=by,
                source="erasure",
                import_id=None,
            )
        )

    def _is_known(self, session: Session, person: str) -> bool:
        """Whether anything of ours means this person."""
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
            any(_is_about(row, person) for row in session.scalars(sa.select(RegisterEntry)))
            or any(_names(text, person) for query in texts for text in session.scalars(query))
            or any(session.scalars(query).first() is not None for query in rows)
        )

    def _known_as(self, session: Session, person: str) -> tuple[set[str], set[str]]:
        """Names that a person has had, and the ids that sources know them by."""
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
            if _names(text, person):
                names |= set(_called(json.loads(text), person))
        return names, keys

    def _erase_entries(self, session: Session, person: str, change: Change) -> int:
        count = 0
        for row in session.scalars(sa.select(RegisterEntry)):
            about = _is_about(row, person)
            count += about
            if about and row.kind in ("person", "contract", "absence"):
                session.delete(row)
                continue
            body = json.loads(change(json.dumps(row.body)))
            if body != row.body:
                row.body = {**body, "keys": []} if about else body
        return count

    def _erase_versions(self, session: Session, person: str, change: Change) -> int:
        count = 0
        for row in session.scalars(sa.select(RotaVersion)):
            if _names(row.request, person) or _names(row.result, person):
                row.request, row.result = change(row.request), change(row.result)
                count += 1
            row.note = [_plain(change, line) for line in row.note]
            row.author = _plain(change, row.author)
            if row.published_by is not None:
                row.published_by = _plain(change, row.published_by)
        return count

    def _erase_jobs(self, session: Session, person: str, change: Change) -> int:
        count = 0
        for sent in session.scalars(
            sa.select(JobRequestRow).join(Job, Job.id == JobRequestRow.job_id)
        ):
            if _names(sent.request, person):
                self._erase_job(session, sent, change)
                count += 1
        for work in session.scalars(sa.select(RotaWork)):
            work.author = _plain(change, work.author)
        return count

    def _erase_job(self, session: Session, sent: JobRequestRow, change: Change) -> None:
        sent.request = change(sent.request)
        for answer in session.scalars(sa.select(JobAnswer).where(JobAnswer.job_id == sent.job_id)):
            answer.result = change(answer.result)
        for kept in session.scalars(sa.select(Checkpoint).where(Checkpoint.job_id == sent.job_id)):
            kept.schedule = change(kept.schedule)
        for event in session.scalars(
            sa.select(JobEventRow).where(JobEventRow.job_id == sent.job_id)
        ):
            event.what = json.loads(change(json.dumps(event.what)))
        job = session.get_one(Job, sent.job_id)
        job.evidence = None

    def _erase_imports(self, session: Session, words: set[str]) -> int:
        told = [row for row in session.scalars(sa.select(Import)) if _tells_of(row, words)]
        for row in told:
            session.delete(row)
        return len(told)

    def _erase_rotas(self, session: Session, person: str, pseudonym: str, change: Change) -> None:
        for rota in (
            *session.scalars(sa.select(RotaRow)),
            *session.scalars(sa.select(RotaRevision)),
        ):
            rota.definition = change(rota.definition)
        for night in session.scalars(sa.select(Night)):
            night.note = [_plain(change, line) for line in night.note]
        session.execute(
            sa.update(Acknowledgement)
            .where(Acknowledgement.person == person)
            .values(person=pseudonym)
            .execution_options(synchronize_session=False)
        )

    def _erase_keys(self, session: Session, person: str, pseudonym: str, names: set[str]) -> None:
        """Those that are said to be theirs, and those that bear their name and are nobody's."""
        for key in session.scalars(sa.select(KeyRow)):
            if key.person == person or (key.person is None and key.name in names):
                key.person, key.name = pseudonym, SOMEBODY
                key.revoked_at = key.revoked_at or now()


# ---------------------------------------------------------------------- in documents


def _is_about(row: RegisterEntry, person: str) -> bool:
    if row.kind == "person":
        return row.id == person
    known = row.body.get("fields", {}).get("person")
    return isinstance(known, dict) and known.get("value") == person


def _duties(row: RotaVersion, person: str) -> list[str]:
    if not _names(row.result, person):
        return []
    schedule = json.loads(row.result).get("schedule") or {}
    return [p["duty"] for p in schedule.get("placements", ()) if p["person"] == person]


def _tells_of(row: Import, words: set[str]) -> bool:
    text = row.statement + row.changes
    return any(json.dumps(word, ensure_ascii=False)[1:-1] in text for word in words)


def _names(text: str, person: str) -> bool:
    """Whether a document means a person by an id, and not a school that has the same one."""
    if json.dumps(person) not in text:
        return False
    return bool(json.loads(_changer(person, "", set())(text)) != json.loads(text))


def _plain(change: Change, text: str) -> str:
    """A sentence that is no document, changed."""
    changed: str = json.loads(change(json.dumps(text)))
    return changed


def _called(value: Any, person: str, of_people: bool = False) -> Iterator[str]:
    """The names that stand beside a person's id."""
    if isinstance(value, dict):
        if of_people and value.get("id") == person and isinstance(value.get("name"), str):
            yield value["name"]
        for name, one in value.items():
            yield from _called(one, person, name == "people")
    elif isinstance(value, list):
        for one in value:
            yield from _called(one, person, of_people)


def _calls(names: set[str]) -> re.Pattern[str] | None:
    """Finds names in sentences, the longest first: a short one may be part of a longer one."""
    ordered = sorted((re.escape(n) for n in names if n.strip()), key=lambda n: (-len(n), n))
    return re.compile(rf"(?<!\w)(?:{'|'.join(ordered)})(?!\w)") if ordered else None


def _changer(person: str, pseudonym: str, names: set[str]) -> Change:
    """Puts the pseudonym in the place of an id where a person is meant, and nobody's name in the
    place of names in sentences; another person's name stays."""
    called = _calls(names)

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
