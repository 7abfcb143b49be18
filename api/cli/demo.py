"""The command that solves an example so that it stands on the pages."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

LOOK_EVERY = 0.5
"""Seconds between two looks at the job."""


@app.command()
def demo(
    example: Annotated[str, typer.Argument(help="An example.")] = "summer-hub",
    seconds: Annotated[float, typer.Option(help="How long to search.", min=1)] = 30,
    database: Annotated[Path, typer.Option(help="The SQLite file to write.")] = Path("demo.db"),
    html: Annotated[Path | None, typer.Option(help="Also a page to hang up.")] = None,
    port: Annotated[int, typer.Option(help="Where `schoolrota serve` will listen.")] = 8000,
) -> None:
    """Solve an example and keep it in a database, for the pages."""
    from api.check import example_requests
    from scheduler.exchange.render.formats import render
    from scheduler.exchange.render.report_text import headline
    from scheduler.intake.case import Case
    from scheduler.intake.parse import read_request
    from scheduler.jobs.worker import WorkerSettings
    from scheduler.logs import configure
    from scheduler.operations.service import Service
    from scheduler.storage.tables import DEFAULT_TENANT, Lane

    configure("warning")
    known = example_requests()
    if example not in known:
        raise typer.BadParameter(f"there is no such example. Maybe {', '.join(known)}?")
    request = read_request(known[example].text)
    limits = request.limits.model_copy(update={"seconds": seconds})
    service = Service.open(str(database), worker_settings=WorkerSettings({Lane.INTERACTIVE: 1}))
    try:
        jobs = service.jobs_of(DEFAULT_TENANT)
        job = jobs.submit(request.model_copy(update={"limits": limits}))
        while not (job := jobs.get(job.id)).state.over:
            time.sleep(LOOK_EVERY)
        result = jobs.result(job.id)
    finally:
        service.close()
    if result is None:
        raise SystemExit(f"schoolrota: {job.error}")
    sys.stdout.write(f"{headline(result)}\n")
    sys.stdout.writelines(
        f"Priority {level.priority}, {level.title}: {level.sentence}\n" for level in result.levels
    )
    if html is not None and result.schedule is not None:
        case = Case(request)
        plan = case.plan(result.schedule)
        html.write_bytes(render("html", case.facts, plan, result, rules=case.rules)[0])
    board = f"http://127.0.0.1:{port}/jobs/{job.id}/board"
    more = "" if port == 8000 else f" --port {port}"
    sys.stdout.write(
        f"\nThe board, on the pages:  {board}\n"
        f"They are shown by:        schoolrota serve --database {database}{more}\n"
        "which prints a link that signs you in.\n"
    )
