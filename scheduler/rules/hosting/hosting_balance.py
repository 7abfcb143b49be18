"""Hosting is shared out evenly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, NonNegativeInt

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


class HostingBalance(Rule):
    """The school that hosts most and the one that hosts least differ by little.

    All schools that could host any of the activities count. The amount is the difference beyond the
    tolerance, in activities.
    """

    kind: Literal["hosting_balance"] = "hosting_balance"
    scope = "whole"
    unit = "activities"
    short = "Hosting in balance"

    activities: Which | None = Field(
        None, description="The activities it applies to; all if left out."
    )
    tolerance: NonNegativeInt = Field(1, description="A difference that does not matter.")

    def __str__(self) -> str:
        return f"Hosting differs by at most {self.tolerance} between schools."

    def encode(self, model: Model, slack: Slack) -> None:
        chosen = model.facts.activities(self.activities)
        hosts = _hosts(chosen)
        times = [model.sum(model.at(o.number, s) for o in chosen) for s in hosts]
        if len(hosts) < 2 or len(chosen) <= self.tolerance:
            return
        room = slack(most=len(chosen) - self.tolerance)
        most = model.cp.new_int_var(0, len(chosen), "")
        for number in times:
            model.cp.add(number <= most)
        for number in times:
            model.cp.add(most - number <= self.tolerance + room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        chosen = facts.activities(self.activities)
        held = dict.fromkeys(_hosts(chosen), 0)
        for o in chosen:
            place = plan.place(o)
            if place is not None:
                held[o.schools[place]] += 1
        if not held:
            return
        most, least = max(held, key=lambda s: held[s]), min(held, key=lambda s: held[s])
        beyond = held[most] - held[least] - self.tolerance
        if beyond > 0:
            yield Breach(
                where=(),
                amount=beyond,
                sentence=f"{facts.school_name(most)} hosts {held[most]} and "
                f"{facts.school_name(least)} {held[least]} of them.",
            )


def _hosts(chosen: list[Occasion]) -> list[int]:
    return sorted({school for o in chosen for school in o.schools})


_FACTS = {
    "schools": [{"id": "S", "name": "Oakfield"}, {"id": "T", "name": "Fellside"}],
    "activities": [
        activity("P", "Play", venues=["S", "T"], step=180),
        activity("Q", "Choir", venues=["S", "T"], step=180),
        activity("R", "Dance", step=180, optional=True),
    ],
}
_ALL = {"R": "2026-01-05T09:00"}

EXAMPLES = [
    Example(HostingBalance(), "Ann .", [], facts=_FACTS, times=_ALL, at={"P": "T", "Q": "S"}),
    Example(HostingBalance(tolerance=0), "Ann .", [], facts=_FACTS, at={"P": "T", "Q": "S"}),
    Example(
        HostingBalance(),
        "Ann .",
        ["Oakfield hosts 3 and Fellside 0 of them."],
        facts=_FACTS,
        times=_ALL,
        at={"P": "S", "Q": "S"},
    ),
]
