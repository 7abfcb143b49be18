"""The command line of whoever runs the service: tenants, keys, nights."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated, Any, Literal

import typer
from pydantic import ValidationError

app = typer.Typer()

RoleName = Literal["viewer", "planner", "publisher", "finance", "admin"]


@app.command()
def keys(
    name: Annotated[str, typer.Option(help="The person who will hold it.")],
    role: Annotated[RoleName, typer.Option(help="What they may do.")] = "viewer",
    tenant: Annotated[str, typer.Option(help="Whose key it is.")] = "default",
    school: Annotated[list[str] | None, typer.Option(help="Only this school; repeatable.")] = None,
    days: Annotated[int | None, typer.Option(help="Expires after so many days.", min=1)] = None,
    database: Annotated[str | None, typer.Option(help="SQLite file, or postgresql: URL.")] = None,
) -> None:
    """Make a key to the API, and show it once."""
    from scheduler.jobs.keys import Keys, KeyWish, Role
    from scheduler.jobs.life import now
    from scheduler.jobs.tenants import tenants as known

    end = None if days is None else now() + timedelta(days=days)
    schools = tuple(school) if school else None
    try:
        wish = KeyWish(name=name, role=Role(role), schools=schools, expires_at=end)
    except ValidationError as error:
        wrong = "; ".join(f"{e['loc'][-1]}: {e['msg']}" for e in error.errors(include_input=False))
        raise typer.BadParameter(wrong) from None
    with _opened(database) as engine:
        if tenant not in known(engine):
            raise typer.BadParameter("there is no such tenant. Maybe `schoolrota tenants`?")
        sys.stdout.write(Keys(engine, tenant).new(wish).key + "\n")


@app.command()
def tenants(
    add: Annotated[str | None, typer.Option(help="The id of a new one.")] = None,
    name: Annotated[str | None, typer.Option(help="What it is called.")] = None,
    database: Annotated[str | None, typer.Option(help="SQLite file, or postgresql: URL.")] = None,
) -> None:
    """List the tenants, or add one and show an admin's key for it, once."""
    from scheduler.jobs.keys import Keys, KeyWish, Role
    from scheduler.jobs.tenants import add_tenant
    from scheduler.jobs.tenants import tenants as known

    with _opened(database) as engine:
        if add is None:
            sys.stdout.write("".join(f"{tenant}\n" for tenant in known(engine)))
            return
        if re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", add) is None:
            raise typer.BadParameter("an id is small letters, digits and dashes. Maybe north?")
        if not add_tenant(engine, add, (name or add)[:200]):
            raise typer.BadParameter("there is a tenant with this id already.")
        sys.stdout.write(Keys(engine, add).new(KeyWish(name="Admin", role=Role.ADMIN)).key + "\n")


@app.command()
def nightly(
    once: Annotated[bool, typer.Option("--once", help="Do what is due now, then end.")] = False,
    database: Annotated[str | None, typer.Option(help="SQLite file, or postgresql: URL.")] = None,
) -> None:
    """Solve each living rota for the coming date, and propose, or publish where that is allowed.

    With --once, for cron, it does so now, waits for the answers, says what came of them, and
    ends; if no service works on the database, it solves by itself. Without, each evening.
    """
    from api.settings import Settings
    from scheduler.exchange.outgoing import Outgoing
    from scheduler.jobs.night_shift import work

    settings = Settings() if database is None else Settings(database=database)
    calls = Outgoing(settings.reachable)
    at = settings.nightly_at
    sys.exit(work(settings.database, settings.working, at, once=once, outgoing=calls))


@contextmanager
def _opened(database: str | None) -> Iterator[Any]:
    """A database, up to date."""
    from scheduler.jobs.database import connect
    from scheduler.jobs.service import migrate as bring_up_to_date

    try:
        engine = connect(_database(database))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    bring_up_to_date(engine)
    try:
        yield engine
    finally:
        engine.dispose()


def _database(given: str | None) -> str:
    from api.settings import Settings

    return Settings().database if given is None else given
