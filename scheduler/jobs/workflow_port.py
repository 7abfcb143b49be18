"""The port to the job engine: all that the house knows of DBOS, and the only place that does."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, SQLAlchemyDatasource
from sqlalchemy.orm import Session

APPLICATION = "schoolrota"

VERSION = "1"
"""Pinned, so that a job of an older release goes on after a newer one is put in place."""

POLL_SECONDS = 0.1
"""How often a worker looks for work; half of it is the usual wait in an empty queue."""

NOTICE_SECONDS = 1.0
"""How often the engine looks for notices, of which we send none; a stop waits for its last look."""

USUAL_PRIORITY = 100
"""Smaller goes first; the engine's own default is the most urgent of all."""

MOST_RECOVERIES = 1000
"""The engine counts innocent restarts too, so crashes are counted in our own table."""

OUTCOME_SECONDS = 0.2
"""Seconds that the engine may take to note that some work is done."""

AT_A_TIME = 500
"""Pieces of work that are asked about, or forgotten, in one statement."""

LOST = ("ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED", "SUCCESS")
"""What the engine says of work that it will not do again."""


@dataclass(frozen=True)
class WorkOutcome:
    """What came of some work."""

    write: Callable[[Session], None]
    """Writes it, in a transaction that is refused if the work was taken away."""
    written: Callable[[], None] = lambda: None
    """Told when that is done."""


class HandedOn(BaseException):
    """This worker leaves; the work stays where the next start, or another worker, finds it."""


