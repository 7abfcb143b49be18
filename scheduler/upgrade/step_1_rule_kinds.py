"""Step 1: kinds of rules, and one field, take the words of the field and of schools.

Released: this module does not change any more.
"""

import json
from typing import Any

from scheduler.upgrade.change import Change, Document, Step

KINDS: dict[str, tuple[str, Document]] = {
    "clustered": ("fewest_visit_days", {}),
    "days_off": ("consecutive_days_off", {}),
    "days_worked": ("workload", {"measure": "days"}),
    "faces_per_group": ("adults_per_group", {}),
    "held": ("optional_take_place", {}),
    "lunch_besides_travel": ("lunch_and_travel", {}),
    "minutes_worked": ("workload", {"measure": "minutes"}),
    "not_placed": ("forbidden", {}),
    "recalled": ("inspection_recall", {}),
    "shifts_worked": ("workload", {"measure": "shifts"}),
    "survives_loss": ("contingency_cover", {}),
    "taken_over": ("handover_overlap", {}),
}
"""An old kind, what it is called now, and the fields that say what the old name said."""

FIELDS: dict[tuple[str, str], str] = {("stages", "measured"): "relation"}
"""A field of a kind, and what it is called now."""


def of_request(document: Document) -> tuple[Document, list[Change]]:
    """A request, or whatever else holds `rules`, with the kinds and fields of today."""
    rules = document.get("rules")
    if not isinstance(rules, list):
        return document, []
    changes: list[Change] = []
    made = []
    for number, rule in enumerate(rules):
        after, said = of_rule(rule) if isinstance(rule, dict) else (rule, [])
        made.append(after)
        changes += [Change(("rules", number), sentence) for sentence in said]
    return ({**document, "rules": made} if changes else document), changes


def of_rule(rule: Document) -> tuple[Document, list[str]]:
    """A rule with the kind and fields of today, in the order in which they were sent, and what was
    changed."""
    kind, said = rule.get("kind"), []
    if not isinstance(kind, str):
        return rule, []
    made: Document = {}
    for name, value in rule.items():
        now = FIELDS.get((kind, name), name)
        if now != name:
            said.append(f"`{name}` of `{kind}` is now `{now}`.")
        made[now] = value
        if name == "kind" and kind in KINDS:
            made["kind"], more = KINDS[kind]
            made.update(more)
            with_ = " and ".join(f'"{n}": {json.dumps(v)}' for n, v in more.items())
            said.append(f"`{kind}` is now `{made['kind']}`{with_ and f' with {with_}'}.")
    return (made if said else rule), said


def of_result(document: Document) -> Document:
    """An answer whose findings, and members of a clash, name kinds of today."""
    made: Document = _renamed(document)
    return made


def _renamed(value: Any) -> Any:
    if isinstance(value, list):
        return [_renamed(item) for item in value]
    if not isinstance(value, dict):
        return value
    made = {name: _renamed(item) for name, item in value.items()}
    # Facts that take part in a clash have a kind too, but are no rule.
    if isinstance(made.get("rule"), int) and made.get("kind") in KINDS and "sentence" in made:
        made["kind"] = KINDS[made["kind"]][0]
    return made


STEP = Step(
    about="Kinds of rules, and one field, take the words of the field and of schools.",
    marks=tuple(f'"{name}"' for name in (*KINDS, *(field for _, field in FIELDS))),
    of_request=of_request,
    of_result=of_result,
)
