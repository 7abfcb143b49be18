"""Lists of activities beside the model: quick schedules where only times are open."""

import time
from contextlib import AbstractContextManager, nullcontext

from models.facts.plan import Plan
from scheduler.search.compile import Compiled
from scheduler.search.search_state import Disagreement, SearchState
from solver.arrays import Ints
from solver.rcpsp.activity_lists import ActivityListGA
from solver.rcpsp.project_tables import NoProject
from solver.rcpsp.project_view import project

SHARE = 0.1
"""The share of a turn in which lists of activities make schedules before the model is searched."""


class ByLists:
    """A search over lists for one priority; what it finds is checked and kept."""

    def __init__(self, state: SearchState, lists: ActivityListGA, priority: int) -> None:
        self._state = state
        self._lists = lists
        self._priority = priority

    @classmethod
    def of(cls, state: SearchState, compiled: Compiled, priority: int) -> "ByLists | None":
        """For a model whose objective is the priority; None where more than times is open."""
        if not compiled.model.times.numbers:
            return None
        compiled.model.cp.minimize(compiled.cost(priority))
        try:
            return cls(state, ActivityListGA(project(compiled.model), state.limits.seed), priority)
        except NoProject:
            return None

    def begin(self, turn: float) -> float:
        """Good schedules to begin a turn with; the seconds of it that they took."""
        began, counted = time.monotonic(), self._state.limits.reproducible

        def spent() -> float:
            return self._lists.counted_seconds if counted else time.monotonic() - began

        self._lists.run(lambda: self._state.over() or spent() >= SHARE * turn, self._found)
        self._state.count(self._lists.counted_seconds)
        return spent()

    def beside(self) -> AbstractContextManager[None]:
        """Goes on on a core of its own, where there is one and nothing must be reproducible."""
        limits = self._state.limits
        if limits.reproducible or limits.workers < 2:
            return nullcontext()
        return self._lists.beside(
            lambda: self._state.over() or self._state.proved(self._priority), self._found
        )

    def offer(self, plan: Plan) -> None:
        """A schedule that the model found, to go on from."""
        self._lists.offer(plan)

    def _found(self, starts: Ints, cost: int) -> None:
        plan = self._lists.project.plan(starts)
        report = self._state.offer(plan, shown=True)
        if report.broken_musts or report.costs[self._priority] > cost:
            raise Disagreement(f"a list breaks musts, or costs more than {cost}", plan.schedule())
