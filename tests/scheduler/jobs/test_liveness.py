"""The liveness: who is dead is judged by one's own clock, and taken over once."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from scheduler.intake.request import RotaRequest
from scheduler.jobs import liveness as module
from scheduler.jobs.jobs import Jobs
from scheduler.jobs.liveness import Liveness, PeerWatch, lowest_free
from scheduler.jobs.lock import AlreadyRunning, Lock
from scheduler.jobs.workflow_port import HandedOn, Queue, Runner
from scheduler.storage.tables import Lane, WorkerRow, WorkerState
from tests.service.requests import small

REQUEST = RotaRequest.model_validate(small())
LIMIT = 5


class Clock:
    """Continues on request."""

    def __init__(self) -> None:
        self.moment = 0.0

    def __call__(self) -> float:
        """Now."""
        return self.moment


def test_only_a_counter_that_stands_still_is_silent() -> None:
    """Whatever its value is, and also when it goes back to an old one, as after a restart."""
    clock = Clock()
    watch = PeerWatch(clock)
    assert watch.observe({"a": 5, "b": 5}) == {"a": 0, "b": 0}
    clock.moment = 10
    assert watch.observe({"a": 5, "b": 6}) == {"a": 10, "b": 0}
    clock.moment = 12
    assert watch.observe({"a": 0, "b": 6, "c": 1}) == {"a": 0, "b": 2, "c": 0}


def test_after_a_lost_database_everybody_is_given_time_anew() -> None:
    """All counters are old then, and nobody is dead."""
    clock = Clock()
    watch = PeerWatch(clock)
    watch.observe({"a": 5})
    watch.forget()
    clock.moment = 1000
    assert watch.observe({"a": 5}) == {"a": 0}


@given(st.lists(st.tuples(st.floats(0.1, 3), st.sampled_from(["beat", "stand", "fail"]))))
def test_nobody_is_silent_for_longer_than_was_looked_at(steps: list[tuple[float, str]]) -> None:
    """The silence is never more than the time since the last beat or failed look."""
    clock = Clock()
    watch = PeerWatch(clock)
    counter, looked = 0, 0.0
    watch.observe({"a": 0})
    for seconds, what in steps:
        clock.moment += seconds
        if what == "fail":
            watch.forget()
            looked = float("inf")
            continue
        if what == "beat":
            counter += 1
            looked = float("inf")
        looked = min(looked, clock.moment)
        assert watch.observe({"a": counter}) == {"a": clock.moment - looked}


def _joined(engine: sa.Engine, queue: Queue, name: str, clock: Clock | None = None) -> Liveness:
    liveness = Liveness(engine, queue, name, {Lane.INTERACTIVE: 1}, LIMIT, clock or Clock())
    liveness.join()
    return liveness


def _row(engine: sa.Engine, name: str) -> WorkerRow:
    with Session(engine) as session:
        return session.get_one(WorkerRow, name)


def _begun_by_the_dead(engine: sa.Engine, queue: Queue, jobs: Jobs, name: str) -> str:
    """A job that an executor began, of which nothing more is heard."""
    queue.ensure_lanes({Lane.INTERACTIVE: 1}, 1)
    begun = threading.Event()

    def vanish(_: str) -> None:
        begun.set()
        raise HandedOn

    runner = Runner(engine, name, [Lane.INTERACTIVE], vanish)
    runner.start()
    job = jobs.submit(REQUEST)
    assert begun.wait(60)
    runner.stop(5)
    assert queue.begun() == {name: [(job.id, Lane.INTERACTIVE)]}
    return job.id


def test_the_jobs_of_the_dead_are_put_back_into_their_lane(
    engine: sa.Engine, queue: Queue, jobs: Jobs
) -> None:
    """Once the silence is long enough, and not before; a name that came back is left alone."""
    _joined(engine, queue, "dead").give_up_name()
    _begun_by_the_dead(engine, queue, jobs, "dead")
    clock = Clock()
    alive = _joined(engine, queue, "alive", clock)
    alive.beat()
    clock.moment += LIMIT
    alive.beat()
    assert queue.begun()
    clock.moment += 1
    alive.beat()
    assert not queue.begun()
    assert (_row(engine, "dead").state, _row(engine, "dead").adoptions) == (WorkerState.GONE, 1)
    assert jobs.get(jobs.page().items[0].id).state == "queued"
    _joined(engine, queue, "dead").give_up_name()
    assert _row(engine, "dead").state == WorkerState.ACTIVE
    alive.leave()


def test_two_that_watch_take_over_once(
    engine: sa.Engine, queue: Queue, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However close together they look; each job is put back by one of them."""
    _joined(engine, queue, "dead").give_up_name()
    job_id = _begun_by_the_dead(engine, queue, jobs, "dead")
    put_back: list[str] = []
    requeue = Queue.requeue

    def counted(self: Queue, job_id: str, lane: str) -> None:
        put_back.append(job_id)
        time.sleep(0.2)
        requeue(self, job_id, lane)

    monkeypatch.setattr(Queue, "requeue", counted)
    clock = Clock()
    watchers = [_joined(engine, queue, name, clock) for name in ("b", "c")]
    for watcher in watchers:
        watcher.beat()
    clock.moment += LIMIT + 1
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda watcher: watcher.beat(), watchers))
    assert _row(engine, "dead").state == WorkerState.GONE
    assert put_back == [job_id]
    for watcher in watchers:
        watcher.leave()


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_jumps_kills_nobody(
    engine: sa.Engine, queue: Queue, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    """Moments are for people; only counters are compared."""
    clock = Clock()
    one, other = (_joined(engine, queue, name, clock) for name in ("one", "other"))
    one.beat()
    monkeypatch.setattr(module, "now", lambda: datetime.now(UTC) + timedelta(hours=hours))
    for _ in range(8):
        other.beat()
        one.beat()
        clock.moment += 0.2 * LIMIT
    assert _row(engine, "one").state == _row(engine, "other").state == WorkerState.ACTIVE
    one.leave()
    other.leave()


def test_a_name_that_another_process_took_is_not_beaten_for(
    engine: sa.Engine, queue: Queue, jobs: Jobs
) -> None:
    """The worker that lost it learns so, and leaves the other's jobs alone when it goes."""
    first = _joined(engine, queue, "a")
    first.give_up_name()
    second = _joined(engine, queue, "a")
    with pytest.raises(AlreadyRunning):
        first.beat()
    job_id = _begun_by_the_dead(engine, queue, jobs, "a")
    first.leave()
    assert queue.begun() == {"a": [(job_id, Lane.INTERACTIVE)]}
    assert _row(engine, "a").state == WorkerState.ACTIVE
    second.beat()
    second.leave()
    assert queue.begun() == {}


def test_a_lost_session_is_noticed_and_its_name_taken_again(
    engine: sa.Engine, queue: Queue
) -> None:
    """As after a restart of PostgreSQL: it works on, and still nobody else has the name."""
    if engine.dialect.name != "postgresql":
        return  # a file lock ends with its process only
    liveness = _joined(engine, queue, "a")
    assert Lock(engine, "a").break_open()
    deadline = time.monotonic() + 180
    while True:
        try:
            liveness.beat()
            break
        except AlreadyRunning:  # by the session that is about to end
            assert time.monotonic() < deadline
    with pytest.raises(AlreadyRunning):
        Lock(engine, "a").take()
    liveness.leave()
    free = Lock(engine, "a")
    free.take()
    free.release()


def test_a_look_that_fails_says_nothing(
    engine: sa.Engine, queue: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The silence is counted again from the next look that succeeds."""
    _joined(engine, queue, "dead").give_up_name()
    clock = Clock()
    alive = _joined(engine, queue, "alive", clock)
    alive.beat()
    clock.moment += 2 * LIMIT
    with monkeypatch.context() as patched:

        def fail(*_: object) -> None:
            raise OperationalError("SELECT", {}, Exception("away"))

        patched.setattr(module, "Session", fail)
        with pytest.raises(OperationalError):
            alive.beat()
    alive.beat()
    assert _row(engine, "dead").state == WorkerState.ACTIVE
    alive.leave()


def test_workers_without_a_name_take_the_lowest_that_is_free(
    engine: sa.Engine, queue: Queue
) -> None:
    """And it is free again after them."""
    first = _joined(engine, queue, lowest_free(engine))
    second = _joined(engine, queue, lowest_free(engine))
    assert (first.name, second.name) == ("worker-1", "worker-2")
    first.leave()
    assert lowest_free(engine) == "worker-1"
    second.leave()
