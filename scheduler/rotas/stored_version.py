"""A version of a rota as it is stored, with what is known of people who are away without an end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.answer.result import Result
from scheduler.intake.case import Case
from scheduler.intake.parse import read_case
from scheduler.rotas.rota_store import RegisterReader, UnknownRota, local_date, rota_of
from scheduler.rotas.versions import RotaVersions
from scheduler.storage.tenant_scope import of_tenant
from scheduler.upgrade import stored


@dataclass(frozen=True)
class StoredVersion:
    """One version, and today."""

    number: int
    request: str
    answer: str
    unsure: Mapping[str, date]
    """People who are away for an unknown time, each with the last day that is certain."""
    today: date
    """In the rota's time zone."""

    @property
    def texts(self) -> tuple[str, ...]:
        """What the answer depends on."""
        return (self.request, self.answer)

    def read(self) -> tuple[Case, Result | None]:
        """The case, and its result."""
        return read_case(stored(self.request)), Result.model_validate_json(self.answer)


def stored_version(
    engine: sa.Engine,
    tenant: str,
    rota: str,
    number: int | None,
    schools: tuple[str, ...] | None = None,
) -> StoredVersion:
    """A version of a rota; without a number, the published one.

    Args:
        engine: the database.
        tenant: whose rota.
        rota: the id of the rota.
        number: the number of the version.
        schools: those that the caller may see; None for all.

    Raises:
        UnknownRota: there is no such version, or the rota concerns none of the schools.
    """
    scoped = of_tenant(engine, tenant)
    versions = RotaVersions(engine, tenant)
    versions.settle(rota)
    with Session(scoped) as session:
        row = rota_of(session, tenant, rota, schools)
        if number is None and row.published is None:
            raise UnknownRota
        version = versions.version_row(session, rota, number)
        today = local_date(row.time_zone)
        register = RegisterReader().at(session, tenant, version.register_version)
        return StoredVersion(
            number=version.number,
            request=version.request,
            answer=version.result,
            unsure=register.tentative(today),
            today=today,
        )
