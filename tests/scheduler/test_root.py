"""The names at the root: what they say they are, imported when they are first asked for."""

import subprocess
import sys
from importlib import import_module

import pytest

import scheduler
from tests.service.requests import small


@pytest.mark.parametrize("name", scheduler.__all__)
def test_each_name_is_there(name: str) -> None:
    """And is what its own module says."""
    found = getattr(scheduler, name)
    assert getattr(import_module(found.__module__), name) is found


def test_no_other_name_is_there() -> None:
    """As of any module."""
    with pytest.raises(AttributeError, match="no attribute 'scheduel'"):
        _ = scheduler.scheduel


def test_reading_and_checking_bring_no_solver() -> None:
    """Only `schedule` does."""
    code = (
        "import sys\n"
        "from scheduler import Case, check, read_request\n"
        f"assert check and Case(read_request({small()!r})).facts\n"
        "assert 'ortools' not in sys.modules, 'before'\n"
        "from scheduler import schedule\n"
        "assert 'ortools' in sys.modules, 'after'\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
