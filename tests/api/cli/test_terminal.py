"""What a terminal shows while a search runs, and how it is stopped."""

import io
import os
import signal

import pytest
from rich.console import Console

from api.cli import terminal
from models.answer.result import Level, Progress


def news(value: int, bound: int = 0) -> Progress:
    """Progress at one priority."""
    level = Level(priority=1, title="Cover", value=value, bound=bound)
    return Progress(seconds=1, stage="solving", priority=1, levels=(level,))


def test_a_request_to_end_keeps_the_best_too() -> None:
    """`timeout`, or the one that stops a container, sends one."""
    before = signal.getsignal(signal.SIGTERM)
    with terminal.stoppable() as asked:
        os.kill(os.getpid(), signal.SIGTERM)
        assert asked.is_set()
        assert signal.getsignal(signal.SIGTERM) == before
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_first_interrupt_asks_and_a_second_one_ends() -> None:
    """And afterwards everything is as it was."""
    # What runs in the background of a shell has interrupts ignored.
    at_first = signal.signal(signal.SIGINT, signal.default_int_handler)
    with terminal.stoppable() as asked:
        assert not asked.is_set()
        os.kill(os.getpid(), signal.SIGINT)
        assert asked.is_set()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert signal.signal(signal.SIGINT, at_first) is signal.default_int_handler


def test_elsewhere_than_on_a_terminal_each_value_is_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Said once, on standard error."""
    with terminal.progress() as listen:
        for value in (3, 3, 2):
            listen(news(value))
    said = capsys.readouterr()
    assert not said.out
    title, *lines = said.err.splitlines()
    assert title.strip() == "priority 1 Cover"
    assert [line[-8:] for line in lines] == ["1: 3 (0)", "1: 2 (0)"]


def test_a_terminal_shows_the_latest_values(monkeypatch: pytest.MonkeyPatch) -> None:
    """Value, bound and whether it is proved."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80)
    monkeypatch.setattr(terminal, "Console", lambda stderr: console)
    with terminal.progress() as listen:
        listen(news(17))
        listen(news(16, 16))
    assert "17" in screen.getvalue()
    assert "proved" in screen.getvalue().rpartition("16")[2]
