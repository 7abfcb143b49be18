"""How much a rule's `encode` and its `check` share beside the fields.

A function that both call says *what* is counted: which stints, which days, which pairs. *How* it is
counted is written twice. Agreement cannot see a fault in a shared function, only a drawing can, so
the fewer a rule has, the better.
"""

import ast
import inspect

import pytest

from scheduler.rules import RULES

MOST_SHARED = 3
"""Functions that a rule may share between the two."""

MORE = {
    "bookings_kept": 5,
    "activities_per_period": 5,
    "handover": 4,
    "in_charge": 4,
    "no_return_visits": 5,
    "presence_of_each_school": 5,
    "seconded": 4,
}
"""Rules that share more. These numbers only ever fall."""


def shared(kind: str) -> set[str]:
    """Functions of a rule's file that are reached from `encode` and from `check`."""
    module = inspect.getmodule(RULES[kind])
    assert module is not None
    tree = ast.parse(inspect.getsource(module))
    functions = {n.name: n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)}

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        todo = [start]
        while todo:
            for node in ast.walk(functions[todo.pop()]):
                name = getattr(node, "attr", getattr(node, "id", None))
                if name in functions and name not in seen and name.startswith("_"):
                    seen.add(name)
                    todo.append(name)
        return seen

    return reached("encode") & reached("check")


@pytest.mark.parametrize("kind", RULES)
def test_encode_and_check_share_little(kind: str) -> None:
    """At most three functions, or the number that is written down."""
    number = len(shared(kind))
    if kind in MORE:
        assert number == MORE[kind]
    else:
        assert number <= MOST_SHARED
