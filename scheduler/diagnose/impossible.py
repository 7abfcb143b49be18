"""Why a request is impossible: which rules and facts clash, and what would mend it."""

from collections.abc import Callable

from models.answer.result import Clash, Draft
from scheduler.intake.case import Case

SHARES = (0.25, 0.6, 0.4, 0.4, 1.0)
"""Shares of the time left: for the draft, then for the clash, then for rules that could bend,
for their numbers, then for facts that could be otherwise."""


SAFE = 0.95
"""Of the time that is left; a question may take a little longer than it was given."""


MOST_SECONDS = 60.0
"""An explanation takes no longer than this, however much time is left."""


def explain_impossible(
    case: Case, *, seconds: float, stop: Callable[[], bool]
) -> tuple[Clash, Draft | None]:
    """Which rules and facts clash, what would mend it, and the least-broken draft.

    Raises:
        Disagreement: it is possible after all: there is a schedule that keeps all musts.
    """
    # Only this needs the solver; the service says the rest without one.
    from scheduler.diagnose.conflict import find_clash
    from scheduler.diagnose.fact_changes import otherwise
    from scheduler.diagnose.question_budget import QuestionBudget
    from scheduler.diagnose.relaxations import broken_places, least_broken, relaxations
    from scheduler.diagnose.rule_changes import loosened
    from scheduler.search.search_state import Disagreement

    facts, rules = case.facts, case.rules
    most = min(SAFE * seconds, MOST_SECONDS)
    time = QuestionBudget(case.request.limits, stop, seconds=most)
    drafting, looking, mending, changing, asking = SHARES
    draft = least_broken(facts, rules, time.part(drafting))
    if draft is not None and not draft.report.broken_musts:
        said = "the solver calls impossible what the checker accepts"
        raise Disagreement(said, draft.schedule)
    suspected = () if draft is None else tuple(broken_places(draft.report))
    clash = find_clash(facts, rules, time.part(looking), suspected)
    ways = tuple(relaxations(facts, rules, time.part(mending)))
    drafts = [Draft(schedule=way.schedule, report=way.report) for way in ways]
    if draft is not None:
        drafts.append(draft)
    # Time may have run out on any of them.
    best = min(drafts, key=lambda draft: draft.report.vector, default=None)
    others = (
        *loosened(facts, rules, clash.members, time.part(changing)),
        *otherwise(facts, rules, clash.members, time.part(asking)),
    )
    return clash.model_copy(update={"relaxations": ways, "ways": others}), best
