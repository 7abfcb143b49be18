"""English helpers for sentences: numbers with their nouns, and lists of names."""

import re
from collections.abc import Sequence


def of_unit(number: int, unit: str) -> str:
    """A number of a rule's unit, which is in the plural: "2 seats", "1 pair of uses"."""
    if number != 1:
        return f"{number} {unit}"
    words = unit.split()
    # What is counted is the first in the plural: "children's days", "school days", "pairs of uses".
    plural = [n for n, word in enumerate(words) if word in _ONE or re.search(r"[^']s$", word)]
    for place in {*plural[:1], *(n + 1 for n, word in enumerate(words) if word == "or")}:
        words[place] = _ONE.get(words[place], re.sub(r"s$", "", words[place]))
    return f"1 {' '.join(words)}"


def in_unit(number: int, unit: str) -> str:
    """An amount of a rule as a person would say it: "33.06 days" of hundredths, "2 hours 5
    minutes" of minutes, else as `of_unit` does."""
    if unit == "hundredths of a day":
        return "1 day" if number == 100 else f"{number / 100:.2f} days".replace(".00 ", " ")
    if unit == "minutes" and number >= LONG_MINUTES:
        hours, minutes = divmod(number, 60)
        return counted(hours, "hour") + (f" {counted(minutes, 'minute')}" if minutes else "")
    return of_unit(number, unit)


LONG_MINUTES = 120
"""Minutes from which an amount is said in hours."""

_ONE = {
    "activities": "activity",
    "children": "child",
    "classes": "class",
    "duties": "duty",
    "people": "person",
}


MOST_NAMES = 6
"""Names in a row in a sentence; the rest are counted."""


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: "Ann, Bob and 3 more"."""
    if len(names) > MOST_NAMES:
        shown = MOST_NAMES - 1
        return f"{', '.join(names[:shown])} and {len(names) - shown} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: "1 duty", "2 duties"."""
    return f"{number} {one if number == 1 else many or one + 's'}"
