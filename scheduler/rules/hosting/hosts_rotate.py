"""Hosts take turns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    Id,
    Model,
    Occasion,
    Plan,
    Rule,
    Slack,
    Which,
    activity,
)


class HostsRotate(Rule):
    """No school, or no trust, hosts a series of activities more often than its turn.

    Schools that hosted before the horizon are named in `hosted`, once for each time. The amount is
    the number of times beyond the turn.
    """

    kind: Literal["hosts_rotate"] = "hosts_rotate"
    scope = "whole"
    unit = "turns"

    activities: Which | None = Field(
        None, description="The activities it applies to; all if left out."
    )
    by: Literal["school", "trust"] = Field(
        "school", description="Whether schools or trusts take turns."
    )
    most: PositiveInt = Field(1, description="How often each may host.")
    hosted: tuple[Id, ...] = Field((), description="Schools that have hosted already.")

    def __str__(self) -> str:
        times = "once" if self.most == 1 else f"{self.most} times"
        return f"Each {self.by} hosts at most {times}."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        chosen = facts.activities(self.activities)
        before = self._before(facts)
        for host in sorted({self._host(facts, s) for o in chosen for s in o.schools}):
            times = model.sum(
                [
                    *(model.times.within(o.number, self._places(facts, o, host)) for o in chosen),
                    before.get(host, 0),
                ]
            )
            highest = before.get(host, 0) + len(chosen)
            model.cp.add(times <= self.most + slack(host, most=highest - self.most))

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        before = self._before(facts)
        held: dict[str, int] = {}
        possible = set()
        for o in facts.activities(self.activities):
            possible |= {self._host(facts, s) for s in o.schools}
            place = plan.place(o)
            if place is not None:
                host = self._host(facts, o.schools[place])
                held[host] = held.get(host, 0) + 1
        for host in sorted(possible):
            times = held.get(host, 0) + before.get(host, 0)
            if times > self.most:
                yield Breach(
                    where=(host,),
                    amount=times - self.most,
                    sentence=f"{self._says(facts, host)} hosts {times} times; "
                    f"{self.most} is the most.",
                )

    def _before(self, facts: Facts) -> dict[str, int]:
        found: dict[str, int] = {}
        for school in self.hosted:
            host = self._host(facts, facts.school_number(school))
            found[host] = found.get(host, 0) + 1
        return found

    def _host(self, facts: Facts, school: int) -> str:
        at = facts.schools[school]
        return at.id if self.by == "school" else at.trust or at.id

    def _says(self, facts: Facts, host: str) -> str:
        return next((s.name for s in facts.schools if s.id == host), host)

    def _places(self, facts: Facts, occasion: Occasion, host: str) -> list[int]:
        return [n for n, s in enumerate(occasion.schools) if self._host(facts, s) == host]


_FACTS = {
    "schools": [
        {"id": "S", "name": "Oakfield", "trust": "V"},
        {"id": "T", "name": "Fellside", "trust": "V"},
        {"id": "U", "name": "Hillside"},
    ],
    "activities": [
        activity("P", "Spring meeting", venues=["S", "T", "U"], step=180),
        activity("Q", "Summer meeting", venues=["S", "T", "U"], step=180),
    ],
}

EXAMPLES = [
    Example(HostsRotate(), "Ann .", [], facts=_FACTS, at={"P": "T", "Q": "S"}),
    Example(HostsRotate(by="trust"), "Ann .", [], facts=_FACTS, at={"P": "T", "Q": "U"}),
    Example(
        HostsRotate(hosted=("S",)),
        "Ann .",
        ["Oakfield hosts 2 times; 1 is the most."],
        facts=_FACTS,
        at={"P": "S", "Q": "U"},
    ),
    Example(
        HostsRotate(by="trust"),
        "Ann .",
        ["V hosts 2 times; 1 is the most."],
        facts=_FACTS,
        at={"P": "S", "Q": "T"},
    ),
]
