"""Lexicographic optimisation: the priorities in order, each with an incumbent and a bound.

The value that a priority has reached is a limit for those after it, so that a later priority never
costs an earlier one anything. Nothing waits for a proof: each priority gets a turn, and rounds over
those that are still open follow until all are proved or time is over.
"""

import dataclasses

from models.facts.plan import Plan
from scheduler.search.cpsat_lns import CpSatLns
from scheduler.search.cpsat_search import CpSatSearch, TurnOutcome
from scheduler.search.path_search import search_paths
from scheduler.search.repair import RepairByFixing, RepairInParts
from scheduler.search.search_state import SearchState
from scheduler.search.strategy import BY_CPSAT, Strategy, StrategyChoice, choose
from solver.cpsat.slack import OutOfTime


def search(state: SearchState, start: Plan | None, strategy: Strategy = "auto") -> None:
    """Search until everything is proved, or time or patience ends.

    Raises:
        Disagreement: the checker and the model do not mean the same.
    """
    state.show("compiling")
    state.describe(BY_CPSAT)
    choice = choose(state.facts, strategy, state.params.strategy)
    if not search_paths(state, start, choice):
        _search_by_cpsat(state, start, choice)
    if state.best is not None:
        state.show("checking")


def _search_by_cpsat(state: SearchState, start: Plan | None, choice: StrategyChoice) -> None:
    if start is not None:
        state.offer(start, shown=True)
    try:
        cpsat = CpSatSearch(state, large=choice.large)
    except OutOfTime:
        state.describe_further("; there was no time to make the model of the whole")
        return
    lns = _neighbourhoods(state, cpsat, choice)
    if choice.lns_first and not state.time.over():
        if cpsat.work_on(None, state.time.work_left(), 0) is not TurnOutcome.WORKED:
            return
        lns.improve()
    cycle = 0
    order: list[int | None] = list(cpsat.priorities) or [None]
    while order and not state.time.over():
        # Values before proofs: nothing is done for bounds alone in the first round.
        prove = cycle > 0 or cpsat.times_dominate
        for place, priority in enumerate(order):
            share = state.time.work_left() / (len(order) - place)
            with lns.beside() as beside:
                outcome = cpsat.work_on(priority, share, cycle, prove=prove, beside=beside)
            if outcome in (TurnOutcome.IMPOSSIBLE, TurnOutcome.OUT_OF_TIME):
                return
            if outcome is TurnOutcome.NO_SCHEDULE:
                break
        cycle += 1
        lns.improve()
        # Where nothing was found yet, any schedule will do.
        order = [None] if state.best is None else list(state.open())


def _neighbourhoods(state: SearchState, cpsat: CpSatSearch, choice: StrategyChoice) -> CpSatLns:
    """Large neighbourhood search, in the way that fits the size of the model."""
    params = state.params.cpsat_lns
    if not choice.lns or cpsat.times_dominate:
        params = dataclasses.replace(params, run=False)
    if choice.large:
        parts = RepairInParts(state.facts, state.rules, state.params)
        return CpSatLns(state, parts, params, params.free_in_parts)
    fixing = RepairByFixing(cpsat.compiled, cpsat.limits, params)
    return CpSatLns(state, fixing, params, params.free)
