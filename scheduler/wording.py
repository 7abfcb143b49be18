"""Numbers with their nouns."""

import re


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


_ONE = {
    "activities": "activity",
    "children": "child",
    "classes": "class",
    "duties": "duty",
    "people": "person",
}
