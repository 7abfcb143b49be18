"""What a rota costs, and what a change costs, in the words of the rules."""

from collections.abc import Iterator, Mapping

from models.answer.report import Finding, Report
from scheduler.wording import in_unit, listed


def priority_named(priority: int, titles: Mapping[int, str]) -> str:
    """A priority with its title: "priority 3, “Fair shares”"."""
    title = titles.get(priority, "")
    if not title:
        return f"priority {priority}"
    return (
        f"priority {priority}, \N{LEFT DOUBLE QUOTATION MARK}{title}\N{RIGHT DOUBLE QUOTATION MARK}"
    )


def standing(report: Report, priority: int) -> str:
    """What a checked schedule costs at a priority: "2 sessions and 5 people"; empty for nothing."""
    found = [f for f in report.findings if f.priority == priority and f.amount]
    return listed([in_unit(f.amount, f.unit) for f in found])


def dearer(before: Report, after: Report) -> dict[int, str]:
    """What a schedule costs more than another: by priority, in the words of the rules.

    Rules that become cheaper at a priority that costs more in the end are named too; units that
    differ are listed and never summed.
    """
    found = {}
    for priority, cost in sorted(after.costs.items()):
        if cost <= before.costs.get(priority, 0):
            continue
        was = {f.rule: f for f in before.findings if f.priority == priority}
        now = {f.rule: f for f in after.findings if f.priority == priority}
        changes = [(now[rule], now[rule].amount - was[rule].amount) for rule in now if rule in was]
        found[priority] = listed(list(_said([(f, n) for f, n in changes if n], len(now) > 1)))
    return found


def _said(changes: list[tuple[Finding, int]], several: bool) -> Iterator[str]:
    """Each rule's change: "1 more session"; with the rule's words where a priority has several."""
    for finding, change in sorted(changes, key=lambda one: -one[1] * one[0].weight):
        number, _, unit = in_unit(abs(change), finding.unit).partition(" ")
        rule = (
            f" (\N{LEFT DOUBLE QUOTATION MARK}{finding.sentence.rstrip('.')}"
            "\N{RIGHT DOUBLE QUOTATION MARK})"
            if several
            else ""
        )
        yield f"{number} {'more' if change > 0 else 'fewer'} {unit}{rule}"


def cost_sentence(more: Mapping[int, str], titles: Mapping[int, str]) -> str:
    """What something costs: "It costs 1 more session at priority 3, “Fair share”."; else empty."""
    if not more:
        return ""
    said = [f"{what} at {priority_named(priority, titles)}" for priority, what in more.items()]
    return f"It costs {'; '.join(said)}."
