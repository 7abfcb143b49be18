"""The audit log: who did what to which object; ids only, chained by hashes, never changed."""

import hashlib
from datetime import datetime

import sqlalchemy as sa
from pydantic import Field
from sqlalchemy.orm import Session

from models.value import Value
from scheduler.storage.clock import now
from scheduler.storage.pagination import Page, cut, number_of
from scheduler.storage.tenant_scope import of_tenant
from scheduler.storage.tenant_tables import AuditRow, TenantRow

MOST_LINES = 500
"""The most lines read at a time."""


class AuditLine(Value):
    """One action in the audit log."""

    number: int = Field(description="Its place in the log, from 1.")
    at: datetime = Field(description="When it was done.")
    key: str | None = Field(description="The key that was used; null for the service itself.")
    action: str = Field(description="What was done.")
    object: str = Field(
        description="What the action was done to; a person is a mark that only their id leads to."
    )
    hash: str = Field(description="SHA-256 of this line and the hash of the line before.")


class AuditPage(Page):
    """A page of the audit log, the oldest line first."""

    items: tuple[AuditLine, ...] = Field(description="The lines of this page.")


def add(session: Session, tenant: str, key: str | None, action: str, object: str) -> None:
    """Write a line, within the transaction that does the action."""
    # The tenant's row stays locked until the transaction ends, so the chain cannot fork.
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
    """The mark of a person in the log: only somebody who knows the id can find the lines."""
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

    def page(
        self, cursor: str | None = None, limit: int = MOST_LINES, person: str | None = None
    ) -> AuditPage:
        """Lines from where a cursor points; if a person is given, only those about them.

        Raises:
            BadCursor: the cursor is not one that this list returned.
        """
        after = number_of(cursor) or 0
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
            return AuditPage(items=lines, next=None if last is None else str(last.number))

    def broken_at(self) -> int | None:
        """The first line that does not follow from those before it; None if the chain is intact."""
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
