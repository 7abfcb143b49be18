"""Nothing is used that its owner has refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from scheduler.rulebook import Breach, Example, Facts, Model, Plan, Problem, Rule, Slack, activity


class NotRefused(Rule):
    """No activity uses a thing whose owner has refused it, for that start or for every start.

    The amount is the number of such uses.
    """

    kind: Literal["not_refused"] = "not_refused"
    scope = "duty"
    unit = "uses"
    usual_authority = "agreement"
    always_on = True

    def __str__(self) -> str:
        return "Nothing is used that its owner has refused."

    def concerns(self, problem: Problem) -> bool:
        return any(resource.approval for resource in problem.resources)

    def encode(self, model: Model, slack: Slack) -> None:
        for o in model.facts.chosen_occasions():
            for use, asked in enumerate(o.uses):
                for thing in asked.things:
                    refused = [
                        place
                        for place in range(len(o.starts))
                        if model.facts.approval(o, place, thing) == "refused"
                    ]
                    if refused:
                        at = model.times.within(o.number, refused)
                        used = model.times.uses(o.number, use, thing)
                        room = slack(o.id, model.facts.things[thing].id, most=1)
                        model.cp.add(model.all_of([at, used]) <= room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for o in facts.chosen_occasions():
            place = plan.place(o)
            for use in range(len(o.uses)):
                thing = plan.thing(o, use)
                if place is None or thing is None:
                    continue
                if facts.approval(o, place, thing) == "refused":
                    yield Breach(
                        where=(o.id, facts.things[thing].id),
                        amount=1,
                        sentence=f"{facts.says_work(o)} uses {facts.things[thing].name}, which its "
                        "owner has refused.",
                    )


_REFUSED = [
    {"activity": "P", "status": "granted"},
    {"activity": "P", "status": "refused", "start": "2026-01-05T09:00"},
]
_FACTS = {
    "schools": [{"id": "S", "name": "Oakfield"}, {"id": "T", "name": "Fellside"}],
    "resources": [
        {"id": "bus", "name": "Bus", "owner": "T", "approval": True, "approvals": _REFUSED},
        {"id": "van", "name": "Van", "owner": "T", "approval": True},
    ],
    "activities": [
        activity("P", "Trip", venues=["S", "T"], step=120, uses=[{"one_of": ["bus", "van"]}])
    ],
}

EXAMPLES = [
    Example(
        NotRefused(), "Ann .", [], facts=_FACTS, times={"P": "2026-01-05T11:00"}, at={"P": "S"}
    ),
    Example(NotRefused(), "Ann .", [], facts=_FACTS, things={"P": ["van"]}),
    Example(NotRefused(), "Ann .", [], facts=_FACTS, at={"P": "T"}),
    Example(
        NotRefused(),
        "Ann .",
        ["Trip uses Bus, which its owner has refused."],
        facts=_FACTS,
        times={"P": "2026-01-05T09:00"},
        at={"P": "S"},
    ),
]
