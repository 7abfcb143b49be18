"""A job's whole life over real HTTP, on a service that is stopped, killed and started again."""

import ast
import json
import signal
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from models.answer.result import Result, ResultStatus
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from tests.api.live import Live, over
from tests.service.requests import endless, small


def _verified(sent: dict[str, Any], result: Result) -> None:
    assert result.schedule is not None
    request = RotaRequest.model_validate(sent)
    assert Case(request).check(result.schedule) == result.report


def test_from_submission_to_schedule(live: Live) -> None:
    """Submitted, watched, solved, proved; the request and the result are there."""
    address = live.submit(small())
    events = list(live.events(address))
    assert [e["number"] for e in events] == list(range(1, len(events) + 1))
    assert events[0]["what"] == {"state": "queued"}
    assert events[-1]["what"] == {"state": "done", "status": "optimal"}
    job = live.job(address)
    assert (job["state"], job["status"], job["attempt"]) == ("done", "optimal", 1)
    assert [level["gap"] for level in job["levels"]] == [0]
    sent = RotaRequest.model_validate(small())
    assert RotaRequest.model_validate(live.http.get(f"{address}/request").json()) == sent
    result = Result.model_validate(live.http.get(f"{address}/report").json())
    assert result.status is ResultStatus.OPTIMAL
    assert result.receipt.input_hash == job["input_hash"]
    _verified(small(), result)
    listed = live.http.get("/v1/jobs", params={"state": "done"}).json()
    assert [job["id"] for job in listed["items"]] == [address.rpartition("/")[2]]


WATCHED = """
import sys

def hear(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        with open({place!r}, "a") as said:
            said.write(repr(arguments[1] if event == "socket.connect" else arguments[0]) + "\\n")

sys.addaudithook(hear)
"""


def test_nobody_outside_is_called(tmp_path: Path) -> None:
    """From start to end of a job, by none of its processes: no telemetry, no updates, nothing."""
    said = tmp_path / "said"
    (tmp_path / "sitecustomize.py").write_text(WATCHED.format(place=str(said)))
    live = Live(tmp_path)
    try:
        live.start()
        assert list(live.events(live.submit(small())))[-1]["what"]["state"] == "done"
    finally:
        live.close()
    called = [ast.literal_eval(line) for line in said.read_text().splitlines()]
    # By a socket of the machine: the process that children come from.
    assert called
    assert [one for one in called if not str(one).startswith("/")] == []


