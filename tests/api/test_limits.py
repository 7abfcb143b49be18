"""Limits: what one caller may ask for, said with what to do; and what the operator sees."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from api.app import create_app
from api.limits import ADDRESS_FACTOR, MOST_CALLERS, Rates
from api.problems import ProblemDocument
from api.settings import Settings
from tests.api.live import KEY, WITH_KEY
from tests.service.requests import small


@contextmanager
def _service(folder: Path, **settings: Any) -> Iterator[TestClient]:
    key, place = SecretStr(KEY), str(folder / "a.db")
    app = create_app(Settings(database=place, work=False, admin_key=key, **settings))
    with TestClient(app, raise_server_exceptions=False, headers=WITH_KEY) as client:
        yield client


def _refused(answer: Any, status: int, kind: str) -> ProblemDocument:
    assert answer.status_code == status, answer.text
    problem = ProblemDocument.model_validate(answer.json())
    assert problem.type == f"urn:schoolrota:problem:{kind}"
    assert "Maybe" in problem.detail or problem.errors
    return problem


def _scope(address: str, key: str | None = None) -> dict[str, Any]:
    headers = [] if key is None else [(b"authorization", key.encode())]
    return {"type": "http", "client": (address, 1), "headers": headers}


@given(st.lists(st.floats(0, 5), max_size=60), st.integers(1, 20))
def test_calls_in_any_time_are_at_most_a_burst_and_the_rate(
    pauses: list[float], a_minute: int
) -> None:
    """And a caller who waits as long as `Retry-After` says is let in."""
    moment = [0.0]
    rates = Rates(a_minute, lambda: moment[0])
    let_in = 0
    for pause in pauses:
        moment[0] += pause
        wait = rates.wait(_scope("a"))
        let_in += wait == 0
        assert let_in <= a_minute + moment[0] * a_minute / 60 + 1e-6
        if wait:
            moment[0] += wait + 1e-6
            assert rates.wait(_scope("a")) == 0
            let_in += 1


def test_keys_and_addresses_are_counted_apart() -> None:
    """One key does not use up another's calls; but who tries many keys is found by address."""
    rates = Rates(2, lambda: 0.0)
    for key in ("x", "y"):
        assert [rates.wait(_scope("a", key)) == 0 for _ in range(3)] == [True, True, False]
    assert rates.wait(_scope("a")) == 0
    tried = [rates.wait(_scope("b", f"key {n}")) == 0 for n in range(2 * ADDRESS_FACTOR + 5)]
    assert sum(tried) == 2 * ADDRESS_FACTOR
    assert Rates(0).wait(_scope("a")) == 0


def test_callers_are_forgotten() -> None:
    """Memory does not grow with addresses."""
    rates = Rates(1, lambda: 0.0)
    for number in range(MOST_CALLERS + 10):
        rates.wait(_scope(str(number)))
    assert len(vars(rates)["_left"]) == MOST_CALLERS


def test_too_many_calls_are_refused_until_later(tmp_path: Path) -> None:
    """With when to try again; calls that watch the service are not counted."""
    with _service(tmp_path, max_calls=2) as client:
        assert [client.get("/v1/jobs").status_code for _ in range(2)] == [200, 200]
        answer = client.get("/v1/jobs")
        _refused(answer, 429, "too-many-calls")
        assert 1 <= int(answer.headers["retry-after"]) <= 30
        for path in ("/livez", "/readyz", "/metrics"):
            assert client.get(path).status_code == 200


def test_a_full_queue_is_refused_until_later(tmp_path: Path) -> None:
    """And nothing that was refused is kept."""
    with _service(tmp_path, max_waiting=1) as client:
        assert client.post("/v1/jobs", json=small()).status_code == 202
        answer = client.post("/v1/jobs", json=small())
        _refused(answer, 429, "too-many-jobs")
        assert answer.headers["retry-after"]
        assert len(client.get("/v1/jobs").json()["items"]) == 1


def test_a_job_may_ask_for_no_more_than_the_operator_allows(tmp_path: Path) -> None:
    """Every limit that is too high is named at once, with its place."""
    with _service(tmp_path, max_seconds=10, max_memory_mb=1024, max_workers=2) as client:
        sent = small(seconds=11)
        sent["limits"] |= {"memory_mb": 1025, "workers": 3}
        problem = _refused(client.post("/v1/jobs", json=sent), 422, "invalid-request")
        assert {error.pointer for error in problem.errors} == {
            "/limits/seconds",
            "/limits/memory_mb",
            "/limits/workers",
        }
        sent["limits"] = {"seconds": 10, "memory_mb": 1024, "workers": 2}
        assert client.post("/v1/jobs", json=sent).status_code == 202
        del sent["limits"]
        job = client.post("/v1/jobs", json=sent).json()
        limits = client.get(f"/v1/jobs/{job['id']}/request").json()["limits"]
        assert (limits["seconds"], limits["memory_mb"], limits["workers"]) == (10, 1024, 2)


