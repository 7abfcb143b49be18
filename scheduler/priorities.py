"""The search through the priorities, in order: an incumbent, and a bound for each priority."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Literal

from models.facts import Facts
from models.plan import Plan
from models.report import Report
from models.result import Level, Progress, still_proved
from models.schedule import Schedule
from scheduler.check import check
from scheduler.compile import Compiled, compile_model
from scheduler.neighbourhoods import Neighbourhoods
from scheduler.request import Limits
from scheduler.rule import Rule
from scheduler.strategies import (
    FEWEST_CELLS,
    MOST_CELLS,
    PATHS_ALONE,
    PathProblem,
    cells,
    path_problem,
)
from scheduler.turns import Turn, usual
from solver.columns import Columns
from solver.kernel import Ints
from solver.lists import Lists
from solver.model import Constraint
from solver.project import NoProject, project
from solver.solve import Effort, Outcome, Solution, complete, minimise

SHOWN_EVERY = 2.0
"""Seconds between two incumbents that are checked and shown while a search runs."""

COUNTED_SHARE = 0.7
"""Counted seconds per second of the limit, so that the clock's fuse rarely blows."""

NO_LIMIT = 10**12
"""Above any cost of a priority."""

COLUMNS_TURN = 3.0
"""How much longer the bound's turn may take; its patterns are kept from turn to turn."""

PATHS_SHARE = 0.5
"""The share of the time for paths where the model can still add to what they find."""

PATHS_GLANCE = 1 / 300
"""The same where paths were asked for by name."""

LISTS_SHARE = 0.1
"""The share of a turn in which lists of activities make schedules before the model is searched."""

LAST_SECONDS = 0.3
"""Seconds kept for the last check."""

WHOLE = "whole: CP-SAT over the whole problem, one priority after another"

PARTS_CELLS = 20_000
"""Cells from which a model is large, and parts of a schedule are improved between two tours of
the whole."""

PARTS_SHARE = 0.6
"""The share of the time left that they take each time."""

PARTS_VAIN = 40
"""Parts tried in vain after which the whole is worth another tour."""

PROOFS = 0.2
"""The share of the time for paths in which all priorities but the last are proved."""

PARTS_TURN = 4.0
"""Seconds for one part."""

Strategy = Literal["fitting", "whole", "paths", "parts"]
"""Which search is wanted: the one that fits, or one by name."""


class Disagreement(Exception):
    """The checker and the model do not mean the same. Keeps the schedule as evidence."""

    def __init__(self, message: str, schedule: Schedule | None) -> None:
        super().__init__(message)
        self.schedule = schedule


