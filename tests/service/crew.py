"""A crew of worker processes on one database, to be killed, frozen, thawed and started again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from scheduler.intake.request import RotaRequest
from scheduler.jobs.jobs import Jobs
from scheduler.jobs.view import JobView
from scheduler.storage.tables import WorkerRow
from tests.service.requests import small

LIMIT = 5.0
"""Seconds of silence after which a member is dead to the others; a busy machine may take three."""

T = TypeVar("T")


def called(name: str, seconds: float = 0.2) -> RotaRequest:
    """A small request with a name, of which `tests.service.member` makes something."""
    sent = small(seconds=seconds)
    sent["problem"]["name"] = name
    return RotaRequest.model_validate(sent)


class Crew:
    """Worker processes by name; what is left of them is ended with the test."""

    def __init__(self, folder: Path, database: str, engine: sa.Engine) -> None:
        self._folder = folder
        self._database = database
        self._engine = engine
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *, slots: int = 1, version: str = "1.0.0") -> None:
        """Begin to work, and wait until it does."""
        before = self._started(name)
        with self.log(name).open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", "tests.service.member"],
                env={
                    **os.environ,
                    "PYTHONPATH": str(Path.cwd()),
                    "DATABASE": self._database,
                    "NAME": name,
                    "SLOTS": str(slots),
                    "VERSION": version,
                    "LIMIT": str(LIMIT),
                    "FOLDER": str(self._folder),
                },
                stdout=log,
                stderr=log,
            )
        self.until(lambda: self._started(name) != before, name)

    def log(self, name: str) -> Path:
        """Where a member writes."""
        return self._folder / f"{name}.log"

    def send(self, name: str, number: signal.Signals) -> None:
        """A signal."""
        self._processes[name].send_signal(number)

    def wait(self, name: str) -> int:
        """Until it is gone; its exit code."""
        return self._processes.pop(name).wait(60)

    def kill(self, name: str) -> None:
        """As by a lost machine."""
        self.send(name, signal.SIGKILL)
        self.wait(name)

    def gone(self, name: str) -> bool:
        """Whether it ended."""
        return self._processes[name].poll() is not None

    def close(self) -> None:
        """Leave nothing running."""
        for process in self._processes.values():
            process.kill()
            process.wait(10)

    def until(self, found: Callable[[], T], about: str = "") -> T:
        """What is found, once it is true."""
        deadline = time.monotonic() + 180
        while not (what := found()):
            logs = "".join(log.read_text() for log in self._folder.glob("*.log"))
            assert time.monotonic() < deadline, f"{about}\n{logs}"
            time.sleep(0.03)
        return what

    def over(self, jobs: Jobs, job_id: str) -> JobView:
        """A job once it is over."""
        self.until(lambda: jobs.get(job_id).state.over, job_id)
        return jobs.get(job_id)

    def stop(self, jobs: Jobs, job_id: str) -> JobView:
        """A job that was stopped, once it is over."""
        jobs.cancel(job_id)
        return self.over(jobs, job_id)

    def _started(self, name: str) -> datetime | None:
        with self._engine.connect() as connection:
            return connection.scalars(
                sa.select(WorkerRow.started_at).where(WorkerRow.name == name)
            ).one_or_none()


def told(jobs: Jobs, job_id: str) -> list[str]:
    """What happened to a job, in short; its events are numbered without a gap."""
    events = jobs.events(job_id)
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    return [event.what["state"] for event in events if event.kind == "state"]
