"""Lexicographic optimisation: the priorities in order, each with an incumbent and a bound.

The value that a priority has reached is a limit for those after it, so that a later priority never
costs an earlier one anything. Nothing waits for a proof: each priority gets a turn, and rounds over
those that are still open follow until all are proved or time is over.
"""

from models.facts.plan import Plan
from scheduler.search.cpsat_lns import CpSatNeighbourhoods
from scheduler.search.cpsat_search import CpSatSearch, TurnOutcome
from scheduler.search.path_search import search_paths
from scheduler.search.search_state import SearchState, keeps_musts
from scheduler.search.strategy import BY_CPSAT, Strategy, StrategyChoice, choose


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
    cpsat = CpSatSearch(state, large=choice.lns_between)
    if start is not None:
        state.offer(start, shown=True)
    lns = _CpSatLns(state, choice.size)
    if choice.lns_first and not state.time.over():
        if cpsat.work_on(None, state.time.work_left(), 0) is not TurnOutcome.WORKED:
            return
        lns.improve()
    cycle = 0
    order: list[int | None] = list(cpsat.priorities) or [None]
    while order and not state.time.over():
        for place, priority in enumerate(order):
            share = state.time.work_left() / (len(order) - place)
            outcome = cpsat.work_on(priority, share, cycle)
            if outcome in (TurnOutcome.IMPOSSIBLE, TurnOutcome.OUT_OF_TIME):
                return
            if outcome is TurnOutcome.NO_SCHEDULE:
                break
        cycle += 1
        if state.best is not None and choice.lns_between and not state.time.over():
            lns.improve()
        # Where nothing was found yet, any schedule will do.
        order = [None] if state.best is None else list(state.open())


class _CpSatLns:
    """Large neighbourhood search over CP-SAT: the incumbent improved a neighbourhood at a time."""

    def __init__(self, state: SearchState, size: int) -> None:
        self._state = state
        self._size = size
        self._params = state.params.cpsat_lns
        self._neighbourhoods: CpSatNeighbourhoods | None = None

    def improve(self) -> None:
        """Improve one neighbourhood after another, for a share of the time left."""
        state, params = self._state, self._params
        if not params.run or not state.open() or not self._size:
            return
        if self._neighbourhoods is None:
            self._neighbourhoods = CpSatNeighbourhoods(
                state.facts, state.rules, state.limits.seed, state.params
            )
            state.describe_further("; then parts of it at a time")
        state.turn_to(None)
        left = state.time.work_left()
        until = left * (1 - params.share)
        turn = max(
            params.least_seconds,
            min(params.neighbourhood_seconds, left * params.share * params.each),
        )
        in_vain = 0
        while state.open() and not state.time.over() and in_vain < params.in_vain:
            if state.time.work_left() <= until:
                return
            improved = self._improve_one(self._neighbourhoods, turn)
            in_vain = 0 if improved else in_vain + 1

    def _improve_one(self, neighbourhoods: CpSatNeighbourhoods, turn: float) -> bool:
        """Solve one neighbourhood; whether it made the incumbent better."""
        state = self._state
        assert state.best is not None
        before = state.best[1].vector
        plan, counted = neighbourhoods.improve(
            *state.best,
            state.open()[0],
            lambda: state.time.effort(min(turn, state.time.work_left())),
            state.time.stop,
        )
        state.time.count(counted)
        if plan is None:
            return False
        report = state.offer(plan, shown=True)
        keeps_musts(plan, report, "a neighbourhood")
        return state.best[1].vector < before
