"""Pages to sign in and out, and to let a colleague sign in."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import ValidationError

from api.access import Caller, open_page, page_needs
from api.pages.cookies import (
    clear_cookie,
    refuse_elsewhere,
    refuse_in_clear,
    set_cookie,
    token_of,
)
from api.pages.frame import Form, page, see, typed
from scheduler.access import sessions
from scheduler.access.keys import KeyRole, KeyWish, May, NoSuchKey, admitted
from scheduler.access.sessions import NotSignedIn, SignedIn

router = APIRouter(include_in_schema=False)

Next = Annotated[str, Query(max_length=2000)]

ROLES = {
    KeyRole.VIEWER: "sees rotas",
    KeyRole.PLANNER: "makes rotas",
    KeyRole.PUBLISHER: "makes and publishes rotas",
    KeyRole.FINANCE: "sees rotas and what schools owe each other",
    KeyRole.ADMIN: "does everything, and lets others sign in",
}
"""What somebody of a role does, in words."""

USED_UP = (
    "This does not sign you in: it was used before, is older than ten minutes, or was not "
    "copied whole. Maybe ask for a new link?"
)


@router.get("/sign-in")
@open_page
def show_sign_in(request: Request, next: Next = "/") -> Response:
    """Where somebody without a session is sent."""
    return page(request, "sign_in.html.j2", next=next, error="", invited=None, code="")


@router.get("/sign-in/{code}")
@open_page
def show_invitation(
    request: Request, code: Annotated[str, Path(max_length=200)], next: Next = "/"
) -> Response:
    """Where a link leads. It signs in by a button: a program that follows links uses none up."""
    try:
        who = sessions.invited(request.app.state.service.engine, code)
    except NotSignedIn:
        return page(
            request, "sign_in.html.j2", status=410, next=next, error=USED_UP, invited=None, code=""
        )
    return page(request, "sign_in.html.j2", next=next, error="", invited=who, code=code)


@router.post("/sign-in")
@open_page
def sign_in(request: Request, form: Form) -> Response:
    """Begin a session by a link, its code, or a key."""
    refuse_elsewhere(request)
    refuse_in_clear(request)
    shown, next = typed(form, "code"), typed(form, "next")
    try:
        session = _begun(request, shown)
    except (NotSignedIn, NoSuchKey):
        return page(
            request, "sign_in.html.j2", status=422, next=next, error=USED_UP, invited=None, code=""
        )
    answer = see(inside(next))
    set_cookie(request, answer, session)
    return answer


def _begun(request: Request, shown: str) -> SignedIn:
    engine = request.app.state.service.engine
    if shown.startswith("sr_"):
        return sessions.begin(engine, admitted(engine, shown))
    return sessions.sign_in(engine, shown.partition("?")[0].rstrip("/").rpartition("/")[2])


def inside(path: str) -> str:
    """A path of ours to go to, or the first page; never an address elsewhere."""
    ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if ours else "/"


@router.post("/sign-out")
@open_page
def sign_out(request: Request) -> Response:
    """End the session."""
    refuse_elsewhere(request)
    token = token_of(request)
    if token is not None:
        sessions.sign_out(request.app.state.service.engine, token)
    answer = see("/sign-in")
    clear_cookie(request, answer)
    return answer


# ------------------------------------------------------------------ colleagues


@router.get("/colleagues")
@page_needs(May.KEYS, whole=True)
def show_colleagues(request: Request) -> Response:
    """A form that makes a link for somebody."""
    return page(request, "colleagues.html.j2", roles=ROLES, errors={}, said={}, link="")


@router.post("/colleagues")
@page_needs(May.KEYS, whole=True)
def invite_colleague(request: Request, form: Form, caller: Caller) -> Response:
    """Make a link, and show it once."""
    said = {name: typed(form, name) for name in ("name", "role", "schools", "person")}
    schools = tuple(said["schools"].replace(",", " ").split()) or None
    try:
        wish = KeyWish(
            name=said["name"],
            role=KeyRole(said["role"] or KeyRole.VIEWER),
            schools=schools,
            person=said["person"] or None,
        )
    except (ValidationError, ValueError) as error:
        return page(
            request,
            "colleagues.html.j2",
            status=422,
            roles=ROLES,
            errors=_wrong(error),
            said=said,
            link="",
        )
    engine = request.app.state.service.engine
    code = sessions.link_for(engine, caller.tenant, wish, caller.key)
    link = str(request.url_for("show_invitation", code=code))
    return page(
        request, "colleagues.html.j2", roles=ROLES, errors={}, said={"name": wish.name}, link=link
    )


HINTS = {
    "name": "Enter their name: it stands on what they publish.",
    "role": "Choose what they may do.",
    "schools": "Enter ids of schools, such as oak: letters, digits, dots, dashes, underscores.",
    "person": "Enter their id on rotas, such as ann-marsh, or leave it empty.",
}


def _wrong(error: ValueError) -> dict[str, str]:
    if isinstance(error, ValidationError):
        return {str(e["loc"][0]): HINTS[str(e["loc"][0])] for e in error.errors()}
    return {"role": HINTS["role"]}
