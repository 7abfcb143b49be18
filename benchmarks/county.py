"""A county of living rotas: collaborations with a register each, whose rotas all hold a version."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.answer.schedule import Schedule
from models.register.register import Statement
from models.register.rota import RotaDefinition
from scheduler.access.keys import KeyRole, Principal
from scheduler.intake.case import Case
from scheduler.jobs.jobs import Jobs
from scheduler.jobs.transitions import end, locked, request_of
from scheduler.jobs.workflow_port import Queue
from scheduler.register.store import Register
from scheduler.report.answer import best_so_far
from scheduler.rotas.rotas import Rotas
from scheduler.rotas.versions import RotaVersions
from scheduler.storage.tables import DEFAULT_TENANT, JobState
from scheduler.storage.tenant_scope import of_tenant
from scheduler.storage.tenant_tables import RegisterEntry, RotaRow, RotaVersion, TenantRow

EVENING = datetime(2026, 5, 10, 21, tzinfo=UTC)
"""22:00 in London, before the first of a fortnight."""

EACH = 100
"""Rotas of one collaboration."""

PEOPLE = 30

OWNER = Principal(tenant=DEFAULT_TENANT, key="owner", name="The owner", role=KeyRole.ADMIN)


def settle(engine: sa.Engine, queue: Queue, rotas: int) -> int:
    """Fill a migrated database; how many rotas it has then.

    One rota is made and published as its owner would; its rows, and those of its collaboration,
    are then written again under other names.
    """
    engine_of_one = of_tenant(engine, DEFAULT_TENANT)
    register = Register(engine, DEFAULT_TENANT)
    register.apply(register.dry_run(_statement()).id, everything=True)
    jobs = Jobs(engine_of_one, queue)
    mine, versions = Rotas(engine, jobs, DEFAULT_TENANT), RotaVersions(engine, DEFAULT_TENANT)
    mine.create("rota-0", _definition(), OWNER)
    job = mine.solve("rota-0", OWNER)
    with Session(engine_of_one) as session, session.begin():
        row = locked(session, job.id)
        assert row is not None
        answer = best_so_far(
            Case(request_of(session, row)), Schedule(), (), seconds=0, note="Made up."
        )
        end(session, row, JobState.DONE, answer)
    queue.withdraw(job.id)
    versions.settle("rota-0")
    versions.publish("rota-0", 1, None, OWNER)
    tenants = max(1, rotas // EACH)
    names = [DEFAULT_TENANT, *(f"county-{number}" for number in range(1, tenants))]
    with Session(engine) as session, session.begin():
        _again(session, TenantRow, [{"id": name} for name in names[1:]])
        _again(session, RegisterEntry, [{"tenant": name} for name in names[1:]])
        others = [
            {"tenant": name, "rota": f"rota-{number}"}
            for name in names
            for number in range(EACH)
            if (name, number) != (DEFAULT_TENANT, 0)
        ]
        _again(session, RotaRow, [{"tenant": o["tenant"], "id": o["rota"]} for o in others])
        _again(session, RotaVersion, others)
    return tenants * EACH


def _again(session: Session, table: type[Any], others: list[dict[str, Any]]) -> None:
    """All rows of a table once more for each of the others."""
    columns = [attribute.key for attribute in sa.inspect(table).column_attrs]
    rows = [{c: getattr(row, c) for c in columns} for row in session.scalars(sa.select(table))]
    for first in range(0, len(others), EACH):
        found = [{**row, **other} for other in others[first : first + EACH] for row in rows]
        if found:
            session.execute(sa.insert(table), found)


def _statement() -> Statement:
    """Two schools and their people."""
    said: list[dict[str, Any]] = [
        {"id": id, "record": {"kind": "school", "name": name, "nation": "ENG"}}
        for id, name in (("oak", "Oak Primary"), ("fel", "Fellside"))
    ]
    said += [
        {
            "id": f"p{number}",
            "record": {"kind": "person", "name": f"Person {number}", "home": ("oak", "fel")[n]},
        }
        for number in range(PEOPLE)
        for n in (number % 2,)
    ]
    return Statement.model_validate(
        {"source": "typed", "kind": "people", "at": EVENING, "items": said}
    )


def _definition() -> RotaDefinition:
    """A fortnight with one shift a day for two people."""
    shift = {
        "id": "hub",
        "name": "Hub",
        "school": "oak",
        "start": "09:00",
        "end": "15:00",
        "needs": [{"count": 2}],
    }
    horizon = {"first": "2026-05-11", "last": "2026-05-22"}
    return RotaDefinition.model_validate(
        {
            "name": "Hub",
            "query": {"schools": ["oak", "fel"]},
            "request": {
                "problem": {"horizon": horizon, "shifts": [shift]},
                "rules": [
                    {"kind": "cover", "priority": 1},
                    {"kind": "consecutive_days", "most": 3, "priority": "must"},
                ],
                "limits": {"seconds": 10, "workers": 1},
            },
            "nightly": {"seconds": 10},
        }
    )
