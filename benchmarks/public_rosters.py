"""What the public rostering benchmarks share: one instance solved, its outcome, a table of them."""

import csv
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from models.answer.result import Progress, Result
from scheduler.child import solve_in_child
from scheduler.intake.request import RotaRequest
from scheduler.search.params import SearchParams


@dataclass(frozen=True)
class InstanceOutcome:
    """One instance, solved."""

    instance: str
    penalty: int | None
    """Of the roster, by the independent judge; none where there is no roster."""
    bound: int
    first: float | None
    """Seconds from submission to the first checked roster."""
    seconds: float
    best_known: int | None
    strategy: str = ""
    peer: int | None = None

    @property
    def ratio(self) -> float | None:
        """The penalty over the best known one."""
        if self.penalty is None or not self.best_known:
            return None
        return self.penalty / self.best_known


@dataclass(frozen=True)
class Solved:
    """What the engine made of a request, and when."""

    result: Result
    first: float | None
    seconds: float

    @property
    def bound(self) -> int:
        """Of the first priority."""
        return self.result.levels[0].bound if self.result.levels else 0

    @property
    def cost(self) -> int | None:
        """Of the first priority; none where there is no schedule."""
        if self.result.schedule is None:
            return None
        return self.result.levels[0].value if self.result.levels else 0


def solve(request: RotaRequest, params: SearchParams) -> Solved:
    """Solve a request as every request is solved, in a child process."""
    first: list[float] = []
    began = time.monotonic()

    def listen(news: Progress) -> None:
        if news.schedule is not None and not first:
            first.append(time.monotonic() - began)

    result = solve_in_child(request, listen=listen, params=params)
    return Solved(result, first[0] if first else None, time.monotonic() - began)


def write_roster(path: Path, rows: Mapping[str, Sequence[str]]) -> None:
    """A line for each person: their id, then a shift or nothing for each day."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([person, *days] for person, days in rows.items())


def best_known(path: Path) -> int | None:
    """What stands in `best_known.csv` beside an instance, in its second column."""
    table = path.parent / "best_known.csv"
    if not table.is_file():
        return None
    lines = [line for line in table.read_text().splitlines() if not line.startswith("#")]
    for row in list(csv.reader(lines))[1:]:
        if row and row[0] == path.stem:
            return int(row[1])
    return None


def print_outcomes(
    console: Console,
    title: str,
    files: Sequence[Path],
    run: Callable[[Path], InstanceOutcome],
    *,
    peer: bool = False,
) -> bool:
    """Run instances one after the other and print a table; whether all could be measured."""
    table = Table(title=title, title_justify="left")
    headings = ["instance", "penalty", "bound", "first, s", "best known", "ratio", "seconds"]
    for heading in headings + (["peer", "peer ratio"] if peer else []):
        table.add_column(heading, justify="right")
    measured = True
    for path in files:
        try:
            one = run(path)
        except Exception as error:
            console.print(f"{path.stem} was not measured: {type(error).__name__}: {error}")
            measured = False
            continue
        known = one.best_known
        cells = [
            one.instance,
            "none" if one.penalty is None else str(one.penalty),
            str(one.bound),
            "none" if one.first is None else f"{one.first:.1f}",
            "" if known is None else str(known),
            "" if one.ratio is None else f"{one.ratio:.3f}",
            f"{one.seconds:.1f}",
        ]
        if peer:
            cells.append("none" if one.peer is None else str(one.peer))
            cells.append(f"{one.peer / known:.3f}" if one.peer and known else "")
        table.add_row(*cells)
        console.print(" ".join(cells), style="dim")
    console.print(table)
    return measured
