"""Parameters: as usual where a file does not name them, and no misspelt name goes unnoticed."""

from pathlib import Path

import pytest

from scheduler.search.params import DEFAULTS, UnknownParameter, read_params


def _read(folder: Path, text: str) -> object:
    file = folder / "params.toml"
    file.write_text(text, encoding="utf-8")
    return read_params(file)


def test_a_file_changes_what_it_names(tmp_path: Path) -> None:
    """And nothing else; whole numbers do for fractions, arrays for tuples."""
    (tmp_path / "some.toml").write_text(
        "[cpsat_lns]\nrun = false\nshare = 1\n[cpsat]\nextra_subsolvers = ['max_lp']\n",
        encoding="utf-8",
    )
    found = read_params(tmp_path / "some.toml")
    assert not found.cpsat_lns.run
    assert found.cpsat_lns.share == 1.0
    assert found.cpsat.extra_subsolvers == ("max_lp",)
    assert found.strategy == DEFAULTS.strategy
    assert _read(tmp_path, "") == DEFAULTS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[cpsat_ln]\nrun = false", "cpsat_ln is not known. Maybe cpsat_lns?"),
        ("[cpsat_lns]\nshre = 1", "cpsat_lns.shre is not known. Maybe cpsat_lns.share?"),
        ("[cpsat_lns]\nrun = 1", "cpsat_lns.run must be true or false."),
        ("[cpsat_lns]\nfree = 1.5", "cpsat_lns.free must be a whole number."),
        ("[cpsat]\nextra_subsolvers = [1]", "cpsat.extra_subsolvers must be an array."),
        ("cpsat = 1", "cpsat is a group. Maybe write [cpsat]?"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """With the nearest name that there is."""
    with pytest.raises(UnknownParameter) as caught:
        _read(tmp_path, text)
    assert str(caught.value) == said


def test_groups_lie_within_groups_and_arrays(tmp_path: Path) -> None:
    """As in the file, so in the parameters."""
    (tmp_path / "some.toml").write_text(
        "[roster.switches]\nannealing = false\n"
        "[roster.annealing.first_paths]\nwindow_wanting = [1, 0.5]\n",
        encoding="utf-8",
    )
    roster = read_params(tmp_path / "some.toml").roster
    assert not roster.switches.annealing
    assert roster.annealing.first_paths.window_wanting == (1.0, 0.5)
