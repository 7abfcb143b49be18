"""The search through the priorities, in order: an incumbent, and a bound for each priority."""

import threading
import time
from collections.abc import Callable, Sequence

from models.facts import Facts
from models.plan import Plan
from models.report import Report
from models.result import Level, Progress
from models.schedule import Schedule
from scheduler.check import check
from scheduler.compile import Compiled, compile_model
from scheduler.request import Limits
from scheduler.rule import Rule
from solver.model import LinearExprT
from solver.solve import Effort, Outcome, Solution, minimise

SHOWN_EVERY = 2.0
"""Seconds between two incumbents that are checked and shown while a search runs."""

FIRST_LOOK = 0.34
"""The share of the time left, per priority still to come, that a priority gets at first."""


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
    ) -> None:
        self.facts = facts
        self.rules = rules
        self.limits = limits
        self.stop = stop
        self.best: tuple[Plan, Report] | None = None
        self.impossible = False
        self.fuse_blown = False
        self.first_seconds: float | None = None
        self.strategy = "whole: CP-SAT over the whole problem, one priority after another"
        self._began = began
        self._listen = listen
        self._lock = threading.Lock()
        self._bounds: dict[int, int] = {}
        self._priority: int | None = None
        self._last_shown = 0.0

    # ------------------------------------------------------------------ what is known

    def seconds_left(self) -> float:
        """Seconds until the limit; never below zero."""
        return max(0.0, self._began + self.limits.seconds - time.monotonic())

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
        return self.stop() or self.seconds_left() <= 0.05

    # ------------------------------------------------------------------ the search

    def run(self, start: Plan | None) -> None:
        """Search until everything is proved, or time or patience ends."""
        self._tell("compiling")
        compiled = compile_model(self.facts, self.rules)
        self._bounds = dict.fromkeys(compiled.prices, 0)
        if start is not None:
            self._offer(start, shown=True)
        solution: Solution | None = None
        if not compiled.prices:
            self._minimise(compiled, None, None, self.seconds_left())
            return
        rounds = 0
        while True:
            todo = self._open() if self.best is not None else list(compiled.prices)
            if (rounds > 0 and not todo) or self._over():
                break
            before = self._known()
            order = list(compiled.prices) if rounds == 0 else todo
            for place, priority in enumerate(order):
                if self._over():
                    break
                level = next((v for v in self.levels() if v.priority == priority), None)
                if level is None or not level.proved:
                    waiting = len(order) - place
                    share = self.seconds_left() / waiting if waiting > 1 else self.seconds_left()
                    solution = self._minimise(compiled, priority, solution, share)
                    if solution.outcome is Outcome.IMPOSSIBLE and self.best is None:
                        self.impossible = True
                        return
                if self.best is None:
                    break
                self._keep(compiled, priority)
            rounds += 1
            if self.limits.reproducible and self._known() == before:
                break  # counted work would be the same again
        if self.best is not None:
            self._tell("checking")

    def _known(self) -> tuple[object, ...]:
        return (self.best and self.best[1].vector, tuple(self._bounds.items()))

    def _minimise(
        self, compiled: Compiled, priority: int | None, before: Solution | None, seconds: float
    ) -> Solution:
        self._priority = priority
        objective = 0 if priority is None else _cost(compiled, priority)
        if self.best is not None:
            plan = self.best[0]
            known = before is not None and before.plan is not None
            same = known and before.plan.cells == plan.cells and before.plan.starts == plan.starts
            compiled.model.hint(plan, before.values if same else ())
        solution = minimise(
            compiled.model,
            objective,
            Effort(
                seconds,
                self.limits.workers,
                self.limits.seed,
                counted=self.limits.reproducible,
            ),
            stop=self.stop,
            found=lambda plan: self._offer(plan, shown=False),
            bounded=lambda bound: self._raise_bound(priority, bound),
        )
        self.fuse_blown = self.fuse_blown or solution.fuse_blown
        if solution.plan is None:
            if solution.outcome is Outcome.IMPOSSIBLE:
                if self.best is not None and self.best[1].broken_musts == 0:
                    raise Disagreement(
                        "the solver calls impossible what the checker accepts",
                        self.best[0].schedule(),
                    )
                self.impossible = priority is None
            return solution
        report = self._offer(solution.plan, shown=True)
        self._compare(solution, report, priority)
        self._raise_bound(priority, solution.bound)
        return solution

    def _keep(self, compiled: Compiled, priority: int) -> None:
        """The value reached is a limit for the priorities to come."""
        assert self.best is not None
        value = self.best[1].costs[priority]
        compiled.model.cp.add(_cost(compiled, priority) <= value)

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
            now = time.monotonic()
            due = shown or self.best is None or now - self._last_shown >= SHOWN_EVERY
            if not due:
                return self.best[1]  # type: ignore[index]  # due if there is none
            report = check(self.facts, self.rules, plan)
            better = self.best is None or report.vector < self.best[1].vector
            if better and not report.broken_musts:
                self._last_shown = now
                if self.first_seconds is None:
                    self.first_seconds = round(now - self._began, 3)
                self.best = (plan, report)
                self._say("solving", plan.schedule())
            return report

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


def _cost(compiled: Compiled, priority: int) -> LinearExprT:
    return compiled.model.sum(
        weight * room for weight, slack in compiled.prices[priority] for _, room in slack.priced
    )
