"""On the command line: why somebody is where they are, and what changes by hand would cost."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from tests.service.requests import small


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """A request, and a schedule of it that leaves most days empty."""
    request, answer = tmp_path / "request.json", tmp_path / "answer.json"
    request.write_text(json.dumps(small()))
    placed = [{"person": "p0", "duty": "hub@2026-01-05"}]
    answer.write_text(json.dumps({"placements": placed}))
    return [str(request), str(answer)]


def _run(code: int, *words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == code, done.output
    return done.output


def test_why(files: list[str]) -> None:
    """For a duty and for a day, in sentences or as data."""
    assert "Person 0 is on Hub" in _run(0, "why", *files, "p0", "hub@2026-01-05")
    assert "has no duty on Tue 6 Jan." in _run(0, "why", *files, "p0", "2026-01-06")
    assert json.loads(_run(0, "why", *files, "p1", "hub@2026-01-05", "--json"))["person"] == "p1"


@pytest.mark.parametrize(
    ("move", "said"),
    [
        ("pin:p1:hub@2026-01-06", "costs less"),
        ("give:hub@2026-01-05:p0:p1", "breaks nothing"),
        ("give:hub@2026-01-06:p0", "costs less"),
        ("empty:hub@2026-01-05", "costs 1 more"),
        ("empty:hub@2026-01-05:p0", "costs 1 more"),
    ],
)
def test_a_change(files: list[str], move: str, said: str) -> None:
    """In the forms that the help lists."""
    assert said in _run(0, "try", *files, move)


@pytest.mark.parametrize(
    "words",
    [
        ["why", "nobody", "hub@2026-01-05"],
        ["why", "p0", "hub@2026-01-25"],
        ["why", "a b", "hub@2026-01-05"],
        ["try", "burn:it"],
        ["try", "pin:nobody:hub@2026-01-05"],
        ["try", "swap:p0:hub@2026-01-05:p1:hub@2026-01-05"],
    ],
)
def test_what_cannot_be_asked(files: list[str], words: list[str]) -> None:
    """Is refused in words, with the exit code of a request that cannot be used."""
    assert "Maybe" in _run(2, words[0], *files, *words[1:])
