"""What the service says to calls it cannot serve: always a problem document, all faults at once."""

import json
import sqlite3
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError

from api.problems import ProblemDocument
from scheduler.intake.parse import read_request
from tests.service.collaboration import Collaboration
from tests.service.requests import small

JSON = {"Content-Type": "application/json"}


def _refused(answer: Any, status: int) -> ProblemDocument:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = ProblemDocument.model_validate(answer.json())
    assert problem.status == status
    return problem


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/v1/jobs/%00", 422),
        ("GET", "/v1/jobs?cursor=a%00", 422),
        ("GET", "/v1/rotas/a%0D%0Ab", 422),
        ("GET", "/v1/register/people?after=%7F", 422),
        ("GET", "/v1/jobs/none", 404),
        ("GET", "/v1/jobs/none/request", 404),
        ("GET", "/v1/jobs/none/schedule", 404),
        ("GET", "/v1/jobs/none/report", 404),
        ("GET", "/v1/jobs/none/events", 404),
        ("POST", "/v1/jobs/none/cancel", 404),
        ("GET", "/v1/examples/none", 404),
        ("DELETE", "/v1/jobs", 405),
        ("PUT", "/v1/check", 405),
        ("POST", "/livez", 405),
        ("POST", "/v1/jobs", 415),
        ("POST", "/v1/check", 415),
        ("GET", "/v1/jobs?limit=0", 422),
        ("GET", "/v1/jobs?limit=many", 422),
        ("GET", "/v1/jobs?cursor=x", 422),
        ("GET", "/v1/jobs?state=resting", 422),
    ],
)
def test_every_refusal_is_a_problem_document(
    client: TestClient, method: str, path: str, status: int
) -> None:
    """Whichever part of the service says no."""
    answer = client.request(method, path, content=b"hub=1")
    _refused(answer, status)
    if status == 405:
        assert answer.headers["allow"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"1", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"a":1e999}']
)
@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/check"])
def test_what_is_no_request_is_refused(client: TestClient, path: str, body: bytes) -> None:
    """Nothing, no JSON, the wrong kind of JSON, or too deep."""
    problem = _refused(client.post(path, content=body, headers=JSON), 422)
    assert problem.errors


def test_a_hundred_errors_come_at_once(client: TestClient) -> None:
    """Wrong types, unknown fields, missing fields, dangling ids: each at its place."""
    sent = small(people=100)
    for number, person in enumerate(sent["problem"]["people"]):
        if number % 4 == 0:
            person["home"] = "nowhere"
        elif number % 4 == 1:
            person["name"] = 7
        elif number % 4 == 2:
            del person["home"]
        else:
            person["skills"] = [{"skill": "juggling"}]
    problem = _refused(client.post("/v1/jobs", json=sent), 422)
    pointers = {error.pointer for error in problem.errors}
    for number in range(100):
        place = f"/problem/people/{number}"
        assert any(p is not None and f"{p}/".startswith(f"{place}/") for p in pointers), place
    assert client.get("/v1/jobs").json()["items"] == []


@pytest.mark.parametrize(
    ("old", "new", "pointer", "said"),
    [
        (b'"rules":', b'"rules": [], "rules":', "/request/rules", "is given twice"),
        (b'"seconds": 60', b'"seconds": NaN', "", "not a JSON number"),
        (b'"seconds": 60', b'"seconds": ' + b"9" * 5000, "", "too many digits"),
        (b'"rules":', b"", "", "goes wrong at line 1"),
    ],
)
def test_a_check_is_read_as_carefully_as_a_request(
    client: TestClient, old: bytes, new: bytes, pointer: str, said: str
) -> None:
    """What JSON readers pass over in silence is a fault, at its place."""
    body = json.dumps({"request": small()}).encode()
    assert old in body
    answer = client.post("/v1/check", content=body.replace(old, new, 1), headers=JSON)
    (error,) = _refused(answer, 422).errors
    assert error.pointer == pointer
    assert said in error.message


def test_the_pointers_of_a_check_are_into_its_body(client: TestClient) -> None:
    """A fault of the request is under /request, one of the schedule under /schedule."""
    sent = small()
    sent["problem"]["people"][2]["home"] = "nowhere"
    problem = _refused(client.post("/v1/check", json={"request": sent}), 422)
    assert [e.pointer for e in problem.errors] == ["/request/problem/people/2/home"]
    schedule = {"placements": [{"person": "p0", "duty": "hub@2030-01-01"}]}
    problem = _refused(
        client.post("/v1/check", json={"request": small(), "schedule": schedule}), 422
    )
    assert [e.pointer for e in problem.errors] == ["/schedule/placements/0/duty"]
    extra = {"request": small(), "rota": {}}
    assert _refused(client.post("/v1/check", json=extra), 422).errors[0].pointer == ""


def test_ten_megabytes_of_nonsense_are_refused(client: TestClient) -> None:
    """As JSON of the right kind but senseless, and as no JSON at all."""
    people = [{"nonsense": [number % 10] * 20} for number in range(140_000)]
    sent = json.dumps({"problem": {"people": people}}).encode()
    assert 10_000_000 < len(sent) < 11 * 2**20
    assert _refused(client.post("/v1/jobs", content=sent, headers=JSON), 422).errors
    noise = b"\x00\x9f" * 5_000_000
    assert _refused(client.post("/v1/jobs", content=noise, headers=JSON), 422).errors


