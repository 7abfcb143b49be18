"""Keys to the API: who may do what for which tenant and schools; only their hashes are kept."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from pydantic import AwareDatetime, Field
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from models.value import Id, Text, Value
from scheduler.storage import audit
from scheduler.storage.clock import now
from scheduler.storage.tenant_scope import of_every_tenant, of_tenant
from scheduler.storage.tenant_tables import KeyRow

SHAPE = re.compile(r"sr_([a-z0-9]{12})_([A-Za-z0-9_-]{32,128})")
"""The form of a key: a prefix by which it is found, and a secret of at least 190 bits."""

USED_EVERY = timedelta(minutes=1)
"""How precisely the time of last use is recorded."""

ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


class KeyRole(StrEnum):
    """The role of a key's holder."""

    VIEWER = "viewer"
    PLANNER = "planner"
    PUBLISHER = "publisher"
    FINANCE = "finance"
    ADMIN = "admin"


class May(StrEnum):
    """A permission that a call needs."""

    READ = "read"
    """See rotas and the register."""
    PLAN = "plan"
    """Create, change and solve rotas; try imports."""
    PUBLISH = "publish"
    """Publish versions, swap placements, and apply imports."""
    MONEY = "money"
    """See recharges."""
    PEOPLE = "people"
    """Export and erase a person's data; read the audit log."""
    KEYS = "keys"
    """Create, rotate and revoke keys; change settings."""


ALLOWED: Mapping[KeyRole, frozenset[May]] = {
    KeyRole.VIEWER: frozenset({May.READ}),
    KeyRole.PLANNER: frozenset({May.READ, May.PLAN}),
    KeyRole.PUBLISHER: frozenset({May.READ, May.PLAN, May.PUBLISH}),
    KeyRole.FINANCE: frozenset({May.READ, May.MONEY}),
    KeyRole.ADMIN: frozenset(May),
}


class NoSuchKey(Exception):
    """The key is not one of ours, or is no longer valid."""


class UnknownKey(LookupError):
    """There is no key with this id."""


class Principal(Value):
    """The caller, as known by their key."""

    tenant: str
    key: str
    name: str
    role: KeyRole
    schools: tuple[str, ...] | None = None
    person: str | None = None

    def may(self, what: May) -> bool:
        """Whether the caller's role has a permission."""
        return what in ALLOWED[self.role]

    def sees(self, school: str) -> bool:
        """Whether the caller may see a school."""
        return self.schools is None or school in self.schools


class KeyWish(Value):
    """The key that is wanted."""

    name: Text = Field(description="The holder, whose name stands on what they publish.")
    role: KeyRole = Field(description="What its holder may do.")
    schools: tuple[Id, ...] | None = Field(
        None, min_length=1, description="Limits the key to these schools; all if left out."
    )
    person: Id | None = Field(None, description="The holder's id in the register, if any.")
    expires_at: AwareDatetime | None = Field(
        None, description="When it stops being valid; never if left out."
    )


class KeyView(Value):
    """A key, without its secret."""

    id: str = Field(description="The part of the key by which it is found.")
    name: str = Field(description="The name that it was given.")
    role: KeyRole = Field(description="What its holder may do.")
    schools: tuple[str, ...] | None = Field(
        description="The schools that it is limited to; null for all."
    )
    person: str | None = Field(description="The person whose key it is, where it is one person's.")
    created_at: datetime = Field(description="When it was made.")
    expires_at: datetime | None = Field(description="When it stops being valid; null for never.")
    revoked_at: datetime | None = Field(description="When it was revoked; null where it was not.")
    last_used_at: datetime | None = Field(description="When it was last used, to the minute.")


class NewKey(Value):
    """A new key, shown only this once."""

    key: str = Field(
        description="Send it as `Authorization: Bearer`. It is not stored and never shown again."
    )
    about: KeyView = Field(description="The key without its secret, as lists show it.")


