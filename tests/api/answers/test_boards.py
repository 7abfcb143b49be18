"""Over HTTP: a week of an answer as a board, read again for nothing, and cut for a partner."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy.orm import Session

from api.app import create_app
from api.settings import Settings
from scheduler.access.keys import KeyRole, Keys, KeyWish
from scheduler.storage.tables import DEFAULT_TENANT, Checkpoint
from tests.api.live import KEY, WITH_KEY
from tests.service.collaboration import Collaboration
from tests.service.requests import small


class Boards:
    """A service with one published rota, and one finished job."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        service = client.app.state.service  # type: ignore[attr-defined] # FastAPI's
        self.hub = Collaboration(service.engine, service.queue).published()
        self.job = client.post("/v1/jobs", json=small()).json()["id"]
        self.hub.answer(self.job)

    def get(self, path: str, status: int = 200, headers: dict[str, str] | None = None) -> Any:
        """The body of an answer."""
        answer = self.client.get(path, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else answer.headers

    def partner(self, *schools: str) -> dict[str, str]:
        """What a caller for some schools sends."""
        wish = KeyWish(name="Partner", role=KeyRole.VIEWER, schools=schools)
        made = Keys(self.hub.engine, DEFAULT_TENANT).new(wish)
        return {"Authorization": f"Bearer {made.key}"}


@pytest.fixture(scope="module")
def boards(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Boards]:
    """Nothing of it changes in these tests."""
    database = tmp_path_factory.mktemp("boards") / "schoolrota.db"
    app = create_app(Settings(database=str(database), work=False, admin_key=SecretStr(KEY)))
    with TestClient(app, headers=WITH_KEY) as client:
        yield Boards(client)


def test_a_job_s_board(boards: Boards) -> None:
    """The first week unless another is asked for; each row has a cell for each day."""
    board = boards.get(f"/v1/jobs/{boards.job}/board")
    assert len(board["people"]) > 1
    assert {len(row["cells"]) for row in board["people"]} == {len(board["days"])}
    held = sum(len(cell["turns"]) for row in board["people"] for cell in row["cells"])
    assert held == sum(day["places"] for day in board["days"]) > 0
    tuesday = boards.get(f"/v1/jobs/{boards.job}/board?from=2026-01-06&to=2026-01-06")
    assert [day["date"] for day in tuesday["days"]] == ["2026-01-06"]


def test_a_board_that_has_not_changed_is_not_sent_again(boards: Boards) -> None:
    """Its tag tells boards of other dates and other readers apart."""
    path = f"/v1/jobs/{boards.job}/board"
    tag = boards.client.get(path).headers["etag"]
    assert boards.get(path, 304, {"If-None-Match": f'"other", {tag}'})["etag"] == tag
    other = boards.client.get(
        f"{path}?from=2026-01-06&to=2026-01-06", headers={"If-None-Match": tag}
    )
    assert (other.status_code, other.headers["etag"] == tag) == (200, False)
    rota = "/v1/rotas/hub/board?from=2026-05-11"
    tag = boards.client.get(rota).headers["etag"]
    partner = boards.client.get(rota, headers={"If-None-Match": tag, **boards.partner("fel")})
    assert partner.status_code == 200


def test_a_partner_sees_its_own(boards: Boards) -> None:
    """The hub is at Oak: a key for Fellside sees that its people are busy, and nothing of Oak's."""
    whole = boards.get("/v1/rotas/hub/board?from=2026-05-11")
    assert {row["home"] for row in whole["people"]} == {"oak", "fel"}
    headers = boards.partner("fel")
    mine = boards.get("/v1/rotas/hub/board?from=2026-05-11", headers=headers)
    assert {row["home"] for row in mine["people"]} == {"fel"}
    assert mine["duties"] == []
    turns = [turn for row in mine["people"] for cell in row["cells"] for turn in cell["turns"]]
    assert {(turn["duty"], turn["what"]) for turn in turns} == {(None, "busy elsewhere")}
    assert "hub@" not in str(mine)
    assert "oak" not in mine["schools"]
    boards.get("/v1/rotas/hub/board?school=oak", 422, headers)
    boards.get("/v1/rotas/hub/versions/1/board", 403, headers)
    boards.get(f"/v1/jobs/{boards.job}/board", 403, headers)


def test_a_version_s_board_is_the_published_one_s(boards: Boards) -> None:
    """By its number, too."""
    week = "?from=2026-05-18"
    one = boards.get(f"/v1/rotas/hub/versions/1/board{week}")
    assert one == boards.get(f"/v1/rotas/hub/board{week}")
    boards.get("/v1/rotas/hub/versions/7/board", 404)


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("from=2025-01-01&to=2027-01-01&school=nowhere", ["from", "to", "school"]),
        ("from=2026-05-13&to=2026-05-12", ["to"]),
        ("from=yesterday", ["from"]),
    ],
)
def test_what_cannot_be_shown(boards: Boards, query: str, named: list[str]) -> None:
    """All faults at once, each at its parameter; what was sent is not repeated."""
    refused = boards.get(f"/v1/rotas/hub/board?{query}", 422)
    assert [error["parameter"] for error in refused["errors"]] == named
    assert "nowhere" not in str(refused)
    assert "yesterday" not in str(refused)


def test_a_job_that_still_runs_shows_its_best_so_far(boards: Boards) -> None:
    """And a better one has another tag; a job without any has no board."""
    job = boards.client.post("/v1/jobs", json=small()).json()["id"]
    path = f"/v1/jobs/{job}/board"
    boards.get(path, 404)
    placed = boards.hub.jobs.result(boards.job)
    assert placed is not None
    assert placed.schedule is not None
    tags = []
    for kept in (placed.schedule.placements[:1], placed.schedule.placements):
        text = placed.schedule.model_copy(update={"placements": kept}).model_dump_json()
        with Session(boards.hub.engine) as session, session.begin():
            row = session.get(Checkpoint, job)
            if row is None:
                at = boards.hub.jobs.get(job).created_at
                session.add(Checkpoint(job_id=job, attempt=1, at=at, schedule=text))
            else:
                row.schedule = text
        answer = boards.client.get(path)
        assert sum(day["places"] for day in answer.json()["days"]) == len(kept)
        tags.append(answer.headers["etag"])
    assert tags[0] != tags[1]
