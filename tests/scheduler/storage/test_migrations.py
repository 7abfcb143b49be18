"""Migrations of stored documents: jobs, rotas and versions of the release before are read."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from scheduler.jobs.jobs import KeyReused
from scheduler.jobs.view import JobView
from scheduler.jobs.workflow_port import Queue
from scheduler.operations.service import migrate
from scheduler.report.answer import fingerprint
from scheduler.storage.database import connect, up_to_date
from scheduler.storage.migrations.versions import v0007_rule_kinds
from scheduler.storage.tables import Job, JobRequestRow, JobState
from scheduler.storage.tenant_scope import of_every_tenant
from scheduler.upgrade.step_1_rule_kinds import KINDS
from tests.databases import Postgres
from tests.service.collaboration import MONDAY, SBM, Collaboration

RULES: list[dict[str, Any]] = [
    {"kind": "workload", "measure": "days", "most": 4, "period": "week", "priority": 1},
    {"kind": "workload", "measure": "minutes", "most": 9000, "priority": "must"},
    {"kind": "consecutive_days_off", "least": 1, "priority": 2},
]
"""Of today, each with another name in the release before."""

OLD = {(now, *more.values()): old for old, (now, more) in KINDS.items()}


@pytest.fixture
def engine(database: str, request: pytest.FixtureRequest) -> Iterator[sa.Engine]:
    """A new database; on PostgreSQL it belongs to somebody whom the wall between tenants stops."""
    if database.startswith("postgresql"):
        postgres: Postgres = request.getfixturevalue("postgres")
        postgres.give_to("migrating_owner", database)
        database = sa.make_url(database).set(username="migrating_owner").render_as_string()
    engine = of_every_tenant(connect(database))
    yield engine
    engine.dispose()


def before(value: Any) -> Any:
    """A document as the release before would have written it."""
    if isinstance(value, list):
        return [before(item) for item in value]
    if not isinstance(value, dict):
        return value
    made = {name: before(item) for name, item in value.items()}
    # A finding has a unit where a rule has a measure.
    said = made.get("measure", made.get("unit")) if made.get("kind") == "workload" else None
    old = OLD.get((made.get("kind"), said) if said else (made.get("kind"),))
    if old is not None:
        made["kind"] = old
        made.pop("measure", None)
    return made


def age(engine: sa.Engine) -> None:
    """Make a database what the release before has left."""
    with Session(engine) as session, session.begin():
        for table, key, column in (*v0007_rule_kinds.DOCUMENTS, *v0007_rule_kinds.ANSWERS):
            rows = session.execute(sa.text(f"SELECT {', '.join(key)}, {column} FROM {table}"))
            for *ids, text in rows.all():
                this = " AND ".join(f"{name} = :{name}" for name in key)
                values = {"new": json.dumps(before(json.loads(text)))}
                values |= dict(zip(key, ids, strict=True))
                session.execute(sa.text(f"UPDATE {table} SET {column} = :new WHERE {this}"), values)
        for later in ("sign_in_link", "page_session"):
            session.execute(sa.text(f"DROP TABLE {later}"))
        session.execute(sa.text("UPDATE alembic_version SET version_num = '0006'"))


def texts(engine: sa.Engine) -> list[str]:
    """Everything that the migration may rewrite."""
    with Session(engine) as session:
        return [
            text
            for table, _, column in (*v0007_rule_kinds.DOCUMENTS, *v0007_rule_kinds.ANSWERS)
            for text in session.scalars(sa.text(f"SELECT {column} FROM {table}"))
        ]


def test_what_the_release_before_has_left_goes_on(engine: sa.Engine, queue: Queue) -> None:
    """Rotas, versions, answers and jobs are read in today's words; a job that waited is solved, the
    night comes, and a call that is repeated finds its job."""
    hub = Collaboration(engine, queue, rules=RULES[:1])
    add = [{"op": "add", "path": "/request/rules/-", "value": rule} for rule in RULES]
    hub.rotas.amend("hub", add, SBM)
    hub.published()
    known, answer = hub.versions.answer("hub", 1)
    definition = hub.rotas.get("hub").definition
    waiting = hub.rotas.solve("hub", SBM)
    sent = hub.jobs.request(waiting.id)
    own = hub.jobs.submit(sent, "a-key")
    age(engine)
    assert not up_to_date(engine)
    assert sum('"days_worked"' in text for text in texts(engine)) == len(texts(engine))

    migrate(engine)
    assert up_to_date(engine)
    assert not [text for text in texts(engine) if any(f'"{old}"' in text for old in KINDS)]
    hub = Collaboration(engine, queue, made=False)
    assert hub.rotas.get("hub").definition == definition
    assert hub.versions.answer("hub", 1) == (known, answer)
    assert hub.versions.get("hub", 1).input_hash == answer.receipt.input_hash
    assert hub.jobs.request(waiting.id) == sent
    assert hub.jobs.submit(sent, "a-key").id == own.id
    hub.answer(waiting.id)
    hub.versions.settle("hub")
    assert hub.versions.list("hub")[0].number == 2
    hub.answer(own.id)
    hub.rotas.solve("hub", SBM)


def test_a_node_of_the_release_before_may_still_write(engine: sa.Engine, queue: Queue) -> None:
    """After the migration: what it accepts is read in today's words, and answered. Its hash is that
    of the request that was solved, and a repeated call finds its job by the request itself."""
    hub = Collaboration(engine, queue)
    hub.rotas.amend("hub", [{"op": "add", "path": "/request/rules/-", "value": RULES[0]}], SBM)
    sent = hub.rotas.snapshot("hub", MONDAY).request
    job = hub.jobs.submit(sent, "a-key")
    with Session(engine) as session, session.begin():
        row = session.get_one(JobRequestRow, job.id)
        row.request = json.dumps(before(json.loads(row.request)))
        session.get_one(Job, job.id).input_hash = "0" * 64
    assert hub.jobs.request(job.id) == sent
    assert hub.jobs.submit(sent, "a-key").id == job.id
    other = sent.model_copy(update={"rules": sent.rules[1:]})
    with pytest.raises(KeyReused):
        hub.jobs.submit(other, "a-key")
    result = hub.answer(job.id)
    ended: JobView = hub.jobs.get(job.id)
    assert ended.state == JobState.DONE
    assert ended.input_hash == result.receipt.input_hash == fingerprint(sent)
