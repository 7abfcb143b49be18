"""The worker: one answer for each job, even if somebody dies, is late, or stops it."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from models.answer.result import Level, Progress, Result
from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.problem import Placement, Published
from scheduler.child import ChildDied, ChildLost
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.jobs import incompatible
from scheduler.jobs import worker as module
from scheduler.jobs.jobs import Jobs
from scheduler.jobs.lock import AlreadyRunning
from scheduler.jobs.transitions import locked
from scheduler.jobs.view import JobView
from scheduler.jobs.worker import Worker, WorkerSettings
from scheduler.jobs.workflow_port import HandedOn, Queue
from scheduler.report.answer import best_so_far, nothing_found
from scheduler.search.search_state import Disagreement
from scheduler.storage.tables import Job, JobRequestRow, JobState, Lane
from tests.service.requests import small

WORKING = WorkerSettings({Lane.INTERACTIVE: 1})
REQUEST = RotaRequest.model_validate(small())
FIRST_DUTY = Facts(REQUEST.problem).duties[0].id
BEST = Schedule(placements=(Placement(person="p0", duty=FIRST_DUTY),))
PROGRESS = Progress(
    seconds=1,
    stage="solving",
    priority=1,
    levels=(Level(priority=1, value=9, bound=4),),
    schedule=BEST,
)


class Solver:
    """Solves as configured, in the worker's own process."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.starts: list[Schedule | None] = []
        self.known: list[Sequence[Level]] = []

    def __call__(
        self,
        request: RotaRequest,
        *,
        listen: Callable[[Progress], None],
        stop: Callable[[], bool],
        start: Schedule | None,
        known: Sequence[Level],
    ) -> Result:
        """Find one schedule, then search on until stopped."""
        self.starts.append(start)
        self.known.append(known)
        listen(PROGRESS)
        self.begun.set()
        while not stop():
            time.sleep(0.01)
        return best_so_far(Case(request), BEST, PROGRESS.levels, seconds=2, note="Stopped.")


@contextmanager
def working(engine: sa.Engine, queue: Queue, solve: Any) -> Iterator[Worker]:
    """A worker that leaves in the end."""
    worker = Worker(engine, queue, WORKING, solve=solve)
    worker.start()
    try:
        yield worker
    finally:
        worker.leave()


def over(jobs: Jobs, job_id: str) -> JobView:
    """The job once it is over."""
    deadline = time.monotonic() + 180
    while not (job := jobs.get(job_id)).state.over:
        assert time.monotonic() < deadline, job
        time.sleep(0.02)
    return job


def test_a_job_that_is_stopped_keeps_its_best(engine: sa.Engine, queue: Queue, jobs: Jobs) -> None:
    """While it runs its best is there to see; after the stop it is the answer."""
    solver = Solver()
    job = jobs.submit(REQUEST)
    with working(engine, queue, solver):
        assert solver.begun.wait(60)
        running = jobs.result(job.id)
        assert running is not None
        assert running.schedule == BEST
        assert jobs.get(job.id).levels[0].gap == 5
        jobs.cancel(job.id)
        ended = over(jobs, job.id)
    assert (ended.state, ended.status, ended.stop_requested) == (
        JobState.CANCELLED,
        "feasible",
        True,
    )
    result = jobs.result(job.id)
    assert result is not None
    assert result.schedule == BEST
    numbers = [event.number for event in jobs.events(job.id)]
    assert numbers == list(range(1, ended.last_event + 1))
    kinds = [e.what.get("state", e.kind) for e in jobs.events(job.id)]
    assert kinds == ["queued", "running", "progress", "cancelled"]


def test_a_job_that_is_handed_on_begins_from_its_best(
    engine: sa.Engine, queue: Queue, jobs: Jobs
) -> None:
    """The worker that comes next goes on where the last one was; no crash is counted."""
    first, second = Solver(), Solver()
    job = jobs.submit(REQUEST)
    with working(engine, queue, first):
        assert first.begun.wait(60)
    assert jobs.get(job.id).state is JobState.QUEUED
    with working(engine, queue, second):
        assert second.begun.wait(60)
        jobs.cancel(job.id)
        ended = over(jobs, job.id)
    assert (first.starts, second.starts) == ([None], [BEST])
    assert (first.known, second.known) == ([()], [PROGRESS.levels])
    assert (ended.attempt, ended.state) == (2, JobState.CANCELLED)


