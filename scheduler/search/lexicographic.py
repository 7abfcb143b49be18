"""The search through the priorities, in order: an incumbent, and a bound for each priority."""

from typing import Literal

from models.facts.plan import Plan
from scheduler.search.cpsat_lns import Neighbourhoods
from scheduler.search.cpsat_search import WHOLE, Whole
from scheduler.search.path_problem import cells
from scheduler.search.path_search import search_paths
from scheduler.search.search_state import Standing, keeps_musts

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


def search(standing: Standing, start: Plan | None, strategy: Strategy = "fitting") -> None:
    """Search until everything is proved, or time or patience ends.

    Raises:
        Disagreement: the checker and the model do not mean the same.
    """
    standing.tell("compiling")
    standing.strategy = WHOLE
    asked = strategy == "paths"
    fits = asked or strategy == "fitting"
    if fits and search_paths(standing, start, asked=asked):
        standing.tell("checking")
        return
    large = strategy == "fitting" and cells(standing.facts) >= PARTS_CELLS
    whole = Whole(standing, large=large)
    if start is not None:
        standing.offer(start, shown=True)
    order: list[int | None] = list(whole.priorities) or [None]
    parts = _Parts(standing)
    if strategy == "parts" and not standing.over():
        if not whole.work_on(None, standing.work_left(), 0):
            return
        parts.improve()
    tour = 0
    while order and not standing.over():
        for place, chosen in enumerate(order):
            share = standing.work_left() / (len(order) - place)
            if not whole.work_on(chosen, share, tour):
                return
            if standing.best is None:
                break
        tour += 1
        if standing.best is not None and large and not standing.over():
            parts.improve()
        # Where nothing was found yet, any schedule will do.
        order = [None] if standing.best is None else list(standing.open())
    standing.tell("checking")


class _Parts:
    """The best schedule made better a part at a time."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._parts: Neighbourhoods | None = None

    def improve(self) -> None:
        """Improve parts of the best schedule, one after another, for a share of what is left."""
        standing = self._standing
        if not standing.open() or not cells(standing.facts):
            return
        if self._parts is None:
            self._parts = Neighbourhoods(standing.facts, standing.rules, standing.limits.seed)
            standing.strategy += "; then parts of it at a time"
        standing.priority = None
        until = standing.work_left() * (1 - PARTS_SHARE)
        turn = max(0.2, min(PARTS_TURN, standing.work_left() * PARTS_SHARE / 10))
        vain = 0
        while standing.open() and not standing.over() and vain < PARTS_VAIN:
            if standing.work_left() <= until:
                return
            assert standing.best is not None
            before = standing.best[1].vector
            vain += 1
            plan, counted = self._parts.improve(
                *standing.best,
                standing.open()[0],
                lambda: standing.effort(min(turn, standing.work_left())),
                standing.stop,
            )
            standing.count(counted)
            if plan is None:
                continue
            report = standing.offer(plan, shown=True)
            vain = 0 if standing.best[1].vector < before else vain
            keeps_musts(plan, report, "a part")
