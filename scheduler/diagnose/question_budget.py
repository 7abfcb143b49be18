"""How long an explanation may take, and how much of it one question may."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from models.facts.facts import Facts
from models.problem.limits import Limits
from scheduler.rulebook.rule import Rule
from scheduler.search.compile import Compiled, LeaveOut, compile_model
from scheduler.search.params import TimeBudgetParams
from scheduler.search.time_budget import TimeBudget
from solver.cpsat.slack import OutOfTime
from solver.cpsat.solve import Effort

ONE_QUESTION = 0.25
"""The share of the time left that one question of yes or no may take."""

ONE_MINIMUM = 0.6
"""The same for one minimisation."""

COUNTED_SECONDS = 5.0
"""Counted seconds of one question where work is counted."""


class QuestionBudget(TimeBudget):
    """The time for some questions, and how each of them is solved."""

    def __init__(
        self,
        limits: Limits,
        stop: Callable[[], bool],
        *,
        seconds: float,
        compiling: float = 0.0,
        params: TimeBudgetParams = TimeBudgetParams(),
    ) -> None:
        """
        Args:
            limits: workers, seed, and whether work is counted.
            stop: asked often; true ends all questions.
            seconds: how long they may take.
            compiling: seconds that a model of the whole took to compile, as far as is known.
            params: what is kept for the end.
        """
        super().__init__(limits, stop, seconds=seconds, params=params)
        self.whole: TimeBudget = self
        """What this is a part of, or itself."""
        self.longest = [compiling]
        """Seconds that the longest compilation took; all parts of a budget share it."""

    def part(self, share: float) -> QuestionBudget:
        """A share of the time left, from now on."""
        seconds = share * self.seconds_left()
        found = QuestionBudget(self.limits, self.stop, seconds=seconds, params=self.params)
        found.whole, found.longest = self.whole, self.longest
        return found

    def over(self) -> bool:
        """Whether time is over, the search was stopped, or no model would be compiled in time."""
        return super().over() or self.whole.seconds_left() < self.longest[0]

    def compile(
        self, facts: Facts, rules: Sequence[Rule], leave_out: LeaveOut | None = None
    ) -> Compiled | None:
        """A model of some rules; None where time ends before it is made."""
        began = time.monotonic()
        try:
            return compile_model(facts, rules, leave_out=leave_out, over=self._ended)
        except OutOfTime:
            return None
        finally:
            self.longest[0] = max(self.longest[0], time.monotonic() - began)

    def _ended(self) -> bool:
        return TimeBudget.over(self.whole)

    def question(self) -> Effort:
        """How one question of yes or no is solved."""
        return self._effort(ONE_QUESTION, first_only=True)

    def minimisation(self, *, last: bool = False) -> Effort:
        """How one minimisation is solved; the last one may take all the time that is left."""
        return self._effort(1.0 if last else ONE_MINIMUM, first_only=False)

    def _effort(self, share: float, *, first_only: bool) -> Effort:
        return Effort(
            COUNTED_SECONDS if self.limits.reproducible else share * self.seconds_left(),
            self.seconds_left(),
            self.limits.workers,
            self.limits.seed,
            counted=self.limits.reproducible,
            first_only=first_only,
        )

    def second_opinion(self, share: float, *, presolve: bool) -> Effort:
        """How a question is solved in another way: by one worker, another seed, perhaps without
        presolve."""
        return Effort(
            COUNTED_SECONDS if self.limits.reproducible else share * self.seconds_left(),
            self.seconds_left(),
            1,
            self.limits.seed + 1,
            counted=self.limits.reproducible,
            first_only=True,
            presolve=presolve,
        )
