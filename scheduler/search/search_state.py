"""Where a search stands: the best checked schedule, what is proved of it, and the time."""

import threading
import time
from collections.abc import Callable, Sequence

from models.answer.report import Report
from models.answer.result import Level, Progress, still_proved
from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.limits import Limits
from scheduler.rulebook.check import check
from scheduler.rulebook.rule import Rule
from solver.cpsat.solve import Effort

SHOWN_EVERY = 2.0
"""Seconds between two incumbents that are checked and shown while a search runs."""

COUNTED_SHARE = 0.7
"""Counted seconds per second of the limit, so that the clock's fuse rarely blows."""

LAST_SECONDS = 0.3
"""Seconds kept for the last check."""


class Disagreement(Exception):
    """The checker and the model do not mean the same. Keeps the schedule as evidence."""

    def __init__(self, message: str, schedule: Schedule | None) -> None:
        super().__init__(message)
        self.schedule = schedule


def keeps_musts(plan: Plan, report: Report, maker: str) -> None:
    """What was made to keep all musts keeps them.

    Raises:
        Disagreement: the checker found one broken.
    """
    if report.broken_musts:
        kinds = sorted({f.kind for f in report.findings if f.priority == "must" and f.amount})
        raise Disagreement(f"{maker} breaks musts: {', '.join(kinds)}", plan.schedule())


class SearchState:
    """What the searches of one request share; `best` is the best checked plan with its report."""

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
    ) -> None:
        """`known` are values and bounds that an earlier search proved."""
        self.facts = facts
        self.rules = rules
        self.limits = limits
        self.stop = stop
        self.best: tuple[Plan, Report] | None = None
        self.impossible = False
        self.fuse_blown = False
        self.first_seconds: float | None = None
        self.strategy = ""
        """Which searches answer, and why those, in words."""
        self.priority: int | None = None
        """What is worked on."""
        self.counted = 0.0
        """Seconds of work so far, where it is counted."""
        self.checking = 0.0
        """Seconds that the last check took."""
        self._began = began
        self._listen = listen
        self._lock = threading.Lock()
        self._known = known
        self._bounds: dict[int, int] = {}
        """By priority: proved among schedules that do as well as the best one before it."""
        self._last_shown = 0.0

    # ------------------------------------------------------------------ time

    def seconds_left(self) -> float:
        """Seconds on the clock until the limit; never below zero."""
        return max(0.0, self._began + self.limits.seconds - time.monotonic())

    def work_left(self) -> float:
        """Seconds of work left: of the clock's, or of counted ones, which ignore the clock."""
        if self.limits.reproducible:
            return max(0.0, COUNTED_SHARE * self.limits.seconds - self.counted)
        return self.seconds_left()

    def count(self, seconds: float) -> None:
        """So much work was done; it is nothing where work is timed."""
        if self.limits.reproducible:
            self.counted += seconds

    def over(self) -> bool:
        """Whether time is over, or the search was stopped."""
        if self.seconds_left() <= 0.05:
            self.fuse_blown = self.fuse_blown or self.limits.reproducible
            return True
        return self.stop() or self.work_left() <= 0.05

    def effort(self, seconds: float, *, large: bool = False, scheduled: bool = False) -> Effort:
        """So much of the solver's work, within all other limits."""
        return Effort(
            seconds,
            self.seconds_left(),
            self.limits.workers,
            self.limits.seed,
            counted=self.limits.reproducible,
            large=large,
            scheduled=scheduled,
        )

    # ------------------------------------------------------------------ what is proved

    def levels(self) -> tuple[Level, ...]:
        """Value and bound of every priority, in order."""
        if self.best is None:
            return ()
        costs = self.best[1].costs
        return tuple(
            Level(priority=priority, value=value, bound=min(value, self._bounds.get(priority, 0)))
            for priority, value in costs.items()
        )

    def open(self) -> list[int]:
        """The priorities that may still become better, in order."""
        return [level.priority for level in self.levels() if not level.proved]

    def proved(self, priority: int | None) -> bool:
        """Whether a priority cannot become better."""
        return any(v.priority == priority and v.proved for v in self.levels())

    def raise_bound(self, priority: int | None, bound: int) -> None:
        """A priority costs at least so much among schedules that do as well before it."""
        if priority is None:
            return
        with self._lock:
            if bound > self._bounds.get(priority, 0):
                self._bounds[priority] = bound
                self._say("solving")

    # ------------------------------------------------------------------ schedules

    def offer(self, plan: Plan, *, shown: bool) -> Report:
        """Check a plan, and keep and show it if it is the best; rarely unless it must be."""
        with self._lock:
            if not shown and not self.due():
                return self.best[1]  # type: ignore[index]  # due if there is none
            now = time.monotonic()
            report = check(self.facts, self.rules, plan)
            self.checking = time.monotonic() - now
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

    def due(self) -> bool:
        """Whether a better plan is to be checked and shown by now; checks must not take over."""
        pause = max(SHOWN_EVERY, 10 * self.checking)
        return self.best is None or time.monotonic() - self._last_shown >= pause

    def tell(self, stage: str) -> None:
        """Show how far the search is."""
        with self._lock:
            self._say(stage)

    def _say(self, stage: str, schedule: Schedule | None = None) -> None:
        self._listen(
            Progress(
                seconds=round(time.monotonic() - self._began, 3),
                stage=stage,
                priority=self.priority,
                levels=self.levels(),
                schedule=schedule,
            )
        )
