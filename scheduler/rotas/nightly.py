"""The nightly batch: pulls sources, then solves each living rota once for each local date."""

import hashlib
import threading
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog
from pydantic import Field
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.answer.schedule import Schedule
from models.register.register import Statement
from models.value import Value
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.intake.validation_errors import InvalidRequest
from scheduler.jobs.jobs import Jobs, RotaBusy
from scheduler.register.store import Register
from scheduler.report.answer import fingerprint
from scheduler.report.warm_start import begin_from
from scheduler.rotas.approvals import unapproved
from scheduler.rotas.differences import NOTE_LINES
from scheduler.rotas.retention import Retention
from scheduler.rotas.rota_store import (
    RegisterReader,
    composed,
    definition_of,
    locked,
    rota_of,
    schedule_of,
)
from scheduler.rotas.rotas import Rotas
from scheduler.rotas.versions import RotaVersions, publish_within, sides
from scheduler.storage.clock import now
from scheduler.storage.tables import Job, JobState
from scheduler.storage.tenant_scope import of_tenant, tenants
from scheduler.storage.tenant_tables import Night, RotaRow, RotaVersion

NEW_DAY = time(18)
"""From this local time on, a night belongs to the coming date."""

UNTIL = time(6)
"""The local time until which a night may begin; later, people are reading the published rota."""

LOOK_EVERY = 60.0
"""Seconds between two looks at the local times of all rotas."""

Pull = Callable[[str], Iterable[Statement]]
"""From a tenant to the present statements of its sources."""

log = structlog.get_logger()


class NightView(Value):
    """What one night did to one rota."""

    tenant: str = Field(description="The collaboration.")
    rota: str = Field(description="The id of the rota.")
    day: date = Field(description="The date on whose evening the night began.")
    state: str = Field(
        description="One of queued, skipped (nothing is new), unchanged, proposed, published and "
        "kept (the published rota stays in force)."
    )
    job_id: str | None = Field(description="The job that the night solved.")
    version: int | None = Field(description="The version that came of it; null where none did.")
    note: tuple[str, ...] = Field(description="What a person should know, line by line.")


