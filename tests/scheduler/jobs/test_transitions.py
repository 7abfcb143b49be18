"""The life of a job as a machine: whatever happens in whatever order, one end and one answer."""

import itertools
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.orm import Session

from models.answer.result import Level, Progress, Result
from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.problem.problem import Placement
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.jobs.attempt import Attempt, ClaimedJob, Superseded
from scheduler.jobs.housekeeping import Housekeeping, JobRetention
from scheduler.jobs.jobs import Jobs, RotaBusy
from scheduler.jobs.liveness import Liveness
from scheduler.jobs.worker import MOST_CRASHES, Worker, WorkerSettings
from scheduler.jobs.workflow_port import HandedOn, Queue, WorkOutcome
from scheduler.report.answer import best_so_far, nothing_found
from scheduler.storage.database import connect
from scheduler.storage.tables import Checkpoint, Job, JobAnswer, JobEventRow, JobState, Lane
from scheduler.storage.tenant_scope import of_every_tenant
from tests.databases import Postgres
from tests.service.requests import small

REQUEST = RotaRequest.model_validate(small())
DUTIES = [duty.id for duty in Facts(REQUEST.problem).duties]
PEOPLE = [person.id for person in REQUEST.problem.people]


def schedule_of(size: int) -> Schedule:
    """One that fills a number of places; the more, the better."""
    places = [Placement(person=p, duty=d) for d in DUTIES[:3] for p in PEOPLE[:2]]
    return Schedule(placements=tuple(places[:size]))


WAYS = ("best", "nothing", "failed", "handed on", "crashed")
"""How an attempt may come to an end."""


class Call:
    """One call of the engine: a search that goes on step by step until somebody ends it."""

    def __init__(self, worker: Worker, engine: sa.Engine, task: ClaimedJob) -> None:
        self.worker = worker
        self.task = task
        self.record = Attempt(engine, task, threading.Event())
        self.found = len(task.start.placements) if task.start else 0


