"""From a request to its answer: compile, solve, read, check, explain."""

import time
from collections.abc import Callable, Sequence

from models.answer.result import Level, Progress, Result, ResultStatus
from models.answer.schedule import Schedule
from scheduler.diagnose.impossible import explain_impossible
from scheduler.intake.case import Case
from scheduler.intake.request import RotaRequest
from scheduler.report.answer import answered, receipt
from scheduler.search.lexicographic import search
from scheduler.search.params import DEFAULTS, SearchParams
from scheduler.search.search_state import SearchState
from scheduler.search.strategy import Strategy


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
    case = Case.of(request)
    state = SearchState(
        case.facts,
        case.rules,
        case.request.limits,
        began=began,
        listen=listen or (lambda progress: None),
        stop=stop or (lambda: False),
        known=known,
        params=params,
    )
    search(state, None if start is None else case.plan(start), strategy)
    made = receipt(
        case.request,
        seconds=time.monotonic() - began,
        strategy=state.strategy,
        first_schedule_seconds=state.first_seconds,
        fuse_blown=state.time.fuse_blown,
    )
    if state.impossible:
        left = state.time.seconds_left()
        clash, draft = explain_impossible(case, seconds=left, stop=state.time.stop)
        return Result(status=ResultStatus.IMPOSSIBLE, clash=clash, draft=draft, receipt=made)
    if state.best is None:
        return Result(status=ResultStatus.UNKNOWN, receipt=made)
    plan, report = state.best
    return answered(case, plan, report, state.levels(), made)
