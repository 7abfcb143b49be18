"""Living rotas: creating, changing and solving them; each is a query on the register with rules."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.register.rota import Origin, RevisionView, RotaDefinition, RotaLine, RotaView
from models.value import Id
from scheduler.access.keys import Principal
from scheduler.intake.case import Case
from scheduler.intake.validation_errors import InvalidRequest
from scheduler.jobs.jobs import Jobs
from scheduler.jobs.view import DerivedJobView, JobView
from scheduler.report.warm_start import begin_from
from scheduler.rotas.nearness import stays_near
from scheduler.rotas.request_builder import night_of
from scheduler.rotas.rota_store import (
    Conflict,
    RotaExists,
    below,
    composed,
    concerns,
    definition_of,
    local_date,
    locked,
    patched_definition,
    rota_of,
    view_of,
)
from scheduler.storage import audit
from scheduler.storage.clock import now
from scheduler.storage.pagination import cut
from scheduler.storage.tables import Checkpoint, Lane
from scheduler.storage.tenant_scope import of_tenant
from scheduler.storage.tenant_tables import RotaRevision, RotaRow, RotaWork, TenantRow


class Rotas:
    """The living rotas of one tenant."""

    def __init__(self, engine: sa.Engine, jobs: Jobs, tenant: str) -> None:
        self._engine = of_tenant(engine, tenant)
        self._jobs = jobs
        self._tenant = tenant

    # ------------------------------------------------------------------ reading

    def list(
        self, schools: tuple[str, ...] | None = None, after: str = "", limit: int = 100
    ) -> tuple[list[RotaLine], str | None]:
        """Rotas after an id, in order, and the id to continue from; if schools are given, only
        rotas that concern them."""
        query = sa.select(RotaRow).where(RotaRow.id > after).order_by(RotaRow.id)
        with Session(self._engine) as session:
            rows = [row for row in session.scalars(query) if concerns(row, schools)]
            page, last = cut(rows, limit)
            lines = [
                RotaLine(
                    id=row.id,
                    name=definition_of(row).name,
                    first=row.first,
                    last=row.last,
                    revision=row.revision,
                    published=row.published,
                    versions=row.versions,
                    nightly=row.nightly,
                )
                for row in page
            ]
            return lines, None if last is None else last.id

    def get(self, id: str, schools: tuple[str, ...] | None = None) -> RotaView:
        """A rota.

        Raises:
            UnknownRota: there is no such rota, or it concerns none of these schools.
        """
        with Session(self._engine) as session:
            return view_of(rota_of(session, self._tenant, id, schools))

    def history(self, id: str) -> tuple[RevisionView, ...]:
        """All its definitions, newest first.

        Raises:
            UnknownRota: there is no such rota.
        """
        query = sa.select(RotaRevision).where(RotaRevision.rota == id)
        with Session(self._engine) as session:
            rota_of(session, self._tenant, id)
            return tuple(
                RevisionView(
                    revision=row.revision,
                    at=row.at,
                    key=row.key,
                    definition=RotaDefinition.model_validate_json(row.definition),
                )
                for row in session.scalars(query.order_by(RotaRevision.revision.desc()))
            )

    def snapshot(self, id: str, today: date | None = None) -> Case:
        """The whole request that solving it now would send.

        Raises:
            UnknownRota: there is no such rota.
            InvalidRequest: its parts no longer fit together.
        """
        with Session(self._engine) as session:
            row = rota_of(session, self._tenant, id)
            day = today or local_date(row.time_zone)
            return composed(session, self._tenant, row, day)

    # ------------------------------------------------------------------ changing

    def create(self, id: Id, definition: RotaDefinition, by: Principal) -> RotaView:
        """Create a rota.

        Raises:
            RotaExists: there is already a rota with this id.
            InvalidRequest: it does not fit the register.
        """
        try:
            with Session(self._engine) as session, session.begin():
                if session.get(RotaRow, (self._tenant, id)) is not None:
                    raise RotaExists
                row = RotaRow(
                    tenant=self._tenant,
                    id=id,
                    revision=0,
                    versions=0,
                    published=None,
                    created_at=now(),
                    changed_at=now(),
                )
                self._define(session, row, definition, by)
                session.add(row)
                session.flush()
                return view_of(row)
        except IntegrityError:
            raise RotaExists from None

    def amend(
        self, id: str, patch: Sequence[dict[str, Any]], by: Principal, revision: int | None = None
    ) -> RotaView:
        """Change a rota's definition by a JSON Patch (RFC 6902).

        Raises:
            UnknownRota: there is no such rota.
            Conflict: the revision that the caller saw is not the newest.
            InvalidRequest: the patch cannot be applied, or its outcome is not valid.
        """
        with Session(self._engine) as session, session.begin():
            row = locked(session, self._tenant, id)
            self._amend(session, row, patch, by, revision)
            return view_of(row)

    def solve(self, id: str, by: Principal) -> JobView:
        """Solve the rota again, starting from the published version.

        Raises:
            UnknownRota: there is no such rota.
            RotaBusy: it has an unfinished job.
            InvalidRequest: its parts no longer fit together.
        """
        with Session(self._engine) as session, session.begin():
            row = locked(session, self._tenant, id)
            case = composed(session, self._tenant, row, local_date(row.time_zone))
            return self._enqueue(session, row, case, "solved", by, Lane.INTERACTIVE)

    def derive(
        self,
        id: str,
        patch: Sequence[dict[str, Any]],
        by: Principal,
        revision: int | None = None,
        *,
        near: bool = True,
    ) -> DerivedJobView:
        """Change a rota's definition by a JSON Patch and solve it from the published version: both,
        or neither. Unless `near` is false the rota stays near that version.

        Raises:
            UnknownRota: there is no such rota.
            Conflict: the revision that the caller saw is not the newest.
            RotaBusy: it has an unfinished job.
            InvalidRequest: the patch cannot be applied, or its outcome is not valid.
        """
        with Session(self._engine) as session, session.begin():
            row = locked(session, self._tenant, id)
            self._amend(session, row, patch, by, revision)
            case = composed(session, self._tenant, row, local_date(row.time_zone))
            case, said = stays_near(case, None, near=near)
            job = self._enqueue(session, row, case, "derived", by, Lane.INTERACTIVE)
            return DerivedJobView(**job.model_dump(), near=said)

    def submit_night(self, session: Session, row: RotaRow, case: Case, day: date) -> JobView:
        """Submit the night's job of a rota, within the caller's transaction.

        Raises:
            InvalidRequest: the night's rules do not fit the rota.
            RotaBusy: the rota has an unfinished job.
        """
        asked = night_of(self._within(case), definition_of(row), day)
        key = f"nightly-{row.id}-{day.isoformat()}"
        return self._enqueue(session, row, asked, "night", None, Lane.NIGHTLY, key=key, night=day)

    def _within(self, case: Case) -> Case:
        """The case, with no more than a job may take here.

        Raises:
            InvalidRequest: a limit is too high.
        """
        return case.amended(self._jobs.quotas.within(case.request))

    def _define(
        self, session: Session, row: RotaRow, definition: RotaDefinition, by: Principal
    ) -> None:
        row.definition = definition.model_dump_json(exclude_unset=True)
        row.time_zone = "Europe/London"
        case = composed(session, self._tenant, row, local_date(row.time_zone))
        try:
            case = self._within(case)
        except InvalidRequest as invalid:
            raise below("/request", invalid) from None
        if definition.nightly is not None:
            night_of(case, definition, local_date(row.time_zone))
        problem = case.request.problem
        row.time_zone = problem.time_zone
        row.first, row.last = problem.horizon.first, problem.horizon.last
        row.nightly = definition.nightly is not None
        row.revision += 1
        row.changed_at = now()
        session.add(
            RotaRevision(
                tenant=self._tenant,
                rota=row.id,
                revision=row.revision,
                at=row.changed_at,
                key=by.key,
                definition=row.definition,
            )
        )
        what = "rota made" if row.revision == 1 else "rota changed"
        audit.add(session, self._tenant, by.key, what, f"rota:{row.id}/{row.revision}")

    def _amend(
        self,
        session: Session,
        row: RotaRow,
        patch: Sequence[dict[str, Any]],
        by: Principal,
        revision: int | None,
    ) -> None:
        if revision is not None and revision != row.revision:
            raise Conflict("The rota has been changed since. Maybe look at it again?")
        self._define(session, row, patched_definition(definition_of(row), patch), by)

    def _enqueue(
        self,
        session: Session,
        row: RotaRow,
        case: Case,
        origin: Origin,
        by: Principal | None,
        lane: Lane,
        *,
        key: str | None = None,
        night: date | None = None,
    ) -> JobView:
        case = self._within(case)
        start = begin_from(case)
        job = self._jobs.submit_within(session, case.request, key, lane=lane, rota=row.id)
        session.add(
            RotaWork(
                tenant=self._tenant,
                job_id=job.id,
                rota=row.id,
                origin=origin,
                parent=row.published,
                revision=row.revision,
                register_version=session.get_one(TenantRow, self._tenant).register_version,
                author="The night" if by is None else by.name,
                key=None if by is None else by.key,
                night=night,
                settled=False,
            )
        )
        if start is not None:
            kept = start.model_dump_json()
            session.add(Checkpoint(job_id=job.id, attempt=0, at=now(), schedule=kept))
        who = None if by is None else by.key
        audit.add(session, self._tenant, who, f"rota {origin}", f"rota:{row.id} job:{job.id}")
        return job