class Nights:
    """The nights of all tenants of a database."""

    def __init__(
        self,
        engine: sa.Engine,
        jobs_of: Callable[[str], Jobs],
        pull: Pull = lambda tenant: (),
    ) -> None:
        self._engine = engine
        self._jobs_of = jobs_of
        self._pull = pull

    def begin(
        self, moment: datetime | None = None, *, due: Callable[[time], bool] = lambda at: True
    ) -> list[NightView]:
        """Begin each night that has not begun yet: one for each rota and local date.

        If it is killed halfway and called again, it continues with the rest.

        Args:
            moment: the time to go by; by default, now.
            due: whether nights begin at a local time; by default, at any time.
        """
        moment = moment or now()
        found = []
        for tenant in tenants(self._engine):
            waiting = self._waiting(tenant, moment, due)
            if waiting:
                self._ask_sources(tenant)
            reader = RegisterReader()
            for rota, day in waiting:
                try:
                    seen = self._begin(tenant, rota, day, reader)
                except (IntegrityError, RotaBusy):
                    continue  # another process was quicker, or a later look finds it idle
                if seen is not None:
                    found.append(seen)
        return found

    def end(self) -> list[NightView]:
        """Finish the nights whose jobs have ended: propose or publish the draft, or keep the
        published rota."""
        found = []
        for tenant in tenants(self._engine):
            query = sa.select(Night.rota, Night.day).where(Night.state == "queued")
            with Session(of_tenant(self._engine, tenant)) as session:
                open_ = session.execute(query.order_by(Night.day, Night.rota)).all()
            reader = RegisterReader()
            for rota, day in open_:
                seen = self._end(tenant, rota, day, reader)
                if seen is not None:
                    found.append(seen)
        return found

    def tidy(self) -> None:
        """Apply the retention of each tenant."""
        for tenant in tenants(self._engine):
            Retention(self._engine, tenant).tidy()

    def open(self) -> int:
        """The number of nights that are waiting for their jobs."""
        query = sa.select(sa.func.count()).select_from(Night).where(Night.state == "queued")
        found = 0
        for tenant in tenants(self._engine):
            with Session(of_tenant(self._engine, tenant)) as session:
                found += session.scalar(query) or 0
        return found

    def of(self, tenant: str, rota: str, limit: int = 31) -> list[NightView]:
        """The nights of a rota, newest first.

        Raises:
            UnknownRota: there is no such rota.
        """
        query = sa.select(Night).where(Night.rota == rota).order_by(Night.day.desc()).limit(limit)
        with Session(of_tenant(self._engine, tenant)) as session:
            rota_of(session, tenant, rota)
            return [_view(row) for row in session.scalars(query)]

    # ------------------------------------------------------------------ begin

    def _waiting(
        self, tenant: str, moment: datetime, due: Callable[[time], bool]
    ) -> list[tuple[str, date]]:
        columns = (RotaRow.id, RotaRow.time_zone, RotaRow.last)
        query = sa.select(*columns).where(RotaRow.nightly).order_by(RotaRow.id)
        yesterday = moment.date() - timedelta(days=1)  # no zone has an earlier date than this
        begun = sa.select(Night.rota, Night.day).where(Night.day >= yesterday)
        with Session(of_tenant(self._engine, tenant)) as session:
            known = {(night.rota, night.day) for night in session.execute(begun)}
            rotas = session.execute(query).all()
        found = []
        for id, zone, last in rotas:
            day = day_of(zone, moment)
            if due(moment.astimezone(ZoneInfo(zone)).time()) and day <= last:
                found.append((id, day))
        return [night for night in found if night not in known]

    def _ask_sources(self, tenant: str) -> None:
        register = Register(self._engine, tenant)
        try:
            for statement in self._pull(tenant):
                dry = register.dry_run(statement)
                if any(change.by_itself for change in dry.list.changes):
                    register.apply(dry.id)
        except Exception as error:  # better a night with what is known already than none
            log.error("pulling sources failed", tenant=tenant, kind=type(error).__name__)

    def _begin(self, tenant: str, rota: str, day: date, reader: RegisterReader) -> NightView | None:
        versions = RotaVersions(self._engine, tenant, reader)
        versions.settle(rota)
        rotas = Rotas(self._engine, self._jobs_of(tenant), tenant)
        with Session(of_tenant(self._engine, tenant)) as session, session.begin():
            row = locked(session, tenant, rota)
            if session.get(Night, (tenant, rota, day)) is not None:
                return None
            night = Night(
                tenant=tenant,
                rota=rota,
                day=day,
                at=now(),
                state="skipped",
                job_id=None,
                input_hash="",
                version=None,
                note=["Nothing is published yet."],
            )
            session.add(night)
            if row.published is None:
                return _view(night)
            try:
                case = composed(session, tenant, row, day, reader)
                night.input_hash = night_input_hash(case.request, row)
                if self._is_known(session, night):
                    night.note = ["Nothing is new since the last night."]
                    return _view(night)
                night.job_id = rotas.submit_night(session, row, case, day).id
            except InvalidRequest as invalid:
                night.state = "kept"
                night.note = _faults(invalid)
            else:
                night.state = "queued"
                night.note = []
            return _view(night)

    def _is_known(self, session: Session, night: Night) -> bool:
        query = sa.select(Night).where(Night.rota == night.rota, Night.day < night.day)
        last = session.scalars(query.order_by(Night.day.desc()).limit(1)).first()
        return (
            last is not None
            and last.input_hash == night.input_hash
            and last.state in ("skipped", "unchanged", "proposed")
        )

    # ------------------------------------------------------------------ end

    def _end(self, tenant: str, rota: str, day: date, reader: RegisterReader) -> NightView | None:
        versions = RotaVersions(self._engine, tenant, reader)
        with Session(of_tenant(self._engine, tenant)) as session:
            waiting = session.get_one(Night, (tenant, rota, day))
            job = None if waiting.job_id is None else session.get(Job, waiting.job_id)
            if job is not None and not JobState(job.state).over:
                return None
        number = None if job is None else versions.settle_job(job.id)
        with Session(of_tenant(self._engine, tenant)) as session, session.begin():
            row = locked(session, tenant, rota)
            night = session.get_one(Night, (tenant, rota, day), populate_existing=True)
            if night.state != "queued":
                return None
            if number is None:
                night.state = "kept"
                night.note = self._kept(session, row, day, reader)
            else:
                version = session.get_one(RotaVersion, (tenant, rota, number))
                night.version = number
                night.state = self._decide(session, row, version, reader)
                night.note = list(version.note)
            return _view(night)

    def _decide(
        self, session: Session, row: RotaRow, version: RotaVersion, reader: RegisterReader
    ) -> str:
        """Decide about the night's draft; returns the state of the night."""
        if version.state != "draft":
            return "published" if version.state == "published" else "proposed"
        if row.published is None or row.published != version.parent:
            return "proposed"
        case, schedule = sides(version, reader)
        before = session.get_one(RotaVersion, (row.tenant, row.id, row.published))
        if _same(schedule, schedule_of(before)):
            version.state = "discarded"
            return "unchanged"
        nightly = definition_of(row).nightly
        if nightly is None or not nightly.publish_by_itself:
            return "proposed"
        day = case.request.problem.as_of or version.created_at.date()
        plain = composed(session, row.tenant, row, day, reader)
        if got_worse(plain, schedule) or any(unapproved(definition_of(row), case, schedule)):
            return "proposed"
        said = f"The night, as revision {row.revision} allows"
        publish_within(session, row, version, (case, schedule), said, None)
        return "published"

    def _kept(self, session: Session, row: RotaRow, day: date, reader: RegisterReader) -> list[str]:
        """Sentences that say why nothing is new, and what is wrong with the published rota."""
        lines = ["There was no answer in time: the published rota stays in force."]
        try:
            case = composed(session, row.tenant, row, day, reader)
        except InvalidRequest as invalid:
            return [*lines, *_faults(invalid)][:NOTE_LINES]
        published = case.request.problem.published
        if published is None:
            return lines
        report = case.check(
            Schedule(
                placements=published.placements, times=published.times, groups=published.groups
            )
        )
        broken = [
            breach.sentence
            for finding in sorted(report.findings, key=lambda f: f.priority != "must")
            for breach in finding.breaches
        ]
        if len(broken) > NOTE_LINES - 1:
            more = len(broken) - NOTE_LINES + 2
            broken = [*broken[: NOTE_LINES - 2], f"And {more} more breaches."]
        return [*lines, *broken]