class Life(RuleBasedStateMachine):
    """Jobs that are submitted, begun, stopped, crashed, adopted, handed on and ended at random.

    The engine's part is played: its fence is left out, so that ours stands alone.
    """

    database: Callable[[], str]

    jobs_ = Bundle("jobs")
    attempts = Bundle("attempts")

    def __init__(self) -> None:
        super().__init__()
        self.engine = of_every_tenant(connect(self.database()))
        self.queue = Queue(self.engine)
        self.jobs = Jobs(self.engine, self.queue)
        self.worker = Worker(self.engine, self.queue, WorkerSettings({Lane.INTERACTIVE: 1}))
        self.ended: dict[str, tuple[Any, ...]] = {}
        self.seen: dict[str, int] = {}
        self.best: dict[str, int] = {}
        self.keys: dict[str, str] = {}

    # ------------------------------------------------------------------ what may happen

    @initialize(target=jobs_)
    def first(self) -> str:
        """There is always a job."""
        return self.jobs.submit(REQUEST).id

    @rule(
        target=jobs_,
        key=st.sampled_from([None, "k1", "k2"]),
        rota=st.sampled_from([None, "r1", "r2"]),
    )
    def submit(self, key: str | None, rota: str | None) -> Any:
        """A key means the same job for ever, a rota has one that is not over."""
        busy = None
        try:
            job_id = self.jobs.submit(REQUEST, key, rota=rota).id
        except RotaBusy as refused:
            busy = job_id = refused.job_id
        if busy is not None:
            assert not self.jobs.get(busy).state.over
        elif key is not None:
            assert self.keys.setdefault(key, job_id) == job_id
        return job_id

    @rule(target=attempts, job_id=jobs_, finds=st.booleans())
    def begin(self, job_id: str, finds: bool) -> Any:
        """Again, after a crash, after a take-over from who still runs, or not at all."""
        task = self.worker._begin(job_id)  # noqa: SLF001 # as the engine does, by way of others
        if task is None:
            return multiple()
        attempt = Call(self.worker, self.engine, task)
        if finds:
            self.find(attempt)
        return attempt

    @rule(attempt=attempts, what=st.sampled_from(["find", "look", "roll back"]))
    def go_on(self, attempt: Call, what: str) -> None:
        """One step of an attempt, stale or not."""
        {"find": self.find, "look": self.look, "roll back": self.roll_back}[what](attempt)

    @rule(attempt=consumes(attempts), how=st.sampled_from(WAYS))
    def come_to_an_end(self, attempt: Call, how: str) -> None:
        """Of an attempt, stale or not; after a crash nothing more is heard of it."""
        if how == "handed on":
            self.hand_on(attempt)
        elif how != "crashed":
            # Once more, as when the connection was lost just after it was written.
            for _ in range(1 + (how == "best")):
                self._write(self._outcome(attempt, how))

    def find(self, attempt: Call) -> None:
        """A better schedule; a stale attempt learns that it is one."""
        attempt.found = min(attempt.found + 1, 6)
        level = Level(priority=1, value=10 - attempt.found, bound=0)
        progress = Progress(
            seconds=1, stage="solving", levels=(level,), schedule=schedule_of(attempt.found)
        )
        current = self._current(attempt)
        try:
            attempt.record.hear(progress)
            attempt.record.flush()
        except Superseded:
            assert not current
        else:
            assert current
            self.best[attempt.task.job_id] = attempt.found

    def look(self, attempt: Call) -> None:
        """Whether to stop: exactly if somebody asked, and never by a stale attempt."""
        attempt.record._asked = 0.0  # noqa: SLF001 # looks at once
        current = self._current(attempt)
        try:
            stop = attempt.record.stop_wanted()
        except Superseded:
            assert not current
        else:
            assert current or attempt.record.stop_asked
            assert stop == self.jobs.get(attempt.task.job_id).stop_requested or not current

    def roll_back(self, attempt: Call) -> None:
        """Killed while it wrote: nothing of it is there."""
        before = self._shape(attempt.task.job_id)
        with Session(self.engine) as session:
            self._outcome(attempt, "best").write(session)
            session.flush()
            session.rollback()
        assert self._shape(attempt.task.job_id) == before

    def hand_on(self, attempt: Call) -> None:
        """The worker leaves: no crash is counted for that."""
        crashes = self._row(attempt.task.job_id).crashes
        self.worker._hand_on(attempt.task)  # noqa: SLF001 # what leaving does
        assert self._row(attempt.task.job_id).crashes == crashes

    @rule(job_id=jobs_)
    def cancel(self, job_id: str) -> None:
        """A job that waits is over at once, one that is over stays as it is."""
        before = self.jobs.get(job_id)
        after = self.jobs.cancel(job_id)
        assert after.stop_requested or before.state.over
        if before.state is JobState.QUEUED:
            assert after.state is JobState.CANCELLED
        if before.state.over:
            assert after == before

    @rule(job_id=jobs_)
    def lose(self, job_id: str) -> None:
        """The engine gives it up, and housekeeping finds that out."""
        self.queue.withdraw(job_id)
        liveness = Liveness(self.engine, self.queue, "housekeeping", {}, 60)
        Housekeeping(self.engine, self.queue, liveness, 60, JobRetention()).tidy()
        assert self.jobs.get(job_id).state.over

    # ------------------------------------------------------------------ what always holds

    @invariant()
    def an_end_is_an_end(self) -> None:
        """Neither state nor answer changes after it, and there is one last event that says so."""
        with Session(self.engine) as session:
            rows = list(session.scalars(sa.select(Job)))
            for job in rows:
                answer = session.get(JobAnswer, job.id)
                events = list(
                    session.scalars(
                        sa.select(JobEventRow)
                        .where(JobEventRow.job_id == job.id)
                        .order_by(JobEventRow.number)
                    )
                )
                assert [event.number for event in events] == list(range(1, job.last_event + 1))
                assert [e.attempt for e in events] == sorted(e.attempt for e in events)
                ends = [event for event in events if self._is_end(event)]
                assert job.last_event >= self.seen.get(job.id, 0)
                self.seen[job.id] = job.last_event
                over = JobState(job.state).over
                assert len(ends) == over
                if over:
                    assert ends == [events[-1]]
                    assert session.get(Checkpoint, job.id) is None
                    shape = (job.state, job.attempt, answer and answer.result, job.last_event)
                    assert self.ended.setdefault(job.id, shape) == shape
                else:
                    assert answer is None
                    assert job.crashes < MOST_CRASHES

    @invariant()
    def the_best_is_not_lost(self) -> None:
        """What was stored once is shown, or something that is as good."""
        for job_id, found in self.best.items():
            result = self.jobs.result(job_id)
            assert result is not None
            assert result.schedule is not None
            assert len(result.schedule.placements) >= found

    @invariant()
    def a_rota_has_one_open_job(self) -> None:
        """At most."""
        with Session(self.engine) as session:
            open_ = list(
                session.scalars(
                    sa.select(Job.rota).where(
                        Job.rota.is_not(None), Job.state.in_((JobState.QUEUED, JobState.RUNNING))
                    )
                )
            )
        assert len(open_) == len(set(open_))

    def teardown(self) -> None:
        """Let go."""
        self.queue.close()
        self.engine.dispose()

    # ------------------------------------------------------------------ by hand

    def _current(self, attempt: Call) -> bool:
        row = self._row(attempt.task.job_id)
        return row.state == JobState.RUNNING and row.attempt == attempt.task.attempt

    def _row(self, job_id: str) -> Job:
        with Session(self.engine) as session:
            return session.get_one(Job, job_id)

    def _shape(self, job_id: str) -> tuple[Any, ...]:
        row = self._row(job_id)
        return row.state, row.attempt, row.last_event, row.finished_at

    def _outcome(self, attempt: Call, how: str) -> WorkOutcome:
        def solve(_: RotaRequest, **__: Any) -> Result:
            if how == "failed":
                raise RuntimeError
            if how == "nothing":
                return nothing_found(REQUEST, seconds=1, note="Nothing.")
            return best_so_far(
                Case(REQUEST), schedule_of(max(1, attempt.found)), (), seconds=1, note=""
            )

        planted = vars(self.worker)
        planted["_solve"] = solve
        planted["_begin"] = lambda _: attempt.task
        try:
            outcome = attempt.worker._perform(attempt.task.job_id)  # noqa: SLF001 # as the engine
        except HandedOn:
            pytest.fail("nobody leaves")
        finally:
            del planted["_begin"]
        return outcome or WorkOutcome(lambda _: None)

    def _write(self, outcome: WorkOutcome) -> None:
        with Session(self.engine) as session, session.begin():
            outcome.write(session)

    @staticmethod
    def _is_end(event: JobEventRow) -> bool:
        return event.kind == "state" and JobState(event.what["state"]).over


def _run(database: Callable[[], str], examples: int, steps: int) -> None:
    machine = type("Machine", (Life,), {"database": staticmethod(database)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=examples < 100,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture
def new_file(migrated: Path, tmp_path: Path) -> Callable[[], str]:
    """Makes SQLite databases."""
    names = (str(tmp_path / f"{number}.db") for number in itertools.count())
    return lambda: shutil.copy(migrated, next(names))


def test_whatever_happens_there_is_one_end(new_file: Callable[[], str]) -> None:
    """On SQLite."""
    _run(new_file, 10, 30)


def test_whatever_happens_there_is_one_end_on_postgres(postgres: Postgres) -> None:
    """The same."""
    _run(postgres.new, 4, 30)


@pytest.mark.soak
def test_whatever_happens_for_long(new_file: Callable[[], str], postgres: Postgres) -> None:
    """Many lives, on both."""
    _run(new_file, 500, 50)
    _run(postgres.new, 200, 50)
