"""Marked names and reasons are sown everywhere they could be sent, and looked for where they must
not come up: logs, errors, events, metrics, the audit log, lists, feeds, the database."""

import json
from pathlib import Path
from typing import Any

from tests.api.live import Live, over
from tests.service.collaboration import definition

NAME, TAG = "Zebedee Quixote", "xylophone"
"""A person's name and label: theirs to see who may see the rota, and nobody's in a log."""

REASONS = ("marmalade-sickness", "tribunal-77", "IVF-clinic")
"""What nobody may keep at all."""

PAY = "918273.64"
"""A salary: for the call that reckons by it, and nothing else."""


def _statement(**more: Any) -> dict[str, Any]:
    return {
        "source": "typed",
        "kind": "people",
        "at": "2026-05-10T21:00:00Z",
        "items": [
            {"id": "oak", "record": {"kind": "school", "name": "Oak Primary"}},
            {"id": "fel", "record": {"kind": "school", "name": "Fellside"}},
            *(
                {
                    "id": f"p{n}",
                    "ours": f"p{n}",
                    "record": {
                        "kind": "person",
                        "name": NAME if n == 0 else f"Person {n}",
                        "tags": [TAG] if n == 0 else [],
                        "home": "fel" if n == 4 else "oak",
                    },
                }
                for n in range(5)
            ),
            {
                "id": "c0",
                "ours": "c0",
                "record": {"kind": "contract", "person": "p0", "school": "oak", "role": "ta"},
            },
        ],
        **more,
    }


def _absence(**reason: Any) -> dict[str, Any]:
    record = {"kind": "absence", "person": "p0", "first": "2026-05-12", "last": None, **reason}
    return _statement(items=[{"id": "S1", "record": record}])


def _recharge(**agreement: Any) -> dict[str, Any]:
    dates = {"first": "2025-09-01", "last": "2026-08-31"}
    share = {"kind": "share", "percent": "40"}
    of = {"person": "p0", "contract": "c0"}
    return {
        "name": NAME,
        "pay": [{**of, "yearly": PAY}],
        "agreements": [
            {"id": TAG, **of, "payer": "fel", "dates": dates, "basis": share, **agreement}
        ],
    }


def test_what_must_not_come_up_does_not(live: Live) -> None:
    """Through a whole life of a rota, with every mistake that could make us repeat something."""
    http = live.http
    errors = [
        http.post("/v1/imports", json=_absence(reason=REASONS[0])),
        http.post("/v1/imports", json=_absence(illness_category=REASONS[1])),
        http.post("/v1/imports", json={**_absence(), REASONS[2]: NAME}),
        http.post("/v1/imports", json=_statement(at=NAME)),
        http.post("/v1/imports", content=f'{{"{NAME}": ', headers={"Content-Type": "text/x"}),
    ]
    for sent in (_statement(), _absence()):
        made = http.post("/v1/imports", json=sent).json()
        applied = http.post(f"/v1/imports/{made['id']}/apply", json={"everything": True})
        assert applied.status_code == 200, applied.text
    rota = definition().model_dump(mode="json", exclude_unset=True)
    assert http.post("/v1/rotas", json={"id": "hub", "definition": rota}).status_code == 201
    wrong = json.loads(json.dumps(rota))
    wrong["request"]["rules"].append({"kind": NAME})
    wrong["request"]["problem"]["people"] = [{"id": "q", "name": {NAME: TAG}, "home": TAG}]
    errors += [
        http.post("/v1/rotas", json={"id": "b", "definition": wrong}),
        http.post("/v1/rotas", json={"id": NAME, "definition": rota}),
        http.patch("/v1/rotas/hub", json={"patch": [{"op": "test", "path": "/x", "value": NAME}]}),
        http.patch("/v1/rotas/hub", json={"patch": [{"op": NAME}]}),
        http.get(f"/v1/rotas/{TAG}"),
        http.get(f"/v1/register/people/{TAG}"),
        http.get(f"/v1/people/{TAG}/export"),
        http.get(f"/v1/register/{TAG}"),
        http.post("/v1/keys", json={"name": NAME, "role": TAG}),
        http.put("/v1/retention", json={TAG: NAME}),
        http.post("/v1/rotas/hub/swaps", json={"over": 1, "swap": {"take": NAME}}),
    ]
    job = http.post("/v1/rotas/hub/solve").headers["location"]
    events = list(live.events(job))
    assert live.until(job, over)["status"] in ("optimal", "feasible")
    listed = http.get("/v1/jobs").text
    publish = http.post("/v1/rotas/hub/versions/1/publish", json={"over": None})
    assert publish.status_code == 200, publish.text
    other = {"format": "ics", "person": "p1"}
    feed = http.get("/v1/rotas/hub/versions/1/schedule", params=other).text
    wish = {"name": "Partner", "role": "viewer", "schools": ["fel"]}
    partner = {"Authorization": f"Bearer {http.post('/v1/keys', json=wish).json()['key']}"}
    seen = [
        http.get(path, headers=partner).text
        for path in ("/v1/rotas/hub/diary", "/v1/register/people", "/v1/register/absences")
    ]
    recharge = "/v1/rotas/hub/versions/1/recharge"
    owed = http.post(recharge, json=_recharge())
    assert PAY in owed.text
    errors += [
        http.post(recharge, json=_recharge(payer=TAG)),
        http.post(recharge, json=_recharge(cap=PAY + "1", tax_code=[NAME])),
        http.post(recharge, json={**_recharge(), PAY: NAME}),
        http.post(recharge, json=_recharge(), headers={"Authorization": f"Bearer {PAY}"}),
        http.post(recharge, json=_recharge(), headers=partner),
    ]
    counted = http.get("/metrics").text
    audit = http.get("/v1/audit").text
    whole = http.get("/v1/rotas/hub/request").text
    whole += http.get("/v1/rotas/hub/versions/1/schedule").text
    live.end()

    marks = (NAME, TAG, PAY, *REASONS)
    for answer in errors:
        assert 400 <= answer.status_code < 500, answer.text
        assert not [m for m in marks if m in answer.text], (answer.url, answer.text)
    for what in (json.dumps(events), listed, feed, *seen, counted, audit):
        assert not [m for m in marks if m in what]
    assert NAME in whole
    assert PAY not in whole
    log = live.log.read_text()
    assert log.count('"call"') > 20
    assert not [m for m in marks if m in log]
    assert "Person 1" not in log
    stored = b"".join(p.read_bytes() for p in Path(live.database).parent.glob("schoolrota.db*"))
    assert NAME.encode() in stored
    assert not [never for never in (*REASONS, PAY) if never.encode() in stored]