class Queue:
    """What whoever submits needs: entries in the queue, in the caller's own transaction."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._client = DBOSClient(
            system_database_engine=engine,
            serializer=DBOSPortableJSONSerializer(),
            application_name=APPLICATION,
            retry_connection_errors=False,
            lazy=True,
        )

    def enqueue(self, session: Session, job_id: str, *, lane: str, tenant: str) -> None:
        """Add work within a transaction: if that is rolled back, there is none."""
        self._client.enqueue_in_transaction(
            session,
            {
                "workflow_name": "solve",
                "queue_name": lane,
                "workflow_id": job_id,
                "queue_partition_key": tenant,
                "priority": USUAL_PRIORITY,
                "app_version": VERSION,
            },
            job_id,
        )

    def withdraw(self, job_id: str) -> None:
        """Take back work that has not begun."""
        self._client.cancel_workflow(job_id)

    def lost(self, job_ids: Sequence[str]) -> set[str]:
        """Those of which the engine will do nothing more, whatever our tables say."""
        alive: set[str] = set()
        for first in range(0, len(job_ids), AT_A_TIME):
            known = self._client.list_workflows(
                workflow_ids=list(job_ids[first : first + AT_A_TIME]),
                load_input=False,
                load_output=False,
            )
            alive |= {work.workflow_id for work in known if work.status not in LOST}
        return set(job_ids) - alive

    def begun(self) -> dict[str, list[tuple[str, str]]]:
        """What each executor has begun and not ended: jobs with their lanes."""
        found: dict[str, list[tuple[str, str]]] = {}
        for work in self._client.list_workflows(
            status="PENDING", name="solve", load_input=False, load_output=False
        ):
            if work.executor_id is not None and work.queue_name is not None:
                found.setdefault(work.executor_id, []).append((work.workflow_id, work.queue_name))
        return found

    def requeue(self, job_id: str, lane: str) -> None:
        """Put work that was begun back into its lane; whoever has it can write nothing more.

        It does not look at who has it, so the caller must know that this one is dead.
        """
        self._client.resume_workflow(job_id, queue_name=lane)

    def defer(self, job_id: str, lane: str) -> None:
        """The same, behind what was not put back as often: otherwise the oldest work, which its
        worker cannot do, would be the next again, and nothing else would ever be."""
        schema = "dbos" if self._engine.dialect.name == "postgresql" else None
        work = sa.table(
            "workflow_status", sa.column("workflow_uuid"), sa.column("priority"), schema=schema
        )
        with self._engine.begin() as connection:
            connection.execute(
                sa.update(work)
                .where(work.c.workflow_uuid == job_id)
                .values(priority=work.c.priority + 1)
            )
        self.requeue(job_id, lane)

    def forget(self, before: datetime) -> int:
        """Delete what the engine keeps of work that ended before; how many pieces."""
        count = 0
        while True:
            old = self._client.list_workflows(
                status=list(LOST),
                completed_before=before.isoformat(),
                limit=AT_A_TIME,
                load_input=False,
                load_output=False,
            )
            if old:
                self._client.delete_workflows([work.workflow_id for work in old])
            count += len(old)
            if len(old) < AT_A_TIME:
                return count

    def ensure_lanes(self, slots: Mapping[str, int], tenant_slots: int) -> None:
        """Make the queues, or change them.

        Args:
            slots: pieces of work that each worker does at once, by lane.
            tenant_slots: pieces of work of one tenant that all workers together do at once, in
                each lane.
        """
        for lane, count in slots.items():
            self._client.register_queue(
                lane,
                worker_concurrency=count,
                partition_concurrency=tenant_slots,
                polling_interval_sec=POLL_SECONDS,
            )

    def close(self) -> None:
        """Let go of the database."""
        self._client.destroy()


class Runner:
    """What whoever works needs: one per process."""

    def __init__(
        self,
        engine: sa.Engine,
        executor: str,
        lanes: Sequence[str],
        perform: Callable[[str], WorkOutcome | None],
    ) -> None:
        """Prepare to work.

        Args:
            engine: our own, which sets what SQLite needs.
            executor: the name that this worker keeps over restarts; never two alive at once.
            lanes: the queues it takes work from.
            perform: does the work and gives what is to be written, or nothing. It may be called
                again for the same work, after a crash or while a stale call still runs.
        """
        self._engine = engine
        self._executor = executor
        self._lanes = lanes
        self._perform = perform
        self._doing = 0
        self._ended = float("-inf")
        self._changed = threading.Condition()

    def start(self) -> None:
        """Begin to take work; what this executor had begun before a crash comes first."""
        serializer = DBOSPortableJSONSerializer()
        DBOS(
            config={
                "name": APPLICATION,
                "application_version": VERSION,
                "executor_id": self._executor,
                "system_database_engine": self._engine,
                "serializer": serializer,
                "log_level": "ERROR",
                "run_migrations": False,
                "use_listen_notify": False,
                "notification_listener_polling_interval_sec": NOTICE_SECONDS,
            }
        )
        DBOS.listen_queues(self._lanes)
        outcomes = SQLAlchemyDatasource.create(
            str(self._engine.url),
            engine=self._engine,
            serializer=serializer,
            run_migrations=False,
        )

        @DBOS.workflow(name="solve", max_recovery_attempts=MOST_RECOVERIES)
        def solve(job_id: str) -> None:
            # Not a step: whatever it did before a crash stands in our own tables.
            with self._counted():
                outcome = self._perform(job_id)
                if outcome is not None:
                    outcomes.run_tx_step(
                        {"name": "finish"}, lambda: outcome.write(outcomes.sql_session())
                    )
                    outcome.written()

        DBOS.launch()

    def stop(self, seconds: float) -> None:
        """Wait until nothing is being done, but not longer, and take no more work.

        What is being done must be stopped by its performer.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._doing == 0, seconds)
        if time.monotonic() - self._ended < OUTCOME_SECONDS:
            # The engine writes its own outcome after ours.
            time.sleep(OUTCOME_SECONDS)
        DBOS.destroy(destroy_registry=True)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._changed:
            self._doing += 1
        try:
            yield
        finally:
            with self._changed:
                self._doing -= 1
                self._ended = time.monotonic()
                self._changed.notify_all()


def migrate(engine: sa.Engine) -> None:
    """Bring the engine's own tables to its version's."""
    url = engine.url.render_as_string(hide_password=False)
    DBOS.migrate(url)
    SQLAlchemyDatasource.migrate(url)
    if engine.dialect.name == "sqlite":
        # Its indexes are partial ones, which SQLite does not use for a state that is a parameter.
        with engine.begin() as connection:
            connection.execute(
                sa.text(
                    "CREATE INDEX IF NOT EXISTS schoolrota_by_state ON workflow_status"
                    " (status, completed_at)"
                )
            )
