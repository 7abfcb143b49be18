"""Signing in to the pages: links that work once, sessions that end, and calls from elsewhere."""

from datetime import timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.access import policy_of, routes_of
from api.pages.door import inside
from scheduler.access import sessions
from scheduler.access.keys import KeyRole, Keys, KeyWish
from scheduler.access.sessions import NotSignedIn
from scheduler.storage.clock import now
from scheduler.storage.tables import DEFAULT_TENANT
from tests.api.live import KEY, WITH_KEY
from tests.api.pages.conftest import HERE, OURS, Browser


def _later(**more: float) -> sessions.Clock:
    return lambda: now() + timedelta(**more)


@pytest.fixture
def code(site: FastAPI) -> str:
    """A link of somebody who looks only."""
    wish = KeyWish(name="Ann Marsh", role=KeyRole.VIEWER)
    return sessions.link_for(site.state.service.engine, DEFAULT_TENANT, wish)


def test_a_link_signs_in_once(browser: Browser, code: str) -> None:
    """Looking at it uses nothing up; the page says who it is for."""
    one, other = browser(), browser()
    for _ in range(2):
        shown = one.get(f"/sign-in/{code}")
        assert shown.status_code == 200
        assert "Sign in as Ann Marsh" in shown.text
    answer = one.post("/sign-in", data={"code": code, "next": "/new?a=1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/new?a=1")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert one.get("/").status_code == 200
    assert other.post("/sign-in", data={"code": code}).status_code == 422
    assert other.get(f"/sign-in/{code}").status_code == 410
    assert other.get("/").headers["location"] == "/sign-in?next=%2F"


def test_a_whole_link_or_a_key_can_be_pasted(browser: Browser, code: str) -> None:
    """As it stands in a message, or as a program has it."""
    client = browser()
    assert client.post("/sign-in", data={"code": f" {HERE}/sign-in/{code} "}).status_code == 303
    client = browser()
    assert client.post("/sign-in", data={"code": KEY}).status_code == 303
    assert "Operator, admin" in client.get("/").text
    assert client.post("/sign-in", data={"code": KEY[:-1]}).status_code == 422


def test_links_and_sessions_end(site: FastAPI, code: str) -> None:
    """A link after ten minutes, a session after twelve hours, an idle one of an admin after 30
    minutes."""
    engine = site.state.service.engine
    with pytest.raises(NotSignedIn):
        sessions.sign_in(engine, code, _later(minutes=10))
    token, who = sessions.sign_in(engine, code, _later(minutes=9))
    assert sessions.session_of(engine, token, _later(hours=12)) == who
    with pytest.raises(NotSignedIn):
        sessions.session_of(engine, token, _later(hours=12, minutes=10))
    admin = sessions.sign_in(engine, sessions.link_of_this_computer(engine)).token
    sessions.session_of(engine, admin, _later(minutes=29))
    sessions.session_of(engine, admin, _later(minutes=58))
    with pytest.raises(NotSignedIn):
        sessions.session_of(engine, admin, _later(minutes=89))


def test_a_key_that_is_revoked_ends_its_sessions_and_links(site: FastAPI) -> None:
    """At once, and no link brings them back."""
    engine = site.state.service.engine
    made = Keys(engine, DEFAULT_TENANT).new(KeyWish(name="Bob", role=KeyRole.VIEWER))
    unused = sessions.link(engine, DEFAULT_TENANT, made.about.id, None)
    token, who = sessions.sign_in(
        engine, sessions.link(engine, DEFAULT_TENANT, made.about.id, None)
    )
    assert sessions.session_of(engine, token) == who
    Keys(engine, DEFAULT_TENANT).revoke(made.about.id)
    with pytest.raises(NotSignedIn):
        sessions.session_of(engine, token)
    with pytest.raises(NotSignedIn):
        sessions.invited(engine, unused)


def test_this_computer_has_one_key(site: FastAPI) -> None:
    """However often the service is started; another one once that was revoked."""
    engine = site.state.service.engine

    def key() -> str:
        return sessions.invited(engine, sessions.link_of_this_computer(engine)).key

    first = key()
    assert key() == first
    Keys(engine, DEFAULT_TENANT).revoke(first)
    assert key() != first


def test_signing_out_ends_the_session(site: FastAPI, browser: Browser) -> None:
    """For anybody else who has its cookie, too."""
    client = browser(KeyRole.VIEWER)
    token = client.cookies["schoolrota"]
    assert client.post("/sign-out").status_code == 303
    assert "schoolrota" not in client.cookies
    with pytest.raises(NotSignedIn):
        sessions.session_of(site.state.service.engine, token)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": HERE}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": HERE}, 303),
        ({"Origin": "http://127.0.0.1:8001"}, 403),
        ({"Origin": "https://example.org"}, 403),
        ({"Origin": "null"}, 403),
        ({}, 403),
    ],
)
def test_a_call_from_elsewhere_changes_nothing(
    site: FastAPI, browser: Browser, headers: dict[str, str], status: int
) -> None:
    """Whatever cookie comes with it."""
    client = TestClient(site, base_url=HERE, follow_redirects=False)
    client.cookies.update(browser(KeyRole.ADMIN).cookies)
    assert client.post("/sign-out", headers=headers).status_code == status
    assert client.get("/").status_code == (303 if status == 303 else 200)


