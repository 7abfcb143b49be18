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

from benchmarks import activities as the_activities
from benchmarks import hub as the_hub
from scheduler.child import prepare

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


@app.command()
def activities(
    folder: Annotated[
        Path, typer.Argument(help="Instances (.sm, .sch, .rcp, .dzn), below it too.")
    ],
    seconds: Annotated[float, typer.Option(help="Limit of each run.")] = 10,
    workers: Annotated[int, typer.Option(help="Cores to keep busy.")] = 2,
    out: Annotated[Path | None, typer.Option(help="Write a plan for each instance here.")] = None,
    peer: Annotated[
        bool, typer.Option("--peer", help="Run PyJobShop after ours, alone, on each.")
    ] = False,
) -> None:
    """Project scheduling instances, solved as requests; fails if one plan is wrong."""
    console = Console(width=120)
    paths = list(the_activities.instances(folder))
    if not paths:
        console.print("there is no .sm, .sch, .rcp or .dzn file in that folder")
        raise typer.Exit(2)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    prepare()
    the_activities.warm_up(paths[0])
    runs = [the_activities.compare(p, folder, out, seconds, workers, peer) for p in paths]
    console.print(the_activities.table(runs, peer=peer))
    for line in the_activities.summed_up(runs):
        console.print(line)
    if out is not None:
        the_activities.write_figures(runs, out / "figures.csv")
    wrong = [f"{run.name}: {fault}" for run in runs for fault in run.ours.faults]
    for line in wrong:
        console.print(f"WRONG {line}")
    raise typer.Exit(1 if wrong else 0)


if __name__ == "__main__":
    app()
