"""Shows progress on a terminal while a search runs, and stops the search on Ctrl-C."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console
from rich.live import Live
from rich.table import Table

from models.answer.result import Level, Progress


@contextmanager
def progress() -> Iterator[Callable[[Progress], None]]:
    """Shows each priority's value and bound on standard error; yields the listener.

    On a terminal one table is kept up to date; elsewhere each stage and each new value is a line.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _Lines(console)
        return
    with Live(console=console, transient=True, auto_refresh=False) as live:
        yield lambda news: live.update(_drawn(news), refresh=True)


@contextmanager
def stoppable() -> Iterator[threading.Event]:
    """The first Ctrl-C or SIGTERM sets the event; a second one ends the process as usual."""
    asked = threading.Event()

    def ask(number: int, _frame: FrameType | None) -> None:
        asked.set()
        signal.signal(number, usual[signal.Signals(number)])

    usual = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in usual.items():
            signal.signal(number, handler)


class _Lines:
    """Write a line whenever a stage begins or a value changes, with the bounds known by then; what
    the priorities are called stands once before them."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._values: list[int] = []
        self._stage = "solving"

    def __call__(self, news: Progress) -> None:
        values = [level.value for level in news.levels]
        if values != self._values:
            if not self._values:
                for level in news.levels:
                    self._console.print(f"  priority {_named(level)}", highlight=False)
            self._values = values
            told = ", ".join(f"{x.priority}: {x.value} ({x.bound})" for x in news.levels)
            self._console.print(
                f"{news.seconds:.1f} s  {news.stage}  priority: value (bound)  {told}",
                highlight=False,
                soft_wrap=True,
            )
        elif news.stage != self._stage:
            self._console.print(f"{news.seconds:.1f} s  {news.stage}", highlight=False)
        self._stage = news.stage


def _drawn(news: Progress) -> Table:
    table = Table(title=f"{news.stage}, {news.seconds:.1f} s; Ctrl-C stops and keeps the best")
    for column in ("Priority", "Value", "Bound", ""):
        table.add_column(column, justify="right" if column in ("Value", "Bound") else "left")
    for level in news.levels:
        state = "proved" if level.proved else "working" if level.priority == news.priority else ""
        table.add_row(_named(level), str(level.value), str(level.bound), state)
    return table


def _named(level: Level) -> str:
    return f"{level.priority} {level.title}".rstrip()
