"""What is wrong with a finished schedule, judged by every rule and without a solver."""

from collections.abc import Sequence

from models.answer.report import Finding, Report
from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.rulebook.rule import Rule


def check(facts: Facts, rules: Sequence[Rule], plan: Plan) -> Report:
    """Every rule's finding; `rules` in the request's order, then the law and always-on rules."""
    findings = tuple(_finding(number, rule, facts, plan) for number, rule in enumerate(rules))
    costs: dict[int, int] = {}
    for finding in findings:
        if finding.priority != "must":
            costs[finding.priority] = costs.get(finding.priority, 0) + finding.cost
    return Report(
        findings=findings,
        costs=dict(sorted(costs.items())),
        broken_musts=sum(f.amount for f in findings if f.priority == "must"),
    )


def _finding(number: int, rule: Rule, facts: Facts, plan: Plan) -> Finding:
    breaches = tuple(rule.check(facts, plan))
    not_judged = tuple(rule.not_judged(facts))
    amount = sum(breach.amount for breach in breaches)
    return Finding(
        rule=number,
        kind=rule.name,
        sentence=rule.sentence,
        priority=rule.priority,
        authority=rule.effective_authority,
        by_law=rule.stands_by_law,
        unit=rule.breach_unit,
        weight=rule.weight,
        amount=amount,
        cost=amount * rule.weight if rule.priority != "must" else 0,
        breaches=breaches,
        not_judged=not_judged,
    )
