"""Times as numbers mean the same as times from a list."""

import pytest

from scheduler.rulebook.example import Example
from scheduler.rules import EXAMPLES
from solver.cpsat.params import CpSatParams
from tests.agreement import disagreements

INTEGER_STARTS = CpSatParams(few_starts=0, few_starts_a_day=0)

DECIDED = [
    pytest.param(example, id=f"{kind}-{number}")
    for kind, shown in EXAMPLES.items()
    for number, example in enumerate(shown)
    if any(occasion.is_flexible for occasion in example.indexed.occasions)
]


@pytest.mark.parametrize("example", DECIDED)
def test_a_start_that_is_a_number_means_the_same(example: Example) -> None:
    """Every schedule of every drawing with an activity, as with few possible starts."""
    assert list(disagreements(example, INTEGER_STARTS)) == []