class Keys:
    """The keys of a tenant."""

    def __init__(self, engine: sa.Engine, tenant: str) -> None:
        self._engine = of_tenant(engine, tenant)
        self._tenant = tenant

    def new(self, wish: KeyWish, by: str | None = None, text: str | None = None) -> NewKey:
        """Create a key; with a given text, if the operator has chosen one.

        Raises:
            ValueError: the text does not have the form of a key.
        """
        text = text or f"sr_{_word(12)}_{secrets.token_urlsafe(32)}"
        with Session(self._engine) as session, session.begin():
            row = self._row(wish, by, text)
            session.add(row)
            audit.add(session, self._tenant, by, "key made", f"key:{row.id}")
            return NewKey(key=text, about=_view(row))

    def list(self) -> tuple[KeyView, ...]:
        """All keys, newest first, including those that are no longer valid."""
        query = sa.select(KeyRow).order_by(KeyRow.created_at.desc(), KeyRow.id)
        with Session(self._engine) as session:
            return tuple(_view(row) for row in session.scalars(query))

    def revoke(self, id: str, by: str | None = None) -> KeyView:
        """Revoke a key with immediate effect.

        Raises:
            UnknownKey: there is no such key.
        """
        with Session(self._engine) as session, session.begin():
            row = self._get(session, id)
            if row.revoked_at is None:
                row.revoked_at = now()
                audit.add(session, self._tenant, by, "key revoked", f"key:{id}")
            return _view(row)

    def rotate(self, id: str, keep: timedelta, by: str | None = None) -> NewKey:
        """A new key for the same holder; the old one stays valid for a while.

        Raises:
            UnknownKey: there is no such key, or it is no longer valid.
        """
        with Session(self._engine) as session, session.begin():
            row = self._get(session, id)
            if not is_valid(row):
                raise UnknownKey
            wish = KeyWish(
                name=row.name,
                role=KeyRole(row.role),
                schools=None if row.schools is None else tuple(row.schools),
                person=row.person,
                expires_at=row.expires_at,
            )
            text = f"sr_{_word(12)}_{secrets.token_urlsafe(32)}"
            made = self._row(wish, by, text)
            session.add(made)
            end = now() + keep
            row.expires_at = end if row.expires_at is None else min(end, row.expires_at)
            audit.add(session, self._tenant, by, "key rotated", f"key:{id}")
            audit.add(session, self._tenant, by, "key made", f"key:{made.id}")
            return NewKey(key=text, about=_view(made))

    def _row(self, wish: KeyWish, by: str | None, text: str) -> KeyRow:
        found = SHAPE.fullmatch(text)
        if found is None:
            raise ValueError(
                "the key is not sr_, 12 lower-case letters or digits, _ and 32 characters or more"
            )
        return KeyRow(
            id=found[1],
            tenant=self._tenant,
            hash=hashed(text),
            name=wish.name,
            role=wish.role,
            schools=None if wish.schools is None else list(wish.schools),
            person=wish.person,
            created_at=now(),
            created_by=by,
            expires_at=wish.expires_at,
        )

    def _get(self, session: Session, id: str) -> KeyRow:
        row = session.get(KeyRow, id)
        if row is None:
            raise UnknownKey
        return row


def admitted(engine: sa.Engine, text: str) -> Principal:
    """The holder of a key.

    Raises:
        NoSuchKey: it is not one of ours, has expired or was revoked.
    """
    found = SHAPE.fullmatch(text)
    if found is None:
        raise NoSuchKey
    with Session(of_every_tenant(engine)) as session:
        row = session.get(KeyRow, found[1])
        if row is None or not hmac.compare_digest(row.hash, hashed(text)) or not is_valid(row):
            raise NoSuchKey
        used = row.last_used_at
        who = principal_of(row)
    if used is None or now() - used > USED_EVERY:
        _note_use(engine, who.key)
    return who


def principal_of(row: KeyRow) -> Principal:
    """The holder of a key."""
    return Principal(
        tenant=row.tenant,
        key=row.id,
        name=row.name,
        role=KeyRole(row.role),
        schools=None if row.schools is None else tuple(row.schools),
        person=row.person,
    )


def _note_use(engine: sa.Engine, id: str) -> None:
    # With a read-only database, calls that only read must still work.
    with suppress(SQLAlchemyError), Session(of_every_tenant(engine)) as session, session.begin():
        session.execute(sa.update(KeyRow).where(KeyRow.id == id).values(last_used_at=now()))


def holds(engine: sa.Engine, id: str) -> bool:
    """Whether a key that was admitted is still valid."""
    with Session(of_every_tenant(engine)) as session:
        row = session.get(KeyRow, id)
        return row is not None and is_valid(row)


def is_known(engine: sa.Engine, text: str) -> bool:
    """Whether a key exists, even if it is no longer valid."""
    found = SHAPE.fullmatch(text)
    with Session(of_every_tenant(engine)) as session:
        row = None if found is None else session.get(KeyRow, found[1])
        return row is not None and hmac.compare_digest(row.hash, hashed(text))


def any_key(engine: sa.Engine) -> bool:
    """Whether there is any key."""
    with Session(of_every_tenant(engine)) as session:
        return session.scalars(sa.select(KeyRow.id).limit(1)).first() is not None


def is_valid(row: KeyRow) -> bool:
    """Whether a key has neither expired nor been revoked."""
    return row.revoked_at is None and (row.expires_at is None or now() < row.expires_at)


def hashed(text: str) -> str:
    """What is stored of a secret."""
    # The secret is random, so a fast hash is as safe as a slow one.
    return hashlib.sha256(text.encode()).hexdigest()


def _word(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _view(row: KeyRow) -> KeyView:
    return KeyView(
        id=row.id,
        name=row.name,
        role=KeyRole(row.role),
        schools=None if row.schools is None else tuple(row.schools),
        person=row.person,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
    )
