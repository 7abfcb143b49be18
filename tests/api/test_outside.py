"""Over HTTP: webhooks, calendars, sources, what an MIS sends, and workbooks."""

import json
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import icalendar
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.problem import Problem
from scheduler.notify.calendars import record
from scheduler.storage.tables import DEFAULT_TENANT
from scheduler.storage.tenant_scope import of_tenant
from tests.last_term import last_term
from tests.scheduler.exchange.mis.test_oneroster import USERS, archive
from tests.scheduler.notify.test_calendars import PROBLEM

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


# ------------------------------------------------------------------ webhooks


def test_a_webhook_is_managed(client: TestClient) -> None:
    """Made, looked at, changed, rotated, tried, removed; its secret is shown once."""
    made = client.post("/v1/webhooks", json={"url": "https://example.org/hook"})
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    id = made.json()["about"]["id"]
    seen = client.get(f"/v1/webhooks/{id}")
    assert seen.json()["active"] is True
    assert "whsec" not in seen.text + client.get("/v1/webhooks").text
    changed = {"url": "https://example.org/other", "types": ["rota.published"]}
    assert client.put(f"/v1/webhooks/{id}", json=changed).json()["types"] == ["rota.published"]
    rotated = client.post(f"/v1/webhooks/{id}/rotate", json={"hours": 1}).json()
    assert rotated["secret"] != made.json()["secret"]
    sent = client.post(f"/v1/webhooks/{id}/test").json()
    assert (sent["type"], sent["state"]) == ("webhook.test", "pending")
    (listed,) = client.get(f"/v1/webhooks/{id}/deliveries").json()["items"]
    replayed = client.post(f"/v1/webhooks/{id}/deliveries/{listed['message']}/replay")
    assert replayed.status_code == 202
    assert client.delete(f"/v1/webhooks/{id}").status_code == 204
    assert client.get(f"/v1/webhooks/{id}").status_code == 404


@pytest.mark.parametrize(
    "url", ["http://example.org/", "https://127.0.0.1/", "https://[::1]/", "https://u:p@a.org/"]
)
def test_an_address_that_must_not_be_called(client: TestClient, url: str) -> None:
    """Is refused when it is given, for webhooks and for sources."""
    refused = client.post("/v1/webhooks", json={"url": url})
    assert refused.status_code == 422
    assert refused.json()["type"] == "urn:schoolrota:problem:address-refused"
    assert url not in refused.text
    source = {"kind": "wonde", "school": "S1", "base": url, "secret": "hush"}
    assert client.put("/v1/sources/oak", json=source).status_code == 422


def test_a_type_that_is_not_known(client: TestClient) -> None:
    """Says which there are."""
    wish = {"url": "https://example.org/", "types": ["rota.burnt"]}
    refused = client.post("/v1/webhooks", json=wish)
    assert refused.status_code == 422
    assert "rota.published" in refused.text
    assert "burnt" not in refused.text


# ------------------------------------------------------------------ calendars


def engine_of(client: TestClient) -> sa.Engine:
    """The database behind a client."""
    engine: sa.Engine = client.app.state.service.engine  # type: ignore[attr-defined]  # ours
    return engine


def publish(client: TestClient, *days: int) -> None:
    """Ann is to come on these days of the month."""
    today = datetime.now(UTC)
    first = today.replace(day=1).date().isoformat()
    last = today.replace(day=28).date().isoformat()
    week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    school = {**PROBLEM["schools"][0], "weekdays": week}
    facts = Facts(
        Problem.model_validate(
            {
                **PROBLEM,
                "horizon": {"first": first, "last": last},
                "children": [],
                "schools": [school],
            }
        )
    )
    duties = [f"day@{today.replace(day=day).date().isoformat()}" for day in days]
    placed = {"placements": [{"person": "ann", "duty": duty} for duty in duties]}
    with Session(of_tenant(engine_of(client), DEFAULT_TENANT)) as session, session.begin():
        plan = Plan.of(facts, Schedule.model_validate(placed))
        record(session, DEFAULT_TENANT, "monthly", facts, plan)


def test_a_calendar_program_subscribes(client: TestClient) -> None:
    """Without a key; it asks with its ETag, and reads again only when something has changed."""
    publish(client, 10, 11)
    made = client.post("/v1/feeds", json={"of": "person", "id": "ann"}).json()
    nobody = {"Authorization": ""}
    read = client.get(made["path"], headers=nobody)
    assert read.headers["content-type"].startswith("text/calendar")
    assert len(icalendar.Calendar.from_ical(read.content).walk("VEVENT")) == 2
    tag = {**nobody, "If-None-Match": read.headers["etag"]}
    assert client.get(made["path"], headers=tag).status_code == 304
    publish(client, 10)
    again = client.get(made["path"], headers=tag)
    assert again.status_code == 200
    states = [e["status"] for e in icalendar.Calendar.from_ical(again.content).walk("VEVENT")]
    assert states == ["CONFIRMED", "CANCELLED"]
    token = made["path"].rpartition("/")[2].removesuffix(".ics")
    assert token not in client.get("/v1/feeds").text
    assert client.delete(f"/v1/feeds/{made['about']['id']}").json()["revoked_at"]
    assert client.get(made["path"], headers=nobody).status_code == 404


