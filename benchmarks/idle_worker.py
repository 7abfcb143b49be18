"""A worker whose solves only wait: what is left is the cost of the service itself."""

import os
import signal
import sys
import threading
import time
from typing import Any

from models.answer.result import Result
from models.answer.schedule import Schedule
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.jobs.liveness import lowest_free
from scheduler.jobs.worker import Worker, WorkerSettings
from scheduler.jobs.workflow_port import Queue
from scheduler.report.answer import best_so_far, nothing_found
from scheduler.storage.database import connect
from scheduler.storage.tables import Lane


def main(database: str, slots: int, seconds: float) -> None:
    """Work until SIGTERM.

    Args:
        database: as for `schoolrota worker`.
        slots: jobs at once, in each lane.
        seconds: that each solve waits.
    """

    def wait(request: RotaRequest, *, start: Schedule | None, **_: Any) -> Result:
        time.sleep(seconds)
        if start is not None:
            return best_so_far(
                Case(request), start, (), seconds=seconds, note="It was left as it is."
            )
        return nothing_found(request, seconds=seconds, note="Nothing was looked for.")

    engine = connect(database)
    working = WorkerSettings({Lane.INTERACTIVE: slots, Lane.NIGHTLY: slots}, tenant_slots=1000)
    worker = Worker(engine, Queue(engine), working, name=lowest_free(engine), solve=wait)
    told = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told.set())
    worker.start()
    told.wait()
    worker.leave()
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
