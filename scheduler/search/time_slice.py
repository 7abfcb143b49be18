"""How long one priority is worked on before the next one has its turn."""

import time

FIRST_TURN = 1 / 20
"""The share of the time limit that a priority's first turn takes; every tour doubles it."""

LONGEST_FIRST_TURN = 3.0
"""Seconds."""

REACH = 10
"""A turn lasts so many times as long, at least, as it took until anything was heard of it."""

PATIENCE = 1 / 3
"""The share of a turn without a better schedule after which the bound gets its chance."""


def usual(limit: float, tour: int) -> float:
    """Seconds of a turn in a tour through the priorities, for a time limit."""
    return float(min(FIRST_TURN * limit, LONGEST_FIRST_TURN) * 2**tour)


class TimeSlice:
    """One search's time, counted from when it is first heard of.

    What comes before that, such as presolve, grows with the model and with all else that the
    machine does; a turn that it could use up would be for nothing.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._began = time.monotonic()
        self._heard: float | None = None
        self._better = self._began

    def hear(self, *, better: bool) -> None:
        """The search told of a bound, or of a better schedule."""
        now = time.monotonic()
        if self._heard is None:
            self._heard = self._better = now
        if better:
            self._better = now

    def over(self) -> bool:
        """Whether the turn has ended, or has found nothing better for too long."""
        if self._heard is None:
            return False
        length = max(self._seconds, REACH * (self._heard - self._began))
        now = time.monotonic()
        return now - self._heard > length or now - self._better > PATIENCE * length
