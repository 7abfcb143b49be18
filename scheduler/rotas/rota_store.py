"""The rows of living rotas: finding, locking, composing and patching them."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.orm import Session

from models.answer.schedule import Schedule
from models.register.rota import RotaDefinition, RotaView
from scheduler.intake.case import Case
from scheduler.intake.parse import read_case
from scheduler.intake.validation_errors import Fault, InvalidRequest, fault, worded
from scheduler.register.store import entries_at
from scheduler.rotas.json_patch import patched
from scheduler.rotas.register_snapshot import RegisterSnapshot
from scheduler.rotas.request_builder import compose
from scheduler.storage.clock import now
from scheduler.storage.row_lock import lock_row
from scheduler.storage.tenant_tables import RotaRow, RotaVersion, TenantRow
from scheduler.upgrade import stored


class UnknownRota(LookupError):
    """There is no such rota, or no such version of it."""


class RotaExists(Exception):
    """There is already a rota with this id."""


class Conflict(Exception):
    """Somebody else has changed the rota since the caller saw it; the message says what to do."""


def locked(session: Session, tenant: str, id: str) -> RotaRow:
    """A rota, locked against other writers until the transaction ends.

    Raises:
        UnknownRota: there is no such rota.
    """
    row = lock_row(session, RotaRow, (tenant, id), RotaRow.revision)
    if row is None:
        raise UnknownRota
    return row


def rota_of(
    session: Session, tenant: str, id: str, schools: tuple[str, ...] | None = None
) -> RotaRow:
    """A rota, if it concerns at least one of some schools.

    Raises:
        UnknownRota: there is no such rota, or it concerns none of the schools.
    """
    row = session.get(RotaRow, (tenant, id))
    if row is None or not concerns(row, schools):
        raise UnknownRota
    return row


def concerns(row: RotaRow, schools: tuple[str, ...] | None) -> bool:
    """Whether a rota concerns at least one of some schools."""
    wanted = definition_of(row).query.schools
    return schools is None or wanted is None or not set(schools).isdisjoint(wanted)


def definition_of(row: RotaRow) -> RotaDefinition:
    """The definition of a rota."""
    return RotaDefinition.model_validate_json(stored(row.definition))


class RegisterReader:
    """Reads the register of a tenant and the cases of a rota, each once.

    A reader is kept for one round of work only. Erasing a person from old versions begins a new
    version, so that nothing read before is used afterwards.
    """

    def __init__(self) -> None:
        self._read: tuple[str, int, int] | None = None
        self._known: RegisterSnapshot | None = None
        self._rota: tuple[str, str] | None = None
        self._cases: dict[str, Case] = {}
        """By the text of their requests; of one rota only."""

    def case_of(self, version: RotaVersion) -> Case:
        """The request that a version was made from."""
        like = self.like(version.tenant, version.rota)
        if version.request not in self._cases:
            self._cases[version.request] = read_case(stored(version.request), like)
        return self._cases[version.request]

    def like(self, tenant: str, rota: str) -> Case | None:
        """A case of a rota that was read, whose expansion others may share; None without one."""
        if self._rota != (tenant, rota):
            self._rota, self._cases = (tenant, rota), {}
        return next(reversed(self._cases.values()), None)

    def keep(self, tenant: str, rota: str, text: str, case: Case) -> None:
        """Keep a case of a rota, with the text of its request."""
        self.like(tenant, rota)
        self._cases[text] = case

    def at(self, session: Session, tenant: str, version: int | None = None) -> RegisterSnapshot:
        """The register at a version; without one, at the newest."""
        query = sa.select(TenantRow.register_version).where(TenantRow.id == tenant)
        newest = session.scalars(query).one()
        wanted = (tenant, newest, newest if version is None else version)
        if self._known is None or self._read != wanted:
            self._known = RegisterSnapshot(entries_at(session, wanted[-1]))
            self._read = wanted
        return self._known


def composed(
    session: Session, tenant: str, row: RotaRow, today: date, reader: RegisterReader | None = None
) -> Case:
    """The whole request of a rota, from the newest register and the published version.

    Raises:
        InvalidRequest: its parts do not fit together; pointers are into its definition.
    """
    register = (reader or RegisterReader()).at(session, tenant)
    published = None
    if row.published is not None:
        published = schedule_of(session.get_one(RotaVersion, (tenant, row.id, row.published)))
    try:
        like = None if reader is None else reader.like(tenant, row.id)
        return compose(definition_of(row), register, today=today, published=published, like=like)
    except InvalidRequest as invalid:
        raise below("/request", invalid) from None


def schedule_of(version: RotaVersion) -> Schedule:
    """The schedule of a version."""
    return Schedule.model_validate(json.loads(version.result)["schedule"])


def local_date(zone: str, moment: datetime | None = None) -> date:
    """The date in a time zone at a moment; by default, now."""
    return (moment or now()).astimezone(ZoneInfo(zone)).date()


def patched_definition(
    definition: RotaDefinition, patch: Sequence[dict[str, Any]]
) -> RotaDefinition:
    """A definition after a JSON Patch.

    Raises:
        InvalidRequest: the patch cannot be applied, or the outcome is not a valid definition.
    """
    changed = patched(definition.model_dump(mode="json", exclude_unset=True), patch)
    try:
        return RotaDefinition.model_validate(changed)
    except ValidationError as error:
        found = worded(error.errors(include_url=False), RotaDefinition)
        raise InvalidRequest([fault(w.path, w.said) for w in found]) from None


def below(prefix: str, invalid: InvalidRequest) -> InvalidRequest:
    """The same faults, with pointers into a larger document that has this part at `prefix`."""
    return InvalidRequest(
        Fault(pointer=prefix + f.pointer, message=f.message, hint=f.hint) for f in invalid.faults
    )


def view_of(row: RotaRow) -> RotaView:
    """A rota as callers see it."""
    return RotaView(
        id=row.id,
        revision=row.revision,
        definition=definition_of(row),
        published=row.published,
        versions=row.versions,
        created_at=row.created_at,
        changed_at=row.changed_at,
    )