def test_cookies_open_pages_and_keys_open_calls(site: FastAPI, browser: Browser) -> None:
    """Neither opens the other."""
    client = browser(KeyRole.ADMIN)
    assert client.get("/v1/me").status_code == 401
    assert TestClient(site, base_url=HERE).get("/", headers=WITH_KEY).status_code == 401


def test_in_clear_text_nobody_signs_in_from_afar(site: FastAPI, code: str) -> None:
    """With https the cookie is for that only; on this machine it needs none."""
    afar = TestClient(site, base_url="http://rota.example.org", headers=OURS)
    refused = afar.post("/sign-in", data={"code": code})
    assert refused.status_code == 403
    assert "needs https" in refused.text
    safe = TestClient(site, base_url="https://rota.example.org", headers=OURS)
    answer = safe.post("/sign-in", data={"code": code}, follow_redirects=False)
    assert answer.headers["set-cookie"].startswith("__Host-schoolrota=")
    assert "; Secure" in answer.headers["set-cookie"]
    assert safe.get("/").status_code == 200


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "https://evil", "", "/\n/"])
def test_nobody_is_sent_elsewhere(path: str) -> None:
    """After signing in."""
    assert inside(path) == "/"


def test_an_admin_lets_a_colleague_sign_in(browser: Browser) -> None:
    """With a role and schools; hostile names are text, and nobody else may."""
    name = "<img src=x onerror=alert(1)>"
    admin = browser(KeyRole.ADMIN)
    wrong = admin.post("/colleagues", data={"name": "", "role": "king", "schools": "a b/"})
    assert wrong.status_code == 422
    wrong = admin.post("/colleagues", data={"name": "", "role": "viewer", "schools": "a b/"})
    assert 'href="#name"' in wrong.text
    assert 'href="#schools"' in wrong.text
    made = admin.post("/colleagues", data={"name": name, "role": "planner", "schools": "oak, fel"})
    assert name not in made.text
    assert "&lt;img src=x onerror=alert(1)&gt;" in made.text
    link = made.text.partition('id="link">')[2].partition("<")[0]
    colleague = browser()
    assert "for oak and fel" in colleague.get(link).text
    assert colleague.post("/sign-in", data={"code": link}).status_code == 303
    assert colleague.get("/colleagues").status_code == 403
    assert browser(KeyRole.PUBLISHER).get("/colleagues").status_code == 403


def test_every_page_is_shut_without_a_session(site: FastAPI, browser: Browser) -> None:
    """But those to sign in; each has the strict policy, and files are kept by their hash."""
    client, shut = browser(), 0
    for route in routes_of(site):
        policy = policy_of(route)
        path = getattr(route, "path", "")
        if policy is None or not policy.page or policy.may is None:
            continue
        for method in getattr(route, "methods", None) or ():
            answer = client.request(method, path.replace("{", "").replace("}", ""))
            assert answer.status_code == (303 if method == "GET" else 401), (method, path)
            shut += 1
    assert shut >= 3
    shown = client.get("/sign-in")
    assert "script-src 'self'" in shown.headers["content-security-policy"]
    assert "unsafe" not in shown.headers["content-security-policy"]
    style = shown.text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert "immutable" in client.get(style).headers["cache-control"]
    assert client.get("/static/page.0.css").status_code == 404
