"""Encoding faults, planted on purpose: each of them is caught."""

from collections.abc import Callable
from functools import cache

import pytest

from models.facts.facts import Facts, Stint
from models.problem.limits import Limits
from scheduler.engine import schedule
from scheduler.intake.request import RotaRequest
from scheduler.rules import EXAMPLES
from scheduler.rules.cover.cover import Cover
from scheduler.rules.cover.qualified_and_available import QualifiedAndAvailable
from scheduler.rules.places_and_travel import one_place_at_a_time
from scheduler.rules.working_time.consecutive_days import ConsecutiveDays
from scheduler.search.search_state import Disagreement
from solver.language.model import Model
from solver.language.slack import Slack
from tests.agreement import disagreements
from tests.scheduler.test_oracle import best_vector, judge
from tests.soak import more, some

Patch = pytest.MonkeyPatch


def a_day_too_many(patch: Patch) -> None:
    """The limit is encoded one day above itself."""
    encode = ConsecutiveDays.encode

    def wrong(rule: ConsecutiveDays, model: Model, slack: Slack) -> None:
        more = None if rule.most is None else rule.most + 1
        encode(rule.model_copy(update={"most": more}), model, slack)

    patch.setattr(ConsecutiveDays, "encode", wrong)


def the_past_forgotten(patch: Patch) -> None:
    """Days worked before the horizon are not encoded."""
    patch.setattr(Facts, "streak", lambda facts, person, rest=False: (0, False))


def one_missing_is_enough(patch: Patch) -> None:
    """A duty counts as covered when one person is missing."""

    def wrong(rule: Cover, model: Model, slack: Slack) -> None:
        for duty in model.facts.chosen_duties(rule.duties):
            there = [model.works(p, duty.number) for p in model.people_for(duty)]
            room = slack(duty.id, most=duty.count)
            model.cp.add(model.sum([*there, room]) >= duty.count - 1)

    patch.setattr(Cover, "encode", wrong)


def schools_next_door(patch: Patch) -> None:
    """Travel between schools takes no time."""

    def overlap(one: Stint, other: Stint, _: Facts) -> bool:
        return one.duty != other.duty and one.start < other.end and other.start < one.end

    patch.setattr(one_place_at_a_time, "_clash", overlap)


def absences_overlooked(patch: Patch) -> None:
    """Everybody who meets a need may be placed on it, present or not."""

    def wrong(_: QualifiedAndAvailable, model: Model, slack: Slack) -> None:
        for person in model.facts.people():
            for duty in model.duties_of(person.number):
                if not model.facts.qualified(person.number, duty):
                    placed = model.works(person.number, duty.number)
                    model.cp.add(placed <= slack(person.id, duty.id, most=1))

    patch.setattr(QualifiedAndAvailable, "encode", wrong)


FAULTS = [
    (a_day_too_many, "consecutive_days"),
    (the_past_forgotten, "consecutive_days"),
    (one_missing_is_enough, "cover"),
    (schools_next_door, "one_place_at_a_time"),
    (absences_overlooked, "qualified_and_available"),
]


@pytest.mark.parametrize(("plant", "kind"), FAULTS)
def test_agreement_catches_a_planted_fault(
    plant: Callable[[Patch], None], kind: str, monkeypatch: Patch
) -> None:
    """On the rule's own drawings; without the fault there is nothing to catch."""
    shown = EXAMPLES[kind]
    assert not any(said for example in shown for said in disagreements(example))
    plant(monkeypatch)
    assert any(said for example in shown for said in disagreements(example))


REQUESTS = [
    RotaRequest(problem=example.problem, rules=rules, limits=Limits(workers=1, reproducible=True))
    for shown in EXAMPLES.values()
    for example in shown[:4]
    if len(example.indexed.staff) * len(example.indexed.duties) <= 8
    for rules in (
        (Cover(priority=1), ConsecutiveDays(most=2, priority=2)),
        (Cover(priority="must"), ConsecutiveDays(most=1, priority=1)),
    )
]
"""What is solved while a fault is planted."""


def _is_right(request: RotaRequest) -> bool:
    try:
        judge(schedule(request), best_vector(request))
    except (AssertionError, Disagreement):
        return False
    return True


@cache
def _all_are_right() -> bool:
    """Whether no answer is wrong while no fault is planted: asked once for all faults."""
    return all(_is_right(request) for request in some(REQUESTS, 8))


@more
@pytest.mark.parametrize("plant", [a_day_too_many, one_missing_is_enough])
def test_the_oracle_catches_a_planted_fault(
    plant: Callable[[Patch], None], monkeypatch: Patch
) -> None:
    """In whole requests: another vector, or the checker's disagreement, which is loud."""
    assert _all_are_right()
    plant(monkeypatch)
    assert not all(_is_right(request) for request in REQUESTS)
