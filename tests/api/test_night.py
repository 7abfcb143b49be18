"""A night, whole, over HTTP: two schools on one rota, and somebody falls ill in the evening."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest
from standardwebhooks import Webhook

from tests.api.live import Live, over
from tests.fake_mis import FakeMis, FakeWonde, Said, listening

NAMES = {"OAK": ("Ann", "Bob", "Cat", "Dev"), "FEL": ("Eve", "Fay")}

REASON = "broken leg"


def employees(school: str) -> list[dict[str, Any]]:
    """The staff of a school, as its MIS has them."""
    return [
        {"id": f"{school}-{name}", "forename": name, "surname": "Example", "upi": "x"}
        for name in NAMES[school]
    ]


def monday() -> date:
    """One that is at least two days away, so that nothing of the rota is past."""
    day = date.today() + timedelta(days=2)  # noqa: DTZ011  # the service asks the clock too
    return day + timedelta(days=-day.weekday() % 7)


def definition(first: date) -> dict[str, Any]:
    """A hub at Oak for two people a day, one of whom is from Fellside, for two weeks."""
    need = {"id": "oak", "count": 1, "who": {"home": "OAK"}}
    ours = {"id": "fel", "count": 1, "who": {"home": "FEL"}}
    return {
        "name": "Hub",
        "query": {"schools": ["OAK", "FEL"]},
        "request": {
            "problem": {
                "horizon": {
                    "first": first.isoformat(),
                    "last": (first + timedelta(days=11)).isoformat(),
                },
                "shifts": [
                    {
                        "id": "hub",
                        "name": "Hub",
                        "school": "OAK",
                        "start": "09:00",
                        "end": "15:00",
                        "needs": [need, ours],
                    }
                ],
            },
            "rules": [
                {"kind": "cover", "priority": 1},
                {"kind": "fewest_for_worst_off", "priority": 3},
            ],
            "limits": {"seconds": 60, "workers": 1, "reproducible": True},
        },
        "nightly": {"seconds": 60},
    }


class Evening:
    """A service, two schools' MIS, and somebody who listens for webhooks."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.mis: dict[str, FakeWonde] = {}
        self.fakes: dict[str, FakeMis] = {}
        for school in NAMES:
            answers = FakeWonde(school, {"employees": employees(school)})
            answers.school["name"] = school.title()
            self.fakes[school] = stack.enter_context(listening(answers))
            answers.base = self.fakes[school].base
            self.mis[school] = answers
        self.hook = stack.enter_context(listening(lambda _: Said(204, raw=b"")))
        reach = ", ".join(f'"{f.base}"' for f in (*self.fakes.values(), self.hook))
        self.reachable = f"[{reach}]"
        self.live = Live(folder, REACHABLE=self.reachable)
        stack.callback(self.live.close)
        self.live.start()

    def call(self, method: str, path: str, **sent: Any) -> Any:
        """What the service answers, which must be a success."""
        answer = self.live.http.request(method, path, **sent)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def until(self, what: Callable[[], Any]) -> Any:
        """The result of a question, once there is one."""
        deadline = time.monotonic() + 240
        while not (found := what()):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        return found

    def told(self, type: str) -> list[dict[str, Any]]:
        """The messages of webhooks, each accepted by the standard's own library."""
        found = [Webhook(self.secret).verify(a.body, a.headers) for a in list(self.hook.asked)]
        return [said["data"] for said in found if said["type"] == type]

    def begin(self) -> None:
        """Sources, people, a rota that is solved and published, a webhook, calendars."""
        for school, fake in self.fakes.items():
            wish: dict[str, Any] = {"kind": "wonde", "school": school, "base": fake.base}
            wish["secret"] = "open-sesame"
            self.call("PUT", f"/v1/sources/{school.lower()}", json=wish)
            dry = self.call("POST", f"/v1/sources/{school.lower()}/pull")
            self.call("POST", f"/v1/imports/{dry['id']}/apply", json={"everything": True})
        wish = {"url": f"{self.hook.base}/hook"}
        self.secret = self.call("POST", "/v1/webhooks", json=wish)["secret"]
        wish = {"id": "hub", "definition": definition(monday())}
        self.call("POST", "/v1/rotas", json=wish)
        job = self.call("POST", "/v1/rotas/hub/solve")
        self.live.until(f"/v1/jobs/{job['id']}", over, seconds=240)
        self.publish(1, None)

    def publish(self, number: int, over: int | None) -> None:
        """A person decides."""
        self.call("POST", f"/v1/rotas/hub/versions/{number}/publish", json={"over": over})

    def night(self) -> str:
        """What cron does at 22:00, beside the running service; what it said."""
        ran = subprocess.run(
            [Path(sys.executable).with_name("schoolrota"), "nightly", "--once"],
            env={
                **os.environ,
                "SCHOOLROTA_DATABASE": str(self.live.database),
                "SCHOOLROTA_REACHABLE": self.reachable,
            },
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def placements(self, number: int) -> set[tuple[str, str]]:
        """Who is on what, in a version."""
        answer = self.call("GET", f"/v1/rotas/hub/versions/{number}/schedule")
        found = answer["result"]["schedule"]["placements"]
        return {(p["person"], p["duty"]) for p in found}

    def calendar(self, path: str) -> dict[str, tuple[int, str]]:
        """Date to sequence and status, as a calendar program without a key sees them."""
        read = self.live.http.get(path, headers={"Authorization": ""})
        assert read.status_code == 200
        found = icalendar.Calendar.from_ical(read.content).walk("VEVENT")
        return {
            event.decoded("dtstart").date().isoformat(): (
                int(str(event["sequence"])),
                str(event["status"]),
            )
            for event in found
        }


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    """Everything is running."""
    with ExitStack() as stack:
        yield Evening(tmp_path, stack)


def test_a_night_whole(evening: Evening) -> None:
    """The MIS reports a sickness; the night pulls it, applies it, solves with least change,
    proposes and tells; calendars change once a person has published."""
    evening.begin()
    before = evening.placements(1)
    assert len(before) == 20
    first = monday().isoformat()
    ill = next(p for p, duty in before if p.startswith("OAK") and duty.endswith(first))
    feeds = {
        person: evening.call("POST", "/v1/feeds", json={"of": "person", "id": person})["path"]
        for person in {p for p, _ in before}
    }
    shown = {person: evening.calendar(path) for person, path in feeds.items()}
    assert shown[ill][first] == (0, "CONFIRMED")

    # Ten in the evening, at Oak.
    evening.mis["OAK"].rows["employee-absences"] = [
        {
            "id": "Z1",
            "employee": ill.removeprefix("OAK-"),
            "start_date": {"date": f"{first} 00:00:00.000000", "timezone": "Europe/London"},
            "end_date": (monday() + timedelta(days=1)).isoformat(),
            "absence_type": REASON,
        }
    ]
    assert "default/hub" in evening.night()

    # A proposal, and nothing else has changed for anybody.
    (night,) = evening.call("GET", "/v1/rotas/hub/nights")["items"]
    assert (night["state"], night["version"]) == ("proposed", 2)
    assert 0 < len(night["note"]) <= 10
    after = evening.placements(2)
    days = [(monday() + timedelta(days=n)).isoformat() for n in range(2)]
    assert not [duty for person, duty in after if person == ill and duty[-10:] in days]
    assert len(after) == len(before)
    moved = before ^ after
    lost = [duty for person, duty in before if person == ill and duty[-10:] in days]
    assert {duty for _, duty in before - after} == set(lost)
    assert len(moved) == 2 * len(lost)
    told = {"rota": "hub", "version": 2, "origin": "night"}
    evening.until(lambda: told in evening.told("rota.proposed"))
    assert {person: evening.calendar(path) for person, path in feeds.items()} == shown

    # In the morning the business manager publishes it.
    evening.publish(2, 1)
    evening.until(lambda: told in evening.told("rota.published"))
    assert evening.calendar(feeds[ill])[first] == (1, "CANCELLED")
    instead = next(p for p, duty in after - before if duty.endswith(first))
    path = evening.call("POST", "/v1/feeds", json={"of": "person", "id": instead})["path"]
    assert evening.calendar(path)[first] == (0, "CONFIRMED")
    for person, path in feeds.items():
        if person not in {p for p, _ in moved}:
            assert evening.calendar(path) == shown[person]

    # The reason went nowhere.
    said = [evening.live.log.read_bytes(), *(asked.body for asked in evening.hook.asked)]
    said += [evening.live.http.get("/v1/register/absences").content]
    said += [path.read_bytes() for path in evening.live.database.parent.glob("schoolrota.db*")]
    assert not [content for content in said if REASON.encode() in content]


def test_a_night_without_an_answer_from_an_mis(evening: Evening) -> None:
    """The register stays as it was, the webhook is notified, and the other school is heard."""
    evening.begin()
    evening.mis["OAK"].school["id"] = "GONE"
    ill = {"id": "Z1", "employee": "FEL-Eve", "start_date": monday().isoformat()}
    evening.mis["FEL"].rows["employee-absences"] = [ill]
    evening.night()
    evening.until(lambda: evening.told("source.failed") == [{"source": "oak"}])
    (oak,) = [s for s in evening.call("GET", "/v1/sources")["items"] if s["id"] == "oak"]
    assert "does not know what we ask for" in oak["said"]
    absences = evening.call("GET", "/v1/register/absences")["items"]
    assert len(absences) == 1
    people = evening.call("GET", "/v1/register/people")["items"]
    assert len([p for p in people if not p.get("gone")]) == 6
