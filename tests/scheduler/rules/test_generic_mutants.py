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
from pydantic import ValidationError

from models.facts.facts import Facts
from scheduler.rulebook.example import Example
from scheduler.rulebook.rule import Rule
from scheduler.rules import EXAMPLES, RULES
from solver.language.model import Model
from solver.language.slack import Slack
from tests.agreement import Trial, plans
from tests.drawings import KINDS

FEW_PLANS, MOST_PLANS = 4, 64
"""Schedules of each drawing on which a mutant may be caught: those tried first, and all."""

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


def is_valid(rule: Rule, field: str, value: Any) -> bool:
    """Whether a request might have the rule with this value."""
    try:
        type(rule).model_validate({**rule.model_dump(), field: value})
    except ValidationError:
        return False
    return True


def mutants(kind: str) -> dict[str, list[tuple[Example, dict[str, Any]]]]:
    """By name: the drawings on which a mutant can be planted, and the field's other value there."""
    found: dict[str, list[tuple[Example, dict[str, Any]]]] = {}
    for example in EXAMPLES[kind]:
        for field in type(example.rule).model_fields.keys() - Rule.model_fields.keys() - {"kind"}:
            for name, value in others(example.rule, field):
                if value != getattr(example.rule, field) and is_valid(example.rule, field, value):
                    found.setdefault(name, []).append((example, {field: value}))
        if example.problem.history:
            found.setdefault(NO_PAST, []).append((example, {}))
    return dict(sorted(found.items()))


MUTANTS = {(kind, name): places for kind in KINDS for name, places in mutants(kind).items()}


def planted(example: Example, update: dict[str, Any], patch: pytest.MonkeyPatch) -> Trial | None:
    """The drawing with the mutant's encoding and the rule's own checker; None if that fails."""
    facts, kind = example.indexed, type(example.rule)
    encode = kind.encode

    def wrong(rule: Rule, model: Model, slack: Slack) -> None:
        encode(rule.model_copy(update=update), model, slack)

    seen = facts
    if not update:
        seen = Facts(facts.problem.model_copy(update={"history": (), "history_from": None}))
    try:
        with patch.context() as fault:
            fault.setattr(kind, "encode", wrong)
            trial = Trial(example.rule, seen)
    except (AssertionError, ArithmeticError, LookupError, TypeError, ValueError):
        return None
    trial.facts = facts
    return trial


def is_caught(places: list[tuple[Example, dict[str, Any]]], patch: pytest.MonkeyPatch) -> bool:
    """Whether a schedule of any drawing shows the fault; a few of each drawing are tried first."""
    trials = [(example, planted(example, update, patch)) for example, update in places]
    for first, last in ((0, FEW_PLANS), (FEW_PLANS, MOST_PLANS)):
        for example, trial in trials:
            if trial is None:
                return True
            for plan in islice(plans(trial.facts, example.plan, MOST_PLANS), first, last):
                if trial.with_equalities(plan) != trial.said(plan):
                    return True
    return False


@pytest.mark.parametrize(
    ("kind", "name"), [pytest.param(*key, id=f"{key[0]}: {key[1]}") for key in MUTANTS]
)
def test_a_mutant_is_caught(kind: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On one of the rule's own drawings; what is not caught has a reason, and only that."""
    caught = is_caught(MUTANTS[kind, name], monkeypatch)
    assert caught == ((kind, name) not in EQUIVALENT)


def test_reasons_are_given_for_mutants_that_there_are() -> None:
    """A reason that is needed no more is struck out."""
    known = {(kind, name) for kind in RULES for name in mutants(kind)}
    assert set(EQUIVALENT) <= known
