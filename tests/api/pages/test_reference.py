"""The page at /docs: all of the description, readable without a network."""

import re
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.pages.reference import prose, written
from api.settings import Settings


class _Links(HTMLParser):
    """Which places a page has, which it leads to, and what it would run or fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.leads: set[str] = set()
        self.fetched: set[str] = set()
        self.forbidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one element."""
        found = dict(attrs)
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "a":
            self.leads.add(str(found["href"]))
        if tag == "link":
            self.fetched.add(str(found["href"]))
        if tag in ("script", "style", "img", "iframe") or "style" in found:
            self.forbidden.append(tag)
        self.forbidden += [name for name in found if name.startswith("on")]


def test_the_page_holds_every_call_and_schema(client: TestClient) -> None:
    """Each once, with links that lead somewhere; nothing is run, one style is fetched."""
    answer = client.get("/docs", headers={"Authorization": ""})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    page = _Links()
    page.feed(answer.text)
    assert page.forbidden == []
    assert page.fetched == {"/docs/reference.css"}
    document = client.get("/openapi.json").json()
    calls = [call for path in document["paths"].values() for call in path.values()]
    named = {call["operationId"] for call in calls}
    named |= {f"schema-{name}" for name in document["components"]["schemas"]}
    assert named <= set(page.ids)
    assert len(set(page.ids)) == len(page.ids)
    assert page.leads - {"/openapi.json"} <= {f"#{name}" for name in page.ids}


def test_the_page_allows_itself_its_style_and_no_more(client: TestClient) -> None:
    """By its policy; the style fetches nothing either."""
    for address in ("/docs", "/docs/reference.css"):
        policy = client.get(address).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "unsafe" not in policy
    style = client.get("/docs/reference.css")
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert not re.search(r"url\(|@import|https?:", style.text)


def test_text_is_escaped() -> None:
    """Whatever stands in a description."""
    assert prose("a `<b>` & c\n\nd") == "<p>a <code>&lt;b&gt;</code> &amp; c</p><p>d</p>"
    document = create_app(Settings()).openapi()
    document["info"] = {**document["info"], "description": "<script>alert(1)</script>"}
    assert b"<script" not in written(document)


@pytest.mark.parametrize("address", ["/docs", "/docs/reference.css"])
def test_it_takes_no_parameters(client: TestClient, address: str) -> None:
    """Like every other call."""
    assert client.get(address, params={"zebedee": "1"}).status_code == 422
