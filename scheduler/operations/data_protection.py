"""Data protection: exporting everything known about a person, and erasing a person."""

import json
import secrets

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy.orm import Session

from models.value import Value
from scheduler.notify.calendars import forget_person
from scheduler.operations.person_export import PersonExport, found
from scheduler.operations.personal_data import (
    SOMEBODY,
    Change,
    changed_text,
    is_about,
    is_known,
    known_as,
    mentions,
    names_person,
    pseudonymiser,
    requests_of_jobs,
)
from scheduler.register.store import UnknownEntry
from scheduler.storage import audit
from scheduler.storage.audit import mark_of
from scheduler.storage.clock import now
from scheduler.storage.tables import IS_OPEN, Checkpoint, Job, JobAnswer, JobEventRow, JobRequestRow
from scheduler.storage.tenant_scope import of_tenant
from scheduler.storage.tenant_tables import (
    Acknowledgement,
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


class StillBusy(Exception):
    """An unfinished job names the person; it must end, or be cancelled, first."""


class Erasure(Value):
    """What an erasure has changed."""

    pseudonym: str = Field(description="The pseudonym that replaces the person's id.")
    entries: int = Field(description="Entries of the register that were changed.")
    versions: int = Field(description="Versions of rotas that were changed.")
    jobs: int = Field(description="Jobs that were changed.")
    imports: int = Field(description="Imports that were changed.")
    backups: str = Field(
        "Backups made before now hold it until they expire; erase again after a restore.",
        description="What an erasure cannot reach.",
    )


class Protection:
    """Export and erasure of people's data in one tenant."""

    def __init__(self, engine: sa.Engine, tenant: str) -> None:
        self._engine = of_tenant(engine, tenant)
        self._tenant = tenant

    # ------------------------------------------------------------------ export

    def export(self, person: str, by: str | None = None) -> PersonExport:
        """Everything known about a person; the export is written to the audit log.

        Raises:
            UnknownEntry: nothing is known about the person.
        """
        with Session(self._engine) as session, session.begin():
            if not is_known(session, person):
                raise UnknownEntry
            mark = mark_of(session, self._tenant, person)
            held = PersonExport(person=person, at=now(), **found(session, person, mark))
            audit.add(session, self._tenant, by, "person exported", mark)
            return held

    # ------------------------------------------------------------------ erasure

    def erase(self, person: str, by: str | None = None) -> Erasure:
        """Erase a person: the name and the id are removed from all versions of the register, and
        from rotas, jobs, calendars, keys and imports. Who worked when stays, under a pseudonym.

        Raises:
            UnknownEntry: nothing is known about the person.
            StillBusy: an unfinished job names the person.
        """
        pseudonym = f"gone-{secrets.token_hex(6)}"
        with Session(self._engine) as session, session.begin():
            self._lock(session)
            if not is_known(session, person):
                raise UnknownEntry
            busy = requests_of_jobs().where(IS_OPEN)
            if any(names_person(sent.request, person) for sent in session.scalars(busy)):
                raise StillBusy
            names, sources = known_as(session, person)
            change = pseudonymiser(person, pseudonym, names)
            erased = Erasure(
                pseudonym=pseudonym,
                entries=self._erase_entries(session, person, change),
                versions=self._erase_versions(session, person, change),
                jobs=self._erase_jobs(session, person, change),
                imports=self._erase_imports(session, {person, *sources, *names}),
            )
            self._erase_rotas(session, person, pseudonym, change)
            self._erase_keys(session, person, pseudonym, names)
            forget_person(session, person, lambda text: changed_text(change, text))
            self._begin_version(session, by)
            mark = mark_of(session, self._tenant, person)
            audit.add(session, self._tenant, by, "person erased", mark)
        return erased

    def _lock(self, session: Session) -> None:
        """Keep others from composing requests from what is being erased, and from writing to the
        register: rotas are locked first and then the tenant, as everywhere else."""
        for taken in (
            sa.update(RotaRow).values(revision=RotaRow.revision),
            sa.update(TenantRow).values(register_version=TenantRow.register_version),
        ):
            session.execute(taken.execution_options(synchronize_session=False))

    def _begin_version(self, session: Session, by: str | None) -> None:
        """Begin a new register version, so that readers of an older one read it again."""
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

    def _erase_entries(self, session: Session, person: str, change: Change) -> int:
        count = 0
        for row in session.scalars(sa.select(RegisterEntry)):
            about = is_about(row, person)
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
            if names_person(row.request, person) or names_person(row.result, person):
                row.request, row.result = change(row.request), change(row.result)
                count += 1
            row.note = [changed_text(change, line) for line in row.note]
            row.author = changed_text(change, row.author)
            if row.published_by is not None:
                row.published_by = changed_text(change, row.published_by)
        return count

    def _erase_jobs(self, session: Session, person: str, change: Change) -> int:
        count = 0
        for sent in session.scalars(requests_of_jobs()):
            if names_person(sent.request, person):
                self._erase_job(session, sent, change)
                count += 1
        for work in session.scalars(sa.select(RotaWork)):
            work.author = changed_text(change, work.author)
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
        rows = [row for row in session.scalars(sa.select(Import)) if mentions(row, words)]
        for row in rows:
            session.delete(row)
        return len(rows)

    def _erase_rotas(self, session: Session, person: str, pseudonym: str, change: Change) -> None:
        for rota in (
            *session.scalars(sa.select(RotaRow)),
            *session.scalars(sa.select(RotaRevision)),
        ):
            rota.definition = change(rota.definition)
        for night in session.scalars(sa.select(Night)):
            night.note = [changed_text(change, line) for line in night.note]
        session.execute(
            sa.update(Acknowledgement)
            .where(Acknowledgement.person == person)
            .values(person=pseudonym)
            .execution_options(synchronize_session=False)
        )

    def _erase_keys(self, session: Session, person: str, pseudonym: str, names: set[str]) -> None:
        """Erase the person from their own keys, and from keys with their name but no person."""
        for key in session.scalars(sa.select(KeyRow)):
            if key.person == person or (key.person is None and key.name in names):
                key.person, key.name = pseudonym, SOMEBODY
                key.revoked_at = key.revoked_at or now()
