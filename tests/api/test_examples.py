"""Every example of the OpenAPI document is sent, in one story, and accepted."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.app import create_app
from api.openapi.committed import PLACE
from api.settings import Settings
from models.answer.result import Result
from scheduler.engine import schedule
from scheduler.intake.parse import read_request
from tests.api.live import KEY, WITH_KEY
from tests.service.collaboration import Collaboration

QUERIES = {"import_wonde": {"school": "A1930499544"}}
"""What must be in the address of a call, in addition to its example."""


def _examples() -> dict[str, tuple[str, str, Any]]:
    """Operation to method, path and the body that the document shows."""
    found = {}
    for path, calls in json.loads(PLACE.read_text())["paths"].items():
        for method, call in calls.items():
            content = call.get("requestBody", {}).get("content", {}).get("application/json", {})
            for example in content.get("examples", {}).values():
                found[call["operationId"]] = (method.upper(), path, example["value"])
    return found


class Story:
    """A service without a worker, and which examples were sent to it."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.left = _examples()
        service = client.app.state.service  # type: ignore[attr-defined] # FastAPI's
        self.hub = Collaboration(service.engine, service.queue, made=False)

    def send(self, operation: str, **named: str) -> Any:
        """Send the example of a call, which must be accepted; what it answers."""
        method, path, body = self.left.pop(operation)
        answer = self.client.request(
            method,
            path.format(**named),
            json=body,
            params=QUERIES.get(operation, {}),
            headers=WITH_KEY,
        )
        assert answer.status_code in (200, 201, 202, 204), (operation, answer.text)
        is_json = answer.headers.get("content-type") == "application/json"
        return answer.json() if is_json else answer.content

    def call(self, method: str, path: str) -> Any:
        """Another call, on which the story depends."""
        answer = self.client.request(method, path, headers=WITH_KEY)
        assert answer.status_code < 300, answer.text
        return answer.json()


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    """A service of one's own."""
    settings = Settings(database=str(tmp_path / "a.db"), work=False, admin_key=SecretStr(KEY))
    with TestClient(create_app(settings)) as client:
        yield Story(client)


def _with_ann_on_monday(request: Any) -> Result:
    """What solving the example gives, as the example of a swap expects it."""
    pinned = {"person": "ann", "duty": "club@2026-04-06"}
    problem = {**request["problem"], "pinned": [pinned]}
    return schedule(read_request({**request, "problem": problem}))


def test_every_example_is_accepted(story: Story) -> None:
    """Of jobs, of a rota's life, of the register and its sources, and of the rest."""
    _, _, request = story.left["create_job"]
    answer = _with_ann_on_monday(request)

    job = story.send("create_job")["id"]
    story.hub.answer(job, answer)
    story.send("derive_job", job_id=job)
    story.send("compute_job_recharge", job_id=job)
    assert story.send("try_job_moves", job_id=job)["better"] is False
    assert story.send("explain_job_placement", job_id=job)["duties"]
    story.send("rank_job_candidates", job_id=job)
    assert story.send("check_schedule")["report"]["findings"]
    assert story.send("rank_cover")["holes"]

    rota = story.send("create_rota")["id"]
    story.hub.answer(story.call("POST", f"/v1/rotas/{rota}/solve")["id"], answer)
    assert story.call("GET", f"/v1/rotas/{rota}/versions")["items"][0]["number"] == 1
    assert story.send("try_version_moves", rota=rota, number="1")["better"] is False
    assert story.send("explain_version_placement", rota=rota, number="1")["duties"]
    story.send("rank_version_candidates", rota=rota, number="1")
    story.send("publish_version", rota=rota, number="1")
    story.send("acknowledge_version", rota=rota, number="1")
    story.send("compute_version_recharge", rota=rota, number="1")
    story.send("swap_placements", rota=rota)
    story.send("update_rota", rota=rota)
    story.send("derive_rota", rota=rota)

    imported = story.send("create_import")["id"]
    story.send("apply_import", import_id=imported)
    for operation in ("import_wonde", "import_oneroster"):
        assert story.send(operation)["list"]["changes"]
    for operation in ("read_wonde_timetable", "read_oneroster_timetable", "write_workbook"):
        assert story.send(operation)
    story.send("connect_source", source_id="oak-mis")
    story.send("set_source_rules", source="oak-mis")

    story.send("create_feed")
    webhook = story.send("create_webhook")["about"]["id"]
    story.send("update_webhook", webhook_id=webhook)
    story.send("rotate_webhook_secret", webhook_id=webhook)
    story.send("rotate_key", key_id=story.send("create_key")["about"]["id"])
    story.send("set_retention")

    assert list(story.left) == []


def test_no_example_stands_where_it_is_not_sent() -> None:
    """Neither at a parameter, an answer, nor a schema: an example that nobody tries goes stale."""

    def found(value: Any, at: str) -> Iterator[str]:
        if isinstance(value, list):
            for number, item in enumerate(value):
                yield from found(item, f"{at}/{number}")
        elif isinstance(value, dict):
            for name, item in value.items():
                if name in ("example", "examples") and not at.endswith("/properties"):
                    yield f"{at}/{name}"
                else:
                    yield from found(item, f"{at}/{name}")

    wanted = "/requestBody/content/application/json/examples"
    document = json.loads(PLACE.read_text())
    document["paths"] = {path.strip("/"): calls for path, calls in document["paths"].items()}
    assert [place for place in found(document, "") if not place.endswith(wanted)] == []
