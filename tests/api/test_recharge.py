"""What schools owe each other, over HTTP: by jobs and by versions, for who may see money."""

import csv
import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.app import create_app
from api.settings import Settings
from models.register.recharge import Ledger
from models.register.rota import Swap
from scheduler.access.keys import KeyRole, Keys, KeyWish
from scheduler.intake.parse import read_request
from scheduler.storage.tables import DEFAULT_TENANT
from tests.api.live import KEY
from tests.service.collaboration import SBM, Collaboration
from tests.service.requests import small
from tests.service.statements import item, typed

PAY = "43217"
"""A salary that stands nowhere else."""


def agreements(*people: tuple[str, str]) -> dict[str, Any]:
    """Half of each contract's cost for a school; the year is the financial one."""
    return {
        "name": "Shared staff",
        "on_costs": [{"id": "pension", "percent": "20", "source": "As agreed"}],
        "pay": [
            {"person": p, "contract": f"{p}-1", "yearly": PAY, "on_costs": ["pension"]}
            for p, _ in people
        ],
        "agreements": [
            {
                "id": f"{person}-to-{school}",
                "person": person,
                "contract": f"{person}-1",
                "payer": school,
                "dates": {"first": "2026-04-01", "last": "2027-03-31"},
                "basis": {"kind": "share", "percent": "50"},
                "travel": "payer",
                "tax_code": "education",
            }
            for person, school in people
        ],
    }


class World:
    """A service with a published rota of which one duty was swapped, and with a job."""

    def __init__(self, client: TestClient, engine: Any, queue: Any) -> None:
        self.client = client
        self.engine = engine
        self.hub = Collaboration(engine, queue)
        contracts = [
            item("contract", f"{p}-1", person=p, school="fel", role="ta") for p in ("eve", "fay")
        ]
        self.hub.say(typed(*contracts))
        self.hub.published()

    def key(self, role: KeyRole) -> dict[str, str]:
        """What a caller of a role sends."""
        made = Keys(self.engine, DEFAULT_TENANT).new(KeyWish(name=f"{role}", role=role))
        return {"Authorization": f"Bearer {made.key}"}

    def ask(self, path: str, sent: Any, role: KeyRole = KeyRole.FINANCE, **query: Any) -> Any:
        """A call of a role."""
        return self.client.post(path, json=sent, headers=self.key(role), params=query)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One for all tests of this module."""
    database = str(tmp_path_factory.mktemp("recharge") / "a.db")
    app = create_app(Settings(database=database, work=False, admin_key=SecretStr(KEY)))
    with TestClient(app) as client:
        service = app.state.service
        yield World(client, service.engine, service.queue)


def test_by_a_version_with_what_was_worked(world: World) -> None:
    """Eve's duties at Oak are planned; Cat took one of them over, so it was not delivered. Half of
    43,217 and a fifth on top, 25,930.20, is 2,160.85 in eleven months and 2,160.85 in the last."""
    duties = world.hub.on("eve", 1)
    taken = next(
        (d, other)
        for d in duties
        for other in ("ann", "bob", "cat", "dev")
        if _may_take(world, other, d)
    )
    duty, other = taken
    swap = {
        "take": [{"person": "eve", "duty": duty}],
        "give": [{"person": other, "duty": duty}],
    }
    number = world.hub.swaps.swap("hub", 1, Swap.model_validate(swap), SBM).number
    path = "/v1/rotas/hub/versions/1/recharge"
    sent = agreements(("eve", "oak"))
    planned = Ledger.model_validate_json(world.ask(path, sent).text)
    (line,) = planned.lines
    assert line.charge == Decimal("25930.20")
    assert line.cost is not None
    assert line.cost.total == Decimal("51860.40")
    assert line.planned_minutes == line.delivered_minutes == 360 * len(duties) > 0
    (may,) = [row for row in planned.journal if row.period == "2026-05"]
    assert (may.amount, may.planned_minutes) == (Decimal("2160.85"), line.planned_minutes)

    rows = list(
        csv.DictReader(io.StringIO(world.ask(path, sent, format="csv", delivered=number).text))
    )
    assert len(rows) == 12
    found = {row["period"]: row for row in rows}["2026-05"]
    assert found["payer"] == "oak"
    assert int(found["planned_minutes"]) - int(found["delivered_minutes"]) == 360
    assert sum(Decimal(row["amount"]) for row in rows) == Decimal("25930.20")


def _may_take(world: World, person: str, duty: str) -> bool:
    """Whether a swap of Eve's duty would keep every must: there is no fourth day in a row."""
    days = sorted(int(d[-2:]) for d in [*world.hub.on(person, 1), duty])
    runs = [days[n : n + 4] for n in range(len(days) - 3)]
    return duty not in world.hub.on(person, 1) and all(r[3] - r[0] > 3 for r in runs)


