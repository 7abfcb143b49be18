"""A living rota's rows, as all who work on them need them: found, locked, composed, patched."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import jsonpatch
import sqlalchemy as sa
from pydantic import ValidationError
from sqlalchemy.orm import Session

from models.answer.schedule import Schedule
from models.register.rota import RotaDefinition
from scheduler.intake.case import Case
from scheduler.intake.parse import read_case
from scheduler.intake.validation_errors import Fault, InvalidRequest, fault, worded
from scheduler.register.store import entries_at
from scheduler.rotas.request_builder import RegisterSnapshot, compose
from scheduler.storage.clock import now
from scheduler.storage.tenant_tables import RotaRow, RotaVersion, TenantRow


class UnknownRota(LookupError):
    """There is no rota, or no version of it, of this name."""


class RotaExists(Exception):
    """There is a rota with this id."""


class Conflict(Exception):
    """What was seen is not what is: somebody else was quicker. The message says what to do."""


def locked(session: Session, tenant: str, id: str) -> RotaRow:
    """A rota, which nobody else changes until the transaction ends.

    Raises:
        UnknownRota: there is none.
    """
    session.execute(
        sa.update(RotaRow)
        .where(RotaRow.tenant == tenant, RotaRow.id == id)
        .values(revision=RotaRow.revision)
        .execution_options(synchronize_session=False)
    )
    row = session.get(RotaRow, (tenant, id), populate_existing=True)
    if row is None:
        raise UnknownRota
    return row


def rota_of(
    session: Session, tenant: str, id: str, schools: tuple[str, ...] | None = None
) -> RotaRow:
    """A rota, if it concerns one of some schools.

    Raises:
        UnknownRota: there is none.
    """
    row = session.get(RotaRow, (tenant, id))
    if row is None or not concerns(row, schools):
        raise UnknownRota
    return row


def concerns(row: RotaRow, schools: tuple[str, ...] | None) -> bool:
    """Whether a rota concerns one of some schools."""
    wanted = definition_of(row).query.schools
    return schools is None or wanted is None or not set(schools).isdisjoint(wanted)


def definition_of(row: RotaRow) -> RotaDefinition:
    """What a rota is made of."""
    return RotaDefinition.model_validate_json(row.definition)


class RegisterReader:
    """Reads the register of a tenant and the cases of a rota, each once.

    It is kept for the time of one round. Whoever erases somebody from old versions begins a new
    one, so that what was read before is not used after it.
    """

    def __init__(self) -> None:
        self._read: tuple[str, int, int] | None = None
        self._known: RegisterSnapshot | None = None
        self._rota: tuple[str, str] | None = None
        self._cases: dict[str, Case] = {}
        """By the text of their requests; of one rota only."""

    def case_of(self, version: RotaVersion) -> Case:
        """What a version was asked to be."""
        like = self.like(version.tenant, version.rota)
        if version.request not in self._cases:
            self._cases[version.request] = read_case(version.request, like)
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
        """The register at a version; at the newest, if none is given."""
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
    """The whole request of a rota, from the newest register and what holds.

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
    """Today, where a rota is."""
    return (moment or now()).astimezone(ZoneInfo(zone)).date()


def patched(definition: RotaDefinition, patch: Sequence[dict[str, Any]]) -> RotaDefinition:
    """A definition after a JSON Patch.

    Raises:
        InvalidRequest: the patch cannot be applied, or what comes of it is no definition.
    """
    document = definition.model_dump(mode="json", exclude_unset=True)
    try:
        changed = jsonpatch.JsonPatch(list(patch)).apply(document)
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError, KeyError):
        said = "cannot be applied. Maybe a path leads nowhere, or a test fails?"
        raise InvalidRequest([fault(("patch",), said)]) from None
    try:
        return RotaDefinition.model_validate(changed)
    except ValidationError as error:
        found = worded(error.errors(include_url=False), RotaDefinition)
        raise InvalidRequest([fault(w.path, w.said) for w in found]) from None


def below(prefix: str, invalid: InvalidRequest) -> InvalidRequest:
    """The same faults, of what stands at a place in a larger document."""
    return InvalidRequest(
        Fault(pointer=prefix + f.pointer, message=f.message, hint=f.hint) for f in invalid.faults
    )
