"""The benchmarks' command line: `python -m benchmarks COMMAND`."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks import ablation as the_ablation
from benchmarks import activities as the_activities
from benchmarks import hub as the_hub
from benchmarks import imports as the_imports
from benchmarks import service as the_service
from benchmarks.params import ParamsFile, params_of
from benchmarks.peer_hub import side_by_side
from benchmarks.public_rosters import print_outcomes
from scheduler.child import prepare, prepared
from scheduler.intake.parse import read_request

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


@app.callback()
def benchmarks() -> None:
    """Measures what the engine reaches; each command prints a table of figures."""


@app.command()
def hub(
    seconds: Annotated[float, typer.Option(help="Limit of each example's run.")] = 60,
    service_seconds: Annotated[float, typer.Option(help="Limit of the run over HTTP.")] = 10,
    workers: Annotated[int, typer.Option(help="Cores to keep busy.")] = 2,
    peer: Annotated[
        Path | None,
        typer.Option(
            help="Instead: the summer hub with three seeds, beside the Timefold peer that was "
            "built into this folder.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    params: ParamsFile = None,
    out: Annotated[Path | None, typer.Option(help="Write the figures here as JSON.")] = None,
) -> None:
    """The shared hub beside what it must reach; fails only where nothing could be measured."""
    console = Console()
    if peer is not None:
        _beside_peer(console, peer, seconds=seconds, workers=workers, params=params)
        return
    takes: dict[str, Callable[[], list[the_hub.Figure]]] = {
        name: partial(
            the_hub.measure, name, seconds=seconds, workers=workers, params=params_of(params)
        )
        for name in ("summer-hub", "easter-hub")
    }
    takes["service"] = partial(
        the_hub.service, "summer-hub", seconds=service_seconds, workers=workers
    )
    _measure(console, takes, out)


def _beside_peer(
    console: Console, peer: Path, *, seconds: float, workers: int, params: Path | None
) -> None:
    request = the_hub.example("summer-hub", seconds=seconds, workers=workers)
    table = Table("who", "seed", "broken musts", "priorities", "bounds")
    for run in side_by_side(request, peer, seconds=seconds, params=params_of(params)):
        shown = (", ".join(map(str, numbers)) for numbers in (run.values, run.bounds))
        table.add_row(run.who, str(run.seed), str(run.broken), *shown)
    console.print(f"summer hub, {seconds:g} s each, {workers} workers")
    console.print(table)


@app.command()
def service(
    jobs: Annotated[int, typer.Option(help="Jobs for each measurement of throughput.")] = 500,
    rotas: Annotated[int, typer.Option(help="Living rotas that are due in one night.")] = 10_000,
    night_seconds: Annotated[float, typer.Option(help="For how long the night is watched.")] = 60,
    stops: Annotated[int, typer.Option(help="Solves that are stopped.")] = 20,
    calls: Annotated[int, typer.Option(help="Calls of each kind, while two solves run.")] = 300,
    part: Annotated[
        list[str] | None, typer.Option(help="Only this: answers, stops, load or nights.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the figures here as JSON.")] = None,
) -> None:
    """The service on PostgreSQL with one and three workers, and embedded; see the README."""
    with the_service.databases() as new:
        takes: dict[str, Callable[[], list[the_hub.Figure]]] = {
            "answers": lambda: list(the_service.answers(calls=calls)),
            "stops": lambda: list(the_service.stops(new(), count=stops)),
            "load": lambda: list(the_service.load(new(), jobs=jobs)),
            "nights": lambda: list(the_service.nights(new(), rotas=rotas, seconds=night_seconds)),
        }
        wanted = {name: takes[name] for name in part} if part else takes
        _measure(Console(), wanted, out)


@app.command()
def imports(
    people: Annotated[int, typer.Option(help="Staff in the import.")] = 20_000,
    book: Annotated[int, typer.Option(help="People in the workbook.")] = 700,
    out: Annotated[Path | None, typer.Option(help="Write the figures here as JSON.")] = None,
) -> None:
    """A trust's staff into the register, on SQLite and PostgreSQL, and a large workbook read."""
    with the_service.databases() as new, tempfile.TemporaryDirectory() as folder:
        takes: dict[str, Callable[[], list[the_hub.Figure]]] = {
            "workbook": lambda: list(the_imports.workbook(book)),
            "SQLite": lambda: list(the_imports.imports(str(Path(folder) / "new.db"), people)),
            "PostgreSQL": lambda: list(the_imports.imports(new(), people)),
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
        _print(console, name, measured[name])
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
    params: ParamsFile = None,
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
    runs, failed = [], False
    for path in paths:
        try:
            runs.append(
                the_activities.compare(path, folder, out, seconds, workers, peer, params_of(params))
            )
        except Exception as error:
            console.print(f"{path.name} was not measured: {type(error).__name__}: {error}")
            failed = True
    console.print(the_activities.table(runs, peer=peer))
    for line in the_activities.summed_up(runs):
        console.print(line)
    if out is not None:
        the_activities.write_figures(runs, out / "figures.csv")
    wrong = [f"{run.name}: {fault}" for run in runs for fault in run.ours.faults]
    for line in wrong:
        console.print(f"WRONG {line}")
    raise typer.Exit(1 if wrong or failed else 0)


@app.command()
def nrp(
    files: Annotated[list[Path], typer.Argument(help="Instances in the text format.")],
    seconds: Annotated[float, typer.Option(help="Limit of each instance's run.")] = 60,
    workers: Annotated[int, typer.Option(help="Cores to keep busy.")] = 2,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 1,
    out: Annotated[Path, typer.Option(help="Folder for the rosters, one CSV each.")] = Path(
        "build/nrp"
    ),
    peer: Annotated[
        bool, typer.Option("--peer", help="Then run a plain CP-SAT model, alone, on the same.")
    ] = False,
    params: ParamsFile = None,
) -> None:
    """The public employee shift scheduling instances (Curtois 1-24), beside the best known."""
    from benchmarks import nrp as the_instances

    out.mkdir(parents=True, exist_ok=True)
    run = partial(
        the_instances.run,
        seconds=seconds,
        workers=workers,
        seed=seed,
        out=out,
        peer=peer,
        params=params_of(params),
    )
    title = f"{seconds:g} s, {workers} workers, seed {seed}"
    raise typer.Exit(0 if print_outcomes(Console(), title, files, run, peer=peer) else 1)


@app.command()
def inrc(
    files: Annotated[list[Path], typer.Argument(help="Instances, as XML or in the text format.")],
    seconds: Annotated[float, typer.Option(help="Limit of each instance's run.")] = 60,
    workers: Annotated[int, typer.Option(help="Cores to keep busy.")] = 2,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 1,
    out: Annotated[Path, typer.Option(help="Folder for the rosters, one CSV each.")] = Path(
        "build/inrc"
    ),
    params: ParamsFile = None,
) -> None:
    """The instances of the first nurse rostering competition (2010), beside the best known."""
    from benchmarks import inrc as the_instances

    out.mkdir(parents=True, exist_ok=True)
    prepare()
    run = partial(
        the_instances.run,
        seconds=seconds,
        workers=workers,
        seed=seed,
        out=out,
        params=params_of(params),
    )
    title = f"{seconds:g} s, {workers} workers, seed {seed}"
    raise typer.Exit(0 if print_outcomes(Console(), title, files, run) else 1)


@app.command()
def growth() -> None:
    """What compiling takes, from 10 people in a week to 600 in half a year."""
    from benchmarks import growth as the_growth

    table = Table(title="compiling", title_justify="left")
    for heading in (
        "people",
        "weeks",
        "cells",
        "facts, s",
        "paths, s",
        "model, s",
        "us/cell",
        "MB",
    ):
        table.add_column(heading, justify="right")
    for one in the_growth.grow():
        whole = one.facts_seconds + one.paths_seconds
        table.add_row(
            str(one.people),
            str(one.weeks),
            str(one.cells),
            f"{one.facts_seconds:.2f}",
            f"{one.paths_seconds:.2f}",
            "" if one.model_seconds is None else f"{one.model_seconds:.2f}",
            f"{1e6 * whole / one.cells:.1f}",
            f"{one.peak_mb:.0f}",
        )
    Console().print(table)


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
    params: ParamsFile = None,
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
    figures = the_hub.measure_collaboration(request, params_of(params))
    _print(Console(), document["problem"]["name"], figures)
    if out is not None:
        out.write_text(json.dumps([asdict(f) for f in figures], indent=2) + "\n", encoding="utf-8")


@app.command()
def ablation(
    files: Annotated[
        list[Path],
        typer.Argument(help="Shift scheduling (.txt), project scheduling, or requests (.json)."),
    ],
    seconds: Annotated[float, typer.Option(help="Limit of each run.")] = 30,
    workers: Annotated[int, typer.Option(help="Cores to keep busy.")] = 2,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 1,
    part: Annotated[
        list[str] | None,
        typer.Option(help=f"Only without this part: {', '.join(the_ablation.PARTS)}."),
    ] = None,
    params: ParamsFile = None,
    out: Annotated[Path | None, typer.Option(help="Write the runs here as JSON.")] = None,
) -> None:
    """What each part of the search is worth: each instance in full, then without one part."""
    console = Console(width=140)
    usual, parts = params_of(params), part or list(the_ablation.PARTS)
    if unknown := [name for name in parts if name not in the_ablation.PARTS]:
        raise typer.BadParameter(f"{unknown[0]} is no part of the search.")
    table = Table(title=f"{seconds:g} s, {workers} workers, seed {seed}", title_justify="left")
    for heading in ("instance", "without", "values", "bounds", "value lost", "bound lost"):
        table.add_column(heading)
    for heading in ("first, s", "seconds"):
        table.add_column(heading, justify="right")
    prepared()
    runs: list[the_ablation.AblationRun] = []
    for path in files:
        request = the_ablation.read(path, seconds=seconds, workers=workers, seed=seed)
        full: the_ablation.AblationRun | None = None
        for one in the_ablation.ablate(path.stem, request, parts, usual):
            full = full or one
            cells = the_ablation.row(full, one)
            console.print(" | ".join(cells), style="dim", soft_wrap=True)
            table.add_row(*cells)
            runs.append(one)
        table.add_section()
    console.print(table)
    if out is not None:
        out.write_text(json.dumps([asdict(one) for one in runs], indent=2) + "\n", "utf-8")


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
