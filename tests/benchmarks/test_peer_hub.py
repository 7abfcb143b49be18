"""The comparison with the peer: what the peer writes is judged by the checker, for every seed."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.hub import example
from benchmarks.peer_hub import SEEDS, side_by_side

EMPTY = """#!{python}
import json, sys
request, seconds, answer, seed = sys.argv[-4:]
assert json.load(open(request))["rules"][0]["kind"]
if seed == {fails!r}:
    sys.exit("no")
json.dump({{"placements": []}}, open(answer, "w"))
"""


def _java(folder: Path, monkeypatch: pytest.MonkeyPatch, fails: str = "") -> None:
    """A program named java that answers with an empty schedule."""
    file = folder / "java"
    file.write_text(EMPTY.format(python=sys.executable, fails=fails), encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


def test_both_are_judged_alike(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs for each seed; the empty schedule breaks no must and covers nothing."""
    _java(tmp_path, monkeypatch)
    request = example("tiny", seconds=20, workers=1)
    runs = list(side_by_side(request, tmp_path, seconds=20))
    assert [run.seed for run in runs] == [seed for seed in SEEDS for _ in "ab"]
    ours, theirs = runs[0], runs[1]
    assert ours.bounds == ours.values
    assert theirs.bounds == ()
    assert ours.broken == theirs.broken == 0
    assert ours.values < theirs.values


def test_a_peer_that_fails_is_not_a_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an error, not an empty schedule."""
    _java(tmp_path, monkeypatch, fails="1")
    runs = side_by_side(example("tiny", seconds=20, workers=1), tmp_path, seconds=20)
    assert next(runs).who == "schoolrota"
    with pytest.raises(subprocess.CalledProcessError):
        next(runs)
