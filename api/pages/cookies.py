"""The cookie of a session: where it may be set, and which calls may be made with it."""

from urllib.parse import urlsplit

from fastapi import Request, Response

from api.problems import Refusal, problem
from scheduler.access.keys import Principal
from scheduler.access.sessions import SESSION_LASTS, NotSignedIn, SignedIn, session_of

SAFE = ("GET", "HEAD")

PLAIN = "schoolrota"
"""The name of the cookie on this machine, where there is no https."""

SECURE = f"__Host-{PLAIN}"

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class SignInFirst(Refusal):
    """A page that is for somebody who is signed in."""


def token_of(request: Request) -> str | None:
    """The cookie of a call; only the one that fits how it was made."""
    return request.cookies.get(_name(request))


def signed_in(request: Request) -> Principal:
    """Who is signed in, and asks for this page.

    Raises:
        SignInFirst: nobody is (any more).
        Refusal: the call changes something and comes from somewhere else.
    """
    refuse_elsewhere(request)
    token = token_of(request)
    try:
        if token is None:
            raise NotSignedIn
        return session_of(request.app.state.service.engine, token)
    except NotSignedIn:
        said = problem(
            401, "signed-out", "You are not signed in", "Maybe your session has ended? Sign in."
        )
        raise SignInFirst(said) from None


def refuse_elsewhere(request: Request) -> None:
    """Refuse a call that changes something, unless one of our own pages makes it.

    Raises:
        Refusal: it comes from another origin, or does not say from where.
    """
    if request.method in SAFE:
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        ours = site == "same-origin"
    else:
        origin = urlsplit(request.headers.get("origin", "")).netloc
        ours = bool(origin) and origin == request.headers.get("host")
    if not ours:
        said = "This call was not made by a page of ours"
        raise Refusal(problem(403, "elsewhere", said, "Maybe open the page here, and try again?"))


def set_cookie(request: Request, response: Response, session: SignedIn) -> None:
    """Give a browser its session."""
    response.set_cookie(
        _name(request),
        session.token,
        max_age=int(SESSION_LASTS.total_seconds()),
        path="/",
        secure=_https(request),
        httponly=True,
        samesite="lax",
    )


def clear_cookie(request: Request, response: Response) -> None:
    """Take its session from a browser."""
    response.delete_cookie(
        _name(request), path="/", secure=_https(request), httponly=True, samesite="lax"
    )


def refuse_in_clear(request: Request) -> None:
    """Refuse to sign in where a cookie could be read on its way.

    Raises:
        Refusal: it is neither https nor on this machine.
    """
    if not _https(request) and request.url.hostname not in LOOPBACK:
        raise Refusal(
            problem(
                403,
                "not-https",
                "Signing in needs https",
                "Maybe put a proxy with a certificate before the service, and name it in "
                "FORWARDED_ALLOW_IPS?",
            )
        )


def _https(request: Request) -> bool:
    return request.url.scheme == "https"


def _name(request: Request) -> str:
    return SECURE if _https(request) else PLAIN
