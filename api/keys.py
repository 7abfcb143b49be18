"""The calls about access: keys, and the log of who did what."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import Field

from api.access import Caller, needs, of_the_caller
from api.bodies import IF_JSON, a_body, described_by
from api.parameters import GIVEN, USUAL_LIMIT, Cursor, Limit
from api.problems import Refusal, problem, refusals
from models.value import Id, Value
from scheduler.access.keys import Keys, KeyView, KeyWish, May, NewKey
from scheduler.storage.audit import Audit, AuditPage
from scheduler.storage.pagination import Page, cut_after

router = APIRouter(prefix="/v1", tags=["access"])

KeyId = Annotated[
    str, Path(pattern=GIVEN, description="The public part of a key, by which it is found.")
]


class KeyPage(Page):
    """A page of keys, the newest first."""

    items: tuple[KeyView, ...] = Field(description="The keys of this page.")


class RotationOverlap(Value):
    """How long an old key holds beside the new one."""

    hours: int = Field(
        24, ge=0, le=24 * 30, description="Hours for which the old key or secret stays valid."
    )


class WhoAmI(Value):
    """What a key may do."""

    name: str = Field(description="The name that the key was given.")
    role: str = Field(
        description="The role of the key: viewer, planner, publisher, finance or admin."
    )
    tenant: str = Field(description="The collaboration that the key belongs to.")
    schools: tuple[str, ...] | None = Field(
        description="The schools that the key is limited to; null for all."
    )


class AuditChain(Value):
    """Whether the audit log is whole."""

    broken_at: int | None = Field(
        description="The first line that was tampered with; none if whole."
    )


TheKeys = Annotated[Keys, Depends(of_the_caller(Keys))]
TheAudit = Annotated[Audit, Depends(of_the_caller(Audit))]


@router.get("/me", summary="Get the key of this call")
@needs(May.READ)
def get_current_key(caller: Caller) -> WhoAmI:
    """What the key that this call is made with may do."""
    return WhoAmI(name=caller.name, role=caller.role, tenant=caller.tenant, schools=caller.schools)


@router.post(
    "/keys",
    status_code=201,
    summary="Create a key",
    responses=refusals(
        **IF_JSON,
        _422="The wish cannot be understood.",
    ),
    openapi_extra=described_by(KeyWish, {"name": "Ann Marsh", "role": "planner"}),
)
@needs(May.KEYS, whole=True)
def create_key(
    wish: Annotated[KeyWish, Depends(a_body(KeyWish))], caller: Caller, keys: TheKeys
) -> NewKey:
    """For a person, with a role. It is shown only once."""
    return keys.new(wish, caller.key)


@router.get("/keys", summary="List keys")
@needs(May.KEYS, whole=True)
def list_keys(keys: TheKeys, cursor: Cursor = None, limit: Limit = USUAL_LIMIT) -> KeyPage:
    """Every key ever made, revoked ones included, without its secret."""
    found, more = cut_after(keys.list(), lambda key: key.id, cursor, limit)
    return KeyPage(items=found, next=more)


@router.delete(
    "/keys/{key_id}",
    summary="Revoke a key",
    responses=refusals(_404="There is no such key.", _409="It is the key of this call."),
)
@needs(May.KEYS, whole=True)
def revoke_key(key_id: KeyId, caller: Caller, keys: TheKeys) -> KeyView:
    """It stops working at once; open streams end within a minute."""
    if key_id == caller.key:
        raise Refusal(
            problem(409, "own-key", "A key cannot revoke itself", "Maybe use another admin's key?")
        )
    return keys.revoke(key_id, caller.key)


@router.post(
    "/keys/{key_id}/rotate",
    status_code=201,
    summary="Replace a key",
    responses=refusals(
        _404="There is no such key, or it holds no more.",
        **IF_JSON,
        _422="The body cannot be understood.",
    ),
    openapi_extra=described_by(RotationOverlap, {"hours": 24}),
)
@needs(May.KEYS, whole=True)
def rotate_key(
    key_id: KeyId,
    overlap: Annotated[RotationOverlap, Depends(a_body(RotationOverlap))],
    caller: Caller,
    keys: TheKeys,
) -> NewKey:
    """Makes a new key for the same holder. The old key stays valid for some hours."""
    return keys.rotate(key_id, timedelta(hours=overlap.hours), caller.key)


@router.get("/audit", summary="List who did what")
@needs(May.PEOPLE, whole=True)
def list_audit_lines(
    audit: TheAudit,
    cursor: Cursor = None,
    limit: Limit = USUAL_LIMIT,
    person: Annotated[
        Id | None, Query(description="The id of a person: only what was done with their data.")
    ] = None,
) -> AuditPage:
    """The oldest first; ids only."""
    return audit.page(cursor, limit, person=person)


@router.get("/audit/chain", summary="Check that the audit log is intact")
@needs(May.PEOPLE, whole=True)
def check_audit_chain(audit: TheAudit) -> AuditChain:
    """Whether every line follows from the lines before it."""
    return AuditChain(broken_at=audit.broken_at())
