"""The time of a search or an explanation: what is left on the clock, and of counted work.

A request states `Limits`. A `TimeBudget` is what is left of them, an `Effort` what one call of
CP-SAT may take of it, and a `TimeSlice` the turn of one priority.
"""

import time
from collections.abc import Callable

from models.problem.limits import Limits
from scheduler.search.params import TimeBudgetParams
from solver.cpsat.solve import Effort


class TimeBudget:
    """Seconds for a search, from when it began; asked from several threads."""

    def __init__(
        self,
        limits: Limits,
        stop: Callable[[], bool],
        *,
        seconds: float | None = None,
        began: float | None = None,
        params: TimeBudgetParams = TimeBudgetParams(),
    ) -> None:
        """
        Args:
            limits: workers, seed, and whether work is counted.
            stop: asked often; true ends the search.
            seconds: how long; that of the limits where left out.
            began: the monotonic clock's reading when it began; now where left out.
            params: what is kept for the end.
        """
        self.limits = limits
        self.stop = stop
        self.params = params
        self._seconds = limits.seconds if seconds is None else seconds
        self._began = time.monotonic() if began is None else began
        self._kept = 0.0
        self._counted = 0.0
        self._fuse_blown = False

    @property
    def fuse_blown(self) -> bool:
        """Whether work was to be counted, but the clock ended it."""
        return self._fuse_blown

    def seconds_gone(self) -> float:
        """Seconds on the clock since it began."""
        return time.monotonic() - self._began

    def seconds_left(self) -> float:
        """Seconds on the clock until the limit, or until what is kept; never below zero."""
        return max(0.0, self._seconds - self._kept - self.seconds_gone())

    def keep(self, seconds: float) -> None:
        """Keep the last seconds before the limit for what follows the search; 0 frees them."""
        self._kept = seconds

    def work_left(self) -> float:
        """Seconds of work left: of the clock's, or of counted ones, which ignore the clock."""
        if self.limits.reproducible:
            return max(0.0, self.params.counted_share * self._seconds - self._counted)
        return self.seconds_left()

    def count(self, seconds: float, *, fuse_blown: bool = False) -> None:
        """Note counted work, and whether the clock ended it; nothing where work is timed."""
        if self.limits.reproducible:
            self._counted += seconds
            self._fuse_blown = self._fuse_blown or fuse_blown

    def over(self) -> bool:
        """Whether time is over, or the search was stopped."""
        if self.seconds_left() <= self.params.nothing_left:
            self._fuse_blown = self._fuse_blown or self.limits.reproducible
            return True
        return self.stop() or self.work_left() <= self.params.nothing_left

    def effort(
        self,
        seconds: float,
        *,
        workers: int | None = None,
        seed: int | None = None,
        large: bool = False,
        scheduled: bool = False,
    ) -> Effort:
        """What one call of CP-SAT may take: some seconds of work, within all other limits."""
        return Effort(
            seconds,
            self.seconds_left(),
            self.limits.workers if workers is None else workers,
            self.limits.seed if seed is None else seed,
            counted=self.limits.reproducible,
            large=large,
            scheduled=scheduled,
        )
