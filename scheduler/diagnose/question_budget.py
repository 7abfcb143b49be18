"""How long an explanation may take, and how much of it one question may."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from models.problem.limits import Limits
from solver.cpsat.solve import Effort

ONE_QUESTION = 0.25
"""The share of what is left that one question of yes or no may take."""

ONE_MINIMUM = 0.6
"""The same of one minimisation."""

COUNTED_SECONDS = 5.0
"""Counted seconds of one question where work is counted."""


@dataclass
class Budget:
    """Seconds for some questions, and how each of them is solved."""

    seconds: float
    limits: Limits
    asked_to_stop: Callable[[], bool]
    began: float = field(default_factory=time.monotonic)

    def left(self) -> float:
        """Seconds on the clock; never below zero."""
        return max(0.0, self.began + self.seconds - time.monotonic())

    def over(self) -> bool:
        """Whether nothing more should be asked."""
        return self.left() <= 0.05 or self.asked_to_stop()

    def stop(self) -> bool:
        """Whether what is being asked should end; the solver's own limit is the clock."""
        return self.asked_to_stop()

    def part(self, share: float) -> "Budget":
        """A share of what is left."""
        return Budget(share * self.left(), self.limits, self.asked_to_stop)

    def effort(self) -> Effort:
        """How one question of yes or no is solved."""
        return self._effort(ONE_QUESTION, first_only=True)

    def whole_effort(self) -> Effort:
        """How one minimisation is solved."""
        return self._effort(ONE_MINIMUM, first_only=False)

    def _effort(self, share: float, *, first_only: bool) -> Effort:
        return Effort(
            COUNTED_SECONDS if self.limits.reproducible else share * self.left(),
            self.left(),
            self.limits.workers,
            self.limits.seed,
            counted=self.limits.reproducible,
            first_only=first_only,
        )

    def second_opinion(self) -> Effort:
        """The same by another way: one worker, another seed, no presolve."""
        return Effort(
            COUNTED_SECONDS if self.limits.reproducible else self.left(),
            self.left(),
            1,
            self.limits.seed + 1,
            counted=self.limits.reproducible,
            first_only=True,
            presolve=False,
        )
