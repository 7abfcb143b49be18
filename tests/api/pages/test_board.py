"""The board, its cells, changes by hand, what it cost and why not: as pages without a script."""

import gzip
import json
import re
from html import unescape
from importlib.resources import files

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.pages.moves import Move, patch_of, read_moves
from api.pages.report import bend
from models.answer.result import Relaxation
from scheduler.access.keys import KeyRole
from scheduler.engine import schedule
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.rotas.json_patch import patched
from scheduler.storage.tables import DEFAULT_TENANT
from scheduler.storage.tenant_scope import of_every_tenant
from tests.api.pages.conftest import Browser
from tests.service.collaboration import Collaboration
from tests.web.club import HOSTILE, answer, club, impossible

MONDAY = "2026-04-06"


@pytest.fixture(scope="module")
def planner(browser: Browser) -> TestClient:
    """Somebody who makes rotas."""
    return browser(KeyRole.PLANNER)


@pytest.fixture(scope="module")
def place(site: FastAPI, planner: TestClient) -> str:
    """The address of a job that is answered."""
    began = planner.post("/new", data={"text": json.dumps(club(days=12))}).headers["location"]
    answer(of_every_tenant(site.state.service.engine), began.rpartition("/")[2])
    return began


def _rows(page: str) -> dict[str, list[str]]:
    """The board's rows: the name, then the text of each cell."""
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    rows = {}
    for row in body.split("<tr")[1:]:
        cells = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.S)
        texts = [" ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split()) for cell in cells]
        rows[texts[0]] = texts[1:]
    return rows


def test_the_board_by_person(planner: TestClient, place: str) -> None:
    """People with a duty that week, with marks in words; a hostile name is text."""
    page = planner.get(f"{place}/board").text
    rows = _rows(page)
    assert list(rows) == ["Ann Marsh", "Bob Marsh", "Cat Marsh", "Hal Marsh", HOSTILE]
    assert rows["Ann Marsh"][0] == "Club, first-aider pinned"
    assert rows["Ann Marsh"][-1] == "12:00"
    assert "5 more without a duty" in page
    assert "=HYPERLINK()" in rows["Hal Marsh"][0]
    assert HOSTILE not in page
    assert len(_rows(planner.get(f"{place}/board?all=1").text)) == 10


def test_the_board_by_duty_and_by_the_term(planner: TestClient, place: str) -> None:
    """What is short says so; a term has a number for each week."""
    rows = _rows(planner.get(f"{place}/board?view=duty").text)
    assert rows["Club, helper 08:30-12:30, Oak Primary"][:2] == [
        "Bob Marsh, Cat Marsh",
        "Bob Marsh 1 short",
    ]
    term = _rows(planner.get(f"{place}/board?view=term").text)
    assert term["Ann Marsh"] == ["3", "", "3"]


def test_filters_stand_in_the_address(planner: TestClient, place: str) -> None:
    """A week, a school, a name; one that finds nothing can be cleared; nonsense is the first
    week."""
    page = planner.get(f"{place}/board?week=2026-04-15&school=oak&q=zed&view=duty").text
    assert 'No duty contains "zed".' in unescape(page)
    assert "week=2026-04-15&amp;school=oak" in page.partition("Clear the filter")[0]
    assert "<td" not in planner.get(f"{place}/board?week=2026-04-15").text
    assert list(_rows(planner.get(f"{place}/board?q=aNN").text)) == ["Ann Marsh"]
    assert "Ann Marsh" in planner.get(f"{place}/board?week=1999-01-01&school=none").text
    assert planner.get(f"{place}/board?week=x").status_code == 422
    assert planner.get(f"{place}/board?whom=x").status_code == 422


def test_a_cell_says_who_else_could(planner: TestClient, place: str) -> None:
    """Ranked, with the cost in words; alone where a script asks for it."""
    page = planner.get(f"{place}/board?on=ann&day={MONDAY}&part=cell").text
    assert "<html" not in page
    assert "Ann Marsh, Mon 6 Apr" in page
    assert "Let go of" in page
    assert "Give to them: Dev Marsh" in page
    assert "Bob" not in page
    whole = planner.get(f"{place}/board?view=duty&duty=club/helper@2026-04-07").text
    assert "Put on it: Cat Marsh" in whole
    assert "1 short" in whole
    for nothing in ("on=nobody&day=2026-04-06", "on=ann&day=1999-01-01", "duty=none"):
        assert planner.get(f"{place}/board?{nothing}").status_code == 200


def test_changes_are_collected_tried_and_solved_again(
    planner: TestClient, browser: Browser, place: str
) -> None:
    """They stand in the address; undoing one is a link; who looks only cannot solve."""
    moves = ["off:ann:club/first-aider@2026-04-08", "put:dev:club/first-aider@2026-04-08"]
    query = "&".join(f"m={move}" for move in moves)
    page = unescape(planner.get(f"{place}/board?{query}").text)
    assert "2 changes not solved yet" in page
    assert "Dev Marsh goes on Club first-aider on Wed 8 Apr." in page
    assert "1 less." in page
    assert _rows(page)["Dev Marsh"][2] == "Club, first-aider"
    undo = page.partition('data-key="undo" href="')[2].partition('"')[0]
    assert "put" not in undo
    assert "off" in undo
    busy = unescape(planner.get(f"{place}/board?m=put:bob:club/first-aider@{MONDAY}").text)
    assert "It would break a must:" in busy
    again = planner.post(f"{place}/again", data={"m": moves})
    assert again.status_code == 303
    assert planner.get(again.headers["location"]).status_code == 200
    assert browser(KeyRole.VIEWER).post(f"{place}/again", data={"m": moves}).status_code == 403


def test_moves_become_pins_and_what_is_forbidden() -> None:
    """What is not a move, a person or a duty is left out."""
    request = RotaRequest.model_validate(club())
    facts = Case(request).facts
    texts = [
        "unpin:ann:club/first-aider@2026-04-06",
        "off:bob:club/helper@2026-04-06",
        "put:bob:late@2026-04-06",
        "pin:nobody:late@2026-04-06",
        "pin:bob:nothing",
        "drop:bob:late@2026-04-06",
        "x",
    ]
    moves = read_moves(texts, facts)
    assert [move.kind for move in moves] == ["unpin", "off", "put"]
    assert [str(move) for move in moves] == texts[:3]
    patch = patch_of(moves, request)
    after = RotaRequest.model_validate(patched(request.model_dump(mode="json"), patch))
    assert [(p.person, p.duty) for p in after.problem.pinned] == [("bob", "late@2026-04-06")]
    assert [p.duty for p in after.problem.forbidden] == ["club/helper@2026-04-06"]
    back = patch_of([Move("put", "bob", "club/helper@2026-04-06")], after)
    assert back[1]["value"] == []


def test_what_it_cost_leads_to_the_cell(planner: TestClient, place: str) -> None:
    """Each breach, with the address of the board where it stands."""
    page = unescape(planner.get(f"{place}/cost").text)
    row = page.partition("Ann Marsh works on Wed 8 Apr")[0].rpartition('href="')[2].partition('"')
    assert "on=ann" in row[0]
    assert "day=2026-04-08" in row[0]
    assert "Ann Marsh, Wed 8 Apr" in planner.get(row[0]).text
    short = page.partition("Club helper on Tue 7 Apr")[0].rpartition('href="')[2].partition('"')
    assert "duty=club%2Fhelper%402026-04-07" in short[0]


def test_a_way_out_is_taken_and_solved_again(site: FastAPI, planner: TestClient) -> None:
    """The rule that gives way becomes the first wish; a way that there is not is refused."""
    engine = of_every_tenant(site.state.service.engine)
    sent = planner.post("/new", data={"text": json.dumps(impossible())}).headers["location"]
    Collaboration(engine, site.state.service.queue, made=False).answer(sent.rpartition("/")[2])
    page = planner.get(f"{sent}/why").text
    assert "What cannot all hold" in page
    assert page.count("Do so, and solve again") >= 1
    for wrong in ("99", "x", ""):
        assert planner.post(f"{sent}/mend", data={"way": wrong}).status_code == 422
    mended = planner.post(f"{sent}/mend", data={"way": "0"}).headers["location"]
    request = site.state.service.jobs_of(DEFAULT_TENANT).request(mended.rpartition("/")[2])
    assert 1 in {rule.priority for rule in request.rules}


def test_other_wishes_come_after_the_rule_that_gives_way() -> None:
    """Law and facts cannot be bent by a button."""
    sent = RotaRequest.model_validate(impossible())
    result = schedule(sent)
    assert result.clash is not None
    way: Relaxation = result.clash.relaxations[0]
    (member, *_) = way.gives_up
    wish = {"kind": "fewest_for_worst_off", "priority": 3}
    more = RotaRequest.model_validate({**impossible(), "rules": [*impossible()["rules"], wish]})
    patch = bend(way, more)
    assert patch is not None
    after = RotaRequest.model_validate(patched(more.model_dump(mode="json"), patch))
    assert after.rules[member.rule or 0].priority == 1
    assert after.rules[2].priority == 4
    law = member.model_copy(update={"rule": 99})
    assert bend(way.model_copy(update={"gives_up": (member, law)}), more) is None


def test_the_published_rota_has_a_board(site: FastAPI, browser: Browser) -> None:
    """A partner school sees its own people, and changes nothing; what others may see they do."""
    hub = Collaboration(of_every_tenant(site.state.service.engine), site.state.service.queue)
    hub.published()
    planner = browser(KeyRole.PLANNER)
    page = planner.get("/rotas/hub/board?week=2026-05-11").text
    assert "version 1, published" in page
    assert planner.get("/rotas/hub/cost").status_code == 200
    assert planner.get("/rotas/hub/versions/1/board").status_code == 200
    partner = browser(KeyRole.VIEWER, schools=("fel",))
    seen = partner.get("/rotas/hub/board?week=2026-05-11&all=1")
    assert seen.status_code == 200
    assert "Ann Example" not in seen.text
    assert "Eve Example" in seen.text
    assert "/cost" not in seen.text
    for path in ("cost", "versions/1/board"):
        assert partner.get(f"/rotas/hub/{path}").status_code == 403
    assert planner.get("/rotas/none/board").status_code == 404
    again = planner.post("/rotas/hub/again", data={"m": "pin:ann:hub@2026-05-11"})
    assert again.status_code == 303
    pinned = hub.rotas.get("hub").definition.request["problem"]["pinned"]
    assert pinned == [{"person": "ann", "duty": "hub@2026-05-11"}]


def test_a_large_board_stays_within_its_budget(site: FastAPI, planner: TestClient) -> None:
    """700 people in one week: 350 kB, 40 kB packed, 10,000 nodes; scripts and styles are small."""
    sent = club()
    like = sent["problem"]["people"][1]
    sent["problem"]["people"] = [{**like, "id": f"p{n}", "name": f"Person {n}"} for n in range(700)]
    sent["problem"]["pinned"] = []
    sent["problem"]["shifts"] = [{**sent["problem"]["shifts"][1], "needs": [{"count": 420}]}]
    days = [f"late@2026-04-{day:02}" for day in range(6, 11)]
    placed = [(f"p{n}", day) for n in range(700) for at, day in enumerate(days) if (n + at) % 5 < 3]
    place = planner.post("/new", data={"text": json.dumps(sent)}).headers["location"]
    answer(of_every_tenant(site.state.service.engine), place.rpartition("/")[2], placed=placed)
    page = planner.get(f"{place}/board", headers={"Accept-Encoding": "identity"}).content
    assert len(_rows(page.decode())) == 700
    assert len(page) <= 350_000
    assert len(gzip.compress(page)) <= 40_000
    assert len(re.findall(rb"<[a-z]", page)) <= 10_000
    static = files("api.pages").joinpath("static")
    size = {file.name: len(file.read_bytes()) for file in static.iterdir()}
    assert sum(n for name, n in size.items() if name.endswith(".js")) <= 70_000
    assert size["page.css"] <= 15_000
