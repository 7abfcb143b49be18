"""The search through the priorities, in order: an incumbent, and a bound for each priority."""

from typing import Literal

from models.facts.plan import Plan
from scheduler.search.cpsat_lns import CpSatNeighbourhoods
from scheduler.search.cpsat_search import WHOLE, CpSatSearch
from scheduler.search.path_problem import cells
from scheduler.search.path_search import search_paths
from scheduler.search.search_state import SearchState, keeps_musts

PARTS_CELLS = 20_000
"""Cells from which a model is large, and parts of a schedule are improved between two tours of
the whole."""

PARTS_SHARE = 0.6
"""The share of the time left that they take each time."""

PARTS_VAIN = 40
"""Parts tried in vain after which the whole is worth another tour."""

PARTS_TURN = 4.0
"""Seconds for one part."""

Strategy = Literal["fitting", "whole", "paths", "parts"]
"""Which search is wanted: the one that fits, or one by name."""


def search(state: SearchState, start: Plan | None, strategy: Strategy = "fitting") -> None:
    """Search until everything is proved, or time or patience ends.

    Raises:
        Disagreement: the checker and the model do not mean the same.
    """
    state.tell("compiling")
    state.strategy = WHOLE
    asked = strategy == "paths"
    fits = asked or strategy == "fitting"
    if fits and search_paths(state, start, asked=asked):
        state.tell("checking")
        return
    large = strategy == "fitting" and cells(state.facts) >= PARTS_CELLS
    whole = CpSatSearch(state, large=large)
    if start is not None:
        state.offer(start, shown=True)
    order: list[int | None] = list(whole.priorities) or [None]
    parts = _Parts(state)
    if strategy == "parts" and not state.over():
        if not whole.work_on(None, state.work_left(), 0):
            return
        parts.improve()
    tour = 0
    while order and not state.over():
        for place, chosen in enumerate(order):
            share = state.work_left() / (len(order) - place)
            if not whole.work_on(chosen, share, tour):
                return
            if state.best is None:
                break
        tour += 1
        if state.best is not None and large and not state.over():
            parts.improve()
        # Where nothing was found yet, any schedule will do.
        order = [None] if state.best is None else list(state.open())
    state.tell("checking")


class _Parts:
    """The best schedule made better a part at a time."""

    def __init__(self, state: SearchState) -> None:
        self._state = state
        self._parts: CpSatNeighbourhoods | None = None

    def improve(self) -> None:
        """Improve parts of the best schedule, one after another, for a share of what is left."""
        state = self._state
        if not state.open() or not cells(state.facts):
            return
        if self._parts is None:
            self._parts = CpSatNeighbourhoods(state.facts, state.rules, state.limits.seed)
            state.strategy += "; then parts of it at a time"
        state.priority = None
        until = state.work_left() * (1 - PARTS_SHARE)
        turn = max(0.2, min(PARTS_TURN, state.work_left() * PARTS_SHARE / 10))
        vain = 0
        while state.open() and not state.over() and vain < PARTS_VAIN:
            if state.work_left() <= until:
                return
            assert state.best is not None
            before = state.best[1].vector
            vain += 1
            plan, counted = self._parts.improve(
                *state.best,
                state.open()[0],
                lambda: state.effort(min(turn, state.work_left())),
                state.stop,
            )
            state.count(counted)
            if plan is None:
                continue
            report = state.offer(plan, shown=True)
            vain = 0 if state.best[1].vector < before else vain
            keeps_musts(plan, report, "a part")
