"""Why: what was proved about each priority, what could not be met, and what clashes."""

from collections.abc import Callable, Iterator, Sequence

from models.answer.report import Finding, Report
from models.answer.result import Clash, Draft, Level
from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.intake.request import RotaRequest
from scheduler.report.unfilled import MOST_UNFILLED, also_short, counted, listed, unfilled
from scheduler.rulebook.rule import Rule
from scheduler.wording import of_unit

MOST_NOTES = 40
"""Lines of notes; more are counted."""

# ------------------------------------------------------------------ what was proved


def sentence_for_level(rules: Sequence[Rule], report: Report, level: Level) -> str:
    """The value reached at one priority and what was proved about it: "42 attendances; without
    leaving more places unfilled, nobody can do it with fewer than 41."
    """
    here = [rule for rule in rules if rule.priority == level.priority]
    measure = _Measure(here, [f for f in report.findings if f.priority == level.priority])
    if level.value == 0:
        return "Kept in full."
    without = _without(rules, [p for p in report.costs if p < level.priority])
    who = f"{without}, nobody" if without else "nobody at all"
    reached = measure.says(level.value)
    fewer = measure.fewer
    if measure.number(level.bound) >= measure.number(level.value):
        return f"{reached}; {who} can do it with {fewer}."
    if level.bound <= 0:
        return f"{reached}; nothing was proved about how much better it could be."
    return f"{reached}; {who} can do it with {fewer} than {measure.number(level.bound)}."


def _without(rules: Sequence[Rule], priorities: Sequence[int]) -> str:
    """What must not be given up: "without leaving more places unfilled"; empty for nothing."""
    said, numbers = [], []
    for priority in priorities:
        ways = {rule.worse for rule in rules if rule.priority == priority}
        way = ways.pop() if len(ways) == 1 else ""
        if way:
            said.append(way)
        else:
            numbers.append(str(priority))
    if numbers:
        noun = "priority" if len(numbers) == 1 else "priorities"
        said.append(f"doing worse at {noun} {listed(numbers)}")
    return f"without {' or '.join(said)}" if said else ""


class _Measure:
    """How the costs of one priority are said: in the rules' unit where they share one."""

    def __init__(self, rules: Sequence[Rule], findings: Sequence[Finding]) -> None:
        units = {rule.unit for rule in rules}
        weights = {rule.weight for rule in rules}
        self._unit = units.pop() if len(units) == 1 and len(weights) == 1 else None
        self._weight = weights.pop() if len(weights) == 1 else 1
        self.fewer = "less" if self._unit is None else "fewer"
        self._parts = [
            of_unit(f.amount, f.unit) + (f" at {f.weight} each" if f.weight > 1 else "")
            for f in findings
            if f.amount
        ]

    def says(self, cost: int) -> str:
        """A cost in words: "42 attendances", "a cost of 7 (3 people at 2 each and 1 day)"."""
        if self._unit is not None:
            return of_unit(self.number(cost), self._unit)
        if len(self._parts) == 1 and self._parts[0].startswith(f"{cost} "):
            return self._parts[0]
        parts = f" ({listed(self._parts)})" if cost and self._parts else ""
        return f"a cost of {cost}{parts}"

    def number(self, cost: int) -> int:
        """A cost in the shared unit, a bound rounded up to a whole one."""
        return cost if self._unit is None else -(-cost // self._weight)


# ------------------------------------------------------------------ what was not met


def notes(facts: Facts, rules: Sequence[Rule], plan: Plan, report: Report) -> tuple[str, ...]:
    """Why places stay empty and what else was not met, the most important first."""
    empty = list(unfilled(facts, plan, rules))
    said = [place.sentence for place in empty[:MOST_UNFILLED]]
    if len(empty) > MOST_UNFILLED:
        said.append(also_short(len(empty) - MOST_UNFILLED))
    said += _not_met(report, {(place.duty,) for place in empty})
    if len(said) > MOST_NOTES:
        left = len(said) - MOST_NOTES + 1
        said[MOST_NOTES - 1 :] = [f"{counted(left, 'more wish was', 'more wishes were')} not met."]
    return tuple(said)


def _not_met(report: Report, explained: set[tuple[str, ...]]) -> Iterator[str]:
    """One line for each rule that is not kept, with its largest breach."""
    broken = [f for f in report.findings if f.breaches and f.priority != "must"]
    for finding in sorted(broken, key=lambda f: (f.priority, f.rule)):
        left = [b for b in finding.breaches if b.where not in explained]
        if not left:
            continue
        worst = max(left, key=lambda b: b.amount)
        places = counted(len(finding.breaches), "place")
        head = f"Priority {finding.priority}: {finding.sentence}"
        if len(left) == 1:
            yield f"{head} Not met: {worst.sentence}"
        else:
            amount = of_unit(finding.amount, finding.unit)
            yield f"{head} {amount} in {places}; such as: {worst.sentence}"


# ------------------------------------------------------------------ what clashes

SHARES = (0.15, 0.75, 0.6, 1.0)
"""Of what is left of the time: for the draft, then for the clash, then for rules that could bend,
then for facts that could be otherwise."""

SAFE = 0.95
"""Of the time that is left; a question may take a little longer than it was given."""

MOST_SECONDS = 60.0
"""An explanation takes no longer than this, however much time is left."""


def explain_impossible(
    request: RotaRequest, facts: Facts, *, seconds: float, stop: Callable[[], bool]
) -> tuple[Clash, Draft | None]:
    """Which rules and facts clash, what would mend it, and the least-broken draft."""
    # Only this needs the solver; the service says the rest without one.
    from scheduler.diagnose.conflict import find_clash
    from scheduler.diagnose.fact_changes import otherwise
    from scheduler.diagnose.question_budget import Budget
    from scheduler.diagnose.relaxations import least_broken, relaxations

    rules = request.all_rules
    time = Budget(min(SAFE * seconds, MOST_SECONDS), request.limits, stop)
    drafting, looking, mending, asking = SHARES
    draft = least_broken(facts, rules, time.part(drafting))
    clash = find_clash(facts, rules, time.part(looking))
    ways = tuple(relaxations(facts, rules, time.part(mending)))
    drafts = [Draft(schedule=way.schedule, report=way.report) for way in ways]
    if draft is not None:
        drafts.append(draft)
    # Time may have run out on any of them.
    best = min(drafts, key=lambda draft: draft.report.vector, default=None)
    others = tuple(otherwise(facts, rules, clash.members, time.part(asking)))
    return clash.model_copy(update={"relaxations": ways, "ways": others}), best
