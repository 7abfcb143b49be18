"""Times as numbers mean the same as times from a list."""

import pytest

import solver.cpsat.activity_times
from scheduler.rulebook.example import Example
from scheduler.rules import EXAMPLES
from tests.agreement import disagreements

DECIDED = [
    pytest.param(example, id=f"{kind}-{number}")
    for kind, shown in EXAMPLES.items()
    for number, example in enumerate(shown)
    if any(occasion.is_flexible for occasion in example.indexed.occasions)
]


@pytest.mark.parametrize("example", DECIDED)
def test_a_start_that_is_a_number_means_the_same(
    example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every schedule of every drawing with an activity, as with few possible starts."""
    monkeypatch.setattr(solver.cpsat.activity_times, "FEW", 0)
    monkeypatch.setattr(solver.cpsat.activity_times, "FEW_A_DAY", 0)
    assert list(disagreements(example)) == []