# ------------------------------------------------------------------ what an MIS sends


def test_what_wonde_says_is_sent(client: TestClient) -> None:
    """The same JSON that it answers, with what cannot be used listed beside what can."""
    feed: dict[str, Any] = {
        "schools": {"data": {"id": "W1", "name": "Oak"}},
        "employees": {"data": [{"id": "A1", "forename": "Sam", "surname": "Okafor"}, {"id": "A2"}]},
    }
    sent = client.post("/v1/imports/wonde?school=W1", json=feed)
    assert sent.status_code == 201
    sorts = [(c["sort"], c["kind"], c["place"]) for c in sent.json()["list"]["changes"]]
    assert sorts == [
        ("new", "school", "/schools/0"),
        ("new", "person", "/employees/0"),
        ("refused", None, "/employees/1"),
    ]
    applied = client.post(f"/v1/imports/{sent.json()['id']}/apply", json={"everything": True})
    assert applied.json()["applied"] == [1, 2]
    again = client.post("/v1/imports/wonde?school=W1", json=feed).json()
    assert [c["sort"] for c in again["list"]["changes"]] == ["refused"]


def test_what_oneroster_says_is_sent(client: TestClient) -> None:
    """As JSON and as files; who is missing in a bulk has gone."""
    orgs = [
        ["sourcedId", "status", "type", "name", "identifier"],
        ["R1", "", "school", "Ash", "654321"],
    ]
    roles = [
        ["sourcedId", "userSourcedId", "roleType", "role", "orgSourcedId"],
        ["r1", "u-17", "primary", "teacher", "R1"],
    ]
    raw = archive({"orgs": orgs, "users": USERS, "roles": roles})
    zipped = {"Content-Type": "application/zip"}
    sent = client.post("/v1/imports/oneroster-files", content=raw, headers=zipped)
    assert sent.status_code == 201
    client.post(f"/v1/imports/{sent.json()['id']}/apply", json={"everything": True})
    feed = {"orgs": [{"sourcedId": "R1", "type": "school", "name": "Ash"}], "users": []}
    gone = client.post("/v1/imports/oneroster?complete=true", json=feed).json()
    assert [(c["sort"], c["kind"]) for c in gone["list"]["changes"]] == [("gone", "person")]


@pytest.mark.parametrize(
    ("path", "body", "kind", "status"),
    [
        ("/v1/imports/wonde?school=W1", b"[]", "application/json", 422),
        ("/v1/imports/wonde?school=W1", b"{", "application/json", 422),
        ("/v1/imports/wonde", b"{}", "application/json", 422),
        ("/v1/imports/oneroster", b"7", "application/json", 422),
        ("/v1/imports/oneroster-files", b"PK", "application/zip", 422),
        ("/v1/imports/oneroster-files", b"PK", "application/json", 415),
        ("/v1/workbooks/read", b"PK", XLSX, 422),
        ("/v1/workbooks/read", b"PK", "text/plain", 415),
        ("/v1/grids/read", b"PK", XLSX, 422),
        ("/v1/grids/read", b"no rota", "text/plain", 422),
        ("/v1/grids/read", b"Name,Mon 13 April", "image/png", 415),
        ("/v1/grids/read?mapping=[", b"Name,Mon 13 April", "text/csv", 422),
    ],
)
def test_what_cannot_be_read(
    client: TestClient, path: str, body: bytes, kind: str, status: int
) -> None:
    """Is refused with a problem document."""
    refused = client.post(path, content=body, headers={"Content-Type": kind})
    assert refused.status_code == status
    assert refused.headers["content-type"] == "application/problem+json"


def test_a_source_is_managed(client: TestClient) -> None:
    """Its secret is never shown; one that does not answer is a bad gateway."""
    wish = {"kind": "wonde", "school": "S1", "secret": "hush-hush"}
    assert client.put("/v1/sources/oak", json=wish).json()["base"] == "https://api.wonde.com"
    assert "hush" not in client.get("/v1/sources").text
    assert client.delete("/v1/sources/oak").status_code == 204
    assert client.post("/v1/sources/oak/pull").status_code == 404


# ------------------------------------------------------------------ workbooks


def test_a_workbook_goes_out_and_comes_back(client: TestClient) -> None:
    """A request as a workbook; filled in, a request again, or every fault with its cell."""
    tiny = client.get("/v1/examples/tiny").json()
    sent = client.post("/v1/workbooks/write", json=tiny)
    assert sent.headers["content-type"] == XLSX
    back = client.post("/v1/workbooks/read", content=sent.content, headers={"Content-Type": XLSX})
    assert back.json()["problem"]["name"] == tiny["problem"]["name"]
    book = load_workbook(BytesIO(sent.content))
    book["People"]["C2"] = "nowhere"
    book["Needs"]["D2"] = "ten"
    out = BytesIO()
    book.save(out)
    refused = client.post(
        "/v1/workbooks/read", content=out.getvalue(), headers={"Content-Type": XLSX}
    )
    assert refused.status_code == 422
    assert {error["cell"] for error in refused.json()["errors"]} >= {"People!C2", "Needs!D2"}
    assert "nowhere" not in refused.text


