"""What `make demo` runs: an example is solved, and stands on the pages."""

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from api.cli import main
from tests.api.live import Live

pytestmark = pytest.mark.web

PROGRAM = """
if __name__ == "__main__":
    from api.cli.main import app

    app()
"""


def test_the_board_stands_at_the_link(tmp_path: Path) -> None:
    """Which the command prints, once the service runs on the database that it wrote."""
    program = tmp_path / "demonstrate.py"
    program.write_text(PROGRAM)
    live = Live(tmp_path, WORK="false")
    page = tmp_path / "tiny.html"
    words = ["demo", "tiny", "--database", str(live.database), "--html", str(page)]
    ran = subprocess.run(
        [sys.executable, program, *words], capture_output=True, text=True, check=True
    )
    assert "After-school clubs" in page.read_text()
    found = re.search(r"http://127.0.0.1:8000(/jobs/[\w-]+/board)", ran.stdout)
    assert found is not None, ran.stdout
    try:
        live.start()
        asked = httpx.get(f"{live.http.base_url}".rstrip("/") + found[1])
        assert asked.headers["location"].startswith("/sign-in?next=%2Fjobs%2F")
        assert live.job(f"/v1{found[1].removesuffix('/board')}")["state"] == "done"
    finally:
        live.close()


def test_an_example_that_is_not_there() -> None:
    """Those that are there are named."""
    ran = CliRunner().invoke(main.app, ["demo", "nothing"])
    assert ran.exit_code == 2
    assert "summer-hub" in ran.output
