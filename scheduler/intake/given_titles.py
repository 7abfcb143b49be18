"""Titles of priorities that a caller gives in a request."""

from collections.abc import Iterator, Sequence

from pydantic import Field, PositiveInt

from models.value import Text, Value
from scheduler.intake.validation_errors import Found
from scheduler.rulebook.rule import Rule


class PriorityTitle(Value):
    """What a priority is about, in the caller's words."""

    priority: PositiveInt = Field(description="The number of the priority.")
    title: Text = Field(description="What it is about in a few words: Children's safety.")


def mistitled(given: Sequence[PriorityTitle], rules: Sequence[Rule]) -> Iterator[Found]:
    """Titles of priorities that no rule has, and second titles of one priority."""
    priorities = sorted({rule.priority for rule in rules if rule.priority != "must"})
    for number, entry in enumerate(given):
        if entry.priority not in priorities:
            known = ", ".join(map(str, priorities)) or "none"
            yield (
                ("titles", number, "priority"),
                f"is the priority of no rule. Those of the rules: {known}.",
            )
        elif any(other.priority == entry.priority for other in given[:number]):
            yield ("titles", number, "priority"), "has a title already. Maybe keep one of the two?"
