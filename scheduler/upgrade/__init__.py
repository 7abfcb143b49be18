"""Requests of earlier releases, rewritten in today's form.

Each change of a request's form is one step: a module of this package with pure functions from
document to document. A step that has been released never changes, because a migration of the
database applies it; a further change is a further step at the end of `STEPS`, and a migration that
applies that one. Imports nothing of ours.
"""

import json
from collections.abc import Mapping
from typing import Any

from scheduler.upgrade import step_1_rule_kinds
from scheduler.upgrade.change import Change, Document, Step

__all__ = [
    "STEPS",
    "Change",
    "Document",
    "Step",
    "renamed_field",
    "renamed_kind",
    "stored",
    "upgraded",
]

STEPS: tuple[Step, ...] = (step_1_rule_kinds.STEP,)
"""Every change of a request's form, the oldest first."""


def upgraded(document: Document) -> tuple[Document, list[Change]]:
    """A request, or the definition of a rota, in today's form, and what was changed.

    The document passed is not modified; one in today's form comes back equal, with no changes.
    """
    changes: list[Change] = []
    for step in STEPS:
        document, more = step.of_document(document)
        changes += more
    return document, changes


def stored(text: str) -> str:
    """The JSON of a request or a definition that was accepted before, in today's form.

    A node of the release before may still write its own form after the database was migrated.
    """
    for step in STEPS:
        text = step.of_text(text)
    return text


def renamed_kind(kind: str) -> str | None:
    """What a kind of rule of an earlier release is called now, as the end of a sentence; None if
    there was no such kind."""
    rule, changes = upgraded({"rules": [{"kind": kind}]})
    if not changes:
        return None
    now = rule["rules"][0]
    more = "".join(f', with "{n}": {json.dumps(v)}' for n, v in now.items() if n != "kind")
    return f"is called `{now['kind']}` since this release{more}"


def renamed_field(kind: str, field: str) -> str | None:
    """What a field of a rule is called now, if it had another name in an earlier release."""
    rule, changes = upgraded({"rules": [{"kind": kind, field: None}]})
    names: Mapping[str, Any] = rule["rules"][0]
    return next(name for name in names if name != "kind") if changes else None
