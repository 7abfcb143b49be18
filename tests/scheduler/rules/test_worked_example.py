"""The rule that docs/rules.md shows to authors is a rule that works."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from scheduler.rulebook.example import Example
from tests.agreement import disagreements

PAGE = Path(__file__).parents[3] / "docs" / "rules.md"


@pytest.fixture(scope="module")
def examples() -> Iterator[list[Example]]:
    """The drawings of the page's one Python block, run as a module."""
    (block,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    module = ModuleType("early_starts")
    sys.modules[module.__name__] = module
    exec(compile(block, str(PAGE), "exec"), module.__dict__)
    yield module.EXAMPLES
    del sys.modules[module.__name__]


def test_the_checker_says_what_the_drawings_say(examples: list[Example]) -> None:
    """Word for word, kept and broken."""
    for example in examples:
        assert [breach.sentence for breach in example.found()] == example.breaches
    assert {bool(example.breaches) for example in examples} == {True, False}


def test_encoding_and_checker_agree(examples: list[Example]) -> None:
    """On every schedule of each drawing."""
    for example in examples:
        assert list(disagreements(example)) == []


def test_it_has_a_shape(examples: list[Example]) -> None:
    """As the page says."""
    from scheduler.search.path_problem import path_problem

    assert not isinstance(path_problem(examples[0].indexed, [examples[0].rule]), str)
