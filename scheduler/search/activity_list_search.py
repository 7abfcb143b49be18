"""The activity-list search beside CP-SAT: quick schedules where only start times are open.

The genetic algorithm itself is `solver.rcpsp.activity_lists`.
"""

import time
from contextlib import AbstractContextManager, nullcontext

from models.facts.plan import Plan
from scheduler.search.compile import Compiled
from scheduler.search.search_state import Disagreement, SearchState
from solver.arrays import Ints
from solver.rcpsp.activity_lists import ActivityListGA
from solver.rcpsp.project_tables import NoProject
from solver.rcpsp.project_view import project


class ActivityListSearch:
    """A search over activity lists for one priority; what it finds is checked and kept."""

    def __init__(self, state: SearchState, lists: ActivityListGA, priority: int) -> None:
        self._state = state
        self._lists = lists
        self._priority = priority

    @classmethod
    def of(
        cls, state: SearchState, compiled: Compiled, priority: int
    ) -> "ActivityListSearch | None":
        """For a model whose objective is the priority; None where more than times is open."""
        params = state.params
        if not compiled.model.times.numbers or not params.cpsat_search.activity_lists:
            return None
        compiled.model.cp.minimize(compiled.cost(priority))
        try:
            view = project(compiled.model, params.activity_lists)
            lists = ActivityListGA(view, state.limits.seed, params.activity_lists)
            return cls(state, lists, priority)
        except NoProject:
            return None

    def begin(self, turn: float) -> float:
        """Make good schedules to begin a turn with; the seconds of the turn that it took."""
        began, counted = time.monotonic(), self._state.limits.reproducible

        def spent() -> float:
            return self._lists.counted_seconds if counted else time.monotonic() - began

        most = self._state.params.cpsat_search.lists_share * turn
        self._lists.run(lambda: self._state.time.over() or spent() >= most, self._found)
        self._state.time.count(self._lists.counted_seconds)
        return spent()

    def beside(self) -> AbstractContextManager[None]:
        """Goes on in a thread of its own while the context lasts, where there is a core for it and
        nothing must be reproducible."""
        limits = self._state.limits
        if limits.reproducible or limits.workers < 2:
            return nullcontext()
        return self._lists.beside(
            lambda: self._state.time.over() or self._state.proved(self._priority), self._found
        )

    def offer(self, plan: Plan) -> None:
        """Go on from a schedule that CP-SAT found."""
        self._lists.offer(plan)

    def _found(self, starts: Ints, cost: int) -> None:
        plan = self._lists.project.plan(starts)
        report = self._state.offer(plan, shown=True)
        if report.broken_musts or report.costs[self._priority] > cost:
            raise Disagreement(f"a list breaks musts, or costs more than {cost}", plan.schedule())
