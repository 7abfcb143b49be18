"""Work counted in seconds of a usual machine: what `reproducible` searches measure instead of time.

The figures were measured once; they make counted and real seconds roughly equal, and are not tuned.
"""

SECONDS_PER_LABEL = 4e-9
"""What one label of a path takes to fill in."""

SECONDS_PER_PATH = 5e-5
"""What a path takes apart from its labels."""

SECONDS_PER_LP = 1e-3
"""What solving a linear program takes apart from its iterations."""

SECONDS_PER_PIVOT_ROW = 1e-7
"""What an iteration of the simplex method takes for each row."""

SECONDS_PER_ENTRY = 4e-8
"""What an iteration of the interior point method takes for each entry of the matrix."""


class Meter:
    """Counts work, so that it is the same on every run; calling it gives the seconds so far."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        """The work done so far, in seconds."""
        return self.seconds

    def paths(self, number: int, labels: int) -> None:
        """Count a number of path searches, with `labels` labels in all."""
        self.seconds += number * SECONDS_PER_PATH + labels * SECONDS_PER_LABEL

    def linear_program(self, *, pivots: int, rows: int, interior_steps: int, entries: int) -> None:
        """Count one solve of a linear program by its iterations and its size."""
        self.seconds += (
            SECONDS_PER_LP
            + pivots * rows * SECONDS_PER_PIVOT_ROW
            + interior_steps * entries * SECONDS_PER_ENTRY
        )
