"""How long one priority is worked on before the next one has its turn."""

import time

from scheduler.search.params import TimeSliceParams


def usual(limit: float, cycle: int, params: TimeSliceParams = TimeSliceParams()) -> float:
    """Seconds of a turn in a round over the priorities, for a time limit; rounds count from 0."""
    return float(min(params.first * limit, params.longest_first) * 2**cycle)


class TimeSlice:
    """The time of one search, counted from its first report.

    What comes before that, such as presolve, grows with the model and with everything else that
    the machine does; a turn that it could use up would be for nothing.
    """

    def __init__(self, seconds: float, params: TimeSliceParams = TimeSliceParams()) -> None:
        self._seconds = seconds
        self._params = params
        self._began = time.monotonic()
        self._heard: float | None = None
        self._better = self._began

    def hear(self, *, better: bool) -> None:
        """Note that the search has reported a bound, or a better schedule."""
        now = time.monotonic()
        if self._heard is None:
            self._heard = self._better = now
        if better:
            self._better = now

    def over(self) -> bool:
        """Whether the turn has ended, or has found nothing better for too long."""
        if self._heard is None:
            return False
        length = max(self._seconds, self._params.reach * (self._heard - self._began))
        now = time.monotonic()
        return now - self._heard > length or now - self._better > self._params.patience * length
