"""From a request to its answer: compile, solve, read, check, explain."""

import time
from collections.abc import Callable, Sequence

from models.answer.result import Clash, Draft, Level, Progress, Receipt, Result
from models.answer.schedule import Schedule
from scheduler.diagnose.explanation import Explanation, explain_no_schedule
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.report.answer import answered, receipt, unsolved
from scheduler.search.lexicographic import search
from scheduler.search.params import DEFAULTS, SearchParams
from scheduler.search.search_state import SearchState
from scheduler.search.strategy import Strategy, cells
from scheduler.search.superfluous import without_superfluous
from scheduler.search.ties import settle_ties


def schedule(
    request: RotaRequest | Case,
    *,
    listen: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    start: Schedule | None = None,
    known: Sequence[Level] = (),
    strategy: Strategy = "auto",
    params: SearchParams = DEFAULTS,
) -> Result:
    """The best schedule that can be found within the request's limits, checked and explained.

    Args:
        request: the facts, the rules and the limits; a case brings its facts with it.
        listen: called with progress, from several threads but never two at once.
        stop: asked often; once it answers yes the best schedule so far is returned.
        start: a schedule to begin from; it need not be complete or keep the rules.
        known: values and bounds that an earlier search of the same request proved.
        strategy: which search to use; "auto" chooses by size and by what the rules are.
        params: the tuned numbers of all searches.

    Raises:
        Disagreement: the checker and the model do not mean the same; nothing is returned.
        InvalidRequest: a cost could become larger than can be counted.
    """
    began = time.monotonic()
    hear, ends = listen or (lambda progress: None), stop or (lambda: False)
    hear(Progress(seconds=0, stage="reading"))
    case = Case.of(request)
    tell = _titling(hear, case)
    state = SearchState(
        case.facts,
        case.rules,
        case.request.limits,
        began=began,
        listen=tell,
        stop=ends,
        known=known,
        params=params,
    )
    begin = None if start is None else case.plan(start)
    share = params.budget.pruning_share * case.request.limits.seconds
    state.time.keep(min(share, params.budget.pruning_per_cell * cells(case.facts)))
    search(state, begin, strategy)
    if state.best is None:
        explained = _explained(case, state, tell, ends)
        if explained.plan is None:
            made = _receipt(case, state)
            return unsolved(case, explained.clash, explained.draft, made)
        state.offer(explained.plan, shown=True)
        search(state, explained.plan, strategy)
    assert state.best is not None, "an offered plan that keeps all musts is kept"
    settle_ties(state, begin)
    _leave_out_superfluous(state)
    plan, report = state.best
    made = _receipt(case, state)
    return answered(case, plan, report, state.levels(), made, over=_long_over(state))


def _long_over(state: SearchState) -> Callable[[], bool]:
    """Whether the limit is passed by as much as an answer may take to be put into words."""
    limits, glance = state.limits, state.params.budget.glance
    return lambda: not limits.reproducible and (state.time.seconds_gone() > limits.seconds + glance)


def _titling(listen: Callable[[Progress], None], case: Case) -> Callable[[Progress], None]:
    """A listener that hears of each priority with its title."""
    return lambda progress: listen(progress.titled(case.titles))


def _receipt(case: Case, state: SearchState) -> Receipt:
    return receipt(
        case.request,
        seconds=state.time.seconds_gone(),
        strategy=state.strategy,
        first_schedule_seconds=state.first_seconds,
        fuse_blown=state.time.fuse_blown,
    )


def _explained(
    case: Case, state: SearchState, listen: Callable[[Progress], None], stop: Callable[[], bool]
) -> Explanation:
    """Why there is no schedule, within what is left of the limit; at least a glance."""

    def show(draft: Draft | None, clash: Clash | None) -> None:
        seconds = round(state.time.seconds_gone(), 3)
        listen(Progress(seconds=seconds, stage="explaining", draft=draft, clash=clash))

    show(None, None)
    return explain_no_schedule(
        case,
        seconds=max(state.time.seconds_left(), state.params.budget.glance),
        stop=stop,
        proved=state.impossible,
        nearest=None if state.nearest is None else state.nearest[0],
        compiling=state.compile_seconds,
        show=show,
    )


def _leave_out_superfluous(state: SearchState) -> None:
    """Take placements that no rule needs out of the best schedule, as far as time allows: the
    answer's sentences still take about as long as a check."""
    assert state.best is not None
    state.time.keep(0)
    now, budget = time.monotonic(), state.params.budget
    before, _ = state.best

    def over() -> bool:
        gone = time.monotonic() - now
        if state.time.seconds_left() <= state.check_seconds:
            return gone > budget.least_pruning
        return gone > budget.stopped_pruning and state.time.stop()

    plan, whole = without_superfluous(state.facts, state.rules, before, over)
    if plan.cells != before.cells:
        state.exchange(plan, "what is left without placements that no rule needs")
    if not whole:
        state.describe_further("; there was no time to look for all placements that no rule needs")
