"""What is over for long is removed, and nothing else is."""

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from scheduler.intake.request import RotaRequest
from scheduler.jobs.housekeeping import Housekeeping, JobRetention
from scheduler.jobs.jobs import Jobs, PurgedJob
from scheduler.jobs.liveness import Liveness
from scheduler.jobs.workflow_port import Queue
from scheduler.storage.tables import Job, JobEventRow, JobRequestRow, WorkerRow
from tests.service.requests import small

REQUEST = RotaRequest.model_validate(small())
YEARS_AGO = datetime.now(UTC) - timedelta(days=1000)


def _tidy(engine: sa.Engine, queue: Queue, keep: JobRetention) -> None:
    liveness = Liveness(engine, queue, "a", {}, 60)
    Housekeeping(engine, queue, liveness, 60, keep).tidy()


def _ended_long_ago(engine: sa.Engine, job_id: str) -> None:
    with Session(engine) as session, session.begin():
        session.execute(sa.update(Job).where(Job.id == job_id).values(finished_at=YEARS_AGO))


def test_the_contents_of_old_jobs_are_removed(engine: sa.Engine, queue: Queue, jobs: Jobs) -> None:
    """Who asks learns that there was one; those that wait, and young ones, stay whole."""
    old, young, waiting = (jobs.submit(REQUEST, name) for name in ("old", "young", "waiting"))
    for job in (old, young):
        jobs.cancel(job.id)
    _ended_long_ago(engine, old.id)
    _tidy(engine, queue, JobRetention())
    seen = jobs.get(old.id)
    assert seen.purged_at is not None
    assert seen.state == "cancelled"
    for ask in (jobs.request, jobs.result):
        with pytest.raises(PurgedJob):
            ask(old.id)
    assert jobs.request(young.id) == jobs.request(waiting.id) == REQUEST
    with Session(engine) as session:
        for table in (JobRequestRow, JobEventRow):
            assert old.id not in set(session.scalars(sa.select(table.job_id)))
    assert jobs.submit(REQUEST, "old").id != old.id
    assert jobs.submit(REQUEST, "young").id == young.id


def test_more_than_fit_into_one_round_are_removed(
    engine: sa.Engine, queue: Queue, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some at a time."""
    monkeypatch.setattr("scheduler.jobs.housekeeping.PURGED_AT_A_TIME", 2)
    ids = [jobs.submit(REQUEST).id for _ in range(5)]
    for job_id in ids:
        jobs.cancel(job_id)
        _ended_long_ago(engine, job_id)
    _tidy(engine, queue, JobRetention())
    assert all(jobs.get(job_id).purged_at for job_id in ids)


def test_the_engine_forgets_what_is_over(engine: sa.Engine, queue: Queue, jobs: Jobs) -> None:
    """And not what still waits; our own job does not fail by that."""
    over, waiting = jobs.submit(REQUEST), jobs.submit(REQUEST)
    jobs.cancel(over.id)
    _tidy(engine, queue, JobRetention(workflows=timedelta(days=-1)))
    schema = "dbos." if engine.dialect.name == "postgresql" else ""
    with engine.connect() as connection:
        left = set(
            connection.scalars(sa.text(f"SELECT workflow_uuid FROM {schema}workflow_status"))
        )
    assert left == {waiting.id}
    _tidy(engine, queue, JobRetention())
    assert jobs.get(waiting.id).state == "queued"
    assert jobs.get(over.id).state == "cancelled"


def test_workers_that_left_are_forgotten(engine: sa.Engine, queue: Queue) -> None:
    """After a while; those that live are not."""
    for name in ("alive", "left", "gone"):
        liveness = Liveness(engine, queue, name, {}, 60)
        liveness.join()
        liveness.give_up_name()
    with Session(engine) as session, session.begin():
        for name, state in (("left", "left"), ("gone", "gone")):
            session.execute(
                sa.update(WorkerRow)
                .where(WorkerRow.name == name)
                .values(state=state, seen_at=YEARS_AGO)
            )
    _tidy(engine, queue, JobRetention())
    with Session(engine) as session:
        assert set(session.scalars(sa.select(WorkerRow.name))) == {"alive"}
