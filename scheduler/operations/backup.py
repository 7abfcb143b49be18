"""Backup, restore, and the rehearsal that shows a backup to be one."""

import os
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from models.answer.report import Report
from models.answer.result import Result
from models.value import Value
from scheduler.intake.case import Case
from scheduler.jobs.transitions import request_of
from scheduler.storage.database import connect, up_to_date
from scheduler.storage.tables import IS_OPEN, Job, JobAnswer
from scheduler.storage.tenant_scope import EVERY, of_every_tenant

CHECKED = 20
"""Newest answers that a rehearsal judges again."""

_SQLITE, _POSTGRES = b"SQLite format 3\0", b"PGDMP"


class CannotBackUp(Exception):
    """A backup, a restore or a rehearsal that failed; the message says why and what to do."""


class Rehearsed(Value):
    """What was found in a backup that was restored."""

    jobs: int
    unfinished: int
    answers: int
    checked: int
    """Answers that were judged again, and are what their reports say."""


def backup(database: str, file: Path) -> None:
    """Write a consistent copy while the service runs.

    Args:
        database: a SQLite file, or a postgresql: URL; for that pg_dump must be on the path.
        file: where to; it must not be there.

    Raises:
        CannotBackUp: nothing usable was written.
    """
    if file.exists():
        raise CannotBackUp("The file is there already. Maybe name another one?")
    engine = connect(database)
    if engine.dialect.name == "postgresql":
        # The owner of tables stands before their row-level security too.
        words = ("--format=custom", "--enable-row-security", f"--file={file}")
        _run("pg_dump", *words, url=engine.url, PGOPTIONS=f"-c schoolrota.tenant={EVERY}")
        return
    if not Path(engine.url.database or "").exists():
        raise CannotBackUp("There is no such database. Maybe name its file with --database?")
    # Not a copy of the file: what was written last may still be in the log beside it.
    with (
        closing(sqlite3.connect(engine.url.database or "")) as source,
        closing(sqlite3.connect(file)) as target,
    ):
        source.backup(target)
    engine.dispose()


def restore(file: Path, database: str) -> None:
    """Fill an empty database from a backup of the same kind.

    Raises:
        CannotBackUp: it is not empty, or the file is no backup of its kind.
    """
    engine = connect(database)
    kind = engine.dialect.name
    try:
        with file.open("rb") as opened:
            head = opened.read(16)
    except OSError as error:
        raise CannotBackUp(f"The backup cannot be read: {error.strerror}.") from None
    if not head.startswith(_POSTGRES if kind == "postgresql" else _SQLITE):
        raise CannotBackUp(f"The file is no backup for {kind}. Maybe name another --database?")
    with engine.connect() as connection:
        full = sa.inspect(connection).has_table(Job.__tablename__)
    if full:
        raise CannotBackUp("The database is not empty. Maybe make a new one to restore into?")
    engine.dispose()
    if kind == "postgresql":
        _run("pg_restore", "--exit-on-error", "--no-owner", str(file), url=engine.url)
        return
    with (
        closing(sqlite3.connect(file)) as source,
        closing(sqlite3.connect(engine.url.database or "")) as target,
    ):
        source.backup(target)


def rehearse(file: Path, database: str) -> Rehearsed:
    """Restore a backup into an empty database, and judge what is in it.

    Raises:
        CannotBackUp: it cannot be restored, is of another version, or holds an answer that is not
            what its report says.
    """
    restore(file, database)
    engine = of_every_tenant(connect(database))
    try:
        if not up_to_date(engine):
            raise CannotBackUp("The backup is of another version. Maybe use that one's program?")
        with Session(engine) as session:
            newest = sa.select(JobAnswer).order_by(JobAnswer.at.desc()).limit(CHECKED)
            checked = [_as_reported(session, answer) for answer in session.scalars(newest)]
            return Rehearsed(
                jobs=_count(session, sa.select(Job.id)),
                unfinished=_count(session, sa.select(Job.id).where(IS_OPEN)),
                answers=_count(session, sa.select(JobAnswer.job_id)),
                checked=sum(checked),
            )
    finally:
        engine.dispose()


def _as_reported(session: Session, answer: JobAnswer) -> bool:
    """Whether there was a schedule to judge.

    Raises:
        CannotBackUp: the checker does not say what the report says.
    """
    result = Result.model_validate_json(answer.result)
    if result.schedule is None:
        return False
    request = request_of(session, session.get_one(Job, answer.job_id))
    report = Case(request).check(result.schedule)
    if result.report is None or _broken(report, result.report) != _broken(result.report):
        raise CannotBackUp(f"Job {answer.job_id} has an answer that its report does not fit.")
    return True


def _broken(report: Report, like: Report | None = None) -> list[tuple[Any, ...]]:
    """What is broken, where and by how much; not in which words, which an older release may have
    put otherwise. Of rules that another report knows, if one is given."""
    kinds = {finding.kind for finding in (like or report).findings}
    return sorted(
        (f.kind, str(f.priority), f.weight, sorted((b.where, b.amount) for b in f.breaches))
        for f in report.findings
        if f.breaches and f.kind in kinds
    )


def _count(session: Session, found: sa.Select[Any]) -> int:
    return session.scalars(sa.select(sa.func.count()).select_from(found.subquery())).one()


def _run(program: str, *words: str, url: sa.URL, **settings: str) -> None:
    # Not among the words, which every user of the machine can read; `set` would leave it there,
    # as three stars, and these would be tried as a password.
    plain = sa.URL.create(
        "postgresql", url.username, None, url.host, url.port, url.database, url.query
    ).render_as_string()
    secret = {} if url.password is None else {"PGPASSWORD": str(url.password)}
    try:
        subprocess.run(
            [program, *words, f"--dbname={plain}"],
            env={**os.environ, **secret, **settings},
            check=True,
            capture_output=True,
            text=True,
        )
    except FileNotFoundError:
        raise CannotBackUp(
            f"{program} is not on the path. Maybe run it where PostgreSQL runs?"
        ) from None
    except subprocess.CalledProcessError as error:
        why = (error.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise CannotBackUp(f"{program} failed: {why}") from None
