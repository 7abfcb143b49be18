"""Faults of whole processes: workers die, freeze or are sent away, and each job ends once."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from scheduler.jobs.jobs import Jobs
from scheduler.jobs.worker import MOST_CRASHES, TENANT_SLOTS
from scheduler.storage.tables import Job, JobAnswer, JobEventRow, JobState, WorkerRow, WorkerState
from tests.service.crew import Crew, called, told
from tests.service.member import POINTS
from tests.soak import more, some


@pytest.fixture
def crew(tmp_path: Path, database: str, engine: sa.Engine) -> Iterator[Crew]:
    """Nobody yet."""
    crew = Crew(tmp_path, database, engine)
    yield crew
    crew.close()


def _answers(engine: sa.Engine, job_id: str) -> int:
    with engine.connect() as connection:
        query = sa.select(sa.func.count()).select_from(JobAnswer).where(JobAnswer.job_id == job_id)
        return connection.scalars(query).one()


def _events(engine: sa.Engine, job_id: str) -> list[JobEventRow]:
    with Session(engine) as session:
        query = (
            sa.select(JobEventRow).where(JobEventRow.job_id == job_id).order_by(JobEventRow.number)
        )
        return list(session.scalars(query))


def _worker(engine: sa.Engine, job_id: str) -> str | None:
    with engine.connect() as connection:
        return connection.scalars(sa.select(Job.worker).where(Job.id == job_id)).one()


def _presence(engine: sa.Engine, name: str) -> str:
    with engine.connect() as connection:
        return connection.scalars(sa.select(WorkerRow.state).where(WorkerRow.name == name)).one()


@more
def test_a_worker_killed_at_any_point_ends_every_job_once(
    crew: Crew, engine: sa.Engine, jobs: Jobs
) -> None:
    """It comes back under its name, and goes on: one answer for each job, attempts counted. Each
    kind of database has every second point, and in `make soak` all of them."""
    crew.start("a")
    for point in some(POINTS, 2, int(engine.dialect.name == "sqlite")):
        job = jobs.submit(called(f"die {point}"))
        crew.until(lambda: crew.gone("a"), point)
        crew.wait("a")
        crew.start("a")
        ended = crew.over(jobs, job.id)
        assert ended.state is JobState.DONE, point
        assert _answers(engine, job.id) == 1, point
        # Dead before its first word it had not begun; dead after its last it had ended.
        assert ended.attempt == (1 if point in ("at-begin", "after-save") else 2), point
        states = told(jobs, job.id)
        assert states == ["queued", *["running"] * ended.attempt, "done"], point


@pytest.mark.soak
def test_a_job_that_kills_every_worker_fails_and_others_go_on(crew: Crew, jobs: Jobs) -> None:
    """After the fifth death it is not begun again; its best is kept."""
    poison, other = jobs.submit(called("always die mid-search", 9)), jobs.submit(called("fine"))
    for _ in range(MOST_CRASHES):
        crew.start("a")
        crew.until(lambda: crew.gone("a") or jobs.get(poison.id).state.over)
        if crew.gone("a"):
            crew.wait("a")
    if jobs.get(poison.id).state is JobState.RUNNING:
        crew.start("a")
    ended = crew.over(jobs, poison.id)
    assert (ended.state, ended.attempt) == (JobState.FAILED, MOST_CRASHES)
    assert ended.error is not None
    result = jobs.result(poison.id)
    assert result is not None
    assert result.schedule is not None
    assert crew.over(jobs, other.id).state is JobState.DONE


def test_a_dead_workers_jobs_are_taken_over(crew: Crew, engine: sa.Engine, jobs: Jobs) -> None:
    """It never comes back, and a peer goes on from its best, also one of a newer release beside
    it; the peer's own job is left alone."""
    crew.start("a", slots=2, version="0.9.0")
    crew.start("b", slots=2)
    at: dict[str, list[str]] = {"a": [], "b": []}
    while not (at["a"] and at["b"]):
        job = jobs.submit(called("long", 600))
        crew.until(lambda: jobs.get(job.id).levels)  # noqa: B023 # asked before the next is made
        at[_worker(engine, job.id) or ""].append(job.id)
    crew.kill("a")
    moved = crew.until(lambda: next((one for one in at["a"] if jobs.get(one).attempt == 2), ""))
    assert _worker(engine, moved) == "b"
    assert _presence(engine, "a") == WorkerState.GONE
    assert _presence(engine, "b") == WorkerState.ACTIVE
    assert {crew.stop(jobs, one).attempt for one in at["b"]} == {1}
    crew.stop(jobs, moved)
    assert told(jobs, moved) == ["queued", "running", "running", "cancelled"]
    result = jobs.result(moved)
    assert result is not None
    assert result.notes[0] == "Searched on."


