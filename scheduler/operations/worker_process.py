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

    It leaves within ten seconds; told once more by keyboard, at once.

    Raises:
        SystemExit: it cannot begin; says why.
    """
    configure(log_level)
    try:
        service = Service.open(database, worker_settings=worker_settings, name=name)
    except (AlreadyRunning, NotMigrated, ValueError) as error:
        raise SystemExit(f"schoolrota: {error}") from None
    assert service.worker is not None
    told = threading.Event()

    def leave(number: int, _: object) -> None:
        if told.is_set() and number == signal.SIGINT:
            os._exit(1)
        told.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, leave)
    if metrics_port is not None:
        start_http_server(metrics_port, registry=REGISTRY)
    log.info("works", worker=service.worker.name, slots=dict(worker_settings.slots))
    told.wait()
    service.close()
    log.info("left", worker=service.worker.name)
    sys.stderr.flush()
    # The job engine's threads would keep the process.
    os._exit(0)
