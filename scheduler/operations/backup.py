"""Backup, restore, and the rehearsal that proves that a backup can be restored."""

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
"""The number of newest answers that a rehearsal checks again."""

_SQLITE, _POSTGRES = b"SQLite format 3\0", b"PGDMP"


class CannotBackUp(Exception):
    """A backup, restore or rehearsal failed; the message says why and what to do."""


class Rehearsed(Value):
    """What was found in a backup that was restored."""

    jobs: int
    unfinished: int
    answers: int
    checked: int
    """The number of answers that were checked again, and agree with their reports."""


def backup(database: str, file: Path) -> None:
    """Write a consistent copy while the service runs.

    Args:
        database: a SQLite file, or a postgresql: URL, which needs pg_dump on the path.
        file: the file to write; it must not exist yet.

    Raises:
        CannotBackUp: nothing usable was written.
    """
    if file.exists():
        raise CannotBackUp("The file exists already. Maybe name another one?")
    engine = connect(database)
    if engine.dialect.name == "postgresql":
        # Row-level security applies to the owner of the tables too.
        words = ("--format=custom", "--enable-row-security", f"--file={file}")
        _run("pg_dump", *words, url=engine.url, PGOPTIONS=f"-c schoolrota.tenant={EVERY}")
        return
    if not Path(engine.url.database or "").exists():
        raise CannotBackUp("There is no such database. Maybe name its file with --database?")
    # Not a plain copy of the file: the latest writes may still be in the log beside it.
    with (
        closing(sqlite3.connect(engine.url.database or "")) as source,
        closing(sqlite3.connect(file)) as target,
    ):
        source.backup(target)
    engine.dispose()


def restore(file: Path, database: str) -> None:
    """Fill an empty database from a backup of the same kind.

    Raises:
        CannotBackUp: the database is not empty, or the file is not a backup of its kind.
    """
    engine = connect(database)
    kind = engine.dialect.name
    try:
        with file.open("rb") as opened:
            head = opened.read(16)
    except OSError as error:
        raise CannotBackUp(f"The backup cannot be read: {error.strerror}.") from None
    if not head.startswith(_POSTGRES if kind == "postgresql" else _SQLITE):
        raise CannotBackUp(f"The file is not a backup for {kind}. Maybe name another --database?")
    with engine.connect() as connection:
        full = sa.inspect(connection).has_table(Job.__tablename__)
    if full:
        raise CannotBackUp("The database is not empty. Maybe create a new one to restore into?")
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
    """Restore a backup into an empty database, and check its newest answers.

    Raises:
        CannotBackUp: it cannot be restored, belongs to another release, or has an answer that does
            not agree with its report.
    """
    restore(file, database)
    engine = of_every_tenant(connect(database))
    try:
        if not up_to_date(engine):
            raise CannotBackUp("The backup belongs to another release. Maybe use that release?")
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
    """Check an answer against its report; returns False if it has no schedule.

    Raises:
        CannotBackUp: the checker disagrees with the report.
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
    """What is broken, where and by how much, without the sentences, which an older release may have
    worded differently; if another report is given, only for the kinds of rule in it."""
    kinds = {finding.kind for finding in (like or report).findings}
    return sorted(
        (f.kind, str(f.priority), f.weight, sorted((b.where, b.amount) for b in f.breaches))
        for f in report.findings
        if f.breaches and f.kind in kinds
    )


def _count(session: Session, found: sa.Select[Any]) -> int:
    return session.scalars(sa.select(sa.func.count()).select_from(found.subquery())).one()


def _run(program: str, *words: str, url: sa.URL, **settings: str) -> None:
    # The password must not be an argument, which every user of the machine can read; `set` would
    # leave three stars in the URL, which would be tried as a password.
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
