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
from scheduler.reading import read_request

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
    measured: dict[str, list[the_hub.Figure]] = {}
    takes: dict[str, Callable[[], list[the_hub.Figure]]] = {
        name: partial(the_hub.measure, name, seconds=seconds, workers=workers)
        for name in ("summer-hub", "easter-hub")
    }
    takes["service"] = partial(
        the_hub.service, "summer-hub", seconds=service_seconds, workers=workers
    )
    for name, take in takes.items():
        try:
            measured[name] = take()
        except Exception as error:
            console.print(f"{name} was not measured: {type(error).__name__}: {error}")
            continue
        _print(console, name, measured[name])
    if out is not None:
        figures = {name: [asdict(one) for one in rows] for name, rows in measured.items()}
        out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    raise typer.Exit(0 if measured else 1)


@app.command()
def collaboration(
    schools: Annotated[int, typer.Option(help="How many schools share people.")] = 11,
    people: Annotated[int, typer.Option(help="All their staff together.")] = 600,
    weeks: Annotated[int, typer.Option(help="Weeks of the rota.")] = 2,
    seed: Annotated[int, typer.Option(help="Where chance begins.")] = 1,
    seconds: Annotated[float, typer.Option(help="Limit of the run.")] = 300,
    workers: Annotated[int, typer.Option(help="Cores to keep busy.")] = 2,
    write: Annotated[
        Path | None, typer.Option(help="Write the request here, and do not solve it.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the figures here as JSON.")] = None,
) -> None:
    """A collaboration drawn from a seed, beside what it must reach."""
    from benchmarks import collaboration as drawn

    try:
        document = drawn.collaboration(schools=schools, people=people, weeks=weeks, seed=seed)
    except ValueError as error:
        raise typer.BadParameter(f"{error}.") from None
    if write is not None:
        write.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        return
    request = the_hub.limited(read_request(document), seconds=seconds, workers=workers)
    figures = the_hub.measure_collaboration(request)
    _print(Console(), document["problem"]["name"], figures)
    if out is not None:
        out.write_text(json.dumps([asdict(f) for f in figures], indent=2) + "\n", encoding="utf-8")


def _print(console: Console, title: str, figures: list[the_hub.Figure]) -> None:
    table = Table(title=title, title_justify="left")
    for heading in ("figure", "measured", "target", "reached"):
        table.add_column(heading)
    for figure in figures:
        said = {True: "yes", False: "no", None: ""}[figure.reached]
        table.add_row(figure.what, figure.measured, figure.target, said)
    console.print(table)


if __name__ == "__main__":
    app()