def test_a_request_too_large_to_solve_is_refused_before_it_is_expanded(tmp_path: Path) -> None:
    """Its size is estimated from what was sent."""
    sent = small(people=5, days=5)
    sent["problem"]["horizon"]["last"] = "2030-01-01"
    with _service(tmp_path) as client:
        problem = _refused(client.post("/v1/jobs", json=sent), 422, "invalid-request")
    assert problem.errors[0].pointer == "/problem/horizon"


def test_the_contents_of_a_purged_job_are_gone(tmp_path: Path) -> None:
    """The job itself is still there, and says so."""
    with _service(tmp_path) as client:
        place = client.post("/v1/jobs", json=small()).headers["location"]
        client.post(f"{place}/cancel")
        engine = sa.create_engine(f"sqlite:///{tmp_path / 'a.db'}")
        with engine.begin() as connection:
            connection.execute(sa.text("DELETE FROM job_event"))
            connection.execute(sa.text("UPDATE job SET purged_at = finished_at"))
        engine.dispose()
        assert client.get(place).json()["purged_at"]
        for part in ("request", "schedule", "report", "events"):
            _refused(client.get(f"{place}/{part}"), 410, "purged-job")


def test_numbers_for_whoever_runs_it(tmp_path: Path) -> None:
    """In the form that Prometheus reads; they are those of the tables."""
    with _service(tmp_path) as client:
        for _ in range(3):
            client.post("/v1/jobs", json=small())
        answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'schoolrota_jobs_open{lane="interactive",state="queued"} 3.0' in answer.text
    assert 'schoolrota_jobs_open{lane="nightly",state="running"} 0.0' in answer.text
    assert 'schoolrota_oldest_queued_seconds{lane="nightly"} 0.0' in answer.text
    assert "schoolrota_database_up 1.0" in answer.text
    assert "schoolrota_begun_without_worker 0.0" in answer.text
    assert re.search(r'schoolrota_http_seconds_count{method="POST",route="/v1/jobs"', answer.text)
    for name in ("solve_seconds", "gap_at_stop_ratio", "crashes", "adoptions", "stop_seconds"):
        assert f"# TYPE schoolrota_{name}" in answer.text


def test_numbers_while_the_database_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Are those of the process, and that it is away."""
    with _service(tmp_path) as client:

        def fail(*_: object) -> None:
            raise sa.exc.OperationalError("SELECT", {}, Exception("away"))

        monkeypatch.setattr("scheduler.jobs.metrics._Tables._read", fail)
        answer = client.get("/metrics")
    assert answer.status_code == 200
    assert "schoolrota_database_up 0.0" in answer.text


def test_a_database_of_another_version_is_not_ready(tmp_path: Path) -> None:
    """It is alive, and says what to do."""
    with _service(tmp_path) as client:
        engine = sa.create_engine(f"sqlite:///{tmp_path / 'a.db'}")
        with engine.begin() as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
        engine.dispose()
        _refused(client.get("/readyz"), 503, "not-migrated")
        with engine.begin() as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        engine.dispose()
        assert client.get("/readyz").status_code == 200, "a newer release adds and takes nothing"
        assert client.get("/livez").status_code == 200


def test_a_call_has_a_name_and_a_second_submission_says_that_it_is_one(tmp_path: Path) -> None:
    """The caller's name for the call if it looks like one; a repeated key is a replay."""
    with _service(tmp_path) as client:
        named = client.get("/livez", headers={"X-Request-Id": "morning-run.7"})
        assert named.headers["x-request-id"] == "morning-run.7"
        for sent in ("short", "with space in it", "x" * 65):
            given = client.get("/livez", headers={"X-Request-Id": sent}).headers["x-request-id"]
            assert re.fullmatch("[0-9a-f]{32}", given)
        headers = {"Idempotency-Key": "once"}
        first = client.post("/v1/jobs", json=small(), headers=headers)
        again = client.post("/v1/jobs", json=small(), headers=headers)
        assert "idempotent-replayed" not in first.headers
        assert again.headers["idempotent-replayed"] == "true"
        assert first.json()["id"] == again.json()["id"]


def test_long_answers_are_compressed_for_those_who_accept_it(tmp_path: Path) -> None:
    """Short ones are not, nor are those to others."""
    with _service(tmp_path) as client:
        packed = client.get("/v1/rules", headers={"Accept-Encoding": "gzip"})
        assert packed.headers["content-encoding"] == "gzip"
        plain = client.get("/v1/rules", headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert plain.json() == packed.json()
        assert "content-encoding" not in client.get("/livez").headers
