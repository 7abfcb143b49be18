"""Data protection: all that is known of one person given out, or made nobody's; and retention."""

import json
import re
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy.orm import Session

from models.register import Entry
from models.value import Value
from scheduler.jobs import audit
from scheduler.jobs.audit import AuditLine, mark_of
from scheduler.jobs.calendars import forget_past, forget_person
from scheduler.jobs.holdings import (
    Acknowledgement,
    AuditRow,
    Import,
    KeyRow,
    Night,
    RegisterEntry,
    RotaRevision,
    RotaRow,
    RotaVersion,
    TenantRow,
)
from scheduler.jobs.life import now
from scheduler.jobs.register import UnknownEntry
from scheduler.jobs.tables import OPEN, Answer, Checkpoint, Event, Job, Sent
from scheduler.jobs.telling import forget_told
from scheduler.jobs.tenants import of_tenant
from scheduler.references import NAMED_IN

MEANS_PEOPLE = {field for field, what in NAMED_IN.items() if what == "people"} | {"where"}
"""Fields in which an id means a person; the same id may be a school's elsewhere."""

SOMEBODY = "Former colleague"
"""The name of everybody who was erased."""

TOLD_DAYS = 30
"""For so long messages to webhooks are kept, to be sent again."""


class StillBusy(Exception):
    """A job that names the person is not over; it must end, or be cancelled, first."""


class Keep(Value):
    """For how many days what kind of thing is kept."""

    drafts_days: int = Field(90, ge=1, le=3650, description="Versions that never held.")
    superseded_days: int = Field(
        2190, ge=1, le=36500, description="Versions that held once: the school's own schedule."
    )
    imports_days: int = Field(30, ge=1, le=3650, description="What sources said, word for word.")
    nights_days: int = Field(400, ge=1, le=3650, description="Notes of the nights.")


class Removed(Value):
    """What retention removed."""

    drafts: int
    superseded: int
    imports: int
    nights: int


class Held(Value):
    """All that is known of one person."""

    person: str
    at: datetime
    entries: tuple[dict[str, Any], ...] = Field(
        description="Entries in all versions: themselves, contracts, absences, agreements."
    )
    rotas: tuple[dict[str, Any], ...] = Field(description="What they were told, by version.")
    own_rotas: tuple[str, ...] = Field(description="Rotas whose own part names them.")
    jobs: tuple[str, ...] = Field(description="Jobs whose request names them.")
    acknowledged: tuple[dict[str, Any], ...]
    keys: tuple[str, ...]
    audit: tuple[AuditLine, ...] = Field(description="What was done with their data.")


