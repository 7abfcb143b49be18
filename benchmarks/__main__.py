"""The benchmarks' command line: `python -m benchmarks COMMAND`."""

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks import hub as the_hub
from benchmarks import service as the_service

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


@app.callback()
def benchmarks() -> None:
    """Measures what the engine reaches; each command prints a table of figures."""


@app.command()
def hub(
    seconds: Annotated[float, typer.Option(help="Limit of each example's run.")] = 60,
    service_seconds: Annotated[float, typer.Option(help="Limit of the run over HTTP.")] = 10,
    workers: Annotated[int, typer.Option(help="Cores to keep busy.")] = 2,
    out: Annotated[Path | None, typer.Option(help="Write the figures here as JSON.")] = None,
) -> None:
    """The shared hub beside what it must reach; fails only where nothing could be measured."""
    console = Console()
    takes: dict[str, Callable[[], list[the_hub.Figure]]] = {
        name: partial(the_hub.measure, name, seconds=seconds, workers=workers)
        for name in ("summer-hub", "easter-hub")
    }
    takes["service"] = partial(
        the_hub.service, "summer-hub", seconds=service_seconds, workers=workers
    )
    _measure(console, takes, out)


@app.command()
def service(
    jobs: Annotated[int, typer.Option(help="Jobs for each measurement of throughput.")] = 500,
    rotas: Annotated[int, typer.Option(help="Living rotas that are due in one night.")] = 10_000,
    night_seconds: Annotated[float, typer.Option(help="For how long the night is watched.")] = 60,
    stops: Annotated[int, typer.Option(help="Solves that are stopped.")] = 20,
    calls: Annotated[int, typer.Option(help="Calls of each kind, while two solves run.")] = 300,
    out: Annotated[Path | None, typer.Option(help="Write the figures here as JSON.")] = None,
) -> None:
    """The service on PostgreSQL with one and three workers, and embedded; see the README."""
    with the_service.databases() as new:
        takes: dict[str, Callable[[], list[the_hub.Figure]]] = {
            "answers": lambda: list(the_service.answers(calls=calls)),
            "stops and take-overs": lambda: list(the_service.stops(new(), count=stops)),
            "load": lambda: list(
                the_service.load(new(), jobs=jobs, night=rotas, night_seconds=night_seconds)
            ),
        }
        _measure(Console(), takes, out)


def _measure(
    console: Console, takes: dict[str, Callable[[], list[the_hub.Figure]]], out: Path | None
) -> None:
    measured: dict[str, list[the_hub.Figure]] = {}
    for name, take in takes.items():
        try:
            measured[name] = take()
        except Exception as error:
            console.print(f"{name} was not measured: {type(error).__name__}: {error}")
            continue
        table = Table(title=name, title_justify="left")
        for heading in ("figure", "measured", "target", "reached"):
            table.add_column(heading)
        for figure in measured[name]:
            said = {True: "yes", False: "no", None: ""}[figure.reached]
            table.add_row(figure.what, figure.measured, figure.target, said)
        console.print(table)
    if out is not None:
        figures = {name: [asdict(one) for one in rows] for name, rows in measured.items()}
        out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    raise typer.Exit(0 if measured else 1)


if __name__ == "__main__":
    app()
