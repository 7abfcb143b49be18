"""Nobody visits their own school, or another of their own trust."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    Model,
    Occasion,
    Plan,
    Rule,
    Slack,
    Which,
    activity,
)


class VisitsElsewhere(Rule):
    """Nobody visits their own school, or another school of their own trust.

    The amount is the number of visits that do.
    """

    kind: Literal["visits_elsewhere"] = "visits_elsewhere"
    scope = "duty"
    unit = "visits"

    activities: Which | None = Field(None, description="The visits it applies to; all if left out.")
    other_trust: bool = Field(True, description="Whether a visit must also be to another trust.")

    def __str__(self) -> str:
        trust = ", or another of their trust" if self.other_trust else ""
        return f"Nobody visits their own school{trust}."

    def encode(self, model: Model, slack: Slack) -> None:
        for occasion in model.facts.chosen_occasions(self.activities):
            own = [s for s in occasion.venues if self._is_own(model.facts, occasion, s)]
            if own:
                there = model.any_of(model.at(occasion.number, s) for s in own)
                model.cp.add(there <= slack(occasion.id, most=1))

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for occasion in facts.chosen_occasions(self.activities):
            place = plan.place(occasion)
            if place is not None and self._is_own(facts, occasion, occasion.schools[place]):
                host = facts.school_name(occasion.schools[place])
                visitor = facts.school_name(occasion.visitor or 0)
                yield Breach(
                    where=(occasion.id,),
                    amount=1,
                    sentence=f"{facts.says_work(occasion)} takes {visitor} to {host}.",
                )

    def _is_own(self, facts: Facts, occasion: Occasion, host: int) -> bool:
        if occasion.visitor is None:
            return False
        trusts = [facts.schools[s].trust for s in (occasion.visitor, host)]
        alike = self.other_trust and trusts[0] is not None and trusts[0] == trusts[1]
        return alike or occasion.visitor == host


_FACTS = {
    "schools": [
        {"id": "S", "name": "Oakfield"},
        {"id": "T", "name": "Fellside", "trust": "V"},
        {"id": "U", "name": "Hillside", "trust": "V"},
    ],
    "activities": [
        activity("P", "Visit", visitor="T", venues=["S", "T", "U"]),
        activity("Q", "Talk", optional=True),
    ],
}

EXAMPLES = [
    Example(VisitsElsewhere(), "Ann .", [], facts=_FACTS, at={"P": "S"}),
    Example(VisitsElsewhere(other_trust=False), "Ann .", [], facts=_FACTS, at={"P": "U"}),
    Example(
        VisitsElsewhere(),
        "Ann .",
        ["Visit takes Fellside to Hillside."],
        facts=_FACTS,
        at={"P": "U"},
    ),
    Example(
        VisitsElsewhere(other_trust=False),
        "Ann .",
        ["Visit takes Fellside to Fellside."],
        facts=_FACTS,
        at={"P": "T"},
    ),
]
