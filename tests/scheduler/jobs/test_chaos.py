"""Chaos: real workers with real solves are killed at random, and still each job ends once."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.answer.result import Result
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.jobs.jobs import Jobs
from scheduler.jobs.transitions import request_of
from scheduler.storage.tables import Job, JobAnswer, JobEventRow, JobState, Lane
from tests.service.requests import endless, small

PROGRAM = [sys.executable, "-c", "from api.cli.main import app; app()", "worker"]

ENDS = (JobState.DONE, JobState.CANCELLED, JobState.FAILED)


class Herd:
    """Worker processes; one that is killed is started again, perhaps under another name."""

    def __init__(self, database: str, folder: Path, count: int) -> None:
        self._database = database
        self._folder = folder
        self._processes = [self._start() for _ in range(count)]

    def strike(self, chance: random.Random) -> None:
        """Kill, freeze and thaw, or send away one of them."""
        number = chance.randrange(len(self._processes))
        process = self._processes[number]
        how = chance.choices(("kill", "freeze", "leave"), (6, 1, 2))[0]
        if how == "freeze":
            process.send_signal(signal.SIGSTOP)
            time.sleep(chance.uniform(1, 4))
            process.send_signal(signal.SIGCONT)
            return
        process.send_signal(signal.SIGKILL if how == "kill" else signal.SIGTERM)
        process.wait(60)
        self._processes[number] = self._start()

    def revive(self) -> None:
        """Start again those that ended by themselves."""
        self._processes = [
            process if process.poll() is None else self._start() for process in self._processes
        ]

    def close(self) -> None:
        """Leave nothing running."""
        for process in self._processes:
            process.kill()
            process.wait(10)

    def _start(self) -> "subprocess.Popen[bytes]":
        settings = {"DATABASE": self._database, "PEER_LIMIT": "2", "SLOTS": "2"}
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                PROGRAM,
                env={**os.environ, **{f"SCHOOLROTA_{k}": v for k, v in settings.items()}},
                stdout=log,
                stderr=log,
            )


@contextmanager
def herd(database: str, folder: Path, count: int) -> Iterator[Herd]:
    """A number of workers."""
    herd = Herd(database, folder, count)
    try:
        yield herd
    finally:
        herd.close()


def _storm(
    jobs: Jobs, engine: sa.Engine, herd: Herd, *, count: int, seconds: float, gap: float
) -> None:
    """Submit, strike and stop at random; then judge the result of every job.

    Args:
        jobs: where to submit.
        engine: to look into the tables.
        herd: whom to strike.
        count: jobs to submit.
        seconds: in which all are submitted, with strikes all along.
        gap: seconds between two strikes, on average.
    """
    chance = random.Random(1)
    ids: list[str] = []
    began = time.monotonic()
    next_strike = began + gap
    while len(ids) < count or time.monotonic() < began + seconds:
        moment = time.monotonic()
        due = count * min(1.0, (moment - began) / (0.8 * seconds))
        while len(ids) < due:
            lane = chance.choice(list(Lane))
            sent = endless(seconds=2) if chance.random() < 0.2 else small()
            ids.append(jobs.submit(RotaRequest.model_validate(sent), lane=lane).id)
            if chance.random() < 0.1:
                jobs.cancel(chance.choice(ids))
        if moment > next_strike:
            herd.strike(chance)
            next_strike = moment + chance.expovariate(1 / gap)
        herd.revive()
        time.sleep(0.1)
    deadline = time.monotonic() + 300
    while not all(jobs.get(job_id).state.over for job_id in ids):
        herd.revive()
        open_ = [jobs.get(job_id) for job_id in ids if not jobs.get(job_id).state.over]
        assert time.monotonic() < deadline, open_
        time.sleep(0.5)
    _judge(engine, ids)


def _judge(engine: sa.Engine, ids: list[str]) -> None:
    """One end, one answer as the checker says, events without gap, attempts in order."""
    with Session(engine) as session:
        for job_id in ids:
            job = session.get_one(Job, job_id)
            events = list(
                session.scalars(
                    sa.select(JobEventRow)
                    .where(JobEventRow.job_id == job_id)
                    .order_by(JobEventRow.number)
                )
            )
            assert [event.number for event in events] == list(range(1, job.last_event + 1))
            assert [e.attempt for e in events] == sorted(e.attempt for e in events)
            ends = [e for e in events if e.kind == "state" and JobState(e.what["state"]).over]
            assert ends == [events[-1]]
            assert job.state in ENDS
            answer = session.get(JobAnswer, job_id)
            assert answer is not None or job.state != JobState.DONE
            if answer is None:
                continue
            result = Result.model_validate_json(answer.result)
            if result.schedule is not None:
                judged = Case(request_of(session, job)).check(result.schedule)
                assert judged == result.report
        failed = sum(session.get_one(Job, job_id).state == JobState.FAILED for job_id in ids)
        assert failed <= len(ids) / 20  # only who was struck five times


def test_a_short_storm(database: str, engine: sa.Engine, jobs: Jobs, tmp_path: Path) -> None:
    """Ten jobs, two workers, a strike every one and a half seconds."""
    with herd(database, tmp_path, 2) as workers:
        _storm(jobs, engine, workers, count=10, seconds=6, gap=1.5)


@pytest.mark.soak
def test_a_long_storm(database: str, engine: sa.Engine, jobs: Jobs, tmp_path: Path) -> None:
    """Two hundred jobs, three workers, five minutes."""
    with herd(database, tmp_path, 3) as workers:
        _storm(jobs, engine, workers, count=200, seconds=300, gap=3)