def test_more_than_the_limit_is_not_read(client: TestClient) -> None:
    """Whether the length is announced or turns out on the way."""
    large = b" " * (11 * 2**20 + 1)
    announced = client.post("/v1/jobs", content=large, headers=JSON)
    assert "11 MB" in _refused(announced, 413).detail
    in_pieces = client.post(
        "/v1/jobs",
        content=(large[n : n + 2**20] for n in range(0, len(large), 2**20)),
        headers=JSON,
    )
    _refused(in_pieces, 413)
    fits = json.dumps(small()).encode().ljust(11 * 2**20)
    assert client.post("/v1/check", content=fits, headers=JSON).status_code == 422


def test_a_fault_of_ours_says_so_and_no_more(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The caller learns nothing of it, and the log holds its place but not its message."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("about Zebedee")

    monkeypatch.setattr("scheduler.jobs.jobs.Jobs.page", fail)
    problem = _refused(client.get("/v1/jobs"), 500)
    assert problem.title == "Something went wrong on our side"
    printed = capsys.readouterr()
    logged = printed.out + printed.err
    assert "RuntimeError" in logged
    assert "test_refusals.py" in logged
    assert "Zebedee" not in logged


@pytest.mark.parametrize("path", ["/readyz", "/v1/jobs"])
def test_a_database_that_is_away_is_no_fault_of_the_caller(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """The service says so, and when to come again; it is alive all the same."""

    def fail(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, sqlite3.OperationalError("database is locked"))

    monkeypatch.setattr("scheduler.jobs.jobs.Jobs.page", fail)
    monkeypatch.setattr("scheduler.jobs.jobs.Jobs.reachable", fail)
    answer = client.get(path)
    assert _refused(answer, 503).type.endswith(":database-away")
    assert answer.headers["retry-after"] == "5"
    assert client.get("/livez").json() == {"status": "alive"}


def test_an_answer_says_how_it_may_be_used(client: TestClient) -> None:
    """It is not to be kept, not to be guessed at, and leads nowhere."""
    for answer in (client.get("/livez"), client.get("/nowhere")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_job_without_a_schedule_says_so(client: TestClient) -> None:
    """It waits, so there is neither a schedule nor a report."""
    address = client.post("/v1/jobs", json=small()).headers["location"]
    assert _refused(client.get(f"{address}/schedule"), 404).type.endswith(":no-schedule")
    assert _refused(client.get(f"{address}/report"), 404).type.endswith(":no-report")
    assert client.post(f"{address}/cancel").json()["state"] == "cancelled"


# ------------------------------------------------------------------ and what it serves at once


def test_a_request_alone_is_judged(client: TestClient) -> None:
    """How much there is to decide, and the rules as a manager would say them."""
    judged = client.post("/v1/check", json={"request": small()}).json()
    assert judged["size"] == {"people": 5, "schools": 1, "duties": 5, "places": 10}
    assert judged["rules"][0] == "Every duty has the people it needs."
    assert judged["report"] is None


def test_a_schedule_made_by_hand_is_judged(client: TestClient) -> None:
    """What it breaks is found without solving anything."""
    duty = "hub@2026-01-05"
    schedule = {"placements": [{"person": "p0", "duty": duty}]}
    judged = client.post("/v1/check", json={"request": small(), "schedule": schedule}).json()
    assert judged["report"]["costs"] == {"1": 9}
    assert judged["summary"]["coverage"][0]["people"] == ["p0"]


def test_the_rulebook_is_served_whole(client: TestClient) -> None:
    """Every kind with its fields and its drawn examples, which are themselves correct requests."""
    rules = client.get("/v1/rules").json()["items"]
    assert [rule["kind"] for rule in rules] == sorted(rule["kind"] for rule in rules)
    assert {"cover", "consecutive_days"} <= {rule["kind"] for rule in rules}
    for rule in rules:
        assert rule["about"], rule["kind"]
        assert "\n " not in rule["about"], rule["kind"]
        assert rule["examples"], rule["kind"]
        assert rule["fields"]["properties"]["kind"]["const"] == rule["kind"]


def test_every_example_that_is_offered_can_be_sent(client: TestClient) -> None:
    """By the name that the list gives."""
    for offered in client.get("/v1/examples").json()["items"]:
        example = client.get(f"/v1/examples/{offered['name']}")
        assert read_request(example.content).problem.name == offered["title"]


def test_who_has_to_approve_what_is_said_where_a_rota_waits(client: TestClient) -> None:
    """One error for each use; nothing is published, and nothing else is said."""
    service = client.app.state.service  # type: ignore[attr-defined] # FastAPI's, not any ASGI app's
    hub = Collaboration(service.engine, service.queue, made=False)
    day = {"first": "2026-01-05", "last": "2026-01-05"}
    bus = {"id": "bus", "name": "Minibus", "owner": "fel", "approval": True}
    trip = {"id": "trip", "name": "Trip", "school": "oak", "minutes": 60, "step": 900}
    trip |= {"windows": [{"start": "09:00"}], "uses": [{"one_of": ["bus"]}]}
    problem = {
        "horizon": day,
        "schools": [{"id": "oak", "name": "Oak"}, {"id": "fel", "name": "Fellside"}],
        "people": [],
        "resources": [bus],
        "activities": [trip],
    }
    rota = {"id": "trips", "definition": {"name": "Trips", "request": {"problem": problem}}}
    assert client.post("/v1/rotas", json=rota).status_code == 201
    hub.answer(client.post("/v1/rotas/trips/solve").json()["id"])
    refused = client.post("/v1/rotas/trips/versions/1/publish", json={"over": None})
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:schoolrota:problem:not-approved"
    [error] = refused.json()["errors"]
    said = "Fellside is still to be asked for Minibus: Mon 5 Jan 09:00-10:00 at Oak: Trip (Minibus)"
    assert error["message"] == said
    assert client.get("/v1/rotas/trips/versions/1").json()["state"] == "draft"
