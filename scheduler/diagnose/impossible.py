"""Why a request is impossible: the minimal conflict, relaxations, and changes to the facts."""

from collections.abc import Callable

from models.answer.result import Clash, Draft
from scheduler.intake.case import Case

SHARES = (0.15, 0.75, 0.6, 1.0)
"""Shares of the time left: for the draft, then for the conflict, then for relaxations, then for
changes to facts."""


SAFE = 0.95
"""The share of the time left that is used; a question may take a little longer than planned."""


MOST_SECONDS = 60.0
"""An explanation takes no longer than this, however much time is left."""


def explain_impossible(
    case: Case, *, seconds: float, stop: Callable[[], bool]
) -> tuple[Clash, Draft | None]:
    """Which rules and facts clash, what would mend it, and the least-broken draft.

    Raises:
        Disagreement: it is possible after all: there is a schedule that keeps all musts.
    """
    # Only this needs the solver; the service explains everything else without one.
    from scheduler.diagnose.conflict import find_clash
    from scheduler.diagnose.fact_changes import otherwise
    from scheduler.diagnose.question_budget import QuestionBudget
    from scheduler.diagnose.relaxations import least_broken, relaxations
    from scheduler.search.search_state import Disagreement

    facts, rules = case.facts, case.rules
    most = min(SAFE * seconds, MOST_SECONDS)
    time = QuestionBudget(case.request.limits, stop, seconds=most)
    drafting, looking, mending, asking = SHARES
    draft = least_broken(facts, rules, time.part(drafting))
    if draft is not None and not draft.report.broken_musts:
        said = "the solver calls impossible what the checker accepts"
        raise Disagreement(said, draft.schedule)
    clash = find_clash(facts, rules, time.part(looking))
    ways = tuple(relaxations(facts, rules, time.part(mending)))
    drafts = [Draft(schedule=way.schedule, report=way.report) for way in ways]
    if draft is not None:
        drafts.append(draft)
    # Time may have run out on any of them.
    best = min(drafts, key=lambda draft: draft.report.vector, default=None)
    others = tuple(otherwise(facts, rules, clash.members, time.part(asking)))
    return clash.model_copy(update={"relaxations": ways, "ways": others}), best
