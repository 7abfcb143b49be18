"""Jobs as callers see them, without a worker: all or nothing, once for each key, in order."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from scheduler.intake.request import RotaRequest
from scheduler.jobs.jobs import Jobs, KeyReused, UnknownJob
from scheduler.jobs.workflow_port import Queue
from scheduler.report.answer import fingerprint
from scheduler.storage.pagination import BadCursor
from scheduler.storage.tables import Job, JobState
from tests.service.requests import small

REQUEST = RotaRequest.model_validate(small())
OTHER = RotaRequest.model_validate(small(days=4))


def _counts(engine: sa.Engine) -> tuple[int, int]:
    """Jobs, and entries in the engine's queue."""
    with engine.connect() as connection:
        ours = connection.scalar(sa.text("SELECT count(*) FROM job"))
        schema = "dbos." if engine.dialect.name == "postgresql" else ""
        theirs = connection.scalar(sa.text(f"SELECT count(*) FROM {schema}workflow_status"))
    assert ours is not None
    assert theirs is not None
    return ours, theirs


def test_a_job_and_its_place_in_the_queue_come_together(engine: sa.Engine, jobs: Jobs) -> None:
    """One row each, and what was sent comes back as it was."""
    job = jobs.submit(REQUEST)
    assert _counts(engine) == (1, 1)
    assert job.state is JobState.QUEUED
    assert jobs.request(job.id) == REQUEST
    assert job.input_hash == fingerprint(REQUEST)
    assert [(e.number, e.kind) for e in jobs.events(job.id)] == [(1, "state")]
    assert jobs.result(job.id) is None


def test_if_the_queue_refuses_there_is_no_job(
    engine: sa.Engine, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The transaction holds both or neither, whichever of them fails."""
    enqueue = Queue.enqueue

    def enqueue_and_fail(self: Queue, *args: object, **named: object) -> None:
        enqueue(self, *args, **named)  # type: ignore[arg-type]
        raise RuntimeError("full")

    monkeypatch.setattr(Queue, "enqueue", enqueue_and_fail)
    with pytest.raises(RuntimeError, match="full"):
        jobs.submit(REQUEST, "key")
    assert _counts(engine) == (0, 0)


def test_the_same_key_gives_the_same_job(engine: sa.Engine, jobs: Jobs) -> None:
    """However often it comes, and one after the other."""
    first = jobs.submit(REQUEST, "key")
    assert jobs.submit(REQUEST, "key").id == first.id
    assert jobs.submit(REQUEST, "another").id != first.id
    assert _counts(engine) == (2, 2)


def test_twenty_at_once_with_one_key_give_one_job(engine: sa.Engine, jobs: Jobs) -> None:
    """The first caller wins; the others get the same job."""
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(lambda _: jobs.submit(REQUEST, "key").id, range(20)))
    assert len(set(found)) == 1
    assert _counts(engine) == (1, 1)


def test_a_key_does_not_serve_two_requests(engine: sa.Engine, jobs: Jobs) -> None:
    """The second is refused and leaves nothing."""
    jobs.submit(REQUEST, "key")
    with pytest.raises(KeyReused):
        jobs.submit(OTHER, "key")
    assert _counts(engine) == (1, 1)


def test_pages_give_every_job_once_with_the_newest_first(engine: sa.Engine, jobs: Jobs) -> None:
    """Also those of the same moment, and while new ones come."""
    ids = [jobs.submit(REQUEST).id for _ in range(7)]
    with Session(engine) as session, session.begin():
        moment = datetime(2026, 1, 5, tzinfo=UTC)
        session.execute(sa.update(Job).where(Job.id.in_(ids[2:5])).values(created_at=moment))
    seen: list[str] = []
    page = jobs.page(limit=2)
    while True:
        seen += [job.id for job in page.items]
        if page.next is None:
            break
        jobs.submit(REQUEST)
        page = jobs.page(cursor=page.next, limit=2)
    assert sorted(seen) == sorted(ids)
    assert seen[:4] == [ids[6], ids[5], ids[1], ids[0]]
    assert jobs.page(state=JobState.DONE).items == ()


@pytest.mark.parametrize("cursor", ["", "x", "é", "bm9uZQ==", "MjAyNi0wMS0wNSB4"])
def test_a_cursor_that_no_list_gave_is_refused(jobs: Jobs, cursor: str) -> None:
    """Whether it is not base64, not two parts, or not a moment with its zone."""
    with pytest.raises(BadCursor):
        jobs.page(cursor=cursor)


def test_a_waiting_job_that_is_cancelled_never_runs(jobs: Jobs, queue: Queue) -> None:
    """It is over at once, the engine forgets it, and doing so twice changes nothing."""
    job = jobs.submit(REQUEST)
    over = jobs.cancel(job.id)
    assert over.state is JobState.CANCELLED
    assert over.finished_at is not None
    assert queue.lost([job.id]) == {job.id}
    assert jobs.cancel(job.id) == over


def test_jobs_of_another_tenant_are_not_there(engine: sa.Engine, queue: Queue, jobs: Jobs) -> None:
    """Neither by id nor in lists, and they cannot be cancelled; keys do not meet."""
    job = jobs.submit(REQUEST, "key")
    others = Jobs(engine, queue, "somebody-else")
    for call in (others.get, others.cancel, others.request, others.result):
        with pytest.raises(UnknownJob):
            call(job.id)
    assert others.page().items == ()
    assert others.submit(REQUEST, "key").id != job.id
    assert jobs.get(job.id).state is JobState.QUEUED
