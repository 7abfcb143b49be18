"""What the changes of a rota are changes from: what is published, or what it was derived from."""

from collections.abc import Sequence

from scheduler.rulebook.rule import Rule

SAYS = "The rota stays near the one that it was derived from."
"""The words of the rule that keeps a derived request near a schedule that nobody has been told."""


def compared_with(rules: Sequence[Rule]) -> str:
    """The schedule that a rota is compared with, in words."""
    if any(rule.about_changes and rule.says == SAYS for rule in rules):
        return "the schedule that it was derived from"
    return "the published schedule"
