"""What must be true of every rule, whichever it is."""

import re

import pytest

from scheduler.intake.request import RotaRequest
from scheduler.rulebook.check import check
from scheduler.rulebook.example import Example
from scheduler.rules import ALWAYS_ON, EXAMPLES, RULES
from tests.agreement import disagreements
from tests.drawings import KINDS, SHOWN
from tests.soak import more


@pytest.mark.parametrize("kind", KINDS)
def test_a_rule_is_named_after_its_file(kind: str) -> None:
    """One word finds the file, the JSON, the test and the rulebook entry."""
    rule = RULES[kind]
    assert rule.model_fields["kind"].default == kind
    assert rule.__name__.lower() == kind.replace("_", "")


@pytest.mark.parametrize("kind", KINDS)
def test_a_rule_documents_itself(kind: str) -> None:
    """A docstring whose first line is a sentence, a unit, a scope, and a sentence with a stop."""
    rule = RULES[kind]
    first = (rule.__doc__ or "").strip().splitlines()[0]
    assert re.fullmatch(r"[A-Z].*\.", first), first
    assert rule.unit
    assert rule.scope
    for example in EXAMPLES[kind]:
        assert re.fullmatch(r"[A-Z].*\.", str(example.rule)), str(example.rule)


@pytest.mark.parametrize("kind", KINDS)
def test_a_rule_is_shown_kept_and_broken(kind: str) -> None:
    """At least two drawings keep it (one of them exactly at the limit) and one breaks it."""
    shown = EXAMPLES[kind]
    assert sum(not example.breaches for example in shown) >= 2
    assert any(example.breaches for example in shown)


@pytest.mark.parametrize("example", SHOWN.values(), ids=SHOWN)
def test_the_checker_says_what_the_example_says(example: Example) -> None:
    """Word for word."""
    assert sorted(b.sentence for b in example.found()) == sorted(example.breaches)


@pytest.mark.parametrize("example", SHOWN.values(), ids=SHOWN)
def test_a_rule_survives_json(example: Example) -> None:
    """There and back."""
    again = type(example.rule).model_validate_json(example.rule.model_dump_json())
    assert again == example.rule


@more
@pytest.mark.parametrize("example", SHOWN.values(), ids=SHOWN)
def test_encoding_and_checker_agree(example: Example) -> None:
    """Every schedule, four ways, and as a must: the least slack is the checker's amount."""
    assert list(disagreements(example)) == []


@pytest.mark.parametrize("example", SHOWN.values(), ids=SHOWN)
def test_what_is_always_on_is_left_out_only_where_it_says_nothing(example: Example) -> None:
    """Whatever is drawn, no breach of such a rule goes unseen."""
    facts = example.indexed
    kept = [rule for rule in RotaRequest(problem=example.problem).all_rules if rule.always_on]
    assert check(facts, kept, example.plan).broken_musts == (
        check(facts, ALWAYS_ON, example.plan).broken_musts
    )


def test_nobody_reads_of_minibuses_who_has_none() -> None:
    """Of a rota of people only, what is always on is about people."""
    example = EXAMPLES["cover"][0]
    rules = RotaRequest(problem=example.problem).all_rules
    kinds = {rule.name for rule in rules if rule.always_on}
    assert kinds == {"one_place_at_a_time", "qualified_and_available"}
