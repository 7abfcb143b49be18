"""Why: what was proved about each priority, what could not be met, and what clashes."""

from collections.abc import Callable, Iterator, Sequence

from models.answer.report import Finding, Report
from models.answer.result import Level
from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.report.unfilled import MOST_UNFILLED, also_short, unfilled
from scheduler.rulebook.rule import Rule
from scheduler.wording import counted, in_unit, listed

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
    return f"{measure.says(level.value)}; {measure.proof(level, who)}."


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
    """How the costs of one priority are said: in the rules' unit where they share one, otherwise
    rule by rule."""

    def __init__(self, rules: Sequence[Rule], findings: Sequence[Finding]) -> None:
        units = {rule.breach_unit for rule in rules}
        weights = {rule.weight for rule in rules}
        self._unit = units.pop() if len(units) == 1 and len(weights) == 1 else None
        self._weight = weights.pop() if len(weights) == 1 else 1
        self._parts = [
            in_unit(f.amount, f.unit) + (f" at {f.weight} each" if f.weight > 1 else "")
            for f in findings
            if f.amount
        ]

    def says(self, cost: int) -> str:
        """A cost in words: "42 attendances", "3 people at 2 each and 1 day"."""
        if self._unit is not None:
            return in_unit(self._number(cost), self._unit)
        return listed(self._parts) or f"a cost of {cost}"

    def proof(self, level: Level, who: str) -> str:
        """What was proved about a cost that was reached: "nobody can do it with fewer than 41".

        Units that differ have no number in common, so the bound is a share of the cost.
        """
        bound, value = self._number(level.bound), self._number(level.value)
        if bound >= value:
            return f"{who} can do {'better' if self._unit is None else 'it with fewer'}"
        if level.bound <= 0:
            return "nothing was proved about how much better it could be"
        if self._unit is None:
            share = -(-100 * (value - bound) // value)
            return f"{who} can save more than {share} % of that, by the weights of its rules"
        number, _, words = in_unit(bound, self._unit).partition(" ")
        plain = number == str(bound)
        return f"{who} can do it with fewer than {number if plain else f'{number} {words}'}"

    def _number(self, cost: int) -> int:
        """A cost in the shared unit, a bound rounded up to a whole one."""
        return cost if self._unit is None else -(-cost // self._weight)


# ------------------------------------------------------------------ what was not met


def notes(
    facts: Facts,
    rules: Sequence[Rule],
    plan: Plan,
    report: Report,
    over: Callable[[], bool] = lambda: False,
) -> tuple[str, ...]:
    """Why places stay empty and what else was not met, the most important first; once `over` says
    yes, in fewer words."""
    empty = list(unfilled(facts, plan, rules, report.titles, over))
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
            amount = in_unit(finding.amount, finding.unit)
            yield f"{head} {amount} in {places}; such as: {worst.sentence}"


# ------------------------------------------------------------------ what clashes
