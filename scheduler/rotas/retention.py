"""Retention: how long each kind of record is kept, and the removal of expired ones."""

from datetime import datetime, timedelta

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy.orm import Session

from models.value import Value
from scheduler.notify.calendars import forget_past
from scheduler.storage import audit
from scheduler.storage.clock import now
from scheduler.storage.outbox import purge_messages
from scheduler.storage.tables import Job
from scheduler.storage.tenant_scope import of_tenant
from scheduler.storage.tenant_tables import (
    Acknowledgement,
    Import,
    Night,
    RegisterEntry,
    RegisterVersion,
    RotaRevision,
    RotaRow,
    RotaVersion,
    RotaWork,
    TenantRow,
)

MESSAGE_DAYS = 30
"""Days for which messages to webhooks are kept, so that they can be replayed."""


class RetentionDays(Value):
    """For how many days each kind of record is kept."""

    drafts_days: int = Field(
        90,
        ge=1,
        le=3650,
        description="Versions that were never published, and definitions without any version.",
    )
    superseded_days: int = Field(
        2190,
        ge=1,
        le=36500,
        description="Versions that were once published; set it by the school's retention schedule.",
    )
    register_days: int = Field(
        2190, ge=1, le=36500, description="Earlier entries of the register, from their replacement."
    )
    imports_days: int = Field(
        30, ge=1, le=3650, description="What sources sent, word for word, with its change list."
    )
    nights_days: int = Field(400, ge=1, le=3650, description="Notes of the nights.")


class Removed(Value):
    """How many records retention has removed."""

    drafts: int
    superseded: int
    definitions: int
    replaced: int = Field(description="Entries of the register that later ones had replaced.")
    imports: int
    nights: int


class Retention:
    """The retention of one tenant."""

    def __init__(self, engine: sa.Engine, tenant: str) -> None:
        self._engine = of_tenant(engine, tenant)
        self._tenant = tenant

    def keep(self) -> RetentionDays:
        """The retention periods of this tenant."""
        with Session(self._engine) as session:
            said = session.get_one(TenantRow, self._tenant).settings
            return RetentionDays.model_validate(said.get("keep", {}))

    def set_keep(self, keep: RetentionDays, by: str | None = None) -> None:
        """Set the retention periods."""
        with Session(self._engine) as session, session.begin():
            row = session.get_one(TenantRow, self._tenant)
            row.settings = {**row.settings, "keep": keep.model_dump()}
            audit.add(session, self._tenant, by, "retention set", "tenant")

    def tidy(self, moment: datetime | None = None) -> Removed:
        """Remove expired records; the published versions always stay."""
        moment = moment or now()
        keep = self.keep()

        def before(days: int) -> datetime:
            return moment - timedelta(days=days)

        with Session(self._engine) as session, session.begin():
            removed = Removed(
                drafts=_remove(
                    session,
                    RotaVersion,
                    RotaVersion.state.in_(("draft", "discarded")),
                    RotaVersion.created_at < before(keep.drafts_days),
                ),
                superseded=_remove(
                    session,
                    RotaVersion,
                    RotaVersion.state == "superseded",
                    RotaVersion.superseded_at < before(keep.superseded_days),
                ),
                definitions=_remove_definitions(session, before(keep.drafts_days)),
                replaced=_remove_replaced(session, before(keep.register_days)),
                imports=_remove(session, Import, Import.at < before(keep.imports_days)),
                nights=_remove(
                    session, Night, Night.at < before(keep.nights_days), Night.state != "queued"
                ),
            )
            purge_messages(session, before(MESSAGE_DAYS))
            forget_past(session, moment)
            if any(count for _, count in removed):
                audit.add(session, self._tenant, None, "retention", "tenant")
            return removed


def _remove(
    session: Session,
    table: type[RotaVersion | RotaRevision | RotaWork | RegisterEntry | Import | Night],
    *conditions: sa.ColumnElement[bool],
) -> int:
    statement = sa.delete(table).where(*conditions).returning(sa.literal(1))
    return len(session.execute(statement.execution_options(synchronize_session=False)).all())


def _remove_definitions(session: Session, before: datetime) -> int:
    """Remove old definitions that no version was made from; also acknowledgements of removed
    versions, and the links from settled jobs to rotas."""
    of_a_version = sa.exists().where(
        RotaVersion.tenant == RotaRevision.tenant,
        RotaVersion.rota == RotaRevision.rota,
        RotaVersion.revision == RotaRevision.revision,
    )
    newest = sa.exists().where(
        RotaRow.tenant == RotaRevision.tenant,
        RotaRow.id == RotaRevision.rota,
        RotaRow.revision == RotaRevision.revision,
    )
    seen = sa.exists().where(
        RotaVersion.tenant == Acknowledgement.tenant,
        RotaVersion.rota == Acknowledgement.rota,
        RotaVersion.number == Acknowledgement.number,
    )
    session.execute(
        sa.delete(Acknowledgement).where(~seen).execution_options(synchronize_session=False)
    )
    ended = sa.select(Job.id).where(Job.finished_at < before)
    _remove(session, RotaWork, RotaWork.settled.is_(True), RotaWork.job_id.in_(ended))
    return _remove(session, RotaRevision, RotaRevision.at < before, ~of_a_version, ~newest)


def _remove_replaced(session: Session, before: datetime) -> int:
    """Remove replaced entries of register versions that no kept version or job was made from;
    these register versions can no longer be read."""
    first = session.scalar(
        sa.select(sa.func.max(RegisterVersion.number)).where(RegisterVersion.at < before)
    )
    if first is None:
        return 0
    for used in (
        sa.select(sa.func.min(RotaVersion.register_version)),
        sa.select(sa.func.min(RotaWork.register_version)).where(~RotaWork.settled),
    ):
        oldest = session.scalar(used)
        first = first if oldest is None else min(first, oldest)
    session.execute(
        sa.delete(RegisterVersion)
        .where(RegisterVersion.number < first)
        .execution_options(synchronize_session=False)
    )
    return _remove(session, RegisterEntry, RegisterEntry.until <= first)
