"""The whole problem by CP-SAT, one priority at a time: schedules and bounds; and, by Dantzig-Wolfe
decomposition, bounds that the symmetry of people hides from CP-SAT."""

import time
from collections.abc import Mapping
from contextlib import nullcontext
from enum import Enum

from models.answer.report import Report
from models.facts.plan import Plan
from scheduler.search.activity_list_search import ActivityListSearch
from scheduler.search.compile import Compiled, compile_model
from scheduler.search.search_state import Disagreement, SearchState, keeps_musts
from scheduler.search.strategy import BY_CPSAT
from scheduler.search.time_slice import TimeSlice, usual
from solver.cpsat.model import Constraint
from solver.cpsat.solve import Effort, Solution, SolveStatus, complete, minimise
from solver.dantzig_wolfe.pattern_bound import DantzigWolfeBound


class TurnOutcome(Enum):
    """How the turn of a priority ended."""

    WORKED = "worked"
    """There is an incumbent, and it was worked on."""
    NO_SCHEDULE = "no schedule"
    """Nothing was found yet, and there is time left to look further."""
    IMPOSSIBLE = "impossible"
    """It was proved that no schedule keeps all musts."""
    OUT_OF_TIME = "out of time"
    """Time is over, or the search was stopped."""


class CpSatSearch:
    """The compiled model of everything, and the turns that priorities have with it."""

    def __init__(self, state: SearchState, *, large: bool) -> None:
        """With `large`, taking the model apart takes longer than settling most priorities.

        Raises:
            OutOfTime: the model could not be made in time.
        """
        began = time.monotonic()
        self._state = state
        self._params = state.params.cpsat_search
        self._compiled = compile_model(
            state.facts, state.rules, params=state.params.cpsat, over=state.time.over
        )
        self._large = large
        self._apart = time.monotonic() - began
        """Seconds that taking the model apart takes, at least as long as making it."""
        state.note_compiled(self._apart)
        self._limits: dict[int, Constraint] = {}
        for priority in self._compiled.prices:
            cost = self._compiled.cost(priority)
            if not isinstance(cost, int):
                self._limits[priority] = self._compiled.model.cp.add(
                    cost <= self._compiled.largest(priority)
                )
        self._pattern_bounds: dict[int, tuple[tuple[int, ...], DantzigWolfeBound]] = {}
        """By priority: the costs that it was made for, and the bound."""
        self._turn = TimeSlice(0.0, state.params.time_slice)
        self._best: tuple[Plan, Report] | None = None
        """The incumbent when the turn began, whose costs are its limits,"""
        self._given: dict[int, int] = {}
        """by earlier priority."""

    @property
    def priorities(self) -> list[int]:
        """All that cost anything, in order."""
        return list(self._compiled.prices)

    @property
    def compiled(self) -> Compiled:
        """The model of everything."""
        return self._compiled

    @property
    def limits(self) -> Mapping[int, Constraint]:
        """By priority, the constraint that limits its cost."""
        return self._limits

    @property
    def times_dominate(self) -> bool:
        """Whether the question is when rather than who."""
        return self._compiled.model.times.times_dominate

    def work_on(
        self,
        priority: int | None,
        share: float,
        cycle: int,
        *,
        prove: bool = True,
        beside: bool = False,
    ) -> TurnOutcome:
        """One turn of a priority, or of any schedule at all where it is None.

        Args:
            priority: whose cost is minimised.
            share: seconds of work that the turn may take at most.
            cycle: the number of the round over the priorities, from 0.
            prove: whether patterns of people are asked for a bound, too.
            beside: whether better schedules come from another search meanwhile.

        Raises:
            Disagreement: the checker and the model do not mean the same.
        """
        state = self._state
        if state.time.over():
            return TurnOutcome.OUT_OF_TIME
        if state.proved(priority):
            return TurnOutcome.WORKED
        self._limit(priority)
        # Short turns first: most priorities are settled at once, one way or the other. Where times
        # dominate, what the solver learns is worth more than a new turn, and patterns of people
        # say little.
        sliced = priority is not None and not self.times_dominate
        turn = share
        if sliced:
            turn = min(share, usual(state.limits.seconds, cycle, state.params.time_slice))
        self._minimise(priority, turn, share, beside=beside)
        if state.impossible:
            return TurnOutcome.IMPOSSIBLE
        if state.best is None:
            return TurnOutcome.OUT_OF_TIME if state.time.over() else TurnOutcome.NO_SCHEDULE
        # Taking a large model apart takes longer than settling most of its priorities.
        if prove and priority is not None and sliced and (cycle > 0 or not self._large):
            self._bound_by_patterns(priority, min(share, self._params.bound_turn * turn))
        return TurnOutcome.WORKED

    def _minimise(self, priority: int | None, turn: float, share: float, *, beside: bool) -> None:
        state = self._state
        model = self._compiled.model
        state.turn_to(priority)
        objective = 0 if priority is None else self._compiled.cost(priority)
        lists = None if priority is None else ActivityListSearch.of(state, self._compiled, priority)
        if lists is not None:
            state.describe(f"{BY_CPSAT}, beside lists of activities")
            turn -= lists.begin(turn)
        if self._best is not None:
            plan = self._best[0]
            everything = model.sum(self._compiled.cost(p) for p in self._compiled.prices)
            model.hint(plan, complete(model, plan, everything))
        self._turn = TimeSlice(turn, state.params.time_slice)
        lasting = self.times_dominate or state.limits.reproducible
        with lists.beside() if lists is not None else nullcontext():
            solution = minimise(
                model,
                objective,
                state.time.effort(
                    turn if lasting else share,
                    large=beside or (state.best is not None and self._large),
                    scheduled=lists is not None,
                ),
                stop=lambda: (
                    state.time.stop()
                    or (lists is not None and state.proved(priority))
                    or (not lasting and self._turn.over())
                ),
                found=lambda plan: self._show(plan, lists),
                bounded=lambda bound: self._heard_bound(priority, bound),
            )
        state.time.count(solution.counted_seconds, fuse_blown=solution.fuse_blown)
        if solution.plan is not None:
            report = state.offer(solution.plan, shown=True)
            self._compare(solution, report, priority)
            state.raise_bound(priority, solution.bound, self._given)
        elif solution.outcome is SolveStatus.IMPOSSIBLE:
            state.prove_impossible()

    # ------------------------------------------------------------------ Dantzig-Wolfe

    def _bound_by_patterns(self, priority: int, seconds: float) -> None:
        """Prove what symmetry hides from CP-SAT, and choose among the patterns found on the way."""
        state, params = self._state, self._params
        if not params.bound or state.proved(priority):
            return
        if state.time.seconds_left() < 2 * self._apart + state.params.budget.last_seconds:
            return  # taking the model apart cannot be stopped half-way
        self._limit(priority)  # a better schedule may have been found since the turn began
        given = dict(self._given)
        effort = state.time.effort(seconds)
        patterns = self._pattern_bound(priority, state.time.effort(params.bound_effort * seconds))
        begun = patterns.counted_seconds
        bound = patterns.improve(
            effort, state.time.stop, raised=lambda bound: state.raise_bound(priority, bound, given)
        )
        state.raise_bound(priority, bound, given)
        if patterns.closed and not state.proved(priority) and not state.time.over():
            chosen = state.time.effort(params.choice * seconds)
            plan = patterns.choose(self._compiled.cost(priority), chosen, state.time.stop)
            if plan is not None:
                state.offer(plan, shown=True)
        state.time.count(patterns.counted_seconds - begun)

    def _pattern_bound(self, priority: int, effort: Effort) -> DantzigWolfeBound:
        state = self._state
        model = self._compiled.model
        assert self._best is not None
        plan, report = self._best
        reached = tuple(cost for p, cost in report.costs.items() if p <= priority)
        known, patterns = self._pattern_bounds.get(priority, (None, None))
        if patterns is None or known != reached:
            everything = model.sum(self._compiled.cost(p) for p in self._compiled.prices)
            prices = {
                room.index: weight
                for weight, slack in self._compiled.prices[priority]
                for _, room in slack.priced
            }
            began = time.monotonic()
            patterns = DantzigWolfeBound(
                model,
                prices,
                complete(model, plan, everything),
                target=report.costs[priority],
                effort=effort,
                stop=state.time.stop,
                params=state.params.pattern_bound,
            )
            self._apart = max(self._apart, time.monotonic() - began)
            state.time.count(patterns.counted_seconds)
            self._pattern_bounds[priority] = (reached, patterns)
        return patterns

    def _limit(self, priority: int | None) -> None:
        """Make the values reached at earlier priorities limits, and those at later ones none."""
        self._best = self._state.best
        self._given = {}
        for other, limit in self._limits.items():
            most = self._compiled.largest(other)
            if self._best is not None and priority is not None and other < priority:
                most = self._given[other] = self._best[1].costs[other]
            limit.proto.linear.domain[1] = most

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

    def _show(self, plan: Plan, lists: ActivityListSearch | None) -> None:
        self._state.offer(plan, shown=False)
        if lists is not None:
            lists.offer(plan)
        self._turn.hear(better=True)

    def _heard_bound(self, priority: int | None, bound: int) -> None:
        state = self._state
        if state.best is not None:
            self._turn.hear(better=False)
        state.raise_bound(priority, bound, self._given)
