"""Beginning a rota on the pages, and watching it: what is shown, what is refused, and in words."""

import json
from io import BytesIO
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from openpyxl import load_workbook

from api.pages.words import gap
from scheduler.access.keys import KeyRole
from scheduler.jobs.view import PriorityProgress
from tests.api.pages.conftest import Browser
from tests.service.requests import small

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def planner(browser: Browser) -> TestClient:
    """Somebody who makes rotas."""
    return browser(KeyRole.PLANNER)


def _pasted(request: dict[str, Any], **more: str) -> dict[str, str]:
    return {"text": json.dumps(request), **more}


def test_an_example_is_solved_in_one_click(planner: TestClient) -> None:
    """It waits, is listed on the first page, and can be stopped."""
    assert "There is no rota yet" in planner.get("/").text
    began = planner.post("/new/example", data={"example": "tiny"})
    assert began.status_code == 303
    place = began.headers["location"]
    shown = planner.get(place).text
    assert "Waits for its turn" in shown
    assert "<noscript><meta http-equiv" in shown
    assert f'href="{place}"' in planner.get("/").text
    part = planner.get(f"{place}?part=progress").text
    assert "<html" not in part
    assert "Not begun." in part
    assert planner.post(f"{place}/stop").headers["location"] == place
    assert "Stopped" in planner.get(place).text
    assert planner.get(f"{place}/files/html").status_code == 404


def test_what_is_pasted_is_solved(planner: TestClient) -> None:
    """With as many seconds as were asked for; a hostile name is text everywhere."""
    sent = small()
    sent["problem"]["name"] = HOSTILE
    began = planner.post("/new", data=_pasted(sent, seconds="7"))
    assert began.status_code == 303
    for path in (began.headers["location"], "/"):
        assert HOSTILE not in planner.get(path).text
    assert "&lt;img" in planner.get(began.headers["location"]).text


@pytest.mark.parametrize("seconds", ["x", "0", "1e99", "nan", "-5"])
def test_seconds_are_a_number(planner: TestClient, seconds: str) -> None:
    """The summary leads to the field, and what was pasted is still there."""
    answer = planner.post("/new", data=_pasted(small(), seconds=seconds))
    assert answer.status_code == 422
    assert 'href="#seconds"' in answer.text
    assert "&#34;horizon&#34;" in answer.text


def test_every_fault_of_a_request_is_shown(planner: TestClient) -> None:
    """Part by part, with a link to each part from the summary."""
    sent = small()
    sent["problem"]["people"][0]["home"] = "nowhere"
    sent["rules"].append({"kind": "covr"})
    answer = planner.post("/new", data=_pasted(sent))
    assert answer.status_code == 422
    for title in ("People", "Rules"):
        assert f"{title}: 1 fault</a>" in answer.text
    assert "1st, home" in answer.text
    assert planner.post("/new", data={"text": "{"}).status_code == 422
    assert 'href="#file"' in planner.post("/new", data={}).text


def test_a_workbook_goes_out_and_comes_back(planner: TestClient) -> None:
    """A fault in it is shown with its sheet and cell."""
    book = planner.get("/new/workbook")
    began = planner.post("/new", files={"file": ("rota.xlsx", book.content)})
    assert began.status_code == 303
    opened = load_workbook(BytesIO(book.content))
    sheet = opened["People"]
    column = [cell.value for cell in sheet[1]].index("home") + 1
    sheet.cell(2, column).value = "nowhere"
    changed = BytesIO()
    opened.save(changed)
    answer = planner.post("/new", files={"file": ("rota.xlsx", changed.getvalue())})
    assert answer.status_code == 422
    assert "Sheet People: 1 fault" in answer.text
    assert ">C2</th>" in answer.text or ">D2</th>" in answer.text
    assert planner.post("/new", files={"file": ("a.xlsx", b"PK\3\4")}).status_code == 422


def test_who_looks_only_begins_nothing(browser: Browser, planner: TestClient) -> None:
    """And stops nothing; a key for one school sees no jobs."""
    place = planner.post("/new/example", data={"example": "tiny"}).headers["location"]
    viewer = browser(KeyRole.VIEWER)
    assert viewer.get(place).status_code == 200
    assert "/stop" not in viewer.get(place).text
    for path in (f"{place}/stop", "/new/example", "/new"):
        assert viewer.post(path, data={"example": "tiny"}).status_code == 403
    partner = browser(KeyRole.PLANNER, schools=("oak",))
    assert partner.get("/").status_code == 200
    assert place not in partner.get("/").text
    assert partner.get(place).status_code == 403


def test_an_unknown_job_is_a_page(planner: TestClient, site: FastAPI) -> None:
    """As is anything that a browser finds nowhere; a script gets a problem document."""
    answer = planner.get("/jobs/nowhere")
    assert answer.status_code == 404
    assert "There is no such job" in answer.text
    assert "<h1>" in planner.get("/nowhere", headers={"Accept": "text/html"}).text
    quiet = planner.get("/jobs/nowhere", headers={"Sec-Fetch-Dest": "empty"})
    assert quiet.headers["content-type"] == "application/problem+json"
    assert site is not None


@pytest.mark.parametrize(
    ("value", "bound", "said"),
    [
        (0, 0, "Kept in full: it cannot be better."),
        (5, 5, "Proved: it cannot be better."),
        (5, 0, "It is not known yet how much better it could be."),
        (5, 3, "It may still get better by 2, and no more: below 3 none is."),
    ],
)
def test_a_gap_in_words(value: int, bound: int, said: str) -> None:
    """Four kinds."""
    level = PriorityProgress(priority=1, value=value, bound=bound, gap=value - bound)
    assert gap(level) == said
