"""The hub's benchmark measures what it says, and proofs count only once they stand for good."""

from benchmarks.hub import WatchedSolve, example, measure
from models.answer.result import Level


def test_a_run_measures_every_figure() -> None:
    """The tiny example has a first schedule, each of its priorities, and a process of some size."""
    figures = {one.what: one for one in measure("tiny", seconds=100, workers=2)}
    priorities = {
        f"priority {rule.priority}"
        for rule in example("tiny", seconds=100, workers=2).rules
        if rule.priority != "must"
    }
    assert priorities <= figures.keys()
    assert "none" not in {one.measured for one in figures.values()}
    assert float(figures["peak memory of the child, MB"].measured) > 0


def test_a_proof_that_is_opened_again_counts_from_its_second_time() -> None:
    """A better value at an earlier priority opens those after it; they are proved again later."""
    run = WatchedSolve(example("tiny", seconds=100, workers=2))
    closed = (Level(priority=1, value=2, bound=2), Level(priority=2, value=5, bound=5))
    run.note(closed, 1.0)
    run.note((Level(priority=1, value=1, bound=0), closed[1]), 2.0)
    assert run.proved == {}
    run.note((Level(priority=1, value=1, bound=1), closed[1]), 3.0)
    run.note((Level(priority=1, value=1, bound=1), closed[1]), 4.0)
    assert run.proved == {1: 3.0, 2: 3.0}
