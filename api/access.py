"""Who may call what: every route says what it needs, and every call is judged by that."""

import time
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, NamedTuple, TypeVar

import sqlalchemy as sa
from fastapi import Depends, FastAPI, Request
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.concurrency import run_in_threadpool
from starlette.routing import BaseRoute

from api.pages.cookies import signed_in
from api.problems import Refusal, problem
from scheduler.access.keys import (
    KeyRole,
    Keys,
    KeyWish,
    May,
    NewKey,
    NoSuchKey,
    Principal,
    admitted,
    any_key,
    holds,
    is_known,
)
from scheduler.operations.service import Service
from scheduler.storage.tables import DEFAULT_TENANT

STREAM_JUDGED_EVERY = 20.0
"""Seconds after which an open stream asks again whether its key holds."""

OPEN_PATHS = ("/openapi.json",)
"""Addresses that the framework itself answers, to anybody."""

E = TypeVar("E", bound=Callable[..., Any])


class Policy(NamedTuple):
    """What a call needs."""

    may: May | None
    """What the caller's role must allow; none is open to anybody."""
    whole: bool
    """It shows more than some schools, so a key for some schools only will not do."""
    page: bool = False
    """It is a page: for those who are signed in, instead of those who show a key."""


def needs(may: May, *, whole: bool = False) -> Callable[[E], E]:
    """Says of a call what its caller must be allowed to."""

    def declare(endpoint: E) -> E:
        endpoint.policy = Policy(may, whole)  # type: ignore[attr-defined]  # read back below
        return endpoint

    return declare


def page_needs(may: May, *, whole: bool = False) -> Callable[[E], E]:
    """Says of a page what the person who is signed in must be allowed to."""

    def declare(endpoint: E) -> E:
        endpoint.policy = Policy(may, whole, page=True)  # type: ignore[attr-defined]  # as above
        return endpoint

    return declare


def open_to_all(endpoint: E) -> E:
    """Says of a call that it needs no key."""
    endpoint.policy = Policy(None, False)  # type: ignore[attr-defined]  # read back below
    return endpoint


def open_page(endpoint: E) -> E:
    """Says of a page that nobody needs to be signed in for it."""
    endpoint.policy = Policy(None, False, page=True)  # type: ignore[attr-defined]  # as above
    return endpoint


def policy_of(route: BaseRoute) -> Policy | None:
    """What a route says that it needs; none if it does not say."""
    if isinstance(route, APIRoute):
        return getattr(route.endpoint, "policy", None)
    return Policy(None, False) if getattr(route, "path", None) in OPEN_PATHS else None


def routes_of(app: FastAPI) -> list[BaseRoute]:
    """Every call of the service."""
    return [context.original_route for context in iter_route_contexts(app.routes)]


def refuse_undeclared(app: FastAPI) -> None:
    """Do not start with a call of which nobody has decided who may make it.

    Raises:
        RuntimeError: there is one; it names all of them.
    """
    bare = [str(getattr(r, "path", r)) for r in routes_of(app) if policy_of(r) is None]
    if bare:
        raise RuntimeError(f"these calls declare no policy: {', '.join(sorted(bare))}")


def admit(request: Request) -> None:
    """Let a call in, or refuse it before anything of it is read.

    Raises:
        Refusal: without a key that holds (401), or with one that does not allow it (403).
    """
    policy = policy_of(request.scope["route"])
    if policy is None:
        raise _forbidden("Nobody may make this call")
    if policy.may is None:
        return
    caller = signed_in(request) if policy.page else _by_key(request)
    if not caller.may(policy.may):
        raise _forbidden(f"The role of this key does not allow this, which needs: {policy.may}")
    if policy.whole:
        must_see_all(caller)
    request.state.caller = caller


def _by_key(request: Request) -> Principal:
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    try:
        if kind.lower() != "bearer":
            raise NoSuchKey
        return admitted(request.app.state.service.engine, text.strip())
    except NoSuchKey:
        said = problem(
            401,
            "no-key",
            "A key is needed",
            "Maybe add the header Authorization: Bearer, with a key that has not expired?",
        )
        raise Refusal(said, {"WWW-Authenticate": "Bearer"}) from None


def _forbidden(title: str) -> Refusal:
    return Refusal(problem(403, "not-allowed", title, "Maybe ask an admin for another key?"))


def must_see_all(caller: Principal) -> None:
    """Refuse a key for some schools only, where a call shows all of them."""
    if caller.schools is not None:
        raise _forbidden("This key is for some schools only, and this call shows all of them")


def _caller(request: Request) -> Principal:
    caller: Principal = request.state.caller
    return caller


Caller = Annotated[Principal, Depends(_caller)]
"""Who calls, with what their key allows; only for calls that need a key."""

T = TypeVar("T")


def of_the_caller(kind: Callable[[sa.Engine, str], T]) -> Callable[[Request, Principal], T]:
    """Something of the caller's tenant, for a call that works with it."""

    def made(request: Request, caller: Caller) -> T:
        return kind(request.app.state.service.engine, caller.tenant)

    return made


async def still_allowed(
    request: Request, caller: Principal, stream: AsyncIterator[str]
) -> AsyncIterator[str]:
    """A stream that ends soon after its key does."""
    judged = time.monotonic()
    async for part in stream:
        yield part
        if time.monotonic() - judged >= STREAM_JUDGED_EVERY:
            judged = time.monotonic()
            if not await run_in_threadpool(_still, request, caller):
                return


def _still(request: Request, caller: Principal) -> bool:
    policy = policy_of(request.scope["route"])
    if policy is None or not policy.page:
        return holds(request.app.state.service.engine, caller.key)
    try:
        return signed_in(request).key == caller.key
    except Refusal:
        return False


# ------------------------------------------------------------------ the first key


def keep_chosen_key(service: Service, text: str) -> None:
    """Make the operator's own admin key, unless it was made before.

    Raises:
        ValueError: it has not the shape of a key.
    """
    if not is_known(service.engine, text):
        wish = KeyWish(name="Operator", role=KeyRole.ADMIN)
        Keys(service.engine, DEFAULT_TENANT).new(wish, text=text)


def first_key(service: Service) -> NewKey | None:
    """An admin key where there is none yet; nothing where somebody has one."""
    if any_key(service.engine):
        return None
    return Keys(service.engine, DEFAULT_TENANT).new(KeyWish(name="Admin", role=KeyRole.ADMIN))


# ------------------------------------------------------------------ as it is described


def describe(app: FastAPI, document: dict[str, Any]) -> None:
    """Say of every call in the OpenAPI what it needs."""
    document["components"]["securitySchemes"] = {
        "key": {
            "type": "http",
            "scheme": "bearer",
            "description": "A key: sr_, a prefix, _ and a secret.",
        }
    }
    for route in routes_of(app):
        policy = policy_of(route)
        if not isinstance(route, APIRoute) or policy is None or policy.may is None:
            continue
        for method in route.methods or ():
            call = document["paths"].get(route.path_format, {}).get(method.lower())
            if call is None:
                continue
            call["security"] = [{"key": []}]
            call["x-needs"] = policy.may.value
            refused = {"401": "Unauthorized", "403": "Forbidden"}
            for status, name in refused.items():
                call["responses"][status] = {"$ref": f"#/components/responses/{name}"}
            call["responses"] = dict(sorted(call["responses"].items()))
