"""Jobs that are over for long cost nothing: no look at what is to be done goes through them."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from scheduler.intake.request import RotaRequest
from scheduler.jobs import metrics
from scheduler.jobs.jobs import Jobs
from scheduler.jobs.worker import Worker, WorkerSettings
from scheduler.jobs.workflow_port import Queue
from scheduler.report.answer import nothing_found
from scheduler.storage.tables import Lane
from tests.scheduler.jobs.test_worker import over
from tests.service.requests import small

REQUEST = RotaRequest.model_validate(small())
OLD = 2000
WHOLE = re.compile(r"(SCAN|Seq Scan on) (workflow_status|job)\b(?! (USING|AS .* USING))")
"""In the plan of a statement: every row is looked at."""


@contextmanager
def heard(engine: sa.Engine) -> Iterator[dict[str, Any]]:
    """What is asked of a database meanwhile."""
    said: dict[str, Any] = {}

    def note(_: Any, __: Any, statement: str, values: Any, ___: Any, many: bool) -> None:
        if not many and re.match(r"SELECT|UPDATE|DELETE|WITH", statement):
            said[statement] = values

    event.listen(engine, "before_cursor_execute", note)
    yield said
    event.remove(engine, "before_cursor_execute", note)


def _work(engine: sa.Engine, queue: Queue, jobs: Jobs) -> None:
    """A job from its submission to its end, and all that is done beside it."""
    worker = Worker(
        engine,
        queue,
        WorkerSettings({Lane.INTERACTIVE: 1}),
        solve=lambda request, **_: nothing_found(request, seconds=0, note="Nothing."),
    )
    worker.start()
    try:
        job = jobs.submit(REQUEST, rota="r")
        over(jobs, job.id)
        jobs.page()
        metrics.exposition(engine, queue)
    finally:
        worker.leave()


def _multiply(connection: sa.Connection, table: str, id: str) -> None:
    row = dict(connection.execute(sa.text(f"SELECT * FROM {table} LIMIT 1")).mappings().one())
    row = {name: json.dumps(v) if isinstance(v, dict | list) else v for name, v in row.items()}
    values = ", ".join(f":{name}" for name in row)
    connection.execute(
        sa.text(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({values})"),
        [{**row, id: f"old-{number}"} for number in range(OLD)],
    )


def test_no_look_goes_through_all_that_is_over(engine: sa.Engine, queue: Queue, jobs: Jobs) -> None:
    """By the plans that the database makes for what is asked of it, with many old jobs in it."""
    sqlite = engine.dialect.name == "sqlite"
    _work(engine, queue, jobs)
    with engine.begin() as connection:
        _multiply(connection, "job", "id")
        _multiply(connection, f"{'main' if sqlite else 'dbos'}.workflow_status", "workflow_uuid")
        if not sqlite:
            connection.execute(sa.text("ANALYZE"))
    with heard(engine) as said:
        _work(engine, queue, jobs)
    assert len(said) > 20
    explain = "EXPLAIN QUERY PLAN" if sqlite else "EXPLAIN"
    with engine.connect() as connection:
        plans = {
            statement: "\n".join(
                str(row[-1]) for row in connection.exec_driver_sql(f"{explain} {statement}", values)
            )
            for statement, values in said.items()
            if "workflow_status" in statement or re.search(r"\bjob\b", statement)
        }
    assert {s: plan for s, plan in plans.items() if _grows(s, plan)} == {}


def _grows(statement: str, plan: str) -> bool:
    """Whether more is read where more is over: all rows, or all of a tenant and not a page."""
    of_a_tenant = "job_by_age" in plan and "ORDER BY" not in statement
    return bool(WHOLE.search(plan)) or of_a_tenant
