"""One of several activities takes place, or a chosen number of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from pydantic import Field, NonNegativeInt

from scheduler.rulebook import Breach, Example, Facts, Id, Model, Plan, Rule, Slack, activity


class Alternatives(Rule):
    """Of certain optional activities exactly one takes place, or a chosen number.

    The amount is the number of activities too few or too many.
    """

    kind: Literal["alternatives"] = "alternatives"
    scope = "whole"
    unit = "activities"
    short = "One of several alternatives"

    activities: tuple[Id, ...] = Field(min_length=1, description="The activities to choose from.")
    least: NonNegativeInt = Field(1, description="The fewest that take place.")
    most: NonNegativeInt | None = Field(1, description="No limit if null.")

    def __str__(self) -> str:
        return self._asked(self.activities)

    def _asked(self, names: Iterable[str]) -> str:
        limits = [f"at least {self.least}"] if self.least else []
        limits += [f"at most {self.most}"] if self.most is not None else []
        if self.least == self.most:
            limits = [f"exactly {self.least}"]
        said = " and ".join(limits) or "any number"
        verb = "takes" if said.endswith(" 1") else "take"
        return f"{said.capitalize()} of these {verb} place: {', '.join(names)}."

    def says_at(self, facts: Facts, where: tuple[str, ...]) -> str | None:
        return self._asked(dict.fromkeys(facts.says_work(o) for o in facts.named(self.activities)))

    def spared(self, facts: Facts, plan: Plan) -> Iterator[str]:
        chosen = facts.named(self.activities)
        if sum(plan.happens(o) for o in chosen) >= max(1, self.least):
            yield from (o.id for o in chosen if not plan.happens(o))

    def encode(self, model: Model, slack: Slack) -> None:
        chosen = model.facts.named(self.activities)
        happen = model.sum(model.takes_place(o.number) for o in chosen)
        if self.least:
            model.cp.add(happen + slack(most=self.least) >= self.least)
        if self.most is not None and len(chosen) > self.most:
            model.cp.add(happen <= self.most + slack(most=len(chosen) - self.most))

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        chosen = facts.named(self.activities)
        happen = [facts.says_work(o) for o in chosen if plan.happens(o)]
        number = len(happen)
        beyond = 0 if self.most is None else number - self.most
        amount = max(self.least - number, beyond)
        if amount > 0:
            limit = f"{self.most} is the most" if beyond > 0 else f"{self.least} is the least"
            yield Breach(
                where=(),
                amount=amount,
                sentence=f"{', '.join(happen)} take place: {number}; {limit}."
                if happen
                else f"None of {', '.join(dict.fromkeys(map(facts.says_work, chosen)))} takes "
                f"place; {limit}.",
            )


_THREE = {
    "activities": [
        activity(id, name, optional=True, windows=[{"start": "09:00", "end": "11:00"}])
        for id, name in (("P", "Play"), ("Q", "Choir"), ("R", "Dance"))
    ]
}
_ALL = ("P", "Q", "R")

EXAMPLES = [
    Example(
        Alternatives(activities=_ALL), "Ann .", [], facts=_THREE, times={"Q": "2026-01-05T10:00"}
    ),
    Example(Alternatives(activities=_ALL, least=0, most=None), "Ann .", [], facts=_THREE),
    Example(
        Alternatives(activities=_ALL),
        "Ann .",
        ["None of Play, Choir, Dance takes place; 1 is the least."],
        facts=_THREE,
    ),
    Example(
        Alternatives(activities=_ALL),
        "Ann .",
        ["Play, Dance take place: 2; 1 is the most."],
        facts=_THREE,
        times={"P": "2026-01-05T10:00", "R": "2026-01-05T10:00"},
    ),
]
