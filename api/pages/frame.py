"""The frame of every page: its layout, its files, its headers, and refusals as pages."""

import hashlib
import mimetypes
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, NamedTuple
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, FastAPI, Path, Request, Response
from fastapi.responses import RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from api.access import Policy, open_to_all
from api.pages.cookies import SAFE, SignInFirst
from api.problems import MEDIA_TYPE, ProblemDocument, Refusal, problem
from scheduler.access.keys import May, Principal
from scheduler.wording import counted, listed

router = APIRouter(include_in_schema=False)

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",  # without any, a form would not say where it comes from
    "Vary": "Cookie",
}

FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}

MOST_FIELDS = 2000
"""Fields of a form."""


class NavigationLink(NamedTuple):
    """A link that stands at the head of every page."""

    path: str
    label: str
    may: May
    whole: bool = False
    """Not for a key that is limited to some schools."""


NAVIGATION = (
    NavigationLink("/", "Rotas", May.READ),
    NavigationLink("/new", "New rota", May.PLAN, whole=True),
    NavigationLink("/colleagues", "Colleagues", May.KEYS, whole=True),
)
"""What stands at the head of every page, for those who may see it."""

_PAGES = Environment(
    loader=PackageLoader("api.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
    """A page, or a part of one, from a template."""
    who: Principal | None = getattr(request.state, "caller", None)
    text = _PAGES.get_template(template).render(
        who=who,
        here=request.url.path,
        navigation=() if who is None else [link for link in NAVIGATION if _for(who, link)],
        **context,
    )
    return Response(text, status, HEADERS, "text/html; charset=utf-8")


def see(path: str) -> Response:
    """Send a browser on to a page after a form."""
    return RedirectResponse(path, 303, HEADERS)


def _for(who: Principal, link: NavigationLink) -> bool:
    return who.may(link.may) and not (link.whole and who.schools is not None)


# ------------------------------------------------------------------ forms


async def _form(request: Request) -> AsyncIterator[FormData]:
    try:
        form = await request.form(max_files=1, max_fields=MOST_FIELDS, max_part_size=2**24)
    except (MultiPartException, HTTPException):
        raise Refusal(problem(400, "no-form", "The form cannot be read")) from None
    try:
        yield form
    finally:
        await form.close()


Form = Annotated[FormData, Depends(_form)]
"""What was typed into a form; it is read only after the caller was admitted."""


def typed(form: FormData, field: str) -> str:
    """The text of a field, without spaces around it; empty if it is missing or a file."""
    found = form.get(field)
    return found.strip() if isinstance(found, str) else ""


async def uploaded(form: FormData, field: str) -> bytes:
    """The bytes of a file; empty where none was chosen."""
    found = form.get(field)
    return await found.read() if isinstance(found, UploadFile) else b""


# ------------------------------------------------------------------ files


@cache
def _files() -> dict[str, tuple[str, bytes]]:
    """The address of each file, with a hash of its content, to its kind and its content."""
    found = {}
    for file in files("api.pages").joinpath("static").iterdir():
        stem, _, ending = file.name.rpartition(".")
        content = file.read_bytes()
        hashed = hashlib.sha256(content).hexdigest()[:12]
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        found[f"{stem}.{hashed}.{ending}"] = (kind, content)
    return found


@cache
def static(name: str) -> str:
    """The address of a file; another one whenever its content is another."""
    stem, _, ending = name.rpartition(".")
    return next(
        f"/static/{known}"
        for known in _files()
        if known.startswith(f"{stem}.") and known.endswith(f".{ending}")
    )


def query(**parameters: Any) -> str:
    """Parameters as they stand in an address; those that are None or empty are left out."""
    said = {k: v for k, v in parameters.items() if v not in (None, "", (), [])}
    return "?" + urlencode(said, doseq=True) if said else ""


_PAGES.globals.update(
    static=static, query=query, counted=counted, listed=listed, May=May, quote=quote
)


@router.get("/static/{name}")
@open_to_all
def get_file(name: Annotated[str, Path(pattern=r"^[a-z0-9.-]{1,80}$")]) -> Response:
    """A style, a script or a picture of the pages."""
    if name not in _files():
        return Response(status_code=404)
    kind, content = _files()[name]
    return Response(content, media_type=kind, headers=FOREVER)


# ------------------------------------------------------------------ refusals


Handler = Callable[[Request, Exception], Awaitable[Response]]


def show_refusals(app: FastAPI) -> None:
    """Answer with a page where a page was asked for, instead of a problem document."""
    for kind, handler in list(app.exception_handlers.items()):
        app.exception_handlers[kind] = _shown(handler)


def _shown(handler: Any) -> Handler:
    async def handle(request: Request, error: Exception) -> Response:
        answer: Response = await handler(request, error)
        if answer.media_type != MEDIA_TYPE or not _wants_page(request):
            return answer
        keyless = "authorization" not in request.headers
        if isinstance(error, SignInFirst) and request.method in SAFE and keyless:
            return see(f"/sign-in{query(next=_here(request))}")
        said = ProblemDocument.model_validate_json(bytes(answer.body))
        shown = page(request, "refused.html.j2", status=answer.status_code, problem=said)
        for name in ("retry-after", "connection"):
            if name in answer.headers:
                shown.headers[name] = answer.headers[name]
        return shown

    return handle


def _wants_page(request: Request) -> bool:
    """Whether a page was asked for; a part of a page is asked for by a script."""
    if request.headers.get("sec-fetch-dest") == "empty":
        return False
    route = request.scope.get("route")
    policy: Policy | None = getattr(getattr(route, "endpoint", None), "policy", None)
    if policy is not None:
        return policy.page
    browser = "text/html" in request.headers.get("accept", "")
    return browser and not request.url.path.startswith("/v1")


def _here(request: Request) -> str:
    path = request.url.path
    return f"{path}?{request.url.query}" if request.url.query else path