class Erased(Value):
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

    def export(self, person: str, by: str | None = None) -> Held:
        """All that is known of a person; that it was given out is written down.

        Raises:
            UnknownEntry: nothing is known of them.
        """
        with Session(self._engine) as session, session.begin():
            entries = [
                {"since": row.since, "until": row.until, **row.body}
                for row in session.scalars(sa.select(RegisterEntry))
                if _is_about(row, person)
            ]
            versions = [
                {
                    "rota": row.rota,
                    "version": row.number,
                    "state": row.state,
                    "duties": duties,
                }
                for row in session.scalars(sa.select(RotaVersion))
                if (duties := _duties(row, person))
            ]
            jobs = tuple(
                sent.job_id
                for sent in session.scalars(sa.select(Sent))
                if _names(sent.request, person)
            )
            own = tuple(
                row.id
                for row in session.scalars(sa.select(RotaRow))
                if _names(row.definition, person)
            )
            if not entries and not versions and not jobs and not own:
                raise UnknownEntry
            seen = sa.select(Acknowledgement).where(Acknowledgement.person == person)
            mark = mark_of(session, self._tenant, person)
            lines = sa.select(AuditRow).where(AuditRow.object == mark).order_by(AuditRow.number)
            held = Held(
                person=person,
                at=now(),
                entries=tuple(entries),
                rotas=tuple(versions),
                own_rotas=own,
                jobs=jobs,
                acknowledged=tuple(
                    {"rota": row.rota, "version": row.number, "at": row.at.isoformat()}
                    for row in session.scalars(seen)
                ),
                keys=tuple(session.scalars(sa.select(KeyRow.id).where(KeyRow.person == person))),
                audit=tuple(
                    AuditLine(
                        number=r.number,
                        at=r.at,
                        key=r.key,
                        action=r.action,
                        object=r.object,
                        hash=r.hash,
                    )
                    for r in session.scalars(lines)
                ),
            )
            audit.add(session, self._tenant, by, "person exported", mark)
            return held

    # ------------------------------------------------------------------ erasure

    def erase(self, person: str, by: str | None = None) -> Erased:
        """Make a person nobody: the name and the id go from the register in all its versions,
        from rotas, jobs and imports; who worked when stays, under a pseudonym.

        Raises:
            UnknownEntry: nothing is known of them.
            StillBusy: a job that names them is not over.
        """
        pseudonym = f"gone-{secrets.token_hex(6)}"
        with Session(self._engine) as session, session.begin():
            _lock(session, self._tenant)
            names, keys = self._known_as(session, person)
            busy = sa.select(Sent).join(Job, Job.id == Sent.job_id).where(Job.state.in_(OPEN))
            if any(_names(sent.request, person) for sent in session.scalars(busy)):
                raise StillBusy
            change = _changer(person, pseudonym, names)
            entries = self._erase_entries(session, person, change)
            imports = self._erase_imports(session, person, keys, names)
            versions = jobs = 0
            for row in session.scalars(sa.select(RotaVersion)):
                if _names(row.request, person) or _names(row.result, person):
                    row.request, row.result = change(row.request), change(row.result)
                    versions += 1
                row.note = [json.loads(change(json.dumps(line))) for line in row.note]
                row.author = json.loads(change(json.dumps(row.author)))
                row.published_by = json.loads(change(json.dumps(row.published_by)))
            for rota in (
                *session.scalars(sa.select(RotaRow)),
                *session.scalars(sa.select(RotaRevision)),
            ):
                rota.definition = change(rota.definition)
            for night in session.scalars(sa.select(Night)):
                night.note = [json.loads(change(json.dumps(line))) for line in night.note]
            for sent in session.scalars(sa.select(Sent).join(Job, Job.id == Sent.job_id)):
                if _names(sent.request, person):
                    jobs += 1
                    self._erase_job(session, sent, change)
            session.execute(
                sa.update(Acknowledgement)
                .where(Acknowledgement.person == person)
                .values(person=pseudonym)
                .execution_options(synchronize_session=False)
            )
            for key in session.scalars(sa.select(KeyRow)):
                if key.person == person:
                    key.person, key.name = pseudonym, SOMEBODY
                    key.revoked_at = key.revoked_at or now()
            forget_person(session, person, names, SOMEBODY)
            if not entries and not versions and not jobs:
                raise UnknownEntry
            mark = mark_of(session, self._tenant, person)
            audit.add(session, self._tenant, by, "person erased", mark)
        return Erased(
            pseudonym=pseudonym, entries=entries, versions=versions, jobs=jobs, imports=imports
        )

    def _known_as(self, session: Session, person: str) -> tuple[set[str], set[str]]:
        """Names that a person has had, and the ids that sources know them by."""
        names: set[str] = set()
        keys: set[str] = set()
        query = sa.select(RegisterEntry).where(
            RegisterEntry.kind == "person", RegisterEntry.id == person
        )
        for row in session.scalars(query):
            entry = Entry.model_validate(row.body)
            names |= {
                known.value
                for field, known in entry.fields.items()
                if field == "name" and isinstance(known.value, str)
            }
            keys |= {key.id for key in entry.keys}
        for text in (
            *session.scalars(sa.select(RotaVersion.request)),
            *session.scalars(sa.select(Sent.request).join(Job, Job.id == Sent.job_id)),
            *session.scalars(sa.select(RotaRow.definition)),
        ):
            if _names(text, person):
                names |= set(_called(json.loads(text), person))
        return names, keys

    def _erase_entries(self, session: Session, person: str, change: Callable[[str], str]) -> int:
        count = 0
        for row in session.scalars(sa.select(RegisterEntry)):
            if not _is_about(row, person):
                continue
            count += 1
            if row.kind == "person" or row.kind == "absence":
                session.delete(row)
            else:
                body = json.loads(change(json.dumps(row.body)))
                row.body = {**body, "keys": []}
        return count

    def _erase_imports(self, session: Session, person: str, keys: set[str], names: set[str]) -> int:
        count = 0
        for row in session.scalars(sa.select(Import)):
            text = row.statement + row.changes
            if any(json.dumps(word)[1:-1] in text for word in (person, *keys, *names)):
                session.delete(row)
                count += 1
        return count

    def _erase_job(self, session: Session, sent: Sent, change: Callable[[str], str]) -> None:
        sent.request = change(sent.request)
        for answer in session.scalars(sa.select(Answer).where(Answer.job_id == sent.job_id)):
            answer.result = change(answer.result)
        for kept in session.scalars(sa.select(Checkpoint).where(Checkpoint.job_id == sent.job_id)):
            kept.schedule = change(kept.schedule)
        for event in session.scalars(sa.select(Event).where(Event.job_id == sent.job_id)):
            event.what = json.loads(change(json.dumps(event.what)))
        job = session.get(Job, sent.job_id)
        if job is not None and job.evidence is not None:
            job.evidence = None

    # ------------------------------------------------------------------ retention

    def keep(self) -> Keep:
        """For how long this tenant keeps what."""
        with Session(self._engine) as session:
            said = session.get_one(TenantRow, self._tenant).settings
            return Keep.model_validate(said.get("keep", {}))

    def set_keep(self, keep: Keep, by: str | None = None) -> None:
        """Decide it."""
        with Session(self._engine) as session, session.begin():
            row = session.get_one(TenantRow, self._tenant)
            row.settings = {**row.settings, "keep": keep.model_dump()}
            audit.add(session, self._tenant, by, "retention set", "tenant")

    def tidy(self, moment: datetime | None = None) -> Removed:
        """Remove what is kept no longer; what holds always stays."""
        moment = moment or now()
        keep = self.keep()

        def before(days: int) -> datetime:
            return moment - timedelta(days=days)

        with Session(self._engine) as session, session.begin():
            drafts = sa.delete(RotaVersion).where(
                RotaVersion.state.in_(("draft", "discarded")),
                RotaVersion.created_at < before(keep.drafts_days),
            )
            superseded = sa.delete(RotaVersion).where(
                RotaVersion.state == "superseded",
                RotaVersion.superseded_at < before(keep.superseded_days),
            )
            imports = sa.delete(Import).where(Import.at < before(keep.imports_days))
            nights = sa.delete(Night).where(
                Night.at < before(keep.nights_days), Night.state != "queued"
            )
            forget_told(session, before(TOLD_DAYS))
            forget_past(session, moment)
            counts = [
                session.execute(
                    statement.returning(sa.literal(1)).execution_options(synchronize_session=False)
                ).all()
                for statement in (drafts, superseded, imports, nights)
            ]
            removed = Removed(
                drafts=len(counts[0]),
                superseded=len(counts[1]),
                imports=len(counts[2]),
                nights=len(counts[3]),
            )
            if any(counts):
                audit.add(session, self._tenant, None, "retention", "tenant")
            return removed


