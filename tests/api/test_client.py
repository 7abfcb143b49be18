"""A typed client, made from the committed description by a common generator, drives a whole run."""

import importlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from api.openapi.committed import PLACE
from models.answer.summary import ScheduleAnswer
from tests.api.live import KEY, Live
from tests.service.requests import small

SETTINGS = {
    "post_hooks": [],
    "content_type_overrides": {
        "application/zip": "application/octet-stream",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": (
            "application/octet-stream"
        ),
    },
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the package `rota_client`."""
    folder = tmp_path_factory.mktemp("client")
    settings = folder / "settings.yml"
    settings.write_text(json.dumps(SETTINGS))
    program = Path(sys.executable).with_name("openapi-python-client")
    ran = subprocess.run(
        [
            program,
            "generate",
            "--path",
            PLACE,
            "--output-path",
            folder / "rota_client",
            "--meta",
            "none",
            "--config",
            settings,
            "--fail-on-warning",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))
    for name in [n for n in sys.modules if n.partition(".")[0] == "rota_client"]:
        del sys.modules[name]


@pytest.fixture
def client(made: Path, live: Live) -> Iterator[Any]:
    """The client, with a key."""
    assert made.exists()
    kind = part("client").AuthenticatedClient
    with kind(str(live.http.base_url), token=KEY) as client:
        yield client


def part(name: str) -> ModuleType:
    """A module of the client."""
    return importlib.import_module(f"rota_client.{name}")


def test_every_call_is_in_the_client(made: Path) -> None:
    """The description leaves nothing out that the generator would have to pass over."""
    calls = json.loads(PLACE.read_text())["paths"]
    named = {call["operationId"] for path in calls.values() for call in path.values()}
    found = {path.stem for path in (made / "rota_client" / "api").rglob("*.py")} - {"__init__"}
    assert found == named


def test_the_client_drives_a_whole_run(client: Any) -> None:
    """Submit, watch, fetch the schedule and the report, all as typed values."""
    sent = small(seconds=10)
    request = part("models.rota_request").RotaRequest.from_dict(sent)
    assert request.rules[1].kind == "consecutive_days"
    submit = part("api.jobs.create_job").sync
    job = submit(client=client, body=request, idempotency_key="once")
    assert job.id == submit(client=client, body=request, idempotency_key="once").id
    deadline = time.monotonic() + 180
    while job.state not in ("done", "failed"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
        job = part("api.jobs.get_job").sync(job.id, client=client)
    assert job.state == "done"
    result = part("api.jobs.get_job_report").sync(job.id, client=client)
    assert result.report.broken_musts == 0
    assert [level.value for level in result.levels] == [0]
    fetched = part("api.jobs.get_job_schedule").sync_detailed(job.id, client=client)
    answer = ScheduleAnswer.model_validate_json(fetched.content)
    assert answer.result.schedule is not None
    assert len(answer.result.schedule.placements) == len(result.schedule.placements)
    listed = part("api.jobs.list_jobs").sync(client=client)
    assert [one.id for one in listed.items] == [job.id]


def test_a_refusal_is_typed_too(client: Any) -> None:
    """A problem document, with the place of each fault."""
    sent = small()
    sent["problem"]["people"][0]["home"] = "nowhere"
    request = part("models.rota_request").RotaRequest.from_dict(sent)
    problem = part("api.jobs.create_job").sync(client=client, body=request)
    assert problem.status == 422
    assert [error.pointer for error in problem.errors] == ["/problem/people/0/home"]
