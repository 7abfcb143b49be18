"""The warm-up: what a search calls is compiled already, and a person can see how far that is."""

import subprocess
import sys


def test_all_that_is_compiled_is_compiled_beforehand() -> None:
    """After `python -m solver.search.warm_up` no first rota waits for the compiler."""
    script = """
import pkgutil, importlib, solver
from solver.search.warm_up import warm
warm()
KERNELS = {"solver.arrays", "solver.network.packed_tables", "solver.network.shortest_path",
           "solver.network.window_path", "solver.rcpsp.list_kernel"}
for module in pkgutil.walk_packages(solver.__path__, "solver."):
    if module.name not in KERNELS:
        for name, value in vars(importlib.import_module(module.name)).items():
            if hasattr(value, "signatures"):
                print(module.name, name, len(value.signatures))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=300
    )
    compiled = [line.split() for line in done.stdout.splitlines()]
    assert len(compiled) > 8
    assert [name for _, name, signatures in compiled if signatures == "0"] == []


def test_the_command_says_when_it_is_ready() -> None:
    """Each stage by its name, and how much was compiled."""
    done = subprocess.run(
        [sys.executable, "-m", "solver.search.warm_up"],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert "  paths: ready, " in done.stdout
    assert "  activity lists: ready, " in done.stdout
