"""The calls about people's data: given out, erased, kept for so long."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api.access import Caller, needs, of_the_caller
from api.bodies import IF_JSON, a_body, described_by
from api.problems import refusals
from models.value import Id
from scheduler.access.keys import May
from scheduler.operations.data_protection import Erasure, Protection
from scheduler.operations.person_export import PersonExport
from scheduler.rotas.retention import Retention, RetentionDays

router = APIRouter(prefix="/v1", tags=["data protection"])


TheProtection = Annotated[Protection, Depends(of_the_caller(Protection))]
TheRetention = Annotated[Retention, Depends(of_the_caller(Retention))]
PersonId = Annotated[Id, Path(description="The person's id in the register.")]


@router.get(
    "/people/{person}/export",
    summary="Export what is known of a person",
    responses=refusals(_404="Nothing is known of them."),
)
@needs(May.PEOPLE, whole=True)
def export_person(person: PersonId, caller: Caller, protection: TheProtection) -> PersonExport:
    """In every version, with what was done with it. The audit log records the export."""
    return protection.export(person, caller.key)


@router.post(
    "/people/{person}/erase",
    summary="Erase a person",
    responses=refusals(
        _404="Nothing is known of them.",
        _409="A job that names them is not over.",
    ),
)
@needs(May.PEOPLE, whole=True)
def erase_person(person: PersonId, caller: Caller, protection: TheProtection) -> Erasure:
    """Their name and id go from the register, rotas, jobs and imports, old versions included. Who
    worked when stays, under a pseudonym."""
    return protection.erase(person, caller.key)


@router.get("/retention", summary="Get how long things are kept")
@needs(May.KEYS, whole=True)
def get_retention(retention: TheRetention) -> RetentionDays:
    """In days, by kind."""
    return retention.keep()


@router.put(
    "/retention",
    summary="Set how long things are kept",
    responses=refusals(
        **IF_JSON,
        _422="The body cannot be understood.",
    ),
    openapi_extra=described_by(RetentionDays, {"drafts_days": 90}),
)
@needs(May.KEYS, whole=True)
def set_retention(
    wish: Annotated[RetentionDays, Depends(a_body(RetentionDays))],
    caller: Caller,
    retention: TheRetention,
) -> RetentionDays:
    """The nightly run removes what is older. What is published is always kept."""
    retention.set_keep(wish, caller.key)
    return retention.keep()