def test_a_proof_is_of_one_request_by_the_rules_of_one_release(
    engine: sa.Engine, queue: Queue, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another release may read a rule otherwise: its worker keeps the best, and proves it again."""
    first, second = Solver(), Solver()
    job = jobs.submit(REQUEST)
    with working(engine, queue, first):
        assert first.begun.wait(60)
    monkeypatch.setattr("scheduler.report.answer.version", lambda _: "99.0")
    with working(engine, queue, second):
        assert second.begun.wait(60)
        jobs.cancel(job.id)
        over(jobs, job.id)
    assert (second.starts, second.known) == ([BEST], [()])


def test_a_handed_on_job_that_is_cancelled_keeps_its_best(
    engine: sa.Engine, queue: Queue, jobs: Jobs
) -> None:
    """Nobody works, and still the checkpoint becomes the answer."""
    solver = Solver()
    job = jobs.submit(REQUEST)
    with working(engine, queue, solver):
        assert solver.begun.wait(60)
    assert jobs.cancel(job.id).state is JobState.CANCELLED
    result = jobs.result(job.id)
    assert result is not None
    assert result.schedule == BEST


def test_an_attempt_that_finds_nothing_does_not_take_away_the_best(
    engine: sa.Engine, queue: Queue, jobs: Jobs
) -> None:
    """Stopped before it could begin, the answer is that of the attempt before."""
    solver = Solver()
    job = jobs.submit(REQUEST)
    with working(engine, queue, solver):
        assert solver.begun.wait(60)
    with working(engine, queue, lambda r, **_: nothing_found(r, seconds=1, note="Nothing.")):
        ended = over(jobs, job.id)
    assert (ended.state, ended.status) == (JobState.DONE, "feasible")
    result = jobs.result(job.id)
    assert result is not None
    assert result.schedule == BEST


def test_only_one_worker_takes_a_name(engine: sa.Engine, queue: Queue) -> None:
    """The second says so and changes nothing; when the first has left there is room."""
    with working(engine, queue, Solver()), pytest.raises(AlreadyRunning, match="Maybe stop it"):
        Worker(engine, queue, WORKING).start()
    with working(engine, queue, Solver()):
        pass


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ChildLost("It needs more memory."), "It needs more memory."),
        (KeyError("Person 1"), "our fault"),
    ],
)
def test_a_solve_that_fails_fails_its_job_with_the_best_kept(
    engine: sa.Engine, queue: Queue, jobs: Jobs, error: Exception, said: str
) -> None:
    """With a sentence that holds nothing of the request."""

    def solve(_: RotaRequest, *, listen: Callable[[Progress], None], **__: Any) -> Result:
        listen(PROGRESS)
        raise error

    job = jobs.submit(REQUEST)
    with working(engine, queue, solve):
        ended = over(jobs, job.id)
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert said in ended.error
    assert "Person 1" not in ended.error
    result = jobs.result(job.id)
    assert result is not None
    assert result.schedule == BEST


def test_a_child_that_dies_is_followed_by_another_from_its_best(
    engine: sa.Engine, queue: Queue, jobs: Jobs
) -> None:
    """Within the same attempt."""
    starts: list[Schedule | None] = []

    def solve(
        request: RotaRequest,
        *,
        listen: Callable[[Progress], None],
        start: Schedule | None,
        **_: Any,
    ) -> Result:
        starts.append(start)
        if len(starts) < module.MOST_CHILD_CRASHES:
            listen(PROGRESS)
            raise ChildDied("It ended unexpectedly.")
        return best_so_far(Case(request), BEST, PROGRESS.levels, seconds=2, note="")

    job = jobs.submit(REQUEST)
    with working(engine, queue, solve):
        ended = over(jobs, job.id)
    assert (ended.state, ended.attempt) == (JobState.DONE, 1)
    assert starts == [None, BEST, BEST]


def test_children_that_die_each_time_fail_their_job_with_the_best_kept(
    engine: sa.Engine, queue: Queue, jobs: Jobs
) -> None:
    """So often and no more."""
    calls = []

    def solve(_: RotaRequest, *, listen: Callable[[Progress], None], **__: Any) -> Result:
        calls.append(1)
        listen(PROGRESS)
        raise ChildDied("It ended unexpectedly.")

    job = jobs.submit(REQUEST)
    with working(engine, queue, solve):
        ended = over(jobs, job.id)
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert "Maybe" in ended.error
    assert len(calls) == module.MOST_CHILD_CRASHES
    result = jobs.result(job.id)
    assert result is not None
    assert result.schedule == BEST


def test_a_reproducible_job_begins_anew_each_time(
    engine: sa.Engine, queue: Queue, jobs: Jobs
) -> None:
    """Or its schedule would depend on when it was interrupted."""
    first, second = Solver(), Solver()
    limits = REQUEST.limits.model_copy(update={"reproducible": True})
    job = jobs.submit(REQUEST.model_copy(update={"limits": limits}))
    with working(engine, queue, first):
        assert first.begun.wait(60)
    with working(engine, queue, second):
        assert second.begun.wait(60)
        jobs.cancel(job.id)
        over(jobs, job.id)
    assert (first.starts, second.starts) == ([None], [None])


def test_a_reproducible_job_of_a_rota_begins_from_what_holds(
    engine: sa.Engine, queue: Queue, jobs: Jobs
) -> None:
    """Each time: that stands in the request, and does not depend on an interruption."""
    first, second = Solver(), Solver()
    limits = REQUEST.limits.model_copy(update={"reproducible": True})
    published = Published(placements=(Placement(person="p1", duty=FIRST_DUTY),))
    problem = REQUEST.problem.model_copy(update={"published": published})
    job = jobs.submit(REQUEST.model_copy(update={"limits": limits, "problem": problem}), rota="r")
    for solver in (first, second):
        with working(engine, queue, solver):
            assert solver.begun.wait(60)
            if solver is second:
                jobs.cancel(job.id)
                over(jobs, job.id)
    held = Schedule(placements=published.placements)
    assert (first.starts, second.starts) == ([held], [held])


def test_a_job_of_a_newer_release_is_left_to_it(
    engine: sa.Engine, queue: Queue, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that cannot read it puts it back, and continues with others; no crash is counted,
    and if nobody can for long, the job says so."""
    monkeypatch.setattr(incompatible, "WAIT", 0.05)
    monkeypatch.setattr(incompatible, "MOST", 10**6)
    readable, newer, never = (jobs.submit(REQUEST) for _ in range(3))

    def rewrite(job_id: str, **more: Any) -> None:
        text = json.dumps({**REQUEST.model_dump(mode="json"), **more})
        with Session(engine) as session, session.begin():
            session.execute(
                sa.update(JobRequestRow).where(JobRequestRow.job_id == job_id).values(request=text)
            )

    rewrite(newer.id, novelty=1)
    rewrite(never.id, novelty=1)

    def solve(request: RotaRequest, **_: Any) -> Result:
        return best_so_far(Case(request), BEST, (), seconds=0, note="")

    with working(engine, queue, solve):
        assert over(jobs, readable.id).state is JobState.DONE
        while jobs.get(newer.id).attempt < 2:
            time.sleep(0.02)
        rewrite(newer.id)  # as its sender reads it
        assert over(jobs, newer.id).state is JobState.DONE
        monkeypatch.setattr(incompatible, "MOST", 3)
        lost = over(jobs, never.id)
    assert (lost.state, lost.attempt >= 3) == (JobState.FAILED, True)
    assert "newest release" in (lost.error or "")
    with Session(engine) as session:
        assert not any(session.scalars(sa.select(Job.crashes)))


def test_nothing_found_in_time_is_an_answer(engine: sa.Engine, queue: Queue, jobs: Jobs) -> None:
    """The job is done, and says unknown."""
    job = jobs.submit(REQUEST)
    with working(engine, queue, lambda r, **_: nothing_found(r, seconds=1, note="Nothing.")):
        ended = over(jobs, job.id)
    assert (ended.state, ended.status) == (JobState.DONE, "unknown")


def test_a_disagreement_fails_its_job_and_keeps_the_evidence(
    engine: sa.Engine, queue: Queue, jobs: Jobs
) -> None:
    """What the two disagree about is never shown, but we can look at it."""

    def solve(*_: Any, **__: Any) -> Result:
        raise Disagreement("they disagree", BEST)

    job = jobs.submit(REQUEST)
    with working(engine, queue, solve):
        ended = over(jobs, job.id)
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert "disagree" in ended.error
    assert jobs.result(job.id) is None
    with engine.connect() as connection:
        kept = connection.scalar(sa.select(Job.evidence).where(Job.id == job.id))
    assert kept is not None
    assert Schedule.model_validate_json(kept) == BEST


def test_a_database_that_is_away_for_a_while_loses_nothing(
    engine: sa.Engine, queue: Queue, jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attempt waits, and writes what it has when the database is back."""
    failures = [0]

    def away_at_first(*arguments: Any) -> Job | None:
        failures[0] += 1
        if failures[0] <= 2:
            raise OperationalError("UPDATE", {}, Exception("away"))
        return locked(*arguments)

    monkeypatch.setattr(module, "locked", away_at_first)
    solver = Solver()
    job = jobs.submit(REQUEST)
    with working(engine, queue, solver):
        assert solver.begun.wait(60)
        jobs.cancel(job.id)
        ended = over(jobs, job.id)
    assert (ended.state, ended.attempt) == (JobState.CANCELLED, 1)
    assert failures[0] > 2


# ------------------------------------------------------------------ fences


class Killed(BaseException):
    """What happens to everything when the process is killed."""


def _attempt(worker: Worker, job_id: str) -> object:
    """One attempt, as the engine calls for it."""
    return worker._perform(job_id)  # noqa: SLF001 # what the engine calls


def _dies(_: RotaRequest, *, listen: Callable[[Progress], None], **__: Any) -> Result:
    listen(PROGRESS)
    raise Killed


def test_a_stale_attempt_writes_nothing(engine: sa.Engine, queue: Queue, jobs: Jobs) -> None:
    """Neither progress nor its outcome, once a newer attempt has begun."""
    job = jobs.submit(REQUEST)
    later = Worker(engine, queue, WORKING, solve=_dies)

    def overtaken(_: RotaRequest, *, listen: Callable[[Progress], None], **__: Any) -> Result:
        with pytest.raises(Killed):
            _attempt(later, job.id)
        listen(PROGRESS)
        pytest.fail("a stale attempt was listened to")

    before = Worker(engine, queue, WORKING, solve=overtaken)
    assert _attempt(before, job.id) is None
    events = jobs.events(job.id)
    assert [e.what.get("attempt") for e in events if e.what.get("state") == "running"] == [1, 2]
    assert jobs.get(job.id).attempt == 2


def test_a_job_that_kills_its_worker_each_time_fails_in_the_end(
    engine: sa.Engine, queue: Queue, jobs: Jobs
) -> None:
    """After the last attempt; its best is kept, and it is not begun again."""
    job = jobs.submit(REQUEST)
    worker = Worker(engine, queue, WORKING, solve=_dies)
    for _ in range(module.MOST_CRASHES):
        with pytest.raises(Killed):
            _attempt(worker, job.id)
    assert _attempt(worker, job.id) is None
    ended = jobs.get(job.id)
    assert (ended.state, ended.attempt) == (JobState.FAILED, module.MOST_CRASHES)
    result = jobs.result(job.id)
    assert result is not None
    assert result.schedule == BEST
    assert _attempt(worker, job.id) is None


def test_a_worker_that_leaves_begins_nothing(engine: sa.Engine, queue: Queue, jobs: Jobs) -> None:
    """A job that the engine still gives it stays in the queue."""
    worker = Worker(engine, queue, WORKING, solve=Solver())
    worker.start()
    worker.leave()
    job = jobs.submit(REQUEST)
    with pytest.raises(HandedOn):
        _attempt(worker, job.id)
    assert jobs.get(job.id).state is JobState.QUEUED


def test_a_job_that_the_engine_has_given_up_does_not_run_for_ever(
    engine: sa.Engine, queue: Queue, jobs: Jobs
) -> None:
    """It is found at the next start and fails; others are left alone."""
    lost, kept = jobs.submit(REQUEST), jobs.submit(REQUEST)
    queue.withdraw(lost.id)
    worker = Worker(engine, queue, WORKING, solve=Solver())
    worker._housekeeping.tidy()  # noqa: SLF001 # what it does every half minute
    ended = jobs.get(lost.id)
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert jobs.get(kept.id).state is JobState.QUEUED


def test_best_is_a_schedule_that_the_checker_accepts() -> None:
    """Or these tests would show what the service never shows."""
    facts = Facts(REQUEST.problem)
    result = best_so_far(Case(REQUEST), BEST, PROGRESS.levels, seconds=1, note="")
    assert result.report is not None
    assert result.report.broken_musts == 0
    assert result.schedule == Plan.of(facts, BEST).schedule()
