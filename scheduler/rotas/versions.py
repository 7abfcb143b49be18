"""Versions of a living rota: drafted from jobs, published by a person, acknowledged by staff."""

from datetime import date, datetime
from typing import Literal

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy.orm import Session

from models.answer.result import Result
from models.answer.schedule import Schedule
from models.register.rota import DiaryStretch, ScheduleDifference
from models.value import Value
from scheduler.access.keys import Principal
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.jobs.transitions import request_of
from scheduler.notify.calendars import record
from scheduler.rotas.approvals import NotApproved, unapproved
from scheduler.rotas.differences import difference, note
from scheduler.rotas.rota_store import (
    Conflict,
    RegisterReader,
    UnknownRota,
    definition_of,
    local_date,
    locked,
    rota_of,
    schedule_of,
)
from scheduler.rotas.visibility import stretches, unsure
from scheduler.storage import audit
from scheduler.storage.clock import now
from scheduler.storage.outbox import add_message
from scheduler.storage.tables import Job, JobAnswer, JobState
from scheduler.storage.tenant_scope import of_tenant
from scheduler.storage.tenant_tables import Acknowledgement, RotaRow, RotaVersion, RotaWork

VersionState = Literal["draft", "published", "superseded", "discarded"]


class RotaVersionView(Value):
    """A version of a rota; its content never changes, only its state."""

    rota: str = Field(description="The id of the rota.")
    number: int = Field(description="The number of the version, from 1.")
    state: VersionState = Field(description="Where the version is in its life.")
    origin: str = Field(description="One of solved, derived, night and swap.")
    parent: int | None = Field(description="The version that was published when it was begun.")
    revision: int = Field(description="The revision of the rota's definition.")
    register_version: int = Field(description="The version of the register that it was made from.")
    job_id: str | None = Field(description="The job that made it.")
    created_at: datetime = Field(description="When it was made.")
    author: str = Field(description="Who asked for it: the name of a key, or `The night`.")
    input_hash: str = Field(description="SHA-256 of the request that it was made from.")
    note: tuple[str, ...] = Field(
        description="What changes compared with its parent, in at most ten lines."
    )
    published_at: datetime | None = Field(description="When it was published.")
    published_by: str | None = Field(
        description="Who published it: the name of a key, or `The night`."
    )
    superseded_at: datetime | None = Field(description="When another version took its place.")
    seen: int = Field(description="How many people on it have acknowledged it.")
    people: int = Field(description="How many people are on it.")


