"""`schoolrota nightly --once`, as cron calls it: a process of its own that solves by itself."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.register.rota import RotaDefinition
from scheduler.jobs.workflow_port import Queue
from scheduler.operations.service import migrate
from scheduler.storage.database import connect
from scheduler.storage.tenant_scope import of_every_tenant
from tests.service.collaboration import SBM, Collaboration, definition
from tests.service.statements import item, typed

NIGHTLY = "from api.cli.main import app; app(['nightly', '--once'])"


def _nightly(database: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", NIGHTLY],
        env={**os.environ, "SCHOOLROTA_DATABASE": str(database), "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """With a rota of the coming days that holds, and somebody on it who has fallen ill."""
    place = tmp_path / "a.db"
    engine = of_every_tenant(connect(str(place)))
    migrate(engine)
    queue = Queue(engine)
    hub = Collaboration(engine, queue)
    today = datetime.now(UTC).date()
    first, last = today + timedelta(days=2), today + timedelta(days=8)
    coming = definition().model_dump(mode="json", exclude_unset=True)
    problem = coming["request"]["problem"]
    problem["horizon"] = {"first": first.isoformat(), "last": last.isoformat()}
    problem["shifts"][0]["on"] = ["term", "holiday"]
    problem["schools"] = [{"id": "oak", "name": "Oak Primary"}]
    hub.rotas.create("coming", RotaDefinition.model_validate(coming), SBM)
    hub.answer(hub.rotas.solve("coming", SBM).id)
    hub.versions.settle("coming")
    hub.versions.publish("coming", 1, None, SBM)
    schedule = hub.versions.answer("coming", 1)[1].schedule
    assert schedule is not None
    sick = schedule.placements[0].person
    away = {"person": sick, "first": today.isoformat(), "last": last.isoformat()}
    hub.say(typed(item("absence", "a", **away)))
    queue.close()
    engine.dispose()
    return place


def test_it_solves_once_and_says_what_came_of_it(database: Path) -> None:
    """A second call on the same evening finds nothing left to do."""
    said = _nightly(database)
    assert "default/coming" in said
    assert ": proposed\n" in said
    assert "(is away)" in said
    assert "default/hub" not in said, "its dates are over"
    assert _nightly(database) == ""
