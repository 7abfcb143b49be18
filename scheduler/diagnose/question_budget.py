"""How long an explanation may take, and how much of it one question may."""

from scheduler.search.time_budget import TimeBudget
from solver.cpsat.solve import Effort

ONE_QUESTION = 0.25
"""The share of the time left that one question of yes or no may take."""

ONE_MINIMUM = 0.6
"""The same for one minimisation."""

COUNTED_SECONDS = 5.0
"""Counted seconds of one question where work is counted."""


class QuestionBudget(TimeBudget):
    """The time for some questions, and how each of them is solved."""

    def part(self, share: float) -> "QuestionBudget":
        """A share of the time left, from now on."""
        seconds = share * self.seconds_left()
        return QuestionBudget(self.limits, self.stop, seconds=seconds, params=self.params)

    def question(self) -> Effort:
        """How one question of yes or no is solved."""
        return self._effort(ONE_QUESTION, first_only=True)

    def minimisation(self) -> Effort:
        """How one minimisation is solved."""
        return self._effort(ONE_MINIMUM, first_only=False)

    def _effort(self, share: float, *, first_only: bool) -> Effort:
        return Effort(
            COUNTED_SECONDS if self.limits.reproducible else share * self.seconds_left(),
            self.seconds_left(),
            self.limits.workers,
            self.limits.seed,
            counted=self.limits.reproducible,
            first_only=first_only,
        )

    def second_opinion(self) -> Effort:
        """How a question is solved in another way: by one worker, another seed, no presolve."""
        return Effort(
            COUNTED_SECONDS if self.limits.reproducible else self.seconds_left(),
            self.seconds_left(),
            1,
            self.limits.seed + 1,
            counted=self.limits.reproducible,
            first_only=True,
            presolve=False,
        )
