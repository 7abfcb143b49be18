"""People come in for blocks of days, not scattered ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

from pydantic import Field, PositiveInt

from scheduler.rulebook import Breach, Example, Facts, Model, Plan, Rule, Slack, Which, Who


class Blocks(Rule):
    """A person's working days form few blocks rather than scattered days.

    A block is a run of working days, counted only over the days on which any of the duties takes
    place, so that a weekend does not break one. The amount is the number of blocks beyond the
    limit, in each week (Monday to Sunday) or over the horizon. Days worked by anybody in the week
    before the first day count, unless `duties` limits what counts; all other days before it are
    ignored.
    """

    kind: Literal["blocks"] = "blocks"
    scope = "person"
    unit = "blocks"
    short = "Work in blocks"

    people: Who | None = Field(None, description="The people it applies to; everybody if left out.")
    duties: Which | None = Field(None, description="Only these duties count; all if left out.")
    period: Literal["week", "horizon"] = Field(
        "week", description="Blocks are counted in each week, or over the horizon."
    )
    most: PositiveInt = Field(1, description="Blocks in a period.")

    def __str__(self) -> str:
        blocks = "one block" if self.most == 1 else f"at most {self.most} blocks"
        when = "a week" if self.period == "week" else "in all"
        return f"People come in for {blocks} of days {when}."

    def encode(self, model: Model, slack: Slack) -> None:
        facts = model.facts
        stints, periods = self._stints(facts), self._periods(facts)
        for person in facts.people(self.people):
            for name, days in periods:
                works = [
                    model.any_of(
                        model.does(person.number, s)
                        for s in model.stints_on(person.number, day)
                        if s.number in stints
                    )
                    if day >= 0
                    else int(any(s.day == day for s in facts.past[person.number]))
                    for day in days
                ]
                starts = [
                    model.all_of([works[n], model.no(works[n - 1])]) if n else works[0]
                    for n in range(len(works))
                ]
                room = slack(person.id, *name, most=(len(days) + 1) // 2 - self.most)
                model.cp.add(model.sum(starts) <= self.most + room)

    def check(self, facts: Facts, plan: Plan) -> Iterator[Breach]:
        stints, periods = self._stints(facts), self._periods(facts)
        for person in facts.people(self.people):
            worked = {s.day for s in plan.stints(person.number) if s.number in stints or s.duty < 0}
            for name, days in periods:
                blocks, inside = 0, False
                for day in days:
                    if day in worked and not inside:
                        blocks += 1
                    inside = day in worked
                if blocks > self.most:
                    when = f" in {facts.says_week(facts.week_of(days[0]))}" if name else ""
                    yield Breach(
                        where=(person.id, *name),
                        amount=blocks - self.most,
                        sentence=f"{person.name} comes in for {blocks} separate blocks of "
                        f"days{when}.",
                    )

    def _stints(self, facts: Facts) -> frozenset[int]:
        return facts.all_stints(self.duties)

    def _periods(self, facts: Facts) -> list[tuple[tuple[str, ...], list[int]]]:
        """(name of the place, the days on which a duty takes place) for each period."""
        days = sorted({s.day for d in facts.all_duties(self.duties) for s in d.stints})
        if self.period == "horizon":
            return [((), days)] if days else []
        if self.duties is None:
            days = sorted({*days, *(s.day for past in facts.past for s in past)})
        return [
            ((week.name,), found)
            for week in facts.calendar_weeks
            if (found := [day for day in days if day in week.days or day in week.past])
        ]


_TUESDAY = {
    "history": [
        {"person": "Ann", "school": "S", "start": "2026-01-06T09:00", "end": "2026-01-06T15:00"}
    ]
}

EXAMPLES = [
    Example(Blocks(), "Ann . D D .\nBob . . . D", []),
    Example(Blocks(most=2), "Ann D . D .", []),
    Example(
        Blocks(),
        "Ann D . D .\nBob D D . .",
        ["Ann comes in for 2 separate blocks of days in the week of Mon 5 Jan."],
    ),
    Example(
        Blocks(period="horizon"),
        "Ann D . . . . . . D\nBob . . . . . . . .",
        [],
        shifts={"D": {"dates": ["2026-01-05", "2026-01-12"]}},
    ),
    Example(
        Blocks(period="horizon"),
        "Ann D . . . . . . D",
        ["Ann comes in for 2 separate blocks of days."],
        shifts={"D": {"dates": ["2026-01-05", "2026-01-09", "2026-01-12"]}},
    ),
    Example(Blocks(), "Ann D .", [], facts=_TUESDAY, first=date(2026, 1, 7)),
    Example(
        Blocks(),
        "Ann . D",
        ["Ann comes in for 2 separate blocks of days in the week of Mon 5 Jan."],
        facts=_TUESDAY,
        first=date(2026, 1, 7),
    ),
]