class NightWatch:
    """Begins and ends nights while the process lives; any number of them may run."""

    def __init__(self, nights: Nights, at: time) -> None:
        self._nights = nights
        self._at = at
        self._leaving = threading.Event()
        self._thread = threading.Thread(target=self._run, name="nights", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def leave(self) -> None:
        """Begin no more nights."""
        self._leaving.set()

    def due(self, local: time) -> bool:
        """Whether nights begin at a local time."""
        return local >= max(self._at, NEW_DAY) or local < UNTIL

    def _run(self) -> None:
        while not self._leaving.is_set():
            try:
                self._nights.begin(due=self.due)
                if self._nights.end():
                    self._nights.tidy()
            except Exception as error:  # the next look may succeed
                log.error("nightly batch failed", kind=type(error).__name__)
            self._leaving.wait(LOOK_EVERY)


def day_of(zone: str, moment: datetime) -> date:
    """The local date that a night at a moment belongs to: from the evening on, the next day."""
    local = moment.astimezone(ZoneInfo(zone))
    return local.date() + timedelta(days=1) if local.time() >= NEW_DAY else local.date()


def night_input_hash(request: RotaRequest, row: RotaRow) -> str:
    """A hash of what a night would work with, without the date."""
    problem = request.problem.model_copy(update={"as_of": None})
    nightly = definition_of(row).nightly
    said = "" if nightly is None else nightly.model_dump_json()
    return fingerprint(request.model_copy(update={"problem": problem}))[:48] + _short(said)


def got_worse(case: Case, schedule: Schedule) -> bool:
    """Whether a schedule is worse at any priority, or breaks more musts, than what is left of the
    published one."""
    before = begin_from(case)
    if before is None:
        return True
    old, new = case.check(before), case.check(schedule)
    return new.broken_musts > old.broken_musts or any(
        cost > old.costs.get(priority, 0) for priority, cost in new.costs.items()
    )


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _same(one: Schedule, other: Schedule) -> bool:
    return (
        set(one.placements) == set(other.placements)
        and set(one.times) == set(other.times)
        and set(one.groups) == set(other.groups)
    )


def _faults(invalid: InvalidRequest) -> list[str]:
    said = [f"{f.pointer or 'The rota'} {f.message}" for f in invalid.faults[: NOTE_LINES - 1]]
    return ["The rota does not fit the register; the published rota stays in force.", *said][
        :NOTE_LINES
    ]


def _view(row: Night) -> NightView:
    return NightView(
        tenant=row.tenant,
        rota=row.rota,
        day=row.day,
        state=row.state,
        job_id=row.job_id,
        version=row.version,
        note=tuple(row.note),
    )
