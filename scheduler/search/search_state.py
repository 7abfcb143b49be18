"""The state of a search: its incumbent (the best checked schedule), what is proved of it, its time.

Only its own methods change it; searches that share one read it, and call them.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence

from models.answer.report import Report
from models.answer.result import Level, Progress, still_proved
from models.answer.schedule import Schedule
from models.facts.facts import Facts
from models.facts.plan import Plan
from models.problem.limits import Limits
from scheduler.rulebook.check import check
from scheduler.rulebook.rule import Rule
from scheduler.search.params import DEFAULTS, SearchParams
from scheduler.search.time_budget import TimeBudget


class Disagreement(Exception):
    """The checker and the model do not mean the same. Keeps the schedule as evidence."""

    def __init__(self, message: str, schedule: Schedule | None) -> None:
        super().__init__(message)
        self.schedule = schedule


def keeps_musts(plan: Plan, report: Report, maker: str) -> None:
    """Make sure that what was made to keep all musts keeps them.

    Raises:
        Disagreement: the checker found one broken.
    """
    if report.broken_musts:
        kinds = sorted({f.kind for f in report.findings if f.priority == "must" and f.amount})
        raise Disagreement(f"{maker} breaks musts: {', '.join(kinds)}", plan.schedule())


class SearchState:
    """What the searches of one request share."""

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
        params: SearchParams = DEFAULTS,
    ) -> None:
        """
        Args:
            facts: of the request's problem.
            rules: of the request, always-on rules included.
            limits: how long, with which workers and seed.
            began: the monotonic clock's reading when the request was taken up.
            listen: called with progress, from several threads but never two at once.
            stop: asked often; true ends the search.
            known: values and bounds that an earlier search proved.
            params: the tuned numbers of all searches.
        """
        self._facts = facts
        self._rules = tuple(rules)
        self._stop = stop
        self._best: tuple[Plan, Report] | None = None
        self._nearest: tuple[Plan, Report] | None = None
        self._time = TimeBudget(limits, self._ends, began=began, params=params.budget)
        self._params = params
        self._impossible = False
        self._first_seconds: float | None = None
        self._strategy = ""
        self._priority: int | None = None
        self._check_seconds = 0.0
        self._compile_seconds = 0.0
        self._listen = listen
        self._lock = threading.Lock()
        self._known = known
        self._bounds: dict[int, int] = {}
        """By priority: proved among schedules that do as well as the best one before it."""
        self._last_shown = 0.0

    # ------------------------------------------------------------------ to read

    @property
    def facts(self) -> Facts:
        """Those of the request's problem."""
        return self._facts

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Those of the request, always-on rules included."""
        return self._rules

    @property
    def limits(self) -> Limits:
        """How long, with which workers and seed."""
        return self._time.limits

    @property
    def params(self) -> SearchParams:
        """The tuned numbers of all searches."""
        return self._params

    @property
    def time(self) -> TimeBudget:
        """What is left of the time."""
        return self._time

    @property
    def best(self) -> tuple[Plan, Report] | None:
        """The best checked plan with its report; it breaks no must."""
        return self._best

    @property
    def nearest(self) -> tuple[Plan, Report] | None:
        """The plan that breaks the musts least, of those that broke any."""
        return self._nearest

    @property
    def impossible(self) -> bool:
        """Whether it was proved that no schedule keeps all musts."""
        return self._impossible

    @property
    def first_seconds(self) -> float | None:
        """Seconds from the beginning to the first checked schedule."""
        return self._first_seconds

    @property
    def strategy(self) -> str:
        """Which searches answer, and why those, in words."""
        return self._strategy

    @property
    def check_seconds(self) -> float:
        """Seconds that the last check took."""
        return self._check_seconds

    @property
    def compile_seconds(self) -> float:
        """Seconds that a model of the whole took to compile; 0 where none was made."""
        return self._compile_seconds

    def _ends(self) -> bool:
        """Whether the search is to end: on request, or to say why nothing is found."""
        if self._best is None and not self.limits.reproducible:
            share = self._params.budget.nothing_found
            if self._time.seconds_gone() > share * self.limits.seconds:
                return True
        return self._stop()

    # ------------------------------------------------------------------ what is done

    def describe(self, strategy: str) -> None:
        """State which searches answer, and why those, in words."""
        self._strategy = strategy

    def describe_further(self, more: str) -> None:
        """State what else answers, in words that follow."""
        self._strategy += more

    def turn_to(self, priority: int | None) -> None:
        """State which priority is worked on; none where any schedule will do, or all are."""
        self._priority = priority

    def note_compiled(self, seconds: float) -> None:
        """Note how long a model of the whole took to compile, and that solving begins."""
        self._compile_seconds = seconds
        self.show("solving")

    def prove_impossible(self) -> None:
        """Note that no schedule keeps all musts.

        Raises:
            Disagreement: there is one that the checker accepts.
        """
        if self._best is not None:
            said = "the solver calls impossible what the checker accepts"
            raise Disagreement(said, self._best[0].schedule())
        self._impossible = True

    # ------------------------------------------------------------------ what is proved

    def levels(self) -> tuple[Level, ...]:
        """Value and bound of every priority, in order."""
        if self._best is None:
            return ()
        costs = self._best[1].costs
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

    def raise_bound(
        self, priority: int | None, bound: int, given: Mapping[int, int] | None = None
    ) -> None:
        """Note that a priority costs at least this much among schedules that do as well as the
        best one before it; nothing for None. `given` are the limits of earlier priorities' costs
        under which that was proved: if the best schedule costs more at one of them by now, since
        another search found it, nothing is noted."""
        if priority is None:
            return
        with self._lock:
            if given and self._best is not None:
                costs = self._best[1].costs
                if any(costs.get(p, 0) > most for p, most in given.items() if p < priority):
                    return
            if bound > self._bounds.get(priority, 0):
                self._bounds[priority] = bound
                self._say("solving")

    # ------------------------------------------------------------------ schedules

    def offer(self, plan: Plan, *, shown: bool) -> Report:
        """Check a plan, and keep and show it if it is the best; rarely unless it must be."""
        with self._lock:
            if self._best is not None and not shown and not self.due():
                return self._best[1]
            now = time.monotonic()
            report = check(self._facts, self._rules, plan)
            self._check_seconds = time.monotonic() - now
            if report.broken_musts:
                if self._nearest is None or report.vector < self._nearest[1].vector:
                    self._nearest = (plan, report)
                return report
            if self._best is None or report.vector < self._best[1].vector:
                self._last_shown = now
                if self._first_seconds is None:
                    self._first_seconds = round(self._time.seconds_gone(), 3)
                self._keep(plan, report)
                self._say("solving", plan.schedule())
            return report

    def exchange(self, plan: Plan, maker: str) -> None:
        """Put another plan in the place of the best one, which does as well at every priority.

        Raises:
            Disagreement: it breaks a must or costs more; or it costs less than was proved.
        """
        with self._lock:
            assert self._best is not None
            report = check(self._facts, self._rules, plan)
            keeps_musts(plan, report, maker)
            for level in self.levels():
                cost = report.costs[level.priority]
                if cost > level.value or cost < level.bound:
                    said = f"priority {level.priority}: {maker} costs {cost}, "
                    said += f"where {level.bound} to {level.value} was proved"
                    raise Disagreement(said, plan.schedule())
            self._keep(plan, report)
            self._say("solving", plan.schedule())

    def _keep(self, plan: Plan, report: Report) -> None:
        """A better plan; it may cost more at a later priority, and then what was proved after that
        says nothing of it."""
        costs = report.costs
        before, known = still_proved(costs, self.levels()), still_proved(costs, self._known)
        if self._best is None:
            before = self._bounds
        self._bounds = {p: max(before.get(p, 0), known.get(p, 0)) for p in costs}
        self._best = (plan, report)

    def due(self) -> bool:
        """Whether a better plan is to be checked and shown by now; checks must not take over."""
        params = self._params.incumbent
        pause = max(params.seconds_between, params.checks_between * self._check_seconds)
        return self._best is None or time.monotonic() - self._last_shown >= pause

    def show(self, stage: str) -> None:
        """Show how far the search is."""
        with self._lock:
            self._say(stage)

    def _say(self, stage: str, schedule: Schedule | None = None) -> None:
        self._listen(
            Progress(
                seconds=round(self._time.seconds_gone(), 3),
                stage=stage,
                priority=self._priority,
                levels=self.levels(),
                schedule=schedule,
            )
        )
