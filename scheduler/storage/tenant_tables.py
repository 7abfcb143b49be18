"""The tables that belong to tenants: keys, the register, living rotas, nights, the audit log."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from scheduler.storage.tables import TableRow


class Owned:
    """A row of one tenant; `tenant_scope` keeps other tenants from reading or writing it."""

    tenant: Mapped[str] = mapped_column(sa.String(64), primary_key=True, sort_order=-1)


class TenantRow(TableRow):
    """A collaboration: schools that keep one register and make rotas together."""

    __tablename__ = "tenant"

    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    created_at: Mapped[datetime]
    salt: Mapped[str] = mapped_column(sa.String(64))
    """Makes people's ids unrecognisable in the audit log."""
    settings: Mapped[dict[str, Any]]
    register_version: Mapped[int]
    audit_number: Mapped[int]
    audit_hash: Mapped[str] = mapped_column(sa.String(64))


class KeyRow(TableRow):
    """A key to the API; only its hash is stored."""

    __tablename__ = "key"

    id: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    tenant: Mapped[str] = mapped_column(sa.String(64), index=True)
    hash: Mapped[str] = mapped_column(sa.String(64))
    name: Mapped[str] = mapped_column(sa.String(200))
    """The person who holds it."""
    role: Mapped[str] = mapped_column(sa.String(16))
    schools: Mapped[list[str] | None] = mapped_column(sa.JSON(none_as_null=True))
    person: Mapped[str | None] = mapped_column(sa.String(64))
    created_at: Mapped[datetime]
    created_by: Mapped[str | None] = mapped_column(sa.String(16))
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class SignInLinkRow(Owned, TableRow):
    """A link that signs somebody in to the pages, once; only its hash is stored."""

    __tablename__ = "sign_in_link"

    hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(16), index=True)
    """The key that it signs in by."""
    expires_at: Mapped[datetime]


class PageSessionRow(Owned, TableRow):
    """Somebody who is signed in to the pages; only the hash of their cookie is stored."""

    __tablename__ = "page_session"

    hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(16), index=True)
    """The key that they are signed in by; it ends with that."""
    made_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class AuditRow(Owned, TableRow):
    """An action in the audit log; chained by hashes, never changed."""

    __tablename__ = "audit"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    key: Mapped[str | None] = mapped_column(sa.String(16))
    action: Mapped[str] = mapped_column(sa.String(64))
    object: Mapped[str] = mapped_column(sa.String(200))
    hash: Mapped[str] = mapped_column(sa.String(64))


# ---------------------------------------------------------------------- the register


class RegisterVersion(Owned, TableRow):
    """One version of a register: who made it, and from which source."""

    __tablename__ = "register_version"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    key: Mapped[str | None] = mapped_column(sa.String(16))
    source: Mapped[str] = mapped_column(sa.String(64))
    import_id: Mapped[str | None] = mapped_column(sa.String(36))


class RegisterEntry(Owned, TableRow):
    """An entry as it was from version `since` until before version `until`."""

    __tablename__ = "register_entry"
    __table_args__ = (sa.Index("register_now", "tenant", "until"),)

    kind: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    since: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    until: Mapped[int | None]
    """The version in which it was replaced; None for the newest."""
    body: Mapped[dict[str, Any]]


class RegisterSource(Owned, TableRow):
    """What the owner allows a source to do without a decision."""

    __tablename__ = "register_source"

    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    applies: Mapped[dict[str, Any]]


class Import(Owned, TableRow):
    """A dry run, kept until it is applied or out of date."""

    __tablename__ = "register_import"

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    at: Mapped[datetime]
    key: Mapped[str | None] = mapped_column(sa.String(16))
    source: Mapped[str] = mapped_column(sa.String(64))
    state: Mapped[str] = mapped_column(sa.String(16))
    statement: Mapped[str] = mapped_column(sa.Text())
    changes: Mapped[str] = mapped_column(sa.Text())
    applied: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))


# ---------------------------------------------------------------------- living rotas


class RotaRow(Owned, TableRow):
    """A living rota: its query on the register, and its own duties and rules."""

    __tablename__ = "rota"

    id: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    definition: Mapped[str] = mapped_column(sa.Text())
    revision: Mapped[int]
    versions: Mapped[int]
    """The number of its newest version."""
    published: Mapped[int | None]
    """The number of the published version."""
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    time_zone: Mapped[str] = mapped_column(sa.String(64))
    nightly: Mapped[bool]
    first: Mapped[date]
    last: Mapped[date]


class RotaRevision(Owned, TableRow):
    """A past or present definition of a rota."""

    __tablename__ = "rota_revision"

    rota: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    key: Mapped[str | None] = mapped_column(sa.String(16))
    definition: Mapped[str] = mapped_column(sa.Text())


class RotaWork(Owned, TableRow):
    """A job that a rota is waiting for, and what its answer will become."""

    __tablename__ = "rota_work"

    job_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    rota: Mapped[str] = mapped_column(sa.String(64), index=True)
    origin: Mapped[str] = mapped_column(sa.String(16))
    parent: Mapped[int | None]
    revision: Mapped[int]
    register_version: Mapped[int]
    author: Mapped[str] = mapped_column(sa.String(200))
    key: Mapped[str | None] = mapped_column(sa.String(16))
    night: Mapped[date | None]
    settled: Mapped[bool]


class RotaVersion(Owned, TableRow):
    """A schedule of a rota with the snapshot that it was made from; its content never changes."""

    __tablename__ = "rota_version"
    __table_args__ = (
        sa.Index(
            "rota_holds",
            "tenant",
            "rota",
            unique=True,
            sqlite_where=sa.text("state = 'published'"),
            postgresql_where=sa.text("state = 'published'"),
        ),
    )

    rota: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(sa.String(16))
    origin: Mapped[str] = mapped_column(sa.String(16))
    parent: Mapped[int | None]
    revision: Mapped[int]
    register_version: Mapped[int]
    job_id: Mapped[str | None] = mapped_column(sa.String(36))
    created_at: Mapped[datetime]
    author: Mapped[str] = mapped_column(sa.String(200))
    input_hash: Mapped[str] = mapped_column(sa.String(64))
    request: Mapped[str] = mapped_column(sa.Text())
    result: Mapped[str] = mapped_column(sa.Text())
    note: Mapped[list[str]] = mapped_column(sa.JSON())
    published_at: Mapped[datetime | None]
    published_by: Mapped[str | None] = mapped_column(sa.String(200))
    superseded_at: Mapped[datetime | None]


class Acknowledgement(Owned, TableRow):
    """A person has seen their part of a published version."""

    __tablename__ = "rota_acknowledgement"

    rota: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    person: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    at: Mapped[datetime]
    key: Mapped[str | None] = mapped_column(sa.String(16))


class Night(Owned, TableRow):
    """What one night did to one rota; one row for each local date."""

    __tablename__ = "night"

    rota: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(sa.String(16))
    job_id: Mapped[str | None] = mapped_column(sa.String(36))
    input_hash: Mapped[str] = mapped_column(sa.String(64))
    version: Mapped[int | None]
    note: Mapped[list[str]] = mapped_column(sa.JSON())