def test_in_every_format(world: World) -> None:
    """By the query, or by the Accept header."""
    path, sent = "/v1/rotas/hub/versions/1/recharge", agreements(("eve", "oak"))
    book = openpyxl.load_workbook(io.BytesIO(world.ask(path, sent, format="xlsx").content))
    assert book.sheetnames[:2] == ["Journal", "Periods"]
    assert "2026-05         £2,160.85" in world.ask(path, sent, format="text").text
    for accept, status, media in (
        ("text/csv", 200, "text/csv; charset=utf-8"),
        ("text/calendar", 406, "application/problem+json"),
    ):
        headers = {**world.key(KeyRole.FINANCE), "Accept": accept}
        answer = world.client.post(path, json=sent, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (status, media)


def test_what_one_school_gets(world: World) -> None:
    """Its lines and minutes of one month, nobody's pay; one that pays nothing learns so."""
    path = "/v1/rotas/hub/versions/1/recharge"
    sent = agreements(("eve", "oak"), ("fay", "oak"))
    answer = world.ask(path, sent, payer="oak", period="2026-05")
    found = Ledger.model_validate_json(answer.text)
    assert [(i.agreement, i.period) for i in found.journal] == [
        ("eve-to-oak", "2026-05"),
        ("fay-to-oak", "2026-05"),
    ]
    assert {m.person for m in found.minutes} == {p for p in ("eve", "fay") if world.hub.on(p, 1)}
    assert PAY not in answer.text
    assert not Ledger.model_validate_json(
        world.ask(path, sent, payer="oak", period="2026-06").text
    ).minutes
    book = world.ask(path, sent, payer="oak", format="xlsx").content
    assert "Employers' costs" not in openpyxl.load_workbook(io.BytesIO(book)).sheetnames
    for payer, period in (("fel", None), ("oak", "2025-05"), (None, "2026-05")):
        assert world.ask(path, sent, payer=payer, period=period).status_code == 422


def test_by_a_job(world: World) -> None:
    """Two jobs: what was planned, and what was worked, which has another horizon."""
    ids = []
    for days in (5, 3):
        request = small(days=days)
        problem = request["problem"]
        problem["schools"].append({**problem["schools"][0], "id": "fel", "name": "Fellside"})
        problem["roles"] = {"ta": "Teaching assistant"}
        for person in problem["people"]:
            contract = {"id": f"{person['id']}-1", "role": "ta", "school": "fel"}
            person.update(contracts=[contract])
        job = world.hub.jobs.submit(read_request(request)).id
        world.hub.answer(job)
        ids.append(job)
    planned, worked = ids
    path = f"/v1/jobs/{planned}/recharge"
    sent = agreements(*((f"p{n}", "oak") for n in range(5)))
    for agreement in sent["agreements"]:
        agreement["dates"] = {"first": "2025-09-01", "last": "2026-08-31"}
    found = Ledger.model_validate_json(world.ask(path, sent, delivered=worked).text)
    assert sum(line.planned_minutes for line in found.lines) == 5 * 2 * 360
    assert sum(line.delivered_minutes for line in found.lines) == 3 * 2 * 360
    assert world.ask(path, sent, delivered="none").status_code == 404


def test_only_for_who_may_see_money(world: World) -> None:
    """Neither who publishes rotas nor who plans them; nothing that was sent is kept, or said in
    a refusal; that it was asked for is written down."""
    path, sent = "/v1/rotas/hub/versions/1/recharge", agreements(("eve", "oak"))
    for role, status in (
        (KeyRole.VIEWER, 403),
        (KeyRole.PLANNER, 403),
        (KeyRole.PUBLISHER, 403),
        (KeyRole.FINANCE, 200),
        (KeyRole.ADMIN, 200),
    ):
        answer = world.ask(path, sent, role)
        assert answer.status_code == status
        assert (PAY in answer.text) == (status == 200), "pay is shown only to who may see it"
    wrong = agreements(("eve", "oak"), ("eve", "elm"), ("zoe", "oak"))
    wrong["agreements"][0]["basis"] = {"kind": "hourly", "rate": PAY + ".123", "hours": "x" + PAY}
    wrong["agreements"][1]["basis"]["percent"] = "101"
    answer = world.ask(path, wrong)
    assert answer.status_code == 422
    assert {e["pointer"] for e in answer.json()["errors"]} == {
        "/agreements/0/basis/rate",
        "/agreements/0/basis/hours",
        "/agreements/1/basis/percent",
    }
    assert PAY not in answer.text
    unfit = agreements(("eve", "oak"), ("eve", "elm"), ("zoe", "oak"))
    unfit["agreements"][1]["basis"]["percent"] = "51"
    answer = world.ask(path, unfit)
    assert {e["pointer"] for e in answer.json()["errors"]} == {
        "/pay/2/person",
        "/agreements/1/payer",
        "/agreements/1/basis",
        "/agreements/2/person",
    }
    assert not [word for word in (PAY, "zoe", "elm", "eve") if word in answer.text]
    admin = {"Authorization": f"Bearer {KEY}"}
    audit = world.client.get("/v1/audit", headers=admin).json()["items"]
    assert ("recharge reckoned", "rota:hub/1") in {(a["action"], a["object"]) for a in audit}
