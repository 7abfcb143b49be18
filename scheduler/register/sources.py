"""Sources that are pulled: the address and credentials of an MIS, and how far it has been read."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Literal

import sqlalchemy as sa
from pydantic import Field, SecretStr
from sqlalchemy.orm import Session

from models.register.register import Statement
from models.value import Value
from scheduler.exchange.mis.oneroster_client import OneRosterClient
from scheduler.exchange.mis.retrying import SourceAway, SourceRefuses
from scheduler.exchange.mis.safe_http import MOST_URL, Outgoing
from scheduler.exchange.mis.timetable import Timetable
from scheduler.exchange.mis.wonde_client import DOMAIN, WondeClient
from scheduler.register.store import ImportView, Register
from scheduler.storage import audit
from scheduler.storage.clock import now
from scheduler.storage.integration_tables import SourceRow
from scheduler.storage.outbox import add_message
from scheduler.storage.tenant_scope import of_tenant

SourceKind = Literal["wonde", "oneroster-1.1", "oneroster-1.2"]

Wait = Callable[[float], None]


class UnknownSource(LookupError):
    """There is no such source."""


class PulledSourceSettings(Value):
    """The settings of an MIS that is pulled."""

    kind: SourceKind = Field(description="The kind of system.")
    school: str | None = Field(
        None,
        min_length=1,
        max_length=255,
        description="The source's id of the school. Wonde needs it; OneRoster without it reads all "
        "schools.",
    )
    base: str = Field(
        f"https://{DOMAIN}",
        min_length=1,
        max_length=MOST_URL,
        description="The address of the server. For Wonde, a school in another region is found "
        "from here.",
    )
    client: str = Field("", max_length=255, description="The client id, for OneRoster.")
    token_url: str | None = Field(
        None,
        min_length=1,
        max_length=MOST_URL,
        description="The address at which a OneRoster server issues tokens; by default, /token "
        "below `base`.",
    )
    signed: bool = Field(
        False,
        description="For OneRoster 1.1 with OAuth 1.0a: sign each call instead of using a token.",
    )
    secret: SecretStr = Field(
        min_length=1,
        max_length=4000,
        description="The token, or the client's secret. It is never shown again.",
    )
    nightly: bool = Field(True, description="Whether to pull it each night.")


class SourceView(Value):
    """A source, without its secret."""

    id: str = Field(description="The id that you gave it.")
    kind: str = Field(description="The kind of system.")
    school: str | None = Field(description="The school, by the system's own id.")
    base: str = Field(description="The address of its interface.")
    client: str = Field(description="The client id that the service signs in with.")
    token_url: str | None = Field(description="The address that gives out access tokens.")
    signed: bool = Field(description="Whether its requests are signed.")
    nightly: bool = Field(description="Whether it is pulled every night.")
    pulled_at: datetime | None = Field(
        description="Everything up to this moment has been read and settled."
    )
    said: str | None = Field(description="Why the last pull failed; null if it did not.")


class Sources:
    """The sources of a tenant.

    Args:
        engine: the database.
        tenant: the tenant's id.
        outgoing: makes the calls.
        wait: sleeps for a number of seconds.
    """

    def __init__(
        self, engine: sa.Engine, tenant: str, outgoing: Outgoing, wait: Wait = time.sleep
    ) -> None:
        self._engine = of_tenant(engine, tenant)
        self._tenant = tenant
        self._outgoing = outgoing
        self._wait = wait

    def set(self, id: str, wish: PulledSourceSettings, by: str | None = None) -> SourceView:
        """Create or change a source; a changed one is read completely the next time.

        Raises:
            Refused: its address must not be called.
        """
        self._outgoing.check(wish.base)
        if wish.token_url is not None:
            self._outgoing.check(wish.token_url)
        with Session(self._engine) as session, session.begin():
            row = session.merge(
                SourceRow(
                    tenant=self._tenant,
                    id=id,
                    kind=wish.kind,
                    school=wish.school,
                    base=wish.base,
                    client=wish.client,
                    token_url=wish.token_url,
                    signed=wish.signed,
                    secret=wish.secret.get_secret_value(),
                    nightly=wish.nightly,
                    created_at=now(),
                    pulled_at=None,
                    said=None,
                )
            )
            session.flush()
            audit.add(session, self._tenant, by, "source made", f"pull:{id}")
            return _view(row)

    def list(self) -> tuple[SourceView, ...]:
        """All sources, by id."""
        with Session(self._engine) as session:
            return tuple(_view(r) for r in session.scalars(sa.select(SourceRow).order_by("id")))

    def remove(self, id: str, by: str | None = None) -> None:
        """Remove a source and its secret.

        Raises:
            UnknownSource: there is no such source.
        """
        with Session(self._engine) as session, session.begin():
            session.delete(self._row(session, id))
            audit.add(session, self._tenant, by, "source removed", f"pull:{id}")

    def pull(self, id: str, by: str | None = None, *, whole: bool = False) -> ImportView:
        """Pull a source as a dry run; nothing is applied yet.

        Raises:
            UnknownSource: there is no such source.
            SourceAway: its response was incomplete, and was discarded.
            SourceRefuses: it refuses us; a person must find out why.
        """
        with Session(self._engine) as session:
            row = self._row(session, id)
        try:
            statement = self._heard(row, None if whole else row.pulled_at)
        except (SourceAway, SourceRefuses) as error:
            self._note(id, said=str(error))
            raise
        self._note(id)
        return Register(self._engine, self._tenant).dry_run(statement, by)

    def statements(self, id: str) -> Iterator[Statement]:
        """The statement of a source; none if the pull fails.

        The caller applies it before it asks for the next one. If the register then knows all of
        it, the next pull reads later changes only; otherwise it is read again until somebody has
        decided what was waiting.

        Raises:
            UnknownSource: there is no such source.
        """
        with Session(self._engine) as session:
            row = self._row(session, id)
        began = datetime.now(UTC)
        try:
            statement = self._heard(row, row.pulled_at)
        except (SourceAway, SourceRefuses) as error:
            self._note(id, said=str(error))
            return
        yield statement
        register = Register(self._engine, self._tenant)
        self._note(id, at=began if register.knows(statement) else None)

    def timetable(self, id: str) -> Timetable:
        """The timetable of a source; it is not stored.

        Raises:
            UnknownSource: there is no such source.
            SourceAway, SourceRefuses: as for `pull`.
        """
        with Session(self._engine) as session:
            row = self._row(session, id)
        return self._client(row).timetable()

    def _heard(self, row: SourceRow, since: datetime | None) -> Statement:
        return self._client(row).pull(since)

    def _client(self, row: SourceRow) -> WondeClient | OneRosterClient:
        if row.kind == "wonde":
            school = row.school or ""
            return WondeClient(self._outgoing, row.secret, school, row.base, self._wait)
        return OneRosterClient(
            self._outgoing,
            row.base,
            row.client,
            row.secret,
            token_url=row.token_url,
            signed=row.signed,
            version="1.1" if row.kind == "oneroster-1.1" else "1.2",
            school=row.school,
            source=row.id,
            wait=self._wait,
        )

    def _note(self, id: str, *, at: datetime | None = None, said: str | None = None) -> None:
        with Session(self._engine) as session, session.begin():
            row = self._row(session, id)
            row.said = None if said is None else said[:500]
            row.pulled_at = at or row.pulled_at
            if said is not None:
                add_message(session, self._tenant, "source.failed", {"source": id})

    def _row(self, session: Session, id: str) -> SourceRow:
        row = session.get(SourceRow, (self._tenant, id))
        if row is None:
            raise UnknownSource
        return row


def nightly_statements(
    engine: sa.Engine, tenant: str, outgoing: Outgoing, wait: Wait = time.sleep
) -> Iterator[Statement]:
    """The statements of a tenant's sources that are pulled at night, one after another."""
    sources = Sources(engine, tenant, outgoing, wait)
    for source in sources.list():
        if source.nightly:
            yield from sources.statements(source.id)


def _view(row: SourceRow) -> SourceView:
    return SourceView(
        id=row.id,
        kind=row.kind,
        school=row.school,
        base=row.base,
        client=row.client,
        token_url=row.token_url,
        signed=row.signed,
        nightly=row.nightly,
        pulled_at=row.pulled_at,
        said=row.said,
    )
