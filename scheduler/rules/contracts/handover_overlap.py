"""Anybody who takes over during a day overlaps with the person they take over from."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import (
    Breach,
    Example,
    Facts,
    Lit,
    Model,
    Occasion,
    Plan,
    Rule,
    Slack,
    Stint,
    Which,
)


class HandoverOverlap(Rule):
    """Where other people are on the next shift, the two shifts overlap by some minutes.

    The shifts of a day are taken in the order in which they start, such as those with one child
    from morning through lunch to afternoon: nobody leaves before the next person has been briefed.
    Somebody who is on both of two shifts hands over to nobody. The amount, for each change of
    people, is the minutes missing.
    """

    kind: Literal["handover_overlap"] = "handover_overlap"
    scope = "whole"
    unit = "minutes"
    short = "Time to hand over"
    usual_authority = "policy"

    duties: Which = Field(description="The shifts of a day's chain, lunch included.")
    minutes: PositiveInt = Field(5, description="Minutes together at each change of people.")

    def __str__(self) -> str:
        said = "1 minute" if self.minutes == 1 else f"{self.minutes} minutes"
        return f"Anybody who takes over is there {said} before the other person leaves."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        for one, other, common in self._changes(facts):
            there: list[dict[int, Lit]] = []
            for occasion in (one, other):
                people = {p for d in occasion.duties for p in model.people_for(facts.duties[d])}
                there.append(
                    {p: model.any_of(model.works(p, d) for d in occasion.duties) for p in people}
                )
            before, after = there
            stays = [model.all_of([before[p], after[p]]) for p in sorted({*before} & {*after})]
            changes = model.all_of(
                [
                    model.any_of(before.values()),
                    model.any_of(after.values()),
                    model.no(model.any_of(stays)),
                ]
            )
            missing = self.minutes - common
            model.cp.add(missing * changes <= slack(one.id, other.id, most=missing))

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        for one, other, common in self._changes(facts):
            before, after = ({p for d in o.duties for p in plan.people(d)} for o in (one, other))
            if before and after and not before & after:
                old, new = (" and ".join(map(facts.name, sorted(p))) for p in (before, after))
                yield Breach(
                    where=(one.id, other.id),
                    amount=self.minutes - common,
                    sentence=f"On {facts.says_day(one.days[0])} {new} ({other.name}) takes over "
                    f"from {old} ({one.name}) with {common} of {self.minutes} minutes together.",
                )

    def faults(self, facts: Facts) -> Iterator[tuple[str, str]]:
        if any(occasion.is_flexible for occasion in facts.all_occasions(self.duties)):
            yield "duties", "names work whose time the engine chooses. Maybe only shifts are meant?"

    def _changes(self, facts: Facts) -> Iterator[tuple[Occasion, Occasion, int]]:
        """(shift, the next one of the day, minutes in common) where these are too few."""

        def stint(occasion: Occasion) -> Stint:
            return facts.duties[occasion.duties[0]].stints[0]

        fixed = [o for o in facts.all_occasions(self.duties) if not o.is_flexible]
        in_order = sorted(fixed, key=lambda o: (stint(o).start, stint(o).end, o.number))
        for _, day in groupby(in_order, key=lambda o: stint(o).day):
            for one, other in pairwise(day):
                a, b = stint(one), stint(other)
                common = max(0, min(a.end, b.end) - b.start) if a.school == b.school else 0
                if common < self.minutes:
                    yield one, other, common


_CHAIN = HandoverOverlap(duties=Which(shifts=("M", "L", "A")), minutes=10)
_LUNCH = {"name": "Lunch", "start": "11:50", "end": "13:10"}

EXAMPLES = [
    Example(_CHAIN, "Ann MA MA\nBob L .", [], {"L": {**_LUNCH, "dates": ["2026-01-05"]}}),
    Example(_CHAIN, "Ann MA M\nBob . .", [], {"L": _LUNCH}),
    Example(
        _CHAIN,
        "Ann MA\nBob L",
        [
            "On Mon 5 Jan Bob (Lunch) takes over from Ann (Morning) with 5 of 10 minutes together.",
            "On Mon 5 Jan Ann (After) takes over from Bob (Lunch) with 0 of 10 minutes together.",
        ],
        {"L": {**_LUNCH, "start": "11:55", "end": "13:00"}, "A": {"name": "After"}},
    ),
]