def test_a_frozen_worker_writes_nothing_when_it_thaws(
    crew: Crew, engine: sa.Engine, jobs: Jobs
) -> None:
    """Its job has another attempt by then; there is one answer, and it works on as one of many."""
    crew.start("a")
    job = jobs.submit(called("long", 600))
    crew.until(lambda: jobs.get(job.id).levels)
    crew.start("b")
    crew.send("a", signal.SIGSTOP)
    crew.until(lambda: jobs.get(job.id).attempt == 2)
    crew.send("a", signal.SIGCONT)
    crew.until(lambda: _presence(engine, "a") == WorkerState.ACTIVE)
    assert crew.over(jobs, jobs.submit(called("more")).id).state is JobState.DONE
    assert crew.stop(jobs, job.id).attempt == 2
    assert told(jobs, job.id) == ["queued", "running", "running", "cancelled"]
    attempts = [event.attempt for event in _events(engine, job.id)]
    assert attempts == sorted(attempts)
    assert _answers(engine, job.id) == 1


def test_a_worker_told_to_leave_hands_its_job_to_a_peer(
    crew: Crew, engine: sa.Engine, jobs: Jobs
) -> None:
    """At once, whether told once or twice; nobody counts a crash, and idle it just goes."""
    crew.start("a")
    job = jobs.submit(called("long", 600))
    crew.until(lambda: jobs.get(job.id).levels)
    crew.start("b")
    crew.send("a", signal.SIGTERM)
    time.sleep(0.05)
    crew.send("a", signal.SIGTERM)
    assert crew.wait("a") == 0
    assert _presence(engine, "a") == WorkerState.LEFT
    crew.until(lambda: jobs.get(job.id).attempt == 2)
    assert crew.stop(jobs, job.id).state is JobState.CANCELLED
    assert told(jobs, job.id) == ["queued", "running", "queued", "running", "cancelled"]
    crew.send("b", signal.SIGTERM)
    assert crew.wait("b") == 0


def test_a_worker_whose_search_hears_nothing_leaves_all_the_same(
    crew: Crew, engine: sa.Engine, jobs: Jobs
) -> None:
    """When the time for that is over it goes, and its job goes on from its best with a peer."""
    crew.start("a")
    job = jobs.submit(called("deaf", 600))
    crew.until(lambda: jobs.get(job.id).levels)
    crew.start("b")
    crew.send("a", signal.SIGTERM)
    assert crew.wait("a") == 0
    assert _presence(engine, "a") == WorkerState.LEFT
    crew.until(lambda: jobs.get(job.id).attempt == 2)
    assert crew.stop(jobs, job.id).attempt == 2
    assert told(jobs, job.id) == ["queued", "running", "running", "cancelled"]
    assert _answers(engine, job.id) == 1


def test_a_tenant_has_its_places_and_no_more_over_all_workers(crew: Crew, jobs: Jobs) -> None:
    """However many workers look for work at the same time; another tenant is not held up."""
    for name in ("a", "b"):
        crew.start(name, slots=TENANT_SLOTS)
    many = [jobs.submit(called("long", 600)) for _ in range(TENANT_SLOTS + 4)]
    crew.until(lambda: len(jobs.page(state=JobState.RUNNING).items) == TENANT_SLOTS)
    others = jobs.of("other")
    other = others.submit(called("fine"))
    assert crew.over(others, other.id).state is JobState.DONE
    for job in many:
        assert len(jobs.page(state=JobState.RUNNING).items) <= TENANT_SLOTS
        jobs.cancel(job.id)
    for job in many:
        assert crew.over(jobs, job.id).state is JobState.CANCELLED


def test_when_all_are_killed_their_jobs_go_on_at_the_next_start(crew: Crew, jobs: Jobs) -> None:
    """Also those of a worker that does not come back, and those that waited."""
    crew.start("a", slots=2)
    running = [jobs.submit(called("long", 600)) for _ in range(2)]
    crew.until(lambda: all(jobs.get(job.id).levels for job in running))
    waiting = jobs.submit(called("long", 600))
    crew.kill("a")
    crew.start("c", slots=3)
    crew.until(lambda: all(jobs.get(job.id).attempt == 2 for job in running))
    ended = [crew.stop(jobs, job.id) for job in (*running, waiting)]
    assert [(job.state, job.attempt) for job in ended] == [
        (JobState.CANCELLED, 2),
        (JobState.CANCELLED, 2),
        (JobState.CANCELLED, 1),
    ]
