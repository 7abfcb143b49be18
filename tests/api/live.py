"""The service in a process of its own, to be called over HTTP, killed and started again."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

KEY = "sr_testtesttest_0123456789abcdefghijklmnopqrstuv"
"""An admin's key of the services under test."""

WITH_KEY = {"Authorization": f"Bearer {KEY}"}

PROGRAM = """
if __name__ == "__main__":
    from api.service import serve

    serve()
"""


class Live:
    """A service on a free port; its database and its log outlive it."""

    def __init__(
        self, folder: Path, *, python: Path | str = sys.executable, **settings: str
    ) -> None:
        self.database = folder / "schoolrota.db"
        self.log = folder / "log"
        self._program = folder / "program.py"
        self._program.write_text(PROGRAM)
        self._python = python
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self.http = httpx.Client(timeout=120, headers=WITH_KEY)

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        port = _free_port()
        settings = {
            "DATABASE": str(self.database),
            "PORT": str(port),
            "SLOTS": "1",
            "ADMIN_KEY": KEY,
        }
        path = f"{self.log.parent}{os.pathsep}{Path(__file__).parents[2]}"
        named = {f"SCHOOLROTA_{k}": v for k, v in {**settings, **self._settings}.items()}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._python, self._program],
                env={
                    **os.environ,
                    "PYTHONPATH": path,
                    **named,
                },
                stdout=log,
                stderr=log,
            )
        self.http.base_url = httpx.URL(f"http://127.0.0.1:{port}")
        deadline = time.monotonic() + 180
        while True:
            try:
                if self.http.get("/readyz").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """End it, wait until it is gone, and say with which code."""
        assert self._process is not None
        self._process.send_signal(how)
        code = self._process.wait(60)
        self._process = None
        return code

    def close(self) -> None:
        """Leave nothing running."""
        if self._process is not None:
            self.end(signal.SIGKILL)
        self.http.close()

    # ------------------------------------------------------------------ calls

    def submit(self, request: dict[str, Any], **headers: str) -> str:
        """The address of a new job."""
        answer = self.http.post("/v1/jobs", json=request, headers=headers)
        assert answer.status_code == 202, answer.text
        return answer.headers["location"]

    def job(self, address: str) -> dict[str, Any]:
        """How a job is."""
        answer = self.http.get(address)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def until(self, address: str, wanted: Any, seconds: float = 180) -> dict[str, Any]:
        """The job once a condition holds."""
        deadline = time.monotonic() + seconds
        while not wanted(job := self.job(address)):
            assert time.monotonic() < deadline, job
            time.sleep(0.05)
        return job

    def events(self, address: str, after: int | None = None) -> Iterator[dict[str, Any]]:
        """The events of a job, until the stream ends."""
        headers = {} if after is None else {"Last-Event-ID": str(after)}
        with self.http.stream("GET", f"{address}/events", headers=headers) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            for line in answer.iter_lines():
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))


def over(job: dict[str, Any]) -> bool:
    """Whether nothing more happens to a job."""
    return job["state"] in ("done", "cancelled", "failed")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
