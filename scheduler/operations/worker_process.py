"""The worker as a process of its own: `schoolrota worker`."""

import os
import signal
import sys
import threading

import structlog
from prometheus_client import start_http_server

from scheduler.jobs.lock import AlreadyRunning
from scheduler.jobs.metrics import REGISTRY
from scheduler.jobs.worker import WorkerSettings
from scheduler.logs import configure
from scheduler.operations.service import Service
from scheduler.storage.database import NotMigrated

log = structlog.get_logger()


def run_worker(
    database: str,
    worker_settings: WorkerSettings,
    *,
    name: str | None,
    log_level: str,
    metrics_port: int | None,
) -> None:
    """Solve until SIGINT or SIGTERM, then hand running jobs on and end the process.

    It ends within ten seconds; at a second SIGINT, immediately.

    Raises:
        SystemExit: it cannot begin; the message says why.
    """
    configure(log_level)
    try:
        service = Service.open(database, worker_settings=worker_settings, name=name)
    except (AlreadyRunning, NotMigrated, ValueError) as error:
        raise SystemExit(f"schoolrota: {error}") from None
    assert service.worker is not None
    stopping = threading.Event()

    def leave(number: int, _: object) -> None:
        if stopping.is_set() and number == signal.SIGINT:
            os._exit(1)
        stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)
    if metrics_port is not None:
        start_http_server(metrics_port, registry=REGISTRY)
    log.info("worker started", worker=service.worker.name, slots=dict(worker_settings.slots))
    stopping.wait()
    service.close()
    log.info("worker left", worker=service.worker.name)
    sys.stderr.flush()
    # DBOS's threads would keep the process alive.
    os._exit(0)
