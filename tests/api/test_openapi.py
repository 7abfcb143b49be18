"""The description of the service: committed as it is, kept to, and loaded without the solver."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api import examples
from api.bodies import read_check
from api.openapi.committed import PLACE, document
from api.openapi.description import OF_EVERY_RULE, SCHEMAS
from scheduler.exchange.mis.safe_http import Refused
from scheduler.exchange.render.formats import MEDIA_TYPES
from scheduler.intake.parse import read_request
from scheduler.rules import RULES
from tests.api.live import WITH_KEY
from tests.soak import more, tries


@schemathesis.serializer(MEDIA_TYPES["xlsx"], "application/zip")
def as_bytes(_: Any, value: Any) -> bytes:
    """Bodies that are not text."""
    return bytes(getattr(value, "data", b"")) or str(value).encode(errors="replace")


def test_the_committed_description_is_that_of_the_code() -> None:
    """After a change to the API: `python -m api.openapi`."""
    assert PLACE.read_text() == document()


def test_every_call_says_what_it_does() -> None:
    """With a summary, a description, and what it may be refused with."""
    described = json.loads(document())
    for path, calls in described["paths"].items():
        for method, call in calls.items():
            assert call["summary"], (method, path)
            assert call["description"], (method, path)
            for status, answer in call["responses"].items():
                assert answer.get("description") or answer["$ref"], (method, path, status)


VERBS = re.compile(
    "acknowledge|apply|cancel|check|compute|connect|create|delete|derive|diff|discard|erase|explain|export"
    "|get|import|list|publish|pull|rank|read|replay|revoke|rotate|set|solve|stream|swap|test|try|update"
    "|write"
)


def test_every_call_is_named_by_a_verb_and_a_noun() -> None:
    """`create_job`, `get_job_schedule`: what a generated client calls its functions."""
    calls = [c for calls in json.loads(document())["paths"].values() for c in calls.values()]
    names = [call["operationId"] for call in calls]
    assert len(set(names)) == len(names)
    for name in names:
        verb, _, noun = name.partition("_")
        assert VERBS.fullmatch(verb), name
        assert re.fullmatch("[a-z]+(_[a-z]+)*", noun), name


MOST_BYTES = 430_000


def test_the_document_is_small() -> None:
    """What calls and rules share is described once."""
    assert len(PLACE.read_bytes()) <= MOST_BYTES
    found = json.loads(document())
    schemas = found["components"]["schemas"]
    for rule in RULES.values():
        assert schemas[rule.__name__]["properties"]["weight"]["$ref"].endswith("/RuleWeight")
    for _, _, call in _described_calls():
        for status, answer in call["responses"].items():
            assert ("$ref" in answer) == (int(status) >= 400)


def test_what_is_told_apart_by_its_kind_must_have_one() -> None:
    """Every rule and every record: a reader could not tell which it is without."""
    schemas = json.loads(document())["components"]["schemas"]
    kinds = {n for n, s in schemas.items() if "const" in s.get("properties", {}).get("kind", {})}
    assert {rule.__name__ for rule in RULES.values()} < kinds
    for name in kinds:
        assert "kind" in schemas[name]["required"], name


def test_every_list_is_asked_for_and_answers_alike() -> None:
    """By `cursor` and `limit`, with `items` and `next`."""
    found = json.loads(document())
    schemas = found["components"]["schemas"]
    pages = {n for n, s in schemas.items() if "next" in s.get("properties", {})}
    for path, method, call in _described_calls():
        content = call["responses"].get("200", {}).get("content", {}).get("application/json", {})
        answered = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        assert content.get("schema", {}).get("type") != "array", path
        assert (answered in pages) == call["operationId"].startswith("list_"), (method, path)
        if answered in pages:
            assert sorted(schemas[answered]["properties"]) == ["items", "next"]
            named = {p.get("$ref", "").rpartition("/")[2] for p in call["parameters"]}
            assert {"cursor", "limit"} <= named, path


def _described_calls() -> Iterator[tuple[str, str, Any]]:
    for path, calls in json.loads(document())["paths"].items():
        for method, call in calls.items():
            yield path, method, call


def test_local_times_are_no_times_of_a_zone() -> None:
    """JSON Schema's format `time` asks for an offset, and so does `date-time`."""
    text = document()
    assert '"format": "time"' not in text
    for name, schema in json.loads(text)["components"]["schemas"].items():
        for field, described in schema.get("properties", {}).items():
            if '"date-time"' in json.dumps(described):
                assert field == "at" or field.endswith(("_at", "_until")), (name, field)


