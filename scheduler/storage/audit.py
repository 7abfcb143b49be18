"""The audit log: who did what to what, chained by hashes, never changed; ids only."""

import hashlib
from datetime import datetime

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy.orm import Session

from models.value import Value
from scheduler.storage.clock import now
from scheduler.storage.pagination import cut
from scheduler.storage.tenant_scope import of_tenant
from scheduler.storage.tenant_tables import AuditRow, TenantRow

MOST_LINES = 500
"""Lines read at a time."""


class AuditLine(Value):
    """Something that somebody did."""

    number: int
    at: datetime
    key: str | None = Field(description="The key it was done with; none for the service itself.")
    action: str
    object: str = Field(description="What it was done to; people by a mark only they lead to.")
    hash: str = Field(description="SHA-256 of this line and the hash of the one before.")


class AuditPage(Value):
    """Some lines of the audit log, in order."""

    lines: tuple[AuditLine, ...]
    next: int | None = Field(None, description="Ask for those after this number.")


def add(session: Session, tenant: str, key: str | None, action: str, object: str) -> None:
    """Write a line, within the transaction in which the thing is done."""
    # The tenant's row is locked until the transaction ends, so the chain has no forks.
    session.execute(
        sa.update(TenantRow)
        .where(TenantRow.id == tenant)
        .values(audit_number=TenantRow.audit_number + 1)
        .execution_options(synchronize_session=False)
    )
    head = session.get_one(TenantRow, tenant, populate_existing=True)
    at = now()
    hashed = _hash(head.audit_hash, head.audit_number, at, key, action, object)
    session.add(
        AuditRow(
            tenant=tenant,
            number=head.audit_number,
            at=at,
            key=key,
            action=action,
            object=object,
            hash=hashed,
        )
    )
    head.audit_hash = hashed
    session.flush()


def mark_of(session: Session, tenant: str, person: str) -> str:
    """How a person stands in the log: who knows the id finds the lines, and nobody else does."""
    salt = session.get_one(TenantRow, tenant).salt
    return "person:" + hashlib.sha256(f"{salt} {person}".encode()).hexdigest()[:24]


class Audit:
    """The audit log of a tenant."""

    def __init__(self, engine: sa.Engine, tenant: str) -> None:
        self._engine = of_tenant(engine, tenant)
        self._tenant = tenant

    def add(self, key: str | None, action: str, object: str) -> None:
        """Write a line in a transaction of its own."""
        with Session(self._engine) as session, session.begin():
            add(session, self._tenant, key, action, object)

    def add_person(self, key: str | None, action: str, person: str) -> None:
        """Write a line about a person."""
        with Session(self._engine) as session, session.begin():
            add(session, self._tenant, key, action, mark_of(session, self._tenant, person))

    def page(self, after: int = 0, limit: int = MOST_LINES, person: str | None = None) -> AuditPage:
        """Lines after a number; only those about a person, if one is given."""
        with Session(self._engine) as session:
            query = sa.select(AuditRow).where(AuditRow.number > after).order_by(AuditRow.number)
            if person is not None:
                mark = mark_of(session, self._tenant, person)
                query = query.where(AuditRow.object == mark)
            page, last = cut(session.scalars(query.limit(limit + 1)).all(), limit)
            lines = tuple(
                AuditLine(
                    number=r.number,
                    at=r.at,
                    key=r.key,
                    action=r.action,
                    object=r.object,
                    hash=r.hash,
                )
                for r in page
            )
            return AuditPage(lines=lines, next=None if last is None else last.number)

    def broken_at(self) -> int | None:
        """The first line that does not follow from those before it; none if the chain holds."""
        before, count = "", 0
        with Session(self._engine) as session:
            head = session.get_one(TenantRow, self._tenant)
            for row in session.scalars(sa.select(AuditRow).order_by(AuditRow.number)):
                count += 1
                said = _hash(before, row.number, row.at, row.key, row.action, row.object)
                if row.number != count or row.hash != said:
                    return count
                before = row.hash
            return None if (count, before) == (head.audit_number, head.audit_hash) else count + 1


def _hash(before: str, number: int, at: datetime, key: str | None, action: str, object: str) -> str:
    said = "\n".join((before, str(number), at.isoformat(), key or "", action, object))
    return hashlib.sha256(said.encode()).hexdigest()
