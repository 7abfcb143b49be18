"""Everybody pinned to a duty is on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from scheduler.rulebook import (
    Breach,
    Duty,
    Example,
    Facts,
    Model,
    Plan,
    Problem,
    Rule,
    Slack,
    Staff,
)


class Pinned(Rule):
    """Placements that the request has fixed are kept.

    There is one breach for each that is not kept.
    """

    kind: Literal["pinned"] = "pinned"
    scope = "person"
    unit = "placements"
    short = "Placements asked for"
    usual_authority = "agreement"
    always_on = True
    goes_without_saying = True
    settles_cells = True

    def __str__(self) -> str:
        return "Everybody pinned to a duty is on it."

    def concerns(self, problem: Problem) -> bool:
        return bool(problem.pinned)

    def encode(self, model: Model, slack: Slack) -> None:
        for person, duty in _pins(model.facts):
            if slack.never_bends:
                model.settle(person.number, duty.number, 1)
            else:
                placed = model.works(person.number, duty.number)
                model.cp.add(placed + slack(person.id, duty.id, most=1) >= 1)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for person, duty in _pins(facts):
            if not plan.works(person.number, duty.number):
                yield Breach(
                    where=(person.id, duty.id),
                    amount=1,
                    sentence=f"{person.name} is pinned to {facts.says_duty(duty)} but not on it.",
                )


def _pins(facts: Facts) -> Iterator[tuple[Staff, Duty]]:
    pins: dict[int, set[int]] = {}
    for placement in facts.problem.pinned:
        duty = facts.duty_number[placement.duty]
        pins.setdefault(facts.person_number[placement.person], set()).add(duty)
    if not pins:
        return
    for person in facts.people():
        for duty in sorted(pins.get(person.number, ())):
            yield person, facts.duties[duty]


_PIN = {"pinned": [{"person": "Ann", "duty": "D@2026-01-06"}]}

EXAMPLES = [
    Example(Pinned(), "Ann D .\nBob . D", []),
    Example(Pinned(), "Ann . D\nBob D .", [], facts=_PIN),
    Example(
        Pinned(),
        "Ann D .\nBob . D",
        ["Ann is pinned to Day on Tue 6 Jan but not on it."],
        facts=_PIN,
    ),
]
