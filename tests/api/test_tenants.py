"""Two tenants, every role, every call: nobody sees or touches what is not theirs."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import SecretStr
from sqlalchemy.orm import Session

from api.access import policy_of, refuse_undeclared, routes_of
from api.app import create_app
from api.openapi.committed import PLACE
from api.settings import Settings
from scheduler.access.keys import ALLOWED, KeyRole, Keys, KeyWish, May
from scheduler.notify.feeds import Feeds, FeedWish
from scheduler.notify.webhooks import Webhooks, WebhookWish
from scheduler.register.sources import PulledSourceSettings, Sources
from scheduler.storage.tables import DEFAULT_TENANT, TableRow
from scheduler.storage.tenant_scope import add_tenant, of_tenant
from tests.api.live import KEY
from tests.service.collaboration import SBM, Collaboration
from tests.service.requests import small

OTHER = "north"

MARK = "Zebedee"
"""Stands in everything of the first tenant that has a name."""

CALLS = [
    (method.upper(), path, call)
    for path, calls in json.loads(PLACE.read_text())["paths"].items()
    for method, call in calls.items()
]


class World:
    """A service with two tenants, of which the first has one of everything."""

    def __init__(self, client: TestClient, app: FastAPI) -> None:
        self.client = client
        self.service = app.state.service
        self.engine: sa.Engine = self.service.engine
        add_tenant(self.engine, OTHER, "Schools of the north")
        hub = Collaboration(self.engine, self.service.queue)
        patch = [{"op": "replace", "path": "/name", "value": MARK}]
        hub.rotas.amend("hub", patch, SBM)
        hub.published()
        hub.answer(hub.rotas.solve("hub", SBM).id)
        hub.versions.settle("hub")
        sent = small()
        sent["problem"]["name"] = MARK
        mine = {"Authorization": f"Bearer {KEY}"}
        job = client.post("/v1/jobs", json=sent, headers=mine)
        assert job.status_code == 202, job.text
        wish = KeyWish(name=MARK, role=KeyRole.VIEWER)
        webhooks = Webhooks(self.engine, DEFAULT_TENANT, self.service.outgoing)
        webhook = webhooks.new(WebhookWish(url=f"https://example.org/{MARK}")).about.id
        feed = Feeds(self.engine, DEFAULT_TENANT).new(FeedWish(of="person", id="eve"))
        source = {"kind": "wonde", "school": MARK, "secret": MARK}
        Sources(self.engine, DEFAULT_TENANT, self.service.outgoing).set(
            "oak-mis", PulledSourceSettings.model_validate(source)
        )
        self.ids = {
            "webhook_id": webhook,
            "message_id": webhooks.test(webhook).message,
            "feed_id": feed.about.id,
            "token": feed.path.rpartition("/")[2].removesuffix(".ics"),
            "source_id": "oak-mis",
            "job_id": job.json()["id"],
            "rota": "hub",
            "number": "2",
            "import_id": hub.register.imports()[0].id,
            "key_id": Keys(self.engine, DEFAULT_TENANT).new(wish).about.id,
            "person": "eve",
            "noun": "people",
            "entry": "eve",
            "source": "wonde",
            "name": "tiny",
        }

    def key(self, tenant: str, role: KeyRole, **more: Any) -> dict[str, str]:
        """What a caller of a role sends."""
        made = Keys(self.engine, tenant).new(KeyWish(name=f"{role}", role=role, **more))
        return {"Authorization": f"Bearer {made.key}"}

    def call(self, method: str, path: str, call: Any, headers: dict[str, str]) -> Any:
        """One call, with the first tenant's ids and the body that the description shows."""
        address = path.format(**self.ids)
        body = call.get("requestBody", {}).get("content", {}).get("application/json", {})
        shown = body.get("examples", {}).get("small", {}).get("value")
        query = {"before": 1, "after": 2} if path.endswith("/diff") else {}
        return self.client.request(method, address, json=shown, headers=headers, params=query)

    def theirs(self) -> dict[str, list[str]]:
        """All that the first tenant has; when a key was last used does not count."""
        found = {}
        with Session(self.engine) as session:
            for table in TableRow.metadata.sorted_tables:
                if "tenant" in table.c:
                    columns = [c for c in table.c if c.name != "last_used_at"]
                    query = sa.select(*columns).where(table.c.tenant == DEFAULT_TENANT)
                    found[table.name] = sorted(repr(tuple(row)) for row in session.execute(query))
        return found


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One for all tests of this module."""
    database = str(tmp_path_factory.mktemp("tenants") / "a.db")
    app = create_app(Settings(database=database, work=False, admin_key=SecretStr(KEY)))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield World(client, app)


def _needs(call: Any) -> May | None:
    return None if "security" not in call else May(call["x-needs"])


@pytest.mark.parametrize(("method", "path", "call"), CALLS, ids=lambda x: str(x)[:60])
def test_no_call_reaches_another_tenant(world: World, method: str, path: str, call: Any) -> None:
    """With an admin's key of the other: what is named is not there, lists are empty of it, and
    nothing of the first tenant has changed afterwards."""
    before = world.theirs()
    answer = world.call(method, path, call, world.key(OTHER, KeyRole.ADMIN))
    # A call before this one may have made a source of that name of its own, which is away.
    away = answer.status_code == 502 and path.startswith("/v1/sources/{source_id}/")
    assert answer.status_code < 500 or away, answer.text
    named = {"job_id", "rota", "number", "import_id", "key_id", "person", "entry"}
    named |= {"webhook_id", "feed_id"}
    if any(f"{{{name}}}" in path for name in named):
        assert answer.status_code in (404, 409, 422), (answer.status_code, answer.text)
        assert answer.json()["type"] != "urn:schoolrota:problem:not-allowed"
    if _needs(call) is not None:
        for secret in (MARK, "Example", world.ids["job_id"], world.ids["import_id"]):
            assert secret not in answer.text
    assert world.theirs() == before


@pytest.mark.parametrize(("method", "path", "call"), CALLS, ids=lambda x: str(x)[:60])
def test_no_call_goes_without_a_key(world: World, method: str, path: str, call: Any) -> None:
    """But those that are open to all; nor with one that is made up, or no more."""
    if _needs(call) is None:
        assert world.call(method, path, call, {}).status_code == 200
        return
    keys = Keys(world.engine, DEFAULT_TENANT)
    revoked = keys.new(KeyWish(name="x", role=KeyRole.ADMIN))
    keys.revoke(revoked.about.id)
    mixed = f"{KEY[:15]}_{'x' * 32}"
    wrong = ("x", mixed, revoked.key)
    for shown in ("", "Basic abc", "Bearer", *(f"Bearer {key}" for key in wrong)):
        headers = {"Authorization": shown} if shown else {}
        answer = world.call(method, path, call, headers)
        assert answer.status_code == 401, (shown, answer.text)
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("role", [r for r in KeyRole if r is not KeyRole.ADMIN])
@pytest.mark.parametrize(("method", "path", "call"), CALLS, ids=lambda x: str(x)[:60])
def test_a_role_may_what_it_may(
    world: World, role: KeyRole, method: str, path: str, call: Any
) -> None:
    """And is refused where it may not, before anything of the call is read. Calls that would be
    allowed are made for the other tenant, who has nothing that could change."""
    needed = _needs(call)
    if needed is None:
        return
    answer = world.call(method, path, call, world.key(OTHER, role))
    assert (answer.status_code == 403) == (needed not in ALLOWED[role]), answer.text


@pytest.mark.parametrize(("method", "path", "call"), CALLS, ids=lambda x: str(x)[:60])
def test_a_key_for_some_schools_sees_no_more(
    world: World, method: str, path: str, call: Any
) -> None:
    """What shows the whole collaboration is refused; the rest shows theirs only."""
    if _needs(call) is None or (method, path) == ("POST", "/v1/check"):
        return
    answer = world.call(
        method, path, call, world.key(DEFAULT_TENANT, KeyRole.ADMIN, schools=("fel",))
    )
    assert answer.status_code < 500
    assert "Oak Primary" not in answer.text
    assert "Ann Example" not in answer.text


def test_a_partner_sees_its_own_in_the_register(world: World) -> None:
    """Its people, itself, and no others."""
    key = world.key(DEFAULT_TENANT, KeyRole.VIEWER, schools=("fel",))
    people = world.client.get("/v1/register/people", headers=key).json()["items"]
    assert [p["id"] for p in people] == ["eve", "fay"]
    schools = world.client.get("/v1/register/schools", headers=key).json()["items"]
    assert [s["id"] for s in schools] == ["fel"]
    diary = world.client.get("/v1/rotas/hub/diary", headers=key).json()["items"]
    assert {s["what"] for s in diary} == {"busy elsewhere"}
    assert len(world.client.get("/v1/rotas", headers=key).json()["items"]) == 1


def test_idempotency_keys_are_of_one_tenant(world: World) -> None:
    """The same word of two tenants means two jobs."""
    ids = set()
    for tenant in (DEFAULT_TENANT, OTHER):
        headers = {**world.key(tenant, KeyRole.PLANNER), "Idempotency-Key": "monday"}
        ids.add(world.client.post("/v1/jobs", json=small(), headers=headers).json()["id"])
    assert len(ids) == 2


def test_an_app_with_a_call_of_which_nobody_decided_does_not_start() -> None:
    """It says which."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @app.get("/v1/secrets")
    def secrets() -> None:
        """Nobody said who may."""

    with pytest.raises(RuntimeError, match="/v1/secrets"):
        refuse_undeclared(app)