def test_the_schedule_in_every_format(shared: Live) -> None:
    """By parameter, by the Accept header, and refused where nothing fits."""
    address = shared.submit(small())
    shared.until(address, over)
    at = f"{address}/schedule"
    json_ = shared.http.get(at)
    assert json_.headers["content-type"] == "application/json"
    placed = json_.json()["result"]["schedule"]["placements"]
    assert len(placed) == 10
    table = shared.http.get(at, headers={"Accept": "text/html;q=0.1, text/csv"})
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert len(table.text.strip().splitlines()) == 11
    calendar = shared.http.get(at, params={"format": "ics", "person": placed[0]["person"]})
    mine = sum(p["person"] == placed[0]["person"] for p in placed)
    assert calendar.text.count("BEGIN:VEVENT") == mine
    assert shared.http.get(at, params={"format": "xlsx"}).content[:2] == b"PK"
    page = shared.http.get(at, headers={"Accept": "text/html"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "Person 1" in page.text
    assert shared.http.get(at, headers={"Accept": "image/png"}).status_code == 406
    assert shared.http.get(at, params={"format": "pdf"}).status_code == 422
    nobody = shared.http.get(at, params={"format": "ics", "person": "nobody"})
    assert nobody.status_code == 422


def test_cancelling_keeps_the_best(shared: Live) -> None:
    """What it shows while it runs and what remains are checked schedules."""
    address = shared.submit(endless())
    shared.until(address, lambda job: job["levels"])
    shown = Result.model_validate(shared.http.get(f"{address}/report").json())
    _verified(endless(), shown)
    assert shared.http.post(f"{address}/cancel").json()["stop_requested"]
    job = shared.until(address, over)
    assert (job["state"], job["status"]) == ("cancelled", "feasible")
    kept = Result.model_validate(shared.http.get(f"{address}/report").json())
    _verified(endless(), kept)
    assert kept.report is not None
    assert shown.report is not None
    assert kept.report.vector <= shown.report.vector
    assert shared.http.post(f"{address}/cancel").json() == job


def test_an_idempotency_key_is_a_promise(live: Live) -> None:
    """The same key means the same job, and never another request."""
    first = live.submit(small(), **{"Idempotency-Key": "monday"})
    assert live.submit(small(), **{"Idempotency-Key": "monday"}) == first
    other = live.http.post("/v1/jobs", json=small(days=4), headers={"Idempotency-Key": "monday"})
    assert other.status_code == 422
    assert other.json()["type"] == "urn:schoolrota:problem:idempotency-key-reused"
    live.until(first, over)
    assert live.submit(small(), **{"Idempotency-Key": "monday"}) == first
    assert len(live.http.get("/v1/jobs").json()["items"]) == 1


def test_a_reader_resumes_where_it_was_cut_off(shared: Live) -> None:
    """Nothing comes twice and nothing is left out; after the end there is nothing to wait for."""
    address = shared.submit(small())
    all_ = list(shared.events(address))
    assert list(shared.events(address, after=2)) == all_[2:]
    headers = {"Last-Event-ID": str(len(all_))}
    assert shared.http.get(f"{address}/events", headers=headers).status_code == 204
    assert shared.http.get("/v1/jobs/none/events").status_code == 404


@pytest.mark.parametrize(
    ("how", "seconds", "end"), [(signal.SIGKILL, 12, "done"), (signal.SIGTERM, 600, "cancelled")]
)
def test_a_job_survives_the_service(
    live: Live, how: signal.Signals, seconds: float, end: str
) -> None:
    """Killed or stopped during a solve, the service ends the job after its restart: its events go
    on without a gap, its best is not lost, and jobs that waited behind it run too."""
    running = live.submit(endless(seconds=seconds))
    waiting = live.submit(small())
    live.until(running, lambda job: job["levels"])
    before = Result.model_validate(live.http.get(f"{running}/report").json())
    live.end(how)
    live.start()
    live.until(running, lambda job: job["attempt"] == 2)
    if end == "cancelled":
        live.http.post(f"{running}/cancel")
    job = live.until(running, over)
    assert (job["state"], job["status"], job["attempt"]) == (end, "feasible", 2)
    events = list(live.events(running))
    assert [e["number"] for e in events] == list(range(1, job["last_event"] + 1))
    begun = [e["what"]["attempt"] for e in events if e["what"].get("state") == "running"]
    assert begun == [1, 2]
    after = Result.model_validate(live.http.get(f"{running}/report").json())
    _verified(endless(seconds=seconds), after)
    assert before.report is not None
    assert after.report is not None
    assert after.report.vector <= before.report.vector
    assert live.until(waiting, over)["status"] == "optimal"
    ends = [e for e in events if e["what"].get("state") == end]
    assert ends == [events[-1]]


def test_the_service_leaves_while_somebody_watches(live: Live) -> None:
    """Told to stop, it ends streams, hands its job on and is gone."""
    address = live.submit(endless())
    live.until(address, lambda job: job["levels"])
    watched: list[dict[str, Any]] = []
    watcher = threading.Thread(target=lambda: watched.extend(live.events(address)))
    watcher.start()
    while not watched:
        time.sleep(0.05)
    assert live.end(signal.SIGTERM) == 0
    watcher.join(60)
    assert not watcher.is_alive()
    live.start()
    assert live.job(address)["state"] in ("queued", "running")
    live.http.post(f"{address}/cancel")
    assert live.until(address, over)["state"] == "cancelled"


def test_a_second_service_on_the_same_database_refuses(live: Live) -> None:
    """It says why, and the first goes on."""
    second = Live(live.database.parent)
    second.log = live.database.parent / "second.log"
    with pytest.raises(AssertionError):
        second.start()
    second.close()
    assert "Another service is working on this database" in second.log.read_text()
    assert live.http.get("/readyz").status_code == 200


MARKS = ("Zebedee", "Quixote", "marmalade", "xylophone")
"""Values of a request that must turn up nowhere but in what is asked for."""


def test_nothing_personal_is_logged(live: Live) -> None:
    """Neither what is accepted, nor what is refused, nor what is asked for by name."""
    sent = small()
    sent["problem"]["people"][0]["name"] = MARKS[0]
    sent["problem"]["people"][0]["tags"] = [MARKS[1]]
    address = live.submit(sent)
    live.until(address, over)
    assert MARKS[0] in live.http.get(f"{address}/request").text
    live.http.get(f"{address}/schedule", params={"format": "html"})
    broken = json.loads(json.dumps(sent))
    broken["problem"]["people"][0]["home"] = MARKS[2]
    broken["problem"]["people"][0][MARKS[3]] = MARKS[2]
    broken["problem"]["people"][1]["name"] = {MARKS[0]: MARKS[1]}
    answers = [
        live.http.post("/v1/jobs", json=broken),
        live.http.post("/v1/check", json={"request": broken}),
        live.http.post("/v1/check", json={"request": sent, MARKS[2]: 1}),
        live.http.post("/v1/jobs", content=f"{{{MARKS[0]}", headers={"Content-Type": "text/json"}),
        live.http.get(f"/v1/jobs/{MARKS[0]}"),
        live.http.get(f"/{MARKS[0]}"),
        live.http.get("/v1/jobs", params={"limit": MARKS[0], "state": MARKS[1]}),
        live.http.get("/v1/jobs", params={"cursor": MARKS[0]}),
        live.http.get(f"{address}/schedule", params={"format": MARKS[0]}),
        live.http.get(f"{address}/schedule", params={"format": "ics", "person": MARKS[2]}),
        live.http.get(f"{address}/events", headers={"Last-Event-ID": MARKS[3]}),
    ]
    live.end()
    for answer in answers:
        assert 400 <= answer.status_code < 500
        assert answer.headers["content-type"] == "application/problem+json"
        assert not any(mark in answer.text for mark in MARKS), answer.url
    log = live.log.read_text()
    assert log.count('"call"') >= len(answers)
    assert not any(mark in log for mark in MARKS)


def test_events_hold_nothing_personal(live: Live) -> None:
    """Not even names: who listens learns how it goes, not about whom."""
    sent = small()
    for person in sent["problem"]["people"]:
        person["name"] = MARKS[0]
    address = live.submit(sent)
    assert MARKS[0] not in json.dumps(list(live.events(address)))
    assert MARKS[0] not in live.http.get("/v1/jobs").text


def test_two_events_of_progress_are_half_a_second_apart(shared: Live) -> None:
    """However fast the search is; states come at once."""
    address = shared.submit(endless(seconds=8))
    seen = [e["what"] for e in shared.events(address) if e["kind"] == "progress"]
    assert len(seen) >= 2
    while_searching = [what["seconds"] for what in seen if what["stage"] == "solving"]
    assert all(b > a for a, b in pairwise(while_searching))
    assert len(seen) <= seen[-1]["seconds"] / 0.5 + 3


def test_a_reader_who_goes_away_costs_nothing(shared: Live) -> None:
    """The stream ends on both sides, and the service goes on."""
    address = shared.submit(endless())
    with shared.http.stream("GET", f"{address}/events") as answer:
        next(answer.iter_lines())
    shared.http.post(f"{address}/cancel")
    assert shared.until(address, over)["state"] == "cancelled"
