"""The drawings that tests of rules walk over: those of every rule, or of one alone.

With the environment variable RULE only the drawings of that kind are collected, so that one rule's
tests start at once: `make rule KIND=consecutive_days`.
"""

import os

from scheduler.rulebook.example import Example
from scheduler.rules import EXAMPLES, RULES

ALONE = os.environ.get("RULE") or None
"""The kind whose tests alone are wanted."""

if ALONE is not None and ALONE not in RULES:
    raise SystemExit(f"there is no rule {ALONE!r}; `schoolrota rules` lists them")

KINDS = [kind for kind in RULES if ALONE in (None, kind)]
"""The kinds that are tested."""

SHOWN: dict[str, Example] = {
    f"{kind}-{number}": example for kind in KINDS for number, example in enumerate(EXAMPLES[kind])
}
"""Their drawings, by kind and number."""
