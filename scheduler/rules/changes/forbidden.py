"""Nobody is on a duty that the request forbids them."""

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


class Forbidden(Rule):
    """Placements that the request has forbidden are not made.

    There is one breach for each that is made.
    """

    kind: Literal["forbidden"] = "forbidden"
    scope = "person"
    unit = "placements"
    short = "Placements ruled out"
    usual_authority = "agreement"
    always_on = True
    goes_without_saying = True
    settles_cells = True

    def __str__(self) -> str:
        return "Nobody is on a duty that the request forbids them."

    def concerns(self, problem: Problem) -> bool:
        return bool(problem.forbidden)

    def encode(self, model: Model, slack: Slack) -> None:
        for person, duty in _forbidden(model.facts):
            if slack.never_bends:
                model.settle(person.number, duty.number, 0)
            else:
                placed = model.works(person.number, duty.number)
                model.cp.add(placed <= slack(person.id, duty.id, most=1))

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for person, duty in _forbidden(facts):
            if plan.works(person.number, duty.number):
                yield Breach(
                    where=(person.id, duty.id),
                    amount=1,
                    sentence=f"{person.name} is on {facts.says_duty(duty)}, which the request "
                    "forbids.",
                )


def _forbidden(facts: Facts) -> Iterator[tuple[Staff, Duty]]:
    kept_off: dict[int, set[int]] = {}
    for placement in facts.problem.forbidden:
        duty = facts.duty_number[placement.duty]
        kept_off.setdefault(facts.person_number[placement.person], set()).add(duty)
    if not kept_off:
        return
    for person in facts.people():
        for duty in sorted(kept_off.get(person.number, ())):
            yield person, facts.duties[duty]


_KEPT_OFF = {"forbidden": [{"person": "Ann", "duty": "D@2026-01-06"}]}

EXAMPLES = [
    Example(Forbidden(), "Ann D D\nBob . D", []),
    Example(Forbidden(), "Ann D .\nBob . D", [], facts=_KEPT_OFF),
    Example(
        Forbidden(),
        "Ann D D\nBob . D",
        ["Ann is on Day on Tue 6 Jan, which the request forbids."],
        facts=_KEPT_OFF,
    ),
]
