"""The commands that run the service: serve, worker, keys, nights, backup and so on."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import typer

from scheduler.wording import counted

T = TypeVar("T")

RoleName = Literal["viewer", "planner", "publisher", "finance", "admin"]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
    database: Annotated[str | None, typer.Option(help="SQLite file, or postgresql: URL.")] = None,
    slots: Annotated[int | None, typer.Option(help="Jobs solved at the same time.")] = None,
) -> None:
    """Serve HTTP and solve jobs. SCHOOLROTA_ variables set what is not given here."""
    from api.service import serve as run

    run(_settings(host=host, port=port, database=database, slots=slots))


@app.command()
def worker(
    name: Annotated[
        str | None, typer.Option(help="Kept over restarts; by default the lowest free worker-N.")
    ] = None,
    database: Annotated[str | None, typer.Option(help="SQLite file, or postgresql: URL.")] = None,
    slots: Annotated[
        int | None, typer.Option(help="Interactive jobs solved at the same time.")
    ] = None,
    nightly_slots: Annotated[
        int | None, typer.Option(help="Nightly jobs solved at the same time.")
    ] = None,
) -> None:
    """Solve jobs that other nodes accept. SCHOOLROTA_ variables set what is not given here."""
    from scheduler.operations.worker_process import run_worker

    settings = _settings(
        worker_name=name, database=database, slots=slots, nightly_slots=nightly_slots
    )
    run_worker(
        settings.database,
        settings.worker_settings,
        name=settings.worker_name,
        log_level=settings.log_level,
        metrics_port=settings.metrics_port,
    )


@app.command()
def migrate(
    database: Annotated[str | None, typer.Option(help="SQLite file, or postgresql: URL.")] = None,
) -> None:
    """Bring a database, and the requests stored in it, up to date with this version."""
    from scheduler.operations.service import migrate as bring_up_to_date
    from scheduler.storage.database import NotMigrated, connect

    try:
        engine = connect(_settings(database=database).database)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    try:
        bring_up_to_date(engine)
    except NotMigrated as error:
        raise SystemExit(f"schoolrota: {error}") from None
    engine.dispose()


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not exist.")],
    database: Annotated[str | None, typer.Option(help="SQLite file, or postgresql: URL.")] = None,
) -> None:
    """Write a consistent copy of the database while the service runs."""
    from scheduler.operations.backup import backup as write

    _kept(lambda: write(_settings(database=database).database, file))


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    database: Annotated[
        str | None, typer.Option(help="An empty database of the same kind.")
    ] = None,
) -> None:
    """Fill an empty database from a backup."""
    from scheduler.operations.backup import restore as fill

    _kept(lambda: fill(file, _settings(database=database).database))


@app.command()
def rehearse(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    database: Annotated[
        str | None, typer.Option(help="An empty database; for SQLite, a temporary one by default.")
    ] = None,
) -> None:
    """Restore a backup into an empty database, and check the newest answers in it again."""
    from tempfile import TemporaryDirectory

    from scheduler.operations.backup import rehearse as judge_backup

    with TemporaryDirectory() as folder:
        found = _kept(lambda: judge_backup(file, database or f"{folder}/rehearsal.db"))
    sys.stdout.write(
        f"{counted(found.jobs, 'job', 'jobs')}, {found.unfinished} of them unfinished; "
        f"{counted(found.answers, 'answer', 'answers')}, the newest {found.checked} judged again "
        "and found as reported.\n"
    )


@app.command()
def keys(
    name: Annotated[str, typer.Option(help="The person who will hold the key.")],
    role: Annotated[RoleName, typer.Option(help="What they may do.")] = "viewer",
    tenant: Annotated[str, typer.Option(help="The tenant it belongs to.")] = "default",
    school: Annotated[list[str] | None, typer.Option(help="Only this school; repeatable.")] = None,
    days: Annotated[int | None, typer.Option(help="Days until it expires.", min=1)] = None,
    database: Annotated[str | None, typer.Option(help="SQLite file, or postgresql: URL.")] = None,
) -> None:
    """Make a key to the API and show it, once."""
    from scheduler.access.keys import Keys
    from scheduler.storage.clock import now

    end = None if days is None else now() + timedelta(days=days)
    wish = _wish(name=name, role=role, schools=tuple(school or ()) or None, expires_at=end)
    with _opened(database, tenant) as engine:
        sys.stdout.write(Keys(engine, tenant).new(wish).key + "\n")


@app.command(name="sign-in")
def sign_in(
    name: Annotated[
        str | None, typer.Option(help="The person who signs in; by default you, as an admin.")
    ] = None,
    role: Annotated[RoleName, typer.Option(help="What they may do.")] = "viewer",
    tenant: Annotated[str, typer.Option(help="The tenant it belongs to.")] = "default",
    school: Annotated[list[str] | None, typer.Option(help="Only this school; repeatable.")] = None,
    person: Annotated[str | None, typer.Option(help="Their id on rotas.")] = None,
    at: Annotated[str, typer.Option(help="The address of the service.")] = "http://127.0.0.1:8000",
    database: Annotated[str | None, typer.Option(help="SQLite file, or postgresql: URL.")] = None,
) -> None:
    """Make a link to the pages that signs somebody in, once and within ten minutes."""
    from scheduler.access.sessions import link_for, link_of_this_computer

    schools = tuple(school or ()) or None
    wish = name and _wish(name=name, role=role, schools=schools, person=person)
    with _opened(database, tenant) as engine:
        code = link_for(engine, tenant, wish) if wish else link_of_this_computer(engine)
        sys.stdout.write(f"{at.rstrip('/')}/sign-in/{code}\n")


@app.command()
def tenants(
    add: Annotated[str | None, typer.Option(help="The id of a new tenant.")] = None,
    name: Annotated[str | None, typer.Option(help="The name of the new tenant.")] = None,
    database: Annotated[str | None, typer.Option(help="SQLite file, or postgresql: URL.")] = None,
) -> None:
    """List the tenants, or add one and show an admin key for it, once."""
    from scheduler.access.keys import KeyRole, Keys, KeyWish
    from scheduler.storage.tenant_scope import add_tenant
    from scheduler.storage.tenant_scope import tenants as known

    with _opened(database) as engine:
        if add is None:
            sys.stdout.write("".join(f"{tenant}\n" for tenant in known(engine)))
            return
        if re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", add) is None:
            raise typer.BadParameter("an id is small letters, digits and dashes. Maybe north?")
        if not add_tenant(engine, add, (name or add)[:200]):
            raise typer.BadParameter("there is a tenant with this id already.")
        sys.stdout.write(
            Keys(engine, add).new(KeyWish(name="Admin", role=KeyRole.ADMIN)).key + "\n"
        )


@app.command()
def nightly(
    once: Annotated[bool, typer.Option("--once", help="Do what is due now, then end.")] = False,
    database: Annotated[str | None, typer.Option(help="SQLite file, or postgresql: URL.")] = None,
) -> None:
    """Solve each living rota for the coming date; propose the result, or publish if allowed.

    With --once, for cron, it does so now, waits for the answers, reports the results, and
    ends; if no service works on the database, it solves by itself. Without, each evening.
    """
    from scheduler.exchange.mis.safe_http import Outgoing
    from scheduler.operations.nightly_process import run_nightly

    settings = _settings(database=database)
    code = run_nightly(
        settings.database,
        settings.worker_settings,
        settings.nightly_at,
        once=once,
        quotas=settings.quotas,
        outgoing=Outgoing(settings.reachable),
    )
    sys.exit(code)


def _wish(**given: Any) -> Any:
    """A key that is wanted."""
    from pydantic import ValidationError

    from scheduler.access.keys import KeyWish

    try:
        return KeyWish(**given)
    except ValidationError as error:
        wrong = "; ".join(f"{e['loc'][-1]}: {e['msg']}" for e in error.errors(include_input=False))
        raise typer.BadParameter(wrong) from None


@contextmanager
def _opened(database: str | None, tenant: str | None = None) -> Iterator[Any]:
    """Open a database, brought up to date, in which there is a tenant."""
    from scheduler.operations.service import migrate as bring_up_to_date
    from scheduler.storage.database import NotMigrated, connect
    from scheduler.storage.tenant_scope import tenants as known

    try:
        engine = connect(_settings(database=database).database)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    try:
        bring_up_to_date(engine)
    except NotMigrated as error:
        raise SystemExit(f"schoolrota: {error}") from None
    try:
        if tenant is not None and tenant not in known(engine):
            raise typer.BadParameter("there is no such tenant. Maybe `schoolrota tenants`?")
        yield engine
    finally:
        engine.dispose()


def _kept(do: Callable[[], T]) -> T:
    from scheduler.operations.backup import CannotBackUp

    try:
        return do()
    except CannotBackUp as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(1) from None
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _settings(**given: Any) -> Any:
    from pydantic import ValidationError

    from api.settings import Settings

    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        wrong = "; ".join(f"{e['loc'][-1]}: {e['msg']}" for e in error.errors(include_input=False))
        raise typer.BadParameter(wrong) from None