class RotaVersions:
    """The versions of the rotas of one tenant."""

    def __init__(
        self, engine: sa.Engine, tenant: str, reader: RegisterReader | None = None
    ) -> None:
        self._engine = of_tenant(engine, tenant)
        self._tenant = tenant
        self._reader = reader or RegisterReader()

    # ------------------------------------------------------------------ reading

    def list(self, rota: str, before: int | None = None, limit: int = 50) -> list[RotaVersionView]:
        """The versions of a rota, newest first.

        Raises:
            UnknownRota: there is no such rota.
        """
        self.settle(rota)
        query = sa.select(RotaVersion).where(RotaVersion.rota == rota)
        if before is not None:
            query = query.where(RotaVersion.number < before)
        with Session(self._engine) as session:
            rota_of(session, self._tenant, rota)
            rows = session.scalars(query.order_by(RotaVersion.number.desc()).limit(limit))
            return [self.view(session, row) for row in rows]

    def get(self, rota: str, number: int | None = None) -> RotaVersionView:
        """A version; without a number, the published one.

        Raises:
            UnknownRota: there is no such version.
        """
        self.settle(rota)
        with Session(self._engine) as session:
            return self.view(session, self.version_row(session, rota, number))

    def answer(self, rota: str, number: int | None = None) -> tuple[Case, Result]:
        """The request of a version, and its result.

        Raises:
            UnknownRota: there is no such version.
        """
        self.settle(rota)
        with Session(self._engine) as session:
            row = self.version_row(session, rota, number)
            return self._reader.case_of(row), Result.model_validate_json(row.result)

    def sides(self, rota: str, number: int) -> tuple[Case, Schedule]:
        """The request of a version, and its schedule.

        Raises:
            UnknownRota: there is no such version.
        """
        self.settle(rota)
        with Session(self._engine) as session:
            return sides(self.version_row(session, rota, number), self._reader)

    def compare(self, rota: str, before: int, after: int) -> ScheduleDifference:
        """The changes from one version to another.

        Raises:
            UnknownRota: one of the versions does not exist.
        """
        self.settle(rota)
        with Session(self._engine) as session:
            one = self.version_row(session, rota, before)
            other = self.version_row(session, rota, after)
            swapped = other.origin == "swap" and other.parent == one.number
            return difference(
                sides(one, self._reader),
                sides(other, self._reader),
                f"swapped by {other.author}" if swapped else None,
            )

    def stretches(
        self,
        rota: str,
        caller: Principal,
        person: str | None = None,
        today: date | None = None,
    ) -> tuple[DiaryStretch, ...]:
        """When people are where, by the published version, as far as the caller may see it.

        A key that is limited to some schools sees the duties at those schools. For people who work
        at those schools it also sees when they are busy elsewhere, but not where or with what. It
        sees nothing about anybody else.

        Raises:
            UnknownRota: there is no such rota, or nothing is published.
        """
        with Session(self._engine) as session:
            row = rota_of(session, self._tenant, rota, caller.schools)
            version = self.version_row(session, rota, None)
            case, schedule = sides(version, self._reader)
            register = self._reader.at(session, self._tenant, version.register_version)
            unsure = register.tentative(today or local_date(row.time_zone))
        return tuple(stretches(case, schedule, caller, person, unsure))

    # ------------------------------------------------------------------ from a job to a draft

    def settle(self, rota: str) -> None:
        """Make drafts of the finished jobs; a job without a schedule leaves none."""
        query = sa.select(RotaWork.job_id).where(RotaWork.rota == rota, ~RotaWork.settled)
        with Session(self._engine) as session:
            waiting = list(session.scalars(query))
        for job_id in waiting:
            self.settle_job(job_id)

    def settle_job(self, job_id: str) -> int | None:
        """The number of the draft made from a job; None if it gave no schedule or is unfinished."""
        with Session(self._engine) as session, session.begin():
            work = session.get(RotaWork, (self._tenant, job_id))
            if work is None:
                return None
            row = locked(session, self._tenant, work.rota)
            session.refresh(work)
            if work.settled:
                return self._made_of(session, work)
            job = session.get(Job, job_id)
            if job is not None and not JobState(job.state).over:
                return None
            work.settled = True
            answer = session.get(JobAnswer, job_id)
            if job is None or answer is None:
                return None
            result = Result.model_validate_json(answer.result)
            if result.schedule is None or result.report is None or result.report.broken_musts:
                return None
            return self._draft(
                session, row, work, self._case(row, request_of(session, job)), result
            )

    def _case(self, row: RotaRow, request: RotaRequest) -> Case:
        like = self._reader.like(self._tenant, row.id)
        return Case(request) if like is None else like.amended(request)

    def _draft(
        self,
        session: Session,
        row: RotaRow,
        work: RotaWork,
        case: Case,
        result: Result,
    ) -> int:
        assert result.schedule is not None
        now_ = (case, result.schedule)
        register = self._reader.at(session, self._tenant, work.register_version)
        today = case.request.problem.as_of or local_date(row.time_zone)
        text = case.request.model_dump_json()
        self._reader.keep(self._tenant, row.id, text, case)
        said = note(self._since(session, work, now_), now_, unsure(register, today, now_))
        row.versions += 1
        session.add(
            RotaVersion(
                tenant=self._tenant,
                rota=row.id,
                number=row.versions,
                state="draft",
                origin=work.origin,
                parent=work.parent,
                revision=work.revision,
                register_version=work.register_version,
                job_id=work.job_id,
                created_at=now(),
                author=work.author,
                input_hash=result.receipt.input_hash,
                request=text,
                result=result.model_dump_json(),
                note=said,
            )
        )
        audit.add(session, self._tenant, work.key, "rota drafted", f"rota:{row.id}/{row.versions}")
        ids = {"rota": row.id, "version": row.versions, "origin": work.origin}
        add_message(session, self._tenant, "rota.proposed", ids)
        return row.versions

    def _since(
        self, session: Session, work: RotaWork, after: tuple[Case, Schedule]
    ) -> ScheduleDifference:
        if work.parent is None:
            return ScheduleDifference(people=(), minutes_by_school={}, sentences=(), first=True)
        parent = session.get_one(RotaVersion, (self._tenant, work.rota, work.parent))
        return difference(sides(parent, self._reader), after)

    def _made_of(self, session: Session, work: RotaWork) -> int | None:
        query = sa.select(RotaVersion.number).where(
            RotaVersion.rota == work.rota, RotaVersion.job_id == work.job_id
        )
        return session.scalars(query).first()

    # ------------------------------------------------------------------ acts of people

    def publish(self, rota: str, number: int, over: int | None, by: Principal) -> RotaVersionView:
        """Publish a draft; the version published before is superseded.

        Args:
            rota: the id of the rota.
            number: the number of the draft.
            over: the version that was published when the person decided; None if there was none.
            by: the person who decides.

        Raises:
            UnknownRota: there is no such version.
            Conflict: it is not a draft, or another version has been published since.
            NotApproved: it uses something that an owner has not approved.
        """
        self.settle(rota)
        with Session(self._engine) as session, session.begin():
            row = locked(session, self._tenant, rota)
            version = self.version_row(session, rota, number)
            if version.state == "published":
                return self.view(session, version)
            if version.state != "draft":
                raise Conflict("Only a draft can be published. Maybe derive a new one from it?")
            if row.published != over:
                raise Conflict(
                    "Another version has been published since. Maybe compare with it first?"
                )
            made = sides(version, self._reader)
            if waiting := list(unapproved(definition_of(row), *made)):
                raise NotApproved(waiting)
            publish_within(session, row, version, made, by.name, by.key)
            return self.view(session, version)

    def discard(self, rota: str, number: int, by: Principal) -> RotaVersionView:
        """Discard a draft.

        Raises:
            UnknownRota: there is no such version.
            Conflict: it is not a draft.
        """
        with Session(self._engine) as session, session.begin():
            locked(session, self._tenant, rota)
            version = self.version_row(session, rota, number)
            if version.state not in ("draft", "discarded"):
                raise Conflict("Only a draft can be discarded; a published version is superseded.")
            if version.state == "draft":
                version.state = "discarded"
                audit.add(session, self._tenant, by.key, "rota discarded", f"rota:{rota}/{number}")
            return self.view(session, version)

    def acknowledge(self, rota: str, number: int, person: str, by: Principal) -> RotaVersionView:
        """Record that a person has seen their part of a version.

        Raises:
            UnknownRota: there is no such version, or the person is not on it.
            Conflict: the version is not the published one.
        """
        with Session(self._engine) as session, session.begin():
            locked(session, self._tenant, rota)
            version = self.version_row(session, rota, number)
            if version.state != "published":
                raise Conflict(
                    "Only the published version can be acknowledged. Maybe look for the newest?"
                )
            if person not in {p.person for p in schedule_of(version).placements}:
                raise UnknownRota
            at = (self._tenant, rota, number, person)
            if session.get(Acknowledgement, at) is None:
                session.add(
                    Acknowledgement(
                        tenant=self._tenant,
                        rota=rota,
                        number=number,
                        person=person,
                        at=now(),
                        key=by.key,
                    )
                )
                session.flush()
            return self.view(session, version)

    # ------------------------------------------------------------------ rows

    def version_row(self, session: Session, rota: str, number: int | None) -> RotaVersion:
        """The row of a version; without a number, of the published one.

        Raises:
            UnknownRota: there is no such version.
        """
        if number is None:
            number = rota_of(session, self._tenant, rota).published
        row = None if number is None else session.get(RotaVersion, (self._tenant, rota, number))
        if row is None:
            raise UnknownRota
        return row

    def view(self, session: Session, row: RotaVersion) -> RotaVersionView:
        """A version as callers see it."""
        query = sa.select(sa.func.count()).select_from(Acknowledgement)
        seen = session.scalar(
            query.where(Acknowledgement.rota == row.rota, Acknowledgement.number == row.number)
        )
        return RotaVersionView(
            rota=row.rota,
            number=row.number,
            state=row.state,  # type: ignore[arg-type]  # only these are written
            origin=row.origin,
            parent=row.parent,
            revision=row.revision,
            register_version=row.register_version,
            job_id=row.job_id,
            created_at=row.created_at,
            author=row.author,
            input_hash=row.input_hash,
            note=tuple(row.note),
            published_at=row.published_at,
            published_by=row.published_by,
            superseded_at=row.superseded_at,
            seen=seen or 0,
            people=len({p.person for p in schedule_of(row).placements}),
        )


def publish_within(
    session: Session,
    row: RotaRow,
    version: RotaVersion,
    made: tuple[Case, Schedule],
    name: str,
    key: str | None,
) -> None:
    """Publish a draft in the caller's transaction; the rota must be locked.

    Args:
        session: the session whose transaction it happens in.
        row: the rota.
        version: the draft.
        made: its case and schedule.
        name: the name of the person who publishes it.
        key: the key of that person; None for the night.
    """
    if row.published is not None:
        old = session.get_one(RotaVersion, (row.tenant, row.id, row.published))
        old.state = "superseded"
        old.superseded_at = now()
        session.flush()  # only one version may be published at any time
    version.state = "published"
    version.published_at = now()
    version.published_by = name
    row.published = version.number
    session.flush()
    audit.add(session, row.tenant, key, "rota published", f"rota:{row.id}/{version.number}")
    case, schedule = made
    record(session, row.tenant, row.id, case.facts, case.plan(schedule))
    ids = {"rota": row.id, "version": version.number, "origin": version.origin}
    add_message(session, row.tenant, "rota.published", ids)


def sides(version: RotaVersion, reader: RegisterReader) -> tuple[Case, Schedule]:
    """The request of a version, and its schedule."""
    return reader.case_of(version), schedule_of(version)
