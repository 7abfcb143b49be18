"""Requests of the release before: rewritten, they are read without a fault and mean the same.

The files beside this one hold what the examples and the drawings of all rules were in that release,
each with a schedule and what its checker said of it.
"""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from models.facts.facts import Facts
from models.facts.plan import Plan
from scheduler.intake.parse import InvalidRequest, read_request, read_schedule
from scheduler.rules import RULES
from scheduler.upgrade import STEPS, renamed_kind, stored, upgraded
from scheduler.upgrade.step_1_rule_kinds import FIELDS, KINDS

BESIDE = Path(__file__).parent

EXAMPLES: dict[str, dict[str, Any]] = json.loads(
    gzip.decompress((BESIDE / "form_0_examples.json.gz").read_bytes())
)


def drawings() -> Iterator[dict[str, Any]]:
    """A request, a schedule and the breaches that were found, for each drawing."""
    for line in gzip.decompress((BESIDE / "form_0_drawings.jsonl.gz").read_bytes()).splitlines():
        yield json.loads(line)


MEANS_OTHERWISE: dict[str, str] = {
    "activities_per_period": "a period of which not every working day is known has no least",
}
"""Kinds of today whose verdict on these schedules has changed since on purpose, each with the
reason."""


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_of_the_release_before_means_the_same(name: str) -> None:
    """Each rule has the breaches that it had, in a schedule that breaks most of them."""
    case = EXAMPLES[name]
    document, _ = upgraded(case["request"])
    request = read_request(document)
    facts = Facts(request.problem)
    plan = Plan.of(facts, read_schedule(case["schedule"], facts))
    for rule, amount in zip(request.rules, case["amounts"], strict=True):
        if rule.name not in MEANS_OTHERWISE:
            assert sum(breach.amount for breach in rule.check(facts, plan)) == amount, rule


def test_every_drawing_of_the_release_before_means_the_same() -> None:
    """The same places and amounts; whatever kind of rule it is of, it is read."""
    seen = set()
    for case in drawings():
        document, changes = upgraded(case["request"])
        (sent,) = case["request"]["rules"]
        kind = sent["kind"]
        assert bool(changes) == (kind in KINDS or any((kind, name) in FIELDS for name in sent))
        request = read_request(document)
        facts = Facts(request.problem)
        plan = Plan.of(facts, read_schedule(case["schedule"], facts))
        (rule,) = request.rules
        if rule.name not in MEANS_OTHERWISE:
            found = sorted(
                [list(breach.where), breach.amount] for breach in rule.check(facts, plan)
            )
            assert found == case["breaches"], sent
        seen.add(kind)
    assert seen >= set(KINDS)
    assert len(seen) == 88


def test_what_is_of_today_stays_as_it_is() -> None:
    """And a second time changes nothing; nor does the upgrade touch what was passed."""
    for case in EXAMPLES.values():
        before = json.dumps(case["request"])
        once, _ = upgraded(case["request"])
        assert json.dumps(case["request"]) == before
        assert upgraded(once) == (once, [])
        text = json.dumps(once)
        assert stored(text) is text or json.loads(stored(text)) == once


def test_the_first_step_is_frozen() -> None:
    """A database that it has migrated has these kinds; a further change is a further step."""
    rules = [{"kind": kind, "says": "x", "weight": 2} for kind in sorted(KINDS)]
    document, changes = upgraded({"rules": [*rules, {"measured": "x", "kind": "stages"}, 1]})
    made = [list(rule.values())[:-2] for rule in document["rules"][:-2]]
    assert made == [
        ["fewest_visit_days"],
        ["consecutive_days_off"],
        ["workload", "days"],
        ["adults_per_group"],
        ["optional_take_place"],
        ["lunch_and_travel"],
        ["workload", "minutes"],
        ["forbidden"],
        ["inspection_recall"],
        ["workload", "shifts"],
        ["contingency_cover"],
        ["handover_overlap"],
    ]
    assert document["rules"][-2:] == [{"relation": "x", "kind": "stages"}, 1]
    assert changes[2].path == ("rules", 2)
    assert changes[2].said == '`days_worked` is now `workload` with "measure": "days".'
    assert changes[-1].said == "`measured` of `stages` is now `relation`."


def test_a_rota_and_its_nights_are_upgraded() -> None:
    """With the places in what was passed."""
    old = {"rules": [{"kind": "held"}]}
    document, changes = upgraded({"name": "Hub", "request": old, "nightly": {**old, "seconds": 9}})
    new = {"rules": [{"kind": "optional_take_place"}]}
    assert document == {"name": "Hub", "request": new, "nightly": {**new, "seconds": 9}}
    assert [change.path for change in changes] == [("request", "rules", 0), ("nightly", "rules", 0)]


def test_an_answer_names_todays_kinds() -> None:
    """In findings and clashes; a fact of the same name as an old kind is none."""
    finding = {"rule": 3, "kind": "days_worked", "sentence": "Everybody works at most 4 days."}
    fact = {"rule": None, "kind": "held", "sentence": "Ann holds a certificate."}
    (step,) = STEPS
    assert step.of_result({"clash": {"members": [fact, finding]}, "levels": [{"value": 3}]}) == {
        "clash": {"members": [fact, {**finding, "kind": "workload"}]},
        "levels": [{"value": 3}],
    }


@pytest.mark.parametrize("kind", KINDS)
def test_an_old_kind_is_refused_by_its_new_name(kind: str) -> None:
    """At its pointer, in a short sentence, with what rewrites a file."""
    request = {**EXAMPLES["tiny"]["request"], "rules": [{"kind": "cover"}, {"kind": kind}]}
    with pytest.raises(InvalidRequest) as refusal:
        read_request(request)
    (fault,) = refusal.value.faults
    assert fault.pointer == "/rules/1"
    assert fault.message == f"{renamed_kind(kind)}."
    assert KINDS[kind][0] in RULES
    assert fault.hint == "Maybe rewrite the file by `schoolrota upgrade`?"
    assert len(fault.message) < 100


def test_a_kind_that_was_split_by_what_it_counts() -> None:
    """The fault says the new field too."""
    assert renamed_kind("days_worked") == (
        'is called `workload` since this release, with "measure": "days"'
    )
    assert renamed_kind("cover") is None


def test_an_old_field_is_refused_by_its_new_name() -> None:
    """At the rule it belongs to."""
    steps = [{"activity": "a", "after": "b", "least": 0}]
    rule = {"kind": "stages", "steps": steps, "measured": "start_to_start"}
    with pytest.raises(InvalidRequest) as refusal:
        read_request({**EXAMPLES["tiny"]["request"], "rules": [rule]})
    said = {fault.message for fault in refusal.value.faults}
    assert "has a field `measured`, which is called `relation` since this release." in said
