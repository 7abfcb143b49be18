"""Over HTTP: somebody is away, and who could come instead."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.examples import CHECK
from tests.service.collaboration import Collaboration

AWAY = {"person": "ann", "first": "2026-04-06", "last": "2026-04-10"}


def _post(client: TestClient, path: str, status: int, sent: Any) -> Any:
    answer = client.post(path, json=sent)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_whom_to_ask_about_a_schedule_that_is_sent(client: TestClient) -> None:
    """Each duty of theirs, with those who may, the best first, and what it would take."""
    found = _post(client, "/v1/cover", 200, {**CHECK, **AWAY})
    assert found["over"] is None
    [hole] = found["holes"]
    assert (hole["duty"], hole["missing"]) == ("club@2026-04-06", 1)
    # Bob is no first-aider, so only Cat may come.
    [cat] = hole["candidates"]
    assert (cat["person"], cat["breaks"], cat["days"]) == ("cat", [], 1)
    assert [g["person"] for g in cat["swap"]["give"]] == ["cat"]
    assert _post(client, "/v1/cover", 200, {**CHECK, **AWAY, "first": "2026-04-07"})["holes"] == []


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"person": "zebedee"}, "/person"),
        ({"first": "2026-04-11"}, ""),
        ({"schedule": {"placements": [{"person": "zebedee", "duty": "club@2026-04-06"}]}}, None),
        ({"schedule": None}, ""),
    ],
)
def test_what_cannot_be_covered(
    client: TestClient, wrong: dict[str, Any], pointer: str | None
) -> None:
    """Is refused with its place, and nothing that was sent is repeated."""
    refused = _post(client, "/v1/cover", 422, {**CHECK, **AWAY, **wrong})
    [error] = refused["errors"]
    assert error["pointer"] == ("/schedule/placements/0/person" if pointer is None else pointer)
    assert "zebedee" not in str(refused)


def test_a_hole_is_filled_by_the_swap_that_was_offered(client: TestClient) -> None:
    """On a living rota: found from its published version and today's register, done, then gone."""
    service = client.app.state.service  # type: ignore[attr-defined] # FastAPI's, not any ASGI app's
    hub = Collaboration(service.engine, service.queue)
    ask = {"rota": "hub", "first": "2026-05-11", "last": "2026-05-15"}
    assert client.post("/v1/cover", json={**ask, "person": "ann"}).status_code == 404
    placements = hub.published().schedule().placements
    away = {**ask, "person": placements[0].person}
    found = _post(client, "/v1/cover", 200, away)
    theirs = {p.duty for p in placements if p.person == away["person"]}
    assert {hole["duty"] for hole in found["holes"]} == {d for d in theirs if d < "hub@2026-05-16"}
    best = found["holes"][0]["candidates"][0]
    assert best["breaks"] == []
    wish = {"over": found["over"], "swap": best["swap"]}
    version = _post(client, "/v1/rotas/hub/swaps", 201, wish)
    assert (version["number"], version["origin"], version["state"]) == (2, "swap", "published")
    left = _post(client, "/v1/cover", 200, away)
    assert left["over"] == 2
    assert len(left["holes"]) == len(found["holes"]) - 1
    # A caller who was a moment later has seen a superseded version.
    assert client.post("/v1/rotas/hub/swaps", json=wish).status_code == 409
