"""What a part is worth: the loss of value and bound, at the first priority at which they differ."""

from pathlib import Path

import pytest
import typer

from benchmarks.ablation import EVERYTHING, PARTS, AblationRun, ablate, read, worth
from benchmarks.params import params_of
from scheduler.search.params import DEFAULTS, with_values

EXAMPLES = Path(__file__).parents[2] / "examples"


def _run(values: tuple[int, ...], bounds: tuple[int, ...]) -> AblationRun:
    return AblationRun("one", "a part", values, bounds, 0.0, 1.0, "")


@pytest.mark.parametrize("part", PARTS)
def test_each_part_can_be_switched_off(part: str) -> None:
    """Its parameters are known, and differ from the usual ones."""
    assert with_values(DEFAULTS, PARTS[part]) != DEFAULTS


@pytest.mark.parametrize(
    ("full", "other", "said"),
    [
        (_run((5,), (4,)), _run((7,), (4,)), ("+2", "0")),
        (_run((5,), (4,)), _run((5,), (1,)), ("0", "+3")),
        (_run((5,), (4,)), _run((4,), (5,)), ("-1", "-1")),
        (_run((1, 5), (1, 2)), _run((1, 6), (0, 9)), ("+1 at priority 2", "+1 at priority 1")),
        (_run((1, 5), (1, 2)), _run((2, 5), (1, 9)), ("+1 at priority 1", "0")),
        (_run((5,), (4,)), _run((), ()), ("no schedule", "")),
    ],
)  # fmt: skip
def test_a_loss_is_positive(full: AblationRun, other: AblationRun, said: tuple[str, str]) -> None:
    """A bound after priorities whose values differ speaks of other schedules."""
    assert worth(full, other) == said


def test_an_instance_is_solved_in_full_and_without_a_part() -> None:
    """In a child, with the parameters handed on to it."""
    request = read(EXAMPLES / "tiny.json", seconds=60, workers=1, seed=1)
    full, other = ablate("tiny", request, ["pattern bound"], DEFAULTS)
    assert (full.without, other.without) == (EVERYTHING, "pattern bound")
    assert full.values == other.values
    assert full.values


def test_a_misspelt_parameter_is_told(tmp_path: Path) -> None:
    """Before anything is measured."""
    file = tmp_path / "params.toml"
    file.write_text("[strategy]\nfewest_cell = 3\n", encoding="utf-8")
    with pytest.raises(typer.BadParameter, match="fewest_cells"):
        params_of(file)
    file.write_text("[strategy]\nfewest_cells = 3\n", encoding="utf-8")
    assert params_of(file).strategy.fewest_cells == 3
    assert params_of(None) == DEFAULTS
