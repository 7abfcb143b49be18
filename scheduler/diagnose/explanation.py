"""Why there is no schedule: which rules and facts clash or are suspected, what would mend it, and
the least-broken draft."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from models.answer.result import Clash, Draft
from models.facts.plan import Plan
from scheduler.intake.case import Case

if TYPE_CHECKING:
    # It comes with the solver's packages, which the service does without.
    from scheduler.diagnose.question_budget import QuestionBudget

DRAFTING, LOOKING, BENDING, CHANGING, ASKING, IMPROVING = 0.35, 0.5, 0.4, 0.4, 0.85, 0.5
"""Shares of the time left: for the draft, then for the clash, then for rules that could bend,
for their numbers, then for facts that could be otherwise, and for a better draft."""

COMPILATIONS = 6
"""With no more time than this number of models take to compile, the first draft has to do."""

MOST_EXCEPTIONS = 40
"""Exceptions of a way out; one with more would help nobody."""

SAFE = 0.95
"""Of the time that is left; a question may take a little longer than it was given."""

MOST_SECONDS = 60.0
"""An explanation takes no longer than this, however much time is left."""

PRUNING = 0.2
"""Seconds in which placements that no rule needs are taken out of a draft, though time is over."""

Show = Callable[[Draft | None, Clash | None], None]


@dataclass(frozen=True)
class Explanation:
    """Why there is no schedule; or a schedule after all."""

    clash: Clash | None
    draft: Draft
    plan: Plan | None = None
    """A plan that keeps all musts, where the search had only run out of time."""


def explain_no_schedule(
    case: Case,
    *,
    seconds: float,
    stop: Callable[[], bool],
    proved: bool = True,
    nearest: Plan | None = None,
    compiling: float = 0.0,
    show: Show = lambda draft, clash: None,
) -> Explanation:
    """Which rules and facts clash, what would mend it, and the least-broken draft.

    Args:
        case: the request with its facts.
        seconds: how long it may take.
        stop: asked often; true ends it with what is known by then.
        proved: whether the search proved that there is none; otherwise it found none in time.
        nearest: the plan of the search that broke the musts least.
        compiling: seconds that a model of the whole took to compile, as far as is known.
        show: called with the draft and the clash as soon as either is known.

    Raises:
        Disagreement: it is possible after all, though it was proved to be impossible.
    """
    # Only this needs the solver; the service says the rest without one.
    from scheduler.diagnose.conflict import find_clash
    from scheduler.diagnose.first_draft import first_draft
    from scheduler.diagnose.question_budget import QuestionBudget
    from scheduler.diagnose.relaxations import draft_of, least_broken
    from scheduler.diagnose.suspicion import broken_places
    from scheduler.search.search_state import Disagreement

    facts, rules = case.facts, case.rules
    most = min(SAFE * seconds, MOST_SECONDS)
    budget = QuestionBudget(case.request.limits, stop, seconds=most, compiling=compiling)
    drafts = [draft_of(facts, rules, first_draft(facts) if nearest is None else nearest)]
    show(drafts[0], None)
    if most > COMPILATIONS * compiling:
        found = least_broken(facts, rules, budget.part(DRAFTING), nearest, wishes=False)
        drafts += [] if found is None else [found]
    draft = _best(drafts)
    if not draft.report.broken_musts:
        if proved:
            said = "the solver calls impossible what the checker accepts"
            raise Disagreement(said, draft.schedule)
        return Explanation(None, draft, case.plan(draft.schedule))
    suspected = tuple(broken_places(draft.report))
    searched = nearest is not None or len(drafts) > 1
    part = budget.part(LOOKING)
    clash = find_clash(facts, rules, part, suspected, proved=proved, searched=searched)
    show(draft, clash)
    if clash is None:
        return Explanation(None, _pruned(case, draft, budget))
    clash, more = _with_ways(case, clash, case.plan(draft.schedule), budget)
    draft = _best([draft, *more])
    show(draft, clash)
    start = case.plan(draft.schedule)
    found = least_broken(facts, rules, budget.part(IMPROVING), start)
    draft = draft if found is None else _best([draft, found])
    return Explanation(clash, _pruned(case, draft, budget))


def _pruned(case: Case, draft: Draft, budget: QuestionBudget) -> Draft:
    """A draft without placements that no rule needs."""
    from scheduler.search.superfluous import pruned

    most = time.monotonic() + PRUNING

    def over() -> bool:
        return time.monotonic() > most and (budget.stop() or budget.seconds_left() == 0)

    schedule = pruned(case, draft.schedule, over)
    return (
        draft
        if schedule == draft.schedule
        else Draft(schedule=schedule, report=case.check(schedule))
    )


def _with_ways(
    case: Case, clash: Clash, draft: Plan, budget: QuestionBudget
) -> tuple[Clash, list[Draft]]:
    """A clash with what would mend it, and the schedules of the exceptions."""
    from scheduler.diagnose.fact_changes import otherwise
    from scheduler.diagnose.relaxations import refuse_contradiction, relaxation_of, relaxations
    from scheduler.diagnose.rule_changes import loosened
    from scheduler.diagnose.ways_out import in_order, of_relaxation

    facts, rules, members = case.facts, case.rules, clash.members
    bent = list(relaxations(facts, rules, budget.part(BENDING), draft))
    if not bent:
        bent = [way for way in [relaxation_of(rules, draft)] if way is not None]
    if clash.confirmed:
        refuse_contradiction(facts, rules, budget.part(BENDING))
    ways = [of_relaxation(facts, way) for way in bent if len(way.gives_up) <= MOST_EXCEPTIONS]
    ways += loosened(facts, rules, members, budget.part(CHANGING), draft)
    ways += otherwise(facts, rules, members, budget.part(ASKING), draft)
    said = tuple(way.sentence for way in in_order(ways))
    made = [Draft(schedule=way.schedule, report=way.report) for way in bent]
    return clash.model_copy(update={"relaxations": tuple(bent), "ways": said}), made


def _best(drafts: Sequence[Draft]) -> Draft:
    """The draft that breaks least; time may have run out on any of them."""
    return min(drafts, key=lambda draft: draft.report.vector)
