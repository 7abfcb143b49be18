"""The embedded service: one database, with the jobs in it and a worker for them, in one process."""

from dataclasses import dataclass

import sqlalchemy as sa

from scheduler.exchange.outgoing import Outgoing
from scheduler.jobs import engine as port
from scheduler.jobs.courier import Courier
from scheduler.jobs.database import connect
from scheduler.jobs.database import migrate as migrate_tables
from scheduler.jobs.engine import Queue
from scheduler.jobs.jobs import Jobs
from scheduler.jobs.tenants import ensure_default, of_every_tenant, of_tenant
from scheduler.jobs.worker import Worker


@dataclass(frozen=True)
class Service:
    """What is open while the service runs."""

    engine: sa.Engine
    queue: Queue
    jobs: Jobs
    """Of all tenants, for whoever has been let in already."""
    worker: Worker | None
    outgoing: Outgoing
    """Calls other people's servers."""
    courier: Courier | None
    """Tells webhooks what happens."""

    def jobs_of(self, tenant: str) -> Jobs:
        """The jobs of one tenant."""
        return Jobs(of_tenant(self.engine, tenant), self.queue, tenant)

    @classmethod
    def open(
        cls,
        database: str,
        *,
        slots: int = 1,
        work: bool = True,
        outgoing: Outgoing | None = None,
    ) -> "Service":
        """Bring the database up to date and begin to take jobs.

        Args:
            database: a file name, or a URL that begins with sqlite: or postgresql:.
            slots: jobs solved at the same time.
            work: without it, jobs are accepted and wait.
            outgoing: calls other people's servers; only public ones, if left out.

        Raises:
            ValueError: the database is named wrongly.
            AlreadyRunning: another service works on it.
        """
        engine = of_every_tenant(connect(database))
        migrate(engine)
        ensure_default(engine)
        queue = Queue(engine)
        worker = Worker(engine, queue, slots=slots) if work else None
        if worker is not None:
            worker.start()
        outgoing = outgoing or Outgoing()
        courier = Courier(engine, outgoing) if work else None
        if courier is not None:
            courier.start()
        return cls(engine, queue, Jobs(engine, queue), worker, outgoing, courier)

    def close(self) -> None:
        """Hand on what is running, and let go of the database."""
        if self.courier is not None:
            self.courier.leave()
        if self.worker is not None:
            self.worker.leave()
        self.queue.close()
        self.engine.dispose()


def migrate(engine: sa.Engine) -> None:
    """Bring our tables and the job engine's to this version's."""
    migrate_tables(engine)
    port.migrate(engine)
