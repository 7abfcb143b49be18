"""Start matrix: each Python at hand serves the file that the others made.

`SCHOOLROTA_PYTHONS` may name interpreters, with their own SQLite, in the form of a PATH.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.live import Live, over
from tests.service.requests import small

VERSIONS = ("python3.11", "python3.12", "python3.13")


def _answer(python: Path | str, code: str) -> str:
    asked = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    return asked.stdout.strip()


def interpreters() -> list[str]:
    """One of each version and SQLite; a name in PATH alone says nothing."""
    named = os.environ.get("SCHOOLROTA_PYTHONS")
    places = named.split(os.pathsep) if named else [shutil.which(name) for name in VERSIONS]
    told = "import sys, sqlite3; print(sys.version_info[:2], sqlite3.sqlite_version)"
    found = {_answer(place, told): place for place in places if place}
    return [place for version, place in sorted(found.items()) if version]


@pytest.fixture(scope="module")
def pythons(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Environments with the built wheel and all that it needs."""
    known = interpreters()
    if len(known) < 2:
        pytest.skip("only one Python is at hand; maybe set SCHOOLROTA_PYTHONS?")
    place = tmp_path_factory.mktemp("pythons")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", place],
        check=True,
    )
    (wheel,) = place.glob("*.whl")
    made = []
    for number, python in enumerate(known):
        subprocess.run([python, "-m", "venv", place / str(number)], check=True)
        made.append(place / str(number) / "bin" / "python")
        pip = [str(made[-1]), "-m", "pip", "install", "--quiet"]
        subprocess.run(
            [*pip, "--require-hashes", "--requirement", "requirements/runtime.txt"], check=True
        )
        subprocess.run([*pip, "--no-deps", wheel], check=True)
    return made


@pytest.mark.soak
def test_a_file_made_by_one_is_served_by_the_others(pythons: list[Path], tmp_path: Path) -> None:
    """Up and down through the versions: jobs are solved, and earlier ones are there to read."""
    addresses: list[str] = []
    for python in [*pythons, *reversed(pythons[:-1])]:
        live = Live(tmp_path, python=python)
        try:
            live.start()
            addresses.append(live.submit(small()))
            assert live.until(addresses[-1], over)["status"] == "optimal"
            for address in addresses:
                assert live.http.get(f"{address}/report").status_code == 200
            assert live.end() == 0
        finally:
            live.close()
    assert len(addresses) == 2 * len(pythons) - 1
