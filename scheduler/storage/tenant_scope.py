"""Tenant scoping: every statement of a session is limited to one tenant here, and nowhere else.

An engine carries a tenant; sessions on it read, change and add that tenant's rows only. On
PostgreSQL row-level security enforces the same a second time, from a setting that each transaction
makes at its beginning; without the setting, as on a connection without a session, no row is seen.
"""

import secrets
from functools import cache
from typing import cast

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction, with_loader_criteria
from sqlalchemy.sql.util import find_tables

from scheduler.storage.clock import now
from scheduler.storage.tables import DEFAULT_TENANT, Job, TableRow
from scheduler.storage.tenant_tables import TenantRow

EVERY = "*"
"""Stands for all tenants; workers and the nightly batch serve all of them."""


EVERYWHERE = {
    "include_joins": True,
    "include_aliases": True,
    "include_selects": True,
    "include_crud": True,
}
"""The parts of a statement in which tables are looked for."""


class Unscoped(RuntimeError):
    """A session without a tenant asked for tenants' rows, or a session touched another tenant's
    row; a fault of ours."""


def of_tenant(engine: sa.Engine, tenant: str) -> sa.Engine:
    """The same database, limited to one tenant."""
    return engine.execution_options(tenant=tenant)


def of_every_tenant(engine: sa.Engine) -> sa.Engine:
    """The same database, not limited to a tenant."""
    return engine.execution_options(tenant=EVERY)


def tenant_of(session: Session) -> str | None:
    """The tenant of a session; None if it has none."""
    found: str | None = session.get_bind().get_execution_options().get("tenant")
    return found


def add_tenant(engine: sa.Engine, tenant: str, name: str) -> bool:
    """Add a tenant; returns False if it exists already."""
    with Session(of_every_tenant(engine)) as session, session.begin():
        if session.get(TenantRow, tenant) is not None:
            return False
        session.add(
            TenantRow(
                id=tenant,
                name=name,
                created_at=now(),
                salt=secrets.token_hex(16),
                settings={},
                register_version=0,
                audit_number=0,
                audit_hash="",
            )
        )
    return True


def tenants(engine: sa.Engine) -> list[str]:
    """The ids of all tenants, in order."""
    with Session(of_every_tenant(engine)) as session:
        return list(session.scalars(sa.select(TenantRow.id).order_by(TenantRow.id)))


def bypasses_row_level_security(engine: sa.Engine) -> bool:
    """Whether the database role that we log in as is exempt from row-level security."""
    if engine.dialect.name != "postgresql":
        return False
    said = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    with engine.connect() as connection:
        return bool(connection.scalar(sa.text(said)))


def ensure_default(engine: sa.Engine) -> None:
    """Add the default tenant if there is no tenant yet."""
    if not tenants(engine):
        add_tenant(engine, DEFAULT_TENANT, "Our schools")


# ---------------------------------------------------------------------- scoping


@cache
def _owned() -> dict[type[TableRow], str]:
    """Tables whose rows belong to tenants, and the column that holds the tenant's id."""
    found: dict[type[TableRow], str] = {}
    for mapper in TableRow.registry.mappers:
        if mapper.class_ is TenantRow:
            found[mapper.class_] = "id"
        elif "tenant" in mapper.columns:
            found[mapper.class_] = "tenant"
    return found


@cache
def _of_jobs() -> tuple[type[TableRow], ...]:
    """Tables whose rows belong to jobs, and so to the jobs' tenants."""
    job = Job.__table__
    return tuple(
        mapper.class_
        for mapper in TableRow.registry.mappers
        if any(key.column.table is job for key in mapper.local_table.foreign_keys)
    )


@event.listens_for(Session, "do_orm_execute")
def _only_ours(state: ORMExecuteState) -> None:
    tenant = tenant_of(state.session)
    if tenant == EVERY:
        return
    owned = _owned()
    if tenant is None:
        statement = cast(sa.ClauseElement, state.statement)
        tables = set(find_tables(statement, check_columns=True, **EVERYWHERE))
        if not tables.isdisjoint(table.__table__ for table in (*owned, *_of_jobs())):
            raise Unscoped("a session without a tenant asked for rows of tenants")
    elif state.is_select or state.is_update or state.is_delete:
        for table, column in owned.items():
            state.statement = state.statement.options(
                with_loader_criteria(table, getattr(table, column) == tenant, include_aliases=True)
            )
        job = Job.__table__.c
        jobs = sa.select(job.id).where(job.tenant == tenant)
        for table in _of_jobs():
            ours = table.__table__.c.job_id.in_(jobs)
            state.statement = state.statement.options(
                with_loader_criteria(table, ours, include_aliases=True)
            )


@event.listens_for(Session, "before_flush")
def _ours_only(session: Session, *_: object) -> None:
    tenant = tenant_of(session)
    if tenant == EVERY:
        return
    owned = _owned()
    for row in (*session.new, *session.dirty, *session.deleted):
        column = owned.get(type(row))
        if column is not None and getattr(row, column) != tenant:
            raise Unscoped("a row of one tenant in a session of another tenant")


@event.listens_for(Session, "after_begin")
def _set_row_level_security(
    session: Session, _: SessionTransaction, connection: sa.Connection
) -> None:
    # The setting ends with the transaction.
    if connection.dialect.name == "postgresql":
        said = sa.text("SELECT set_config('schoolrota.tenant', :tenant, true)")
        connection.execute(said, {"tenant": tenant_of(session) or ""})
