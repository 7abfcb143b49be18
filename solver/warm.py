"""Compiles the kernel, so that no rota need wait for it: `python -m solver.warm`."""

import numpy as np

from models.facts import Facts
from models.problem import Problem
from solver.paths import Paths
from solver.replanning import Duties
from solver.sketch import Sketch
from solver.tracks import Tracks

ONE_DAY = {
    "name": "One day",
    "horizon": {"first": "2026-01-05", "last": "2026-01-05"},
    "schools": [{"id": "s", "name": "School"}],
    "people": [{"id": "a", "name": "A", "home": "s"}],
    "shifts": [
        {
            "id": "d",
            "name": "Day",
            "school": "s",
            "start": "09:00",
            "end": "15:00",
            "needs": [{"count": 1}],
        }
    ],
}
"""The smallest rota that goes through every part of the kernel."""


def warm() -> None:
    """Compile what is not compiled yet; the result is kept on disk beside the module."""
    facts = Facts(Problem.model_validate(ONE_DAY))
    tracks = Tracks(facts, Sketch(facts), lambda price: price.weight).all()
    duties = Duties(np.array([0, 3], np.int32), np.array([1, 0, 1], np.int32), 1)
    search = Paths(tracks, duties, found=lambda chosen, cost: None, bounded=lambda bound: None)
    search.run(1.0, workers=1, seed=1, stop=lambda: False, left=lambda: 60.0, counted=True)


if __name__ == "__main__":
    warm()
