"""For the person who runs the service: the page, the compose file, and the settings in them."""

import re
from pathlib import Path
from typing import Any

import yaml
from typer.main import get_command

from api.cli.main import app
from api.settings import Settings
from scheduler.jobs.metrics import REGISTRY

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "OPERATIONS.md").read_text()


def _compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return document


def test_the_page_names_every_setting_and_no_other() -> None:
    """As they are in the environment."""
    table = PAGE.partition("## Settings")[2].partition("\n## ")[0]
    rows = [line.partition("|")[2].partition("|")[0] for line in table.splitlines()[4:]]
    named = {name.lower() for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}
    assert named == set(Settings.model_fields)


def test_the_page_names_numbers_that_there_are() -> None:
    """Or an alarm would wait for ever."""
    source = (ROOT / "scheduler/jobs/metrics.py").read_text()
    for name in set(re.findall(r"schoolrota_\w+", PAGE.partition("## Is it well?")[2])):
        assert f'"{name.removesuffix("_total")}"' in source, name
    assert REGISTRY is not None


def test_the_compose_file_says_what_there_is() -> None:
    """Commands of the program, settings that it knows, and one step that migrates before all."""
    services = _compose()["services"]
    assert set(services) == {"postgres", "migrate", "api", "worker", "nightly"}
    commands = set(get_command(app).commands)  # type: ignore[attr-defined]
    for name in ("migrate", "api", "worker", "nightly"):
        assert services[name]["command"][0] in commands
        for variable in services[name]["environment"]:
            setting = variable.removeprefix("SCHOOLROTA_").lower()
            assert setting in Settings.model_fields, variable
    for name in ("api", "worker", "nightly"):
        condition = services[name]["depends_on"]["migrate"]["condition"]
        assert condition == "service_completed_successfully"
    assert services["worker"]["deploy"]["replicas"] == 2