def test_what_is_described_is_what_is_judged_by() -> None:
    """Each route of the app is in the description with its policy."""
    described = json.loads(PLACE.read_text())["paths"]
    for route in routes_of(create_app(Settings(work=False))):
        policy, path = policy_of(route), getattr(route, "path", "")
        assert policy is not None
        if path in described:
            assert policy.may in {_needs(call) for call in described[path].values()}


def test_keys_expire_rotate_and_are_not_kept(world: World) -> None:
    """A new key holds beside the old one for a while; neither stands in the database."""
    admin = {"Authorization": f"Bearer {KEY}"}
    wish = {"name": "Ann Marsh", "role": "planner", "expires_at": "2020-01-01T00:00:00Z"}
    old = world.client.post("/v1/keys", json=wish, headers=admin).json()
    expired = {"Authorization": f"Bearer {old['key']}"}
    assert world.client.get("/v1/me", headers=expired).status_code == 401
    made = world.client.post("/v1/keys", json={**wish, "expires_at": None}, headers=admin).json()
    id = made["about"]["id"]
    first = {"Authorization": f"Bearer {made['key']}"}
    assert world.client.get("/v1/me", headers=first).json()["name"] == "Ann Marsh"
    rotate = f"/v1/keys/{id}/rotate"
    new = world.client.post(rotate, json={"hours": 1}, headers=admin).json()
    second = {"Authorization": f"Bearer {new['key']}"}
    assert world.client.get("/v1/me", headers=first).status_code == 200
    assert world.client.get("/v1/me", headers=second).status_code == 200
    world.client.post(rotate, json={"hours": 0}, headers=admin)
    assert world.client.get("/v1/me", headers=first).status_code == 401
    own = world.client.get("/v1/me", headers=admin)
    assert own.status_code == 200
    assert world.client.delete(f"/v1/keys/{KEY[3:15]}", headers=admin).status_code == 409
    listed = world.client.get("/v1/keys", headers=admin).text
    with Session(of_tenant(world.engine, DEFAULT_TENANT)) as session:
        rows = repr(session.execute(sa.text("SELECT * FROM key")).all())
    for secret in (made["key"], new["key"], made["key"].split("_", 2)[2]):
        assert secret not in listed
        assert secret not in rows
