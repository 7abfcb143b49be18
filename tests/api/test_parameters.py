"""Parameters of calls: lists page by page, and nothing that a call does not know."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.openapi.committed import PLACE

CALLS = [
    (method.upper(), path)
    for path, calls in json.loads(PLACE.read_text())["paths"].items()
    for method in calls
]

FITTING = {"number": "1", "noun": "people"}
"""What stands in an address where not any id will do."""


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_no_call_passes_over_a_parameter_that_it_does_not_know(
    client: TestClient, method: str, path: str
) -> None:
    """Before anything is done; what was sent is not repeated, what is known is named."""
    named = [part[1:-1].partition("}")[0] for part in path.split("/") if part.startswith("{")]
    address = path.format(**{name: FITTING.get(name, "x") for name in named})
    answer = client.request(method, address, params={"zebedee": "1"}, json={})
    assert answer.status_code == 422, answer.text
    assert "zebedee" not in answer.text
    assert answer.json()["type"] == "urn:schoolrota:problem:unknown-parameter"


def test_the_nearest_parameter_is_named(client: TestClient) -> None:
    """A slip of one letter, or another service's word."""
    answer = client.get("/v1/jobs", params={"cursr": "x", "limit": 1})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert error["parameter"] == "cursor"
    assert error["hint"] == "Maybe cursor?"
    assert "limit" in error["message"]


@pytest.mark.parametrize("path", ["/v1/rules", "/v1/examples"])
def test_a_list_comes_page_by_page(client: TestClient, path: str) -> None:
    """Every item once, in order, until `next` is null."""
    whole = client.get(path, params={"limit": 1000}).json()
    assert whole["next"] is None
    found: list[Any] = []
    query: dict[str, Any] = {"limit": max(1, len(whole["items"]) // 3)}
    while True:
        page = client.get(path, params=query).json()
        assert len(page["items"]) <= query["limit"]
        found += page["items"]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert found == whole["items"]


@pytest.mark.parametrize(
    "path", ["/v1/jobs", "/v1/audit", "/v1/keys", "/v1/rules", "/v1/examples", "/v1/imports"]
)
def test_a_cursor_that_no_list_gave_is_refused(client: TestClient, path: str) -> None:
    """Rather than taken for the first page."""
    answer = client.get(path, params={"cursor": "no such place"})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["parameter"] == "cursor"
