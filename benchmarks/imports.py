"""What flows in, at full size: the staff of a large trust into the register, a large workbook.

Each take runs in a process of its own, so that its peak of memory is its alone.
"""

import json
import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from benchmarks.collaboration import collaboration
from benchmarks.hub import Figure
from models.register.register import Statement
from scheduler.exchange.mis.lenient import parsed
from scheduler.exchange.mis.wonde import read_wonde
from scheduler.operations.service import migrate
from scheduler.register.store import Register
from scheduler.storage.database import connect
from scheduler.storage.tables import DEFAULT_TENANT
from scheduler.storage.tenant_scope import ensure_default, of_every_tenant

SCHOOL = "A1000000000"

AT = datetime(2026, 5, 10, 21, 0, tzinfo=UTC)

MONDAY = date(2026, 5, 11)

IMPORT_SECONDS, IMPORT_MB, BOOK_SECONDS = 30.0, 1024.0, 5.0
"""Targets."""

AWAY_TONIGHT = 100
"""One person in this many has a longer absence by the next night."""

ROLES = ("Teacher", "Teaching Assistant", "Midday Supervisor", "Cleaner", "Office", "Leader")


def wonde(people: int, *, longer: bool = False) -> bytes:
    """What Wonde says of a number of people, each with a contract and an absence, as it is sent.

    Args:
        people: how many.
        longer: some absences last a day longer: the night after.
    """
    employees, absences = [], []
    for number in range(people):
        id = f"A2{number:09}"
        role = ROLES[number % len(ROLES)]
        start = {"date": "2019-09-01 00:00:00.000000", "timezone_type": 3}
        contract = {
            "id": f"A3{number:09}",
            "mis_id": str(number),
            "employment_type": "Permanent",
            "start_date": {**start, "timezone": "Europe/London"},
            "end_date": None,
            "roles": {"data": [{"role": role, "role_code": role[:4].upper()}]},
            "salary": {"data": {"hours_week": "32.5", "weeks_year": "39", "fte_hours": "37"}},
        }
        details = {"current": True, "staff_code": f"S{number}", "teaching_staff": False}
        employees.append(
            {
                "id": id,
                "mis_id": str(number),
                "forename": f"Forename{number}",
                "surname": f"Surname{number // 3}",
                "date_of_birth": None,
                "employment_details": {"data": details},
                "contracts": {"data": [contract]},
            }
        )
        first = MONDAY + timedelta(days=number % 60)
        days = 3 if longer and number % AWAY_TONIGHT == 0 else 2
        absences.append(
            {
                "id": f"A4{number:09}",
                "employee": id,
                "start_date": {"date": f"{first} 00:00:00.000000", "timezone_type": 3},
                "end_date": f"{first + timedelta(days=days)}",
                "working_days_lost": None,
            }
        )
    feed = {
        "schools": {"data": [{"id": SCHOOL, "name": "Great Oak"}]},
        "employees": {"data": employees},
        "employee-absences": {"data": absences},
    }
    return json.dumps(feed).encode()


def imports(database: str, people: int) -> Iterator[Figure]:
    """The first import whole, the same once more, and the night after; see the README.

    Args:
        database: an empty one; it is filled.
        people: how many; each has a contract and an absence.
    """
    engine = connect(database)
    migrate(engine)
    every = of_every_tenant(engine)
    ensure_default(every)
    kind = engine.dialect.name
    engine.dispose()
    first, again = wonde(people), wonde(people, longer=True)
    taken, peak = alone(_first, database, first)
    yield Figure(f"{kind}: read and compared, a change list", f"{taken['compared']:.1f} s")
    yield Figure(f"{kind}: applied", f"{taken['applied']:.1f} s")
    yield _limit(f"{kind}: {people} people imported, whole", taken["whole"], IMPORT_SECONDS, "s")
    yield _limit(f"{kind}: peak memory", peak, IMPORT_MB, "MB")
    taken, peak = alone(_again, database, first)
    yield _limit(f"{kind}: the same again, nothing changes", taken["whole"], IMPORT_SECONDS, "s")
    yield _limit(f"{kind}: peak memory", peak, IMPORT_MB, "MB")
    taken, peak = alone(_first, database, again)
    changed = f"{kind}: the night after, {people // AWAY_TONIGHT} absences changed"
    yield _limit(changed, taken["whole"], IMPORT_SECONDS, "s")
    yield _limit(f"{kind}: peak memory", peak, IMPORT_MB, "MB")


def workbook(people: int) -> Iterator[Figure]:
    """A workbook of a drawn collaboration, read back."""
    from scheduler.exchange.workbook.request_book import as_workbook
    from scheduler.intake.parse import read_request

    document = collaboration(schools=11, people=people, weeks=2, seed=1)
    raw = as_workbook(read_request(document))
    taken, peak = alone(_book, raw, people)
    yield Figure("size of the workbook", f"{len(raw) / 1e6:.1f} MB")
    yield _limit(f"a workbook of {people} people read", taken["whole"], BOOK_SECONDS, "s")
    yield Figure("peak memory", f"{peak:.0f} MB")


# ------------------------------------------------------------------ in a process of its own


def alone(take: Callable[..., dict[str, float]], *given: Any) -> tuple[dict[str, float], float]:
    """What a take measured, and the peak of memory of its process, in MB."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=_measured, args=(queue, take, given))
    process.start()
    found: tuple[dict[str, float], float] = queue.get(timeout=600)
    process.join()
    return found


def _measured(queue: Any, take: Callable[..., dict[str, float]], given: tuple[Any, ...]) -> None:
    taken = take(*given)
    queue.put((taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


def _first(database: str, raw: bytes) -> dict[str, float]:
    register = Register(of_every_tenant(connect(database)), DEFAULT_TENANT)
    began = time.monotonic()
    view = register.dry_run(_statement(raw))
    compared = time.monotonic()
    changes, id = len(view.list.changes), view.id
    del view  # the caller has it by now
    outcome = register.apply(id, everything=True)
    ended = time.monotonic()
    if len(outcome.applied) != changes:
        raise RuntimeError("not all of it was applied")
    return {"compared": compared - began, "applied": ended - compared, "whole": ended - began}


def _again(database: str, raw: bytes) -> dict[str, float]:
    register = Register(of_every_tenant(connect(database)), DEFAULT_TENANT)
    began = time.monotonic()
    view = register.dry_run(_statement(raw))
    ended = time.monotonic()
    if not view.list.quiet:
        raise RuntimeError("something changed")
    return {"whole": ended - began}


def _statement(raw: bytes) -> Statement:
    return read_wonde(parsed(raw), SCHOOL, AT)


def _book(raw: bytes, people: int) -> dict[str, float]:
    from scheduler.exchange.workbook.read_book import read_book

    began = time.monotonic()
    request = read_book(raw)
    ended = time.monotonic()
    if len(request.problem.people) != people:
        raise RuntimeError("not everybody was read")
    return {"whole": ended - began}


def _limit(what: str, measured: float, target: float, unit: str) -> Figure:
    shown = f"{measured:.1f} {unit}" if unit == "s" else f"{measured:.0f} {unit}"
    return Figure(what, shown, f"{target:.0f} {unit}", measured <= target)
