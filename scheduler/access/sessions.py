"""Signing in to the pages: links that are used once, and sessions that end with their key."""

import secrets
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from scheduler.access.keys import (
    KeyRole,
    Keys,
    KeyWish,
    Principal,
    hashed,
    is_valid,
    principal_of,
)
from scheduler.storage import audit
from scheduler.storage.clock import now
from scheduler.storage.tables import DEFAULT_TENANT
from scheduler.storage.tenant_scope import of_every_tenant, of_tenant
from scheduler.storage.tenant_tables import KeyRow, PageSessionRow, SignInLinkRow

LINK_LASTS = timedelta(minutes=10)

SESSION_LASTS = timedelta(hours=12)

ADMIN_IDLE = timedelta(minutes=30)
"""A session of an admin ends after this time without a call."""

SEEN_EVERY = timedelta(minutes=1)
"""How precisely the time of the last call is recorded."""

THIS_COMPUTER = "This computer"
"""The name of the key that somebody signs in by who can start the service."""

Clock = Callable[[], datetime]


class NotSignedIn(Exception):
    """The link or the session is not one of ours, was used, has expired, or its key has ended."""


class SignedIn(NamedTuple):
    """A session that has begun."""

    token: str
    """The text of the cookie; it is not stored."""
    who: Principal


def link(engine: sa.Engine, tenant: str, key: str, by: str | None, clock: Clock = now) -> str:
    """The secret part of a link that signs the holder of a key in, once."""
    code = secrets.token_urlsafe(32)
    with Session(of_tenant(engine, tenant)) as session, session.begin():
        made = SignInLinkRow(
            tenant=tenant, hash=hashed(code), key=key, expires_at=clock() + LINK_LASTS
        )
        session.add(made)
        audit.add(session, tenant, by, "link made", f"key:{key}")
    return code


def link_for(engine: sa.Engine, tenant: str, wish: KeyWish, by: str | None = None) -> str:
    """A link for somebody who has no key: a key is made, and never shown."""
    return link(engine, tenant, Keys(engine, tenant).new(wish, by).about.id, by)


def link_of_this_computer(engine: sa.Engine) -> str:
    """A link for the person who starts the service, and so may do everything anyway."""
    query = sa.select(KeyRow).where(KeyRow.name == THIS_COMPUTER, KeyRow.created_by.is_(None))
    with Session(of_tenant(engine, DEFAULT_TENANT)) as session:
        known = next((row.id for row in session.scalars(query) if is_valid(row)), None)
    if known is not None:
        return link(engine, DEFAULT_TENANT, known, None)
    wish = KeyWish(name=THIS_COMPUTER, role=KeyRole.ADMIN)
    return link_for(engine, DEFAULT_TENANT, wish)


def invited(engine: sa.Engine, code: str, clock: Clock = now) -> Principal:
    """Whom a link would sign in; it can still be used.

    Raises:
        NotSignedIn: it cannot be used, or no longer.
    """
    with Session(of_every_tenant(engine)) as session:
        return principal_of(_used(session, code, clock)[1])


def sign_in(engine: sa.Engine, code: str, clock: Clock = now) -> SignedIn:
    """Begin a session by a link, which cannot be used again.

    Raises:
        NotSignedIn: it cannot be used, or no longer.
    """
    with Session(of_every_tenant(engine)) as session, session.begin():
        row, key = _used(session, code, clock)
        gone = session.execute(sa.delete(SignInLinkRow).where(SignInLinkRow.hash == row.hash))
        if gone.rowcount != 1:  # type: ignore[attr-defined]  # another call was quicker
            raise NotSignedIn
        who = principal_of(key)
    return begin(engine, who, clock)


def begin(engine: sa.Engine, who: Principal, clock: Clock = now) -> SignedIn:
    """Begin a session of somebody who was admitted; what has expired is removed."""
    token = secrets.token_urlsafe(32)
    moment = clock()
    with Session(of_tenant(engine, who.tenant)) as session, session.begin():
        for table in (SignInLinkRow, PageSessionRow):
            session.execute(sa.delete(table).where(table.expires_at < moment))
        session.add(
            PageSessionRow(
                tenant=who.tenant,
                hash=hashed(token),
                key=who.key,
                made_at=moment,
                seen_at=moment,
                expires_at=moment + SESSION_LASTS,
            )
        )
        audit.add(session, who.tenant, who.key, "signed in", f"key:{who.key}")
    return SignedIn(token, who)


def session_of(engine: sa.Engine, token: str, clock: Clock = now) -> Principal:
    """Who is signed in.

    Raises:
        NotSignedIn: there is no such session, or it has ended, or its key has.
    """
    moment = clock()
    with Session(of_every_tenant(engine)) as session:
        query = sa.select(PageSessionRow).where(PageSessionRow.hash == hashed(token))
        row = session.scalars(query).one_or_none()
        key = None if row is None else session.get(KeyRow, row.key)
        if row is None or key is None or not is_valid(key) or moment >= row.expires_at:
            raise NotSignedIn
        seen = row.seen_at
        if key.role == KeyRole.ADMIN and moment - seen > ADMIN_IDLE:
            raise NotSignedIn
        who = principal_of(key)
    if moment - seen > SEEN_EVERY:
        _note_seen(engine, hashed(token), moment)
    return who


def sign_out(engine: sa.Engine, token: str) -> None:
    """End a session; nothing if there is none."""
    with Session(of_every_tenant(engine)) as session, session.begin():
        session.execute(sa.delete(PageSessionRow).where(PageSessionRow.hash == hashed(token)))


def _used(session: Session, code: str, clock: Clock) -> tuple[SignInLinkRow, KeyRow]:
    query = sa.select(SignInLinkRow).where(SignInLinkRow.hash == hashed(code))
    row = session.scalars(query).one_or_none()
    key = None if row is None else session.get(KeyRow, row.key)
    if row is None or key is None or not is_valid(key) or clock() >= row.expires_at:
        raise NotSignedIn
    return row, key


def _note_seen(engine: sa.Engine, hash: str, moment: datetime) -> None:
    # With a read-only database, pages that only read must still work.
    with suppress(SQLAlchemyError), Session(of_every_tenant(engine)) as session, session.begin():
        query = sa.update(PageSessionRow).where(PageSessionRow.hash == hash)
        session.execute(query.values(seen_at=moment))