class Search:
    """One request's search; `best` is the best checked plan with its report."""

    def __init__(
        self,
        facts: Facts,
        rules: Sequence[Rule],
        limits: Limits,
        *,
        began: float,
        listen: Callable[[Progress], None],
        stop: Callable[[], bool],
        known: Sequence[Level] = (),
        strategy: Strategy = "fitting",
    ) -> None:
        self.facts = facts
        self.rules = rules
        self.limits = limits
        self.stop = stop
        self.best: tuple[Plan, Report] | None = None
        self.impossible = False
        self.fuse_blown = False
        self.first_seconds: float | None = None
        self.strategy = WHOLE
        self._wanted = strategy
        self._apart = 0.0
        """Seconds that taking the model apart takes, at least as long as making it."""
        self._checking = 0.0
        """Seconds that the last check took."""
        self._began = began
        self._listen = listen
        self._lock = threading.Lock()
        self._known = known
        """Values and bounds that an earlier search proved."""
        self._bounds: dict[int, int] = {}
        """By priority: proved among schedules that do as well as the best one before it."""
        self._limits: dict[int, Constraint] = {}
        self._columns: dict[int, tuple[tuple[int, ...], Columns]] = {}
        """By priority: the costs that it was made for, and the search."""
        self._parts: Neighbourhoods | None = None
        self._counted = 0.0
        self._priority: int | None = None
        self._last_shown = 0.0
        self._turn = Turn(0.0)

    # ------------------------------------------------------------------ what is known

    def seconds_left(self) -> float:
        """Seconds on the clock until the limit; never below zero."""
        return max(0.0, self._began + self.limits.seconds - time.monotonic())

    def _work_left(self) -> float:
        """Seconds of work left: of the clock's, or of counted ones, which ignore the clock."""
        if self.limits.reproducible:
            return max(0.0, COUNTED_SHARE * self.limits.seconds - self._counted)
        return self.seconds_left()

    def levels(self) -> tuple[Level, ...]:
        """Value and bound of every priority, in order."""
        if self.best is None:
            return ()
        costs = self.best[1].costs
        return tuple(
            Level(priority=priority, value=value, bound=min(value, self._bounds.get(priority, 0)))
            for priority, value in costs.items()
        )

    def _open(self) -> list[int]:
        return [level.priority for level in self.levels() if not level.proved]

    def _over(self) -> bool:
        if self.seconds_left() <= 0.05:
            self.fuse_blown = self.fuse_blown or self.limits.reproducible
            return True
        return self.stop() or self._work_left() <= 0.05

    # ------------------------------------------------------------------ the search

    def run(self, start: Plan | None) -> None:
        """Search until everything is proved, or time or patience ends."""
        self._tell("compiling")
        if self._by_paths(start):
            self._tell("checking")
            return
        began = time.monotonic()
        compiled = compile_model(self.facts, self.rules)
        self._apart = time.monotonic() - began
        for priority in compiled.prices:
            cost = compiled.cost(priority)
            if not isinstance(cost, int):
                self._limits[priority] = compiled.model.cp.add(cost <= NO_LIMIT)
        if start is not None:
            self._offer(start, shown=True)
        order: list[int | None] = list(compiled.prices) or [None]
        if self._wanted == "parts" and not self._over():
            if not self._work_on(compiled, None, self._work_left(), 0):
                return
            self._by_parts()
        tour = 0
        while order and not self._over():
            for place, chosen in enumerate(order):
                share = self._work_left() / (len(order) - place)
                if not self._work_on(compiled, chosen, share, tour):
                    return
                if self.best is None:
                    break
            tour += 1
            if self.best is not None and self._large() and not self._over():
                self._by_parts()
            # Where nothing was found yet, any schedule will do.
            order = [None] if self.best is None else list(self._open())
        self._tell("checking")

    def _by_paths(self, start: Plan | None) -> bool:
        """Search over whole paths where that fits; whether it was the whole search."""
        size = cells(self.facts)
        fits = self._wanted == "fitting" and size >= FEWEST_CELLS
        if not fits and self._wanted != "paths":
            return False
        problem = path_problem(self.facts, self.rules)
        if isinstance(problem, str):
            self.strategy = f"{WHOLE}, because {problem}"
            return False
        alone = size >= PATHS_ALONE
        single = len(problem.priorities) == 1
        scale = problem.duties.scale

        def found(chosen: Sequence[Ints], cost: int) -> None:
            if not self._due() or not problem.keeps_musts(chosen):
                return
            plan = problem.plan(chosen)
            self._agree(plan, self._offer(plan, shown=False), cost / scale if single else None)

        search = problem.search(found, partial(self._bound_by_paths, problem))
        begun = time.monotonic()
        share = 1.0 if alone else PATHS_SHARE if size >= FEWEST_CELLS else PATHS_GLANCE
        budget = self._work_left() * share
        proving = 0.0 if single else PROOFS * budget
        search.run(
            budget - proving,
            workers=self.limits.workers,
            seed=self.limits.seed,
            stop=self.stop,
            left=lambda: self.seconds_left() - max(LAST_SECONDS, 3 * self._checking),
            counted=self.limits.reproducible,
            start=None if start is None else problem.roster(start),
        )
        self._counted += search.meter.seconds if self.limits.reproducible else 0.0
        if search.incumbent.best is None or not problem.keeps_musts(search.incumbent.best):
            self.strategy = f"{WHOLE}, because no path was found for somebody"
            # A model of everything would be made long after the time is over.
            return size >= MOST_CELLS and self._over()
        plan = problem.plan(search.incumbent.best)
        self._agree(plan, self._offer(plan, shown=True), search.incumbent.cost / scale if single else None)
        # The best one may do better before the last priority than when the bound was found.
        self._bound_by_paths(problem, search.incumbent.bound)
        self._prove_earlier(problem, proving)
        seconds = time.monotonic() - begun
        self.strategy = f"paths: whole paths of people, exchanged and replanned, {seconds:.1f} s"
        if not self._open():
            return True
        if not alone or (self.seconds_left() > 1 and size < MOST_CELLS):
            self.strategy += "; then the whole by CP-SAT"
            return False
        return True

    def _bound_by_paths(self, problem: PathProblem, bound: int) -> None:
        """What a bound of whole rosters says of the last priority."""
        if self.best is not None and problem.priorities:
            least = problem.least(bound, self.best[1].costs)
            self._raise_bound(problem.priorities[-1], least)

    def _prove_earlier(self, problem: PathProblem, seconds: float) -> None:
        """Bounds of all priorities but the last, by columns alone: what comes later is left out."""
        for place, priority in enumerate(problem.priorities[:-1]):
            if self._proved(priority) or self._over():
                continue
            rules = [r for r in self.rules if r.priority == "must" or r.priority <= priority]
            alone = path_problem(self.facts, rules)
            if isinstance(alone, str):
                return
            search = alone.search(lambda chosen, cost: None, partial(self._bound_by_paths, alone))
            search.prove(
                seconds / (len(problem.priorities) - 1 - place),
                seed=self.limits.seed,
                stop=self.stop,
                left=self.seconds_left,
                counted=self.limits.reproducible,
            )
            self._counted += search.meter.seconds if self.limits.reproducible else 0.0

    def _large(self) -> bool:
        return self._wanted == "fitting" and cells(self.facts) >= PARTS_CELLS

    def _by_parts(self) -> None:
        """Improve parts of the best schedule, one after another, for a share of what is left."""
        if not self._open() or not cells(self.facts):
            return
        if self._parts is None:
            self._parts = Neighbourhoods(self.facts, self.rules, self.limits.seed)
            self.strategy += "; then parts of it at a time"
        self._priority = None
        until = self._work_left() * (1 - PARTS_SHARE)
        turn = max(0.2, min(PARTS_TURN, self._work_left() * PARTS_SHARE / 10))
        vain = 0
        while self._open() and not self._over() and self._work_left() > until and vain < PARTS_VAIN:
            assert self.best is not None
            before = self.best[1].vector
            vain += 1
            plan, counted = self._parts.improve(
                *self.best,
                self._open()[0],
                lambda: self._effort(min(turn, self._work_left())),
                self.stop,
            )
            self._counted += counted
            if plan is None:
                continue
            report = self._offer(plan, shown=True)
            vain = 0 if self.best[1].vector < before else vain
            if report.broken_musts:
                kinds = sorted(
                    {f.kind for f in report.findings if f.priority == "must" and f.amount}
                )
                raise Disagreement(f"a part breaks musts: {', '.join(kinds)}", plan.schedule())

    def _agree(self, plan: Plan, report: Report, cost: float | None) -> None:
        if report.broken_musts:
            kinds = sorted({f.kind for f in report.findings if f.priority == "must" and f.amount})
            raise Disagreement(f"paths break musts: {', '.join(kinds)}", plan.schedule())
        if cost is not None and sum(report.costs.values()) != cost:
            raise Disagreement(
                f"the checker counts {sum(report.costs.values())}, the path {cost}",
                plan.schedule(),
            )

    def _work_on(self, compiled: Compiled, priority: int | None, share: float, tour: int) -> bool:
        """One turn of a priority; false where there is no schedule."""
        if self._over():
            return self.best is not None
        self._limit(priority)
        timed = compiled.model.times.prevail
        if not self._proved(priority):
            # Short turns first: most priorities are settled at once, one way or the other. Where
            # times prevail, what is learnt is worth more than a new turn, and patterns of people
            # say little.
            usually = priority is not None and not timed
            turn = min(share, usual(self.limits.seconds, tour)) if usually else share
            solution = self._minimise(compiled, priority, turn, share)
            if self.best is None:
                self.impossible = solution.outcome is Outcome.IMPOSSIBLE
                return not self.impossible and not self._over()
            # Taking a large model apart takes longer than most of its priorities.
            soon = usually and (tour > 0 or not self._large())
            if soon and not self._proved(priority):
                assert priority is not None
                self._bound_by_columns(compiled, priority, min(share, COLUMNS_TURN * turn))
        return True

    def _proved(self, priority: int | None) -> bool:
        return any(v.priority == priority and v.proved for v in self.levels())

    def _minimise(
        self, compiled: Compiled, priority: int | None, turn: float, share: float
    ) -> Solution:
        self._priority = priority
        objective = 0 if priority is None else compiled.cost(priority)
        lists = None if priority is None else self._lists(compiled, priority)
        if lists is not None:
            turn -= self._by_lists(lists, turn)
        if self.best is not None:
            everything = compiled.model.sum(compiled.cost(p) for p in compiled.prices)
            compiled.model.hint(self.best[0], complete(compiled.model, self.best[0], everything))
        self._turn = Turn(turn)
        lasting = compiled.model.times.prevail or self.limits.reproducible
        with self._beside(lists, priority):
            solution = minimise(
                compiled.model,
                objective,
                self._effort(
                    turn if lasting else share,
                    large=self.best is not None and self._large(),
                    scheduled=lists is not None,
                ),
                stop=lambda: (
                    self.stop()
                    or (lists is not None and self._proved(priority))
                    or (not lasting and self._turn.over())
                ),
                found=lambda plan: self._show(plan, lists),
                bounded=lambda bound: self._heard_bound(priority, bound),
            )
        self.fuse_blown = self.fuse_blown or solution.fuse_blown
        self._counted += solution.counted_seconds
        if solution.plan is not None:
            report = self._offer(solution.plan, shown=True)
            self._compare(solution, report, priority)
            self._raise_bound(priority, solution.bound)
        elif solution.outcome is Outcome.IMPOSSIBLE and self.best is not None:
            raise Disagreement(
                "the solver calls impossible what the checker accepts", self.best[0].schedule()
            )
        return solution

    # ------------------------------------------------------------------ lists of activities

    def _lists(self, compiled: Compiled, priority: int) -> Lists | None:
        """A search over lists, where all that is open is when activities start."""
        if not compiled.model.times.numbers:
            return None
        compiled.model.cp.minimize(compiled.cost(priority))
        try:
            found = Lists(project(compiled.model), self.limits.seed)
        except NoProject:
            return None
        self.strategy = f"{WHOLE}, beside lists of activities"
        return found

    def _by_lists(self, lists: Lists, turn: float) -> float:
        """Good schedules to begin from; the seconds that it took."""
        assert self._priority is not None
        began, share = time.monotonic(), LISTS_SHARE * turn

        def spent() -> float:
            counted = self.limits.reproducible
            return lists.counted_seconds if counted else time.monotonic() - began

        lists.run(lambda: self._over() or spent() >= share, self._listed(lists, self._priority))
        self._counted += lists.counted_seconds if self.limits.reproducible else 0.0
        return spent()

    def _beside(self, lists: Lists | None, priority: int | None) -> AbstractContextManager[None]:
        """Lists on a core of their own while the model is searched, where there is one and nothing
        must be reproducible."""
        if lists is None or priority is None or self.limits.reproducible or self.limits.workers < 2:
            return nullcontext()
        return lists.beside(
            lambda: self._over() or self._proved(priority), self._listed(lists, priority)
        )

    def _listed(self, lists: Lists, priority: int) -> Callable[[Ints, int], None]:
        def found(starts: Ints, cost: int) -> None:
            plan = lists.project.plan(starts)
            report = self._offer(plan, shown=True)
            if report.broken_musts or report.costs[priority] > cost:
                raise Disagreement(
                    f"a list breaks musts, or costs more than {cost}", plan.schedule()
                )

        return found

    # ------------------------------------------------------------------ columns

    def _bound_by_columns(self, compiled: Compiled, priority: int, seconds: float) -> None:
        """Prove what symmetry hides from CP-SAT, and choose among the patterns found on the way."""
        assert self.best is not None
        if self.seconds_left() < 2 * self._apart + LAST_SECONDS:
            return  # taking the model apart cannot be stopped half-way
        effort = self._effort(seconds)
        columns = self._columns_for(compiled, priority, self._effort(seconds / 10))
        begun = columns.counted_seconds
        bound = columns.improve(
            effort, self.stop, raised=lambda bound: self._raise_bound(priority, bound)
        )
        self._raise_bound(priority, bound)
        if columns.closed and not self._proved(priority) and not self._over():
            chosen = self._effort(seconds / 2)
            plan = columns.choose(compiled.cost(priority), chosen, self.stop)
            if plan is not None:
                self._offer(plan, shown=True)
        self._counted += columns.counted_seconds - begun

    def _effort(self, seconds: float, *, large: bool = False, scheduled: bool = False) -> Effort:
        return Effort(
            seconds,
            self.seconds_left(),
            self.limits.workers,
            self.limits.seed,
            counted=self.limits.reproducible,
            large=large,
            scheduled=scheduled,
        )

    def _columns_for(self, compiled: Compiled, priority: int, effort: Effort) -> Columns:
        assert self.best is not None
        plan, report = self.best
        reached = tuple(cost for p, cost in report.costs.items() if p <= priority)
        known, columns = self._columns.get(priority, (None, None))
        if columns is None or known != reached:
            everything = compiled.model.sum(compiled.cost(p) for p in compiled.prices)
            prices = {
                room.index: weight
                for weight, slack in compiled.prices[priority]
                for _, room in slack.priced
            }
            began = time.monotonic()
            columns = Columns(
                compiled.model,
                prices,
                complete(compiled.model, plan, everything),
                target=report.costs[priority],
                effort=effort,
                stop=self.stop,
            )
            self._apart = max(self._apart, time.monotonic() - began)
            self._counted += columns.counted_seconds
            self._columns[priority] = (reached, columns)
        return columns

    def _limit(self, priority: int | None) -> None:
        """The values reached at earlier priorities are limits; those at later ones are not."""
        for other, limit in self._limits.items():
            reached = None
            if self.best is not None and priority is not None and other < priority:
                reached = self.best[1].costs[other]
            limit.proto.linear.domain[1] = NO_LIMIT if reached is None else reached

    def _compare(self, solution: Solution, report: Report, priority: int | None) -> None:
        assert solution.plan is not None
        evidence = solution.plan.schedule()
        if report.broken_musts:
            kinds = sorted({f.kind for f in report.findings if f.priority == "must" and f.amount})
            raise Disagreement(f"the solver breaks musts: {', '.join(kinds)}", evidence)
        if priority is None or solution.value is None:
            return
        cost = report.costs.get(priority, 0)
        if cost > solution.value:
            raise Disagreement(
                f"priority {priority}: the checker counts {cost}, the model {solution.value}",
                evidence,
            )
        if solution.outcome is Outcome.OPTIMAL and cost != solution.value:
            raise Disagreement(
                f"priority {priority}: proved {solution.value}, the checker counts {cost}",
                evidence,
            )

    # ------------------------------------------------------------------ incumbents and bounds

    def _offer(self, plan: Plan, *, shown: bool) -> Report:
        """Check a plan, and keep and show it if it is the best; rarely unless it must be."""
        with self._lock:
            if not shown and not self._due():
                return self.best[1]  # type: ignore[index]  # due if there is none
            now = time.monotonic()
            report = check(self.facts, self.rules, plan)
            self._checking = time.monotonic() - now
            better = self.best is None or report.vector < self.best[1].vector
            if better and not report.broken_musts:
                self._last_shown = now
                if self.first_seconds is None:
                    self.first_seconds = round(now - self._began, 3)
                self._keep(plan, report)
                self._say("solving", plan.schedule())
            return report

    def _keep(self, plan: Plan, report: Report) -> None:
        """A better plan; it may cost more at a later priority, and then what was proved after that
        says nothing of it."""
        costs = report.costs
        before, known = still_proved(costs, self.levels()), still_proved(costs, self._known)
        if self.best is None:
            before = self._bounds
        self._bounds = {p: max(before.get(p, 0), known.get(p, 0)) for p in costs}
        self.best = (plan, report)

    def _due(self) -> bool:
        """Whether a better plan is to be checked and shown by now; checks must not take over."""
        pause = max(SHOWN_EVERY, 10 * self._checking)
        return self.best is None or time.monotonic() - self._last_shown >= pause

    def _show(self, plan: Plan, lists: Lists | None) -> None:
        self._offer(plan, shown=False)
        if lists is not None:
            lists.offer(plan)
        self._turn.hear(better=True)

    def _heard_bound(self, priority: int | None, bound: int) -> None:
        if self.best is not None:
            self._turn.hear(better=False)
        self._raise_bound(priority, bound)

    def _raise_bound(self, priority: int | None, bound: int) -> None:
        if priority is None:
            return
        with self._lock:
            if bound > self._bounds.get(priority, 0):
                self._bounds[priority] = bound
                self._say("solving")

    def _tell(self, stage: str) -> None:
        with self._lock:
            self._say(stage)

    def _say(self, stage: str, schedule: Schedule | None = None) -> None:
        self._listen(
            Progress(
                seconds=round(time.monotonic() - self._began, 3),
                stage=stage,
                priority=self._priority,
                levels=self.levels(),
                schedule=schedule,
            )
        )
