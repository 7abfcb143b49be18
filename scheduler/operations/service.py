"""The service of one process: a database with the jobs in it, and perhaps a worker for them."""

from dataclasses import dataclass, field

import sqlalchemy as sa

from scheduler.child import prepare
from scheduler.exchange.mis.safe_http import Outgoing
from scheduler.jobs import workflow_port as port
from scheduler.jobs.jobs import Jobs
from scheduler.jobs.liveness import lowest_free
from scheduler.jobs.lock import AlreadyRunning
from scheduler.jobs.quotas import Quotas
from scheduler.jobs.worker import EMBEDDED, Worker, WorkerSettings
from scheduler.jobs.workflow_port import Queue
from scheduler.notify.webhook_delivery import WebhookDelivery
from scheduler.register.sources import nightly_statements
from scheduler.rotas.nightly import Nights
from scheduler.storage.database import NotMigrated, connect, newer, up_to_date
from scheduler.storage.database import migrate as migrate_tables
from scheduler.storage.tenant_scope import EVERY, ensure_default, of_every_tenant


@dataclass(frozen=True)
class Service:
    """What is open while the service runs."""

    engine: sa.Engine
    queue: Queue
    jobs: Jobs
    """Of all tenants, for whoever has been let in already."""
    worker: Worker | None
    quotas: Quotas = field(default_factory=Quotas)
    outgoing: Outgoing = field(default_factory=Outgoing)
    """Calls other people's servers."""
    webhook_delivery: WebhookDelivery | None = None
    """Tells webhooks what happens."""

    def jobs_of(self, tenant: str) -> Jobs:
        """The jobs of one tenant."""
        return Jobs(self.engine, self.queue, tenant, quotas=self.quotas)

    def nights(self) -> Nights:
        """The nights of all tenants, each of which begins with what the sources say."""
        return Nights(
            self.engine,
            self.jobs_of,
            lambda tenant: nightly_statements(self.engine, tenant, self.outgoing),
        )

    @classmethod
    def open(
        cls,
        database: str,
        *,
        worker_settings: WorkerSettings | None = None,
        name: str | None = EMBEDDED,
        quotas: Quotas | None = None,
        outgoing: Outgoing | None = None,
    ) -> "Service":
        """Open the database and begin to take jobs. A SQLite file is brought up to date first; for
        PostgreSQL that is a step of its own, `schoolrota migrate`.

        Args:
            database: a file name, or a URL that begins with sqlite: or postgresql:.
            worker_settings: without it, jobs are accepted and wait for workers elsewhere.
            name: the worker's, kept over restarts; none for the lowest that is free.
            quotas: what a tenant may ask for.
            outgoing: calls other people's servers; only public ones, if left out.

        Raises:
            ValueError: the database is named wrongly.
            NotMigrated: its tables are not this version's.
            AlreadyRunning: another worker has the name.
        """
        engine = of_every_tenant(connect(database))
        if worker_settings is not None:
            prepare()  # while the tables are looked after
        try:
            if engine.dialect.name == "sqlite" or newer(engine):
                migrate(engine)
            elif not up_to_date(engine):
                said = "The database is not up to date. Maybe run `schoolrota migrate`?"
                raise NotMigrated(said)
            queue = Queue(engine)
            worker = (
                None if worker_settings is None else _started(engine, queue, worker_settings, name)
            )
        except BaseException:
            engine.dispose()
            raise
        calls = outgoing or Outgoing()
        webhook_delivery = None if worker_settings is None else WebhookDelivery(engine, calls)
        if webhook_delivery is not None:
            webhook_delivery.start()
        return cls(
            engine,
            queue,
            Jobs(engine, queue, EVERY),
            worker,
            quotas or Quotas(),
            calls,
            webhook_delivery,
        )

    def close(self) -> None:
        """Hand on what is running, and let go of the database."""
        if self.webhook_delivery is not None:
            self.webhook_delivery.leave()
        if self.worker is not None:
            self.worker.leave()
        self.queue.close()
        self.engine.dispose()


def migrate(engine: sa.Engine) -> None:
    """Bring our tables and the job engine's to this version's."""
    migrate_tables(engine)
    port.migrate(engine)
    ensure_default(engine)


def _started(
    engine: sa.Engine, queue: Queue, worker_settings: WorkerSettings, name: str | None
) -> Worker:
    while True:
        worker = Worker(
            engine,
            queue,
            worker_settings,
            name=name or lowest_free(engine),
        )
        try:
            worker.start()
        except AlreadyRunning:
            if name is not None:
                raise
        else:
            return worker
