"""Lanes, tenants and rotas: who waits for whom, and who does not."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from models.answer.result import Result
from scheduler.intake.request import RotaRequest
from scheduler.jobs.jobs import Jobs, QueueFull, RotaBusy
from scheduler.jobs.quotas import Quotas
from scheduler.jobs.worker import Worker, WorkerSettings
from scheduler.jobs.workflow_port import Queue
from scheduler.report.answer import nothing_found
from scheduler.storage.tables import JobState, Lane
from tests.service.requests import small

REQUEST = RotaRequest.model_validate(small())


def at_once(request: RotaRequest, **_: Any) -> Result:
    """A search that finds nothing."""
    return nothing_found(request, seconds=0, note="Nothing.")


class Held:
    """Solves that last until they are let go."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.now = 0
        self.most = 0
        self._counting = threading.Lock()

    def __call__(self, request: RotaRequest, *, stop: Callable[[], bool], **_: Any) -> Result:
        """Wait."""
        with self._counting:
            self.now += 1
            self.most = max(self.most, self.now)
        while not self.let_go.wait(0.02) and not stop():
            pass
        with self._counting:
            self.now -= 1
        return nothing_found(request, seconds=0, note="Nothing.")


@contextmanager
def working(engine: sa.Engine, queue: Queue, how: WorkerSettings, solve: Any) -> Iterator[Worker]:
    """A worker that leaves in the end."""
    worker = Worker(engine, queue, how, solve=solve)
    worker.start()
    try:
        yield worker
    finally:
        worker.leave()


def until(found: Callable[[], Any]) -> Any:
    """What is found, once it is true."""
    deadline = time.monotonic() + 180
    while not (what := found()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return what


def test_interactive_jobs_do_not_wait_for_nightly_ones(
    engine: sa.Engine, queue: Queue, jobs: Jobs
) -> None:
    """Each lane has places of its own, however many wait in the other."""
    for _ in range(30):
        jobs.submit(REQUEST, lane=Lane.NIGHTLY)
    held = Held()
    with working(engine, queue, WorkerSettings({Lane.INTERACTIVE: 1, Lane.NIGHTLY: 1}), held):
        until(lambda: held.now == 1)
        job = jobs.submit(REQUEST)
        until(lambda: held.now == 2)
        assert jobs.page(state=JobState.RUNNING).items[0].id == job.id
        held.let_go.set()
        until(lambda: jobs.get(job.id).state.over)


def test_a_lane_without_places_is_left_to_others(
    engine: sa.Engine, queue: Queue, jobs: Jobs
) -> None:
    """A worker for nightly jobs takes no interactive ones."""
    left = jobs.submit(REQUEST)
    taken = jobs.submit(REQUEST, lane=Lane.NIGHTLY)
    with working(engine, queue, WorkerSettings({Lane.INTERACTIVE: 0, Lane.NIGHTLY: 1}), at_once):
        until(lambda: jobs.get(taken.id).state.over)
        assert jobs.get(left.id).state is JobState.QUEUED


def test_a_tenant_with_much_work_does_not_starve_another(
    engine: sa.Engine, queue: Queue, jobs: Jobs
) -> None:
    """Of those who wait any may be next, so one job does not wait until five hundred are done."""
    count = 100
    for _ in range(count):
        jobs.submit(REQUEST, lane=Lane.NIGHTLY)
    others = jobs.of("other")
    with working(engine, queue, WorkerSettings({Lane.NIGHTLY: 1}, tenant_slots=1), at_once):
        until(lambda: any(job.state.over for job in jobs.page(limit=200).items))
        job = others.submit(REQUEST, lane=Lane.NIGHTLY)
        until(lambda: others.get(job.id).state.over)
        waiting = sum(job.state is JobState.QUEUED for job in jobs.page(limit=200).items)
    assert waiting > count / 2


def test_a_tenant_has_no_more_than_its_places(engine: sa.Engine, queue: Queue, jobs: Jobs) -> None:
    """Others use the rest."""
    for _ in range(6):
        jobs.submit(REQUEST)
    other = jobs.of("other").submit(REQUEST)
    held = Held()
    with working(engine, queue, WorkerSettings({Lane.INTERACTIVE: 4}, tenant_slots=2), held):
        until(lambda: held.now == 3)
        time.sleep(0.5)
        assert held.most == 3
        assert jobs.of("other").get(other.id).state is JobState.RUNNING
        held.let_go.set()
        until(lambda: all(job.state.over for job in jobs.page().items))


def test_a_rota_has_one_job_that_is_not_over(jobs: Jobs) -> None:
    """The second is refused and says which; another rota, and another tenant's, is not."""
    job = jobs.submit(REQUEST, rota="r1")
    with pytest.raises(RotaBusy) as refused:
        jobs.submit(REQUEST, rota="r1")
    assert refused.value.job_id == job.id
    jobs.submit(REQUEST, rota="r2")
    jobs.of("other").submit(REQUEST, rota="r1")
    jobs.cancel(job.id)
    assert jobs.submit(REQUEST, rota="r1").rota == "r1"


def test_of_many_at_once_for_a_rota_one_is_taken(jobs: Jobs) -> None:
    """The rest learn its id."""
    found: list[str] = []
    barrier = threading.Barrier(8)

    def submit() -> None:
        barrier.wait()
        try:
            found.append(f"made {jobs.submit(REQUEST, rota='r').id}")
        except RotaBusy as busy:
            found.append(f"busy {busy.job_id}")

    threads = [threading.Thread(target=submit) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert sum(one.startswith("made") for one in found) == 1
    assert len({one.split()[1] for one in found}) == 1


def test_a_queue_that_is_full_takes_no_more(engine: sa.Engine, queue: Queue) -> None:
    """In that lane, of that tenant; and as soon as one is gone, it does."""
    jobs = Jobs(engine, queue, quotas=Quotas(waiting=2))
    first = jobs.submit(REQUEST, "key")
    jobs.submit(REQUEST)
    with pytest.raises(QueueFull):
        jobs.submit(REQUEST)
    assert jobs.submit(REQUEST, "key").id == first.id
    jobs.submit(REQUEST, lane=Lane.NIGHTLY)
    jobs.of("other").submit(REQUEST)
    jobs.cancel(first.id)
    jobs.submit(REQUEST)
