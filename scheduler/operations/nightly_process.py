"""The nightly batch as a process of its own: `schoolrota nightly`, once or every evening."""

import os
import signal
import sys
import threading
from datetime import time
from typing import Any

from scheduler.exchange.mis.safe_http import Outgoing
from scheduler.jobs.lock import AlreadyRunning
from scheduler.jobs.quotas import Quotas
from scheduler.jobs.worker import WorkerSettings
from scheduler.logs import configure
from scheduler.operations.service import Service
from scheduler.rotas.nightly import Nights, NightView, NightWatch
from scheduler.storage.database import NotMigrated

LOOK_EVERY = 0.5
"""Seconds between two looks at whether jobs have ended."""


def run_nightly(
    database: str,
    worker_settings: WorkerSettings,
    at: time | None,
    *,
    once: bool,
    quotas: Quotas,
    outgoing: Outgoing,
) -> int:
    """Run the nights and print their outcomes; returns the exit code.

    Raises:
        SystemExit: it cannot begin; the message says why.
    """
    configure("warning")
    try:
        service = _open(database, worker_settings, quotas=quotas, outgoing=outgoing)
    except (NotMigrated, ValueError) as error:
        raise SystemExit(f"schoolrota: {error}") from None
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    nights = service.nights()
    if once:
        _once(nights, stopping)
    else:
        watch = NightWatch(nights, at or time(22))
        watch.start()
        stopping.wait()
        watch.leave()
    service.close()
    sys.stdout.flush()
    if service.worker is not None:
        # DBOS's threads would keep the process alive.
        os._exit(0)
    return 0


def _open(database: str, worker_settings: WorkerSettings, **about: Any) -> Service:
    if database.startswith("postgresql"):
        return Service.open(database, **about)
    try:
        return Service.open(database, worker_settings=worker_settings, **about)
    except AlreadyRunning:
        return Service.open(database, **about)  # the running worker solves these jobs too


def _once(nights: Nights, stopping: threading.Event) -> None:
    for night in nights.begin():
        if night.state != "queued":
            _say(night)
    while nights.open() and not stopping.is_set():
        for night in nights.end():
            _say(night)
        stopping.wait(LOOK_EVERY)
    nights.tidy()


def _say(night: NightView) -> None:
    sys.stdout.write(f"{night.tenant}/{night.rota} {night.day}: {night.state}\n")
    sys.stdout.writelines(f"  {line}\n" for line in night.note)
    sys.stdout.flush()
