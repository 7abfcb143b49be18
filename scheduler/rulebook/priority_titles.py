"""What each priority is about, in a few words made from its rules."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from scheduler.rulebook.rule import Rule

MOST_RULES_NAMED = 3
"""Rules that the title of a priority names; more are counted."""

MOST_LETTERS = 40
"""A rule in its owner's words is its own title if it is no longer than this."""


def priority_titles(
    rules: Sequence[Rule], given: Mapping[int, str] | None = None
) -> dict[int, str]:
    """The title of each priority, in order: as given, or made from its rules.

    Args:
        rules: those of a request; musts have no priority.
        given: titles that the caller has chosen.
    """
    at: dict[int, list[Rule]] = {}
    for rule in rules:
        if rule.priority != "must":
            at.setdefault(rule.priority, []).append(rule)
    found = {priority: _joined(map(_title, at[priority])) for priority in sorted(at)}
    shared = Counter(found.values())
    for priority, title in found.items():
        if shared[title] > 1:
            # Two priorities of the same kinds of rules: what tells them apart is in the sentences.
            said = dict.fromkeys(rule.sentence.rstrip(".") for rule in at[priority])
            found[priority] = f"{title}: {'; '.join(said)}"
    return {**found, **{p: title for p, title in (given or {}).items() if p in found}}


def _title(rule: Rule) -> str:
    own = (rule.says or "").rstrip(".")
    return own if own and len(own) <= MOST_LETTERS else rule.title


def _joined(titles: Iterable[str]) -> str:
    """Titles as one: "Cover every shift and fair shares"."""
    first, *others = dict.fromkeys(titles)
    parts = [first, *(one[:1].lower() + one[1:] for one in others)]
    if len(parts) > MOST_RULES_NAMED:
        left = len(parts) - MOST_RULES_NAMED + 1
        parts[MOST_RULES_NAMED - 1 :] = [f"{left} more"]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
