"""The whole problem by CP-SAT, one priority at a time: schedules, bounds, and patterns of people
that prove what symmetry hides."""

import time
from contextlib import nullcontext

from models.answer.report import Report
from models.facts.plan import Plan
from scheduler.search.activity_list_search import ByLists
from scheduler.search.compile import compile_model
from scheduler.search.search_state import LAST_SECONDS, Disagreement, SearchState, keeps_musts
from scheduler.search.time_slice import TimeSlice, usual
from solver.cpsat.model import Constraint
from solver.cpsat.solve import Effort, Solution, SolveStatus, complete, minimise
from solver.dantzig_wolfe.pattern_bound import DantzigWolfeBound

WHOLE = "whole: CP-SAT over the whole problem, one priority after another"

NO_LIMIT = 10**12
"""Above any cost of a priority."""

COLUMNS_TURN = 3.0
"""How much longer the bound's turn may take; its patterns are kept from turn to turn."""


class CpSatSearch:
    """The compiled model of everything, and the turns that priorities have with it."""

    def __init__(self, state: SearchState, *, large: bool) -> None:
        """`large` tells that taking the model apart takes longer than most priorities."""
        began = time.monotonic()
        self._state = state
        self._compiled = compile_model(state.facts, state.rules)
        self._large = large
        self._apart = time.monotonic() - began
        """Seconds that taking the model apart takes, at least as long as making it."""
        self._limits: dict[int, Constraint] = {}
        for priority in self._compiled.prices:
            cost = self._compiled.cost(priority)
            if not isinstance(cost, int):
                self._limits[priority] = self._compiled.model.cp.add(cost <= NO_LIMIT)
        self._columns: dict[int, tuple[tuple[int, ...], DantzigWolfeBound]] = {}
        """By priority: the costs that it was made for, and the search."""
        self._turn = TimeSlice(0.0)

    @property
    def priorities(self) -> list[int]:
        """All that cost anything, in order."""
        return list(self._compiled.prices)

    def work_on(self, priority: int | None, share: float, tour: int) -> bool:
        """One turn of a priority; false where there is no schedule."""
        state = self._state
        if state.over():
            return state.best is not None
        self._limit(priority)
        timed = self._compiled.model.times.times_dominate
        if not state.proved(priority):
            # Short turns first: most priorities are settled at once, one way or the other. Where
            # times prevail, what is learnt is worth more than a new turn, and patterns of people
            # say little.
            usually = priority is not None and not timed
            turn = min(share, usual(state.limits.seconds, tour)) if usually else share
            solution = self._minimise(priority, turn, share)
            if state.best is None:
                state.impossible = solution.outcome is SolveStatus.IMPOSSIBLE
                return not state.impossible and not state.over()
            # Taking a large model apart takes longer than most of its priorities.
            soon = usually and (tour > 0 or not self._large)
            if soon and not state.proved(priority):
                assert priority is not None
                self._bound_by_columns(priority, min(share, COLUMNS_TURN * turn))
        return True

    def _minimise(self, priority: int | None, turn: float, share: float) -> Solution:
        state = self._state
        model = self._compiled.model
        state.priority = priority
        objective = 0 if priority is None else self._compiled.cost(priority)
        lists = None if priority is None else ByLists.of(state, self._compiled, priority)
        if lists is not None:
            state.strategy = f"{WHOLE}, beside lists of activities"
            turn -= lists.begin(turn)
        if state.best is not None:
            everything = model.sum(self._compiled.cost(p) for p in self._compiled.prices)
            model.hint(state.best[0], complete(model, state.best[0], everything))
        self._turn = TimeSlice(turn)
        lasting = model.times.times_dominate or state.limits.reproducible
        with lists.beside() if lists is not None else nullcontext():
            solution = minimise(
                model,
                objective,
                state.effort(
                    turn if lasting else share,
                    large=state.best is not None and self._large,
                    scheduled=lists is not None,
                ),
                stop=lambda: (
                    state.stop()
                    or (lists is not None and state.proved(priority))
                    or (not lasting and self._turn.over())
                ),
                found=lambda plan: self._show(plan, lists),
                bounded=lambda bound: self._heard_bound(priority, bound),
            )
        state.fuse_blown = state.fuse_blown or solution.fuse_blown
        state.count(solution.counted_seconds)
        if solution.plan is not None:
            report = state.offer(solution.plan, shown=True)
            self._compare(solution, report, priority)
            state.raise_bound(priority, solution.bound)
        elif solution.outcome is SolveStatus.IMPOSSIBLE and state.best is not None:
            raise Disagreement(
                "the solver calls impossible what the checker accepts", state.best[0].schedule()
            )
        return solution

    # ------------------------------------------------------------------ columns

    def _bound_by_columns(self, priority: int, seconds: float) -> None:
        """Prove what symmetry hides from CP-SAT, and choose among the patterns found on the way."""
        state = self._state
        assert state.best is not None
        if state.seconds_left() < 2 * self._apart + LAST_SECONDS:
            return  # taking the model apart cannot be stopped half-way
        effort = state.effort(seconds)
        columns = self._columns_for(priority, state.effort(seconds / 10))
        begun = columns.counted_seconds
        bound = columns.improve(
            effort, state.stop, raised=lambda bound: state.raise_bound(priority, bound)
        )
        state.raise_bound(priority, bound)
        if columns.closed and not state.proved(priority) and not state.over():
            chosen = state.effort(seconds / 2)
            plan = columns.choose(self._compiled.cost(priority), chosen, state.stop)
            if plan is not None:
                state.offer(plan, shown=True)
        state.count(columns.counted_seconds - begun)

    def _columns_for(self, priority: int, effort: Effort) -> DantzigWolfeBound:
        state = self._state
        model = self._compiled.model
        assert state.best is not None
        plan, report = state.best
        reached = tuple(cost for p, cost in report.costs.items() if p <= priority)
        known, columns = self._columns.get(priority, (None, None))
        if columns is None or known != reached:
            everything = model.sum(self._compiled.cost(p) for p in self._compiled.prices)
            prices = {
                room.index: weight
                for weight, slack in self._compiled.prices[priority]
                for _, room in slack.priced
            }
            began = time.monotonic()
            columns = DantzigWolfeBound(
                model,
                prices,
                complete(model, plan, everything),
                target=report.costs[priority],
                effort=effort,
                stop=state.stop,
            )
            self._apart = max(self._apart, time.monotonic() - began)
            state.count(columns.counted_seconds)
            self._columns[priority] = (reached, columns)
        return columns

    def _limit(self, priority: int | None) -> None:
        """The values reached at earlier priorities are limits; those at later ones are not."""
        state = self._state
        for other, limit in self._limits.items():
            reached = None
            if state.best is not None and priority is not None and other < priority:
                reached = state.best[1].costs[other]
            limit.proto.linear.domain[1] = NO_LIMIT if reached is None else reached

    def _compare(self, solution: Solution, report: Report, priority: int | None) -> None:
        assert solution.plan is not None
        keeps_musts(solution.plan, report, "the solver")
        evidence = solution.plan.schedule()
        if priority is None or solution.value is None:
            return
        cost = report.costs.get(priority, 0)
        if cost > solution.value:
            raise Disagreement(
                f"priority {priority}: the checker counts {cost}, the model {solution.value}",
                evidence,
            )
        if solution.outcome is SolveStatus.OPTIMAL and cost != solution.value:
            raise Disagreement(
                f"priority {priority}: proved {solution.value}, the checker counts {cost}",
                evidence,
            )

    def _show(self, plan: Plan, lists: ByLists | None) -> None:
        self._state.offer(plan, shown=False)
        if lists is not None:
            lists.offer(plan)
        self._turn.hear(better=True)

    def _heard_bound(self, priority: int | None, bound: int) -> None:
        state = self._state
        if state.best is not None:
            self._turn.hear(better=False)
        state.raise_bound(priority, bound)