# ---------------------------------------------------------------------- in documents


def _lock(session: Session, tenant: str) -> None:
    session.execute(
        sa.update(TenantRow)
        .where(TenantRow.id == tenant)
        .values(register_version=TenantRow.register_version)
        .execution_options(synchronize_session=False)
    )


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


def _names(text: str, person: str) -> bool:
    """Whether a document may hold an id: quick, and never wrong when it says no."""
    return json.dumps(person) in text


def _called(value: Any, person: str) -> Iterator[str]:
    """The names that stand beside an id."""
    if isinstance(value, dict):
        if value.get("id") == person and isinstance(value.get("name"), str):
            yield value["name"]
        for one in value.values():
            yield from _called(one, person)
    elif isinstance(value, list):
        for one in value:
            yield from _called(one, person)


def _changer(person: str, pseudonym: str, names: set[str]) -> Callable[[str], str]:
    """Puts the pseudonym in the place of an id where a person is meant, and nobody's name in the
    place of names in sentences; another person's name stays."""
    # The longest first: a short name may be part of a longer one.
    ordered = sorted((re.escape(n) for n in names if n.strip()), key=lambda n: (-len(n), n))
    called = re.compile(rf"(?<!\w)(?:{'|'.join(ordered)})(?!\w)") if ordered else None

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