def test_everything_is_described() -> None:
    """Every schema, property, parameter and tag, in the words of its user."""
    found = json.loads(document())
    schemas = found["components"]["schemas"]
    silent = [
        f"{name}.{field}"
        for name, schema in schemas.items()
        for field, about in schema.get("properties", {}).items()
        if not about.get("description") and about.get("$ref", "")[len(SCHEMAS) :] not in OF_RULES
    ]
    silent += [name for name, s in schemas.items() if "description" not in s and name not in WORDS]
    named = list(found["components"]["parameters"].items())
    named += [
        (f"{method} {path} {p['name']}", p)
        for path, method, call in _described_calls()
        for p in call.get("parameters", ())
        if "$ref" not in p
    ]
    silent += [name for name, parameter in named if not parameter.get("description")]
    silent += [tag["name"] for tag in found["tags"] if not tag.get("description")]
    assert silent == []


OF_RULES = set(OF_EVERY_RULE.values())
"""Schemas whose own description says all."""

WORDS = {"JsonValue"}
"""Schemas that are any value at all."""


def test_no_two_schemas_clash() -> None:
    """The framework names classes that share a name by their modules; none does."""
    for name in json.loads(document())["components"]["schemas"]:
        assert re.fullmatch("[A-Z][A-Za-z]+", name), name


def test_its_examples_can_be_sent() -> None:
    """They are what people try first."""
    assert read_request(json.dumps(examples.REQUEST)).rules
    assert read_check(json.dumps(examples.CHECK).encode())[1] is not None


PROBE = """
import sys
from fastapi.testclient import TestClient
from api.app import create_app
from api.settings import Settings

key = "sr_testtesttest_0123456789abcdefghijklmnopqrstuv"
app = create_app(Settings(database=sys.argv[1], admin_key=key))
with TestClient(app, headers={"Authorization": f"Bearer {key}"}) as client:
    import json
    sent = json.loads(sys.argv[2])
    assert client.post("/v1/check", json=sent).status_code == 200
    assert client.post("/v1/check", json={"request": {}}).status_code == 422
    assert client.post("/v1/jobs", json={}).status_code == 422
    assert client.get("/v1/rules").status_code == 200
found = {name.partition(".")[0] for name in sys.modules}
print(sorted(found & {"ortools", "pandas", "numpy", "numba", "highspy", "solver"}))
"""


def test_the_service_starts_and_judges_without_the_solver(tmp_path: Path) -> None:
    """What compiles and solves is for children; the API stays small and starts at once."""
    arguments = [str(tmp_path / "a.db"), json.dumps(examples.CHECK)]
    ran = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1] == "[]"


@pytest.fixture(scope="module")
def described(client: TestClient) -> Any:
    """The service's own description, and the service to call."""
    return schemathesis.openapi.from_asgi("/openapi.json", client.app)


def _calls() -> Iterator[tuple[str, str, GenerationMode]]:
    found = json.loads(PLACE.read_text())
    shared = found["components"]["parameters"]
    for path, calls in found["paths"].items():
        for method, call in calls.items():
            yield path, method, GenerationMode.POSITIVE
            given_by = [
                shared[p["$ref"].rpartition("/")[2]]["in"] if "$ref" in p else p["in"]
                for p in call.get("parameters", ())
            ]
            if "requestBody" in call or {"query", "header"} & set(given_by):
                yield path, method, GenerationMode.NEGATIVE


@schemathesis.check
def no_fault_of_ours(context: Any, response: Any, case: Any) -> bool | None:
    """A source that is away is not ours: 502 says so."""
    return None if response.status_code == 502 else not_a_server_error(context, response, case)


@more
@pytest.mark.parametrize(("path", "method", "mode"), list(_calls()))
def test_no_call_breaks_the_service(
    described: Any,
    path: str,
    method: str,
    mode: GenerationMode,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Calls made up from the description, or just off it, find no fault of ours, and only answers
    that it describes."""

    @settings(
        max_examples=tries(5, 15),
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=described[path][method.upper()].as_strategy(mode))
    def probe(case: Any) -> None:
        case.call_and_validate(
            headers=WITH_KEY,
            checks=[
                no_fault_of_ours,
                status_code_conformance,
                content_type_conformance,
                response_schema_conformance,
            ],
        )

    # No server of a source is called, and none is waited for.
    monkeypatch.setattr("scheduler.exchange.mis.safe_http.Outgoing.call", _nobody_is_there)
    probe()


def _nobody_is_there(*_: object, **__: object) -> None:
    raise Refused("Nobody is called from a test.")