# ------------------------------------------------------------------ a school's own sheet


def test_a_sheet_of_ones_own_is_read(client: TestClient) -> None:
    """What is unclear is asked about, the mapping comes back, and with it nothing is unclear."""
    sheet = b"Name,Mon 13 April 2026,Tue 14 April 2026\nAnn Lee,Q1,sick\nBob Day,8.30-3.15,Q1\n"
    csv = {"Content-Type": "text/csv"}
    first = client.post("/v1/grids/read", content=sheet, headers=csv).json()
    assert [asked["answer"] for asked in first["questions"]] == ["/codes/Q1"]
    assert "sick" not in json.dumps(first)
    mapping = first["mapping"]
    mapping["codes"]["Q1"] |= {"start": "09:00", "end": "12:00"}
    sent = {"mapping": json.dumps(mapping)}
    again = client.post("/v1/grids/read", content=sheet, headers=csv, params=sent).json()
    assert again["questions"] == []
    body = {"request": again["request"], "schedule": again["schedule"]}
    report = client.post("/v1/check", json=body)
    assert report.status_code == 200, report.text


def test_last_terms_rota_is_judged_mended_and_compared(client: TestClient) -> None:
    """Marks at their cells, what each school pays, a job that starts from it, and what is
    gained."""
    xlsx = {"Content-Type": XLSX}
    read = client.post("/v1/grids/read", content=last_term(), headers=xlsx).json()
    parts = {name: read[name] for name in ("request", "schedule", "cells")}
    judged = client.post("/v1/check", json=parts).json()
    assert [mark["at"] for mark in judged["marks"]] == [
        ["Oak Primary!E6"],
        ["Oak Primary!C4"],
        ["Elm Primary!E3"],
        ["Oak Primary!F7"],
    ]
    assert [school["broken"] for school in judged["schools"]] == [2, 1]
    assert judged["comparison"] is None
    start = {"request": read["request"], "start": read["schedule"], "way": "near"}
    made = client.post("/v1/jobs", json=start)
    assert made.status_code == 202, made.text
    request = client.get(f"/v1/jobs/{made.json()['id']}/request").json()
    assert request["problem"]["published"]["placements"] == read["schedule"]["placements"]
    again = {
        "request": read["request"],
        "schedule": {"placements": read["schedule"]["placements"][1:]},
        "before": read["schedule"],
    }
    gained = client.post("/v1/check", json=again).json()["comparison"]
    assert gained["changed"] == 1
    of_job = client.post(
        f"/v1/grids/read?job={made.json()['id']}", content=last_term(), headers=xlsx
    ).json()
    assert of_job["schedule"] == read["schedule"]
    assert client.post("/v1/grids/read?job=none", content=b"", headers=xlsx).status_code == 404


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"way": "neer"}, "/way"),
        ({"start": None}, "/start"),
        ({"start": {"placements": [{"person": "x", "duty": "y"}]}}, "/start/placements/0/person"),
        ({"request": {}}, "/request/problem"),
        ({"begin": {}}, ""),
    ],
)
def test_a_job_whose_start_cannot_be_used(
    client: TestClient, change: dict[str, Any], pointer: str
) -> None:
    """It says where, and nothing is submitted."""
    sheet = b"Name,Mon 13 April 2026,Tue 14 April 2026\nAnn Lee,8-4,8-4\n"
    read = client.post("/v1/grids/read", content=sheet, headers={"Content-Type": "text/csv"}).json()
    body = {"request": read["request"], "start": read["schedule"], **change}
    before = client.get("/v1/jobs").json()["items"]
    refused = client.post("/v1/jobs", json=body)
    assert refused.status_code == 422
    assert refused.json()["errors"][0].get("pointer", "") == pointer
    assert client.get("/v1/jobs").json()["items"] == before


def test_faults_of_a_sheet_and_of_its_mapping_have_places(client: TestClient) -> None:
    """A cell, or a pointer into the mapping; what was typed is not repeated."""
    csv = {"Content-Type": "text/csv"}
    sheet = b"Name,Tue 13 April 2026,31 April 2026\nAnn Lee,E,E\n"
    refused = client.post("/v1/grids/read", content=sheet, headers=csv)
    assert [error["cell"] for error in refused.json()["errors"]] == ["Pasted!B1", "Pasted!C1"]
    sent = {"mapping": '{"codes": {"E": {"means": "dutty"}}}'}
    refused = client.post("/v1/grids/read", content=sheet, headers=csv, params=sent)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["parameter"] == "mapping"
    assert "dutty" not in refused.text
