"""Things are used with their owner's approval."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from scheduler.rulebook import Breach, Example, Facts, Model, Plan, Rule, Slack, Which, activity


class ApprovedUses(Rule):
    """Things that belong to another school are used only with its approval.

    The owner may approve one start, or every start. As a must, nothing is planned that still waits
    for an answer; as a wish, uses that are certain come first. The amount is the number of uses not
    approved.
    """

    kind: Literal["approved_uses"] = "approved_uses"
    scope = "duty"
    unit = "uses"
    short = "Things that are approved"
    worse = "using more things that are not approved"

    activities: Which | None = Field(
        None, description="The activities it applies to; all if left out."
    )

    def __str__(self) -> str:
        return "Things are used with their owner's approval."

    def encode(self, model: Model, slack: Slack) -> None:
        for o in model.facts.chosen_occasions(self.activities):
            for use, asked in enumerate(o.uses):
                for thing in asked.things:
                    open_ = [
                        place
                        for place in range(len(o.starts))
                        if model.facts.approval(o, place, thing) != "granted"
                    ]
                    if open_:
                        at = model.times.within(o.number, open_)
                        used = model.times.uses(o.number, use, thing)
                        room = slack(o.id, model.facts.things[thing].id, most=1)
                        model.cp.add(model.all_of([at, used]) <= room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for o in facts.chosen_occasions(self.activities):
            place = plan.place(o)
            for use in range(len(o.uses)):
                thing = plan.thing(o, use)
                if place is None or thing is None:
                    continue
                said = facts.approval(o, place, thing)
                if said != "granted":
                    yield Breach(
                        where=(o.id, facts.things[thing].id),
                        amount=1,
                        sentence=f"{facts.says_work(o)} uses {facts.things[thing].name}: its owner "
                        f"{_SAYS[said]}.",
                    )


_SAYS = {
    "asked": "was asked, and has not answered",
    "refused": "has refused it",
    "not asked": "is still to be asked",
}

_FACTS = {
    "schools": [{"id": "S", "name": "Oakfield"}, {"id": "T", "name": "Fellside"}],
    "resources": [
        {
            "id": "bus",
            "name": "Bus",
            "owner": "T",
            "approval": True,
            "approvals": [
                {"activity": "P", "status": "asked"},
                {"activity": "P", "status": "granted", "start": "2026-01-05T11:00"},
            ],
        },
        {"id": "van", "name": "Van", "owner": "T", "approval": True},
        {"id": "car", "name": "Car"},
    ],
    "activities": [
        activity("P", "Trip", step=120, optional=True, uses=[{"one_of": ["bus", "van", "car"]}])
    ],
}
_ELEVEN = {"P": "2026-01-05T11:00"}
_NINE = {"P": "2026-01-05T09:00"}

EXAMPLES = [
    Example(ApprovedUses(), "Ann .", [], facts=_FACTS, times=_ELEVEN),
    Example(ApprovedUses(), "Ann .", [], facts=_FACTS, times=_NINE, things={"P": ["car"]}),
    Example(
        ApprovedUses(),
        "Ann .",
        ["Trip uses Bus: its owner was asked, and has not answered."],
        facts=_FACTS,
        times=_NINE,
    ),
    Example(
        ApprovedUses(),
        "Ann .",
        ["Trip uses Van: its owner is still to be asked."],
        facts=_FACTS,
        times=_ELEVEN,
        things={"P": ["van"]},
    ),
]
