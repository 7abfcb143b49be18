"""The two walls between tenants: our own scoping of rows, and PostgreSQL's row-level security."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from scheduler.access.keys import KeyRole, Keys, KeyWish
from scheduler.intake.request import RotaRequest
from scheduler.jobs.jobs import Jobs
from scheduler.jobs.workflow_port import Queue
from scheduler.storage.clock import now
from scheduler.storage.database import connect
from scheduler.storage.tables import DEFAULT_TENANT, Job, JobEventRow, JobRequestRow
from scheduler.storage.tenant_scope import (
    Unscoped,
    add_tenant,
    bypasses_row_level_security,
    of_every_tenant,
    of_tenant,
    tenants,
)
from scheduler.storage.tenant_tables import KeyRow, RegisterEntry, RotaRow, TenantRow
from tests.service.requests import small

OTHER = "north"

WAYS: dict[str, Callable[[], Any]] = {
    "rows": lambda: sa.select(KeyRow),
    "columns": lambda: sa.select(KeyRow.name),
    "alias": lambda: sa.select(aliased(KeyRow).name),
    "a count": lambda: sa.select(sa.func.count()).select_from(KeyRow).having(sa.func.count() > 0),
    "below": lambda: sa.select(TenantRow.id).where(TenantRow.id.in_(sa.select(KeyRow.tenant))),
    "exists": lambda: sa.select(TenantRow.id).where(sa.exists().where(KeyRow.name == "theirs")),
    "subquery": lambda: sa.select(sa.select(KeyRow.name).subquery()),
    "below a job": lambda: sa.select(JobRequestRow.request),
    "a row below a job": lambda: sa.select(JobRequestRow),
    "aliased below a job": lambda: sa.select(aliased(JobRequestRow).request),
    "joined": lambda: sa.select(Job.id).join(JobRequestRow, JobRequestRow.job_id == Job.id),
    "united": lambda: sa.union_all(sa.select(KeyRow.name), sa.select(RotaRow.id)),
}


@pytest.fixture
def two(engine: sa.Engine, queue: Queue) -> sa.Engine:
    """A database of two tenants, of which the first has a key and a job, and the other nothing."""
    Keys(engine, DEFAULT_TENANT).new(KeyWish(name="theirs", role=KeyRole.ADMIN))
    jobs = Jobs(of_tenant(engine, DEFAULT_TENANT), queue)
    jobs.submit(RotaRequest.model_validate(small()))
    add_tenant(engine, OTHER, "Schools of the north")
    return engine


def test_whichever_way_it_is_asked(two: sa.Engine) -> None:
    """There is nothing of another tenant; the owner finds it."""
    for way, statement in WAYS.items():
        found = {}
        for whose in (DEFAULT_TENANT, OTHER):
            with Session(of_tenant(two, whose)) as session:
                rows = session.execute(statement()).all()
                found[whose] = [row for row in rows if row[0] != OTHER]
        assert len(found[DEFAULT_TENANT]) == 1, way
        assert found[OTHER] == [], way


def test_nothing_of_another_tenant_is_changed_or_added(two: sa.Engine) -> None:
    """By any statement."""
    with Session(of_tenant(two, OTHER)) as session, session.begin():
        session.execute(sa.update(KeyRow).values(name="changed"))
        session.execute(sa.delete(KeyRow))
        session.execute(sa.delete(Job))
    with Session(of_tenant(two, DEFAULT_TENANT)) as session:
        key = session.scalars(sa.select(KeyRow)).one()
        assert key.name == "theirs"
        assert session.scalars(sa.select(Job)).one()
    row = KeyRow(id="x" * 12, tenant=DEFAULT_TENANT, hash="", name="", role="admin")
    row.created_at = now()
    with Session(of_tenant(two, OTHER)) as session:
        session.add(row)
        with pytest.raises(Unscoped):
            session.flush()
        session.expunge(row)
    with Session(of_tenant(two, OTHER)) as session:
        assert session.get(KeyRow, key.id) is None
        assert session.get(TenantRow, DEFAULT_TENANT) is None


def test_a_session_of_nobodys_has_no_rows(two: sa.Engine) -> None:
    """It is a fault of ours, and no answer."""
    nobody = two.execution_options(tenant=None)
    for statement in WAYS.values():
        with Session(nobody) as session, pytest.raises(Unscoped):
            session.execute(statement())


# ---------------------------------------------------------------------- the second wall


@pytest.fixture
def walled(postgres_url: str) -> Iterator[sa.Engine]:
    """A PostgreSQL database as a role that is neither owner nor above its walls sees it."""
    owner = of_every_tenant(connect(postgres_url))
    queue = Queue(owner)
    add_tenant(owner, OTHER, "Schools of the north")
    for tenant in (DEFAULT_TENANT, OTHER):
        Keys(owner, tenant).new(KeyWish(name=tenant, role=KeyRole.ADMIN))
        Jobs(of_tenant(owner, tenant), queue, tenant).submit(RotaRequest.model_validate(small()))
    queue.close()
    role = f"plain_{sa.make_url(postgres_url).database}"
    with owner.begin() as connection:
        connection.execute(sa.text(f"CREATE ROLE {role} LOGIN"))
        connection.execute(sa.text(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}"))
    plain = connect(str(sa.make_url(postgres_url).set(username=role)))
    yield plain
    plain.dispose()
    with owner.begin() as connection:
        connection.execute(sa.text(f"DROP OWNED BY {role}"))
        connection.execute(sa.text(f"DROP ROLE {role}"))
    owner.dispose()


TABLES = ["tenant", "key", "audit", "job", "job_request", "job_event"]


def test_the_second_wall_holds_without_the_first(walled: sa.Engine) -> None:
    """Plain SQL, past our own scoping: a tenant's rows only; and of nobody's session, none."""
    assert not bypasses_row_level_security(walled)
    for whose in (DEFAULT_TENANT, OTHER, None):
        _holds(walled, whose)


def _holds(walled: sa.Engine, whose: str | None) -> None:
    seen = walled if whose is None else of_tenant(walled, whose)
    with Session(seen) as connection:
        for table in TABLES:
            rows = connection.execute(sa.text(f"SELECT * FROM {table}")).mappings().all()
            assert bool(rows) == (whose is not None), table
            owners = {r.get("tenant") for r in rows if "tenant" in r}
            assert owners <= {whose}
        changed = connection.execute(sa.text("UPDATE key SET name = 'x' RETURNING 1")).all()
        assert len(changed) == (0 if whose is None else 1)
        connection.rollback()
    insert = (
        "INSERT INTO rota_acknowledgement (tenant, rota, number, person, at) "
        "VALUES ('elsewhere', 'r', 1, 'p', now())"
    )
    with pytest.raises(sa.exc.ProgrammingError, match="row-level security"), Session(seen) as c:
        c.execute(sa.text(insert))


def test_the_setting_does_not_outlive_its_transaction(walled: sa.Engine) -> None:
    """A connection that goes back to the pool takes nobody's rows along."""
    pool = walled.execution_options()
    for _ in range(3):
        with Session(of_tenant(walled, DEFAULT_TENANT)) as session:
            assert session.execute(sa.text("SELECT 1 FROM key")).all()
        with pool.begin() as connection:
            assert not connection.execute(sa.text("SELECT 1 FROM key")).all()


def test_every_table_with_a_tenant_is_behind_the_wall(walled: sa.Engine) -> None:
    """Also those that a later migration adds."""
    said = (
        "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
        "WHERE a.attname = 'tenant' AND c.relkind = 'r' AND "
        "c.relnamespace = 'public'::regnamespace "
        "AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"
    )
    with walled.connect() as connection:
        assert connection.execute(sa.text(said)).all() == []


def test_tenants_are_listed_by_whoever_serves_all(two: sa.Engine) -> None:
    """In order, and each is there once."""
    assert tenants(two) == [DEFAULT_TENANT, OTHER]
    assert not add_tenant(two, OTHER, "again")
    with Session(of_every_tenant(two)) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(RegisterEntry)) == 0
        assert session.scalars(sa.select(JobEventRow)).all()
