"""Work counted in seconds of a usual machine."""

SECONDS_PER_VALUE = 4e-9
"""What a value of a path takes to fill in, roughly."""


SECONDS_PER_PATH = 5e-5
"""What a path takes besides."""


class Meter:
    """Work counted in seconds of a usual machine, so that it is the same on every run."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        """The work done so far."""
        return self.seconds

    def paths(self, number: int, values: int) -> None:
        """So many paths were searched for, among so many values in all."""
        self.seconds += number * SECONDS_PER_PATH + values * SECONDS_PER_VALUE
