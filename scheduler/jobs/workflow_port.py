"""The port to the workflow library: the only module that knows DBOS."""

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
"""Pinned, so that jobs of an older release continue after an upgrade."""

POLL_SECONDS = 0.1
"""Seconds between two polls of the queue; in an empty queue a job waits half of it on average."""

NOTICE_SECONDS = 1.0
"""Seconds between two polls of DBOS for notifications, of which we send none; a stop waits for
the last poll."""

USUAL_PRIORITY = 100
"""Smaller goes first; DBOS's own default would be the most urgent."""

MOST_RECOVERIES = 1000
"""DBOS also counts harmless restarts, so crashes are counted in our own table."""

OUTCOME_SECONDS = 0.2
"""Seconds that DBOS may take to record that a piece of work is done."""

AT_A_TIME = 500
"""Workflows that are queried, or deleted, in one statement."""

LOST = ("ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED", "SUCCESS")
"""DBOS's states of work that it will not run again."""


@dataclass(frozen=True)
class WorkOutcome:
    """The outcome of a piece of work."""

    write: Callable[[Session], None]
    """Writes it, in a transaction that is refused if the work was taken away."""
    written: Callable[[], None] = lambda: None
    """Called when it has been written."""


class HandedOn(BaseException):
    """This worker is leaving; the next start, or another worker, finds the work where it is."""


class Queue:
    """The submitting side: entries in the queue, added in the caller's own transaction."""

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
        """Add work within a transaction; if that is rolled back, nothing is added."""
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
        """Those jobs that DBOS will not run again, whatever our tables say."""
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
        """The jobs that each executor has begun and not finished, with their lanes."""
        found: dict[str, list[tuple[str, str]]] = {}
        for work in self._client.list_workflows(
            status="PENDING", name="solve", load_input=False, load_output=False
        ):
            if work.executor_id is not None and work.queue_name is not None:
                found.setdefault(work.executor_id, []).append((work.workflow_id, work.queue_name))
        return found

    def requeue(self, job_id: str, lane: str) -> None:
        """Put work that was begun back into its lane; its present executor can write nothing more.

        It does not check who has the work, so the caller must know that the executor is dead.
        """
        self._client.resume_workflow(job_id, queue_name=lane)

    def defer(self, job_id: str, lane: str) -> None:
        """Put work back, behind work that was put back less often.

        Otherwise the oldest work, which this worker cannot do, would always be the next again, and
        nothing else would ever be done.
        """
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
        """Delete DBOS's records of work that ended before a moment; returns how many."""
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
        """Create or change the queues.

        Args:
            slots: jobs that each worker solves at once, by lane.
            tenant_slots: jobs of one tenant that all workers together solve at once in each lane.
        """
        for lane, count in slots.items():
            self._client.register_queue(
                lane,
                worker_concurrency=count,
                partition_concurrency=tenant_slots,
                polling_interval_sec=POLL_SECONDS,
            )

    def close(self) -> None:
        """Close the connections to the database."""
        self._client.destroy()


class Runner:
    """The working side; one per process."""

    def __init__(
        self,
        engine: sa.Engine,
        executor: str,
        lanes: Sequence[str],
        perform: Callable[[str], WorkOutcome | None],
    ) -> None:
        """Prepare to work.

        Args:
            engine: our own SQLAlchemy engine, which has the settings that SQLite needs.
            executor: this worker's name, kept across restarts; two live workers never share it.
            lanes: the queues it takes work from.
            perform: does the work and returns what is to be written, or None. It may be called
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
        """Begin to take work; work that this executor had begun before a crash comes first."""
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
            # Not a DBOS step: what it did before a crash is in our own tables.
            with self._counted():
                outcome = self._perform(job_id)
                if outcome is not None:
                    outcomes.run_tx_step(
                        {"name": "finish"}, lambda: outcome.write(outcomes.sql_session())
                    )
                    outcome.written()

        DBOS.launch()

    def stop(self, seconds: float) -> None:
        """Take no more work, and wait at most `seconds` for running work to end.

        Running work must be stopped by `perform` itself.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._doing == 0, seconds)
        if time.monotonic() - self._ended < OUTCOME_SECONDS:
            # DBOS writes its own outcome after ours.
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
    """Bring DBOS's own tables to its version."""
    url = engine.url.render_as_string(hide_password=False)
    DBOS.migrate(url)
    SQLAlchemyDatasource.migrate(url)
    if engine.dialect.name == "sqlite":
        # DBOS's indexes are partial; SQLite does not use those when the state is a parameter.
        with engine.begin() as connection:
            connection.execute(
                sa.text(
                    "CREATE INDEX IF NOT EXISTS schoolrota_by_state ON workflow_status"
                    " (status, completed_at)"
                )
            )
