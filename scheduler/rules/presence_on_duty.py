"""Among the people on a duty are those whom it asks for besides its needs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Literal

from models.facts import Facts
from models.plan import Plan
from models.problem import Which
from models.report import Breach
from scheduler.example import Example
from scheduler.rule import Rule, Scope

if TYPE_CHECKING:
    from solver.model import Model
    from solver.slack import Slack


class PresenceOnDuty(Rule):
    """Among the people on a duty, whichever need they fill, are those of its own `presence`.

    Judged only where anybody is on it: an empty duty is a matter of cover. The amount is the
    people missing, for each sort that the duty asks for.
    """

    kind: Literal["presence_on_duty"] = "presence_on_duty"
    scope: ClassVar[Scope] = "duty"
    unit: ClassVar[str] = "people"

    duties: Which | None = None

    def __str__(self) -> str:
        return "Among the people on a duty are those whom it asks for."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        for occasion in facts.chosen_occasions(self.duties):
            if not occasion.presence:
                continue
            duties = [facts.duties[number] for number in occasion.duties]
            placed = {
                p: model.any_of(model.works(p, d.number) for d in duties)
                for p in sorted({p for d in duties for p in model.people_for(d)})
            }
            anybody = model.any_of(placed.values())
            for number, asked in enumerate(occasion.presence):
                meant = facts.meant(asked.who, duties[0].day)
                there = model.sum(on for p, on in placed.items() if p in meant)
                room = slack(occasion.id, str(number), most=asked.count)
                model.cp.add(there + room >= asked.count * anybody)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for occasion in facts.chosen_occasions(self.duties):
            people = {p for duty in occasion.duties for p in plan.people(duty)}
            if not people:
                continue
            duty = facts.duties[occasion.duties[0]]
            for number, asked in enumerate(occasion.presence):
                there = len(people & facts.meant(asked.who, duty.day))
                if there < asked.count:
                    on = "" if duty.decided else f" on {facts.says_day(duty.day)}"
                    yield Breach(
                        where=(occasion.id, str(number)),
                        amount=asked.count - there,
                        sentence=f"{occasion.name}{on} has {there} of the {asked.count} that it "
                        "asks for besides its needs.",
                    )


_ASKS = {"D": {"presence": [{"who": {"skill": "faw"}}]}}
_SKILLED = {"Ann": {"skills": [{"skill": "faw"}]}}
_SKILLS = {"skills": {"faw": "first aid at work"}}

EXAMPLES = [
    Example(PresenceOnDuty(), "Ann D .\nBob D .", [], _ASKS, _SKILLED, _SKILLS),
    Example(PresenceOnDuty(), "Ann . .\nBob . .", [], _ASKS, _SKILLED, _SKILLS),
    Example(
        PresenceOnDuty(),
        "Ann D .\nBob D D",
        ["Day on Tue 6 Jan has 0 of the 1 that it asks for besides its needs."],
        _ASKS,
        _SKILLED,
        _SKILLS,
    ),
]
