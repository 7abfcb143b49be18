"""A worker process for tests, whose solves do as their request's name says: `python -m`."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from models.answer.result import Level, Progress, Result
from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.problem.problem import Placement
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.jobs import liveness, worker
from scheduler.jobs.worker import Worker, WorkerSettings
from scheduler.jobs.workflow_port import Queue, WorkOutcome
from scheduler.logs import configure
from scheduler.report.answer import best_so_far
from scheduler.storage.database import connect
from scheduler.storage.tables import Lane
from scheduler.storage.tenant_scope import of_every_tenant

POINTS = ("at-begin", "before-first", "mid-search", "after-solve", "inside-save", "after-save")
"""Where a process can be made to die: `die POINT` as the name of a problem, once for each job."""


def solve(
    request: RotaRequest,
    *,
    listen: Callable[[Progress], None],
    stop: Callable[[], bool],
    start: Schedule | None,
    **_: Any,
) -> Result:
    """Find one schedule at once, then search on until the time is over or a stop."""
    began = time.monotonic()
    die_if(request, "before-first")
    first = Facts(request.problem).duties[0].id
    best = start or Schedule(placements=(Placement(person="p0", duty=first),))
    levels = (Level(priority=1, value=9, bound=0),)
    listen(Progress(seconds=0, stage="solving", priority=1, levels=levels, schedule=best))
    deaf = request.problem.name == "deaf" and start is None
    while time.monotonic() < began + request.limits.seconds and not (stop() and not deaf):
        time.sleep(0.01)
        die_if(request, "mid-search")
    note = "Searched on." if start else "Begun again."
    return best_so_far(Case(request), best, levels, seconds=time.monotonic() - began, note=note)


def die_if(request: RotaRequest, point: str) -> None:
    """As a process that is killed: without a word."""
    name = request.problem.name
    if name == f"die {point}":
        mark = Path(os.environ["FOLDER"]) / f"died {point}"
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    elif name == f"always die {point}":
        os.kill(os.getpid(), signal.SIGKILL)


def plant() -> None:
    """Put the places to die at around what the worker does."""
    planted = vars(worker)
    request_of, end, ending = planted["request_of"], planted["end"], planted["_ending"]
    add_event = planted["add_event"]

    def begun(session: Any, job: Any, *rest: Any) -> None:
        add_event(session, job, *rest)
        session.flush()
        die_if(request_of(session, job), "at-begin")

    def ended(session: Any, job: Any, *rest: Any) -> None:
        end(session, job, *rest)
        session.flush()
        die_if(request_of(session, job), "inside-save")

    def with_death(task: Any, state: Any, result: Any) -> WorkOutcome:
        die_if(task.request, "after-solve")
        outcome = ending(task, state, result)
        return WorkOutcome(outcome.write, lambda: die_if(task.request, "after-save"))

    planted.update(add_event=begun, end=ended, _ending=with_death)


def main() -> None:
    """Work until SIGTERM."""
    configure("info")
    plant()
    vars(liveness)["version"] = lambda _: os.environ["VERSION"]
    engine = of_every_tenant(connect(os.environ["DATABASE"]))
    slots = int(os.environ["SLOTS"])
    working = WorkerSettings(
        {Lane.INTERACTIVE: slots, Lane.NIGHTLY: slots}, peer_limit=float(os.environ["LIMIT"])
    )
    member = Worker(engine, Queue(engine), working, name=os.environ["NAME"], solve=solve)
    told = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told.set())
    member.start()
    told.wait()
    member.leave()
    os._exit(0)


if __name__ == "__main__":
    main()
