"""The service in one process: the database with its jobs, and perhaps a worker that solves them."""

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
    """Everything that is open while the service runs."""

    engine: sa.Engine
    queue: Queue
    jobs: Jobs
    """The jobs of all tenants; callers must have been admitted already."""
    worker: Worker | None
    quotas: Quotas = field(default_factory=Quotas)
    outgoing: Outgoing = field(default_factory=Outgoing)
    """Makes calls to other servers."""
    webhook_delivery: WebhookDelivery | None = None
    """Sends messages to webhooks; None in a process without a worker."""

    def jobs_of(self, tenant: str) -> Jobs:
        """The jobs of one tenant."""
        return Jobs(self.engine, self.queue, tenant, quotas=self.quotas)

    def nights(self) -> Nights:
        """The nights of all tenants; each begins by pulling the tenant's sources."""
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
            worker_settings: without it, jobs are accepted and wait for other workers.
            name: the worker's name, kept across restarts; None for the lowest free one.
            quotas: the limits for each tenant.
            outgoing: makes calls to other servers; by default, only to public ones.

        Raises:
            ValueError: the database is named wrongly.
            NotMigrated: its tables are not at this release's version.
            AlreadyRunning: another worker has the name.
        """
        engine = of_every_tenant(connect(database))
        if worker_settings is not None:
            prepare()  # in the background, while the tables are migrated
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
        """Hand on running jobs, and close the database."""
        if self.webhook_delivery is not None:
            self.webhook_delivery.leave()
        if self.worker is not None:
            self.worker.leave()
        self.queue.close()
        self.engine.dispose()


def migrate(engine: sa.Engine) -> None:
    """Migrate our tables and DBOS's to this release's version."""
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
