"""Faults that any rule could have, planted in its encoding field by field: each is caught.

They are derived from the fields of the rules that are drawn, so that a new rule gets them without a
line of its own. A mutant lets `encode` see another value than `check` sees: a limit one higher or
lower, a flag turned round, another choice of a list, a selector forgotten, a list cut short, no
past. A mutant is caught if, on a schedule of one of the rule's drawings, the least slack is not the
checker's amount, or if the encoding fails.

A rule's weight has no mutant here, as `encode` never sees it: `Slack` prices the amounts.
"""

from collections.abc import Iterator
from datetime import time
from itertools import islice
from typing import Any, Literal, get_args, get_origin

import pytest

from models.facts.facts import Facts
from scheduler.rulebook.example import Example
from scheduler.rulebook.rule import Rule
from scheduler.rules import EXAMPLES, RULES
from solver.language.model import Model
from solver.language.slack import Slack
from tests.agreement import Trial, plans
from tests.drawings import KINDS

MOST_PLANS = 64
"""Schedules of each drawing on which a mutant may be caught."""

NO_PAST = "no past"
"""The mutant whose encoding knows nothing of the days before the horizon."""

EQUIVALENT: dict[tuple[str, str], str] = {}
"""Mutants that are not caught, each with the reason."""


def others(rule: Rule, field: str) -> Iterator[tuple[str, Any]]:
    """(name of a mutant, another value of a field), as far as the value has any to offer."""
    annotation, value = type(rule).model_fields[field].annotation, getattr(rule, field)
    if get_origin(annotation) is Literal:
        yield from ((f"{field} = {choice}", choice) for choice in get_args(annotation))
    elif isinstance(value, bool):
        yield f"{field} turned round", not value
    elif isinstance(value, int):
        yield f"{field} + 1", value + 1
        yield f"{field} - 1", value - 1
    elif isinstance(value, time):
        yield f"{field} an hour later", value.replace(hour=value.hour + 1)
    elif value and type(None) in get_args(annotation):
        yield f"{field} forgotten", None
    elif value and isinstance(value, tuple):
        yield f"{field} cut short", value[:-1]


def mutants(kind: str) -> dict[str, list[tuple[Example, dict[str, Any]]]]:
    """By name: the drawings on which a mutant can be planted, and the field's other value there."""
    found: dict[str, list[tuple[Example, dict[str, Any]]]] = {}
    for example in EXAMPLES[kind]:
        for field in set(type(example.rule).model_fields) - set(Rule.model_fields) - {"kind"}:
            for name, value in others(example.rule, field):
                if value != getattr(example.rule, field):
                    found.setdefault(name, []).append((example, {field: value}))
        if example.problem.history:
            found.setdefault(NO_PAST, []).append((example, {}))
    return dict(sorted(found.items()))


MUTANTS = {(kind, name): planted for kind in KINDS for name, planted in mutants(kind).items()}


def is_caught(example: Example, update: dict[str, Any], patch: pytest.MonkeyPatch) -> bool:
    """Whether a schedule of the drawing shows that the encoding is wrong."""
    facts, kind = example.indexed, type(example.rule)
    encode = kind.encode

    def wrong(rule: Rule, model: Model, slack: Slack) -> None:
        encode(rule.model_copy(update=update), model, slack)

    seen = facts
    if not update:
        seen = Facts(facts.problem.model_copy(update={"history": (), "history_from": None}))
    try:
        with patch.context() as planted:
            planted.setattr(kind, "encode", wrong)
            trial = Trial(example.rule, seen)
    except (AssertionError, ArithmeticError, LookupError, TypeError, ValueError):
        return True
    trial.facts = facts
    return any(
        trial.with_equalities(plan) != trial.said(plan)
        for plan in islice(plans(facts, example.plan, MOST_PLANS), MOST_PLANS)
    )


@pytest.mark.parametrize(
    ("kind", "name"), [pytest.param(*key, id=f"{key[0]}: {key[1]}") for key in MUTANTS]
)
def test_a_mutant_is_caught(kind: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On one of the rule's own drawings; what is not caught has a reason, and only that."""
    caught = any(is_caught(example, update, monkeypatch) for example, update in MUTANTS[kind, name])
    assert caught == ((kind, name) not in EQUIVALENT)


def test_reasons_are_given_for_mutants_that_there_are() -> None:
    """A reason that is needed no more is struck out."""
    known = {(kind, name) for kind in RULES for name in mutants(kind)}
    assert set(EQUIVALENT) <= known
